/* Columns of a list, against what a JSON parser finds in the record. */
#include "tests/support/leaves.h"

#include "output/list/list_column.h"
#include "tests/support/wild.h"

#define RECORDS 60u

struct fixture {
	struct arena arena;
	struct record r[RECORDS];
	json_t *json[RECORDS];
	struct leaf leaves[LEAVES_MAX];
	unsigned leaves_n;
	struct buf out, other;
};

static struct fixture *setup(void)
{
	struct fixture *x = calloc(1, sizeof(*x));

	cr_assert_not_null(x);
	cr_assert_eq(arena_init(&x->arena, 65536, 1u << 24), 0);
	for (unsigned i = 0; i < RECORDS; i++) {
		wild_record(&x->r[i], &x->arena, 21, i + 1);
		x->json[i] = leaves_record(&x->r[i]);
	}
	x->leaves_n = leaves_all(x->leaves);
	cr_assert_gt(x->leaves_n, 100);
	buf_init(&x->out, RECORD_LINE_MAX);
	buf_init(&x->other, RECORD_LINE_MAX);
	return x;
}

static void teardown(struct fixture *x)
{
	for (unsigned i = 0; i < RECORDS; i++)
		json_decref(x->json[i]);
	arena_release(&x->arena);
	buf_release(&x->out);
	buf_release(&x->other);
	free(x);
}

static struct list_column column(const char *key, bool sort)
{
	struct list_column c;
	struct errmsg err = {""};

	cr_assert_eq(list_column_parse(&c, span_str(key), sort, &err), 0, "%s", err.text);
	return c;
}

/* All values of the path, whether or not they stand in lists. To be released. */
static json_t *flat(json_t *record, const struct leaf *leaf)
{
	json_t *found = leaves_at(record, leaf->key), *all = json_array(), *v;
	size_t i;

	json_array_foreach(found, i, v)
	{
		if (json_is_array(v))
			json_array_extend(all, v);
		else
			json_array_append(all, v);
	}
	json_decref(found);
	return all;
}

static bool is_list(const struct leaf *leaf)
{
	return leaf->among || leaf->f->kind == FIELD_WORDS || leaf->f->kind == FIELD_STRS ||
	       leaf->f->kind == FIELD_PIECES;
}

Test(list_column, json_is_what_the_record_has)
{
	struct fixture *x = setup();
	unsigned lists = 0, nulls = 0, empty = 0, several = 0;

	for (unsigned k = 0; k < x->leaves_n; k++) {
		if (strcmp(x->leaves[k].key, "domain") == 0)
			continue; /* shows the line's text where there is none */
		struct list_column c = column(x->leaves[k].key, false);
		for (unsigned i = 0; i < RECORDS; i++) {
			json_t *all = flat(x->json[i], &x->leaves[k]);
			json_t *wanted = is_list(&x->leaves[k]) ? all : json_array_get(all, 0);
			buf_reset(&x->out);
			list_column_json(&c, &(struct list_row){.r = &x->r[i]}, &x->out);
			json_t *v = json_loadb(x->out.p, x->out.n, JSON_DECODE_ANY, NULL);
			cr_assert(json_equal(v, wanted), "%s of %u: %.*s", x->leaves[k].key, i,
				  (int)x->out.n, x->out.p);
			lists += json_is_array(v);
			nulls += json_is_null(v);
			empty += json_is_array(v) && json_array_size(v) == 0;
			several += json_array_size(v) > 1;
			json_decref(v);
			json_decref(all);
		}
	}
	cr_assert(lists > 0 && nulls > 0 && empty > 0 && several > 0);
	teardown(x);
}

static void append_plain(struct buf *b, json_t *v)
{
	char *text = json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY);

	buf_text(b, text != NULL ? text : json_string_value(v));
	free(text);
}

Test(list_column, text_is_the_values_that_are_not_null)
{
	struct fixture *x = setup();
	unsigned none = 0, met = 0;

	for (unsigned k = 0; k < x->leaves_n; k++) {
		if (strcmp(x->leaves[k].key, "domain") == 0)
			continue;
		struct list_column c = column(x->leaves[k].key, false);
		for (unsigned i = 0; i < RECORDS; i++) {
			json_t *all = flat(x->json[i], &x->leaves[k]), *v;
			bool whole = true;
			unsigned n = 0;
			size_t j;
			buf_reset(&x->out);
			buf_reset(&x->other);
			json_array_foreach(all, j, v)
			{
				whole = whole && (!json_is_string(v) || leaves_whole(v));
				if (json_is_null(v))
					continue;
				buf_text(&x->other, n++ > 0 ? ", " : "");
				append_plain(&x->other, v);
			}
			json_decref(all);
			bool some =
				list_column_text(&c, &(struct list_row){.r = &x->r[i]}, &x->out);
			cr_assert_eq(some, n > 0, "%s of %u", x->leaves[k].key, i);
			none += n == 0;
			if (!whole)
				continue;
			met++;
			cr_assert(span_eq(span_of(x->out.p, x->out.n),
					  span_of(x->other.p, x->other.n)),
				  "%s of %u: %.*s, not %.*s", x->leaves[k].key, i, (int)x->out.n,
				  x->out.p, (int)x->other.n, x->other.p);
		}
	}
	cr_assert(none > 0 && met > 1000);
	teardown(x);
}

/* ---- order ------------------------------------------------------------------------------- */

/* The first value that is not null, borrowed from all; NULL without one. */
static json_t *first_of(json_t *all)
{
	json_t *v;
	size_t i;

	json_array_foreach(all, i, v) if (!json_is_null(v)) return v;
	return NULL;
}

static int sign(int64_t n)
{
	return (n > 0) - (n < 0);
}

/* Impacts stand from the least to the worst in their list, and the worst comes first. */
static int order_wanted(const struct field *f, json_t *a, json_t *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL) - (b == NULL);
	if (json_is_integer(a))
		return sign(json_integer_value(a) - json_integer_value(b));
	if (json_is_boolean(a))
		return json_is_true(a) - json_is_true(b);
	if (f->words == NULL)
		return sign(strcmp(json_string_value(a), json_string_value(b)));
	int x = f->words->parse(span_str(json_string_value(a)));
	int y = f->words->parse(span_str(json_string_value(b)));
	return strcmp(f->words->name, "impact") == 0 ? sign(y - x) : sign(x - y);
}

static int order_found(const struct fixture *x)
{
	size_t n = x->out.n < x->other.n ? x->out.n : x->other.n;
	int order = memcmp(x->out.p, x->other.p, n);

	return order != 0 ? sign(order) : sign((int64_t)x->out.n - (int64_t)x->other.n);
}

Test(list_column, order_is_that_of_the_first_value)
{
	struct fixture *x = setup();
	unsigned met[3] = {0};

	for (unsigned k = 0; k < x->leaves_n; k++) {
		const char *key = x->leaves[k].key;
		if (strcmp(key, "domain") == 0)
			continue;
		struct list_column c = column(key, true);
		for (unsigned i = 0; i + 1 < RECORDS; i++) {
			json_t *one = flat(x->json[i], &x->leaves[k]);
			json_t *two = flat(x->json[i + 1], &x->leaves[k]);
			json_t *a = first_of(one), *b = first_of(two);
			bool whole = (!json_is_string(a) || leaves_whole(a)) &&
				     (!json_is_string(b) || leaves_whole(b));
			int wanted = order_wanted(x->leaves[k].f, a, b);
			json_decref(one);
			json_decref(two);
			buf_reset(&x->out);
			buf_reset(&x->other);
			list_column_order(&c, &(struct list_row){.r = &x->r[i]}, &x->out);
			list_column_order(&c, &(struct list_row){.r = &x->r[i + 1]}, &x->other);
			if (!whole)
				continue;
			cr_assert_eq(order_found(x), wanted, "%s of %u: %.*s, %.*s", key, i,
				     (int)x->out.n, x->out.p, (int)x->other.n, x->other.p);
			met[wanted + 1]++;
		}
	}
	cr_assert(met[0] > 500 && met[1] > 500 && met[2] > 500);
	teardown(x);
}

/* What is below zero, and texts of which one begins the other. */
Test(list_column, order_of_signs_and_beginnings)
{
	static const int64_t numbers[] = {-1000000, -10, -9, -1, 0, 1, 9, 10, 1000000};
	static const char *const texts[] = {"", "a", "a ", "a!", "aa", "b"};
	struct fixture *x = setup();
	struct list_column took = column("took_ms", true), tag = column("tag", true);
	struct record r;

	record_init(&r);
	for (unsigned i = 0; i < 9; i++) {
		r.took_ms = numbers[i];
		buf_reset(&x->other);
		list_column_order(&took, &(struct list_row){.r = &r}, &x->other);
		cr_expect(i == 0 || order_found(x) < 0, "%u", i);
		buf_reset(&x->out);
		list_column_order(&took, &(struct list_row){.r = &r}, &x->out);
	}
	for (unsigned i = 0; i < 6; i++) {
		r.tag = span_str(texts[i]);
		buf_reset(&x->other);
		list_column_order(&tag, &(struct list_row){.r = &r}, &x->other);
		cr_expect(i == 0 || order_found(x) < 0, "%u", i);
		buf_reset(&x->out);
		list_column_order(&tag, &(struct list_row){.r = &r}, &x->out);
	}
	r.tag = SPAN_NULL;
	buf_reset(&x->other);
	list_column_order(&tag, &(struct list_row){.r = &r}, &x->other);
	cr_expect_lt(order_found(x), 0, "what is null comes last");
	teardown(x);
}

/* ---- what is no key of the record -------------------------------------------------------- */

/* The cell as text; "-" when it is null. */
static const char *cell(struct fixture *x, const char *key, const struct list_row *row)
{
	struct list_column c = column(key, false);

	buf_reset(&x->out);
	bool some = list_column_text(&c, row, &x->out);
	buf_bytes(&x->out, "", 1);
	struct span text = span_of(x->out.p, x->out.n - 1);
	buf_reset(&x->other);
	list_column_json(&c, row, &x->other);
	json_t *v = json_loadb(x->other.p, x->other.n, JSON_DECODE_ANY, NULL);
	cr_assert(some ? json_is_string(v) && span_eq(text, span_str(json_string_value(v)))
		       : json_is_null(v),
		  "%s: %.*s", key, (int)x->other.n, x->other.p);
	json_decref(v);
	return some ? x->out.p : "-";
}

static void act(void *owner, const struct record *r, struct buf *out)
{
	if (r->line > 1)
		buf_text(out, owner);
}

Test(list_column, what_a_finding_says)
{
	static const char *const keys[] = {"code", "severity", "detail", "title", "fix"};
	struct fixture *x = setup();
	struct record r;
	struct record_issue issue = {.code = ISSUE_mx_none_match,
				     .severity = SEVERITY_WARNING,
				     .detail = SPAN_LIT("of a.example")};
	const struct issue_info *info = issue_info(issue.code);

	record_init(&r);
	for (unsigned i = 0; i < 5; i++)
		cr_expect_str_eq(cell(x, keys[i], &(struct list_row){.r = &r}), "-");
	struct list_row row = {.r = &r, .issue = &issue};
	cr_expect_str_eq(cell(x, "code", &row), "mx_none_match");
	cr_expect_str_eq(cell(x, "severity", &row), "warning");
	cr_expect_str_eq(cell(x, "detail", &row), "of a.example");
	cr_expect_str_eq(cell(x, "title", &row), info->title);
	cr_expect_str_eq(cell(x, "fix", &row), info->fix);
	issue.detail = SPAN_NULL;
	cr_expect_str_eq(cell(x, "detail", &row), "-");
	teardown(x);
}

Test(list_column, names_actions_and_ends)
{
	struct fixture *x = setup();
	struct record_mx_host host;
	struct record r;
	struct list_row row = {.r = &r};

	record_init(&r);
	r.input = SPAN_LIT("n o name");
	cr_expect_str_eq(cell(x, "domain", &row), "n o name");
	r.domain = SPAN_LIT("a.example");
	cr_expect_str_eq(cell(x, "domain", &row), "a.example");
	cr_expect_str_eq(cell(x, "action", &row), "-", "nobody knows");
	row.action = act;
	row.owner = (char[]){"mend it"};
	cr_expect_str_eq(cell(x, "action", &row), "-", "there is nothing to do");
	r.line = 2;
	cr_expect_str_eq(cell(x, "action", &row), "mend it");
	cr_expect_str_eq(cell(x, "expires", &row), "-");
	cr_expect_str_eq(cell(x, "expires_at", &row), "-");
	cr_expect_str_eq(cell(x, "expires_issuer", &row), "-");
	r.policy.cert_not_after = 1790000000;
	r.policy.cert_issuer = SPAN_LIT("First CA");
	cr_expect_str_eq(cell(x, "expires", &row), "2026-09-21T14:13:20.000Z");
	cr_expect_str_eq(cell(x, "expires_at", &row), "mta-sts.a.example");
	cr_expect_str_eq(cell(x, "expires_issuer", &row), "First CA");
	record_mx_host_init(&host);
	host.host = SPAN_LIT("mx.example");
	host.probe.cert_not_after = 0;
	host.probe.cert_issuer = SPAN_LIT("Second CA");
	r.mx.hosts = &host;
	r.mx.hosts_n = 1;
	cr_expect_str_eq(cell(x, "expires", &row), "1970-01-01T00:00:00.000Z");
	cr_expect_str_eq(cell(x, "expires_at", &row), "mx.example");
	cr_expect_str_eq(cell(x, "expires_issuer", &row), "Second CA");
	teardown(x);
}

/* The key's bytes as text: the leading digit tells null. */
static const char *order(struct fixture *x, const char *key, const struct list_row *row)
{
	struct list_column c = column(key, true);

	buf_reset(&x->out);
	list_column_order(&c, row, &x->out);
	cr_assert_eq(strlen(x->out.p) + 1, x->out.n, "it ends with NUL");
	return x->out.p;
}

Test(list_column, danger)
{
	static const struct {
		enum severity severity;
		const char *key;
	} of[] = {{SEVERITY_ERROR, "02"},
		  {SEVERITY_INCONCLUSIVE, "03"},
		  {SEVERITY_WARNING, "04"},
		  {SEVERITY_INFO, "05"}};
	struct fixture *x = setup();
	struct errmsg err = {""};
	struct list_column c;
	struct record r;
	struct record_issue issue = {.code = ISSUE_mx_none_match};

	record_init(&r);
	for (unsigned i = 0; i < 4; i++) {
		struct list_row row = {.r = &r, .issue = &issue};
		issue.severity = of[i].severity;
		cr_expect_str_eq(order(x, "danger", &row), of[i].key);
		cr_expect_str_eq(order(x, "severity", &row), of[i].key);
		r.impact = IMPACT_MAIL_LOSS;
		cr_expect_str_eq(order(x, "danger", &row), "00");
		r.impact = IMPACT_NONE;
	}
	struct list_row bare = {.r = &r};
	cr_expect_str_eq(order(x, "danger", &bare), "06");
	cr_expect_str_eq(order(x, "code", &bare), "1");
	cr_expect_str_eq(order(x, "code", &(struct list_row){.r = &r, .issue = &issue}),
			 "0mx_none_match");
	cr_expect_eq(list_column_parse(&c, SPAN_LIT("danger"), false, &err), -1);
	cr_expect_str_eq(err.text, "danger is to sort by, and no column");
	cr_expect_eq(list_column_parse(&c, SPAN_LIT("dangers"), true, &err), -1);
	teardown(x);
}
