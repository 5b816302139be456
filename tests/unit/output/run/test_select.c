/* Conditions on records. */
#include <time.h>

#include "tests/support/leaves.h"

#include "output/run/select.h"
#include "tests/support/wild.h"

static struct record *example(void)
{
	static const char txt0[] = "v=STSv1; id=1;";
	static struct span txt[1];
	static struct record_issue issues[2];
	static struct record_mx_host hosts[2];
	static struct record r;
	record_init(&r);
	txt[0] = span_str(txt0);
	issues[0] = (struct record_issue){.code = ISSUE_domain_syntax_invalid,
					  .severity = SEVERITY_ERROR};
	issues[1] = (struct record_issue){
		.code = ISSUE_domain_syntax_invalid, .severity = SEVERITY_INFO, .root = true};
	r.line = 7;
	r.rank = 1000;
	r.verdict = VERDICT_BROKEN;
	r.impact = IMPACT_UNPROTECTED;
	r.senders_refusing = 1u << SENDER_HALON;
	r.sts.answer.txt = txt;
	r.sts.answer.txt_n = 1;
	r.policy.stage = STAGE_TLS;
	r.policy.tls_verified = 0;
	r.policy.tls_reason = TLS_EXPIRED;
	r.policy.cert_not_after = 1790000000 + 10 * 86400;
	r.scanned_at_ms = INT64_C(1790000000000) - 3600000;
	r.tag = SPAN_LIT("customer-7");
	fields_silence(fields_mx_host(), &hosts[0]);
	fields_silence(fields_mx_host(), &hosts[1]);
	hosts[0].host = SPAN_LIT("a\"b");
	hosts[1].host = SPAN_LIT("c\\d, or e");
	hosts[1].mismatch = MISMATCH_TLD;
	r.mx.hosts = hosts;
	r.mx.hosts_n = 2;
	r.issues = issues;
	r.issues_n = 2;
	return &r;
}

static bool matches(const char *text)
{
	struct select q;
	struct errmsg err;
	cr_assert_eq(select_parse(&q, text, 1790000000, &err), 0, "%s: %s", text, err.text);
	return select_matches(&q, example());
}

Test(select, conditions_that_hold)
{
	static const char *const yes[] = {"",
					  "verdict=broken",
					  "verdict!=enforce",
					  "impact=unprotected,policy.stage=tls",
					  "policy.tls_reason=expired",
					  "policy.tls_verified=false",
					  "policy.mode=null",
					  "policy.url=null",
					  "policy.http_status=null",
					  "policy.evidence.tls_reasons!=expired",
					  "rank<1001",
					  "rank>999",
					  "rank=1000",
					  "line!=8",
					  "tag=customer-7",
					  "senders_refusing=halon",
					  "senders_refusing!=mox",
					  "senders_refusing!=null",
					  "policy.mx=null",
					  "tag=\"customer-7\"",
					  "rank=\"1000\" , verdict = \"broken\"",
					  "tag=\"a, b\" or tag=\"x or y\" or tag=\"customer-7\"",
					  "severity!=warning",
					  "severity!=warning,severity=info,root=true",
					  "code!=mx_none_match",
					  "severity!=null",
					  "mx.hosts.host!=a.example",
					  "mx.hosts.host=a\"b",
					  "mx.hosts.host=\"a\\\"b\"",
					  "mx.hosts.host=\"c\\\\d, or e\"",
					  "mx.hosts.mismatch!=null",
					  "mx.hosts.mismatch=null",
					  "sts.txt=v=STSv1; id=1;",
					  "issues.severity=error",
					  "issues.severity=info,issues.root=true",
					  "verdict=enforce or verdict=broken",
					  "verdict=enforce,rank=1 or rank=1000, tag = customer-7",
					  "severity=warning or severity=error",
					  "cert_not_after<+11d",
					  "policy.cert_not_after > +9d",
					  "cert_not_after>+1w,cert_not_after<+2w",
					  "cert_not_after<2027-01-01",
					  "cert_not_after>2026-09-30T23:59:59Z",
					  "policy.evidence.cert_not_before=null",
					  "cert_not_after<1790864001",
					  "scanned_at<now",
					  "scanned_at>-2h"};
	for (unsigned i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		cr_expect(matches(yes[i]), "%s", yes[i]);
}

Test(select, conditions_that_do_not_hold)
{
	static const char *const no[] = {"verdict=enforce",
					 "verdict=broken,rank=1",
					 "rank<1000",
					 "rank>1000",
					 "tag=customer",
					 "tag=null",
					 "policy.max_age<10",
					 "policy.max_age>0",
					 "policy.mode=enforce",
					 "senders_refusing=mox",
					 "senders_refusing!=halon",
					 "senders_refusing=null",
					 "policy.mx!=null",
					 "tag=\"customer-7 \"",
					 "tag=\"customer-\"",
					 "tag=\"null\"",
					 "policy.url=\"null\"",
					 "severity!=error",
					 "severity!=info",
					 "code!=domain_syntax_invalid",
					 "severity=info,severity!=error",
					 "severity=null",
					 "mx.hosts.host!=a\"b",
					 "mx.hosts.host!=\"c\\\\d, or e\"",
					 "mx.hosts.mismatch!=tld",
					 "issues.severity=warning",
					 "issues.severity=error,issues.root=true",
					 "verdict=enforce or verdict=testing",
					 "verdict=broken,rank=1 or verdict=enforce,rank=1000",
					 "severity=warning or severity=error,root=true",
					 "cert_not_after<+10d",
					 "cert_not_after>+10d",
					 "cert_not_after>2027-01-01",
					 "policy.evidence.cert_not_before<+99999d",
					 "policy.evidence.cert_not_before>-99999d",
					 "scanned_at<-2h",
					 "scanned_at>now"};
	for (unsigned i = 0; i < sizeof(no) / sizeof(*no); i++)
		cr_expect_not(matches(no[i]), "%s", no[i]);
}

Test(select, slips_are_told)
{
	static const char *const bad[] = {"verdict",
					  "=x",
					  "nokey=1",
					  "policy=1",
					  "policy.no=1",
					  "verdict=brokn",
					  "rank<x",
					  "tag!x",
					  "verdict.x=1",
					  "issues=1",
					  "a.b.c.d.e.f=1",
					  "policy.stage.x=tls",
					  "dns=ok",
					  "hosts.host=x",
					  "cert_not_after=+1d",
					  "cert_not_after<+1x",
					  "cert_not_after<+d",
					  "cert_not_after<2026-13-01",
					  "cert_not_after<2026-12-01x",
					  "rank<+30d",
					  "rank=1 or ",
					  " or rank=1",
					  "rank=1 or or rank=2",
					  "tag=\"Acme",
					  "tag=\"Acme\\\"",
					  "tag=\"",
					  "tag=\"Acme\" Inc.",
					  "tag=Acme, Inc.",
					  "code=NO_SUCH_CODE",
					  "code!=no_such_code",
					  "interoperable=yes",
					  "tls_verified!=maybe"};
	struct select q;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct errmsg err = {""};
		cr_expect_eq(select_parse(&q, bad[i], 1790000000, &err), -1, "%s", bad[i]);
		cr_expect_gt(strlen(err.text), 10);
	}
}

/* What is said of a slip names what was meant. */
Test(select, the_nearest_word)
{
	static const struct {
		const char *text, *says;
	} slips[] = {
		{"verdict=brokn", "did you mean 'broken'?"},
		{"severity!=errors", "did you mean 'error'?"},
		{"impact=mail", "did you mean 'mail_loss'?"},
		{"mode=Enforce", "did you mean 'enforce'?"},
		{"code=mx_non_match", "did you mean 'mx_none_match'?"},
		{"code=NO_SUCH_CODE", "'mtasweep explain' has all"},
		{"interoperable=yes", "true or false, or null"},
		{"tag=Acme, Inc.", "in double quotes: 'tag=\"Acme, Inc.\"'"},
		{"tag=\"Acme", "no closing quote"},
		{"tag=\"Acme\" Inc.", "behind the closing quote"},
	};
	struct select q;
	for (unsigned i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
		struct errmsg err = {""};
		cr_expect_eq(select_parse(&q, slips[i].text, 1790000000, &err), -1);
		cr_expect(strstr(err.text, slips[i].says) != NULL, "%s", err.text);
	}
}

/* Of a name that has what was asked for, which findings are. */
Test(select, findings)
{
	static const struct {
		const char *text;
		bool first, second;
	} of[] = {
		{"verdict=broken", true, true},	   {"severity=error", true, false},
		{"severity!=warning", true, true}, {"severity!=warning,severity=info", false, true},
		{"severity!=error", false, false},
	};
	const struct record *r = example();
	struct select q;
	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		cr_assert_eq(select_parse(&q, of[i].text, 1790000000, NULL), 0);
		cr_expect_eq(select_finding(&q, r, &r->issues[0]), of[i].first, "%s", of[i].text);
		cr_expect_eq(select_finding(&q, r, &r->issues[1]), of[i].second, "%s", of[i].text);
	}
}

/* Several texts: each way of the one with each way of the other. */
Test(select, all_of_several_texts)
{
	static const struct {
		struct select_texts texts;
		bool holds;
		unsigned ways, n;
	} of[] = {
		{{{NULL}, 0}, true, 1, 0},
		{{{"", "verdict=broken"}, 2}, true, 1, 1},
		{{{"verdict=broken", "rank=1"}, 2}, false, 1, 2},
		{{{"rank=1 or rank=1000", "verdict=enforce or verdict=broken"}, 2}, true, 4, 8},
		{{{"rank=1 or rank=1000", "verdict=enforce or verdict=none"}, 2}, false, 4, 8},
		{{{"tag=\"x or y\" or rank=1000,line=7", "verdict=broken", "line=7"}, 3},
		 true,
		 2,
		 7},
		{{{"severity=error", "root=true"}, 2}, false, 1, 2}, /* of one finding */
	};
	struct errmsg err = {""};
	struct select q;
	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++) {
		cr_assert_eq(select_parse_all(&q, &of[i].texts, 1790000000, &err), 0, "%s",
			     err.text);
		cr_expect_eq(select_matches(&q, example()), of[i].holds, "%u", i);
		cr_expect_eq(q.ways, of[i].ways, "%u", i);
		cr_expect_eq(q.n, of[i].n, "%u", i);
	}
	static const char six[] = "rank=1 or rank=2 or rank=3 or rank=4 or rank=5 or rank=6";
	const struct select_texts slip = {{"rank=1", "rank=1 or "}, 2}, many = {{six, six}, 2};
	cr_expect_eq(select_parse_all(&q, &slip, 1790000000, &err), -1);
	cr_expect_eq(select_parse_all(&q, &many, 1790000000, &err), -1);
	cr_expect(strstr(err.text, "more than 32 conditions") != NULL, "%s", err.text);
}

/* ---- against what a JSON parser finds in the record -------------------------------------- */

#define RECORDS 40u

struct trial {
	const struct leaf *leaf;
	const struct record *r;
	json_t *found;	  /* what stands at the leaf's path */
	unsigned *met;	  /* [operator][whether it held] */
	char text[512];	  /* of a condition */
	char quoted[400]; /* a value as it stands in it */
};

enum { OP_IS, OP_IS_NOT, OP_LESS, OP_MORE };

/* Times as the clock of that field counts them; other values as they are. */
static int64_t number_of(const struct field *f, const json_t *v)
{
	struct tm tm = {0};
	int ms = 0;

	if (f->kind != FIELD_TIME_MS && f->kind != FIELD_TIME_S)
		return json_integer_value(v);
	const char *rest = strptime(json_string_value(v), "%Y-%m-%dT%H:%M:%S.", &tm);
	cr_assert(rest != NULL && sscanf(rest, "%3dZ", &ms) == 1);
	return (int64_t)timegm(&tm) * (f->kind == FIELD_TIME_MS ? 1000 : 1) + ms;
}

/* A value: NULL is null. */
static bool equal(const json_t *v, const json_t *wanted)
{
	size_t i;
	json_t *element;

	if (!json_is_array(v))
		return wanted == NULL ? json_is_null(v) : json_equal(v, wanted);
	if (wanted == NULL)
		return json_array_size(v) == 0;
	json_array_foreach(v, i, element) if (json_equal(element, wanted)) return true;
	return false;
}

static bool holds(const struct trial *t, unsigned op, const json_t *wanted, int64_t border)
{
	size_t i;
	json_t *v;
	bool any = false, any_other = false;

	json_array_foreach(t->found, i, v)
	{
		if (op == OP_LESS || op == OP_MORE) {
			int64_t n = json_is_null(v) ? border : number_of(t->leaf->f, v);
			any = any || (op == OP_LESS ? n < border : n > border);
		} else {
			any = any || equal(v, wanted);
			any_other = any_other || !equal(v, wanted);
		}
	}
	if (op != OP_IS_NOT)
		return any;
	return t->leaf->among && wanted == NULL ? any_other : !any;
}

static void check(struct trial *t, unsigned op, const char *value, bool wanted)
{
	static const char *const ops[] = {"=", "!=", "<", ">"};
	struct select q;
	struct errmsg err = {""};

	snprintf(t->text, sizeof(t->text), "%s%s%s", t->leaf->key, ops[op], value);
	cr_assert_eq(select_parse(&q, t->text, 1790000000, &err), 0, "%s: %s", t->text, err.text);
	cr_assert_eq(select_matches(&q, t->r), wanted, "%s of %llu", t->text,
		     (unsigned long long)t->r->line);
	t->met[2 * op + wanted]++;
}

/* Around a number or a time: one less, itself, one more. */
static void check_borders(struct trial *t, const json_t *v)
{
	char value[32];

	for (int64_t by = -1; by <= 1; by++) {
		int64_t border = number_of(t->leaf->f, v) + by;
		snprintf(value, sizeof(value), "%lld", (long long)border);
		check(t, OP_LESS, value, holds(t, OP_LESS, NULL, border));
		check(t, OP_MORE, value, holds(t, OP_MORE, NULL, border));
		if (by == 0) {
			check(t, OP_IS, value, holds(t, OP_IS, v, 0));
			check(t, OP_IS_NOT, value, holds(t, OP_IS_NOT, v, 0));
		}
	}
}

static const char *quote(struct trial *t, const char *text)
{
	char *to = t->quoted;

	*to++ = '"';
	for (; *text != '\0'; *to++ = *text++)
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
	strcpy(to, "\"");
	return t->quoted;
}

static void check_value(struct trial *t, const json_t *v)
{
	const enum field_kind kind = (enum field_kind)t->leaf->f->kind;

	if (json_is_null(v) || kind == FIELD_PIECES)
		return;
	if (json_is_integer(v) || kind == FIELD_TIME_MS || kind == FIELD_TIME_S) {
		check_borders(t, v);
		return;
	}
	if (json_is_string(v) && !leaves_whole(v))
		return;
	const char *value = json_is_true(v)	? "true"
			    : json_is_false(v)	? "false"
			    : json_is_string(v) ? quote(t, json_string_value(v))
						: NULL;
	cr_assert_not_null(value);
	check(t, OP_IS, value, holds(t, OP_IS, v, 0));
	check(t, OP_IS_NOT, value, holds(t, OP_IS_NOT, v, 0));
}

/* What one record has at the path is asked of that record and of the next one. */
static void check_path(struct trial *t, json_t *asked)
{
	size_t i, k;
	json_t *v, *element;

	check(t, OP_IS, "null", holds(t, OP_IS, NULL, 0));
	check(t, OP_IS_NOT, "null", holds(t, OP_IS_NOT, NULL, 0));
	json_array_foreach(asked, i, v)
	{
		if (!json_is_array(v))
			check_value(t, v);
		json_array_foreach(v, k, element) check_value(t, element);
	}
}

Test(select, conditions_are_true_of_what_is_stored)
{
	static struct record r[RECORDS];
	static struct leaf leaves[LEAVES_MAX];
	json_t *json[RECORDS];
	struct arena arena;
	unsigned met[8] = {0}, n = leaves_all(leaves);

	cr_assert_eq(arena_init(&arena, 65536, 1u << 24), 0);
	for (unsigned i = 0; i < RECORDS; i++) {
		wild_record(&r[i], &arena, 5, i + 1);
		json[i] = leaves_record(&r[i]);
	}
	for (unsigned k = 0; k < n; k++) {
		for (unsigned i = 0; i < RECORDS; i++) {
			json_t *own = leaves_at(json[i], leaves[k].key);
			json_t *next = leaves_at(json[(i + 1) % RECORDS], leaves[k].key);
			struct trial t = {.leaf = &leaves[k], .r = &r[i], .found = own, .met = met};
			check_path(&t, own);
			check_path(&t, next);
			json_decref(own);
			json_decref(next);
		}
	}
	for (unsigned i = 0; i < 8; i++)
		cr_assert_gt(met[i], 1000, "%u", i);
	for (unsigned i = 0; i < RECORDS; i++)
		json_decref(json[i]);
	arena_release(&arena);
}

/* A key stands without its object where one object of the record alone has it, and the record
 * itself has not. */
Test(select, keys_without_their_object)
{
	const struct object *o = fields_record();
	unsigned one = 0, many = 0;

	for (unsigned i = 0; i < o->n; i++) {
		const struct object *in = o->fields[i].object;
		for (unsigned k = 0; in != NULL && k < in->n; k++) {
			const char *key = in->fields[k].key;
			unsigned owners = 0;
			bool own = false;
			for (unsigned j = 0; j < o->n; j++) {
				const struct object *other = o->fields[j].object;
				own = own || strcmp(o->fields[j].key, key) == 0;
				for (unsigned m = 0; other != NULL && m < other->n; m++)
					owners += strcmp(other->fields[m].key, key) == 0;
			}
			struct select_path path;
			struct errmsg err = {""};
			int rc = select_path_parse(&path, span_str(key), &err);
			if (own || in->fields[k].object != NULL)
				continue;
			cr_expect_eq(rc, owners == 1 ? 0 : -1, "%s: %u", key, owners);
			one += owners == 1;
			many += owners > 1;
			if (rc != 0)
				continue;
			cr_expect_eq(path.n, 2);
			cr_expect_eq(path.v[0], &o->fields[i], "%s", key);
			cr_expect_eq(path.v[1], &in->fields[k], "%s", key);
			cr_expect_eq(path.finding, strcmp(o->fields[i].key, "issues") == 0);
		}
	}
	cr_assert(one > 10 && many > 2);
}
