/* diff_state.c - see diff_state.h. */
#include "output/diff/diff_state.h"

#include "output/aggregate/host_words.h"

#include <assert.h>

static const struct span unknown = SPAN_INIT("?");

const char *diff_key_name(enum diff_key key)
{
#define DIFF_KEY_NAME(id, text) text,
	static const char *const names[] = {DIFF_KEYS(DIFF_KEY_NAME)};
#undef DIFF_KEY_NAME

	assert((unsigned)key < DIFF_KEY_COUNT);
	return names[key];
}

/* ---- writing ----------------------------------------------------------------------------- */

static void state_str(struct buf *b, struct span s)
{
	if (s.p != NULL)
		json_str(b, s);
}

static void state_list(struct buf *b, const struct span *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		buf_text(b, i == 0 ? "[" : ",");
		json_str(b, v[i]);
	}
	if (n > 0)
		buf_text(b, "]");
}

static void state_policy(const struct record_policy *p, struct buf *b, enum diff_key key)
{
	if (key == DIFF_STAGE)
		state_str(b, span_str(stage_name(p->stage)));
	else if (key == DIFF_TLS_REASON && p->tls_reason >= 0)
		state_str(b, span_str(tls_reason_name((enum tls_reason)p->tls_reason)));
	else if (key == DIFF_MODE && p->mode >= 0)
		state_str(b, span_str(mode_name((enum mode)p->mode)));
	else if (key == DIFF_MAX_AGE && p->max_age >= 0)
		json_int(b, p->max_age);
	else if (key == DIFF_MX)
		state_list(b, p->mx, p->mx_n);
}

/* Without what a visit showed, which is in the lists of its findings. */
static enum impact state_bare_impact(const struct record *r)
{
	enum impact bare = IMPACT_NONE, visit = IMPACT_NONE;

	for (unsigned i = 0; i < r->issues_n; i++) {
		enum impact *most = issue_has(r->issues[i].code, ISSUE_OF_VISIT) ? &visit : &bare;
		if (r->issues[i].impact > *most)
			*most = r->issues[i].impact;
	}
	return visit == r->impact && bare < visit ? bare : r->impact;
}

static void state_value(const struct record *r, struct buf *b, enum diff_key key)
{
	if (key == DIFF_VERDICT)
		state_str(b, span_str(verdict_name(r->verdict)));
	else if (key == DIFF_IMPACT)
		state_str(b, span_str(impact_name(state_bare_impact(r))));
	else if (key == DIFF_STS_VALID)
		buf_text(b, r->sts.valid ? "true" : "false");
	else if (key == DIFF_STS_ID)
		state_str(b, r->sts.id);
	else if (key == DIFF_PROVIDER)
		state_str(b, r->provider_policy);
	else if (key == DIFF_TLSRPT_VALID)
		buf_text(b, r->tlsrpt.valid ? "true" : "false");
	else if (key == DIFF_RUA)
		state_list(b, r->tlsrpt.rua, r->tlsrpt.rua_n);
	else if (key == DIFF_TAG)
		state_str(b, r->tag);
	else
		state_policy(&r->policy, b, key);
}

/* Where a finding stands. */
static enum diff_key state_list_of(enum issue code)
{
	static const enum diff_key keys[ISSUE_LISTS] = {
		[ISSUE_LIST_STS] = DIFF_FINDINGS,
		[ISSUE_LIST_MX] = DIFF_FINDINGS_MX,
		[ISSUE_LIST_TLSRPT] = DIFF_FINDINGS_TLSRPT,
	};

	if (issue_has(code, ISSUE_OF_VISIT))
		return issue_info(code)->group == ISSUE_GROUP_DANE ? DIFF_FINDINGS_DANE
								   : DIFF_FINDINGS_PROBE;
	return keys[issue_group_info(issue_info(code)->group)->list];
}

/* What the findings mean, in order and once each. */
static unsigned state_codes(const struct record *r, enum issue codes[FINDINGS_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->issues_n && n < FINDINGS_MAX; i++) {
		unsigned at = n;
		if (r->issues[i].severity == SEVERITY_INCONCLUSIVE)
			continue;
		while (at > 0 && codes[at - 1] >= r->issues[i].code)
			at--;
		if (at < n && codes[at] == r->issues[i].code)
			continue;
		memmove(codes + at + 1, codes + at, (n - at) * sizeof(*codes));
		codes[at] = r->issues[i].code;
		n++;
	}
	return n;
}

static void state_findings(const enum issue *codes, unsigned n, enum diff_key key, struct buf *b)
{
	bool first = true;

	for (unsigned i = 0; i < n; i++) {
		if (state_list_of(codes[i]) != key)
			continue;
		buf_text(b, first ? "" : " ");
		buf_text(b, issue_info(codes[i])->code);
		first = false;
	}
}

/* A host that did not answer, or was not asked, says nothing about its findings. */
static bool state_visit_known(const struct record *r, enum diff_key key)
{
	bool known = dns_answered(r->mx.dns);

	for (unsigned i = 0; i < r->mx.hosts_n && known; i++) {
		const struct record_mx_host *h = &r->mx.hosts[i];
		if (record_mx_is_none(h->host))
			continue;
		if (key == DIFF_FINDINGS_DANE)
			known = h->tlsa >= 0 && h->dane != DANE_UNPROVEN;
		else
			known = host_sts_state(h) != HOST_UNKNOWN || h->tls == MX_TLS_NO_ADDRESS ||
				h->tls == MX_TLS_PRIVATE_ADDRESS;
	}
	return known && r->mx.hosts_n > 0;
}

static bool state_known(const struct record *r, enum diff_key key)
{
	switch (key) {
	case DIFF_TLSRPT_VALID:
	case DIFF_RUA:
	case DIFF_FINDINGS_TLSRPT:
		return dns_answered(r->tlsrpt.answer.dns);
	case DIFF_FINDINGS_PROBE:
	case DIFF_FINDINGS_DANE:
		return state_visit_known(r, key);
	case DIFF_IMPACT:
	case DIFF_FINDINGS_MX:
		/* Where there is no MX record, the domain's own addresses count; they are asked for
		 * when there is a policy to find. */
		return dns_answered(r->mx.dns) &&
		       !(r->mx.dns == DNS_NODATA && r->mx.implicit < 0 && r->sts.valid);
	default:
		return true;
	}
}

void diff_state_write(const struct record *r, bool selected, struct span action, struct buf *b)
{
	enum issue codes[FINDINGS_MAX];
	unsigned n = state_codes(r, codes);

	for (enum diff_key key = 0; key < DIFF_KEY_COUNT; key++) {
		if (key > 0)
			buf_text(b, "\n");
		if (key == DIFF_SELECTED)
			buf_text(b, selected ? "true" : "");
		else if (key == DIFF_LOSES)
			buf_text(b, r->impact == IMPACT_MAIL_LOSS ? "true" : "");
		else if (key == DIFF_ACTION)
			state_str(b, action);
		else if (!state_known(r, key))
			buf_bytes(b, unknown.p, unknown.n);
		else if (key >= DIFF_FINDINGS && key <= DIFF_FINDINGS_TLSRPT)
			state_findings(codes, n, key, b);
		else
			state_value(r, b, key);
	}
}

/* ---- reading and comparing --------------------------------------------------------------- */

int diff_state_read(struct span text, struct diff_state *s)
{
	for (enum diff_key key = 0; key < DIFF_KEY_COUNT; key++) {
		const char *end = text.n > 0 ? memchr(text.p, '\n', text.n) : NULL;
		if ((end == NULL) != (key == DIFF_KEY_COUNT - 1))
			return -1;
		s->v[key] = end == NULL ? text : span_of(text.p, (size_t)(end - text.p));
		if (end != NULL)
			text = span_of(end + 1, text.n - s->v[key].n - 1);
	}
	struct span word = s->v[DIFF_VERDICT];
	int verdict = word.n > 2 ? verdict_parse(span_of(word.p + 1, word.n - 2)) : -1;
	s->verdict = verdict < 0 ? VERDICT_INCONCLUSIVE : (enum verdict)verdict;
	return verdict < 0 ? -1 : 0;
}

static bool state_concluded(const struct diff_state *s)
{
	return s->verdict != VERDICT_INCONCLUSIVE && s->verdict != VERDICT_INVALID_INPUT &&
	       s->verdict != VERDICT_EXCLUDED;
}

bool diff_state_comparable(const struct diff_state *a, const struct diff_state *b)
{
	return state_concluded(a) && state_concluded(b);
}

bool diff_state_known(const struct diff_state *s, enum diff_key key)
{
	return !span_eq(s->v[key], unknown);
}

static bool state_both_known(const struct diff_state *a, const struct diff_state *b,
			     enum diff_key key)
{
	return diff_state_known(a, key) && diff_state_known(b, key);
}

bool diff_state_impact_is(const struct diff_state *s, enum impact impact)
{
	struct span word = s->v[DIFF_IMPACT];

	return word.n > 2 &&
	       span_eq(span_of(word.p + 1, word.n - 2), span_str(impact_name(impact)));
}

bool diff_state_differs(const struct diff_state *a, const struct diff_state *b, enum diff_key key)
{
	return state_both_known(a, b, key) && !span_eq(a->v[key], b->v[key]);
}

/* The next code of a list, taken off it; -1 at its end. */
static int state_next(struct span *list)
{
	if (list->n == 0)
		return -1;
	const char *blank = memchr(list->p, ' ', list->n);
	size_t n = blank != NULL ? (size_t)(blank - list->p) : list->n;
	int code = issue_parse(span_of(list->p, n));
	*list = span_of(list->p + n + (blank != NULL), list->n - n - (blank != NULL));
	return code;
}

static bool state_has(struct span list, int code)
{
	int one;

	while ((one = state_next(&list)) >= 0)
		if (one == code)
			return true;
	return false;
}

bool diff_state_wrong(const struct diff_state *s, enum diff_key list)
{
	struct span codes = s->v[list];
	int code;

	while ((code = state_next(&codes)) >= 0)
		if (issue_info((enum issue)code)->severity == SEVERITY_ERROR)
			return true;
	return false;
}

/* The worst that codes of the list bring. */
static enum impact state_impact_of(struct span list)
{
	enum impact most = IMPACT_NONE;
	int code;

	while ((code = state_next(&list)) >= 0)
		if (issue_info((enum issue)code)->impact > most)
			most = issue_info((enum issue)code)->impact;
	return most;
}

static void state_raise(struct diff_state *s, enum impact to)
{
	static const struct span words[] = {SPAN_INIT("\"none\""), SPAN_INIT("\"unprotected\""),
					    SPAN_INIT("\"mail_loss\"")};
	enum impact is = IMPACT_NONE;

	static_assert(IMPACT_MAIL_LOSS == 2, "words");
	if (span_eq(s->v[DIFF_IMPACT], unknown))
		return;
	while (is < IMPACT_MAIL_LOSS && !span_eq(s->v[DIFF_IMPACT], words[is]))
		is++;
	if (to > is)
		s->v[DIFF_IMPACT] = words[to];
}

void diff_state_level(struct diff_state *a, struct diff_state *b)
{
	for (enum diff_key key = DIFF_FINDINGS_PROBE; key <= DIFF_FINDINGS_DANE; key++) {
		if (!state_both_known(a, b, key))
			continue;
		state_raise(a, state_impact_of(a->v[key]));
		if (b != a)
			state_raise(b, state_impact_of(b->v[key]));
	}
}

unsigned diff_state_appeared(const struct diff_state *a, const struct diff_state *b,
			     enum issue codes[DIFF_FINDINGS_MAX])
{
	unsigned n = 0;

	for (enum diff_key key = DIFF_FINDINGS; key <= DIFF_FINDINGS_TLSRPT; key++) {
		struct span list = b->v[key];
		int code;
		if (!diff_state_differs(a, b, key))
			continue;
		while ((code = state_next(&list)) >= 0 && n < DIFF_FINDINGS_MAX)
			if (!state_has(a->v[key], code))
				codes[n++] = (enum issue)code;
	}
	return n;
}

unsigned diff_state_findings(const struct diff_state *s, enum issue codes[DIFF_FINDINGS_MAX])
{
	unsigned n = 0;

	for (enum diff_key key = DIFF_FINDINGS; key <= DIFF_FINDINGS_TLSRPT; key++) {
		struct span list = s->v[key];
		int code;
		while ((code = state_next(&list)) >= 0 && n < DIFF_FINDINGS_MAX)
			codes[n++] = (enum issue)code;
	}
	return n;
}
