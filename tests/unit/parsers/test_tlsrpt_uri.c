/*
 * test_tlsrpt_uri.c - every byte at every place of a URI, every triplet, sizes, hosts.
 *
 * What a place may have is written down as the characters of its RFC, so that no table of the
 * parser is asked what it holds.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "parsers/tlsrpt_uri.h"
#include "tests/support/guard.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ALNUM LETTERS DIGITS
/* RFC 3986 2.2 and 2.3, without "!", "," and ";" (RFC 8460 3) and without "%". */
#define RAW ALNUM "-._~:/?#[]@$&'()*+="
/* RFC 5322 3.2.3 */
#define ATEXT ALNUM "!#$%&'*+-/=?^_`{|}~"
#define NOTHING ISSUE_COUNT

static bool among(const char *set, int byte)
{
	return byte != 0 && strchr(set, byte) != NULL;
}

/* The one finding of a URI, NOTHING if it has none. */
static enum issue checked(const char *text, size_t n, uint32_t *offset)
{
	struct guard g = guard_copy(text, n);
	struct findings f;

	findings_init(&f, g.p);
	tlsrpt_uri_check(span_of(g.p, g.n), &f);
	cr_assert(f.n <= 1 && f.dropped == 0, "%s: %u", text, f.n);
	enum issue code = f.n == 0 ? NOTHING : f.v[0].code;
	*offset = f.n == 0 ? 0 : f.v[0].offset;
	/* What is odd is no fault of the grammar. */
	cr_expect_eq(f.n > 0 && f.v[0].breaks,
		     code != NOTHING && code != ISSUE_tlsrpt_rua_domain_odd &&
			     code != ISSUE_tlsrpt_rua_single_label &&
			     code != ISSUE_tlsrpt_https_userinfo_or_port,
		     "%s", text);
	guard_free(&g);
	return code;
}

static void expect(const char *text, size_t n, enum issue want, uint32_t want_offset)
{
	uint32_t offset;
	enum issue code = checked(text, n, &offset);

	cr_expect(code == want && offset == want_offset, "%.*s: %s at %u", (int)n, text,
		  code == NOTHING ? "nothing" : issue_info(code)->code, offset);
}

/* A place between two texts: which bytes it may have, which are odd, what all others are. */
struct place {
	const char *before, *after;
	const char *fine, *odd;
	enum issue odd_code;
	uint32_t odd_offset;
	const char *odder;
	enum issue odder_code;
	enum issue else_code; /* of what a URI may have, but not here; told of at its start */
	const char *unsaid;   /* not promised either way */
};

static const struct place places[] = {
	{"mailto:a", "b@b.example", ALNUM "-._~$&'*+=/", "", 0, 0, "", 0,
	 ISSUE_tlsrpt_rua_mailto_invalid, ""},
	{"mailto:a@b", "c.example", ALNUM "-.", "_~$&'*+=/", ISSUE_tlsrpt_rua_domain_odd, 9, "?#",
	 ISSUE_tlsrpt_rua_single_label, ISSUE_tlsrpt_rua_mailto_invalid, ""},
	{"mailto:a@b.example?x", "y", RAW, "", 0, 0, "", 0, NOTHING, "#[]"},
	{"https://b", "c.example/", ALNUM "-./?#", "@", ISSUE_tlsrpt_https_userinfo_or_port, 8, "",
	 0, ISSUE_tlsrpt_rua_https_invalid, ""},
	{"https://u", "v@b.example/", "/?#", ALNUM "-._~:$&'()*+=",
	 ISSUE_tlsrpt_https_userinfo_or_port, 8, "", 0, ISSUE_tlsrpt_rua_https_invalid, "[]"},
	{"https://b.example:1", "2/", "", DIGITS "/?#@", ISSUE_tlsrpt_https_userinfo_or_port, 8, "",
	 0, ISSUE_tlsrpt_rua_https_invalid, ""},
	{"https://[::", "1]/", DIGITS "abcdefABCDEF", "", 0, 0, "", 0,
	 ISSUE_tlsrpt_rua_https_invalid, ""},
	{"https://b.example/x", "y", ALNUM "-._~:/?#@$&'()*+=", "", 0, 0, "", 0,
	 ISSUE_tlsrpt_rua_https_invalid, ""},
	{"https://b.example/?x", "y", ALNUM "-._~:/?#@$&'()*+=", "", 0, 0, "", 0,
	 ISSUE_tlsrpt_rua_https_invalid, ""},
	{"https://b.example/#x", "y", ALNUM "-._~:/?@$&'()*+=", "", 0, 0, "", 0,
	 ISSUE_tlsrpt_rua_https_invalid, ""},
	{"https:/", "b.example", "/", "", 0, 0, "", 0, ISSUE_tlsrpt_rua_https_invalid, ""},
	/* RFC 3986 3.1: a letter, then "+", "-" and ".", too. */
	{"", "xb://d", "", LETTERS, ISSUE_tlsrpt_rua_scheme, 0, "", 0, ISSUE_tlsrpt_rua_no_scheme,
	 ""},
	{"ab", "c://d", "", ALNUM "+-.:", ISSUE_tlsrpt_rua_scheme, 0, "", 0,
	 ISSUE_tlsrpt_rua_no_scheme, ""},
	{"ab:", "c", "", LETTERS "-._~:/?#[]@$&'()*+=", ISSUE_tlsrpt_rua_scheme, 0, "", 0,
	 ISSUE_tlsrpt_rua_no_scheme, ""},
};

static enum issue wanted(const struct place *p, int byte, uint32_t *offset)
{
	*offset = 0;
	if (byte >= 0x80) /* for who reads the whole record to tell */
		return NOTHING;
	if (!among(RAW, byte)) { /* no triplet, either: what follows is none */
		*offset = (uint32_t)strlen(p->before);
		return ISSUE_tlsrpt_rua_unencoded;
	}
	if (among(p->fine, byte))
		return NOTHING;
	*offset = among(p->odd, byte) || among(p->odder, byte) ? p->odd_offset : 0;
	return among(p->odd, byte)     ? p->odd_code
	       : among(p->odder, byte) ? p->odder_code
				       : p->else_code;
}

Test(tlsrpt_uri, every_byte_at_every_place)
{
	unsigned met[ISSUE_COUNT + 1] = {0};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (int byte = 0; byte < 256; byte++) {
			const struct place *p = &places[i];
			char text[64];
			uint32_t offset;
			size_t n = strlen(p->before);
			if (among(p->unsaid, byte))
				continue;
			memcpy(text, p->before, n);
			text[n] = (char)byte;
			memcpy(text + n + 1, p->after, strlen(p->after) + 1);
			enum issue want = wanted(p, byte, &offset);
			expect(text, n + 1 + strlen(p->after), want, offset);
			met[want]++;
		}
	cr_expect_eq(met[ISSUE_tlsrpt_rua_unencoded],
		     (128 - strlen(RAW)) * sizeof(places) / sizeof(places[0]));
	cr_expect(met[NOTHING] > 0 && met[ISSUE_tlsrpt_rua_mailto_invalid] > 0 &&
		  met[ISSUE_tlsrpt_rua_https_invalid] > 0 && met[ISSUE_tlsrpt_rua_scheme] > 0 &&
		  met[ISSUE_tlsrpt_rua_no_scheme] > 0 && met[ISSUE_tlsrpt_rua_domain_odd] > 0 &&
		  met[ISSUE_tlsrpt_rua_single_label] == 2 &&
		  met[ISSUE_tlsrpt_https_userinfo_or_port] > 0);
}

/* A local part is what its triplets say; a domain with one is none that DNS has. */
Test(tlsrpt_uri, every_triplet)
{
	for (unsigned byte = 0; byte < 256; byte++)
		for (int upper = 0; upper < 2; upper++) {
			const bool atom = byte == '.' || (byte < 0x80 && among(ATEXT, (int)byte));
			char local[64], domain[64];
			snprintf(local, sizeof(local),
				 upper ? "mailto:a%%%02Xb@b.example" : "mailto:a%%%02xb@b.example",
				 byte);
			snprintf(domain, sizeof(domain),
				 upper ? "mailto:a@b%%%02Xc.example" : "mailto:a@b%%%02xc.example",
				 byte);
			expect(local, strlen(local),
			       atom ? NOTHING : ISSUE_tlsrpt_rua_mailto_invalid, 0);
			expect(domain, strlen(domain),
			       atom ? ISSUE_tlsrpt_rua_domain_odd : ISSUE_tlsrpt_rua_mailto_invalid,
			       atom ? 9 : 0);
		}
}

Test(tlsrpt_uri, wholes)
{
	static const struct {
		const char *text;
		enum issue code;
		uint32_t offset;
	} cases[] = {
		{"mailto:", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:@", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:a@", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:?to=a@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"MailTo:a@b.example", NOTHING, 0},
		{"mailto:a@b", ISSUE_tlsrpt_rua_single_label, 9},
		{"mailto:a@-b.example", ISSUE_tlsrpt_rua_domain_odd, 9},
		{"mailto:a@b.example.", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:a@.b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:a@b..example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:.a@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:a.@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:a%2E.b@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:a%2e@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:%2Ea@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		/* A quoted string has a quote at both ends, which are two. */
		{"mailto:%22a%20.%40%22@b.example", NOTHING, 0},
		{"mailto:%22@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:%22a@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		{"mailto:a%22@b.example", ISSUE_tlsrpt_rua_mailto_invalid, 0},
		/* RFC 3986 2.1: two digits of a hexadecimal number, whole. */
		{"mailto:a@b.example?%", ISSUE_tlsrpt_rua_unencoded, 19},
		{"mailto:a@b.example?%4", ISSUE_tlsrpt_rua_unencoded, 19},
		{"mailto:a@b.example?%40", NOTHING, 0},
		{"mailto:a@b.example?%aF", NOTHING, 0},
		{"mailto:a@b.example?%fA", NOTHING, 0},
		{"mailto:a@b.example?%g0", ISSUE_tlsrpt_rua_unencoded, 19},
		{"mailto:a@b.example?%0G", ISSUE_tlsrpt_rua_unencoded, 19},
		{"mailto:a@b.example?%/0", ISSUE_tlsrpt_rua_unencoded, 19},
		{"mailto:a@b.example?%0:", ISSUE_tlsrpt_rua_unencoded, 19},
		{"mailto:a@b.example?%@0", ISSUE_tlsrpt_rua_unencoded, 19},
		{"mailto:a@b.example?%0`", ISSUE_tlsrpt_rua_unencoded, 19},
		/* A blank parts two URIs, or is one that should be encoded. */
		{"mailto:a@b.example mailto:c@b.example", ISSUE_tlsrpt_rua_separator, 18},
		{"mailto:a@b.example \t HTTPS://b.example", ISSUE_tlsrpt_rua_separator, 18},
		{"mailto:a@b.example\tc", ISSUE_tlsrpt_rua_unencoded, 18},
		{"https:", ISSUE_tlsrpt_rua_https_invalid, 0},
		{"https://b.example", NOTHING, 0},
		{"https://b.example?#", NOTHING, 0},
		{"https://b.example/##", ISSUE_tlsrpt_rua_https_invalid, 0},
		{"https://@b.example/", ISSUE_tlsrpt_https_userinfo_or_port, 8},
		{"https://u:p@[2001:db8::1]:443/", ISSUE_tlsrpt_https_userinfo_or_port, 8},
		{"https://[::1]x", ISSUE_tlsrpt_rua_https_invalid, 0},
		{"a", ISSUE_tlsrpt_rua_no_scheme, 0},
		{"a:", ISSUE_tlsrpt_rua_scheme, 0},
		{"a:0", ISSUE_tlsrpt_rua_no_scheme, 0},
		{"a:9", ISSUE_tlsrpt_rua_no_scheme, 0},
		{":", ISSUE_tlsrpt_rua_no_scheme, 0},
		{"mailto", ISSUE_tlsrpt_rua_no_scheme, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(cases[i].text, strlen(cases[i].text), cases[i].code, cases[i].offset);
}

/* RFC 7489 6.2: "!", digits, a unit or none; only there, and whatever stands before it. */
Test(tlsrpt_uri, sizes)
{
	static const struct {
		const char *text;
		bool size;
	} cases[] = {
		{"mailto:a@b.example!0", true},	   {"mailto:a@b.example!9", true},
		{"mailto:a@b.example!109", true},  {"!1", true},
		{"mailto:a b!1k", true},	   {"mailto:a@b.example!", false},
		{"mailto:a@b.example!m", false},   {"mailto:a@b.example!1mm", false},
		{"mailto:a@b.example!1m.", false}, {"mailto:a!10m@b.example", false},
		{"mailto:a@b.example?!/1", false}, {"mailto:a@b.example?!1:", false},
	};
	char text[] = "mailto:a@b.example!10m";
	uint32_t offset;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum issue code = checked(cases[i].text, strlen(cases[i].text), &offset);
		cr_expect_eq(code,
			     cases[i].size ? ISSUE_tlsrpt_rua_size_suffix
					   : ISSUE_tlsrpt_rua_unencoded,
			     "%s", cases[i].text);
		cr_expect_eq(offset, cases[i].size ? 0 : strcspn(cases[i].text, "!"), "%s",
			     cases[i].text);
	}
	for (const char *c = RAW; *c != '\0'; c++) {
		text[sizeof(text) - 2] = *c;
		cr_expect_eq(checked(text, sizeof(text) - 1, &offset),
			     among(DIGITS "kmgtKMGT", *c) ? ISSUE_tlsrpt_rua_size_suffix
							  : ISSUE_tlsrpt_rua_unencoded,
			     "%s", text);
	}
}

/* Of a URI with faults, too, it is told where reports were meant to go. */
Test(tlsrpt_uri, every_byte_beside_the_domain)
{
	static const struct {
		const char *form;  /* the byte in place of "|" */
		const char *ends;  /* bytes that lead elsewhere ... */
		const char *other; /* ... there, or nowhere */
		const char *left_out;
	} cases[] = {
		{"mailto:a|b@b.example", "?@", NULL, "#"},
		{"mailto:a@b.example?x|y", "", NULL, ""},
		{"https://u|v@b.example/", "/?#", "u", "@"},
		{"https://u|v@b.example:8443/", "@", NULL, "/?#"},
		{"https://b.example/|", "", NULL, ""},
		{"https://b.example|x@y.z", "/?#", "b.example", "@:"},
		{"https://b.example:|", "@", NULL, ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int byte = 1; byte < 256; byte++) {
			char text[64];
			const char *want = "b.example";
			if (among(cases[i].left_out, byte))
				continue;
			if (among(cases[i].ends, byte))
				want = cases[i].other;
			else if (strstr(cases[i].form, "|x@y.z") != NULL)
				want = "y.z"; /* all before "@" is a user */
			snprintf(text, sizeof(text), "%s", cases[i].form);
			*strchr(text, '|') = (char)byte;
			struct span got = tlsrpt_rua_domain(span_str(text));
			cr_expect(want == NULL ? got.p == NULL : span_eq(got, span_str(want)),
				  "%s: %.*s", text, (int)got.n, got.p);
		}
}

Test(tlsrpt_uri, schemes)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
		{"mailto:", true},  {"MAILTO:x", true}, {"https:", true}, {"hTTps://", true},
		{"mailto", false},  {"http:", false},	{"https", false}, {"xmailto:", false},
		{"maiLto;", false}, {"", false},	{":", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct guard g = guard_copy(cases[i].text, strlen(cases[i].text));
		cr_expect_eq(tlsrpt_uri_has_scheme(span_of(g.p, g.n)), cases[i].has, "%s",
			     cases[i].text);
		guard_free(&g);
	}
}
