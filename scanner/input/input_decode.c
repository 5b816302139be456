/* input_decode.c - see input_decode.h. */
#include "scanner/input/input_decode.h"

#include <assert.h>
#include <errno.h>
#include <lzma.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
	RAW_N = 65536,
	MAGIC_N = 6,	 /* the longest signature */
	WIDE_LOOK = 256, /* bytes in which two a character show */
	WINDOW_LOG_MAX = 27,
};
#define XZ_MEMORY_MAX ((uint64_t)128 << 20)

enum format { FORMAT_PLAIN, FORMAT_GZIP, FORMAT_ZSTD, FORMAT_XZ };

struct input_decode {
	int fd, stop_fd; /* stop_fd: -1 none */
	int patience_ms; /* -1: without end */
	enum format format;
	bool known;    /* format is */
	bool eof;      /* of the file */
	bool boundary; /* nothing is missing if the file ends here */
	size_t raw_at, raw_n;
	uint64_t bytes;
	struct digest *digest;
	uint64_t expected; /* raw bytes, whose hash is known; 0 none, or they have come */
	char expected_sha256[DIGEST_TEXT_N + 1];
	z_stream gzip;
	ZSTD_DCtx *zstd;
	lzma_stream xz;
	char error[160];
	uint8_t raw[RAW_N];
};

static int fail(struct input_decode *d, const char *what, const char *detail)
{
	if (detail != NULL)
		snprintf(d->error, sizeof(d->error), "%s (%s)", what, detail);
	else
		snprintf(d->error, sizeof(d->error), "%s", what);
	return -1;
}

/* ---- raw bytes --------------------------------------------------------------------------- */

struct input_decode *input_decode_open(int fd)
{
	struct input_decode *d = calloc(1, sizeof(*d));

	if (d != NULL) {
		d->fd = fd;
		d->stop_fd = -1;
		d->patience_ms = -1;
		d->digest = digest_new();
		if (d->digest != NULL)
			return d;
		free(d);
	}
	close(fd);
	return NULL;
}

void input_decode_stop_on(struct input_decode *d, int fd)
{
	d->stop_fd = fd;
}

void input_decode_patience(struct input_decode *d, int ms)
{
	d->patience_ms = ms;
}

void input_decode_expect(struct input_decode *d, uint64_t bytes, const char *sha256)
{
	assert(d->bytes == 0);
	d->expected = bytes;
	snprintf(d->expected_sha256, sizeof(d->expected_sha256), "%s", sha256);
}

bool input_decode_expects(const struct input_decode *d)
{
	return d->expected > 0;
}

/* Adds to the hash. Where the expected bytes end, it must be theirs. */
static int raw_digest(struct input_decode *d, const uint8_t *p, size_t n)
{
	uint64_t due = d->expected > 0 ? d->expected - d->bytes : 0;
	size_t first = due > 0 && due <= n ? (size_t)due : n;
	uint8_t sha256[DIGEST_N];
	char text[DIGEST_TEXT_N + 1];

	if (due > 0 && n == 0)
		return fail(
			d,
			"it ends before what the run has read of it; give it the same list again",
			NULL);
	if (digest_add(d->digest, p, first) != 0)
		return fail(d, "SHA-256 failed", NULL);
	if (first == due && due > 0) {
		if (digest_so_far(d->digest, sha256) != 0)
			return fail(d, "SHA-256 failed", NULL);
		digest_text(sha256, text);
		if (strcmp(text, d->expected_sha256) != 0)
			return fail(d, "it is not the list that the run was begun with", NULL);
		d->expected = 0;
	}
	if (digest_add(d->digest, p + first, n - first) != 0)
		return fail(d, "SHA-256 failed", NULL);
	d->bytes += n;
	return 0;
}

/* Waits until there is something to read: 0, INPUT_DECODE_LATER, or -1 when told to stop. */
static int raw_wait(struct input_decode *d)
{
	struct pollfd fds[] = {{.fd = d->fd, .events = POLLIN},
			       {.fd = d->stop_fd, .events = POLLIN}};

	int ready;

	while ((ready = poll(fds, 2, d->patience_ms)) < 0 && errno == EINTR)
		;
	if (ready == 0)
		return INPUT_DECODE_LATER;
	return fds[1].revents == 0 ? 0 : fail(d, "reading was stopped", NULL);
}

/* Reads once, behind what is there. Sets eof. 0, or as raw_wait(). */
static int raw_fill(struct input_decode *d)
{
	ssize_t n;

	if (d->raw_at == d->raw_n)
		d->raw_at = d->raw_n = 0;
	assert(d->raw_n < sizeof(d->raw) && !d->eof);
	do { /* EAGAIN: a standard input that somebody made non-blocking */
		int rc = raw_wait(d);
		if (rc != 0)
			return rc;
		n = read(d->fd, d->raw + d->raw_n, sizeof(d->raw) - d->raw_n);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return fail(d, strerror(errno), NULL);
	if (raw_digest(d, d->raw + d->raw_n, (size_t)n) != 0)
		return -1;
	d->eof = n == 0;
	d->raw_n += (size_t)n;
	return 0;
}

static void raw_consume(struct input_decode *d, size_t n)
{
	assert(n <= d->raw_n - d->raw_at);
	d->raw_at += n;
}

/* ---- what it is -------------------------------------------------------------------------- */

static bool raw_starts(const struct input_decode *d, const char *magic, size_t n)
{
	return d->raw_n - d->raw_at >= n && memcmp(d->raw + d->raw_at, magic, n) == 0;
}

static int open_gzip(struct input_decode *d)
{
	d->format = FORMAT_GZIP;
	if (inflateInit2(&d->gzip, 16 + MAX_WBITS) != Z_OK)
		return fail(d, "there is no memory to decompress it", NULL);
	return 0;
}

static int open_zstd(struct input_decode *d)
{
	d->format = FORMAT_ZSTD;
	d->zstd = ZSTD_createDCtx();
	if (d->zstd == NULL)
		return fail(d, "there is no memory to decompress it", NULL);
	ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return 0;
}

static int open_xz(struct input_decode *d)
{
	d->xz = (lzma_stream)LZMA_STREAM_INIT;
	d->format = FORMAT_XZ;
	if (lzma_stream_decoder(&d->xz, XZ_MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK)
		return fail(d, "there is no memory to decompress it", NULL);
	return 0;
}

/* Text of two bytes a character without a byte order mark: nearly all of one half of them, those at
 * odd (1) or at even places (0), are NUL, and none of the other. */
static bool raw_is_wide(const struct input_decode *d, size_t odd)
{
	const char *p = (const char *)d->raw + d->raw_at;
	size_t n = d->raw_n - d->raw_at < WIDE_LOOK ? d->raw_n - d->raw_at : WIDE_LOOK;
	size_t pairs = n / 2, nul = 0;

	for (size_t i = 0; i < pairs; i++) {
		if (p[2 * i + 1 - odd] == '\0')
			return false;
		nul += p[2 * i + odd] == '\0';
	}
	return nul >= 2 && 4 * nul >= 3 * pairs;
}

/* Formats that people try, and that would otherwise give thousands of invalid names. */
static int refuse_foreign(struct input_decode *d)
{
	if (raw_starts(d, "PK\3\4", 4))
		return fail(d,
			    "it is a ZIP archive, as workbooks of Excel are: save a workbook as "
			    "CSV, unpack an archive or use 'unzip -p FILE |'",
			    NULL);
	if (raw_starts(d, "BZh", 3))
		return fail(d, "it is bzip2; use 'bzcat FILE |'", NULL);
	if (raw_starts(d, "\xff\xfe", 2) || raw_starts(d, "\xfe\xff", 2))
		return fail(d, "it is UTF-16; use 'iconv -f UTF-16 -t UTF-8 FILE |'", NULL);
	if (raw_is_wide(d, 1))
		return fail(d, "it is UTF-16; use 'iconv -f UTF-16LE -t UTF-8 FILE |'", NULL);
	if (raw_is_wide(d, 0))
		return fail(d, "it is UTF-16; use 'iconv -f UTF-16BE -t UTF-8 FILE |'", NULL);
	return 0;
}

static int recognise(struct input_decode *d)
{
	/* No signature holds a newline: a first line that is short need not wait for the second. */
	while (d->raw_n < MAGIC_N && !d->eof && memchr(d->raw, '\n', d->raw_n) == NULL) {
		int rc = raw_fill(d);
		if (rc != 0)
			return rc;
	}
	d->known = true;
	if (raw_starts(d, "\x1f\x8b", 2))
		return open_gzip(d);
	/* A frame, or one of the sixteen kinds of skippable frames. */
	if (raw_starts(d, "\x28\xb5\x2f\xfd", 4) || (d->raw_n >= 4 && (d->raw[0] & 0xf0) == 0x50 &&
						     memcmp(d->raw + 1, "\x2a\x4d\x18", 3) == 0))
		return open_zstd(d);
	if (raw_starts(d,
		       "\xfd"
		       "7zXZ\0",
		       6))
		return open_xz(d);
	d->format = FORMAT_PLAIN;
	d->boundary = true;
	return refuse_foreign(d);
}

/* ---- one step of each format: consumes raw bytes, gives how many it wrote, or -1 ---------- */

static ssize_t step_plain(struct input_decode *d, char *buf, size_t cap)
{
	size_t n = d->raw_n - d->raw_at;

	if (n > cap)
		n = cap;
	memcpy(buf, d->raw + d->raw_at, n);
	raw_consume(d, n);
	return (ssize_t)n;
}

/* Between members: another one, or zeros up to the end, as tapes and gzip(1) have it. */
static int gzip_boundary(struct input_decode *d)
{
	while (d->raw_at < d->raw_n && d->raw[d->raw_at] == 0)
		raw_consume(d, 1);
	if (d->raw_at == d->raw_n)
		return 0;
	if (d->raw[d->raw_at] != 0x1f)
		return fail(d, "there is something else behind the gzip data", NULL);
	inflateReset(&d->gzip);
	d->boundary = false;
	return 0;
}

static ssize_t step_gzip(struct input_decode *d, char *buf, size_t cap)
{
	if (d->boundary && gzip_boundary(d) != 0)
		return -1;
	if (d->boundary)
		return 0;
	size_t n = d->raw_n - d->raw_at;
	d->gzip.next_in = d->raw + d->raw_at;
	d->gzip.avail_in = (unsigned)n;
	d->gzip.next_out = (unsigned char *)buf;
	d->gzip.avail_out = (unsigned)cap;
	int rc = inflate(&d->gzip, Z_NO_FLUSH);
	raw_consume(d, n - d->gzip.avail_in);
	if (rc == Z_STREAM_END)
		d->boundary = true;
	else if (rc == Z_MEM_ERROR)
		return fail(d, "there is no memory to decompress it", NULL);
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		return fail(d, "the gzip data is corrupt", d->gzip.msg);
	return (ssize_t)(cap - d->gzip.avail_out);
}

static ssize_t step_zstd(struct input_decode *d, char *buf, size_t cap)
{
	ZSTD_inBuffer in = {d->raw + d->raw_at, d->raw_n - d->raw_at, 0};
	ZSTD_outBuffer out = {buf, cap, 0};

	if (d->boundary && in.size == 0)
		return 0;
	size_t rc = ZSTD_decompressStream(d->zstd, &out, &in);
	raw_consume(d, in.pos);
	if (ZSTD_isError(rc))
		return fail(d, "the zstd data is corrupt", ZSTD_getErrorName(rc));
	d->boundary = rc == 0;
	return (ssize_t)out.pos;
}

static ssize_t step_xz(struct input_decode *d, char *buf, size_t cap)
{
	if (d->boundary)
		return 0;
	size_t n = d->raw_n - d->raw_at;
	d->xz.next_in = d->raw + d->raw_at;
	d->xz.avail_in = n;
	d->xz.next_out = (uint8_t *)buf;
	d->xz.avail_out = cap;
	lzma_ret rc = lzma_code(&d->xz, d->eof ? LZMA_FINISH : LZMA_RUN);
	raw_consume(d, n - d->xz.avail_in);
	switch (rc) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		break;
	case LZMA_STREAM_END:
		d->boundary = true;
		break;
	case LZMA_MEM_ERROR:
		return fail(d, "there is no memory to decompress it", NULL);
	case LZMA_MEMLIMIT_ERROR:
		return fail(d, "the xz data needs more than 128 MiB to decompress", NULL);
	default:
		return fail(d, "the xz data is corrupt", NULL);
	}
	return (ssize_t)(cap - d->xz.avail_out);
}

static ssize_t step(struct input_decode *d, char *buf, size_t cap)
{
	switch (d->format) {
	case FORMAT_PLAIN:
		return step_plain(d, buf, cap);
	case FORMAT_GZIP:
		return step_gzip(d, buf, cap);
	case FORMAT_ZSTD:
		return step_zstd(d, buf, cap);
	case FORMAT_XZ:
		return step_xz(d, buf, cap);
	}
	assert(0 && "not a format");
	return -1;
}

/* ---- all together ------------------------------------------------------------------------ */

ssize_t input_decode_read(struct input_decode *d, char *buf, size_t cap)
{
	static const char *const names[] = {"", "gzip", "zstd", "xz"};

	assert(cap > 0 && d->raw_at <= d->raw_n); /* 0 bytes would say that it ends */
	int rc = d->error[0] != '\0' ? -1 : d->known ? 0 : recognise(d);

	if (rc != 0)
		return rc;
	for (;;) {
		size_t raw_at = d->raw_at;
		bool ended = d->eof;
		ssize_t n = step(d, buf, cap);

		assert(n <= (ssize_t)cap);
		if (n != 0)
			return n;
		if (d->raw_at < d->raw_n) {
			if (d->raw_at == raw_at)
				return fail(d, "the compressed data is corrupt", NULL);
			continue;
		}
		if (ended) {
			if (d->boundary)
				return 0;
			return fail(d, "the archive ends in the middle", names[d->format]);
		}
		rc = raw_fill(d);
		if (rc != 0)
			return rc;
	}
}

const char *input_decode_error(const struct input_decode *d)
{
	return d->error;
}

uint64_t input_decode_bytes(const struct input_decode *d)
{
	return d->bytes;
}

int input_decode_raw(const struct input_decode *d, uint64_t *bytes, uint8_t sha256[DIGEST_N])
{
	*bytes = d->bytes;
	return digest_so_far(d->digest, sha256);
}

void input_decode_close(struct input_decode *d)
{
	if (d == NULL)
		return;
	if (d->format == FORMAT_GZIP)
		inflateEnd(&d->gzip);
	ZSTD_freeDCtx(d->zstd);
	if (d->format == FORMAT_XZ)
		lzma_end(&d->xz);
	digest_free(d->digest);
	close(d->fd);
	free(d);
}
