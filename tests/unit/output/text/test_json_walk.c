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
