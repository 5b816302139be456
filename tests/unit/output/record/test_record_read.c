/*
 * Any record at all comes back from its line as it was: every field at random, compared member by
 * member, and every word of every vocabulary met on the way.
 */
#include <criterion/criterion.h>

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
