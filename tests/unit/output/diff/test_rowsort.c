/* Rows come back in the order of their keys, those of one key as they were added, whether they fit
 * into memory or not. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/diff/rowsort.h"
#include "tests/support/scratch.h"

#define SMALL (64u << 10)
#define LARGE (64u << 20)

struct row {
	char key[24];
	size_t key_n, value_n; /* value: the row's number, and filling */
	unsigned number;
};

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Few keys, some a prefix of others, any bytes; values of 4 to some 400 bytes, rarely 300 KB. */
static struct row *make(unsigned n, unsigned keys)
{
	struct row *rows = calloc(n + 1, sizeof(*rows));
	uint32_t seed = 7;

	for (unsigned i = 0; i < n; i++) {
		rows[i].number = i;
		rows[i].key_n = (size_t)snprintf(rows[i].key, sizeof(rows[i].key), "%u",
						 next(&seed) % keys);
		if (next(&seed) % 5 == 0)
			rows[i].key[rows[i].key_n++] = (char)(next(&seed) % 256);
		rows[i].value_n = 4 + (next(&seed) % 9000 == 0 ? 300000 : next(&seed) % 400);
	}
	return rows;
}

static int by_key_then_number(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	size_t n = x->key_n < y->key_n ? x->key_n : y->key_n;
	int order = memcmp(x->key, y->key, n);

	if (order != 0)
		return order;
	if (x->key_n != y->key_n)
		return x->key_n < y->key_n ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static void add(struct rowsort *s, const struct row *row)
{
	static char value[300004];
	struct errmsg err;

	memset(value, 'a' + (int)(row->number % 26), row->value_n);
	memcpy(value, &row->number, sizeof(row->number));
	cr_assert_eq(
		rowsort_add(s, span_of(row->key, row->key_n), span_of(value, row->value_n), &err),
		0, "%s", err.text);
}

static void expect(struct rowsort *s, const struct row *row)
{
	struct span key, value;
	struct errmsg err;
	unsigned number;

	cr_assert_eq(rowsort_next(s, &key, &value, &err), 1);
	cr_assert(span_eq(key, span_of(row->key, row->key_n)));
	cr_assert_eq(value.n, row->value_n);
	memcpy(&number, value.p, sizeof(number));
	cr_assert_eq(number, row->number);
	for (size_t i = sizeof(number); i < value.n; i++)
		cr_assert_eq(value.p[i], 'a' + (char)(number % 26));
}

static void sorts(unsigned n, unsigned keys, size_t memory)
{
	struct row *rows = make(n, keys);
	struct rowsort *s = rowsort_new(memory);
	struct span key, value;
	struct errmsg err;

	for (unsigned i = 0; i < n; i++)
		add(s, &rows[i]);
	qsort(rows, n, sizeof(*rows), by_key_then_number);
	for (unsigned i = 0; i < n; i++)
		expect(s, &rows[i]);
	for (unsigned i = 0; i < 2; i++)
		cr_assert_eq(rowsort_next(s, &key, &value, &err), 0);
	rowsort_free(s);
	free(rows);
}

Test(rowsort, in_memory)
{
	sorts(0, 1, LARGE);
	sorts(1, 1, LARGE);
	sorts(20000, 3000, LARGE);
}

Test(rowsort, through_the_file)
{
	setenv("TMPDIR", scratch_dir(), 1);
	sorts(400, 10, SMALL);	   /* two runs */
	sorts(20000, 3000, SMALL); /* some eighty, and rows that are larger than memory */
	sorts(20000, 20000000, SMALL);
}

Test(rowsort, bytes_order_keys_that_begin_alike)
{
	static const char *const keys[] = {"b", "", "a\xff", "ab", "a", "a.b"};
	static const char *const order[] = {"", "a", "a.b", "ab", "a\xff", "b"};
	struct rowsort *s = rowsort_new(LARGE);
	struct span key, value;
	struct errmsg err;

	for (unsigned i = 0; i < 6; i++)
		cr_assert_eq(rowsort_add(s, span_str(keys[i]), SPAN_NULL, &err), 0);
	for (unsigned i = 0; i < 6; i++) {
		cr_assert_eq(rowsort_next(s, &key, &value, &err), 1);
		cr_expect(span_eq(key, span_str(order[i])), "%u", i);
		cr_expect_eq(value.n, 0);
	}
	rowsort_free(s);
}

Test(rowsort, a_folder_that_cannot_be_used_is_named)
{
	struct row *rows = make(4000, 100);
	struct rowsort *s = rowsort_new(SMALL);
	struct errmsg err = {""};
	int rc = 0;

	setenv("TMPDIR", "/nowhere", 1);
	for (unsigned i = 0; i < 4000 && rc == 0; i++)
		rc = rowsort_add(s, span_of(rows[i].key, rows[i].key_n), SPAN_LIT("0123456789"),
				 &err);
	cr_assert_eq(rc, -1);
	cr_expect(strstr(err.text, "/nowhere") != NULL && strstr(err.text, "TMPDIR") != NULL, "%s",
		  err.text);
	rowsort_free(s);
	free(rows);
}
