/*
 * policy_mx.c - the value of an mx field: ["*."] Domain (RFC 8461 3.2, RFC 5321 4.1.2).
 *
 * Everything else that people write there gets its own finding, because each has its own way out.
 */
#include <assert.h>

#include "parsers/hostname.h"
#include "parsers/policy.h"
#include "parsers/txtfield.h"

static struct span mx_domain(struct span value)
{
	if (span_starts(value, SPAN_LIT("*.")))
		return span_of(value.p + 2, value.n - 2);
	return value;
}

bool policy_mx_valid(struct span value)
{
	size_t at;

	return hostname_check(mx_domain(value), &at) == HOSTNAME_OK;
}

bool policy_mx_names(struct span host)
{
	size_t at;

	return hostname_check(host, &at) == HOSTNAME_OK && hostname_labels(host) > 1 &&
	       !hostname_is_ipv4(host);
}

static bool mx_has(struct span s, char c)
{
	return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

static bool mx_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

static size_t mx_word(struct span s)
{
	size_t i = 0;

	while (i < s.n && !txtfield_is_blank(s.p[i]))
		i++;
	return i;
}

/* Only hexadecimal digits, colons and dots, at least two colons. */
static bool mx_is_ipv6(struct span s)
{
	unsigned colons = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == ':')
			colons++;
		else if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') ||
			   c == '.'))
			return false;
	}
	return colons >= 2;
}

/* "10 mail.example.com", "Priority 5: mail.example.com". */
static bool mx_has_priority(struct span value)
{
	size_t first = mx_word(value);
	struct span word = span_of(value.p, first);
	struct span rest = txtfield_trim(span_of(value.p + first, value.n - first));

	if (rest.n == 0)
		return false;
	if (word.n > 0 && (word.p[word.n - 1] == ':' || word.p[word.n - 1] == ','))
		word.n--;
	if (span_ieq(word, SPAN_LIT("priority")) || span_ieq(word, SPAN_LIT("mx")))
		return true;
	return mx_digits(word);
}

/* What a value with a blank, a comma or a semicolon inside is. */
static enum issue mx_several(struct span value)
{
	size_t first = mx_word(value);
	struct span rest = txtfield_trim(span_of(value.p + first, value.n - first));

	if (rest.n > 0 &&
	    (rest.p[0] == '#' || rest.p[0] == '(' || span_starts(rest, SPAN_LIT("//"))))
		return ISSUE_policy_trailing_comment;
	if (mx_has_priority(value))
		return ISSUE_policy_mx_priority_included;
	return ISSUE_policy_mx_multiple_on_line;
}

static enum issue mx_character(struct span value)
{
	assert(value.n > 0);
	if (value.p[0] == '[' || mx_is_ipv6(value))
		return ISSUE_policy_mx_ip_literal;
	if (mx_has(value, '@'))
		return ISSUE_policy_mx_email;
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] >= 0x80)
			return ISSUE_policy_mx_u_label;
	if (mx_has(value, ' ') || mx_has(value, '\t') || mx_has(value, ',') || mx_has(value, ';'))
		return mx_several(value);
	if (mx_has(value, ':') || mx_has(value, '/'))
		return ISSUE_policy_mx_url;
	if (mx_has(value, '*'))
		return ISSUE_policy_mx_wildcard_invalid;
	return ISSUE_policy_mx_invalid;
}

static enum issue mx_fault(struct span value, enum hostname_fault fault)
{
	assert(value.n > 0 && fault != HOSTNAME_OK);
	if (fault == HOSTNAME_CHARACTER)
		return mx_character(value);
	if (fault == HOSTNAME_EMPTY || fault == HOSTNAME_LABEL_EMPTY) {
		size_t at;
		if (value.p[0] == '*')
			return ISSUE_policy_mx_wildcard_invalid; /* "*." */
		if (value.n > 1 && value.p[value.n - 1] == '.' &&
		    hostname_check(span_of(value.p, value.n - 1), &at) == HOSTNAME_OK)
			return ISSUE_policy_mx_trailing_dot;
		if (value.n > 1 && value.p[0] == '.' &&
		    hostname_check(span_of(value.p + 1, value.n - 1), &at) == HOSTNAME_OK)
			return ISSUE_policy_mx_leading_dot;
	}
	return ISSUE_policy_mx_invalid;
}

int policy_mx_check(struct span value, bool *breaks)
{
	struct span domain = mx_domain(value);
	size_t at;

	*breaks = true;
	if (value.n == 0)
		return ISSUE_policy_mx_empty;
	enum hostname_fault fault = hostname_check(domain, &at);
	if (fault != HOSTNAME_OK) {
		/* "*.example.com." is a trailing dot, too. */
		if (domain.p != value.p && domain.n > 1 && domain.p[domain.n - 1] == '.' &&
		    policy_mx_valid(span_of(value.p, value.n - 1)))
			return ISSUE_policy_mx_trailing_dot;
		return mx_fault(value, fault);
	}
	*breaks = false;
	assert(policy_mx_valid(value));
	/* Domain of RFC 5321 4.1.2 lets a single label and four numbers pass: neither breaks. */
	if (memchr(domain.p, '.', domain.n) == NULL && domain.p == value.p)
		return ISSUE_policy_mx_single_label;
	return hostname_is_ipv4(domain) ? ISSUE_policy_mx_ip : -1;
}
