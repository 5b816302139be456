/*
 * judge_hint.c - what to write instead, for one finding of a parser, where that can be computed. A
 * hint is only given when following it is right whatever else the domain does.
 */
#include <stdarg.h>
#include <stdio.h>

#include "output/text/quote.h"
#include "parsers/hostname.h"
#include "parsers/name.h"
#include "parsers/txtfield.h"
#include "scanner/judge/judge_parts.h"

/* A hint that does not fit would tell to write something else: then there is none. */
__attribute__((format(printf, 2, 3))) static void hint_print(char out[JUDGE_HINT_MAX],
							     const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(out, JUDGE_HINT_MAX, fmt, args);
	va_end(args);
	if (n < 0 || n >= JUDGE_HINT_MAX)
		out[0] = '\0';
}

/* What the domain wrote, between `before` and `after`. What a quote cannot show byte for byte would
 * be the wrong thing to publish. */
static void hint_quote(char out[JUDGE_HINT_MAX], const char *before, struct span what,
		       const char *after)
{
	struct quote q = quote_of(what);

	if (q.exact)
		hint_print(out, "%s%s%s", before, q.text, after);
}

/* The first or the last of several values. */
static struct span hint_word(struct span s, bool last)
{
	struct span word = SPAN_NULL;

	for (size_t i = 0; i < s.n;) {
		size_t n = 0;
		while (i + n < s.n && strchr(" \t,;", s.p[i + n]) == NULL)
			n++;
		if (n > 0) {
			word = span_of(s.p + i, n);
			if (!last)
				return word;
		}
		i += n + 1;
	}
	return word;
}

/* ---- MTA-STS record ---------------------------------------------------------------------- */

/* The id that holds `at`, without what does not belong there. */
static void hint_id(struct span at, struct span value, char out[JUDGE_HINT_MAX])
{
	const char *from = at.p, *end = value.p + value.n;
	char id[STS_ID_MAX + 1];
	size_t n = 0;

	while (from > value.p && from[-1] != '=')
		from--;
	for (; from < end && *from != ';' && n < STS_ID_MAX; from++)
		if ((*from >= '0' && *from <= '9') ||
		    ((*from | 0x20) >= 'a' && (*from | 0x20) <= 'z'))
			id[n++] = *from;
	id[n] = '\0';
	if (n > 0)
		hint_print(out, "\"id=%s\" would be valid", id);
}

void judge_suggest_sts(const struct finding *one, struct span value, char out[JUDGE_HINT_MAX])
{
	if (one->code == ISSUE_sts_record_id_charset || one->code == ISSUE_sts_record_id_too_long)
		hint_id(one->at, value, out);
}

/* ---- policy ------------------------------------------------------------------------------ */

/* The line around `at` without indent and blanks before its colon. */
static void hint_line(struct span at, struct span body, char out[JUDGE_HINT_MAX])
{
	const char *start = at.p, *end = at.p, *stop = body.p + body.n;

	while (start > body.p && start[-1] != '\n' && start[-1] != '\r')
		start--;
	while (end < stop && *end != '\n' && *end != '\r')
		end++;
	struct span line = txtfield_trim(span_of(start, (size_t)(end - start)));
	const char *colon = line.n == 0 ? NULL : memchr(line.p, ':', line.n);
	if (colon == NULL)
		return;
	struct span key = txtfield_trim(span_of(line.p, (size_t)(colon - line.p)));
	struct span value =
		txtfield_trim(span_of(colon + 1, line.n - (size_t)(colon + 1 - line.p)));
	struct quote k = quote_of(key), v = quote_of(value);
	if (k.exact && v.exact)
		hint_print(out, "write \"%s: %s\"", k.text, v.text);
}

static void hint_mode(struct span at, char out[JUDGE_HINT_MAX])
{
	unsigned best = HOSTNAME_DISTANCE_MAX + 1, mode = 0;

	for (unsigned m = 0; m < mode_count; m++) {
		unsigned d = hostname_distance(at, span_str(mode_name((enum mode)m)),
					       HOSTNAME_DISTANCE_MAX);
		if (d < best) {
			best = d;
			mode = m;
		}
	}
	if (best <= HOSTNAME_DISTANCE_MAX)
		hint_print(out, "did you mean \"%s\"?", mode_name((enum mode)mode));
}

/* "604,800", "604800s", "+604800": the digits are what was meant. */
static void hint_max_age(struct span at, char out[JUDGE_HINT_MAX])
{
	uint64_t seconds = 0;

	if (at.n > 16)
		return; /* what is behind them would not be looked at */
	for (size_t i = 0; i < at.n; i++)
		if (at.p[i] >= '0' && at.p[i] <= '9')
			seconds = seconds * 10 + (uint64_t)(at.p[i] - '0');
		else if (memchr(",.'_+s ", at.p[i], 7) == NULL)
			return;
	if (seconds >= 60 && seconds <= POLICY_MAX_AGE_MAX)
		hint_print(out, "did you mean \"max_age: %llu\"?", (unsigned long long)seconds);
}

static void hint_mx_name(struct span host, char out[JUDGE_HINT_MAX])
{
	size_t at;

	if (hostname_check(host, &at) == HOSTNAME_OK)
		hint_print(out, "write \"mx: %.*s\"", (int)host.n, host.p);
}

/* What a URL, or host and port, has as its host. */
static struct span hint_url_host(struct span at)
{
	const char *slashes = memmem(at.p, at.n, "//", 2);
	struct span rest =
		slashes == NULL ? at : span_of(slashes + 2, at.n - (size_t)(slashes + 2 - at.p));
	size_t n = 0;

	while (n < rest.n && rest.p[n] != ':' && rest.p[n] != '/')
		n++;
	return span_of(rest.p, n);
}

static void hint_a_label(struct span at, char out[JUDGE_HINT_MAX])
{
	bool wild = span_starts(at, SPAN_LIT("*."));
	struct name name;

	name_normalise(wild ? span_of(at.p + 2, at.n - 2) : at, &name);
	if (name.status == NAME_OK && (name.flags & (NAME_WAS_URL | NAME_WAS_EMAIL)) == 0)
		hint_print(out, "write \"mx: %s%s\"", wild ? "*." : "", name.text);
}

static void hint_key(struct span at, char out[JUDGE_HINT_MAX])
{
	enum policy_key key = policy_key_guess(at);

	if (key != POLICY_UNKNOWN)
		hint_print(out, "did you mean \"%s\"?", policy_key_name(key));
}

/* The mx values. */
static void hint_mx(const struct finding *one, char out[JUDGE_HINT_MAX])
{
	if (one->code == ISSUE_policy_mx_trailing_dot)
		hint_quote(out, "write \"mx: ", span_of(one->at.p, one->at.n - 1), "\"");
	else if (one->code == ISSUE_policy_mx_leading_dot)
		hint_quote(out, "write \"mx: *", one->at, "\"");
	else if (one->code == ISSUE_policy_mx_priority_included)
		hint_mx_name(hint_word(one->at, true), out);
	else if (one->code == ISSUE_policy_mx_multiple_on_line)
		hint_mx_name(hint_word(one->at, false), out);
	else if (one->code == ISSUE_policy_mx_url)
		hint_mx_name(hint_url_host(one->at), out);
	else if (one->code == ISSUE_policy_mx_u_label)
		hint_a_label(one->at, out);
}

void judge_suggest_policy(const struct finding *one, struct span value, char out[JUDGE_HINT_MAX])
{
	switch (one->code) {
	case ISSUE_policy_key_typo:
	case ISSUE_policy_key_case:
		hint_key(one->at, out);
		break;
	case ISSUE_policy_leading_ws:
	case ISSUE_policy_ws_before_colon:
		hint_line(one->at, value, out);
		break;
	case ISSUE_policy_mode_invalid:
	case ISSUE_policy_mode_case:
		hint_mode(one->at, out);
		break;
	case ISSUE_policy_max_age_invalid:
	case ISSUE_policy_max_age_digits:
		hint_max_age(one->at, out);
		break;
	case ISSUE_policy_trailing_comment:
		hint_quote(out, "keep only \"", hint_word(one->at, false), "\"");
		break;
	default:
		if (one->at.n > 0)
			hint_mx(one, out);
		break;
	}
}

/* ---- TLS-RPT record ---------------------------------------------------------------------- */

void judge_suggest_tlsrpt(const struct finding *one, struct span value, char out[JUDGE_HINT_MAX])
{
	struct span at = one->at;
	const char *bang;

	(void)value;
	if (at.n == 0)
		return;
	switch (one->code) {
	case ISSUE_tlsrpt_rua_no_scheme:
		hint_quote(out,
			   memchr(at.p, '@', at.n) != NULL ? "write \"rua=mailto:"
							   : "write \"rua=https://",
			   at, "\"");
		break;
	case ISSUE_tlsrpt_rua_scheme:
		if (at.n > 7 && span_ieq(span_of(at.p, 7), SPAN_LIT("http://")))
			hint_quote(out, "did you mean \"rua=https://", span_of(at.p + 7, at.n - 7),
				   "\"?");
		break;
	case ISSUE_tlsrpt_rua_size_suffix:
		bang = memrchr(at.p, '!', at.n);
		if (bang != NULL)
			hint_quote(out, "write \"rua=", span_of(at.p, (size_t)(bang - at.p)), "\"");
		break;
	default:
		break;
	}
}
