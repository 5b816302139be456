/* select.c - conditions over the table of fields; see select.h. */
#include "output/run/select.h"

#include <assert.h>
#include <stdlib.h>

#include "output/text/csv.h"
#include "output/text/json.h"

static const struct field *select_field(const struct object *o, struct span key)
{
	for (unsigned i = 0; i < o->n; i++)
		if (span_eq(span_of(o->fields[i].key, o->fields[i].key_n), key))
			return &o->fields[i];
	return NULL;
}

/* "policy.stage" -> the fields on the way. */
static int select_path(struct select_condition *c, struct span key, struct errmsg *err)
{
	const struct object *o = fields_record();
	struct span rest = key;

	while (rest.n > 0) {
		const char *dot = memchr(rest.p, '.', rest.n);
		struct span part = dot != NULL ? span_of(rest.p, (size_t)(dot - rest.p)) : rest;
		const struct field *f = o != NULL ? select_field(o, part) : NULL;
		if (f == NULL || c->path_n == SELECT_PATH_MAX)
			return errmsg_set(
				err,
				"a record has no key '%.*s'; `mtasweep schema markdown` lists them",
				(int)(key.n < 100 ? key.n : 100), key.p);
		c->path[c->path_n++] = f;
		if (f->kind == FIELD_OBJECTS && c->path_n == 1)
			c->finding = true;
		o = f->object;
		rest = dot != NULL ? span_of(dot + 1, rest.n - part.n - 1) : SPAN_NULL;
	}
	if (c->path_n == 0 || o != NULL)
		return errmsg_set(err, "'%.*s' is not the key of a value",
				  (int)(key.n < 100 ? key.n : 100), key.p);
	return 0;
}

static bool select_number(struct span s, int64_t *v)
{
	char text[24], *end;

	if (s.n == 0 || s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*v = strtoll(text, &end, 10);
	return *end == '\0';
}

/* A word that the vocabulary lacks can never match: most likely a slip, so it is told. */
static int select_check_word(const struct select_condition *c, struct errmsg *err)
{
	const struct field *f = c->path[c->path_n - 1];

	if (f->words == NULL || span_eq(c->value, SPAN_LIT("null")) ||
	    f->words->parse(c->value) >= 0)
		return 0;
	return errmsg_set(err, "%s is never '%.*s'; `mtasweep schema markdown` lists its words",
			  f->key, (int)(c->value.n < 100 ? c->value.n : 100), c->value.p);
}

static int select_condition(struct select_condition *c, struct span text, struct errmsg *err)
{
	size_t at = 0;

	while (at < text.n && memchr("=!<>", text.p[at], 4) == NULL)
		at++;
	size_t after = at + 1;
	if (at < text.n && text.p[at] == '!' && after < text.n && text.p[after] == '=')
		after++;
	else if (at < text.n && text.p[at] == '!')
		at = text.n;
	if (at == 0 || at >= text.n)
		return errmsg_set(
			err, "'%.*s' is no condition; write KEY=VALUE, KEY!=VALUE, KEY<N or KEY>N",
			(int)(text.n < 100 ? text.n : 100), text.p);
	c->op = text.p[at] == '='   ? SELECT_IS
		: text.p[at] == '!' ? SELECT_IS_NOT
		: text.p[at] == '<' ? SELECT_LESS
				    : SELECT_MORE;
	c->value = span_of(text.p + after, text.n - after);
	c->is_number = select_number(c->value, &c->number);
	if ((c->op == SELECT_LESS || c->op == SELECT_MORE) && !c->is_number)
		return errmsg_set(err, "'%.*s' compares with something that is no number",
				  (int)(text.n < 100 ? text.n : 100), text.p);
	if (select_path(c, span_of(text.p, at), err) != 0)
		return -1;
	return select_check_word(c, err);
}

int select_parse(struct select *q, const char *text, struct errmsg *err)
{
	*q = (struct select){0};
	while (*text != '\0') {
		size_t n = strcspn(text, ",");
		if (q->n == SELECT_CONDITIONS_MAX)
			return errmsg_set(err, "more than %d conditions", SELECT_CONDITIONS_MAX);
		if (select_condition(&q->v[q->n], span_of(text, n), err) != 0)
			return -1;
		q->n++;
		text += n + (text[n] == ',');
	}
	return 0;
}

/* ---- matching ---------------------------------------------------------------------------- */

static bool select_compare(const struct select_condition *c, bool null, int64_t v)
{
	bool equal = null ? span_eq(c->value, SPAN_LIT("null")) : c->is_number && v == c->number;

	switch (c->op) {
	case SELECT_IS:
		return equal;
	case SELECT_IS_NOT:
		return !equal;
	case SELECT_LESS:
		return !null && v < c->number;
	case SELECT_MORE:
		return !null && v > c->number;
	}
	return false;
}

static bool select_text(const struct select_condition *c, struct span s)
{
	bool equal = s.p == NULL ? span_eq(c->value, SPAN_LIT("null")) : span_eq(c->value, s);

	return equal == (c->op == SELECT_IS) && (c->op == SELECT_IS || c->op == SELECT_IS_NOT);
}

static bool select_word(const struct select_condition *c, const struct field *f, int v)
{
	if (v < 0)
		return select_text(c, SPAN_NULL);
	return select_text(c, span_str(f->words->word((unsigned)v)));
}

static bool select_flag(const struct select_condition *c, int v)
{
	return select_text(c, v < 0 ? SPAN_NULL : v > 0 ? SPAN_LIT("true") : SPAN_LIT("false"));
}

/* A list meets KEY=VALUE when an element does, KEY!=VALUE when none does. */
static bool select_list_has(const struct select_condition *c, const struct field *f,
			    const char *base)
{
	bool has = false;

	if (f->kind == FIELD_WORDS) {
		int word = f->words->parse(c->value);
		has = word >= 0 && (*(const uint32_t *)(base + f->at) >> word & 1);
	} else if (f->kind == FIELD_STRS) {
		const struct span *v = *(const struct span *const *)(base + f->at);
		unsigned n = *(const unsigned *)(base + f->at_n);
		for (unsigned i = 0; i < n && !has; i++)
			has = span_eq(v[i], c->value);
	}
	return has == (c->op == SELECT_IS);
}

static bool select_value(const struct select_condition *c, unsigned depth, const char *base)
{
	const struct field *f = c->path[depth];
	const char *m = base + f->at;

	switch ((enum field_kind)f->kind) {
	case FIELD_OBJECT:
		if (f->object->present != NULL && !f->object->present(m))
			return select_text(c, SPAN_NULL);
		return select_value(c, depth + 1, m);
	case FIELD_OBJECTS: {
		const char *v = *(const char *const *)m;
		unsigned n = *(const unsigned *)(base + f->at_n);
		for (unsigned i = 0; i < n; i++)
			if (select_value(c, depth + 1, v + i * f->object->size))
				return true;
		return false;
	}
	case FIELD_SCHEMA:
		return select_compare(c, false, RECORD_SCHEMA);
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		return select_compare(c, f->nullable && *(const int64_t *)m == f->null_value,
				      *(const int64_t *)m);
	case FIELD_INT:
		return select_compare(c, f->nullable && *(const int *)m == f->null_value,
				      *(const int *)m);
	case FIELD_U32:
		return select_compare(c, false, *(const uint32_t *)m);
	case FIELD_U16:
		return select_compare(c, false, *(const uint16_t *)m);
	case FIELD_BOOL:
		return select_flag(c, *(const bool *)m);
	case FIELD_TRI:
		return select_flag(c, *(const int *)m);
	case FIELD_WORD:
		return select_word(c, f, *(const int *)m);
	case FIELD_STR:
	case FIELD_RAW:
		return select_text(c, *(const struct span *)m);
	case FIELD_WORDS:
	case FIELD_STRS:
	case FIELD_RAWS:
	case FIELD_PIECES:
		return select_list_has(c, f, base);
	}
	assert(false && "a kind of field without a comparison");
	return false;
}

bool select_finding(const struct select *q, const struct record_issue *issue)
{
	for (unsigned i = 0; i < q->n; i++)
		if (q->v[i].finding && !select_value(&q->v[i], 1, (const char *)issue))
			return false;
	return true;
}

bool select_matches(const struct select *q, const struct record *r)
{
	bool about_findings = false;

	for (unsigned i = 0; i < q->n; i++) {
		if (q->v[i].finding)
			about_findings = true;
		else if (!select_value(&q->v[i], 0, (const char *)r))
			return false;
	}
	for (unsigned i = 0; i < r->issues_n && about_findings; i++)
		if (select_finding(q, &r->issues[i]))
			return true;
	return !about_findings;
}

/* ---- listing ----------------------------------------------------------------------------- */

static const char *const list_columns[] = {"domain", "tag",	 "line",   "verdict", "impact",
					   "code",   "severity", "detail", "title",   "fix"};
#define LIST_COLUMNS 10u

static void list_cells(const struct record *r, const struct record_issue *i, struct arena *a,
		       struct span cell[LIST_COLUMNS])
{
	const struct issue_info *info = i != NULL ? issue_info(i->code) : NULL;

	for (unsigned k = 0; k < LIST_COLUMNS; k++)
		cell[k] = SPAN_NULL;
	cell[0] = r->domain.p != NULL ? r->domain : r->input;
	cell[1] = r->tag;
	cell[2] = arena_printf(a, "%llu", (unsigned long long)r->line);
	cell[3] = span_str(verdict_name(r->verdict));
	cell[4] = span_str(impact_name(r->impact));
	if (info == NULL)
		return;
	cell[5] = span_str(info->code);
	cell[6] = span_str(severity_name(i->severity));
	cell[7] = i->detail;
	cell[8] = span_str(info->title);
	cell[9] = span_str(info->fix);
}

static void list_ndjson(FILE *out, struct buf *b, const struct span cell[LIST_COLUMNS])
{
	buf_reset(b);
	for (unsigned k = 0; k < LIST_COLUMNS; k++) {
		buf_bytes(b, k > 0 ? ",\"" : "{\"", 2);
		buf_bytes(b, list_columns[k], strlen(list_columns[k]));
		buf_bytes(b, "\":", 2);
		if (k == 2)
			buf_bytes(b, cell[k].p, cell[k].n);
		else
			json_str(b, cell[k]);
	}
	buf_bytes(b, "}\n", 2);
	fwrite(b->p, 1, b->n, out);
}

static void list_record(const struct select *q, struct run_source *s, const struct record *r,
			bool ndjson, struct buf *b, FILE *out)
{
	struct span cell[LIST_COLUMNS];
	unsigned shown = 0;

	for (unsigned i = 0; i <= r->issues_n; i++) {
		const struct record_issue *issue = i < r->issues_n ? &r->issues[i] : NULL;
		if (issue != NULL ? !select_finding(q, issue) : shown > 0)
			continue;
		list_cells(r, issue, &s->arena, cell);
		if (ndjson)
			list_ndjson(out, b, cell);
		else
			csv_row(out, cell, LIST_COLUMNS);
		shown++;
	}
}

static int list_run(const struct select *q, struct run_source *s, bool ndjson, struct buf *b,
		    FILE *out, struct errmsg *err)
{
	struct record r;
	struct span line;
	enum run_status status;

	while ((status = run_next(s, &r, &line, err)) == RUN_RECORD)
		if (select_matches(q, &r))
			list_record(q, s, &r, ndjson, b, out);
	if (status == RUN_FAILED)
		return -1;
	return b->failed || ferror(out) ? errmsg_set(err, "standard output cannot be written") : 0;
}

static int list_runs(const struct select *q, const struct run_set *set, bool ndjson, FILE *out,
		     struct remarks *remarks, struct errmsg *err)
{
	struct run_source *s = malloc(sizeof(*s));
	struct buf b;
	int rc = s != NULL ? 0 : errmsg_set(err, "no memory");

	buf_init(&b, RECORD_LINE_MAX);
	if (!ndjson)
		csv_heading(out, list_columns, LIST_COLUMNS);
	for (unsigned i = 0; i < set->n && rc == 0; i++) {
		rc = run_open(s, set->v[i], remarks, err);
		if (rc == 0)
			rc = list_run(q, s, ndjson, &b, out, err);
		run_close(s);
	}
	if (rc == 0 && fflush(out) != 0)
		rc = errmsg_set(err, "standard output cannot be written");
	buf_release(&b);
	free(s);
	return rc;
}

int select_list(const struct select *q, const char *const *runs, unsigned runs_n, bool ndjson,
		FILE *out, struct remarks *remarks, struct errmsg *err)
{
	struct run_set *set = malloc(sizeof(*set));

	if (set == NULL)
		return errmsg_set(err, "no memory");
	int rc = run_set_open(set, runs, runs_n, remarks, err);
	if (rc == 0)
		rc = list_runs(q, set, ndjson, out, remarks, err);
	run_set_release(set);
	free(set);
	return rc;
}
