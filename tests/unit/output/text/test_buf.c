/* A growing buffer: its limit, and that a failure sticks. */
#include <criterion/criterion.h>

#include "output/text/buf.h"

static const char a100[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
			   "012345678901234567890123456789";

Test(buf, grows_up_to_its_limit)
{
	struct buf b;

	buf_init(&b, 1000);
	cr_expect_null(b.p, "nothing is allocated yet");
	for (unsigned i = 0; i < 10; i++)
		buf_bytes(&b, a100, 100);
	cr_expect_not(b.failed);
	cr_assert_eq(b.n, 1000);
	cr_expect_eq(b.cap, 1000, "no more than it may be");
	for (unsigned i = 0; i < 10; i++)
		cr_expect_arr_eq(b.p + (size_t)100 * i, a100, 100);
	cr_expect_not(buf_room(&b, 1));
	buf_release(&b);
	cr_expect_eq(b.max, 1000, "it can be used again");
	buf_release(&b);
}

Test(buf, a_failure_sticks)
{
	struct buf b;

	buf_init(&b, 150);
	buf_bytes(&b, a100, 100);
	buf_bytes(&b, a100, 51);
	cr_expect(b.failed);
	cr_expect_eq(b.n, 100, "half of it is not written");
	cr_expect_not(buf_room(&b, 1), "though there would be room");
	cr_expect_not(buf_room(&b, 50), "likewise");
	buf_text(&b, "x");
	cr_expect_eq(b.n, 100);
	buf_reset(&b);
	cr_expect_not(b.failed);
	buf_bytes(&b, a100, 100);
	buf_bytes(&b, a100, 50);
	cr_expect_not(b.failed);
	cr_expect_eq(b.n, 150);
	buf_release(&b);
}
