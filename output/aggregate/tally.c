/* tally.c - see tally.h. */
#include "output/aggregate/tally.h"

#include <assert.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define TALLY_FIRST 64u

struct tally_entry {
	uint64_t hash;
	uint32_t key_at, key_n;
};

void tally_init(struct tally *t, unsigned width, unsigned keys_max)
{
	assert(width >= 1 && width <= TALLY_WIDTH_MAX);
	assert(keys_max >= TALLY_FIRST && (keys_max & (keys_max - 1)) == 0);
	*t = (struct tally){.width = width, .keys_max = keys_max};
}

void tally_release(struct tally *t)
{
	free(t->entries);
	free(t->counters);
	free(t->slots);
	free(t->pool);
	free(t->sketch);
	tally_init(t, t->width, t->keys_max);
}

static uint64_t tally_hash(struct span key)
{
	return XXH3_64bits(key.p, key.n);
}

static struct span tally_key(const struct tally *t, unsigned i)
{
	return span_of(t->pool + t->entries[i].key_at, t->entries[i].key_n);
}

/* Where the key is, or where it would go. */
static uint32_t *tally_slot(const struct tally *t, uint64_t hash, struct span key)
{
	uint32_t mask = 2 * t->cap - 1;

	for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
		uint32_t at = t->slots[i];
		if (at == 0)
			return &t->slots[i];
		if (t->entries[at - 1].hash == hash && span_eq(tally_key(t, at - 1), key))
			return &t->slots[i];
	}
}

static void tally_reslot(struct tally *t)
{
	memset(t->slots, 0, 2 * t->cap * sizeof(*t->slots));
	for (unsigned i = 0; i < t->n; i++)
		*tally_slot(t, t->entries[i].hash, tally_key(t, i)) = i + 1;
}

static int tally_grow(struct tally *t)
{
	unsigned cap = t->cap > 0 ? t->cap * 2 : TALLY_FIRST;
	void *p;

	if ((p = realloc(t->entries, cap * sizeof(*t->entries))) == NULL)
		return -1;
	t->entries = p;
	if ((p = realloc(t->counters, (size_t)cap * t->width * sizeof(*t->counters))) == NULL)
		return -1;
	t->counters = p;
	if ((p = realloc(t->slots, 2 * cap * sizeof(*t->slots))) == NULL)
		return -1;
	t->slots = p;
	t->cap = cap;
	tally_reslot(t);
	return 0;
}

/* ---- the sketch -------------------------------------------------------------------------- */

static uint64_t *tally_cell(const struct tally *t, uint64_t hash, unsigned row)
{
	/* Two halves of one good hash make independent enough row hashes (Kirsch, Mitzenmacher
	 * 2006). */
	uint64_t column =
		((uint32_t)hash + (uint64_t)row * (hash >> 32 | 1)) % TALLY_SKETCH_COLUMNS;

	return t->sketch + ((uint64_t)row * TALLY_SKETCH_COLUMNS + column) * t->width;
}

static void tally_sketch_add(struct tally *t, uint64_t hash, const uint64_t *delta)
{
	for (unsigned row = 0; row < TALLY_SKETCH_ROWS; row++) {
		uint64_t *cell = tally_cell(t, hash, row);
		for (unsigned k = 0; k < t->width; k++)
			cell[k] += delta[k];
	}
}

static void tally_sketch_read(const struct tally *t, uint64_t hash, uint64_t *v)
{
	for (unsigned k = 0; k < t->width; k++)
		v[k] = UINT64_MAX;
	for (unsigned row = 0; row < TALLY_SKETCH_ROWS; row++) {
		const uint64_t *cell = tally_cell(t, hash, row);
		for (unsigned k = 0; k < t->width; k++)
			if (cell[k] < v[k])
				v[k] = cell[k];
	}
}

/* From exact counts to the sketch; what was counted so far goes in, so it is as if it had always
 * been there. */
static int tally_blur(struct tally *t)
{
	if (t->sketch != NULL)
		return 0;
	t->sketch = calloc((size_t)TALLY_SKETCH_ROWS * TALLY_SKETCH_COLUMNS * t->width,
			   sizeof(*t->sketch));
	if (t->sketch == NULL)
		return -1;
	for (unsigned i = 0; i < t->n; i++)
		tally_sketch_add(t, t->entries[i].hash, t->counters + (size_t)i * t->width);
	return 0;
}

static int tally_compare_counts(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Misra-Gries: takes the median count off every candidate and drops those that have nothing
 * left. */
static int tally_purge(struct tally *t)
{
	uint64_t *counts = malloc(t->n * sizeof(*counts));
	unsigned kept = 0;
	size_t pool_n = 0;

	if (counts == NULL)
		return -1;
	for (unsigned i = 0; i < t->n; i++)
		counts[i] = t->counters[(size_t)i * t->width];
	qsort(counts, t->n, sizeof(*counts), tally_compare_counts);
	uint64_t median = counts[t->n / 2];
	free(counts);
	for (unsigned i = 0; i < t->n; i++) {
		struct tally_entry e = t->entries[i];
		uint64_t count = t->counters[(size_t)i * t->width];
		if (count <= median)
			continue;
		memmove(t->pool + pool_n, t->pool + e.key_at, e.key_n);
		e.key_at = (uint32_t)pool_n;
		pool_n += e.key_n;
		t->entries[kept] = e;
		t->counters[(size_t)kept * t->width] = count - median;
		kept++;
	}
	t->n = kept;
	t->pool_n = pool_n;
	tally_reslot(t);
	return 0;
}

/* ---- adding ------------------------------------------------------------------------------ */

static int tally_insert(struct tally *t, uint64_t hash, struct span key, const uint64_t *delta)
{
	if (t->pool_n + key.n > t->pool_cap) {
		size_t cap = t->pool_cap > 0 ? t->pool_cap * 2 : 1024;
		while (cap < t->pool_n + key.n)
			cap *= 2;
		char *pool = realloc(t->pool, cap);
		if (pool == NULL)
			return -1;
		t->pool = pool;
		t->pool_cap = cap;
	}
	if (key.n > 0)
		memcpy(t->pool + t->pool_n, key.p, key.n);
	t->entries[t->n] = (struct tally_entry){hash, (uint32_t)t->pool_n, (uint32_t)key.n};
	t->pool_n += key.n;
	memcpy(t->counters + (size_t)t->n * t->width, delta, t->width * sizeof(*delta));
	t->n++;
	*tally_slot(t, hash, key) = t->n;
	return 0;
}

/* Into the table of keys only. */
static int tally_key_add(struct tally *t, uint64_t hash, struct span key, const uint64_t *delta)
{
	if (t->cap > 0) {
		uint32_t at = *tally_slot(t, hash, key);
		if (at > 0) {
			uint64_t *v = t->counters + (size_t)(at - 1) * t->width;
			for (unsigned k = 0; k < t->width; k++)
				v[k] += delta[k];
			return 0;
		}
	}
	if (t->n == t->keys_max && (tally_blur(t) != 0 || tally_purge(t) != 0))
		return -1;
	if (t->n == t->cap && tally_grow(t) != 0)
		return -1;
	return tally_insert(t, hash, key, delta);
}

int tally_add(struct tally *t, struct span key, const uint64_t *delta)
{
	uint64_t hash = tally_hash(key);

	if (tally_key_add(t, hash, key, delta) != 0)
		return -1;
	if (t->sketch != NULL)
		tally_sketch_add(t, hash, delta);
	t->rows += delta[0];
	return 0;
}

/* ---- reading ----------------------------------------------------------------------------- */

uint64_t tally_error(const struct tally *t)
{
	/* e / columns of the rows; rounded up. */
	return t->sketch == NULL ? 0 : t->rows * 2719 / (1000ull * TALLY_SKETCH_COLUMNS) + 1;
}

unsigned tally_keys(const struct tally *t)
{
	return t->sketch == NULL ? t->n : t->keys_max;
}

static bool tally_before(const struct tally_row *a, const struct tally_row *b)
{
	if (a->v[0] != b->v[0])
		return a->v[0] > b->v[0];
	size_t n = a->key.n < b->key.n ? a->key.n : b->key.n;
	int order = n > 0 ? memcmp(a->key.p, b->key.p, n) : 0;
	return order != 0 ? order < 0 : a->key.n < b->key.n;
}

unsigned tally_top(const struct tally *t, struct tally_row *out, unsigned max)
{
	uint64_t floor = t->sketch == NULL ? 0 : tally_error(t) + 2 * t->rows / t->keys_max;
	unsigned n = 0;

	for (unsigned i = 0; i < t->n; i++) {
		struct tally_row row = {.key = tally_key(t, i)};
		if (t->sketch != NULL)
			tally_sketch_read(t, t->entries[i].hash, row.v);
		else
			memcpy(row.v, t->counters + (size_t)i * t->width,
			       t->width * sizeof(*row.v));
		if (row.v[0] <= floor)
			continue;
		unsigned at = n < max ? n++ : max;
		if (at == max) {
			if (max == 0 || !tally_before(&row, &out[max - 1]))
				continue;
			at = max - 1;
		}
		for (; at > 0 && tally_before(&row, &out[at - 1]); at--)
			out[at] = out[at - 1];
		out[at] = row;
	}
	return n;
}

void tally_rest(const struct tally *t, const struct tally_row *rows, unsigned n,
		struct tally_row *rest)
{
	/* Each row of the sketch, and the exact counters, hold everything once. */
	const uint64_t *all = t->sketch != NULL ? t->sketch : t->counters;
	size_t vectors = t->sketch != NULL ? TALLY_SKETCH_COLUMNS : t->n;

	*rest = (struct tally_row){.key = SPAN_NULL};
	for (size_t i = 0; i < vectors; i++)
		for (unsigned k = 0; k < t->width; k++)
			rest->v[k] += all[i * t->width + k];
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < t->width; k++) /* estimates may be too high */
			rest->v[k] -= rows[i].v[k] < rest->v[k] ? rows[i].v[k] : rest->v[k];
}
