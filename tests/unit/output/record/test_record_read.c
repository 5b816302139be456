/*
 * Any record at all comes back from its line as it was: every field at random, compared member by
 * member, and every word of every vocabulary met on the way.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "output/record/record_emit.h"
#include "output/record/record_read.h"
#include "tests/support/guard.h"
#include "tests/support/wild.h"

#define RECORDS 4000u
#define VOCABULARIES 32u

/* Which words of each vocabulary were met. */
struct met {
	const struct field_words *words[VOCABULARIES];
	bool seen[VOCABULARIES][512];
	unsigned n;
};

static void meet(struct met *m, const struct field_words *words, unsigned v)
{
	unsigned i = 0;

	while (i < m->n && m->words[i] != words)
		i++;
	cr_assert_lt(i, VOCABULARIES);
	m->words[i] = words;
	m->n = i == m->n ? i + 1 : m->n;
	cr_assert_lt(v, 512);
	m->seen[i][v] = true;
}

static void meet_all(struct met *m, const struct object *o, const char *base)
{
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		unsigned n, v;
		const char *items;
		if (f->kind == FIELD_OBJECT && wild_written(f, base + f->at)) {
			meet_all(m, f->object, base + f->at);
		} else if (f->kind == FIELD_OBJECTS) {
			memcpy(&n, base + f->at_n, sizeof(n));
			memcpy(&items, base + f->at, sizeof(items));
			for (unsigned k = 0; k < n; k++)
				meet_all(m, f->object, items + k * f->object->size);
		} else if (f->kind == FIELD_WORD) {
			memcpy(&v, base + f->at, sizeof(v));
			if ((int)v >= 0)
				meet(m, f->words, v);
		}
	}
}

Test(record_read, any_record_comes_back)
{
	static struct met met;
	struct record_reader reader;
	struct arena a, back_arena;
	struct buf line;

	record_reader_init(&reader);
	buf_init(&line, RECORD_LINE_MAX);
	cr_assert_eq(arena_init(&a, 65536, 1u << 22), 0);
	cr_assert_eq(arena_init(&back_arena, 65536, 1u << 22), 0);
	for (uint64_t i = 1; i <= RECORDS; i++) {
		struct record r, back;
		arena_reset(&a);
		arena_reset(&back_arena);
		buf_reset(&line);
		wild_record(&r, &a, 5, i);
		meet_all(&met, fields_record(), (const char *)&r);
		cr_assert_eq(record_emit_once(&r, &line), 0);
		struct guard g = guard_copy(line.p, line.n - 1);
		cr_assert_eq(record_read(&reader, span_of(g.p, g.n), &back_arena, &back),
			     RECORD_READ_OK, "record %llu: %s", (unsigned long long)i,
			     reader.error);
		const char *key = wild_differs(fields_record(), &r, &back);
		cr_assert_null(key, "record %llu: %s is another: %.*s", (unsigned long long)i, key,
			       (int)line.n, line.p);
		guard_free(&g);
	}
	cr_expect_geq(met.n, 10, "%u vocabularies", met.n);
	for (unsigned i = 0; i < met.n; i++)
		for (unsigned v = 0; v < met.words[i]->count; v++)
			cr_expect(met.seen[i][v], "%s %s never met", met.words[i]->name,
				  met.words[i]->word(v));
	arena_release(&a);
	arena_release(&back_arena);
	buf_release(&line);
}

/* ---- escapes and borders of numbers, written by hand ------------------------------------- */

static enum record_read_status read_line(const char *line, struct record *r, struct arena *a)
{
	struct record_reader reader;
	struct guard g = guard_copy(line, strlen(line));

	record_reader_init(&reader);
	arena_reset(a);
	enum record_read_status status = record_read(&reader, span_of(g.p, g.n), a, r);
	r->input = arena_copy(a, r->input); /* it may point into the line */
	guard_free(&g);
	return status;
}

Test(record_read, escapes_are_the_characters_that_they_stand_for)
{
	static const struct {
		const char *escaped, *text;
		size_t n;
	} rows[] = {
		{"\\u0000", "\0", 1},
		{"\\u007f", "\x7f", 1},
		{"\\u0080", "\xc2\x80", 2},
		{"\\u07ff", "\xdf\xbf", 2},
		{"\\u0800", "\xe0\xa0\x80", 3},
		{"\\u20AC", "\xe2\x82\xac", 3},
		{"\\uffff", "\xef\xbf\xbf", 3},
		{"\\ud7ff", "\xed\x9f\xbf", 3},
		{"\\ue000", "\xee\x80\x80", 3},
		{"\\ud800\\udc00", "\xf0\x90\x80\x80", 4},
		{"\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf", 4},
		{"\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4},
		{"\\ud800x", "\xef\xbf\xbdx", 4},
		{"\\udc00", "\xef\xbf\xbd", 3},
		{"\\ud800\\ue000", "\xef\xbf\xbd\xee\x80\x80", 6},
		{"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8},
	};
	struct arena a;
	struct record r;

	cr_assert_eq(arena_init(&a, 4096, 1 << 20), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[128];
		snprintf(line, sizeof(line), "{\"schema\":1,\"line\":1,\"input\":\"%s\"}",
			 rows[i].escaped);
		cr_assert_eq(read_line(line, &r, &a), RECORD_READ_OK, "%s", line);
		cr_expect(span_eq(r.input, span_of(rows[i].text, rows[i].n)), "%s",
			  rows[i].escaped);
	}
	arena_release(&a);
}

Test(record_read, numbers_have_their_borders)
{
	static const struct {
		const char *members;
		bool good;
	} rows[] = {
		{"\"rank\":0", true},
		{"\"rank\":9223372036854775807", true},
		{"\"rank\":9223372036854775808", false},
		{"\"rank\":-1", true},
		{"\"took_ms\":-9223372036854775808", true},
		{"\"took_ms\":-9223372036854775809", false},
		{"\"issues_dropped\":0", true},
		{"\"issues_dropped\":4294967295", true},
		{"\"issues_dropped\":4294967296", false},
		{"\"issues_dropped\":-1", false},
		{"\"mx\":{\"hosts\":[{\"preference\":0}]}", true},
		{"\"mx\":{\"hosts\":[{\"preference\":65535}]}", true},
		{"\"mx\":{\"hosts\":[{\"preference\":65536}]}", false},
		{"\"mx\":{\"hosts\":[{\"preference\":-1}]}", false},
		{"\"name_status\":2147483647", true},
		{"\"name_status\":2147483648", false},
		{"\"name_status\":-2147483648", true},
		{"\"name_status\":-2147483649", false},
		{"\"policy\":{\"body_bytes\":18446744073709551615}", true},
		{"\"policy\":{\"body_bytes\":18446744073709551616}", false},
		{"\"sts\":{\"txt_pieces\":[0,65535]}", true},
		{"\"sts\":{\"txt_pieces\":[65536]}", false},
		{"\"sts\":{\"txt_pieces\":[-1]}", false},
	};
	struct arena a;
	struct record r;

	cr_assert_eq(arena_init(&a, 4096, 1 << 20), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[160];
		snprintf(line, sizeof(line), "{\"schema\":1,\"line\":1,%s}", rows[i].members);
		cr_expect_eq(read_line(line, &r, &a),
			     rows[i].good ? RECORD_READ_OK : RECORD_READ_BAD, "%s",
			     rows[i].members);
	}
	arena_release(&a);
}
