/* Verdicts that hold in the field: situations of one kind beside each other, each with what must be
 * said and what must not. */
#include <criterion/criterion.h>

#include "tests/support/evidence.h"

#define DAY 86400
#define HOUR 3600

struct situation {
	const char *title;
	struct evidence evidence;
	unsigned cert_days;
	const char *said, *unsaid; /* codes; NULL: any */
};

static bool has(const struct record *r, const char *code)
{
	for (unsigned i = 0; i < r->issues_n; i++)
		if (strcmp(issue_info(r->issues[i].code)->code, code) == 0)
			return true;
	return false;
}

static void check_all(const struct situation *rows, size_t n)
{
	struct judge_config config;
	struct arena a;

	cr_assert_eq(arena_init(&a, 1 << 16, 1 << 20), 0);
	for (size_t i = 0; i < n; i++) {
		const struct situation *s = &rows[i];
		struct record r;
		judge_config_init(&config);
		config.cert_days = s->cert_days;
		evidence_record(&a, &s->evidence, &r);
		cr_assert_eq(judge(&config, &a, &r), 0);
		cr_expect(s->said == NULL || has(&r, s->said), "%s: no %s", s->title, s->said);
		cr_expect(s->unsaid == NULL || !has(&r, s->unsaid), "%s: %s", s->title, s->unsaid);
		arena_reset(&a);
	}
	arena_release(&a);
}

#define CHECK(rows) check_all(rows, sizeof(rows) / sizeof((rows)[0]))

/* What "soon" is depends on how long a certificate lives. */
Test(judge_field, certificates_that_end_soon)
{
	static const char soon[] = "policy_cert_expires_soon";
	static const struct situation rows[] = {
		{"six days, a moment old", {.age = 1, .not_after = 160 * HOUR}, 0, NULL, soon},
		{"six days, on the third day",
		 {.age = 72 * HOUR, .not_after = 88 * HOUR},
		 0,
		 NULL,
		 soon},
		{"six days, on the last day",
		 {.age = 140 * HOUR, .not_after = 20 * HOUR},
		 0,
		 soon,
		 NULL},
		{"45 days, ten left", {.age = 35 * DAY, .not_after = 10 * DAY}, 0, NULL, soon},
		{"45 days, six left", {.age = 39 * DAY, .not_after = 6 * DAY}, 0, soon, NULL},
		{"90 days, twenty left", {.age = 70 * DAY, .not_after = 20 * DAY}, 0, NULL, soon},
		{"90 days, twelve left", {.age = 78 * DAY, .not_after = 12 * DAY}, 0, soon, NULL},
		{"a year, twenty left", {.age = 345 * DAY, .not_after = 20 * DAY}, 0, NULL, soon},
		{"a year, twelve left", {.age = 353 * DAY, .not_after = 12 * DAY}, 0, soon, NULL},
		{"asked for 30", {.age = 70 * DAY, .not_after = 20 * DAY}, 30, soon, NULL},
		{"asked for 3", {.age = 78 * DAY, .not_after = 12 * DAY}, 3, NULL, soon},
		{"six days, asked for 1",
		 {.age = 72 * HOUR, .not_after = 88 * HOUR},
		 1,
		 NULL,
		 soon},
	};

	CHECK(rows);
}

Test(judge_field, media_types)
{
	static const char invalid[] = "policy_content_type_invalid",
			  charset[] = "policy_content_type_charset";
	static const struct situation rows[] = {
		{"several, the first is right",
		 {.content_type = "text/plain", .content_types = 2},
		 0,
		 "policy_content_type_several",
		 invalid},
		{"several, the first is wrong",
		 {.content_type = "text/html", .content_types = 2},
		 0,
		 invalid,
		 NULL},
		{"upper case", {.content_type = "TEXT/PLAIN; Charset=UTF-8"}, 0, NULL, invalid},
		{"another parameter",
		 {.content_type = "text/plain; x-charset=latin1"},
		 0,
		 NULL,
		 charset},
		{"the charset behind another",
		 {.content_type = "text/plain; format=flowed; charset=latin1"},
		 0,
		 charset,
		 NULL},
		{"two types in one header",
		 {.content_type = "text/plain, text/html"},
		 0,
		 invalid,
		 NULL},
	};

	CHECK(rows);
}
