/*
 * list_tags.c - see list_tags.h.
 *
 * Rows come back by tag and name, so that a tag is counted in one go. What was counted is sorted
 * once more, by danger: there may be as many tags as names.
 */
#include "output/list/list_tags.h"

#include <inttypes.h>

#include "output/text/csv.h"
#include "output/text/json.h"

#define TAGS_MEMORY (16u << 20)
#define TAGS_COLUMNS 6

/* Of one name; flags in one byte of a row. */
enum tag_mark {
	TAG_MET = 1,
	TAG_LOSS = 2,
	TAG_LATE = 4,
	TAG_ERROR = 8,
};

/* In the order of the columns. */
struct tag_count {
	uint64_t names, of, loss, late, errors;
};

static const char *const tags_columns[TAGS_COLUMNS] = {"tag",	    "names",	 "scanned",
						       "mail_loss", "mail_late", "error"};

/* ---- names in ---------------------------------------------------------------------------- */

static char tags_marks(const struct record *r, bool met)
{
	unsigned marks = met ? TAG_MET : 0;

	if (r->impact == IMPACT_MAIL_LOSS)
		marks |= TAG_LOSS;
	else if (record_mail_late(r))
		marks |= TAG_LATE;
	for (unsigned i = 0; i < r->issues_n; i++)
		if (r->issues[i].severity == SEVERITY_ERROR)
			marks |= TAG_ERROR;
	return (char)marks;
}

int list_tags_add(struct rowsort *rows, const struct record *r, bool met, struct errmsg *err)
{
	const struct span name = r->domain.p != NULL ? r->domain : r->input;
	const char marks = tags_marks(r, met);
	struct buf key;

	/* "1", the tag, NUL, which is in none (json.h), and the name; "2" where there is no tag. */
	buf_init(&key, 2 * RECORD_LINE_MAX);
	buf_text(&key, r->tag.n > 0 ? "1" : "2");
	buf_bytes(&key, r->tag.p, r->tag.n);
	buf_bytes(&key, "", 1);
	buf_bytes(&key, name.p, name.n);
	int rc = key.failed ? errmsg_set(err, "no memory for a row")
			    : rowsort_add(rows, span_of(key.p, key.n), span_of(&marks, 1), err);
	buf_release(&key);
	return rc;
}

/* ---- tags out ---------------------------------------------------------------------------- */

struct tags_writer {
	struct rowsort *tags; /* value: struct tag_count, then the tag */
	struct buf who, name; /* key of the tag under way up to the NUL; key of its last name */
	struct tag_count count;
};

/* The tag under way is complete: it goes where its danger puts it. */
static int tags_end(struct tags_writer *w, struct errmsg *err)
{
	struct tag_count c = w->count;
	char order[128];
	struct buf key, row;

	w->count = (struct tag_count){0};
	if (c.names == 0)
		return 0;
	int n = snprintf(order, sizeof(order),
			 "%020" PRIu64 "%020" PRIu64 "%020" PRIu64 "%020" PRIu64,
			 UINT64_MAX - c.loss, UINT64_MAX - c.late, UINT64_MAX - c.errors,
			 UINT64_MAX - c.names);
	buf_init(&key, 2 * RECORD_LINE_MAX);
	buf_init(&row, 2 * RECORD_LINE_MAX);
	buf_bytes(&key, order, (size_t)n);
	buf_bytes(&key, w->who.p, w->who.n);
	buf_bytes(&row, (const char *)&c, sizeof(c));
	buf_bytes(&row, w->who.p, w->who.n);
	int rc = key.failed || row.failed
			 ? errmsg_set(err, "no memory for a tag")
			 : rowsort_add(w->tags, span_of(key.p, key.n), span_of(row.p, row.n), err);
	buf_release(&key);
	buf_release(&row);
	return rc;
}

static int tags_name(struct tags_writer *w, struct span key, unsigned marks, struct errmsg *err)
{
	const size_t who = (size_t)((const char *)memchr(key.p, '\0', key.n) - key.p);

	if (!span_eq(span_of(key.p, who), span_of(w->who.p, w->who.n))) {
		if (tags_end(w, err) != 0)
			return -1;
		buf_reset(&w->who);
		buf_bytes(&w->who, key.p, who);
	} else if (span_eq(key, span_of(w->name.p, w->name.n))) {
		return 0;
	}
	buf_reset(&w->name);
	buf_bytes(&w->name, key.p, key.n);
	if (w->who.failed || w->name.failed)
		return errmsg_set(err, "no memory for a tag");
	w->count.of++;
	if ((marks & TAG_MET) == 0)
		return 0;
	w->count.names++;
	w->count.loss += (marks & TAG_LOSS) != 0;
	w->count.late += (marks & TAG_LATE) != 0;
	w->count.errors += (marks & TAG_ERROR) != 0;
	return 0;
}

static int tags_json(const struct span cells[TAGS_COLUMNS], FILE *out, struct errmsg *err)
{
	struct buf line;

	buf_init(&line, 2 * RECORD_LINE_MAX);
	for (unsigned k = 0; k < TAGS_COLUMNS; k++) {
		buf_text(&line, k > 0 ? "," : "{");
		json_str(&line, span_str(tags_columns[k]));
		buf_text(&line, ":");
		if (k == 0)
			json_str(&line, cells[k]);
		else
			buf_bytes(&line, cells[k].p, cells[k].n);
	}
	buf_text(&line, "}\n");
	int rc = line.failed ? errmsg_set(err, "no memory for a tag") : 0;
	if (rc == 0)
		fwrite(line.p, 1, line.n, out);
	buf_release(&line);
	return rc;
}

static int tags_row(struct span row, bool ndjson, FILE *out, struct errmsg *err)
{
	struct tag_count c;
	char numbers[TAGS_COLUMNS][24];
	struct span cells[TAGS_COLUMNS] = {SPAN_NULL};

	memcpy(&c, row.p, sizeof(c));
	const uint64_t counts[TAGS_COLUMNS] = {0, c.names, c.of, c.loss, c.late, c.errors};
	if (row.p[sizeof(c)] == '1')
		cells[0] = span_of(row.p + sizeof(c) + 1, row.n - sizeof(c) - 1);
	for (unsigned k = 1; k < TAGS_COLUMNS; k++) {
		int n = snprintf(numbers[k], sizeof(numbers[k]), "%" PRIu64, counts[k]);
		cells[k] = span_of(numbers[k], (size_t)n);
	}
	if (ndjson)
		return tags_json(cells, out, err);
	csv_row(out, cells, TAGS_COLUMNS);
	return 0;
}

static int tags_rows(struct tags_writer *w, bool ndjson, FILE *out, struct errmsg *err)
{
	struct span key, row;
	int rc;

	if (!ndjson)
		csv_heading(out, tags_columns, TAGS_COLUMNS);
	while ((rc = rowsort_next(w->tags, &key, &row, err)) == 1)
		if (tags_row(row, ndjson, out, err) != 0)
			return -1;
	return rc;
}

int list_tags_write(struct rowsort *rows, bool ndjson, FILE *out, struct errmsg *err)
{
	struct tags_writer w = {.tags = rowsort_new(TAGS_MEMORY)};
	struct span key, marks;
	int rc;

	if (w.tags == NULL)
		return errmsg_set(err, "no memory");
	buf_init(&w.who, RECORD_LINE_MAX);
	buf_init(&w.name, 2 * RECORD_LINE_MAX);
	while ((rc = rowsort_next(rows, &key, &marks, err)) == 1)
		if ((rc = tags_name(&w, key, (unsigned char)marks.p[0], err)) != 0)
			break;
	if (rc == 0)
		rc = tags_end(&w, err);
	if (rc == 0)
		rc = tags_rows(&w, ndjson, out, err);
	buf_release(&w.who);
	buf_release(&w.name);
	rowsort_free(w.tags);
	return rc;
}
