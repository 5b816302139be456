/* frame_read.c - the reading half of frame.h. */
#include "output/run/frame.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#define FRAME_IN (1u << 20) /* compressed bytes read at once */
#define FRAME_TEXT_FIRST (1u << 20)
#define FRAME_RETRIES 16 /* searches behind a frame that has no end */
/* A file made for it hides a frame in every few bytes of a frame that turns out damaged. So much is
 * decoded in vain, and so many times what was read; then the search goes on where decoding ended.
 * The decoder does not say where that was, so behind damage it is led in small steps. */
#define FRAME_VAIN (64u << 20)
#define FRAME_VAIN_TIMES 4u
#define FRAME_HEAD_MAX 18u /* bytes of a frame before its first block */
#define FRAME_STEP_IN (4u << 10)
#define FRAME_STEP_OUT (128u << 10)
/* Nor do records, however alike, become so much more than they take; a bomb does. */
#define FRAME_TEXT_FREE (64u << 20)
#define FRAME_TEXT_TIMES 200u

static const uint8_t frame_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};

struct frame_reader {
	int fd;
	bool seekable, plain, begun, ended;
	size_t line_max;
	ZSTD_DCtx *context;
	/* Compressed: in[in_at..in_n) is unread; in[0] is byte in_offset of the file. */
	uint8_t *in;
	size_t in_at, in_n;
	uint64_t in_offset;
	/* Text: [at..ready) may be delivered, [ready..n) belongs to a frame that is not
	 * verified. */
	char *text;
	size_t at, ready, n, cap;
	uint64_t frame_offset; /* of the frame being decoded */
	bool streaming;	       /* it is too large to be held back */
	bool long_line;	       /* the rest of a line that is too long is being dropped */
	bool damaged;	       /* since `damage`, nothing has decoded */
	uint64_t damage;
	uint64_t made;	/* bytes of text, in all */
	uint64_t spent; /* bytes read and made since frame_offset */
	uint64_t vain;	/* ... of frames that turned out damaged */
	size_t step_in; /* bytes that the last step was given */
	bool careful;	/* no frame has ended well since the last damage */
	struct frame_place place;
	uint64_t frames; /* decoded */
	enum frame_status last;
};

struct frame_reader *frame_reader_new(int fd, size_t line_max)
{
	struct frame_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->fd = fd;
	r->line_max = line_max;
	r->seekable = lseek(fd, 0, SEEK_CUR) >= 0;
	r->context = ZSTD_createDCtx();
	r->in = malloc(FRAME_IN + sizeof(frame_magic));
	r->text = malloc(FRAME_TEXT_FIRST);
	r->cap = FRAME_TEXT_FIRST;
	if (r->context == NULL || r->in == NULL || r->text == NULL) {
		frame_reader_free(r);
		return NULL;
	}
	return r;
}

void frame_reader_free(struct frame_reader *r)
{
	if (r == NULL)
		return;
	ZSTD_freeDCtx(r->context);
	free(r->in);
	free(r->text);
	free(r);
}

struct frame_place frame_reader_place(const struct frame_reader *r)
{
	return r->place;
}

/* Makes in[in_at..] non-empty. 1, 0 at the end of the file, -1. */
static int frame_fill(struct frame_reader *r, struct errmsg *err)
{
	if (r->in_at < r->in_n)
		return 1;
	uint64_t offset = r->in_offset + r->in_n;
	ssize_t n;
	do
		n = r->seekable ? pread(r->fd, r->in, FRAME_IN, (off_t)offset)
				: read(r->fd, r->in, FRAME_IN);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errmsg_set(err, "reading failed: %s", strerror(errno));
	r->in_offset = offset;
	r->in_at = 0;
	r->in_n = (size_t)n;
	return n > 0;
}

static uint64_t frame_tell(const struct frame_reader *r)
{
	return r->in_offset + r->in_at;
}

/* Room for more text behind n. The delivered part is dropped first. 0 or -1. */
static int frame_room(struct frame_reader *r, struct errmsg *err)
{
	if (r->at > 0) {
		memmove(r->text, r->text + r->at, r->n - r->at);
		r->n -= r->at;
		r->ready -= r->at;
		r->at = 0;
	}
	if (r->cap - r->n >= r->cap / 4)
		return 0;
	char *text = realloc(r->text, r->cap * 2);
	if (text == NULL)
		return errmsg_set(err, "no memory for a frame of %zu bytes", r->cap * 2);
	r->text = text;
	r->cap *= 2;
	return 0;
}

static int frame_plain(struct frame_reader *r, struct errmsg *err)
{
	int more = frame_fill(r, err);

	if (more <= 0 || frame_room(r, err) != 0)
		return more <= 0 ? more : -1;
	size_t n = r->in_n - r->in_at;
	if (n > r->cap - r->n)
		n = r->cap - r->n;
	memcpy(r->text + r->n, r->in + r->in_at, n);
	r->in_at += n;
	r->n += n;
	r->ready = r->n;
	return 1;
}

static bool frame_is_made_for_it(const struct frame_reader *r)
{
	return r->vain > FRAME_VAIN + FRAME_VAIN_TIMES * r->frame_offset;
}

/* To this byte of what was read, where the file allows it. */
static void frame_back(struct frame_reader *r, uint64_t offset)
{
	if (offset >= r->in_offset && offset <= r->in_offset + r->in_n) {
		r->in_at = (size_t)(offset - r->in_offset);
	} else if (r->seekable) {
		r->in_offset = offset;
		r->in_at = r->in_n = 0;
	}
}

/* Moves to the next place where a frame may begin. 1, 0 when there is none, -1. */
static int frame_seek(struct frame_reader *r, struct errmsg *err)
{
	unsigned matched = 0;
	int more;

	ZSTD_DCtx_reset(r->context, ZSTD_reset_session_only);
	r->vain += r->spent;
	r->spent = 0;
	r->careful = true;
	if (frame_is_made_for_it(r))
		r->in_at += r->step_in < r->in_n - r->in_at ? r->step_in : r->in_n - r->in_at;
	else
		frame_back(r, r->frame_offset + 1); /* the damage may have hidden the next one */
	r->step_in = 0;
	while ((more = frame_fill(r, err)) > 0) {
		uint8_t byte = r->in[r->in_at++];
		if (byte == frame_magic[matched])
			matched++;
		else
			matched = byte == frame_magic[0];
		if (matched < sizeof(frame_magic))
			continue;
		if (r->in_at >= sizeof(frame_magic)) {
			r->in_at -= sizeof(frame_magic);
		} else { /* the magic number lies across two reads: feed its first part by hand */
			size_t before = sizeof(frame_magic) - r->in_at;
			memmove(r->in + sizeof(frame_magic), r->in + r->in_at, r->in_n - r->in_at);
			memcpy(r->in, frame_magic, sizeof(frame_magic));
			r->in_n += before;
			r->in_offset -= before;
			r->in_at = 0;
		}
		return 1;
	}
	return more;
}

/* A frame did not decode: gives up its text, goes on at the next one. 1, 0 when there is none,
 * -1. */
static int frame_damage(struct frame_reader *r, struct errmsg *err)
{
	if (!r->damaged)
		r->damage = r->frame_offset;
	r->damaged = true;
	r->n = r->ready = r->at; /* with a line that it left unfinished */
	r->streaming = false;
	int more = frame_seek(r, err);
	r->frame_offset = more > 0 ? frame_tell(r) : r->frame_offset;
	return more;
}

/* One step of the decoder: 1 there is more to deliver, 0 go on, -1 the frame is damaged. */
static int frame_step(struct frame_reader *r, bool *inside)
{
	ZSTD_inBuffer in = {r->in, r->in_n, r->in_at};
	ZSTD_outBuffer out = {r->text, r->cap, r->n};

	r->step_in = 0;
	if (r->careful && r->spent == 0 && in.size - in.pos >= FRAME_HEAD_MAX &&
	    ZSTD_getFrameContentSize(r->in + r->in_at, FRAME_HEAD_MAX) == ZSTD_CONTENTSIZE_ERROR)
		return -1; /* no frame, for which nothing was done */
	if (r->careful && in.size - in.pos > FRAME_STEP_IN)
		in.size = in.pos + FRAME_STEP_IN;
	if (r->careful && out.size - out.pos > FRAME_STEP_OUT)
		out.size = out.pos + FRAME_STEP_OUT;
	r->step_in = in.size - in.pos;
	size_t room = out.size - out.pos, left = ZSTD_decompressStream(r->context, &out, &in);

	if (ZSTD_isError(left)) { /* it may have done all that it could */
		r->spent += r->step_in + room;
		return -1;
	}
	r->spent += in.pos - r->in_at + out.pos - r->n;
	r->made += out.pos - r->n;
	r->step_in -= in.pos - r->in_at;
	r->in_at = in.pos;
	if (r->made > FRAME_TEXT_FREE + FRAME_TEXT_TIMES * frame_tell(r))
		return -1;
	r->n = out.pos;
	*inside = left != 0;
	if (left == 0) {
		r->spent = 0;
		r->careful = frame_is_made_for_it(r);
		r->frames += r->n > r->ready || r->streaming;
		r->ready = r->n;
		r->streaming = false;
		return 1;
	}
	if (r->n - r->ready <= FRAME_WHOLE_MAX && !r->streaming)
		return 0;
	r->frames += !r->streaming;
	r->streaming = true;
	r->ready = r->n;
	return r->ready > r->at;
}

/* Decodes until there is more text to deliver. 1, 0 at the end of the file, -1. */
static int frame_decode(struct frame_reader *r, struct errmsg *err)
{
	bool inside = r->streaming;
	unsigned retries = FRAME_RETRIES;
	int more;

	if (!inside)
		r->frame_offset = frame_tell(r);
	for (;;) {
		more = frame_fill(r, err);
		if (more < 0 || (more == 0 && !inside))
			return more;
		int step =
			-1; /* the file ends inside a frame; one behind it proves damage instead */
		if (more > 0) {
			if (frame_room(r, err) != 0)
				return -1;
			step = frame_step(r, &inside);
		} else if (retries-- == 0) {
			return 0;
		}
		if (step > 0)
			return 1;
		if (step < 0) {
			inside = false;
			more = frame_damage(r, err);
			if (more <= 0)
				return more;
		}
	}
}

static int frame_begin(struct frame_reader *r, struct errmsg *err)
{
	int more = frame_fill(r, err);

	r->begun = true;
	if (more > 0) {
		uint8_t c = r->in[r->in_at];
		r->plain = c == '{' || c == '\n' || c == '\r' || c == ' ' || c == '\t';
	}
	return more;
}

/* The next line of what is ready: 1, or 0 when it has no end yet. */
static int frame_line(struct frame_reader *r, struct span *line)
{
	char *from = r->text + r->at;
	char *end = memchr(from, '\n', r->ready - r->at);

	if (end == NULL)
		return 0;
	*line = span_of(from, (size_t)(end - from));
	r->at += line->n + 1;
	r->place.line++;
	r->place.frame = r->frames;
	return 1;
}

static enum frame_status frame_finished(struct frame_reader *r, struct span *line)
{
	r->ended = true;
	r->place.offset = r->damage;
	r->place.skipped = frame_tell(r) - r->damage;
	r->last = r->damaged ? FRAME_TRUNCATED : FRAME_END;
	if (r->ready == r->at || r->long_line)
		return r->last;
	/* A last line without its '\n'. */
	*line = span_of(r->text + r->at, r->ready - r->at);
	r->at = r->ready;
	r->place.line++;
	r->place.frame = r->frames;
	return FRAME_LINE;
}

static bool frame_too_long(struct frame_reader *r)
{
	if (r->ready - r->at <= r->line_max)
		return false;
	r->at = r->ready;
	r->long_line = true;
	return true;
}

enum frame_status frame_reader_next(struct frame_reader *r, struct span *line, struct errmsg *err)
{
	*line = SPAN_NULL;
	if (r->ended)
		return r->last;
	for (;;) {
		if (frame_line(r, line) > 0) {
			bool drop = r->long_line || line->n > r->line_max;
			r->long_line = false;
			return drop ? FRAME_LONG : FRAME_LINE;
		}
		frame_too_long(r);
		int more = r->begun ? 1 : frame_begin(r, err);
		if (more > 0)
			more = r->plain ? frame_plain(r, err) : frame_decode(r, err);
		if (more < 0) {
			r->ended = true;
			return r->last = FRAME_FAILED;
		}
		if (more == 0)
			return frame_finished(r, line);
		if (r->damaged) {
			r->damaged = false;
			r->place.offset = r->damage;
			r->place.skipped = r->frame_offset - r->damage;
			return FRAME_CORRUPT;
		}
	}
}
