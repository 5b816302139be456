/* list_column.c - cells of a list; see list_column.h. */
#include "output/list/list_column.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "output/list/list_expiry.h"

static const struct {
	const char *name;
	enum list_kind kind;
} own[] = {
	{"domain", LIST_DOMAIN},
	{"code", LIST_CODE},
	{"severity", LIST_SEVERITY},
	{"detail", LIST_DETAIL},
	{"title", LIST_TITLE},
	{"fix", LIST_FIX},
	{"action", LIST_ACTION},
	{"danger", LIST_DANGER},
	{"expires", LIST_EXPIRES},
	{"expires_at", LIST_EXPIRES_AT},
	{"expires_issuer", LIST_EXPIRES_ISSUER},
};

int list_column_parse(struct list_column *c, struct span key, bool sort, struct errmsg *err)
{
	*c = (struct list_column){.kind = LIST_KEY, .name = key};
	for (unsigned i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (span_eq(key, span_str(own[i].name)))
			c->kind = own[i].kind;
	if (c->kind == LIST_DANGER && !sort)
		return errmsg_set(err, "danger is to sort by, and no column");
	return c->kind != LIST_KEY ? 0 : select_path_parse(&c->path, key, err);
}

/* ---- values of the record ---------------------------------------------------------------- */

enum value_form { VALUE_TEXT, VALUE_NUMBER, VALUE_WORD };

/* One value on its way into a cell. */
struct value {
	enum value_form form;
	bool null;
	struct span text;
	int64_t number;
	unsigned word;
	const struct field *field;
	char room[32];
};

typedef void value_take(void *owner, const struct value *v);

static void value_number(struct value *v, bool null, int64_t number)
{
	v->form = VALUE_NUMBER;
	v->null = null;
	v->number = number;
	snprintf(v->room, sizeof(v->room), "%" PRId64, number);
	v->text = span_str(v->room);
}

static void value_time(struct value *v, bool null, int64_t ms)
{
	struct buf b;

	value_number(v, null, ms);
	buf_init(&b, sizeof(v->room));
	json_time_ms(&b, ms);
	if (b.n > 2 && b.n - 2 < sizeof(v->room)) {
		memcpy(v->room, b.p + 1, b.n - 2);
		v->text = span_of(v->room, b.n - 2);
	}
	buf_release(&b);
	v->form = VALUE_TEXT;
}

static void value_flag(struct value *v, int flag)
{
	value_number(v, flag < 0, flag);
	v->text = flag > 0 ? SPAN_LIT("true") : SPAN_LIT("false");
}

static void value_word(struct value *v, int word)
{
	v->form = VALUE_WORD;
	v->null = word < 0;
	if (v->null)
		return;
	v->word = (unsigned)word;
	v->text = span_str(v->field->words->word(v->word));
}

static void value_string(struct value *v, struct span s)
{
	v->form = VALUE_TEXT;
	v->null = s.p == NULL;
	v->text = s;
}

static int64_t value_integer(const struct field *f, const char *m)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_INT:
		return *(const int *)m;
	case FIELD_U32:
		return *(const uint32_t *)m;
	case FIELD_U16:
		return *(const uint16_t *)m;
	default:
		return *(const int64_t *)m;
	}
}

/* Lists: each of them is taken. */
static void value_each(struct value *v, const char *base, value_take *take, void *owner)
{
	const struct field *f = v->field;

	if (f->kind == FIELD_WORDS) {
		uint32_t set = *(const uint32_t *)(base + f->at);
		for (unsigned i = 0; i < f->words->count; i++) {
			if ((set >> i & 1) == 0)
				continue;
			value_word(v, (int)i);
			take(owner, v);
		}
		return;
	}
	unsigned n = *(const unsigned *)(base + f->at_n);
	for (unsigned i = 0; i < n; i++) {
		if (f->kind == FIELD_PIECES) {
			const uint16_t *pieces = *(const uint16_t *const *)(base + f->at);
			if (pieces == NULL)
				return;
			value_number(v, false, pieces[i]);
		} else {
			value_string(v, (*(const struct span *const *)(base + f->at))[i]);
		}
		take(owner, v);
	}
}

static void value_leaf(const struct field *f, const char *base, value_take *take, void *owner)
{
	struct value v = {.field = f};
	const char *m = base + f->at;

	switch ((enum field_kind)f->kind) {
	case FIELD_SCHEMA:
		value_number(&v, false, RECORD_SCHEMA);
		break;
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_U16:
		value_number(&v, f->nullable && value_integer(f, m) == f->null_value,
			     value_integer(f, m));
		break;
	case FIELD_TIME_MS:
		value_time(&v, false, *(const int64_t *)m);
		break;
	case FIELD_TIME_S:
		if (*(const int64_t *)m == INT64_MIN)
			value_time(&v, true, 0);
		else
			value_time(&v, false, *(const int64_t *)m * 1000);
		break;
	case FIELD_BOOL:
		value_flag(&v, *(const bool *)m);
		break;
	case FIELD_TRI:
		value_flag(&v, *(const int *)m);
		break;
	case FIELD_WORD:
		value_word(&v, *(const int *)m);
		break;
	case FIELD_STR:
	case FIELD_RAW:
		value_string(&v, *(const struct span *)m);
		break;
	case FIELD_WORDS:
	case FIELD_STRS:
	case FIELD_RAWS:
	case FIELD_PIECES:
		value_each(&v, base, take, owner);
		return;
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		assert(false && "a path ends at a value");
	}
	take(owner, &v);
}

/* Whether the path ends in one value, not in a list of them. */
static bool value_single(const struct select_path *path)
{
	for (unsigned i = 0; i < path->n; i++)
		if (path->v[i]->kind == FIELD_OBJECTS || path->v[i]->kind == FIELD_WORDS ||
		    path->v[i]->kind == FIELD_STRS || path->v[i]->kind == FIELD_RAWS ||
		    path->v[i]->kind == FIELD_PIECES)
			return false;
	return true;
}

static void value_walk(const struct select_path *path, unsigned depth, const char *base,
		       value_take *take, void *owner)
{
	const struct field *f = path->v[depth];
	const struct value nothing = {.null = true, .field = f};

	if (f->kind == FIELD_OBJECT) {
		if (f->object->present != NULL && !f->object->present(base + f->at))
			take(owner, &nothing);
		else
			value_walk(path, depth + 1, base + f->at, take, owner);
	} else if (f->kind == FIELD_OBJECTS) {
		const char *v = *(const char *const *)(base + f->at);
		unsigned n = *(const unsigned *)(base + f->at_n);
		for (unsigned i = 0; i < n; i++)
			value_walk(path, depth + 1, v + i * f->object->size, take, owner);
	} else {
		value_leaf(f, base, take, owner);
	}
}

/* ---- cells ------------------------------------------------------------------------------- */

/* What a row's finding says; null without one. */
static struct span column_finding(const struct list_column *c, const struct list_row *row)
{
	const struct issue_info *info = row->issue != NULL ? issue_info(row->issue->code) : NULL;

	if (info == NULL)
		return SPAN_NULL;
	switch (c->kind) {
	case LIST_CODE:
		return span_str(info->code);
	case LIST_SEVERITY:
		return span_str(severity_name(row->issue->severity));
	case LIST_DETAIL:
		return row->issue->detail;
	case LIST_TITLE:
		return span_str(info->title);
	case LIST_FIX:
		return span_str(info->fix);
	default:
		assert(false && "no column of a finding");
		return SPAN_NULL;
	}
}

/* What the certificate that ends first says, appended. False when there is none. */
static bool column_expiry(enum list_kind kind, const struct record *r, struct buf *out)
{
	struct list_expiry e = list_expiry(r);
	struct value end;

	if (e.at == INT64_MIN)
		return false;
	if (kind == LIST_EXPIRES) {
		value_time(&end, false, e.at * 1000);
		buf_bytes(out, end.text.p, end.text.n);
	} else if (kind == LIST_EXPIRES_ISSUER) {
		buf_bytes(out, e.issuer.p, e.issuer.n);
	} else if (e.host.p != NULL) {
		buf_bytes(out, e.host.p, e.host.n);
	} else {
		buf_text(out, "mta-sts.");
		buf_bytes(out, r->domain.p, r->domain.n);
	}
	return true;
}

/* A cell that is no key of the record, appended. False when it is null. */
static bool column_own(const struct list_column *c, const struct list_row *row, struct buf *out)
{
	const size_t before = out->n;
	struct span s;

	if (c->kind == LIST_ACTION) {
		if (row->action != NULL)
			row->action(row->owner, row->r, out);
		return out->n > before;
	}
	if (c->kind >= LIST_EXPIRES && c->kind <= LIST_EXPIRES_ISSUER)
		return column_expiry(c->kind, row->r, out);
	if (c->kind == LIST_DOMAIN)
		s = row->r->domain.p != NULL ? row->r->domain : row->r->input;
	else
		s = column_finding(c, row);
	buf_bytes(out, s.p, s.n);
	return s.p != NULL;
}

struct cell {
	struct buf *out;
	unsigned n;
	bool null;
};

static void cell_text(void *owner, const struct value *v)
{
	struct cell *cell = owner;

	if (v->null)
		return;
	buf_text(cell->out, cell->n++ > 0 ? ", " : "");
	buf_bytes(cell->out, v->text.p, v->text.n);
}

static void cell_json(void *owner, const struct value *v)
{
	struct cell *cell = owner;

	buf_text(cell->out, cell->n++ > 0 ? "," : "");
	if (v->null)
		buf_text(cell->out, "null");
	else if (v->form == VALUE_NUMBER)
		buf_bytes(cell->out, v->text.p, v->text.n);
	else
		json_str(cell->out, v->text);
}

bool list_column_text(const struct list_column *c, const struct list_row *row, struct buf *out)
{
	struct cell cell = {.out = out};

	if (c->kind != LIST_KEY)
		return column_own(c, row, out);
	value_walk(&c->path, 0, (const char *)row->r, cell_text, &cell);
	return cell.n > 0;
}

void list_column_json(const struct list_column *c, const struct list_row *row, struct buf *out)
{
	struct cell cell = {.out = out};

	if (c->kind != LIST_KEY) {
		struct buf text;
		buf_init(&text, out->max);
		bool some = column_own(c, row, &text);
		json_str(out, some ? span_of(text.n > 0 ? text.p : "", text.n) : SPAN_NULL);
		out->failed = out->failed || text.failed;
		buf_release(&text);
		return;
	}
	bool list = !value_single(&c->path);
	buf_text(out, list ? "[" : "");
	value_walk(&c->path, 0, (const char *)row->r, cell_json, &cell);
	buf_text(out, list ? "]" : "");
}

/* ---- order ------------------------------------------------------------------------------- */

/* Worst first, also where the vocabulary begins with what is best. */
static unsigned order_word(const struct value *v)
{
	bool impact = strcmp(v->field->words->name, "impact") == 0;

	return impact ? v->field->words->count - v->word : v->word;
}

static void cell_order(void *owner, const struct value *v)
{
	struct cell *cell = owner;
	char number[24];

	if (v->null || cell->n++ > 0)
		return;
	if (v->form == VALUE_TEXT) {
		buf_bytes(cell->out, v->text.p, v->text.n);
		return;
	}
	uint64_t n = v->form == VALUE_WORD ? order_word(v) : (uint64_t)v->number ^ (1ull << 63);
	snprintf(number, sizeof(number), "%020" PRIu64, n);
	buf_text(cell->out, number);
}

/* Smaller is worse. */
static unsigned list_danger(const struct list_row *row)
{
	static const unsigned by_severity[] = {[SEVERITY_ERROR] = 2,
					       [SEVERITY_INCONCLUSIVE] = 3,
					       [SEVERITY_WARNING] = 4,
					       [SEVERITY_INFO] = 5};

	if (row->r->impact == IMPACT_MAIL_LOSS)
		return 0;
	if (record_mail_late(row->r))
		return 1;
	return row->issue != NULL ? by_severity[row->issue->severity] : 6;
}

void list_column_order(const struct list_column *c, const struct list_row *row, struct buf *out)
{
	struct cell cell = {.out = out};
	const size_t at = out->n;
	char danger[4];

	buf_text(out, "0"); /* and what is null behind all others */
	if (c->kind == LIST_DANGER || c->kind == LIST_SEVERITY) {
		snprintf(danger, sizeof(danger), "%u", list_danger(row) % 10);
		buf_text(out, danger);
	} else if (c->kind != LIST_KEY) {
		cell.n = column_own(c, row, out);
	} else {
		value_walk(&c->path, 0, (const char *)row->r, cell_order, &cell);
	}
	bool null = c->kind != LIST_DANGER && c->kind != LIST_SEVERITY && cell.n == 0;
	if (null && out->n > at)
		out->p[at] = '1';
	buf_bytes(out, "", 1); /* NUL: shorter texts first */
}
