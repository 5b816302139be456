/*
 * run_rows.c - see run_rows.h.
 *
 * A batch is some lines of the file. It is filled with their bytes and with what else was found
 * between them, worked on by parsing them into packed rows, and told line by line.
 */
#include "output/aggregate/run_rows.h"

#include <assert.h>
#include <stdlib.h>

#include "output/base/pipeline.h"

#define ROWS_TEXT (256u << 10) /* of lines a batch, and one line more */
#define ROWS_LINES 512	       /* ... and in number */
#define ROWS_ARENA_FIRST (64u << 10)

struct rows_line {
	struct run_item item;
	size_t n; /* bytes in `text` */
};

struct rows_batch {
	struct rows_line lines[ROWS_LINES];
	unsigned lines_n, told;
	char *text;
	size_t text_n, text_cap;
	uint8_t *rows; /* packed, one a record, in order */
	size_t rows_n, rows_cap, rows_at;
	struct errmsg err; /* of a line that is FRAME_FAILED */
	/* For parsing. */
	struct record_reader reader;
	struct arena arena;
	struct record record;
	struct facts facts;
};

struct run_rows {
	struct run_source *source;
	struct pipeline *pipeline;
	struct rows_batch *now; /* being told, or NULL */
	unsigned batches_n;
	void *batches[PIPELINE_BATCHES(PIPELINE_THREADS_MAX)]; /* struct rows_batch, owned */
};

/* Makes *p hold n bytes. 0 or -1. */
static int rows_room(void **p, size_t *cap, size_t n)
{
	if (n <= *cap)
		return 0;
	size_t more = n > *cap * 2 ? n : *cap * 2;
	void *grown = realloc(*p, more);
	if (grown == NULL)
		return -1;
	*p = grown;
	*cap = more;
	return 0;
}

static void rows_keep(struct rows_batch *b, const char *path, struct run_item *item,
		      struct span line)
{
	void *text = b->text;

	if (rows_room(&text, &b->text_cap, b->text_n + line.n) != 0) {
		errmsg_set(&b->err, "no memory to read %s", path);
		item->found = FRAME_FAILED;
		line = SPAN_NULL;
	}
	b->text = text;
	if (line.n > 0)
		memcpy(b->text + b->text_n, line.p, line.n);
	b->text_n += line.n;
	b->lines[b->lines_n++] = (struct rows_line){*item, line.n};
}

static bool rows_fill(void *owner, void *batch)
{
	struct run_source *s = owner;
	struct rows_batch *b = batch;

	b->lines_n = b->told = 0;
	b->text_n = b->rows_n = b->rows_at = 0;
	if (b->text_cap > 2 * ROWS_TEXT) { /* it held a line of uncommon length */
		free(b->text);
		b->text = NULL;
		b->text_cap = 0;
	}
	while (b->lines_n < ROWS_LINES && b->text_n < ROWS_TEXT) {
		struct run_item item;
		struct span line;
		run_find(s, &item, &line, &b->err);
		rows_keep(b, s->path, &item, line);
		if (run_item_last(&b->lines[b->lines_n - 1].item))
			return false;
	}
	return true;
}

static void rows_work(void *batch)
{
	struct rows_batch *b = batch;
	const char *text = b->text;

	for (unsigned i = 0; i < b->lines_n; i++) {
		struct run_item *item = &b->lines[i].item;
		if (item->found != FRAME_LINE)
			continue;
		struct span line = span_of(text, b->lines[i].n);
		text += line.n;
		arena_reset(&b->arena);
		run_parse(item, &b->reader, line, &b->arena, &b->record);
		if (item->read != RECORD_READ_OK)
			continue;
		void *rows = b->rows;
		if (rows_room(&rows, &b->rows_cap, b->rows_n + FACTS_PACKED_MAX) != 0) {
			item->read = RECORD_READ_MEMORY;
			continue;
		}
		b->rows = rows;
		facts_from_record(&b->record, &b->facts);
		b->rows_n += facts_pack(&b->facts, b->rows + b->rows_n);
	}
	arena_reset(&b->arena);
}

static void rows_batch_free(struct rows_batch *b)
{
	arena_release(&b->arena);
	free(b->text);
	free(b->rows);
	free(b);
}

static struct rows_batch *rows_batch_new(void)
{
	struct rows_batch *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	if (arena_init(&b->arena, ROWS_ARENA_FIRST, RUN_ARENA_MAX) != 0) {
		free(b);
		return NULL;
	}
	record_reader_init(&b->reader);
	return b;
}

struct run_rows *run_rows_new(struct run_source *s, unsigned threads)
{
	struct run_rows *rows = calloc(1, sizeof(*rows));

	if (rows == NULL)
		return NULL;
	if (threads > PIPELINE_THREADS_MAX)
		threads = PIPELINE_THREADS_MAX;
	rows->source = s;
	while (rows->batches_n < PIPELINE_BATCHES(threads)) {
		struct rows_batch *b = rows_batch_new();
		if (b == NULL)
			break;
		rows->batches[rows->batches_n++] = b;
	}
	if (rows->batches_n == PIPELINE_BATCHES(threads))
		rows->pipeline = pipeline_new((struct pipeline_job){rows_fill, rows_work}, s,
					      rows->batches, rows->batches_n, threads);
	if (rows->pipeline == NULL) {
		run_rows_free(rows);
		return NULL;
	}
	return rows;
}

/* The next line, or NULL behind the last. */
static const struct rows_line *rows_line(struct run_rows *rows)
{
	struct rows_batch *b = rows->now;

	if (b == NULL || b->told == b->lines_n)
		rows->now = b = pipeline_next(rows->pipeline);
	return b != NULL ? &b->lines[b->told++] : NULL;
}

enum run_status run_rows_next(struct run_rows *rows, struct facts *f, struct errmsg *err)
{
	const struct rows_line *line;
	enum run_status status = RUN_END;

	while ((line = rows_line(rows)) != NULL) {
		struct rows_batch *b = rows->now;
		if (line->item.found == FRAME_FAILED)
			*err = b->err;
		status = run_tell(rows->source, &line->item, err);
		if (status == RUN_RECORD) {
			size_t n = facts_unpack(f, b->rows + b->rows_at, b->rows_n - b->rows_at);
			assert(n > 0);
			b->rows_at += n;
		}
		if (status != RUN_NOTHING)
			break;
	}
	return status;
}

void run_rows_free(struct run_rows *rows)
{
	if (rows == NULL)
		return;
	pipeline_free(rows->pipeline);
	for (unsigned i = 0; i < rows->batches_n; i++)
		rows_batch_free(rows->batches[i]);
	free(rows);
}
