/* How long a fetch counts as busy follows what others take, between two limits. */
#include <criterion/criterion.h>

#include "scanner/fetch/patience.h"

static struct patience after(unsigned n, uint64_t took_ms)
{
	struct patience p;

	patience_init(&p);
	for (unsigned i = 0; i < n; i++)
		patience_answered(&p, took_ms);
	return p;
}

Test(patience, is_twice_what_is_usual)
{
	struct patience p = after(0, 0);

	cr_expect_eq(patience_ms(&p), 150, "before anything is known");
	p = after(500, 60);
	cr_expect(patience_ms(&p) >= 119 && patience_ms(&p) <= 120, "%u", patience_ms(&p));
	p = after(500, 100);
	cr_expect(patience_ms(&p) >= 199 && patience_ms(&p) <= 200, "%u", patience_ms(&p));
}

Test(patience, has_limits)
{
	struct patience p = after(500, 1);

	cr_expect_eq(patience_ms(&p), PATIENCE_MIN_MS);
	p = after(500, UINT64_MAX);
	cr_expect_eq(patience_ms(&p), PATIENCE_MAX_MS);
}

Test(patience, one_fetch_says_little)
{
	struct patience p = after(500, 60);
	uint32_t before = patience_ms(&p);

	patience_answered(&p, 3600000);
	cr_expect_lt(patience_ms(&p), before + 13, "%u after %u", patience_ms(&p), before);
	for (unsigned i = 0; i < 100; i++)
		patience_answered(&p, 60);
	cr_expect_leq(patience_ms(&p), before + 1);
	for (unsigned i = 0; i < 100; i++)
		patience_answered(&p, 90);
	cr_expect_gt(patience_ms(&p), before + 50, "but many do");
}
