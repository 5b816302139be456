/* sts_record.c - see sts_record.h. */
#include "parsers/sts_record.h"

#include <assert.h>

#include "parsers/txtfield.h"

static const struct span sts_version = SPAN_INIT("v=STSv1");
static const struct span sts_prefix = SPAN_INIT("v=STSv1;");

/* Fields of the policy file that people paste into the record. */
static bool sts_policy_key(struct span name)
{
	return span_ieq(name, SPAN_LIT("mx")) || span_ieq(name, SPAN_LIT("mode")) ||
	       span_ieq(name, SPAN_LIT("max_age")) || span_ieq(name, SPAN_LIT("version"));
}

static bool sts_version_later(struct span value, size_t from)
{
	struct txtfield_reader r = txtfield_start(span_of(value.p + from, value.n - from));
	struct txtfield field;

	while (txtfield_next(&r, &field))
		if (span_ieq(field.text, sts_version))
			return true;
	return false;
}

static void sts_head(struct span txt, const struct txtfield_head *head, struct findings *f)
{
	if (head->quoted)
		findings_break(f, ISSUE_sts_record_quoted,
			       head->skip > 0 ? span_of(txt.p, head->skip) : head->token);
	else if (head->skip > 0)
		findings_break(f, ISSUE_sts_record_leading_ws, span_of(txt.p, head->skip));
	switch (head->version) {
	case TXTFIELD_VERSION_OK:
		if (head->blank_before_delimiter)
			findings_add(f, ISSUE_sts_record_ws_before_delim, head->token);
		break;
	case TXTFIELD_VERSION_ALONE:
		findings_break(f, ISSUE_sts_record_no_delimiter, head->token);
		break;
	case TXTFIELD_VERSION_CASE:
		findings_break(f, ISSUE_sts_record_version_case, head->token);
		break;
	case TXTFIELD_VERSION_OTHER:
		if (head->rest < txt.n && sts_version_later(txt, head->rest))
			findings_break(f, ISSUE_sts_record_version_not_first, head->token);
		else
			findings_break(f, ISSUE_sts_record_version_invalid, head->token);
		break;
	}
}

static void sts_id(struct span data, struct findings *f, struct sts_record *out)
{
	/* The RFC does not say which of two counts. The first is what most senders take; the second
	 * must fit the grammar of an extension all the same. */
	if (out->id.p != NULL) {
		findings_add(f, ISSUE_sts_record_id_duplicate, data);
		size_t bad = txtfield_value_span(data);
		if (bad < data.n || data.n == 0)
			findings_break(f, ISSUE_sts_record_ext_value_invalid, data);
		return;
	}
	out->id = data;
	size_t i = 0;
	while (i < data.n && ((data.p[i] >= '0' && data.p[i] <= '9') ||
			      ((data.p[i] | 0x20) >= 'a' && (data.p[i] | 0x20) <= 'z')))
		i++;
	if (data.n == 0)
		findings_break(f, ISSUE_sts_record_id_empty, data);
	else if (i < data.n)
		findings_break(f, ISSUE_sts_record_id_charset, span_of(data.p + i, data.n - i));
	else if (data.n > STS_ID_MAX)
		findings_break(f, ISSUE_sts_record_id_too_long,
			       span_of(data.p + STS_ID_MAX, data.n - STS_ID_MAX));
}

static void sts_extension(struct span name, struct span data, struct findings *f)
{
	size_t bad = txtfield_value_span(data);

	if (!txtfield_name_ok(name))
		findings_break(f, ISSUE_sts_record_ext_name_invalid, name);
	else if (bad < data.n || data.n == 0)
		findings_break(f, ISSUE_sts_record_ext_value_invalid,
			       span_of(data.p + bad, data.n - bad));
	else if (sts_policy_key(name))
		findings_add(f, ISSUE_sts_record_policy_fields_in_txt, name);
	else if (span_ieq(name, SPAN_LIT("id")))
		findings_add(f, ISSUE_sts_record_id_case_beside, name);
	else
		findings_add(f, ISSUE_sts_record_unknown_field, name);
}

static void sts_no_equals(struct span text, struct findings *f)
{
	const char *colon = memchr(text.p, ':', text.n);
	struct span name = span_of(text.p, colon == NULL ? 0 : (size_t)(colon - text.p));

	if (colon != NULL && sts_policy_key(txtfield_trim(name)))
		findings_break(f, ISSUE_sts_record_policy_line_in_txt, text);
	else
		findings_break(f, ISSUE_sts_record_field_no_equals, text);
}

/* has_id: the record has a field "id" somewhere, written so. */
static void sts_field(const struct txtfield *field, bool has_id, struct findings *f,
		      struct sts_record *out)
{
	struct span name = field->name, data = field->data;

	if (name.p == NULL) {
		sts_no_equals(field->text, f);
		return;
	}
	if ((name.n > 0 && txtfield_is_blank(name.p[name.n - 1])) ||
	    (data.n > 0 && txtfield_is_blank(data.p[0]))) {
		findings_break(f, ISSUE_sts_record_ws_around_equals, field->text);
		name = txtfield_trim(name);
		data = txtfield_trim(data);
	}
	if (span_eq(name, SPAN_LIT("id"))) {
		sts_id(data, f, out);
	} else if (span_ieq(name, SPAN_LIT("id")) && !has_id && out->id.p == NULL) {
		findings_break(f, ISSUE_sts_record_id_case, name);
		out->id = data;
	} else {
		sts_extension(name, data, f);
	}
}

static void sts_fields(struct span rest, const struct txtfield_head *head, struct findings *f,
		       struct sts_record *out)
{
	struct txtfield_reader r = txtfield_start(rest);
	bool has_id = txtfield_holds(rest, SPAN_LIT("id"));
	struct txtfield field;

	while (txtfield_next(&r, &field)) {
		if (head->quoted)
			txtfield_unescape(&field);
		if (field.text.n == 0) {
			if (!field.last)
				findings_break(f, ISSUE_sts_record_empty_field, field.text);
			else if (field.blank_before || field.blank_after)
				findings_add(f, ISSUE_sts_record_ws_after_end, field.text);
			continue;
		}
		if (head->version == TXTFIELD_VERSION_OTHER && span_ieq(field.text, sts_version))
			continue; /* reported as a version that is not first */
		sts_field(&field, has_id, f, out);
		if (field.last && field.blank_after)
			findings_break(f, ISSUE_sts_record_trailing_ws,
				       span_of(field.text.p + field.text.n, 0));
	}
}

void sts_record_parse(struct span txt, struct findings *f, struct sts_record *out)
{
	struct txtfield_head head;

	*out = (struct sts_record){.id = SPAN_NULL};
	findings_init(f, txt.p);
	txtfield_head(txt, sts_version, &head);
	sts_head(txt, &head, f);
	size_t ascii = txtfield_ascii_span(txt);
	if (ascii < txt.n && !head.quoted)
		findings_break(f, ISSUE_sts_record_non_ascii,
			       span_of(txt.p + ascii, txt.n - ascii));
	/* "id=1; v=STSv1": there the first piece is a field, too. */
	size_t from = head.version_like ? head.rest : head.skip;
	if (from < head.end)
		sts_fields(span_of(txt.p + from, head.end - from), &head, f, out);
	if (out->id.p == NULL)
		findings_break(f, ISSUE_sts_record_id_missing, span_of(txt.p + txt.n, 0));
	out->valid = f->root < 0;
	assert(!out->valid || (out->id.n > 0 && out->id.n <= STS_ID_MAX));
}

/* The marker in any spelling, near the start: "stsv", or "v=sts" and "sts=" for the
 * half-remembered. */
bool sts_record_meant(struct span txt)
{
	struct txtfield_head head;

	txtfield_head(txt, sts_version, &head);
	if (head.version != TXTFIELD_VERSION_OTHER)
		return true;
	struct span token = head.token;
	if (token.n >= 5 && span_ieq(span_of(token.p, 5), SPAN_LIT("v=sts")))
		return true;
	if (token.n >= 4 && (span_ieq(span_of(token.p, 4), SPAN_LIT("sts=")) ||
			     span_ieq(span_of(token.p, 4), SPAN_LIT("stsv"))))
		return true;
	return head.rest < txt.n && sts_version_later(txt, head.rest);
}

void sts_record_choose(const struct span *txt, unsigned n, struct sts_choice *out)
{
	unsigned meant = n;

	*out = (struct sts_choice){.set = STS_SET_NONE};
	for (unsigned i = 0; i < n; i++) {
		if (span_starts(txt[i], sts_prefix)) {
			if (out->candidates++ == 0)
				out->chosen = i;
		} else if (meant == n && sts_record_meant(txt[i])) {
			meant = i;
		}
	}
	if (out->candidates > 1) {
		out->set = STS_SET_MULTIPLE;
	} else if (out->candidates == 1) {
		out->set = STS_SET_ONE;
	} else if (meant < n) {
		struct txtfield_head head;
		txtfield_head(txt[meant], sts_version, &head);
		/* "v=STSv1 ;" fits the grammar: only the company of other records undoes it. */
		bool fits = head.version == TXTFIELD_VERSION_OK && head.skip == 0 && !head.quoted;
		out->chosen = meant;
		out->set = n > 1 && fits ? STS_SET_DISCARDED : STS_SET_ONE;
	}
	unsigned counted = out->candidates > 0 ? out->candidates : out->set != STS_SET_NONE;
	assert(counted <= n && (out->set == STS_SET_NONE || out->chosen < n));
	assert((out->set == STS_SET_MULTIPLE) == (out->candidates > 1));
	out->others = n - counted;
}

int sts_record_take(const struct span *txt, unsigned n, struct sts_choice *choice,
		    struct findings *f, struct sts_record *out)
{
	sts_record_choose(txt, n, choice);
	if (choice->set != STS_SET_ONE && choice->set != STS_SET_DISCARDED)
		return -1;
	sts_record_parse(txt[choice->chosen], f, out);
	return (int)choice->chosen;
}

bool sts_record_usable(const struct span *txt, unsigned n)
{
	struct sts_choice choice;
	struct findings f;
	struct sts_record record;

	return sts_record_take(txt, n, &choice, &f, &record) >= 0 && choice.set == STS_SET_ONE &&
	       record.valid;
}
