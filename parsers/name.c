/*
 * name.c - from a line's text to the domain name that is scanned; see name.h.
 *
 * First the host part is cut out of whatever surrounds it, then a non-ASCII host is turned into
 * A-labels, then one pass checks and lowers what goes into the DNS. Names that are ASCII already,
 * A-labels among them, never meet IDNA: registries hold names that IDNA2008 forbids, and those are
 * to be scanned too.
 */
#include "parsers/name.h"

#include <assert.h>

#include "parsers/idna.h"
#include "parsers/netaddr.h"

/* A U-label is at most four bytes for each of its characters; what is longer cannot become a
 * name. */
#define NAME_UTF8_MAX (4 * NAME_TEXT_MAX)

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static struct span span_from(struct span s, size_t at)
{
	return span_of(s.p + at, s.n - at);
}

static struct span trim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* ---- the host part ----------------------------------------------------------------------- */

/* Length of "scheme://" (RFC 3986 3.1) or "//" at the start, 0 when there is none. */
static size_t url_prefix(struct span s)
{
	size_t at = 0;

	if (s.n > 0 && is_alpha(s.p[0])) {
		while (at < s.n && (is_alpha(s.p[at]) || is_digit(s.p[at]) || s.p[at] == '+' ||
				    s.p[at] == '-' || s.p[at] == '.'))
			at++;
		if (at == s.n || s.p[at++] != ':')
			return 0;
	}
	return s.n - at >= 2 && s.p[at] == '/' && s.p[at + 1] == '/' ? at + 2 : 0;
}

/* Cuts ":port" off, but leaves an IPv6 address alone. */
static struct span without_port(struct span s, uint32_t *flags)
{
	const char *colon = s.n > 0 ? memchr(s.p, ':', s.n) : NULL;

	if (colon == NULL)
		return s;
	for (const char *c = colon + 1; c < s.p + s.n; c++)
		if (!is_digit(*c))
			return s;
	*flags |= NAME_WAS_URL;
	return span_of(s.p, (size_t)(colon - s.p));
}

/* The host of a URL, with or without its scheme, or of an e-mail address; else the text itself. */
static struct span host_part(struct span s, uint32_t *flags)
{
	const struct span mailto = SPAN_LIT("mailto:");
	size_t prefix = url_prefix(s);

	if (prefix > 0)
		*flags |= NAME_WAS_URL;
	s = span_from(s, prefix);
	if (prefix == 0 && s.n >= mailto.n && span_ieq(span_of(s.p, mailto.n), mailto)) {
		s = span_from(s, mailto.n);
		*flags |= NAME_WAS_EMAIL;
	}

	/* A path ends the host. "example.com/@name" is a URL, so this comes before the "@". */
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '/' && s.p[i] != '?' && s.p[i] != '#')
			continue;
		s.n = i;
		if ((*flags & NAME_WAS_EMAIL) == 0)
			*flags |= NAME_WAS_URL;
	}
	const char *at = s.n > 0 ? memrchr(s.p, '@', s.n) : NULL;
	if (at != NULL) {
		s = span_from(s, (size_t)(at - s.p) + 1);
		if ((*flags & NAME_WAS_URL) == 0)
			*flags |= NAME_WAS_EMAIL;
	}
	return without_port(s, flags);
}

/* What may stand before the "@" of an address: a word, or something in quotes (RFC 5321 4.1.2). */
static bool is_local_part(struct span s)
{
	if (s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (memchr("@,; <>", s.p[i], 6) != NULL)
			return false;
	return true;
}

/* ---- the name ---------------------------------------------------------------------------- */

/* Any way of writing an address, brackets of URLs and e-mail addresses included. */
static bool is_address(struct span host)
{
	struct netaddr a;

	if (host.n > 2 && host.p[0] == '[') {
		const char *end = memchr(host.p, ']', host.n);
		if (end == NULL)
			return false;
		host = span_of(host.p + 1, (size_t)(end - host.p) - 1);
		if (host.n > 5 &&
		    span_ieq(span_of(host.p, 5), SPAN_LIT("IPv6:"))) /* RFC 5321 4.1.3 */
			host = span_from(host, 5);
	}
	return netaddr_parse(host, &a) == 0;
}

static enum name_status label_status(struct span label)
{
	if (label.n == 0)
		return NAME_LABEL_EMPTY;
	if (label.n > NAME_LABEL_MAX)
		return NAME_LABEL_LONG;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];
		if (is_control(c) || c == ' ')
			return NAME_CONTROL;
		if (c == ',' || c == ';')
			return NAME_SEVERAL;
		if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
			return NAME_CHARACTER;
	}
	return label.p[0] == '-' || label.p[label.n - 1] == '-' ? NAME_HYPHEN : NAME_OK;
}

static bool all_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* An ASCII name, without a final dot. */
static enum name_status check_name(struct span name)
{
	struct span label = name;

	if (name.n == 0)
		return NAME_EMPTY;
	if (name.n > NAME_TEXT_MAX)
		return NAME_TOO_LONG;
	for (size_t at = 0; at <= name.n; at += label.n + 1) {
		struct span rest = span_from(name, at);
		const char *dot = rest.n > 0 ? memchr(rest.p, '.', rest.n) : NULL;
		label = span_of(rest.p, dot != NULL ? (size_t)(dot - rest.p) : rest.n);
		enum name_status status = label_status(label);
		if (status != NAME_OK)
			return status;
	}
	/* No top-level domain is a number; "127.1" and the like are addresses to many programs. */
	return all_digits(label) ? NAME_ADDRESS : NAME_OK;
}

static enum name_status to_ascii(struct span host, char out[NAME_BUF])
{
	char text[NAME_UTF8_MAX + 1];

	assert(host.n > 0);
	if (host.n > NAME_UTF8_MAX)
		return NAME_TOO_LONG;
	for (size_t i = 0; i < host.n; i++)
		if (is_control(host.p[i]) || host.p[i] == ' ')
			return NAME_CONTROL;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return idna_to_ascii(text, out);
}

static struct span without_final_dot(struct span s, uint32_t *flags)
{
	if (s.n > 0 && s.p[s.n - 1] == '.') {
		*flags |= NAME_HAD_DOT;
		s.n--;
	}
	return s;
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static enum name_status normalise(struct span text, struct name *out)
{
	char ascii[NAME_BUF];

	text = trim(text);
	if (text.n == 0)
		return NAME_EMPTY;
	for (size_t i = 0; i < text.n; i++)
		if (is_control(text.p[i]))
			return NAME_CONTROL;
	struct span host = host_part(text, &out->flags);
	if ((out->flags & NAME_WAS_EMAIL) && host.p > text.p &&
	    !is_local_part(span_of(text.p, (size_t)(host.p - text.p) - 1)))
		return NAME_SEVERAL;
	if (is_address(host))
		return NAME_ADDRESS;
	if (!is_ascii(host)) {
		out->flags |= NAME_WAS_ULABEL;
		enum name_status status = to_ascii(host, ascii);
		if (status != NAME_OK)
			return status;
		host = span_str(ascii);
	}
	host = without_final_dot(host, &out->flags);
	enum name_status status = check_name(host);
	if (status != NAME_OK)
		return status;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		if (c >= 'A' && c <= 'Z') {
			out->flags |= NAME_WAS_UPPER;
			c = (char)(c + 'a' - 'A');
		}
		out->text[i] = c;
	}
	out->text[host.n] = '\0';
	out->n = host.n;
	return NAME_OK;
}

/* Of a length that a label may have, without '-' at either end. */
static bool plain_label(struct span text, size_t from, size_t to)
{
	return to > from && to - from <= NAME_LABEL_MAX && text.p[from] != '-' &&
	       text.p[to - 1] != '-';
}

/*
 * One pass for text that is a name as it stands, as nearly all of a list is: labels of letters in
 * lower case, digits, '-' and '_', no address. False for all else, good or bad: normalise() knows.
 */
static bool normalise_plain(struct span text, struct name *out)
{
	size_t start = 0; /* of the label */
	bool digits = true;

	if (text.n == 0 || text.n > NAME_TEXT_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		out->text[i] = c;
		if (is_digit(c))
			continue;
		if ((c >= 'a' && c <= 'z') || c == '-' || c == '_') {
			digits = false;
			continue;
		}
		if (c != '.' || !plain_label(text, start, i))
			return false;
		start = i + 1;
		digits = true;
	}
	if (digits || !plain_label(text, start, text.n))
		return false;
	out->text[text.n] = '\0';
	out->n = text.n;
	return true;
}

void name_normalise(struct span text, struct name *out)
{
	out->flags = 0;
	out->n = 0;
	out->status = NAME_OK;
	if (normalise_plain(text, out)) {
		assert(out->n > 0 && out->n <= NAME_TEXT_MAX);
		return;
	}
	out->text[0] = '\0';
	out->status = normalise(text, out);
	assert((out->status == NAME_OK) == (out->n > 0) && out->n <= NAME_TEXT_MAX);
}

const char *name_status_text(enum name_status status)
{
	switch (status) {
	case NAME_OK:
		return "The name is valid.";
	case NAME_EMPTY:
		return "There is no name.";
	case NAME_TOO_LONG:
		return "The name is longer than 253 bytes.";
	case NAME_LABEL_LONG:
		return "A label of the name is longer than 63 bytes.";
	case NAME_LABEL_EMPTY:
		return "A label of the name is empty: it begins with a dot or has two in a row.";
	case NAME_CONTROL:
		return "There is a control character or a blank in it.";
	case NAME_NOT_UTF8:
		return "It is neither ASCII nor valid UTF-8.";
	case NAME_IDNA:
		return "It has no A-label form: IDNA2008 forbids a character or their combination.";
	case NAME_CHARACTER:
		return "There is a character in it that no host name has.";
	case NAME_HYPHEN:
		return "A label of the name begins or ends with a hyphen.";
	case NAME_SEVERAL:
		return "There is more than one name or address in it, or words around one: write "
		       "one name a line.";
	case NAME_ADDRESS:
		return "It is an IP address, or ends in a number as no domain name does.";
	case NAME_LINE_LONG:
		return "The input line is too long for a name.";
	}
	assert(0 && "not a name_status");
	return "";
}
