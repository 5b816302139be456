/* A stored record on its way to a terminal, a browser and a mail: nothing in it is an order. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/aggregate/aggregate.h"
#include "output/record/record_read.h"
#include "output/report/report.h"
#include "parsers/utf8.h"
#include "scanner/check/check_html.h"
#include "scanner/check/check_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No controls but the newline, neither C0 nor C1, and well-formed. */
static void check_harmless(const char *p, size_t n)
{
	assert(utf8_valid_prefix(span_of(p, n)) == n);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		assert((c >= ' ' && c != 0x7f) || c == '\n');
		assert(c != 0xc2 || (unsigned char)p[i + 1] >= 0xa0);
	}
}

static void check_page(const struct record *r)
{
	struct text page;

	text_init(&page, false, CHECK_WIDTH, CHECK_TEXT_MAX);
	check_view(&page, r, &(struct check_page){.now = 1800000000, .version = "1"});
	assert(!page.out.failed);
	check_harmless(page.out.p, page.out.n);
	text_release(&page);
}

/* The styles of the terminal become classes: no escape sequence is left, no tag is the record's. */
static void check_html(const struct record *r)
{
	struct text page;
	char *text = NULL;
	size_t n = 0;

	text_init(&page, true, CHECK_WIDTH, CHECK_TEXT_MAX);
	check_view(&page, r, &(struct check_page){.now = 1800000000, .version = "1"});
	FILE *out = open_memstream(&text, &n);
	assert(!page.out.failed && out != NULL);
	check_html_begin(out, r->domain);
	check_html_page(out, r, &page);
	check_html_end(out);
	assert(fclose(out) == 0);
	check_harmless(text, n);
	assert(strcasestr(text, "<script") == NULL && strcasestr(text, "<img") == NULL);
	free(text);
	text_release(&page);
}

/* A line of the progress display is never wider than the terminal, and nothing in it moves it. */
static void check_part(const uint8_t *data, size_t size)
{
	for (size_t n = 1; n <= size && n <= CHECK_WIDTH; n++) {
		size_t shown = strnlen((const char *)data, n);
		struct text line;
		text_init(&line, false, CHECK_WIDTH, CHECK_TEXT_MAX);
		assert(text_part(&line, 1, TEXT_GOOD, "%.*s", (int)n, (const char *)data));
		bool fits = text_part(&line, 1, TEXT_GOOD, "%.*s", (int)n, (const char *)data);
		assert(fits == (shown + 1 + shown <= CHECK_WIDTH));
		assert(line.column == line.out.n && line.column <= CHECK_WIDTH);
		if (shown > 0) {
			check_harmless(line.out.p, line.out.n);
			assert(memchr(line.out.p, '\n', line.out.n) == NULL);
		}
		text_release(&line);
	}
}

static void check_report(const struct record *r)
{
	struct aggregate *a = aggregate_new();
	struct report_meta meta = {0};
	struct facts facts;
	char *text = NULL;
	size_t n = 0;

	assert(a != NULL);
	facts_from_record(r, &facts);
	assert(aggregate_add(a, &facts) == 0);
	FILE *out = open_memstream(&text, &n);
	assert(out != NULL && report_text(out, a, &meta) == 0 && fclose(out) == 0);
	check_harmless(text, n);
	free(text);
	aggregate_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = span_of((const char *)data, size);
	struct record_reader reader;
	struct arena arena;
	struct errmsg err;
	struct record r;

	if (size > 65536 || arena_init(&arena, 65536, 1u << 24) != 0)
		return 0;
	errmsg_set(&err, "cannot open '%.*s'", (int)size, (const char *)data);
	check_harmless(err.text, strlen(err.text));
	check_part(data, size);
	record_reader_init(&reader);
	if (record_read(&reader, line, &arena, &r) == RECORD_READ_OK) {
		check_page(&r);
		check_html(&r);
		check_report(&r);
	}
	arena_release(&arena);
	return 0;
}
