/* Which directories are shards, by their names. */
#include <criterion/criterion.h>

#include "output/run/shards.h"

Test(shards, names)
{
	static const struct {
		const char *name;
		unsigned shard, shards; /* 0: it is none */
	} cases[] = {
		{"shard-1-of-1", 1, 1},
		{"shard-3-of-5", 3, 5},
		{"shard-64-of-64", 64, 64},
		{"shard-1000-of-99999", 1000, 99999},
		{"shard-0-of-5", 0, 0},
		{"shard-6-of-5", 0, 0},
		{"shard-03-of-5", 0, 0},
		{"shard-3-of-05", 0, 0},
		{"shard-3-of-5.part", 0, 0},
		{"shard-3-of-", 0, 0},
		{"shard--1-of-5", 0, 0},
		{"shard-3-of-5 ", 0, 0},
		{"Shard-3-of-5", 0, 0},
		{"shard-1-of-4294967297", 0, 0},
		{"shard-", 0, 0},
		{"", 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned shard, shards;
		bool is = shards_name(cases[i].name, &shard, &shards);
		cr_expect_eq(is, cases[i].shards > 0, "%s", cases[i].name);
		if (is) {
			cr_expect_eq(shard, cases[i].shard, "%s", cases[i].name);
			cr_expect_eq(shards, cases[i].shards, "%s", cases[i].name);
		}
	}
}
