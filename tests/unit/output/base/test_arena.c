/* Memory of a job: aligned, apart, capped, and all there again after a reset. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "output/base/arena.h"

#define PIECES 200u

/* Pieces of many sizes, each filled: none lies over another one, and all keep what they hold. */
Test(arena, pieces_are_aligned_and_apart)
{
	static const size_t firsts[] = {0, 16, 100, 65536};

	for (unsigned k = 0; k < 4; k++) {
		struct arena a;
		unsigned char *p[PIECES];
		cr_assert_eq(arena_init(&a, firsts[k], 1u << 24), 0);
		for (unsigned again = 0; again < 2; again++) {
			for (unsigned i = 0; i < PIECES; i++) {
				size_t n = i * i * 7 % 20000;
				p[i] = arena_alloc(&a, n);
				cr_assert_not_null(p[i]);
				cr_assert_eq((uintptr_t)p[i] % 16, 0);
				memset(p[i], (int)i, n);
			}
			bool same = true;
			for (unsigned i = 0; i < PIECES; i++)
				for (size_t j = 0; j < i * i * 7 % 20000; j++)
					same = same && p[i][j] == i;
			cr_assert(same);
			arena_reset(&a);
			cr_assert_null(a.more);
			cr_assert_eq(a.used + a.extra, 0);
			cr_assert_eq(a.room, firsts[k]);
		}
		arena_release(&a);
		cr_assert_null(a.base);
	}
}

Test(arena, nothing_has_a_place_of_its_own)
{
	struct arena a;

	cr_assert_eq(arena_init(&a, 64, 0), 0);
	char *one = arena_alloc(&a, 0), *two = arena_alloc(&a, 0);
	cr_expect(one != NULL && two == one + 16);
	arena_release(&a);
}

/* The cap is of what is asked for behind the first block, to the byte. */
Test(arena, the_cap)
{
	struct arena a;

	cr_assert_eq(arena_init(&a, 64, 16384 + 48), 0);
	cr_expect_not_null(arena_alloc(&a, 64), "the first block");
	cr_expect_not_null(arena_alloc(&a, 16), "a block of its own size");
	cr_expect_eq(a.extra, 16384);
	cr_expect_not_null(arena_alloc(&a, 16384 - 16), "all of it");
	cr_expect_null(arena_alloc(&a, 49), "more than is left");
	cr_expect_not_null(arena_alloc(&a, 48), "what is left");
	cr_expect_null(arena_alloc(&a, 1));
	cr_expect_null(arena_alloc(&a, SIZE_MAX), "nor does a size wrap around");
	cr_expect_null(arena_alloc(&a, SIZE_MAX / 2 + 1));
	arena_reset(&a);
	cr_expect_not_null(arena_alloc(&a, 64));
	cr_expect_not_null(arena_alloc(&a, 16384 + 48), "in one piece, too");
	cr_expect_null(arena_alloc(&a, 0));
	arena_release(&a);
	cr_assert_eq(arena_init(&a, 0, 16384), 0);
	cr_expect_not_null(arena_alloc(&a, 1));
	cr_expect_eq(a.extra, 16384, "a whole block, where there is room for just one");
	arena_release(&a);
}

Test(arena, copies)
{
	struct arena a;
	char text[2000];

	cr_assert_eq(arena_init(&a, 0, 1u << 20), 0);
	memset(text, 0xff, sizeof(text));
	cr_expect_null(arena_copy(&a, SPAN_NULL).p);
	struct span s = arena_copy(&a, SPAN_LIT("a\0b"));
	cr_expect(span_eq(s, SPAN_LIT("a\0b")) && s.p[3] == '\0');
	s = arena_copy(&a, SPAN_LIT(""));
	cr_expect(s.p != NULL && s.n == 0 && s.p[0] == '\0');
	s = arena_printf(&a, "%d %s", 7, "x");
	cr_expect_str_eq(s.p, "7 x");
	s = arena_printf(&a, "%.*s", 1023, text);
	cr_expect_eq(s.n, 1023);
	s = arena_printf(&a, "%.*s", 1024, text);
	cr_expect(s.n == 1023 && s.p[1023] == '\0', "cut, with an end");
	char *zeros = arena_zalloc(&a, 500);
	for (unsigned i = 0; i < 500; i++)
		cr_assert_eq(zeros[i], 0);
	arena_release(&a);
	cr_assert_eq(arena_init(&a, 16, 0), 0);
	cr_expect_null(arena_copy(&a, SPAN_LIT("0123456789abcdef")).p, "no room for the end");
	cr_expect_null(arena_zalloc(&a, 17));
	cr_expect_not_null(arena_copy(&a, SPAN_LIT("0123456789abcde")).p);
	arena_release(&a);
}
