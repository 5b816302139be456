/* A tag as one row: how many of its names meet the conditions, and how badly off they are. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/list/list_tags.h"

/* What a name has. */
enum state { WELL, LOSES, LATE, WRONG, WARNED };

static void add(struct rowsort *rows, const char *tag, const char *name, enum state state, bool met)
{
	struct record_issue issues[2] = {
		{.code = ISSUE_mx_partial_match, .severity = SEVERITY_ERROR},
		{.code = ISSUE_tlsrpt_rua_case_beside, .severity = SEVERITY_WARNING},
	};
	struct record r;
	struct errmsg err;

	record_init(&r);
	r.domain = name[0] != '?' ? span_str(name) : SPAN_NULL;
	r.input = span_str(name);
	r.tag = tag != NULL ? span_str(tag) : SPAN_NULL;
	/* Some hosts are out of reach only where a policy is enforced. */
	r.verdict = state == LATE || state == LOSES ? VERDICT_ENFORCE : VERDICT_TESTING;
	r.impact = state == LOSES ? IMPACT_MAIL_LOSS : IMPACT_NONE;
	if (state != WELL) {
		r.issues = state == WARNED ? &issues[1] : issues;
		r.issues_n = state == WARNED ? 1 : 2;
	}
	cr_assert_eq(list_tags_add(rows, &r, met, &err), 0);
}

static void check_rows(struct rowsort *rows, bool ndjson, const char *wanted)
{
	struct errmsg err;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	cr_assert_eq(list_tags_write(rows, ndjson, out, &err), 0);
	fclose(out);
	cr_expect_str_eq(text, wanted, "%s", text);
	free(text);
	rowsort_free(rows);
}

#define HEADING "tag,names,scanned,mail_loss,mail_late,error\n"

Test(list_tags, counts)
{
	struct rowsort *rows = rowsort_new(1 << 16);

	add(rows, "b", "one.example", WELL, true);
	add(rows, "a", "two.example", WARNED, true);
	add(rows, "b", "three.example", LOSES, true);
	add(rows, "b", "four.example", LATE, true);
	add(rows, "b", "five.example", WRONG, true);
	add(rows, "b", "six.example", LOSES, false);
	add(rows, NULL, "seven.example", WRONG, true);
	add(rows, "gone", "eight.example", LOSES, false);
	add(rows, "a", "?no name", WRONG, true);
	check_rows(rows, false, HEADING "b,4,5,1,1,3\na,2,2,0,0,1\n,1,1,0,0,1\n");
}

Test(list_tags, the_worst_off_first)
{
	struct rowsort *rows = rowsort_new(1 << 16);

	/* Each would be first by what counts less. */
	add(rows, "names", "a.example", WELL, true);
	add(rows, "names", "b.example", WELL, true);
	add(rows, "names", "c.example", WELL, true);
	add(rows, "names", "d.example", WELL, true);
	add(rows, "Names", "e.example", WELL, true);
	add(rows, "errors", "f.example", WRONG, true);
	add(rows, "errors", "g.example", WRONG, true);
	add(rows, "errors", "h.example", WRONG, true);
	add(rows, "late", "i.example", LATE, true);
	add(rows, "late", "j.example", LATE, true);
	add(rows, "loss", "k.example", LOSES, true);
	add(rows, "some", "l.example", WELL, true);
	add(rows, NULL, "m.example", WELL, true);
	check_rows(rows, false,
		   HEADING "loss,1,1,1,0,1\nlate,2,2,0,2,2\nerrors,3,3,0,0,3\nnames,4,4,0,0,0\n"
			   "Names,1,1,0,0,0\nsome,1,1,0,0,0\n,1,1,0,0,0\n");
}

Test(list_tags, a_name_on_two_lines_is_one_name)
{
	struct rowsort *rows = rowsort_new(1 << 16);

	add(rows, "a", "one.example", LOSES, true);
	add(rows, "a", "one.example", LOSES, true);
	add(rows, "b", "one.example", LOSES, true);
	add(rows, "b", "one.example.org", WELL, true);
	/* A tag that begins as another one with a name does. */
	add(rows, "ab", "", WELL, true);
	check_rows(rows, true,
		   "{\"tag\":\"b\",\"names\":2,\"scanned\":2,\"mail_loss\":1,\"mail_late\":0,"
		   "\"error\":1}\n"
		   "{\"tag\":\"a\",\"names\":1,\"scanned\":1,\"mail_loss\":1,\"mail_late\":0,"
		   "\"error\":1}\n"
		   "{\"tag\":\"ab\",\"names\":1,\"scanned\":1,\"mail_loss\":0,\"mail_late\":0,"
		   "\"error\":0}"
		   "\n");
}

Test(list_tags, strange_tags)
{
	struct rowsort *rows = rowsort_new(1 << 16);

	add(rows, "", "one.example", WELL, true);
	add(rows, "=1,2", "two.example", WELL, true);
	add(rows, "1", "three.example", WELL, true);
	add(rows, "2", "four.example", WELL, true);
	check_rows(rows, false,
		   HEADING "1,1,1,0,0,0\n2,1,1,0,0,0\n\"'=1,2\",1,1,0,0,0\n,1,1,0,0,0\n");
}

Test(list_tags, nobody)
{
	struct rowsort *rows = rowsort_new(1 << 16);

	add(rows, "a", "one.example", LOSES, false);
	check_rows(rows, false, HEADING);
	check_rows(rowsort_new(1 << 16), true, "");
}

Test(list_tags, more_tags_than_memory)
{
	struct rowsort *rows = rowsort_new(1 << 16);
	char tag[16], *wanted = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&wanted, &n);

	fputs(HEADING, out);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(tag, sizeof(tag), "t%05u", i * 7919 % 20000);
		add(rows, tag, "one.example", WELL, true);
		fprintf(out, "t%05u,1,1,0,0,0\n", i);
	}
	fclose(out);
	check_rows(rows, false, wanted);
	free(wanted);
}
