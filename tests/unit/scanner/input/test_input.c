/* The reader of names: every form of input, every way in which a file can be broken. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <lzma.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "parsers/limits.h"
#include "scanner/input/input.h"
#include "tests/support/sanitized.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char folder[] = "/tmp/mtasweep-input-XXXXXX";

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void remove_folder(void)
{
	cr_assert_eq(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

TestSuite(input, .init = make_folder, .fini = remove_folder);

static char *path_of(const char *name)
{
	char *path = NULL;

	cr_assert_gt(asprintf(&path, "%s/%s", folder, name), 0);
	return path;
}

static char *write_file(const char *name, const void *bytes, size_t n)
{
	char *path = path_of(name);
	FILE *f = fopen(path, "wb");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
	return path;
}

/* ---- archives ---------------------------------------------------------------------------- */

struct bytes {
	uint8_t p[1 << 20];
	size_t n;
};

static void put_gzip(struct bytes *b, const char *text, size_t n)
{
	z_stream z = {0};

	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (unsigned)n;
	z.next_out = b->p + b->n;
	z.avail_out = (unsigned)(sizeof(b->p) - b->n);
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	b->n += z.total_out;
	deflateEnd(&z);
}

static void put_zstd(struct bytes *b, const char *text, size_t n)
{
	size_t r = ZSTD_compress(b->p + b->n, sizeof(b->p) - b->n, text, n, 3);

	cr_assert_not(ZSTD_isError(r));
	b->n += r;
}

static void put_xz(struct bytes *b, const char *text, size_t n)
{
	cr_assert_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)text, n,
					     b->p, &b->n, sizeof(b->p)),
		     LZMA_OK);
}

static void put_plain(struct bytes *b, const char *text, size_t n)
{
	memcpy(b->p + b->n, text, n);
	b->n += n;
}

typedef void put_fn(struct bytes *, const char *, size_t);
static const struct {
	const char *name;
	put_fn *put;
} packers[] = {{"plain", put_plain}, {"gzip", put_gzip}, {"zstd", put_zstd}, {"xz", put_xz}};

static struct input_config config_of(char *const *paths, size_t n)
{
	return (struct input_config){.paths = (const char *const *)paths, .paths_n = n};
}

/* ---- what a reader gives, as text: "LINE NAME RANK TAG" ---------------------------------- */

struct result {
	char text[4096];
	size_t records;
	int rc; /* of the call that ended it; -2: not opened */
	struct input_counts counts;
	struct errmsg err;
};

static struct result read_paths(const char *const *paths, size_t n, const char *tag_column)
{
	static struct result r;
	struct input_config config = {.paths = paths, .paths_n = n, .tag_column = tag_column};
	struct input_line line;
	struct input *in;
	size_t at = 0;

	memset(&r, 0, sizeof(r));
	if (input_open(&in, &config, &r.err) != 0) {
		r.rc = -2;
		return r;
	}
	while ((r.rc = input_next(in, &line, &r.err)) > 0) {
		r.records++;
		if (at >= sizeof(r.text) - 300)
			continue;
		at += (size_t)snprintf(r.text + at, sizeof(r.text) - at, "%" PRIu64 " [%.*s]",
				       line.line, line.text.n < 100 ? (int)line.text.n : 100,
				       line.text.p);
		if (line.rank >= 0)
			at += (size_t)snprintf(r.text + at, sizeof(r.text) - at, " %" PRId64,
					       line.rank);
		if (line.tag.p != NULL)
			at += (size_t)snprintf(r.text + at, sizeof(r.text) - at, " <%.*s>",
					       line.tag.n < 100 ? (int)line.tag.n : 100,
					       line.tag.p);
		if (line.too_long)
			at += (size_t)snprintf(r.text + at, sizeof(r.text) - at, " long");
		r.text[at++] = '\n';
	}
	input_counts(in, &r.counts);
	cr_expect_eq(r.counts.lines, r.records + r.counts.blank + r.counts.comments +
					     r.counts.headers + r.counts.continued);
	input_close(in);
	return r;
}

static struct result read_bytes(const void *bytes, size_t n, const char *tag_column)
{
	char *path = write_file("in", bytes, n);
	struct result r = read_paths((const char *const *)&path, 1, tag_column);

	free(path);
	return r;
}

static struct result read_text(const char *text, const char *tag_column)
{
	return read_bytes(text, strlen(text), tag_column);
}

/* ---- forms ------------------------------------------------------------------------------- */

static const struct {
	const char *name, *text, *tag_column, *want;
} forms[] = {
	{"nothing", "", NULL, ""},
	{"plain", "a.example\nb.example\n", NULL, "1 [a.example]\n2 [b.example]\n"},
	{"no final newline", "a.example\nb.example", NULL, "1 [a.example]\n2 [b.example]\n"},
	{"CRLF", "a.example\r\nb.example\r\n", NULL, "1 [a.example]\n2 [b.example]\n"},
	{"CR at the end of the file", "a.example\r", NULL, "1 [a.example]\n"},
	{"only one CR goes", "a.example\r\r\n", NULL, "1 [a.example\r]\n"},
	{"byte order mark",
	 "\xef\xbb\xbf"
	 "a.example\n",
	 NULL, "1 [a.example]\n"},
	{"a mark only at the start",
	 "a\n\xef\xbb\xbf"
	 "b\n",
	 NULL,
	 "1 [a]\n2 [\xef\xbb\xbf"
	 "b]\n"},
	{"comments and blanks", "# x\n\n  \t\na.example\n  # y\r\n\r\nb.example\n", NULL,
	 "4 [a.example]\n7 [b.example]\n"},
	{"a comment behind a name", "a.example # x\n", NULL, "1 [a.example]\n"},
	{"rank", "1,google.com\n2,x.example\n", NULL, "1 [google.com] 1\n2 [x.example] 2\n"},
	{"rank, CRLF and mark",
	 "\xef\xbb\xbf"
	 "1,google.com\r\n",
	 NULL, "1 [google.com] 1\n"},
	{"rank and more", "7,google.com,US,,\n", NULL, "1 [google.com] 7\n"},
	{"rank and tab", "1\tgoogle.com\n", NULL, "1 [google.com] 1\n"},
	{"rank and semicolon", "1;google.com\n", NULL, "1 [google.com] 1\n"},
	{"quoted rank", "\"1\",\"google.com\"\n", NULL, "1 [google.com] 1\n"},
	{"huge rank", "999999999999999999,a\n1000000000000000000,b\n", NULL,
	 "1 [a] 999999999999999999\n2 [b]\n"},
	{"mixed", "a.example\n1,b.example\n", NULL, "1 [a.example]\n2 [b.example] 1\n"},
	{"rank without a name", "1,\n", NULL, "1 [] 1\n"},
	{"quoted name", "\"a.example\"\n", NULL, "1 [a.example]\n"},
	{"neither", "a.example,b.example\n", NULL, "1 [a.example,b.example]\n"},
	{"header", "domain\na.example\n", NULL, "2 [a.example]\n"},
	{"header with mark",
	 "\xef\xbb\xbf"
	 "Domain\r\na.example\r\n",
	 NULL, "2 [a.example]\n"},
	{"header after comment", "# list\n\nrank,domain\n5,a.example\n", NULL, "4 [a.example] 5\n"},
	{"Majestic",
	 "GlobalRank,TldRank,Domain,TLD,RefSubNets\n1,1,google.com,com,49\n2,2,x.org,org,"
	 "4\n",
	 NULL, "2 [google.com] 1\n3 [x.org] 2\n"},
	{"CrUX", "origin,rank\nhttps://www.a.example,1000\n", NULL,
	 "2 [https://www.a.example] 1000\n"},
	{"quoted header", "\"Rank\",\"Domain\",\"Open Page Rank\"\n\"1\",\"a.example\",\"10.00\"\n",
	 NULL, "2 [a.example] 1\n"},
	{"quotes", "id,domain\n\"a, \"\"b\"\"\",a.example\n x , \"b.example\" ,\n", NULL,
	 "2 [a.example]\n3 [b.example]\n"},
	{"quotes inside", "domain,note\n\"a\"\"b.example\",x\n", NULL, "2 [a\"b.example]\n"},
	{"open quote", "note,domain\n\"never closed,a.example\n", NULL, "2 []\n"},
	{"short row", "id,domain\n1\n\"x\",a.example\n", NULL, "2 []\n3 [a.example]\n"},
	{"best column", "name,url,domain\nJoe,http://x/,a.example\n", NULL, "2 [a.example]\n"},
	{"tab header", "id\tdomain\n1,5\ta.example\n", NULL, "2 [a.example]\n"},
	{"header again is a name", "domain\na.example\ndomain\n", NULL,
	 "2 [a.example]\n3 [domain]\n"},
	{"TLDs are no header", "host\nname\nurl\n", NULL, "1 [host]\n2 [name]\n3 [url]\n"},
	{"a number makes data", "1,host\n", NULL, "1 [host] 1\n"},
	{"tag", "domain,sector\na.example,bank\nb.example,\nc.example\n", "Sector",
	 "2 [a.example] <bank>\n3 [b.example] <>\n4 [c.example]\n"},
	{"tag before", "customer,rank,domain\n\"Smith, J.\",3,a.example\n", "customer",
	 "2 [a.example] 3 <Smith, J.>\n"},
	{"tag is the domain", "domain\na.example\n", "domain", "2 [a.example] <a.example>\n"},
};

Test(input, forms)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct result r = read_text(forms[i].text, forms[i].tag_column);
		cr_expect_eq(r.rc, 0, "%s: %s", forms[i].name, r.err.text);
		cr_expect(strcmp(r.text, forms[i].want) == 0, "%s:\n%snot\n%s", forms[i].name,
			  r.text, forms[i].want);
	}
}

Test(input, counts)
{
	struct result r =
		read_text("# c\n\nrank,domain\n1,a.example\n\n# d\n2,b.example\n  \n", NULL);

	cr_expect_eq(r.counts.lines, 8);
	cr_expect_eq(r.counts.blank, 3);
	cr_expect_eq(r.counts.comments, 2);
	cr_expect_eq(r.counts.headers, 1);
	cr_expect_eq(r.records, 2);
}

Test(input, nul_and_control_bytes_pass)
{
	struct result r = read_bytes("a\0b\n\x01\n", 6, NULL);

	cr_expect_eq(r.rc, 0);
	cr_expect_eq(r.records, 2);
}

Test(input, several_files_have_a_header_each)
{
	char *paths[] = {
		write_file("a", "rank,domain\n1,a.example", 23),
		write_file("b", "b.example\n", 10),
		write_file("c", "", 0),
		write_file("d", "origin\nhttps://d.example\n", 25),
	};
	struct result r = read_paths((const char *const *)paths, 4, NULL);

	cr_expect_str_eq(r.text, "2 [a.example] 1\n3 [b.example]\n5 [https://d.example]\n");
	for (size_t i = 0; i < COUNT(paths); i++)
		free(paths[i]);
}

Test(input, standard_input)
{
	static const char *const once[] = {"-"}, *const twice[] = {"-", "-"};
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	cr_assert_eq(write(fds[1], "1,a.example\nb.example", 21), 21);
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	struct result r = read_paths(twice, 2, NULL);
	cr_expect_eq(r.rc, -2);
	cr_expect(strstr(r.err.text, "twice"), "%s", r.err.text);
	r = read_paths(once, 1, NULL);
	cr_expect_str_eq(r.text, "1 [a.example] 1\n2 [b.example]\n");
}

/* ---- long lines -------------------------------------------------------------------------- */

Test(input, line_limit)
{
	static char text[INPUT_LINE_MAX + 64];

	for (size_t n = INPUT_LINE_MAX - 1; n <= INPUT_LINE_MAX + 2; n++) {
		for (int cr = 0; cr < 2; cr++) {
			struct input_line line;
			struct input *in;
			memset(text, 'x', n);
			snprintf(text + n, sizeof(text) - n, "%snext\n", cr ? "\r\n" : "\n");
			char *path = write_file("long", text, n + (cr ? 7 : 6));
			struct input_config config = config_of(&path, 1);
			cr_assert_eq(input_open(&in, &config, NULL), 0);
			cr_assert_eq(input_next(in, &line, NULL), 1);
			cr_expect_eq(line.too_long, n > INPUT_LINE_MAX, "%zu", n);
			cr_expect_eq(line.text.n, n > INPUT_LINE_MAX ? INPUT_LINE_MAX : n, "%zu",
				     n);
			cr_assert_eq(input_next(in, &line, NULL), 1);
			cr_expect(span_eq(line.text, SPAN_LIT("next")));
			cr_expect_eq(line.line, 2);
			cr_expect_not(line.too_long);
			input_close(in);
			free(path);
		}
	}
}

/* 200 MB of one line, compressed, in little memory. */
Test(input, endless_line_in_constant_memory)
{
	static char zeros[1 << 20];
	static struct bytes b;
	struct rlimit limit = {.rlim_cur = 160 << 20, .rlim_max = 160 << 20};
	struct input_line line;
	struct input *in;
	struct errmsg err = {""};

	memset(zeros, 'z', sizeof(zeros));
	for (int i = 0; i < 200; i++)
		put_zstd(&b, zeros, sizeof(zeros));
	put_zstd(&b, "\nnext\n", 6);
	char *path = write_file("endless.zst", b.p, b.n);
	struct input_config config = config_of(&path, 1);
	if (!SANITIZED)
		cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	cr_assert_eq(input_open(&in, &config, &err), 0, "%s", err.text);
	cr_assert_eq(input_next(in, &line, &err), 1, "%s", err.text);
	cr_expect(line.too_long);
	cr_assert_eq(input_next(in, &line, &err), 1, "%s", err.text);
	cr_expect(span_eq(line.text, SPAN_LIT("next")));
	input_close(in);
	free(path);
}

Test(input, lines_across_chunks)
{
	enum { LINES = 40000 };
	static char text[LINES * 25];
	size_t n = 0;

	for (int i = 0; i < LINES; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%d,n%d.example%s\n", i, i,
				      i % 3 ? "" : "\r");
	for (size_t p = 0; p < COUNT(packers); p++) {
		static struct bytes b;
		struct input_line line;
		struct input *in;
		b.n = 0;
		packers[p].put(&b, text, n);
		char *path = write_file("many", b.p, b.n);
		struct input_config config = config_of(&path, 1);
		cr_assert_eq(input_open(&in, &config, NULL), 0);
		for (int i = 0; i < LINES; i++) {
			char want[32];
			snprintf(want, sizeof(want), "n%d.example", i);
			cr_assert_eq(input_next(in, &line, NULL), 1);
			cr_assert(span_eq(line.text, span_str(want)), "%s: line %d",
				  packers[p].name, i);
			cr_assert_eq(line.rank, i);
		}
		cr_expect_eq(input_next(in, &line, NULL), 0);
		input_close(in);
		free(path);
	}
}

/* ---- archives ---------------------------------------------------------------------------- */

Test(input, several_members)
{
	for (size_t p = 1; p < COUNT(packers); p++) {
		static struct bytes b;
		b.n = 0;
		packers[p].put(&b, "a.exa", 5);
		packers[p].put(&b, "", 0);
		packers[p].put(&b, "mple\nb.example\n", 15);
		struct result r = read_bytes(b.p, b.n, NULL);
		cr_expect_eq(r.rc, 0, "%s: %s", packers[p].name, r.err.text);
		cr_expect_str_eq(r.text, "1 [a.example]\n2 [b.example]\n");
	}
}

Test(input, skippable_zstd_frame_first)
{
	static struct bytes b;

	put_plain(&b, "\x53\x2a\x4d\x18\3\0\0\0abc", 11);
	put_zstd(&b, "a.example\n", 10);
	cr_expect_str_eq(read_bytes(b.p, b.n, NULL).text, "1 [a.example]\n");
}

Test(input, zeros_behind_gzip)
{
	static struct bytes b;

	put_gzip(&b, "a.example\n", 10);
	b.n += 1000;
	struct result r = read_bytes(b.p, b.n, NULL);
	cr_expect_eq(r.rc, 0, "%s", r.err.text);
	cr_expect_str_eq(r.text, "1 [a.example]\n");
}

/* Every cut of every archive is an error, and no half line is given out. */
Test(input, truncated_archives)
{
	static const char text[] = "aaaa.example\nbbbb.example\ncccc.example\n";

	for (size_t p = 1; p < COUNT(packers); p++) {
		static struct bytes b;
		b.n = 0;
		packers[p].put(&b, text, sizeof(text) - 1);
		for (size_t n = 6; n < b.n; n++) {
			struct result r = read_bytes(b.p, n, NULL);
			cr_expect_lt(r.rc, 0, "%s cut at %zu of %zu", packers[p].name, n, b.n);
			cr_expect(strstr(r.err.text, "in the middle") &&
					  strstr(r.err.text, folder) &&
					  (strstr(r.err.text, "line ") || r.records == 0),
				  "%s: %s", packers[p].name, r.err.text);
			cr_expect_leq(strlen(r.text), strlen("1 [aaaa.example]\n") * 3);
			cr_expect(r.text[0] == '\0' || r.text[strlen(r.text) - 2] == ']');
			cr_expect_null(strstr(r.text, "[a]"));
			for (size_t i = 0; i < r.records; i++)
				cr_expect_eq(strlen(r.text), r.records * 17);
		}
	}
}

Test(input, corrupt_archives)
{
	static char text[200000];

	uint32_t state = 1;
	for (size_t i = 0; i < sizeof(text); i++) {
		state = state * 1664525 + 1013904223;
		text[i] = (char)(i % 20 == 19 ? '\n' : 'a' + (state >> 16) % 26);
	}
	for (size_t p = 1; p < COUNT(packers); p++) {
		static struct bytes b;
		b.n = 0;
		packers[p].put(&b, text, sizeof(text));
		if (packers[p].put == put_zstd) /* no checksum by default: break the structure */
			memset(b.p + b.n - 20000, 0xff, 10000);
		else
			b.p[b.n - 20000] ^= 0x10;
		struct result r = read_bytes(b.p, b.n, NULL);
		cr_expect_eq(r.rc, -1, "%s", packers[p].name);
		cr_expect(strstr(r.err.text, "corrupt") && strstr(r.err.text, packers[p].name) &&
				  strstr(r.err.text, folder),
			  "%s", r.err.text);
		char want[32];
		snprintf(want, sizeof(want), "after line %zu", r.records);
		cr_expect(strstr(r.err.text, want), "%s, not %s", r.err.text, want);
	}
}

Test(input, something_behind_an_archive)
{
	for (size_t p = 1; p < COUNT(packers); p++) {
		static struct bytes b;
		b.n = 0;
		packers[p].put(&b, "a.example\n", 10);
		put_plain(&b, "plain text", 10);
		struct result r = read_bytes(b.p, b.n, NULL);
		cr_expect_lt(r.rc, 0, "%s", packers[p].name);
	}
}

Test(input, archives_within_a_limit)
{
	/* A frame header that asks for a window of 2 GiB. */
	struct result r = read_bytes("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9, NULL);

	cr_expect_eq(r.rc, -2);
	cr_expect(strstr(r.err.text, "memory"), "%s", r.err.text);
}

/* ---- refusals ---------------------------------------------------------------------------- */

Test(input, foreign_formats_are_named)
{
	static const struct {
		const char *bytes, *word;
		size_t n;
	} rows[] = {
		{"PK\3\4xxxxxxxx", "ZIP", 12},
		{"BZh91AY&SY", "bzip2", 10},
		{"\xff\xfe"
		 "a\0b\0",
		 "UTF-16", 6},
		{"\xfe\xff\0a", "in': it is UTF-16", 4},
		{"a\0\xe4\0\n\0", "-f UTF-16LE", 6},
		{"\0a\0\xe4\0\n", "-f UTF-16BE", 6},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct result r = read_bytes(rows[i].bytes, rows[i].n, NULL);
		cr_expect_eq(r.rc, -2);
		cr_expect(strstr(r.err.text, rows[i].word), "%s", r.err.text);
	}
}

Test(input, unreadable_files_are_named_before_anything_is_read)
{
	char *good = write_file("good", "a.example\n", 10);
	char *missing = path_of("missing");
	const char *paths[] = {good, missing};
	struct result r = read_paths(paths, 2, NULL);

	cr_expect_eq(r.rc, -2);
	cr_expect(strstr(r.err.text, "missing") && strstr(r.err.text, "No such file"), "%s",
		  r.err.text);
	paths[1] = folder;
	r = read_paths(paths, 2, NULL);
	cr_expect_eq(r.rc, -2);
	cr_expect(strstr(r.err.text, "directory"), "%s", r.err.text);
	if (geteuid() != 0) {
		chmod(good, 0);
		r = read_paths(paths, 1, NULL);
		cr_expect_eq(r.rc, -2);
		cr_expect(strstr(r.err.text, "Permission denied"), "%s", r.err.text);
	}
	free(good);
	free(missing);
}

Test(input, tags_are_cut_between_characters)
{
	static char text[1024] = "domain,tag\na.example,";
	struct input_line line;
	struct input *in;

	for (int shift = 0; shift < 3; shift++) {
		size_t n = (size_t)snprintf(text, sizeof(text), "domain,tag\na.example,%.*s", shift,
					    "xx");
		for (int i = 0; i < 150; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "€");
		char *path = write_file("tag", text, n);
		struct input_config config = config_of(&path, 1);
		config.tag_column = "tag";
		cr_assert_eq(input_open(&in, &config, NULL), 0);
		cr_assert_eq(input_next(in, &line, NULL), 1);
		cr_expect_leq(line.tag.n, INPUT_TAG_MAX);
		cr_expect_gt(line.tag.n, INPUT_TAG_MAX - 3);
		cr_expect_eq((line.tag.n - (size_t)shift) % 3, 0);
		input_close(in);
		free(path);
	}
}

/* ---- hash and position ------------------------------------------------------------------- */

Test(input, hash_and_position)
{
	static char text[300000];
	struct input_line line;
	struct input_file file;
	struct input *in;
	uint8_t want[32];
	uint64_t done, total;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 10 == 9 ? '\n' : 'a';
	char *paths[] = {write_file("big", text, sizeof(text)), write_file("small", "x\n", 2)};
	struct input_config config = config_of(paths, 2);
	cr_assert_eq(input_open(&in, &config, NULL), 0);
	input_position(in, &done, &total);
	cr_expect_eq(done, 0);
	cr_expect_eq(total, sizeof(text) + 2);

	/* So far: a whole number of bytes that were read, and the hash of exactly those. */
	for (int i = 0; i < 10000; i++)
		cr_assert_eq(input_next(in, &line, NULL), 1);
	cr_assert_eq(input_file(in, 0, &file), 0);
	cr_expect_geq(file.bytes, 100000);
	cr_expect_lt(file.bytes, sizeof(text));
	cr_expect_not(file.complete);
	EVP_Digest(text, file.bytes, want, NULL, EVP_sha256(), NULL);
	cr_expect_arr_eq(file.sha256, want, 32);
	input_position(in, &done, &total);
	cr_expect_eq(done, 100000, "what was read ahead is not done: %llu",
		     (unsigned long long)done);

	while (input_next(in, &line, NULL) > 0)
		;
	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(input_file(in, i, &file), 0);
		cr_expect(file.complete);
		cr_expect_str_eq(file.path, paths[i]);
		EVP_Digest(i == 0 ? text : "x\n", file.bytes, want, NULL, EVP_sha256(), NULL);
		cr_expect_eq(file.bytes, i == 0 ? sizeof(text) : 2);
		cr_expect_arr_eq(file.sha256, want, 32);
	}
	input_position(in, &done, &total);
	cr_expect_eq(done, total);
	input_close(in);
	free(paths[0]);
	free(paths[1]);
}

Test(input, hash_is_of_the_raw_bytes)
{
	static struct bytes b;
	struct input_line line;
	struct input_file file;
	struct input *in;
	uint8_t want[32];

	put_gzip(&b, "a.example\n", 10);
	b.n += 70000; /* zeros, read although the data ended long before */
	char *path = write_file("x.gz", b.p, b.n);
	struct input_config config = config_of(&path, 1);
	cr_assert_eq(input_open(&in, &config, NULL), 0);
	while (input_next(in, &line, NULL) > 0)
		;
	cr_assert_eq(input_file(in, 0, &file), 0);
	EVP_Digest(b.p, b.n, want, NULL, EVP_sha256(), NULL);
	cr_expect_eq(file.bytes, b.n);
	cr_expect_arr_eq(file.sha256, want, 32);
	input_close(in);
	free(path);
}
