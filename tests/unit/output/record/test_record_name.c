/* The name fields of a record, as jobs and the supervisor fill them in. */
#include <criterion/criterion.h>

#include "output/record/record_name.h"
#include "parsers/name.h"

static struct arena arena;

static enum record_name fill(struct record *r, const char *text, bool too_long)
{
	cr_assert_eq(arena_init(&arena, 0, 4096), 0);
	record_init(r);
	return record_set_name(r, span_str(text), too_long, &arena);
}

Test(record_name, a_name)
{
	struct record r;

	cr_expect_eq(fill(&r, "WWW.Example.CO.UK.", false), RECORD_NAMED);
	cr_expect(span_eq(r.domain, SPAN_LIT("www.example.co.uk")));
	cr_expect(span_eq(r.registrable, SPAN_LIT("example.co.uk")));
	cr_expect(span_eq(r.tld, SPAN_LIT("uk")));
	cr_expect_eq(r.name_status, NAME_OK);
	cr_expect_eq(r.name_flags, NAME_WAS_UPPER | NAME_HAD_DOT);
	arena_release(&arena);

	cr_expect_eq(fill(&r, "localhost", false), RECORD_NAMED);
	cr_expect(span_eq(r.tld, SPAN_LIT("localhost")), "a single label is its own end");
	arena_release(&arena);
}

Test(record_name, no_name)
{
	struct record r;

	cr_expect_eq(fill(&r, "a..b", false), RECORD_NAMELESS);
	cr_expect_eq(r.name_status, NAME_LABEL_EMPTY);
	cr_expect(r.domain.p == NULL && r.tld.p == NULL && r.registrable.p == NULL);
	arena_release(&arena);

	cr_expect_eq(fill(&r, "example.org", true), RECORD_NAMELESS,
		     "what is left of a line that was cut is not what was asked for");
	cr_expect_eq(r.name_status, NAME_LINE_LONG);
	arena_release(&arena);
}

Test(record_name, no_memory)
{
	struct record r;

	cr_assert_eq(arena_init(&arena, 0, 8), 0);
	record_init(&r);
	cr_expect_eq(record_set_name(&r, SPAN_LIT("example.org"), false, &arena), RECORD_NO_MEMORY);
	cr_expect_null(r.domain.p);
	arena_release(&arena);
}
