/* test_txtform.c - what dig, host, nslookup and zone files make of a TXT record, read back. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "parsers/txtform.h"
#include "tests/support/guard.h"

#define RECORD "v=STSv1; id=1;"

static const char *read_back(const char *text)
{
	static char got[2048];
	static char out[4096];
	struct guard g = guard_copy(text, strlen(text));
	struct txtform form;
	size_t at = 0;

	memset(got, 0, sizeof(got));
	if (!txtform_read(span_of(g.p, g.n), out, &form)) {
		guard_free(&g);
		return "no";
	}
	for (unsigned i = 0; i < form.n; i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "[%.*s]%u", (int)form.value[i].n,
				       form.value[i].p, form.strings[i]);
	snprintf(got + at, sizeof(got) - at, " %u", form.aliases);
	guard_free(&g);
	return got;
}

Test(txtform, forms)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{"dig +short", "\"" RECORD "\"\n", "[" RECORD "]1 0"},
		{"two strings", "\"v=STSv1; id=\" \"1;\"\n", "[" RECORD "]2 0"},
		{"strings without a blank", "\"v=STSv1; id=\"\"1;\"\n", "[" RECORD "]2 0"},
		{"behind aliases", "_mta-sts.a.example.\nb.example.\n\"" RECORD "\"\n",
		 "[" RECORD "]1 2"},
		{"its quotes taken off", "_mta-sts.a.example.\n" RECORD "\n", "[" RECORD "]1 1"},
		{"several records", "\"x\"\n\"" RECORD "\"\n", "[x]1[" RECORD "]1 0"},
		{"CRLF", "\"" RECORD "\"\r\n", "[" RECORD "]1 0"},
		{"escapes", "\"v=STSv1\\; id=\\\"1\\059\\\\\"\n", "[v=STSv1; id=\"1;\\]1 0"},
		{"dig",
		 "; <<>> DiG <<>>\n;; ANSWER SECTION:\n_mta-sts.a.example. 300 IN TXT \"" RECORD
		 "\"\n\n;; Query time: 1 msec\n",
		 "[" RECORD "]1 0"},
		{"dig with an alias",
		 "_mta-sts.a.example.\t300\tIN\tCNAME\tb.example.\nb.example."
		 "\t300\tIN\tTXT\t\"" RECORD "\"\n",
		 "[" RECORD "]1 1"},
		{"zone file", "$ORIGIN a.example.\n_mta-sts IN TXT \"" RECORD "\" ; ours\n",
		 "[" RECORD "]1 0"},
		{"zone file, parentheses",
		 "_mta-sts 1h IN TXT ( \"v=STSv1;\" ; version\n\t\" id=1;\" )\n",
		 "[" RECORD "]2 0"},
		{"zone file, no quotes", "_mta-sts TXT v=STSv1\\;\\ id=1\\;\n", "[" RECORD "]1 0"},
		{"owner left out", "a 1 IN NS x.\n  300 IN TXT \"" RECORD "\"\n",
		 "[" RECORD "]1 0"},
		{"host",
		 "_mta-sts.a.example is an alias for b.example.\nb.example descriptive text "
		 "\"" RECORD "\"\n",
		 "[" RECORD "]1 1"},
		{"nslookup", "_mta-sts.a.example\ttext = \"v=STSv1; id=\" \"1;\"\n",
		 "[" RECORD "]2 0"},
		{"aliases only", "b.example.\n", " 1"},
		{"a value", RECORD "\n", "no"},
		{"a value without a newline", "\"" RECORD "\"", "no"},
		{"a value that only looks so", "\"" RECORD "\n", "no"},
		{"two bare values", "a.example.\n" RECORD "\n" RECORD "\n", "no"},
		{"open parentheses", "a TXT ( \"x\"\n", "no"},
		{"a byte over 255", "\"\\256\"\n", "no"},
		{"nothing", "", "no"},
		{"blank lines", "\n\n", "no"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(read_back(rows[i].text), rows[i].want, "%s: %s", rows[i].name,
				 read_back(rows[i].text));
}

Test(txtform, many)
{
	static char text[80 * 8 + 1];
	static char out[sizeof(text)];
	struct txtform form;

	for (int i = 0; i < 80; i++)
		memcpy(text + 4 * (size_t)i, "\"x\"\n", 4);
	cr_assert(txtform_read(span_of(text, 320), out, &form));
	cr_expect_eq(form.n, TXTFORM_RECORDS_MAX);
	cr_expect_eq(form.dropped, 80 - TXTFORM_RECORDS_MAX);
}
