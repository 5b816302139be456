/* What is one JSON object and what is not; never more than jansson takes. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/text/json_walk.h"
#include "tests/support/guard.h"

/* The byte behind the text is its '\n'; nothing behind that may be read. */
static bool is_object(const char *text)
{
	struct guard g = guard_copy(text, strlen(text) + 1);

	((char *)(uintptr_t)g.p)[g.n - 1] = '\n';
	bool is = json_walk_object(span_of(g.p, g.n - 1), SPAN_LIT("line"));
	guard_free(&g);
	return is;
}

Test(json_walk, objects)
{
	static const char *const good[] = {
		"{\"line\":1}",
		"{\"a\":{},\"line\":null,\"b\":[]}",
		"{\"line\":[[1,2],{\"line\":3,\"line\":4}],\"x\":true,\"y\":false}",
		"{\"line\":0,\"a\":-1.5e+10,\"b\":1E5,\"c\":0.25}",
		"{\"line\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\"}",
		"{\"line\":\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 and more than eight bytes\"}",
		"{\"line\":\"x\",\"b\":{\"c\":{\"d\":[{\"e\":1}]}}}",
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(is_object(good[i]), "%s", good[i]);
}

Test(json_walk, no_objects)
{
	static const char *const bad[] = {
		"",
		"{",
		"}",
		"[]",
		"1",
		"\"line\"",
		"{}",
		"{\"a\":1}",
		"{\"line\":1,\"line\":2}",
		"{\"line\":1,\"a\":2,\"line\":3}",
		"{\"line\":1}}",
		"{\"line\":1}{\"line\":1}",
		"{\"line\":1,}",
		"{,\"line\":1}",
		"{\"line\":}",
		"{\"line\"}",
		"{line:1}",
		"{\"line\" :1}",
		"{\"line\": 1}",
		" {\"line\":1}",
		"{\"line\":01}",
		"{\"line\":-}",
		"{\"line\":1.}",
		"{\"line\":.5}",
		"{\"line\":1e}",
		"{\"line\":+1}",
		"{\"line\":0x1}",
		"{\"line\":nul}",
		"{\"line\":True}",
		"{\"line\":'a'}",
		"{\"line\":\"a}",
		"{\"line\":\"\\\"}",
		"{\"line\":\"\\x41\"}",
		"{\"line\":\"\\u12g4\"}",
		"{\"line\":\"\\u12\"}",
		"{\"line\":\"\t\"}",
		"{\"line\":\"\x1b[2J and eight\"}",
		"{\"line\":\"\xff and eight\"}",
		"{\"line\":\"\xc3\"}",
		"{\"line\":\"\xc2\x9b\"}",
		"{\"line\":\"\xe2\x80\xae\"}",
		"{\"line\":[1,2}",
		"{\"line\":[1,]}",
		"{\"line\":{\"a\":1]}",
		"{\"line\":1,\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
		"{\"line\":1,\"a\":[1 ,2]}",
		"{\"line\":1]",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect(!is_object(bad[i]), "%s", bad[i]);
}

/* Every byte of an object changed to every other: whatever is taken, jansson takes as well. */
Test(json_walk, takes_nothing_that_jansson_refuses)
{
	static const char text[] =
		"{\"schema\":1,\"line\":12,\"a\":\"b\\u0041c\xc3\xa9 long enough\",\"n\":-1.5e3,"
		"\"l\":[true,null,{\"k\":[]}]}";
	unsigned taken = 0;

	for (size_t at = 0; at < sizeof(text) - 1; at++)
		for (unsigned byte = 1; byte < 256; byte++) {
			char changed[sizeof(text)];
			memcpy(changed, text, sizeof(text));
			changed[at] = (char)byte;
			if (!is_object(changed))
				continue;
			json_t *v = json_loads(changed, 0, NULL);
			cr_expect_not_null(v, "%s", changed);
			taken += v != NULL;
			json_decref(v);
		}
	cr_expect_gt(taken, 1000, "%u", taken);
}

/* A string of n bytes "a", `with` in place of that at `at`. */
static bool is_string(unsigned n, unsigned at, const char *with)
{
	char text[96] = "{\"line\":\"";
	size_t end = strlen(text);

	for (unsigned i = 0; i < n; i++)
		end += (size_t)snprintf(text + end, sizeof(text) - end, "%s", i == at ? with : "a");
	snprintf(text + end, sizeof(text) - end, "\"}");
	return is_object(text);
}

/* Strings are looked at in words of eight bytes: what holds at one place holds at all. */
Test(json_walk, every_byte_at_every_place_of_a_string)
{
	static const char *const good[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",   "\\n!",
					   "\\\"#",    "\\\\]",	       "\\u0022\\u005C \x7e"};
	static const char *const bad[] = {"\xc3",	  "\xc3\xe9",	  "\xe2\x82",
					  "\xf0\x9f\x98", "\xe2\x80\xae", "\xc2\x85",
					  "\xef\xbb\xbf", "\xed\xa0\x80", "\\"};
	static const unsigned lengths[] = {1, 7, 8, 9, 16, 17};
	unsigned taken = 0;

	for (size_t k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++)
		for (unsigned n = lengths[k], at = 0; at < n; at++) {
			for (unsigned byte = 1; byte < 256; byte++) {
				const char with[2] = {(char)byte, '\0'};
				const bool plain =
					byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
				const bool is = is_string(n, at, with);
				/* "a" is none of those that a reverse solidus may stand before. */
				cr_expect_eq(is, plain, "%#x at %u of %u", byte, at, n);
				taken += is;
			}
			for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
				cr_expect(is_string(n, at, good[i]), "%s at %u of %u", good[i], at,
					  n);
			for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
				cr_expect_not(is_string(n, at, bad[i]), "%s at %u of %u", bad[i],
					      at, n);
		}
	cr_expect_eq(taken, 58 * (0x7f - 0x20 - 2));
}

Test(json_walk, every_escape)
{
	for (unsigned byte = 1; byte < 256; byte++) {
		const bool hex = strchr("0123456789abcdefABCDEF", (int)byte) != NULL;
		char text[64];
		snprintf(text, sizeof(text), "{\"line\":\"\\%c\"}", byte);
		cr_expect_eq(is_object(text), strchr("\"\\/bfnrt", (int)byte) != NULL, "%s", text);
		for (unsigned at = 0; at < 4; at++) {
			snprintf(text, sizeof(text), "{\"line\":\"\\u09aF\"}");
			text[strlen("{\"line\":\"\\u") + at] = (char)byte;
			cr_expect_eq(is_object(text), hex, "%s", text);
		}
	}
}

/* As deep as sixteen, the object itself is the first. */
Test(json_walk, depth)
{
	for (unsigned depth = 1; depth <= 20; depth++)
		for (unsigned lists = 0; lists < 2; lists++) {
			char text[256] = "{\"line\":1,\"x\":[[1],{\"y\":2}],\"z\":";
			for (unsigned i = 1; i < depth; i++)
				strcat(text, lists ? "[" : "{\"line\":");
			strcat(text, "7");
			for (unsigned i = 1; i < depth; i++)
				strcat(text, lists ? "]" : "}");
			strcat(text, "}");
			cr_expect_eq(is_object(text), depth <= 16, "%u", depth);
		}
}

/* Every text of five of these characters at most is a number here when it is one for jansson. */
Test(json_walk, numbers)
{
	static const char alphabet[] = "01-+.e";
	unsigned taken = 0;

	for (unsigned n = 0; n < 6 * 6 * 6 * 6 * 6; n++) {
		char text[32], number[8] = "";
		unsigned left = n, k = 0;
		do
			number[k++] = alphabet[left % 6];
		while ((left /= 6) > 0);
		snprintf(text, sizeof(text), "{\"line\":%s}", number);
		/* jansson refuses what is out of range, which is well-formed. */
		json_error_t error;
		json_t *v = json_loads(text, 0, &error);
		const bool is = v != NULL || json_error_code(&error) == json_error_numeric_overflow;
		cr_expect_eq(is_object(text), is, "%s", text);
		taken += is;
		json_decref(v);
	}
	cr_expect_gt(taken, 100, "%u", taken);
}
