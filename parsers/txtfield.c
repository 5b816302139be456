/* txtfield.c - see txtfield.h. */
#include "parsers/txtfield.h"

#include <assert.h>
#include <stdint.h>

#include "parsers/limits.h"

struct span txtfield_trim(struct span s)
{
	while (s.n > 0 && txtfield_is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && txtfield_is_blank(s.p[0]))
		s = span_of(s.p + 1, s.n - 1);
	return s;
}

struct txtfield_reader txtfield_start(struct span value)
{
	return (struct txtfield_reader){.value = value};
}

bool txtfield_next(struct txtfield_reader *r, struct txtfield *out)
{
	if (r->done)
		return false;
	assert(r->at <= r->value.n);
	struct span raw = span_of(r->value.p + r->at, r->value.n - r->at);
	const char *end = raw.n == 0 ? NULL : memchr(raw.p, ';', raw.n);

	out->last = end == NULL;
	if (end != NULL)
		raw.n = (size_t)(end - raw.p);
	r->at += raw.n + 1;
	r->done = out->last;
	out->text = txtfield_trim(raw);
	out->blank_before = out->text.p != raw.p;
	out->blank_after = out->text.p + out->text.n != raw.p + raw.n;
	const char *equals = out->text.n == 0 ? NULL : memchr(out->text.p, '=', out->text.n);
	assert(out->text.p >= raw.p && out->text.p + out->text.n <= raw.p + raw.n);
	out->name = out->data = SPAN_NULL;
	if (equals != NULL) {
		out->name = span_of(out->text.p, (size_t)(equals - out->text.p));
		out->data = span_of(equals + 1, out->text.n - out->name.n - 1);
	}
	return true;
}

static bool txtfield_letdig(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

bool txtfield_holds(struct span value, struct span name)
{
	struct txtfield_reader r = txtfield_start(value);
	struct txtfield field;

	while (txtfield_next(&r, &field))
		if (field.name.p != NULL && span_eq(txtfield_trim(field.name), name))
			return true;
	return false;
}

bool txtfield_name_ok(struct span name)
{
	if (name.n == 0 || name.n > EXT_NAME_MAX || !txtfield_letdig(name.p[0]))
		return false;
	for (size_t i = 1; i < name.n; i++)
		if (!txtfield_letdig(name.p[i]) && name.p[i] != '_' && name.p[i] != '-' &&
		    name.p[i] != '.')
			return false;
	return true;
}

size_t txtfield_value_span(struct span data)
{
	size_t i = 0;

	while (i < data.n && data.p[i] > ' ' && data.p[i] < 0x7f && data.p[i] != ';' &&
	       data.p[i] != '=')
		i++;
	return i;
}

size_t txtfield_ascii_span(struct span s)
{
	size_t i = 0;

	for (uint64_t eight; s.n - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s.p + i, sizeof(eight));
		if ((eight & 0x8080808080808080u) != 0)
			break;
	}
	while (i < s.n && (unsigned char)s.p[i] < 0x80)
		i++;
	return i;
}

void txtfield_unescape(struct txtfield *field)
{
	if (field->text.n == 0 || field->text.p[field->text.n - 1] != '\\')
		return;
	field->text.n--;
	if (field->data.n > 0)
		field->data.n--;
}

/* Bytes that copying a record from a web page or a zone file leaves around it. */
static const struct span txtfield_quotes[] = {
	SPAN_INIT("\""),	   SPAN_INIT("'"),
	SPAN_INIT("\\"),	   SPAN_INIT("`"),
	SPAN_INIT("\xe2\x80\x9c"), SPAN_INIT("\xe2\x80\x9d"),
	SPAN_INIT("\xe2\x80\x9e"), SPAN_INIT("\xc2\xab"),
};
#define TXTFIELD_QUOTES (sizeof(txtfield_quotes) / sizeof(txtfield_quotes[0]))

static size_t txtfield_quote(struct span s)
{
	/* Nearly every record begins with its "v". */
	if (s.n == 0 || (s.p[0] >= 'a' && s.p[0] <= 'z'))
		return 0;
	for (size_t i = 0; i < TXTFIELD_QUOTES; i++)
		if (span_starts(s, txtfield_quotes[i]))
			return txtfield_quotes[i].n;
	return 0;
}

static size_t txtfield_unquoted_end(struct span s)
{
	for (size_t i = 0; i < TXTFIELD_QUOTES; i++)
		while (s.n > 0 && span_iends(s, txtfield_quotes[i]))
			s.n -= txtfield_quotes[i].n;
	return s.n;
}

void txtfield_head(struct span value, struct span version, struct txtfield_head *out)
{
	*out = (struct txtfield_head){.version = TXTFIELD_VERSION_OTHER, .end = value.n};
	for (size_t quote; out->skip < value.n; out->skip += quote) {
		struct span rest = span_of(value.p + out->skip, value.n - out->skip);
		quote = txtfield_quote(rest);
		out->quoted = out->quoted || quote > 0;
		if (quote == 0 && txtfield_is_blank(rest.p[0]))
			quote = 1;
		if (quote == 0)
			break;
	}

	struct span rest = span_of(value.p + out->skip, value.n - out->skip);
	const char *end = rest.n == 0 ? NULL : memchr(rest.p, ';', rest.n);
	struct span raw = end == NULL ? rest : span_of(rest.p, (size_t)(end - rest.p));
	size_t used = raw.n + (end != NULL);
	if (raw.n > 0 && raw.p[raw.n - 1] == '\\') {
		out->quoted = true;
		raw.n--;
	}
	out->token = txtfield_trim(raw);
	out->blank_before_delimiter = out->token.n != raw.n;
	out->rest = out->skip + used;
	if (out->quoted)
		out->end = txtfield_unquoted_end(value);
	/* "v=" and whatever, or no "=" at all: meant as the version. */
	out->version_like =
		(out->token.n >= 2 && span_ieq(span_of(out->token.p, 2), SPAN_LIT("v="))) ||
		(out->token.n > 0 && memchr(out->token.p, '=', out->token.n) == NULL);
	if (span_eq(out->token, version)) {
		out->version = end != NULL ? TXTFIELD_VERSION_OK : TXTFIELD_VERSION_ALONE;
	} else if (span_ieq(out->token, version)) {
		out->version = TXTFIELD_VERSION_CASE;
	} else if (span_starts(out->token, version)) {
		/* "v=STSv10" is another version; "v=STSv1 id=1" and "v=STSv1, id=1" lack the
		 * ";". */
		char next = out->token.p[version.n];
		if (next < '0' || next > '9') {
			out->version = TXTFIELD_VERSION_ALONE;
			out->token.n = version.n;
			out->rest = out->skip + version.n + (next == ',' || next == ':');
		}
	}
	assert(out->skip <= value.n && out->rest <= value.n && out->end <= value.n);
}
