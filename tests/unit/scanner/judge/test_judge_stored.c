/*
 * test_judge_stored.c - a stored record, judged again, gives the same line byte for byte: every
 * piece of evidence the judge uses is kept in the record. The evidence is that of every code and
 * every ruling.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "parsers/name.h"
#include "tests/support/evidence.h"

#define RAISE(...)                                                                                 \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define MISS(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define EVIDENCE(...)                                                                              \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static const struct {
	const char *title;
	struct evidence evidence;
} cases[] = {
#define CASE(code, raise, miss) {#code, raise}, {#code " (near miss)", miss},
#include "tests/unit/scanner/judge/codes.def"
#undef CASE
#define RULING(title, evidence, verdict, impact, root, stage) {title, evidence},
#include "tests/unit/scanner/judge/rulings.def"
#undef RULING
};

Test(judge_stored, judged_again_gives_the_same_line)
{
	struct record_reader reader;
	struct judge_config config;
	struct buf first, second;
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 18, 8 << 20), 0);
	buf_init(&first, RECORD_LINE_MAX);
	buf_init(&second, RECORD_LINE_MAX);
	judge_config_init(&config);
	record_reader_init(&reader);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record r, stored;
		buf_reset(&first);
		buf_reset(&second);
		evidence_record(&a, &cases[i].evidence, &r);
		r.line = 1;
		cr_assert_eq(judge(&config, &a, &r), 0);
		cr_assert_eq(record_emit_once(&r, &first), 0, "%s", cases[i].title);
		enum record_read_status status =
			record_read(&reader, span_of(first.p, first.n), &a, &stored);
		cr_assert_eq(status, RECORD_READ_OK, "%s: %s", cases[i].title, reader.error);
		cr_assert_eq(judge(&config, &a, &stored), 0);
		cr_assert_eq(record_emit_once(&stored, &second), 0, "%s", cases[i].title);
		cr_expect(span_eq(span_of(first.p, first.n), span_of(second.p, second.n)),
			  "%s:\n%.*s\n%.*s", cases[i].title, (int)first.n, first.p, (int)second.n,
			  second.p);
		arena_reset(&a);
	}
	buf_release(&first);
	buf_release(&second);
	arena_release(&a);
}
