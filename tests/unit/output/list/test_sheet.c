/* The sheet counts what its commands list, and tells of lines that are no names of their own. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/list/sheet.h"
#include "output/record/record_emit.h"
#include "tests/support/scratch.h"

#define NOW 1800000000
#define ROWS_MAX 64

static struct record rows[ROWS_MAX];
static unsigned rows_n;
static struct record_issue error[] = {{.code = ISSUE_policy_http_404, .severity = SEVERITY_ERROR}};

static struct record *row(const char *domain)
{
	struct record *r = &rows[rows_n++];

	record_init(r);
	r->domain = domain != NULL ? span_str(domain) : SPAN_NULL;
	r->input = span_str(domain != NULL ? domain : "no name");
	r->line = rows_n;
	r->scanned_at_ms = INT64_C(1000) * NOW;
	return r;
}

static void broken(const char *domain, enum verdict verdict)
{
	struct record *r = row(domain);

	r->verdict = verdict;
	r->issues = error;
	r->issues_n = 1;
}

static const char *advice = ""; /* '@' is the name */

static void act(void *owner, const struct record *r, struct buf *out)
{
	(void)owner;
	for (const char *at = advice; *at != '\0'; at++)
		buf_bytes(out, *at == '@' ? r->domain.p : at, *at == '@' ? r->domain.n : 1);
}

static char *sheet_of(const char *select)
{
	static char page[1 << 18];
	struct buf b;
	struct remarks remarks = {0};
	struct errmsg err = {""};
	struct select q;
	char path[128];
	const char *runs[] = {path};
	struct sheet_wish wish = {.now = NOW, .action = act};

	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i < rows_n; i++)
		cr_assert_eq(record_emit_once(&rows[i], &b), 0);
	scratch_write("results.ndjson", b.p, b.n);
	buf_release(&b);
	snprintf(path, sizeof(path), "%s/results.ndjson", scratch_dir());
	if (select != NULL) {
		cr_assert_eq(select_parse(&q, select, NOW, &err), 0);
		wish.select = &q;
	}
	memset(page, 0, sizeof(page));
	FILE *out = fmemopen(page, sizeof(page), "w");
	cr_assert_eq(sheet_write(&wish, runs, 1, out, &remarks, &err), 0, "%s", err.text);
	fclose(out);
	remarks_release(&remarks);
	return page;
}

/* How many of the records the command of a part lists. */
static unsigned listed(const char *part)
{
	static const char lead[] = "--select &#39;";
	char text[256] = "";
	struct select q;
	struct errmsg err;
	unsigned n = 0;
	const char *at = strstr(part, lead);

	cr_assert_not_null(at);
	at += strlen(lead);
	for (size_t i = 0; strncmp(at, "&#39;", 5) != 0; i++) {
		bool less = strncmp(at, "&lt;", 4) == 0;
		text[i] = less ? '<' : *at;
		at += less ? 4 : 1;
	}
	cr_assert_eq(select_parse(&q, text, NOW, &err), 0, "%s: %s", text, err.text);
	for (unsigned i = 0; i < rows_n; i++)
		n += select_matches(&q, &rows[i]);
	return n;
}

static void check_part(const char *page, const char *title)
{
	const char *at = strstr(page, title), *lists = strstr(page, "Whole lists");

	cr_assert(at != NULL && lists != NULL && strstr(lists, title) != NULL, "%s", title);
	unsigned n = listed(strstr(lists, title));
	cr_expect_eq(n, (unsigned)atoi(at + strlen(title)), "%s: %u", title, n);
}

/* How many names stand below a title. */
static unsigned shown(const char *page, const char *title)
{
	const char *at = strstr(page, title), *end;
	unsigned n = 0;

	cr_assert_not_null(at, "%s", title);
	end = strstr(at, "</table>");
	cr_assert_not_null(end);
	while ((at = strstr(at, "<th scope=row>")) != NULL && at++ < end)
		n++;
	return n;
}

Test(sheet, room_that_a_part_does_not_need_another_has)
{
	static const char loss[] = "<h2>Mail is lost", others[] = "<h2>Other errors";
	static char names[ROWS_MAX][16];

	rows_n = 0;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "n%02u.example", i);
		broken(names[i], VERDICT_BROKEN);
		rows[i].impact = IMPACT_UNPROTECTED;
	}
	/* 4 of its own, 22 that nobody's mail is lost for, and half of the 10 lines of dates. */
	cr_expect_eq(shown(sheet_of(NULL), others), 31);
	cr_expect_not_null(strstr(sheet_of(NULL), "<p class=note>And 9 more.</p>"));
	for (unsigned i = 0; i < 15; i++)
		rows[i].impact = IMPACT_MAIL_LOSS;
	cr_expect_eq(shown(sheet_of(NULL), loss), 15); /* first those who lose mail */
	cr_expect_eq(shown(sheet_of(NULL), others), 4 + 7 + 5);
	for (unsigned i = 15; i < 30; i++)
		rows[i].impact = IMPACT_MAIL_LOSS;
	cr_expect_eq(shown(sheet_of(NULL), loss), 22 + 5); /* before what can wait */
	cr_expect_eq(shown(sheet_of(NULL), others), 4);
	for (unsigned i = 15; i < 30; i++)
		rows[i].impact = IMPACT_UNPROTECTED;
	rows_n = 20; /* 15 and 5: there is room for all */
	cr_expect_eq(shown(sheet_of(NULL), others), 5);
	cr_expect_null(strstr(sheet_of(NULL), "more.</p>"));
	cr_expect_null(strstr(sheet_of(NULL), "Whole lists"));
}

Test(sheet, commands_list_what_is_counted)
{
	static char names[ROWS_MAX][16];

	rows_n = 0;
	for (unsigned i = 0; i < 50; i++) {
		snprintf(names[i], sizeof(names[i]), "n%02u.example", i);
		broken(names[i], i < 30 ? VERDICT_BROKEN : VERDICT_ENFORCE);
		rows[i].impact = i < 28 ? IMPACT_MAIL_LOSS : IMPACT_UNPROTECTED;
		if (i >= 40)
			rows[i].issues_n = 0;
		if (i >= 20)
			rows[i].policy.cert_not_after = NOW + (i < 35 ? -1 : 86400 * 365);
	}
	for (unsigned i = 0; i < 7; i++)
		broken(NULL, VERDICT_INVALID_INPUT);
	const char *page = sheet_of(NULL);
	check_part(page, "Mail is lost now: ");
	check_part(page, "Other errors: ");
	check_part(page, "Certificates of policy hosts that end within 30 days, or have ended: ");
	cr_expect_not_null(strstr(page, ">7 lines of the list could not be read as names"));
	cr_expect_null(strstr(page, "for this sheet"));
	cr_expect_null(strstr(sheet_of(""), "for this sheet"));
	cr_expect_not_null(strstr(sheet_of("verdict!=testing"), "not for this sheet"));
}

/* What differs by the name alone is one step. */
Test(sheet, a_step_is_told_once_for_all_names)
{
	rows_n = 0;
	broken("a.example", VERDICT_BROKEN);
	broken("bb.example", VERDICT_BROKEN);
	broken("io", VERDICT_BROKEN);
	advice = "Include mta-sts.@ in the certificate of @.";
	const char *page = sheet_of("domain!=io");
	cr_expect_not_null(
		strstr(page, "<td>Include mta-sts.NAME in the certificate of NAME.</tr>"));
	cr_expect_not_null(strstr(page, "Include mta-sts.bb.example in the certificate of bb."));
	cr_expect_null(strstr(page, "Differs by name"));
	page = sheet_of("domain=io");
	cr_expect_not_null(strstr(page, "<td>Include mta-sts.io in the certificate of io.</tr>"));
	cr_expect_not_null(strstr(sheet_of(NULL), "Differs by name"));
	advice = "";
}

Test(sheet, one_is_not_many)
{
	rows_n = 0;
	broken("a.example", VERDICT_BROKEN);
	broken(NULL, VERDICT_INVALID_INPUT);
	const char *page = sheet_of(NULL);
	cr_expect_not_null(strstr(page, "<b>1</b><span>name in all"));
	cr_expect_not_null(strstr(page, "has another error"));
	cr_expect_not_null(strstr(page, ">1 line of the list could not be read as a name"));
	cr_expect_null(strstr(page, "earlier line"));
}

Test(sheet, repeated_lines_are_told_of)
{
	rows_n = 0;
	for (unsigned i = 0; i < 3; i++)
		broken("a.example", VERDICT_BROKEN);
	rows[0].impact = rows[1].impact = rows[2].impact = IMPACT_MAIL_LOSS;
	broken("b.example", VERDICT_BROKEN);
	broken("aa.example", VERDICT_BROKEN);
	broken("b.example", VERDICT_BROKEN);
	cr_expect_not_null(strstr(sheet_of(NULL), ">3 lines are of a name that an earlier line "
						  "has (2 of them lose mail)."));
}

/* Of `late` names senders refuse some of the MX hosts; 22 others lose all their mail. */
static const char *late_page(unsigned late)
{
	static char names[ROWS_MAX][16];
	static struct record_issue some = {.code = ISSUE_mx_cert_expired,
					   .severity = SEVERITY_ERROR};

	rows_n = 0;
	for (unsigned i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "n%02u.example", i);
		broken(names[i], VERDICT_ENFORCE);
		rows[i].impact = i < 22 ? IMPACT_MAIL_LOSS : IMPACT_UNPROTECTED;
		if (i >= 22 && i < 22 + late)
			rows[i].issues = &some;
		cr_assert_eq(record_mail_late(&rows[i]), i >= 22 && i < 22 + late);
	}
	return sheet_of(NULL);
}

Test(sheet, rows_that_are_pointed_at_are_there)
{
	cr_expect_eq(shown(late_page(0), "<h2>Other errors"), 9);
	cr_expect_null(strstr(late_page(0), "may be late or lost:"));
	cr_expect_not_null(strstr(late_page(1), " Mail to the name in the first row may be late"));
	cr_expect_not_null(strstr(late_page(9), " Mail to the names in the first 9 rows may be"));
	cr_expect_not_null(
		strstr(late_page(10), " Mail to 10 of them may be late or lost, also to all"));
}

/* To the minute: within one there is no second time. */
Test(sheet, time_of_the_scan)
{
	rows_n = 0;
	broken("a.example", VERDICT_BROKEN);
	broken("b.example", VERDICT_BROKEN);
	rows[1].scanned_at_ms += 59999;
	cr_assert_eq(NOW % 60, 0);
	cr_expect_not_null(strstr(sheet_of(NULL), ">2027-01-15 08:00</time> UTC. This sheet"));
	rows[1].scanned_at_ms++;
	cr_expect_not_null(strstr(sheet_of(NULL), ">2027-01-15 08:00</time> to <time"));
	cr_expect_not_null(strstr(sheet_of(NULL), ">2027-01-15 08:01</time> UTC. This sheet"));
}

Test(sheet, who_is_in_testing_and_not_ready_is_told)
{
	static const char told[] = "Of those in testing 2 would lose mail if they were enforced";
	static char names[5][16];

	rows_n = 0;
	for (unsigned i = 0; i < 5; i++) {
		snprintf(names[i], sizeof(names[i]), "n%02u.example", i);
		broken(names[i], i < 3 ? VERDICT_TESTING : VERDICT_ENFORCE);
		rows[i].issues_n = 0;
	}
	cr_expect_null(strstr(sheet_of(NULL), "Of those in testing"));
	static struct record_issue none = {.code = ISSUE_mx_none_match_testing,
					   .severity = SEVERITY_WARNING};
	for (unsigned i = 1; i < 3; i++) {
		rows[i].issues = &none;
		rows[i].issues_n = 1;
	}
	cr_expect_not_null(strstr(sheet_of(NULL), told));
	rows_n = 2;
	cr_expect_not_null(
		strstr(sheet_of(NULL), "1 would lose mail if it were enforced as it is"));
}
