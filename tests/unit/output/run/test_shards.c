/* Which directories are shards, by their names. */
#include <criterion/criterion.h>

#include <stdio.h>

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

#define SHARDS 12u

/* Of 12 shards in a directory those that `here` names, some of them twice; what is remarked. */
static struct remarks judged(const char *here, struct run_set *set)
{
	static struct runinfo info[2 * SHARDS];
	static char paths[2 * SHARDS][32];
	struct shard_run runs[2 * SHARDS];
	struct remarks remarks = {0};
	struct errmsg err = {""};
	unsigned n = 0;

	for (const char *p = here; *p != '\0'; p++) {
		unsigned shard = (unsigned)(*p >= 'a' ? *p - 'a' + 10 : *p - '0');
		info[n] = (struct runinfo){.version = "1",
					   .inputs_n = 1,
					   .inputs = {{.path = "list", .sha256 = "ab"}},
					   .shard = shard,
					   .shards = SHARDS};
		snprintf(paths[n], sizeof(paths[n]), "run%u", n);
		runs[n] = (struct shard_run){.path = paths[n],
					     .folder = 0,
					     .shard = shard,
					     .shards = SHARDS,
					     .info = &info[n]};
		n++;
	}
	*set = (struct run_set){0};
	cr_assert_eq(shards_judge(set, runs, n, &remarks, &err), 0, "%s", err.text);
	return remarks;
}

Test(shards, which_are_not_here)
{
	static const struct {
		const char *here; /* 1 to 9, a for 10 ... */
		unsigned missing, doubled;
		const char *remarks[3];
	} cases[] = {
		{"123456789abc", 0, 0, {NULL}},
		{"cba987654321", 0, 0, {NULL}},
		{"23456789abc", 1, 0, {"1 of the 12 shards of list is not here: 1"}},
		{"123456789ab", 1, 0, {"1 of the 12 shards of list is not here: 12"}},
		{"3456789abc", 2, 0, {"2 of the 12 shards of list are not here: 1 to 2"}},
		{"125678c", 5, 0, {"5 of the 12 shards of list are not here: 3 to 4, 9 to 11"}},
		{"13579b", 6, 0, {"6 of the 12 shards of list are not here: 2, 4, 6, 8, 10, 12"}},
		{"7", 11, 0, {"11 of the 12 shards of list are not here: 1 to 6, 8 to 12"}},
		{"123345678889abc",
		 0,
		 3,
		 {"shard 3 of 12 is here twice: run2 and run3",
		  "shard 8 of 12 is here twice: run8 and run9",
		  "shard 8 of 12 is here twice: run9 and run10"}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run_set set;
		struct remarks told = judged(cases[i].here, &set);
		unsigned want = 0;
		cr_expect_eq(set.shards_missing, cases[i].missing, "%s", cases[i].here);
		cr_expect_eq(set.shards_doubled, cases[i].doubled, "%s", cases[i].here);
		while (want < 3 && cases[i].remarks[want] != NULL)
			want++;
		cr_assert_eq(told.n, want, "%s: %u", cases[i].here, told.n);
		for (unsigned k = 0; k < want; k++)
			cr_expect_str_eq(told.v[k], cases[i].remarks[k]);
		remarks_release(&told);
	}
}
