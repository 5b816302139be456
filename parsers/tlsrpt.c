/* tlsrpt.c - see tlsrpt.h. URIs are judged in tlsrpt_uri.c. */
#include "parsers/tlsrpt.h"

#include <assert.h>

#include "parsers/tlsrpt_uri.h"
#include "parsers/txtfield.h"

static const struct span tlsrpt_version = SPAN_INIT("v=TLSRPTv1");
static const struct span tlsrpt_prefix = SPAN_INIT("v=TLSRPTv1;");

static bool tlsrpt_version_later(struct span value, size_t from)
{
	struct txtfield_reader r = txtfield_start(span_of(value.p + from, value.n - from));
	struct txtfield field;

	while (txtfield_next(&r, &field))
		if (span_ieq(field.text, tlsrpt_version))
			return true;
	return false;
}

static void tlsrpt_head(struct span txt, const struct txtfield_head *head, struct findings *f)
{
	if (head->quoted)
		findings_break(f, ISSUE_tlsrpt_quoted,
			       head->skip > 0 ? span_of(txt.p, head->skip) : head->token);
	else if (head->skip > 0)
		findings_break(f, ISSUE_tlsrpt_leading_ws, span_of(txt.p, head->skip));
	switch (head->version) {
	case TXTFIELD_VERSION_OK:
		if (head->blank_before_delimiter)
			findings_add(f, ISSUE_tlsrpt_ws_before_delim, head->token);
		break;
	case TXTFIELD_VERSION_ALONE:
		findings_break(f, ISSUE_tlsrpt_no_delimiter, head->token);
		break;
	case TXTFIELD_VERSION_CASE:
		findings_break(f, ISSUE_tlsrpt_version_case, head->token);
		break;
	case TXTFIELD_VERSION_OTHER:
		if (head->rest < txt.n && tlsrpt_version_later(txt, head->rest))
			findings_break(f, ISSUE_tlsrpt_version_not_first, head->token);
		else
			findings_break(f, ISSUE_tlsrpt_version_invalid, head->token);
		break;
	}
}

static void tlsrpt_keep(struct span uri, struct findings *f, struct tlsrpt *out)
{
	for (unsigned i = 0; i < out->rua_n; i++)
		if (span_eq(out->rua[i], uri)) {
			findings_add(f, ISSUE_tlsrpt_rua_duplicate, uri);
			break;
		}
	if (out->rua_n < TLSRPT_RUA_MAX)
		out->rua[out->rua_n++] = uri;
	else
		out->rua_dropped++;
}

static void tlsrpt_rua(struct span data, struct findings *f, struct tlsrpt *out)
{
	if (data.n == 0) {
		findings_break(f, ISSUE_tlsrpt_rua_empty, data);
		return;
	}
	for (struct span rest = data; rest.p != NULL;) {
		const char *comma = rest.n == 0 ? NULL : memchr(rest.p, ',', rest.n);
		struct span one = rest;
		if (comma != NULL)
			one.n = (size_t)(comma - rest.p);
		rest = comma == NULL ? SPAN_NULL : span_of(comma + 1, rest.n - one.n - 1);
		one = txtfield_trim(one);
		if (one.n == 0) {
			findings_break(f, ISSUE_tlsrpt_rua_trailing_comma, one);
			continue;
		}
		/* A URI in no good form is kept as well: the record shows what is published. */
		tlsrpt_uri_check(one, f);
		tlsrpt_keep(one, f, out);
	}
}

static void tlsrpt_extension(struct span name, struct span data, struct findings *f)
{
	size_t bad = txtfield_value_span(data);

	if (!txtfield_name_ok(name))
		findings_break(f, ISSUE_tlsrpt_ext_name_invalid, name);
	else if (bad < data.n || data.n == 0)
		findings_break(f, ISSUE_tlsrpt_ext_value_invalid,
			       span_of(data.p + bad, data.n - bad));
	else
		findings_add(f,
			     span_ieq(name, SPAN_LIT("rua")) ? ISSUE_tlsrpt_rua_case_beside
							     : ISSUE_tlsrpt_unknown_field,
			     name);
}

/* has_rua: there is a field "rua", written so. rua_seen: such fields so far, or if there is none,
 * fields of any case. */
static void tlsrpt_field(const struct txtfield *field, bool has_rua, struct findings *f,
			 struct tlsrpt *out, unsigned *rua_seen)
{
	struct span name = field->name, data = field->data;

	/* A URI may hold "=": the name must be short and plain, or there is no name. */
	if (name.p == NULL || tlsrpt_uri_has_scheme(field->text)) {
		findings_break(f,
			       tlsrpt_uri_has_scheme(field->text) ? ISSUE_tlsrpt_rua_separator
								  : ISSUE_tlsrpt_field_no_equals,
			       field->text);
		return;
	}
	bool rua = span_eq(txtfield_trim(name), SPAN_LIT("rua")) ||
		   (!has_rua && span_ieq(txtfield_trim(name), SPAN_LIT("rua")));
	if ((name.n > 0 && txtfield_is_blank(name.p[name.n - 1])) ||
	    (data.n > 0 && txtfield_is_blank(data.p[0]))) {
		findings_break(
			f, rua ? ISSUE_tlsrpt_rua_ws_around_equals : ISSUE_tlsrpt_ext_value_invalid,
			field->text);
		name = txtfield_trim(name);
		data = txtfield_trim(data);
		if (!rua)
			return;
	}
	if (!rua) {
		tlsrpt_extension(name, data, f);
		return;
	}
	if (!span_eq(name, SPAN_LIT("rua")))
		findings_break(f, ISSUE_tlsrpt_rua_case, name);
	else if (*rua_seen > 0)
		findings_add(f, ISSUE_tlsrpt_rua_repeated_field, name);
	++*rua_seen;
	tlsrpt_rua(data, f, out);
}

static void tlsrpt_fields(struct span rest, const struct txtfield_head *head, struct findings *f,
			  struct tlsrpt *out)
{
	struct txtfield_reader r = txtfield_start(rest);
	struct txtfield field;
	bool has_rua = txtfield_holds(rest, SPAN_LIT("rua"));
	unsigned rua_seen = 0;

	while (txtfield_next(&r, &field)) {
		if (head->quoted)
			txtfield_unescape(&field);
		if (field.text.n == 0) {
			if (!field.last)
				findings_break(f, ISSUE_tlsrpt_empty_field, field.text);
			continue;
		}
		if (head->version == TXTFIELD_VERSION_OTHER && span_ieq(field.text, tlsrpt_version))
			continue; /* reported as a version that is not first */
		tlsrpt_field(&field, has_rua, f, out, &rua_seen);
		if (field.last && field.blank_after)
			findings_break(f, ISSUE_tlsrpt_trailing_ws,
				       span_of(field.text.p + field.text.n, 0));
	}
	if (rua_seen == 0)
		findings_break(f, ISSUE_tlsrpt_rua_missing, span_of(rest.p + rest.n, 0));
	if (out->rua_n > 1)
		findings_add(f, ISSUE_tlsrpt_rua_multiple, out->rua[1]);
}

void tlsrpt_parse(struct span txt, struct findings *f, struct tlsrpt *out)
{
	struct txtfield_head head;

	out->valid = false;
	out->rua_n = out->rua_dropped = 0;
	findings_init(f, txt.p);
	txtfield_head(txt, tlsrpt_version, &head);
	tlsrpt_head(txt, &head, f);
	size_t ascii = txtfield_ascii_span(txt);
	if (ascii < txt.n && !head.quoted)
		findings_break(f, ISSUE_tlsrpt_non_ascii, span_of(txt.p + ascii, txt.n - ascii));
	size_t from = head.version_like ? head.rest : head.skip;
	if (from > head.end)
		from = head.end;
	tlsrpt_fields(span_of(txt.p + from, head.end - from), &head, f, out);
	out->valid = f->root < 0;
	assert(!out->valid || out->rua_n > 0);
	assert(out->rua_dropped == 0 || out->rua_n == TLSRPT_RUA_MAX);
}

bool tlsrpt_meant(struct span txt)
{
	struct txtfield_head head;

	txtfield_head(txt, tlsrpt_version, &head);
	if (head.version != TXTFIELD_VERSION_OTHER)
		return true;
	struct span token = head.token;
	if (token.n >= 8 && span_ieq(span_of(token.p, 8), SPAN_LIT("v=tlsrpt")))
		return true;
	if (token.n >= 6 && span_ieq(span_of(token.p, 6), SPAN_LIT("tlsrpt")))
		return true;
	return head.rest < txt.n && tlsrpt_version_later(txt, head.rest);
}

void tlsrpt_choose(const struct span *txt, unsigned n, struct tlsrpt_choice *out)
{
	unsigned meant = n;

	*out = (struct tlsrpt_choice){.set = TLSRPT_SET_NONE};
	for (unsigned i = 0; i < n; i++) {
		if (span_starts(txt[i], tlsrpt_prefix)) {
			if (out->candidates++ == 0)
				out->chosen = i;
		} else if (meant == n && tlsrpt_meant(txt[i])) {
			meant = i;
		}
	}
	if (out->candidates > 1) {
		out->set = TLSRPT_SET_MULTIPLE;
	} else if (out->candidates == 1) {
		out->set = TLSRPT_SET_ONE;
	} else if (meant < n) {
		struct txtfield_head head;
		txtfield_head(txt[meant], tlsrpt_version, &head);
		bool fits = head.version == TXTFIELD_VERSION_OK && head.skip == 0 && !head.quoted;
		out->chosen = meant;
		out->set = n > 1 && fits ? TLSRPT_SET_DISCARDED : TLSRPT_SET_ONE;
	}
	unsigned counted = out->candidates > 0 ? out->candidates : out->set != TLSRPT_SET_NONE;
	assert(counted <= n && (out->set == TLSRPT_SET_NONE || out->chosen < n));
	assert((out->set == TLSRPT_SET_MULTIPLE) == (out->candidates > 1));
	out->others = n - counted;
}

int tlsrpt_take(const struct span *txt, unsigned n, struct tlsrpt_choice *choice,
		struct findings *f, struct tlsrpt *out)
{
	tlsrpt_choose(txt, n, choice);
	if (choice->set != TLSRPT_SET_ONE && choice->set != TLSRPT_SET_DISCARDED)
		return -1;
	tlsrpt_parse(txt[choice->chosen], f, out);
	return (int)choice->chosen;
}
