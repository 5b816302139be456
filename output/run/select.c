/* select.c - conditions over the table of fields; see select.h. */
#include "output/run/select.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "parsers/hostname.h"

static const struct field *select_field(const struct object *o, struct span key)
{
	for (unsigned i = 0; i < o->n; i++)
		if (span_eq(span_of(o->fields[i].key, o->fields[i].key_n), key))
			return &o->fields[i];
	return NULL;
}

/* A key without its object, where one object of the record alone has it; NULL else. */
static const struct field *select_owner(struct span key)
{
	const struct object *o = fields_record();
	const struct field *owner = NULL;

	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		if (f->object == NULL || select_field(f->object, key) == NULL)
			continue;
		if (owner != NULL)
			return NULL;
		owner = f;
	}
	return owner;
}

static int select_no_key(struct span key, struct errmsg *err)
{
	return errmsg_set(err, "a record has no key '%.*s'; `mtasweep schema markdown` lists them",
			  (int)(key.n < 100 ? key.n : 100), key.p);
}

int select_path_parse(struct select_path *path, struct span key, struct errmsg *err)
{
	const struct object *o = fields_record();
	struct span rest = key;
	const struct field *owner = select_field(o, key) == NULL ? select_owner(key) : NULL;

	*path = (struct select_path){0};
	if (owner != NULL) {
		path->v[path->n++] = owner;
		o = owner->object;
	}
	while (rest.n > 0) {
		const char *dot = memchr(rest.p, '.', rest.n);
		struct span part = dot != NULL ? span_of(rest.p, (size_t)(dot - rest.p)) : rest;
		const struct field *f = o != NULL ? select_field(o, part) : NULL;
		if (f == NULL || path->n == SELECT_PATH_MAX)
			return select_no_key(key, err);
		path->v[path->n++] = f;
		o = f->object;
		rest = dot != NULL ? span_of(dot + 1, rest.n - part.n - 1) : SPAN_NULL;
	}
	if (path->n == 0 || o != NULL)
		return errmsg_set(err, "'%.*s' is not the key of a value",
				  (int)(key.n < 100 ? key.n : 100), key.p);
	path->finding = path->v[0]->kind == FIELD_OBJECTS;
	return 0;
}

/* ---- values ------------------------------------------------------------------------------ */

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

static bool select_is_time(const struct field *f)
{
	assert(f != NULL);
	return f->kind == FIELD_TIME_MS || f->kind == FIELD_TIME_S;
}

/* "+30d", "-12h", "now": seconds from now. */
static bool select_relative(struct span s, int64_t *v)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {{'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};

	*v = 0;
	if (span_eq(s, SPAN_LIT("now")))
		return true;
	if (s.n < 3 || (s.p[0] != '+' && s.p[0] != '-') || s.p[1] < '0' || s.p[1] > '9' ||
	    !select_number(span_of(s.p, s.n - 1), v) || *v > 1000000 || *v < -1000000)
		return false;
	for (unsigned i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].letter == s.p[s.n - 1]) {
			*v *= units[i].seconds;
			return true;
		}
	}
	return false;
}

/* "2026-12-31", "2026-12-31T23:59:59Z" */
static bool select_date(struct span s, int64_t *v)
{
	char text[24];
	struct tm tm = {0};

	if (s.n != 10 && s.n != 20)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	const char *end = strptime(text, s.n == 10 ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0')
		return false;
	*v = (int64_t)timegm(&tm);
	return true;
}

/* Seconds since 1970: fewer are meant as days or hours from now. */
#define SELECT_CLOCK_MIN 100000000

/* Times are compared with times; a plain number is what the record's clock counts. */
static int select_time(struct select_condition *c, int64_t now, struct errmsg *err)
{
	const struct field *f = c->path.v[c->path.n - 1];
	bool order = c->op == SELECT_LESS || c->op == SELECT_MORE;
	int64_t v;

	if (!select_is_time(f) || c->null || (c->is_number && c->number >= SELECT_CLOCK_MIN))
		return 0;
	if (!order)
		return errmsg_set(err, "%s is a time: compare it with < or >", f->key);
	if (!c->is_number && select_relative(c->value, &v))
		v += now;
	else if (c->is_number || !select_date(c->value, &v))
		return errmsg_set(err,
				  "'%.*s' is no time; write +30d, -12h, +2w, now, 2026-12-31 or "
				  "2026-12-31T23:59:59Z",
				  (int)(c->value.n < 100 ? c->value.n : 100), c->value.p);
	c->number = f->kind == FIELD_TIME_MS ? 1000 * v : v;
	c->is_number = true;
	return 0;
}

#define SELECT_WORDS_MAX 200

/* The word that the value is closest to, or SPAN_NULL. */
static struct span select_nearest(const struct field_words *words, struct span value)
{
	unsigned best = HOSTNAME_DISTANCE_MAX + 1;
	struct span nearest = SPAN_NULL;

	for (unsigned i = 0; i < words->count; i++) {
		struct span word = span_str(words->word(i));
		assert(word.p != NULL); /* none of the tables has a hole */
		unsigned d = hostname_distance(value, word, HOSTNAME_DISTANCE_MAX);
		if (d < best && d < value.n && d < word.n) {
			best = d;
			nearest = word;
		}
		/* A part of a word is farther away than any slip. */
		if (nearest.p == NULL && value.n >= 4 &&
		    memmem(word.p, word.n, value.p, value.n) != NULL)
			nearest = word;
	}
	return nearest;
}

static int select_no_word(const struct field *f, struct span value, struct errmsg *err)
{
	struct span nearest = select_nearest(f->words, value);
	char words[SELECT_WORDS_MAX], hint[80] = "";
	size_t n = 0;

	if (nearest.p != NULL)
		snprintf(hint, sizeof(hint), " (did you mean '%.*s'?)", (int)nearest.n, nearest.p);
	for (unsigned i = 0; i < f->words->count && n < sizeof(words); i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s", i > 0 ? ", " : "",
				      f->words->word(i));
	return errmsg_set(err, "%s is never '%.*s'%s; it is %s%s", f->key,
			  (int)(value.n < 60 ? value.n : 60), value.p, hint, words,
			  n < sizeof(words)	  ? ""
			  : f->words->count > 100 ? " ... ('mtasweep explain' has all)"
						  : " ... ('mtasweep schema markdown' has all)");
}

/* A word that the vocabulary lacks can never match: most likely a slip, so it is told. */
static int select_check_word(const struct select_condition *c, struct errmsg *err)
{
	const struct field *f = c->path.v[c->path.n - 1];

	if (c->null)
		return 0;
	if (f->words != NULL && f->words->parse(c->value) < 0)
		return select_no_word(f, c->value, err);
	if ((f->kind == FIELD_BOOL || f->kind == FIELD_TRI) &&
	    !span_eq(c->value, SPAN_LIT("true")) && !span_eq(c->value, SPAN_LIT("false")))
		return errmsg_set(err, "%s is never '%.*s'; it is true or false%s", f->key,
				  (int)(c->value.n < 60 ? c->value.n : 60), c->value.p,
				  f->nullable ? ", or null" : "");
	return 0;
}

/* ---- the text ---------------------------------------------------------------------------- */

static struct span select_trim(struct span s)
{
	while (s.n > 0 && s.p[0] == ' ') {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* Where the quoted value ends that text begins with: its closing quote, or the end. */
static size_t select_quoted(const char *text, size_t n)
{
	size_t at = 1;

	assert(n > 0 && text[0] == '"');
	while (at < n && text[at] != '"')
		at += text[at] == '\\' && at + 1 < n ? 2 : 1;
	return at < n ? at : n;
}

/* The operator of a condition: its bytes, 0 when there is none at that place. */
static size_t select_operator(struct span text, size_t at)
{
	if (at >= text.n || memchr("=!<>", text.p[at], 4) == NULL)
		return 0;
	if (text.p[at] != '!')
		return 1;
	return at + 1 < text.n && text.p[at + 1] == '=' ? 2 : 0;
}

static size_t select_plain_extent(const char *text)
{
	size_t n = strcspn(text, ",");
	const char *other = strstr(text, " or ");

	return other != NULL && (size_t)(other - text) < n ? (size_t)(other - text) : n;
}

/* Bytes of the condition that the text begins with: up to the comma or " or " behind it. */
static size_t select_extent(const char *text)
{
	size_t n = select_plain_extent(text), at = strcspn(text, "=!<>");

	if (at >= n)
		return n;
	at += select_operator(span_of(text, n), at);
	at += strspn(text + at, " ");
	if (text[at] != '"')
		return n;
	at += select_quoted(text + at, strlen(text + at));
	return at + select_plain_extent(text + at);
}

/* What stands behind the operator. 0, or -1 with a sentence. */
static int select_take_value(struct select_condition *c, struct span text, struct errmsg *err)
{
	c->value = text;
	c->quoted = text.n > 0 && text.p[0] == '"';
	if (c->quoted) {
		size_t end = select_quoted(text.p, text.n);
		if (end + 1 != text.n)
			return errmsg_set(err,
					  end == text.n ? "%.*s has no closing quote"
							: "%.*s: something stands behind the "
							  "closing quote",
					  (int)(text.n < 100 ? text.n : 100), text.p);
		c->value = span_of(text.p + 1, end - 1);
	}
	c->null = !c->quoted && span_eq(c->value, SPAN_LIT("null"));
	c->is_number = select_number(c->value, &c->number);
	return 0;
}

static int select_condition(struct select_condition *c, struct span text, int64_t now,
			    struct errmsg *err)
{
	size_t at = 0;

	while (at < text.n && memchr("=!<>", text.p[at], 4) == NULL)
		at++;
	size_t after = at + select_operator(text, at);
	if (at == 0 || after == at)
		return errmsg_set(
			err,
			"'%.*s' is no condition; write KEY=VALUE, KEY!=VALUE, KEY<N or KEY>N, and "
			"a VALUE with a comma in double quotes: 'tag=\"Acme, Inc.\"'",
			(int)(text.n < 100 ? text.n : 100), text.p);
	c->op = text.p[at] == '='   ? SELECT_IS
		: text.p[at] == '!' ? SELECT_IS_NOT
		: text.p[at] == '<' ? SELECT_LESS
				    : SELECT_MORE;
	if (select_take_value(c, select_trim(span_of(text.p + after, text.n - after)), err) != 0 ||
	    select_path_parse(&c->path, select_trim(span_of(text.p, at)), err) != 0 ||
	    select_time(c, now, err) != 0)
		return -1;
	if ((c->op == SELECT_LESS || c->op == SELECT_MORE) && !c->is_number)
		return errmsg_set(err, "'%.*s' compares with something that is no number",
				  (int)(text.n < 100 ? text.n : 100), text.p);
	c->finding = c->path.finding && (c->op != SELECT_IS_NOT || c->null);
	return select_check_word(c, err);
}

static int select_too_many(struct errmsg *err)
{
	return errmsg_set(err, "more than %d conditions, counted once for each 'or' they go with",
			  SELECT_CONDITIONS_MAX);
}

int select_parse(struct select *q, const char *text, int64_t now, struct errmsg *err)
{
	*q = (struct select){.ways = 1};
	while (*text != '\0') {
		size_t n = select_extent(text);
		if (q->n == SELECT_CONDITIONS_MAX)
			return select_too_many(err);
		q->v[q->n].way = q->ways - 1;
		if (select_condition(&q->v[q->n], select_trim(span_of(text, n)), now, err) != 0)
			return -1;
		q->n++;
		text += n;
		bool other = *text == ' ';
		if (other && strspn(text + 4, " ") == strlen(text + 4))
			return errmsg_set(err, "nothing stands behind 'or'");
		q->ways += other;
		text += other ? 4 : *text == ',';
	}
	return 0;
}

/* The conditions of one way, as those of another one. */
static int select_copy(struct select *q, const struct select *from, unsigned way, unsigned to,
		       struct errmsg *err)
{
	for (unsigned i = 0; i < from->n; i++) {
		if (from->v[i].way != way)
			continue;
		if (q->n == SELECT_CONDITIONS_MAX)
			return select_too_many(err);
		q->v[q->n] = from->v[i];
		q->v[q->n++].way = to;
	}
	return 0;
}

static int select_and(struct select *q, const struct select *a, const struct select *b,
		      struct errmsg *err)
{
	*q = (struct select){0};
	for (unsigned i = 0; i < a->ways; i++)
		for (unsigned k = 0; k < b->ways; k++, q->ways++)
			if (select_copy(q, a, i, q->ways, err) != 0 ||
			    select_copy(q, b, k, q->ways, err) != 0)
				return -1;
	return 0;
}

int select_parse_all(struct select *q, const struct select_texts *texts, int64_t now,
		     struct errmsg *err)
{
	struct select before, one;

	*q = (struct select){.ways = 1};
	for (unsigned i = 0; i < texts->n; i++) {
		before = *q;
		if (select_parse(&one, texts->v[i], now, err) != 0 ||
		    select_and(q, &before, &one, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- matching ---------------------------------------------------------------------------- */

static bool select_compare(const struct select_condition *c, bool null, int64_t v)
{
	bool equal = null ? c->null : c->is_number && v == c->number;

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

/* Whether that is what was asked for. */
static bool select_same(const struct select_condition *c, struct span s)
{
	size_t at = 0;

	if (!c->quoted)
		return span_eq(c->value, s);
	for (size_t i = 0; i < c->value.n; i++) {
		i += c->value.p[i] == '\\' && i + 1 < c->value.n;
		if (at == s.n || s.p[at++] != c->value.p[i])
			return false;
	}
	return at == s.n;
}

static bool select_text(const struct select_condition *c, struct span s)
{
	bool equal = s.p == NULL ? c->null : select_same(c, s);

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

/* A list meets KEY=VALUE when an element does, KEY!=VALUE when none does; null is an empty one. */
static bool select_list_has(const struct select_condition *c, const struct field *f,
			    const char *base)
{
	bool words = f->kind == FIELD_WORDS, has = false;
	uint32_t set = words ? *(const uint32_t *)(base + f->at) : 0;
	unsigned n = words ? 0 : *(const unsigned *)(base + f->at_n);

	if (c->null) {
		has = words ? set == 0 : n == 0;
	} else if (words) {
		int word = f->words->parse(c->value);
		has = word >= 0 && (set >> word & 1);
	} else if (f->kind == FIELD_STRS) {
		const struct span *v = *(const struct span *const *)(base + f->at);
		for (unsigned i = 0; i < n && !has; i++)
			has = select_same(c, v[i]);
	}
	return has == (c->op == SELECT_IS);
}

static bool select_value(const struct select_condition *c, unsigned depth, const char *base)
{
	const struct field *f = c->path.v[depth];
	const char *m = base + f->at;

	switch ((enum field_kind)f->kind) {
	case FIELD_OBJECT:
		if (f->object->present != NULL && !f->object->present(m))
			return select_text(c, SPAN_NULL);
		return select_value(c, depth + 1, m);
	case FIELD_OBJECTS: {
		const char *v = *(const char *const *)m;
		unsigned n = *(const unsigned *)(base + f->at_n);
		bool none = c->op == SELECT_IS_NOT && !c->null; /* else one is enough */
		for (unsigned i = 0; i < n; i++)
			if (select_value(c, depth + 1, v + i * f->object->size) != none)
				return !none;
		return none;
	}
	case FIELD_SCHEMA:
		return select_compare(c, false, RECORD_SCHEMA);
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_TIME_MS:
		return select_compare(c, f->nullable && *(const int64_t *)m == f->null_value,
				      *(const int64_t *)m);
	case FIELD_TIME_S:
		return select_compare(c, *(const int64_t *)m == INT64_MIN, *(const int64_t *)m);
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

/* Whether the conditions of one way that are about findings (or those that are not) hold. */
static bool select_way(const struct select *q, unsigned way, bool finding, const char *base)
{
	for (unsigned i = 0; i < q->n; i++)
		if (q->v[i].way == way && q->v[i].finding == finding &&
		    !select_value(&q->v[i], finding ? 1 : 0, base))
			return false;
	return true;
}

static bool select_about_findings(const struct select *q, unsigned way)
{
	for (unsigned i = 0; i < q->n; i++)
		if (q->v[i].way == way && q->v[i].finding)
			return true;
	return false;
}

bool select_finding(const struct select *q, const struct record *r,
		    const struct record_issue *issue)
{
	for (unsigned way = 0; way < q->ways; way++)
		if (select_way(q, way, false, (const char *)r) &&
		    select_way(q, way, true, (const char *)issue))
			return true;
	return false;
}

bool select_matches(const struct select *q, const struct record *r)
{
	for (unsigned way = 0; way < q->ways; way++) {
		if (!select_way(q, way, false, (const char *)r))
			continue;
		if (!select_about_findings(q, way))
			return true;
		for (unsigned i = 0; i < r->issues_n; i++)
			if (select_way(q, way, true, (const char *)&r->issues[i]))
				return true;
	}
	return false;
}
