/* From the text of a line to a name, or to the reason why there is none. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "parsers/name.h"
#include "tests/support/guard.h"

#define UPPER NAME_WAS_UPPER
#define DOT NAME_HAD_DOT
#define ULABEL NAME_WAS_ULABEL
#define URL NAME_WAS_URL
#define EMAIL NAME_WAS_EMAIL
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct name normalise(struct span text)
{
	struct guard g = guard_copy(text.p, text.n);
	struct name name;

	name_normalise(span_of(g.p, g.n), &name);
	guard_free(&g);
	return name;
}

static const struct {
	const char *text, *want;
	unsigned flags;
} good_names[] = {
	{"example.com", "example.com", 0},
	{"EXAMPLE.Com", "example.com", UPPER},
	{"example.com.", "example.com", DOT},
	{"  example.com\t", "example.com", 0},
	{"com", "com", 0},
	{"_dmarc.example.com", "_dmarc.example.com", 0},
	{"a_b.example", "a_b.example", 0},
	{"3com.com", "3com.com", 0},
	{"1.2.3.example", "1.2.3.example", 0},
	{"1.2.3.4a", "1.2.3.4a", 0},
	{"a--b.example", "a--b.example", 0},
	/* U-labels */
	{"bücher.example", "xn--bcher-kva.example", ULABEL},
	{"BÜCHER.Example.", "xn--bcher-kva.example", ULABEL | DOT},
	{"bu\xcc\x88"
	 "cher.example",
	 "xn--bcher-kva.example", ULABEL},
	{"faß.example", "xn--fa-hia.example", ULABEL},
	{"βόλος.example", "xn--nxasmm1c.example", ULABEL},
	{"日本語。ＪＰ", "xn--wgv71a119e.jp", ULABEL},
	{"日本語。jp。", "xn--wgv71a119e.jp", ULABEL | DOT},
	{"ελλάδα.gr", "xn--hxakic4aa.gr", ULABEL},
	{"مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv", ULABEL},
	{"ex\xc2\xad"
	 "ample.com",
	 "example.com", ULABEL}, /* a soft hyphen */
	/* A-labels are taken as they are, IDNA2008 or not */
	{"xn--bcher-kva.example", "xn--bcher-kva.example", 0},
	{"XN--BCHER-KVA.example", "xn--bcher-kva.example", UPPER},
	{"xn--i-7iq.ws", "xn--i-7iq.ws", 0},
	/* URLs */
	{"https://example.com", "example.com", URL},
	{"x-y+z.1://example.com", "example.com", URL},
	{"HTTPS://Example.COM/Path?q#f", "example.com", URL | UPPER},
	{"http://example.com:8080/", "example.com", URL},
	{"http://user:p@ss@example.com/", "example.com", URL},
	{"http://example.com?x=/@other", "example.com", URL},
	{"http://example.com#@other", "example.com", URL},
	{"svn+ssh://example.com./x", "example.com", URL | DOT},
	{"//example.com/x", "example.com", URL},
	{"example.com/", "example.com", URL},
	{"example.com/@name", "example.com", URL},
	{"example.com:443", "example.com", URL},
	{"example.com:", "example.com", URL},
	{"https://bücher.example/a b", "xn--bcher-kva.example", URL | ULABEL},
	{"https://example.com/\xff", "example.com", URL},
	/* e-mail addresses */
	{"user@example.com", "example.com", EMAIL},
	{"\"a@b\"@Example.com", "example.com", EMAIL | UPPER},
	{"mailto:user@example.com?subject=x", "example.com", EMAIL},
	{"MAILTO:user@example.com", "example.com", EMAIL},
	{"müller@bücher.example", "xn--bcher-kva.example", EMAIL | ULABEL},
	{"@example.com", "example.com", EMAIL},
};

Test(good, table)
{
	for (size_t i = 0; i < COUNT(good_names); i++) {
		struct name name = normalise(span_str(good_names[i].text));
		cr_expect_eq(name.status, NAME_OK, "'%s': %s", good_names[i].text,
			     name_status_text(name.status));
		cr_expect_str_eq(name.text, good_names[i].want);
		cr_expect_eq(name.n, strlen(good_names[i].want));
		cr_expect_eq(name.flags, good_names[i].flags, "'%s': flags %x", good_names[i].text,
			     name.flags);
	}
}

#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const char *text;
	size_t n;
	enum name_status want;
} bad_names[] = {
	{BYTES(""), NAME_EMPTY},
	{BYTES(" \t "), NAME_EMPTY},
	{BYTES("."), NAME_EMPTY},
	{BYTES("https://"), NAME_EMPTY},
	{BYTES("https:///path"), NAME_EMPTY},
	{BYTES("user@"), NAME_EMPTY},
	{BYTES(":80"), NAME_EMPTY},
	{BYTES(".."), NAME_LABEL_EMPTY},
	{BYTES(".example.com"), NAME_LABEL_EMPTY},
	{BYTES("example..com"), NAME_LABEL_EMPTY},
	{BYTES("example.com.."), NAME_LABEL_EMPTY},
	{BYTES("ü..de"), NAME_LABEL_EMPTY},
	/* control bytes and blanks */
	{BYTES("exa\0mple.com"), NAME_CONTROL},
	{BYTES("\0"), NAME_CONTROL},
	{BYTES("example.com\0"), NAME_CONTROL},
	{BYTES("bü\0cher.example"), NAME_CONTROL},
	{BYTES("exam\tple.com"), NAME_CONTROL},
	{BYTES("exam ple.com"), NAME_CONTROL},
	{BYTES("b ü.example"), NAME_CONTROL},
	{BYTES("example.com\x1b[31m"), NAME_CONTROL},
	{BYTES("example.com\x7f"), NAME_CONTROL},
	{BYTES("https://example.com/\x01"), NAME_CONTROL},
	{BYTES("example.com\r"), NAME_CONTROL},
	/* broken UTF-8: a lone byte, cut, overlong, surrogate, beyond Unicode */
	{BYTES("b\xfc"
	       "cher.example"),
	 NAME_NOT_UTF8},
	{BYTES("b\xc3"), NAME_NOT_UTF8},
	{BYTES("a\xc0\xaf.example"), NAME_NOT_UTF8},
	{BYTES("a\xed\xa0\x80.example"), NAME_NOT_UTF8},
	{BYTES("a\xf4\x90\x80\x80.example"), NAME_NOT_UTF8},
	{BYTES("\xff\xfe"
	       "e"),
	 NAME_NOT_UTF8},
	/* IDNA */
	{BYTES("i❤.ws"), NAME_IDNA},
	{BYTES("\xe2\x80\x8d.example"), NAME_IDNA},
	{BYTES("\xcc\x88"
	       "a.example"),
	 NAME_IDNA},
	{BYTES("א1a.example"), NAME_IDNA},
	{BYTES("ü.xn--a.example"), NAME_IDNA},
	{BYTES("\xc2\x80.example"), NAME_IDNA},
	/* characters */
	{BYTES("*.example.com"), NAME_CHARACTER},
	{BYTES("exam!ple.com"), NAME_CHARACTER},
	{BYTES("\"example.com\""), NAME_CHARACTER},
	{BYTES("a%2eb.com"), NAME_CHARACTER},
	{BYTES("a\\.b.com"), NAME_CHARACTER},
	{BYTES("https://good.example\\@x.example"), NAME_OK},
	{BYTES("example.com:80:80"), NAME_CHARACTER},
	{BYTES("example.com:http"), NAME_CHARACTER},
	{BYTES("fe80::1%eth0"), NAME_CHARACTER},
	{BYTES("[::1"), NAME_CHARACTER},
	/* several */
	{BYTES("example.com,x"), NAME_SEVERAL},
	{BYTES("a.example;b.example"), NAME_SEVERAL},
	{BYTES("c@c.example, d@d.example"), NAME_SEVERAL},
	{BYTES("c@c.example;d@d.example"), NAME_SEVERAL},
	{BYTES("c@c.example d@d.example"), NAME_SEVERAL},
	{BYTES("mailto:c@c.example,d@d.example"), NAME_SEVERAL},
	{BYTES("foo, bar@z.example"), NAME_SEVERAL},
	{BYTES("Hans Maier hans@y.example"), NAME_SEVERAL},
	{BYTES("a@b@c.example"), NAME_SEVERAL},
	{BYTES("\"a, b@c\"@d.example"), NAME_OK},
	{BYTES("mailto:a@b.example"), NAME_OK},
	/* hyphens */
	{BYTES("-a.example"), NAME_HYPHEN},
	{BYTES("a-.example"), NAME_HYPHEN},
	{BYTES("a.-"), NAME_HYPHEN},
	/* addresses */
	{BYTES("192.0.2.1"), NAME_ADDRESS},
	{BYTES("192.0.2.1."), NAME_ADDRESS},
	{BYTES("192.0.2.0/24"), NAME_ADDRESS},
	{BYTES("http://192.0.2.1:80/"), NAME_ADDRESS},
	{BYTES("user@[192.0.2.1]"), NAME_ADDRESS},
	{BYTES("user@[IPv6:2001:db8::1]"), NAME_ADDRESS},
	{BYTES("2001:db8::1"), NAME_ADDRESS},
	{BYTES("::1"), NAME_ADDRESS},
	{BYTES("https://[2001:db8::1]:443/"), NAME_ADDRESS},
	{BYTES("127.1"), NAME_ADDRESS},
	{BYTES("2130706433"), NAME_ADDRESS},
	{BYTES("999.999.999.999"), NAME_ADDRESS},
	{BYTES("１２７.0.0.1"), NAME_ADDRESS},
};

Test(bad, table)
{
	for (size_t i = 0; i < COUNT(bad_names); i++) {
		struct name name = normalise(span_of(bad_names[i].text, bad_names[i].n));
		cr_expect_eq(name.status, bad_names[i].want, "row %zu '%s': %s", i,
			     bad_names[i].text, name_status_text(name.status));
		if (name.status != NAME_OK) {
			cr_expect_eq(name.n, 0);
			cr_expect_str_empty(name.text);
		}
	}
}

/* Labels of 63 with dots: text of n bytes. */
static void fill(char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text[i] = i % 64 == 63 ? '.' : 'a';
}

Test(limits, length_of_name)
{
	char text[300];

	fill(text, sizeof(text));
	cr_expect_eq(normalise(span_of(text, 253)).status, NAME_OK);
	cr_expect_eq(normalise(span_of(text, 254)).status, NAME_TOO_LONG);
	text[253] = '.';
	cr_expect_eq(normalise(span_of(text, 254)).status, NAME_OK, "a final dot does not count");
	text[252] = '.';
	cr_expect_eq(normalise(span_of(text, 254)).status, NAME_LABEL_EMPTY);
}

Test(limits, length_of_label)
{
	char text[80];

	memset(text, 'a', sizeof(text));
	cr_expect_eq(normalise(span_of(text, 63)).status, NAME_OK);
	cr_expect_eq(normalise(span_of(text, 64)).status, NAME_LABEL_LONG);
	memcpy(text + 63, ".de", 3);
	cr_expect_eq(normalise(span_of(text, 66)).status, NAME_OK);
	memcpy(text + 63, "a.de", 4);
	cr_expect_eq(normalise(span_of(text, 67)).status, NAME_LABEL_LONG);
}

Test(limits, u_labels)
{
	char text[2 * NAME_TEXT_MAX * 4];
	size_t n = 0;

	/* "xn--" + 56 a + "-" + two digits is 63; one more is too much */
	for (size_t a = 50; a <= 70; a++) {
		memset(text, 'a', a);
		memcpy(text + a, "ü.de", 5);
		struct name name = normalise(span_of(text, a + 5));
		cr_expect(name.status == (a <= 55 ? NAME_OK : NAME_LABEL_LONG), "%zu: %s", a,
			  name_status_text(name.status));
	}
	for (int i = 0; i < 60; i++) {
		memcpy(text + n, "aaaaü.", 7);
		n += 7;
	}
	cr_expect_eq(normalise(span_of(text, n)).status, NAME_TOO_LONG);
	for (n = 0; n + 2 < sizeof(text); n += 2)
		memcpy(text + n, "ü", 2);
	cr_expect_eq(normalise(span_of(text, n)).status, NAME_TOO_LONG);
}

Test(limits, labels_without_end)
{
	char text[INPUT_LINE_MAX];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '.' : 'a';
	cr_expect_eq(normalise(span_of(text, 1000)).status, NAME_TOO_LONG);
	cr_expect_eq(normalise(span_of(text, sizeof(text))).status, NAME_TOO_LONG);
	memset(text, '.', sizeof(text));
	cr_expect_eq(normalise(span_of(text, sizeof(text))).status, NAME_TOO_LONG);
	memset(text, '@', sizeof(text));
	cr_expect_eq(normalise(span_of(text, sizeof(text))).status, NAME_SEVERAL);
}

Test(status, has_a_sentence_each)
{
	for (int s = NAME_OK; s <= NAME_SEVERAL; s++) {
		const char *text = name_status_text((enum name_status)s);
		cr_expect_gt(strlen(text), 10);
		cr_expect_eq(text[strlen(text) - 1], '.');
		for (int t = NAME_OK; t < s; t++)
			cr_expect_str_neq(text, name_status_text((enum name_status)t));
	}
}

static void with(char *out, size_t room, const char *form, char byte)
{
	snprintf(out, room, "%s", form);
	char *at = strchr(out, '|');
	if (at != NULL)
		*at = byte;
}

/* Every byte inside a name and at its ends: as it is, in lower case, left out, or no name. */
Test(bytes, of_names)
{
	static const char kept[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned good = 0, bad = 0;

	for (unsigned byte = 1; byte < 256; byte++) {
		const char c = (char)byte,
			   low = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
		const bool letdig = strchr(kept, low) != NULL;
		const bool blank = c == ' ' || c == '\t';
		if (strchr("@/?#:\\", c) != NULL)
			continue; /* of addresses and URLs; the tables have these */
		struct {
			const char *form, *want; /* the byte in place of "|" */
			bool is;
		} places[] = {
			{"a|b.example", "a|b.example", letdig || strchr("-_.", c) != NULL},
			{"a|.example", "a|.example", letdig || c == '_'},
			{"|a.example", blank ? "a.example" : "|a.example",
			 letdig || c == '_' || blank},
			{"example.a|", c == '.' || blank ? "example.a" : "example.a|",
			 letdig || c == '_' || c == '.' || blank},
		};
		for (size_t i = 0; i < COUNT(places); i++) {
			char text[32], want[32];
			with(text, sizeof(text), places[i].form, c);
			with(want, sizeof(want), places[i].want, low);
			struct name name = normalise(span_str(text));
			cr_expect_eq(name.status == NAME_OK, places[i].is, "%#x: %s: %d", byte,
				     text, name.status);
			cr_expect(!places[i].is || strcmp(name.text, want) == 0, "%s: %s", text,
				  name.text);
			cr_expect(byte < 0x80 || name.status == NAME_NOT_UTF8, "%#x", byte);
			*(places[i].is ? &good : &bad) += 1;
		}
	}
	cr_expect(good > 250 && bad > 500, "%u %u", good, bad);
}

/* The limit is that of the name which is asked for, not of what was written. */
Test(limits, length_of_a_name_with_a_u_label)
{
	for (size_t n = 240; n <= 270; n++) {
		char text[300] = "b\u00fccher", want[300] = "xn--bcher-kva";
		size_t at = strlen(text), to = strlen(want);
		for (unsigned i = 0; to < n; i++) {
			/* No label is empty, the last one neither. */
			const char c = i % 50 == 0 && n - to > 1 ? '.' : 'a';
			text[at++] = c;
			want[to++] = c;
		}
		struct name name = normalise(span_of(text, at));
		cr_expect_eq(name.status, n <= NAME_TEXT_MAX ? NAME_OK : NAME_TOO_LONG, "%zu: %d",
			     n, name.status);
		cr_expect(n > NAME_TEXT_MAX || (name.n == n && strcmp(name.text, want) == 0),
			  "%zu: %s", n, name.text);
	}
}
