/*
 * rowsort.c - see rowsort.h.
 *
 * Rows are collected in a buffer. A full buffer is sorted and written to the file as one run; in
 * the end the runs are merged, each read through a small window, a heap telling which has the next
 * row. Without a full buffer there is no file.
 */
#include "output/diff/rowsort.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROWSORT_WINDOW_MAX (256u << 10)
#define ROWSORT_WINDOW_MIN (4u << 10)
#define ROWSORT_WRITE (256u << 10)

/* In front of the key's and the value's bytes; not aligned. */
struct row_head {
	uint32_t key_n, value_n;
};

/* A sorted stretch of the file, and the part of it that is in memory. */
struct sorted_run {
	off_t at, end; /* of what was not read yet */
	char *window;  /* owned */
	size_t cap, n, used;
};

struct rowsort {
	size_t memory;
	char *rows; /* one behind the other */
	size_t rows_n, rows_cap;
	size_t count;	     /* of rows in `rows` */
	const char **sorted; /* `count` of them, into rows; NULL while rows are added */
	size_t next;	     /* of `sorted` */
	FILE *file;	     /* NULL while everything fits into memory */
	struct sorted_run *runs;
	unsigned runs_n;
	unsigned *heap; /* of runs that have a row, the next one first */
	unsigned heap_n;
	bool merging, taken; /* taken: the first of the heap was given out */
};

static struct row_head row_head(const char *row)
{
	struct row_head head;

	memcpy(&head, row, sizeof(head));
	return head;
}

static size_t row_size(const char *row)
{
	struct row_head head = row_head(row);

	return sizeof(head) + head.key_n + head.value_n;
}

static void row_parts(const char *row, struct span *key, struct span *value)
{
	struct row_head head = row_head(row);

	*key = span_of(row + sizeof(head), head.key_n);
	*value = span_of(row + sizeof(head) + head.key_n, head.value_n);
}

static int row_compare(const char *a, const char *b)
{
	struct row_head x = row_head(a), y = row_head(b);
	size_t n = x.key_n < y.key_n ? x.key_n : y.key_n;
	int order = memcmp(a + sizeof(x), b + sizeof(y), n);

	if (order != 0)
		return order;
	return x.key_n < y.key_n ? -1 : x.key_n > y.key_n;
}

/* Rows of one key: the one that was added first stands first in the buffer. */
static int rowsort_order(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int order = row_compare(x, y);

	return order != 0 ? order : x < y ? -1 : 1;
}

struct rowsort *rowsort_new(size_t memory)
{
	struct rowsort *s = calloc(1, sizeof(*s));

	if (s != NULL)
		s->memory = memory;
	return s;
}

void rowsort_free(struct rowsort *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->runs_n; i++)
		free(s->runs[i].window);
	if (s->file != NULL)
		fclose(s->file);
	free(s->runs);
	free(s->heap);
	free(s->sorted);
	free(s->rows);
	free(s);
}

/* ---- collecting -------------------------------------------------------------------------- */

static int rowsort_buffer(struct rowsort *s, struct errmsg *err)
{
	assert(s->sorted == NULL);
	s->sorted = malloc((s->count > 0 ? s->count : 1) * sizeof(*s->sorted));
	if (s->sorted == NULL)
		return errmsg_set(err, "no memory to sort");
	const char *row = s->rows;
	for (size_t i = 0; i < s->count; i++, row += row_size(row))
		s->sorted[i] = row;
	if (s->count > 1)
		qsort(s->sorted, s->count, sizeof(*s->sorted), rowsort_order);
	return 0;
}

static const char *rowsort_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && folder[0] != '\0' ? folder : "/var/tmp";
}

static int rowsort_failed(struct errmsg *err)
{
	return errmsg_set(err,
			  "rows that wait to be sorted cannot be kept in %s: %s; name a "
			  "folder with more room in TMPDIR",
			  rowsort_folder(), strerror(errno));
}

static int rowsort_open(struct rowsort *s, struct errmsg *err)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/mtasweep.XXXXXX", rowsort_folder()) >=
	    sizeof(path)) {
		errno = ENAMETOOLONG;
		return rowsort_failed(err);
	}
	int fd = mkstemp(path);
	if (fd < 0)
		return rowsort_failed(err);
	unlink(path);
	s->file = fdopen(fd, "w+b");
	if (s->file == NULL) {
		close(fd);
		return rowsort_failed(err);
	}
	setvbuf(s->file, NULL, _IOFBF, ROWSORT_WRITE);
	return 0;
}

/* Moves the buffer's rows to the file, as one run. */
static int rowsort_spill(struct rowsort *s, struct errmsg *err)
{
	struct sorted_run *runs = realloc(s->runs, (s->runs_n + 1) * sizeof(*runs));

	if (runs == NULL)
		return errmsg_set(err, "no memory to sort");
	s->runs = runs;
	if ((s->file == NULL && rowsort_open(s, err) != 0) || rowsort_buffer(s, err) != 0)
		return -1;
	off_t at = ftello(s->file);
	assert(s->count > 0); /* no run is empty */
	for (size_t i = 0; i < s->count; i++)
		fwrite(s->sorted[i], 1, row_size(s->sorted[i]), s->file);
	if (fflush(s->file) != 0 || ferror(s->file))
		return rowsort_failed(err);
	s->runs[s->runs_n++] = (struct sorted_run){.at = at, .end = ftello(s->file)};
	free(s->sorted);
	s->sorted = NULL;
	s->rows_n = s->count = 0;
	return 0;
}

/* Room for n more bytes in the buffer, which doubles up to what it may take. */
static int rowsort_room(struct rowsort *s, size_t n, struct errmsg *err)
{
	if (s->count > 0 && s->rows_n + n + (s->count + 1) * sizeof(*s->sorted) > s->memory &&
	    rowsort_spill(s, err) != 0)
		return -1;
	if (s->rows_n + n <= s->rows_cap)
		return 0;
	size_t cap = s->rows_cap * 2 > s->memory ? s->memory : s->rows_cap * 2;
	cap = cap < s->rows_n + n ? s->rows_n + n : cap;
	cap = cap < 4096 ? 4096 : cap;
	char *rows = realloc(s->rows, cap);
	if (rows == NULL)
		return errmsg_set(err, "no memory to sort");
	s->rows = rows;
	s->rows_cap = cap;
	return 0;
}

int rowsort_add(struct rowsort *s, struct span key, struct span value, struct errmsg *err)
{
	struct row_head head = {(uint32_t)key.n, (uint32_t)value.n};

	assert(!s->merging);
	if (key.n > UINT32_MAX || value.n > UINT32_MAX)
		return errmsg_set(err, "a row is too large to be sorted");
	if (rowsort_room(s, sizeof(head) + key.n + value.n, err) != 0)
		return -1;
	char *row = s->rows + s->rows_n;
	memcpy(row, &head, sizeof(head));
	if (key.n > 0)
		memcpy(row + sizeof(head), key.p, key.n);
	if (value.n > 0)
		memcpy(row + sizeof(head) + key.n, value.p, value.n);
	s->rows_n += sizeof(head) + key.n + value.n;
	s->count++;
	return 0;
}

/* ---- merging ----------------------------------------------------------------------------- */

/* Makes n bytes of the run stand in its window, in one piece. */
static int run_window(struct rowsort *s, struct sorted_run *r, size_t n, struct errmsg *err)
{
	assert(r->used <= r->n && r->n <= r->cap && r->at <= r->end);
	if (r->n - r->used >= n)
		return 0;
	if (n > r->cap) {
		char *window = realloc(r->window, n);
		if (window == NULL)
			return errmsg_set(err, "no memory to merge");
		r->window = window;
		r->cap = n;
	}
	memmove(r->window, r->window + r->used, r->n - r->used);
	r->n -= r->used;
	r->used = 0;
	while (r->n < n) {
		size_t want = r->cap - r->n;
		want = (off_t)want > r->end - r->at ? (size_t)(r->end - r->at) : want;
		ssize_t got = pread(fileno(s->file), r->window + r->n, want, r->at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got == 0 ? EIO : errno;
			return rowsort_failed(err);
		}
		r->n += (size_t)got;
		r->at += got;
	}
	return 0;
}

/* 1: the run's next row stands at window + used; 0: it has none. */
static int run_row(struct rowsort *s, struct sorted_run *r, struct errmsg *err)
{
	if (r->used == r->n && r->at == r->end)
		return 0;
	if (run_window(s, r, sizeof(struct row_head), err) != 0 ||
	    run_window(s, r, row_size(r->window + r->used), err) != 0)
		return -1;
	return 1;
}

/* Whether run a's row comes before run b's. */
static bool heap_before(const struct rowsort *s, unsigned a, unsigned b)
{
	const struct sorted_run *x = &s->runs[a], *y = &s->runs[b];
	int order = row_compare(x->window + x->used, y->window + y->used);

	return order != 0 ? order < 0 : a < b;
}

static void heap_sink(struct rowsort *s, unsigned at)
{
	for (;;) {
		unsigned least = at;
		for (unsigned child = 2 * at + 1; child <= 2 * at + 2 && child < s->heap_n; child++)
			if (heap_before(s, s->heap[child], s->heap[least]))
				least = child;
		if (least == at)
			return;
		unsigned run = s->heap[at];
		s->heap[at] = s->heap[least];
		s->heap[least] = run;
		at = least;
	}
}

static int rowsort_merge(struct rowsort *s, struct errmsg *err)
{
	assert(s->runs_n > 0 && s->count == 0);
	size_t window = s->memory / s->runs_n;

	window = window > ROWSORT_WINDOW_MAX ? ROWSORT_WINDOW_MAX : window;
	window = window < ROWSORT_WINDOW_MIN ? ROWSORT_WINDOW_MIN : window;
	free(s->rows);
	s->rows = NULL;
	s->heap = calloc(s->runs_n, sizeof(*s->heap));
	if (s->heap == NULL)
		return errmsg_set(err, "no memory to merge");
	for (unsigned i = 0; i < s->runs_n; i++) {
		s->runs[i].window = malloc(window);
		s->runs[i].cap = window;
		if (s->runs[i].window == NULL)
			return errmsg_set(err, "no memory to merge");
		if (run_row(s, &s->runs[i], err) != 1) /* no run is empty */
			return -1;
		s->heap[s->heap_n++] = i;
	}
	for (unsigned at = s->heap_n; at-- > 0;)
		heap_sink(s, at);
	return 0;
}

static int rowsort_finish(struct rowsort *s, struct errmsg *err)
{
	s->merging = true;
	if (s->file == NULL)
		return rowsort_buffer(s, err);
	if (s->count > 0 && rowsort_spill(s, err) != 0)
		return -1;
	return rowsort_merge(s, err);
}

static int rowsort_next_merged(struct rowsort *s, struct span *key, struct span *value,
			       struct errmsg *err)
{
	if (s->taken) {
		assert(s->heap_n > 0);
		struct sorted_run *r = &s->runs[s->heap[0]];
		r->used += row_size(r->window + r->used);
		int rc = run_row(s, r, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			s->heap[0] = s->heap[--s->heap_n];
		heap_sink(s, 0);
	}
	s->taken = s->heap_n > 0;
	if (!s->taken)
		return 0;
	const struct sorted_run *r = &s->runs[s->heap[0]];
	row_parts(r->window + r->used, key, value);
	return 1;
}

int rowsort_next(struct rowsort *s, struct span *key, struct span *value, struct errmsg *err)
{
	if (!s->merging && rowsort_finish(s, err) != 0)
		return -1;
	if (s->file != NULL)
		return rowsort_next_merged(s, key, value, err);
	if (s->sorted == NULL || s->next == s->count)
		return 0;
	row_parts(s->sorted[s->next++], key, value);
	return 1;
}
