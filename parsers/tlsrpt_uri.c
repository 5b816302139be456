/* tlsrpt_uri.c - see tlsrpt_uri.h. */
#include "parsers/tlsrpt_uri.h"

#include <arpa/inet.h>
#include <stdint.h>

#include "parsers/hostname.h"
#include "parsers/tlsrpt.h"
#include "parsers/txtfield.h"

static const struct span uri_mailto = SPAN_INIT("mailto:");
static const struct span uri_https = SPAN_INIT("https:");

static bool uri_istarts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_ieq(span_of(s.p, prefix.n), prefix);
}

bool tlsrpt_uri_has_scheme(struct span text)
{
	return uri_istarts(text, uri_mailto) || uri_istarts(text, uri_https);
}

static struct span uri_after(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

/* s up to the first of three bytes. */
static struct span uri_until(struct span s, char a, char b, char c)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != a && s.p[i] != b && s.p[i] != c)
		i++;
	return span_of(s.p, i);
}

static bool uri_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/*
 * Classes of bytes. A URI has these raw (RFC 3986 2; "!", "," and ";" are not among them, see RFC
 * 8460 3), a dot-atom these (RFC 5322 3.2.3) and its dots.
 */
enum { URI_RAW = 1, URI_ATOM = 2, URI_BOTH = URI_RAW | URI_ATOM };
static const uint8_t uri_marks[128] = {
	['-'] = URI_BOTH, ['.'] = URI_BOTH, ['_'] = URI_BOTH, ['~'] = URI_BOTH,	 ['#'] = URI_BOTH,
	['$'] = URI_BOTH, ['%'] = URI_BOTH, ['&'] = URI_BOTH, ['\''] = URI_BOTH, ['*'] = URI_BOTH,
	['+'] = URI_BOTH, ['/'] = URI_BOTH, ['='] = URI_BOTH, ['?'] = URI_BOTH,	 [':'] = URI_RAW,
	['@'] = URI_RAW,  ['['] = URI_RAW,  [']'] = URI_RAW,  ['('] = URI_RAW,	 [')'] = URI_RAW,
	['!'] = URI_ATOM, ['^'] = URI_ATOM, ['`'] = URI_ATOM, ['{'] = URI_ATOM,	 ['|'] = URI_ATOM,
	['}'] = URI_ATOM,
};

static unsigned uri_class(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))
		return URI_BOTH;
	return (unsigned char)c < 0x80 ? uri_marks[(unsigned char)c] : 0;
}

/* Offset of the first byte that the URI cannot have raw, or that starts a bad "%" triplet. */
static size_t uri_char_span(struct span s)
{
	size_t i = 0;

	for (; i < s.n; i++) {
		char c = s.p[i];
		if ((uri_class(c) & URI_RAW) == 0)
			return i;
		if (c == '%' && (s.n - i < 3 || !uri_hex(s.p[i + 1]) || !uri_hex(s.p[i + 2])))
			return i;
	}
	return i;
}

/* "!10m", the size limit of DMARC's rua (RFC 7489 6.2), at the end. */
static bool uri_size_suffix(struct span s)
{
	size_t i = s.n;

	if (i > 0 && strchr("kmgtKMGT", s.p[i - 1]) != NULL)
		i--;
	size_t end = i;
	while (i > 0 && s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
		i--;
	return i < end && i > 0 && s.p[i - 1] == '!';
}

static char uri_unhex(char c)
{
	return (char)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* The byte at *i, percent-decoded; *i moves behind it. The triplets are known to be good. */
static char uri_decode(struct span s, size_t *i)
{
	char c = s.p[(*i)++];

	if (c != '%' || s.n - *i < 2)
		return c;
	*i += 2;
	return (char)(uri_unhex(s.p[*i - 2]) * 16 + uri_unhex(s.p[*i - 1]));
}

/* dot-atom-text of RFC 5322 3.2.3, percent-encoded. */
static bool uri_dot_atom(struct span s)
{
	char before = '.';

	for (size_t i = 0; i < s.n;) {
		char c = uri_decode(s, &i);
		bool bad = (uri_class(c) & URI_ATOM) == 0;
		if (bad || (c == '.' && before == '.'))
			return false;
		before = c;
	}
	return before != '.';
}

/* dot-atom-text or, rarely, a quoted string. */
static bool uri_local_part(struct span s)
{
	bool quoted = s.n > 6 && span_starts(s, SPAN_LIT("%22")) && span_iends(s, SPAN_LIT("%22"));

	return quoted || uri_dot_atom(s);
}

static void uri_mailto_check(struct span uri, struct findings *f)
{
	struct span to = uri_until(uri_after(uri, uri_mailto.n), '?', '#', '#');
	const char *sign = to.n == 0 ? NULL : memchr(to.p, '@', to.n);
	size_t at;

	if (sign == NULL) {
		findings_break(f, ISSUE_tlsrpt_rua_mailto_invalid, uri);
		return;
	}
	struct span local = span_of(to.p, (size_t)(sign - to.p));
	struct span domain = uri_after(to, local.n + 1);
	if (!uri_local_part(local) || !uri_dot_atom(domain))
		findings_break(f, ISSUE_tlsrpt_rua_mailto_invalid, uri);
	else if (hostname_check(domain, &at) != HOSTNAME_OK)
		findings_add(f, ISSUE_tlsrpt_rua_domain_odd, domain);
	else if (memchr(domain.p, '.', domain.n) == NULL)
		findings_add(f, ISSUE_tlsrpt_rua_single_label, domain);
}

/* "[" and what follows, up to "]": an IPv6 address (RFC 3986 3.2.2). */
static bool uri_ipv6_literal(struct span name)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (name.n < 3 || name.n - 1 >= sizeof(text))
		return false;
	memcpy(text, name.p + 1, name.n - 1);
	text[name.n - 1] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* Brackets stand around an address only, and there is one fragment at most (RFC 3986 3). */
static bool uri_tail_ok(struct span tail)
{
	unsigned hashes = 0;

	for (size_t i = 0; i < tail.n; i++) {
		hashes += tail.p[i] == '#';
		if (tail.p[i] == '[' || tail.p[i] == ']')
			return false;
	}
	return hashes <= 1;
}

static bool uri_port_ok(struct span port)
{
	unsigned value = 0;

	for (size_t i = 0; i < port.n; i++) {
		if (port.p[i] < '0' || port.p[i] > '9' || i == 5)
			return false;
		value = value * 10 + (unsigned)(port.p[i] - '0');
	}
	return value <= 65535;
}

static void uri_https_check(struct span uri, struct findings *f)
{
	struct span rest = uri_after(uri, uri_https.n);
	size_t at;

	if (!span_starts(rest, SPAN_LIT("//"))) {
		findings_break(f, ISSUE_tlsrpt_rua_https_invalid, uri);
		return;
	}
	struct span authority = uri_until(uri_after(rest, 2), '/', '?', '#');
	struct span user = uri_until(authority, '@', '@', '@');
	bool odd = user.n < authority.n;
	struct span host = odd ? uri_after(authority, user.n + 1) : authority;
	bool literal = host.n > 0 && host.p[0] == '[';
	struct span name = uri_until(host, literal ? ']' : ':', ']', literal ? ']' : ':');
	struct span port = uri_after(host, name.n + (literal && name.n < host.n));
	if (port.n > 0 && port.p[0] == ':') {
		odd = true;
		port = uri_after(port, 1);
	} else if (port.n > 0) {
		port = SPAN_LIT("bad");
	}
	bool host_ok = literal ? uri_ipv6_literal(name) && name.n < host.n
			       : hostname_check(name, &at) == HOSTNAME_OK;
	bool tail_ok = uri_tail_ok(uri_after(rest, 2 + authority.n));
	if (!host_ok || !tail_ok || !uri_port_ok(port))
		findings_break(f, ISSUE_tlsrpt_rua_https_invalid, uri);
	else if (odd)
		findings_add(f, ISSUE_tlsrpt_https_userinfo_or_port, authority);
}

/* No scheme, or one that RFC 8460 does not define. */
static void uri_scheme_check(struct span uri, struct findings *f)
{
	size_t i = 0;

	while (i < uri.n && (((uri.p[i] | 0x20) >= 'a' && (uri.p[i] | 0x20) <= 'z') ||
			     (i > 0 && ((uri.p[i] >= '0' && uri.p[i] <= '9') ||
					(uri.p[i] != '\0' && strchr("+-.", uri.p[i]) != NULL)))))
		i++;
	bool scheme = i > 0 && i < uri.n && uri.p[i] == ':';
	/* "host:8443/x" and "a@b" have none; "http://..." and "ftp:..." do. */
	bool port = scheme && i + 1 < uri.n && uri.p[i + 1] >= '0' && uri.p[i + 1] <= '9';
	findings_break(f, scheme && !port ? ISSUE_tlsrpt_rua_scheme : ISSUE_tlsrpt_rua_no_scheme,
		       uri);
}

void tlsrpt_uri_check(struct span uri, struct findings *f)
{
	struct span blank = uri_until(uri, ' ', '\t', '\t');

	if (uri_size_suffix(uri)) {
		findings_break(f, ISSUE_tlsrpt_rua_size_suffix, uri);
		return;
	}
	if (blank.n < uri.n) {
		struct span next = txtfield_trim(uri_after(uri, blank.n));
		findings_break(f,
			       tlsrpt_uri_has_scheme(next) ? ISSUE_tlsrpt_rua_separator
							   : ISSUE_tlsrpt_rua_unencoded,
			       uri_after(uri, blank.n));
		return;
	}
	size_t bad = uri_char_span(uri);
	if (bad < uri.n) {
		if ((unsigned char)uri.p[bad] < 0x80) /* else reported for the whole record */
			findings_break(f, ISSUE_tlsrpt_rua_unencoded, uri_after(uri, bad));
		return;
	}
	if (uri_istarts(uri, uri_mailto))
		uri_mailto_check(uri, f);
	else if (uri_istarts(uri, uri_https))
		uri_https_check(uri, f);
	else
		uri_scheme_check(uri, f);
}

struct span tlsrpt_rua_domain(struct span uri)
{
	size_t at;
	struct span domain = SPAN_NULL;

	if (uri_istarts(uri, uri_mailto)) {
		struct span to = uri_until(uri_after(uri, uri_mailto.n), '?', '?', '?');
		struct span local = uri_until(to, '@', '@', '@');
		if (local.n < to.n)
			domain = uri_after(to, local.n + 1);
	} else if (uri_istarts(uri, SPAN_LIT("https://"))) {
		struct span authority = uri_until(uri_after(uri, 8), '/', '?', '#');
		struct span user = uri_until(authority, '@', '@', '@');
		if (user.n < authority.n)
			authority = uri_after(authority, user.n + 1);
		domain = uri_until(authority, ':', ':', ':');
	}
	return hostname_check(domain, &at) == HOSTNAME_OK ? domain : SPAN_NULL;
}
