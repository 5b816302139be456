/* The runs that names stand for: folders of shards in the order of their numbers. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/run/run_set.h"

static char root[] = "/tmp/run-set-XXXXXX";

static int drop(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void begin(void)
{
	cr_assert_not_null(mkdtemp(root));
	cr_assert_eq(chdir(root), 0);
}

static void end(void)
{
	nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

/* A run; with a run.json where shards are given. */
static void make_run(const char *path, unsigned shard, unsigned shards)
{
	char name[128], text[256];

	cr_assert_eq(mkdir(path, 0700), 0, "%s", path);
	snprintf(name, sizeof(name), "%s/results.ndjson", path);
	make_file(name, "");
	if (shards == 0)
		return;
	snprintf(name, sizeof(name), "%s/run.json", path);
	snprintf(text, sizeof(text),
		 "{\"schema\":1,\"version\":\"1\",\"shard\":%u,\"shards\":%u,"
		 "\"inputs\":[{\"path\":\"list\",\"sha256\":\"ab\"}]}",
		 shard, shards);
	make_file(name, text);
}

struct opened {
	struct run_set set;
	struct remarks remarks;
	struct errmsg err;
	int rc;
};

static struct opened *open_all(const char *const *names, unsigned n)
{
	static struct opened o;

	o = (struct opened){0};
	o.rc = run_set_open(&o.set, names, n, &o.remarks, &o.err);
	return &o;
}

static void done(struct opened *o)
{
	run_set_release(&o->set);
	cr_expect_eq(o->set.n, 0);
	remarks_release(&o->remarks);
}

Test(run_set, what_names_stand_for, .init = begin, .fini = end)
{
	make_run("run", 0, 0);
	cr_assert_eq(mkdir("empty", 0700), 0);
	cr_assert_eq(mkdir("many", 0700), 0);
	make_run("many/shard-2-of-3", 2, 3);
	cr_assert_eq(mkdir("zst", 0700), 0);
	make_file("zst/results.ndjson.zst", "");
	make_run("zst/shard-1-of-1", 1, 1);
	cr_expect(run_set_is_run("run"));
	cr_expect(run_set_is_run("zst"));
	cr_expect_not(run_set_is_run("empty"));
	cr_expect_not(run_set_is_run("many"));
	cr_expect_not(run_set_is_run("nowhere"));
	cr_expect(run_set_is_shards("many"));
	cr_expect_not(run_set_is_shards("zst"), "it has records of its own");
	cr_expect_not(run_set_is_shards("run"));
	cr_expect_not(run_set_is_shards("empty"));
	cr_expect_not(run_set_is_shards("nowhere"));
	cr_expect_not(run_set_is_shards("run/results.ndjson"), "a file");
	cr_expect_not(run_set_is_shards("-"));
	const char *const names[] = {"zst", "-", "run", "nowhere", "run"};
	struct opened *o = open_all(names, 5);
	cr_assert_eq(o->rc, 0, "%s", o->err.text);
	cr_assert_eq(o->set.n, 5);
	for (unsigned i = 0; i < 5; i++)
		cr_expect_str_eq(o->set.v[i], names[i]);
	cr_expect_eq(o->remarks.n, 0);
	done(o);
	o = open_all(names, 0);
	cr_expect_eq(o->rc, 0);
	cr_expect_eq(o->set.n, 0);
	done(o);
}

Test(run_set, shards_stand_in_their_order, .init = begin, .fini = end)
{
	char path[64];

	cr_assert_eq(mkdir("a", 0700), 0);
	for (unsigned i = 0; i < 12; i++) {
		unsigned shard = 1 + i * 5 % 12;
		snprintf(path, sizeof(path), "a/shard-%u-of-12", shard);
		make_run(path, shard, shard % 2 == 0 ? 12 : 0);
	}
	make_file("a/report.json", "");
	cr_assert_eq(mkdir("a/shard-3-of-12.part", 0700), 0);
	cr_assert_eq(mkdir("b", 0700), 0);
	make_file("b/shard-1-of-2", "");
	const char *const names[] = {"b", "a"};
	struct opened *o = open_all(names, 2);
	cr_assert_eq(o->rc, 0, "%s", o->err.text);
	cr_assert_eq(o->set.n, 13);
	cr_expect_str_eq(o->set.v[0], "b/shard-1-of-2");
	for (unsigned i = 1; i < 13; i++) {
		snprintf(path, sizeof(path), "a/shard-%u-of-12", i);
		cr_expect_str_eq(o->set.v[i], path);
	}
	cr_expect_eq(o->set.shards_missing, 1);
	cr_expect_eq(o->set.shards_doubled, 0);
	cr_assert_eq(o->remarks.n, 1);
	cr_expect_str_eq(o->remarks.v[0], "1 of the 2 shards of the input is not here: 2");
	done(o);
}

Test(run_set, shards_that_are_named_one_by_one, .init = begin, .fini = end)
{
	make_run("x", 3, 3);
	make_run("y", 1, 3);
	make_run("z", 1, 1);
	struct opened *o = open_all((const char *const[]){"x", "z", "y"}, 3);
	cr_assert_eq(o->rc, 0, "%s", o->err.text);
	cr_expect_eq(o->set.shards_missing, 1);
	cr_assert_eq(o->remarks.n, 1);
	cr_expect_str_eq(o->remarks.v[0], "1 of the 3 shards of list is not here: 2");
	cr_expect_str_eq(o->set.v[0], "x");
	done(o);
	o = open_all((const char *const[]){"x"}, 1);
	cr_expect_eq(o->rc, 0);
	cr_expect_eq(o->remarks.n, 0, "one that was named alone is no merge");
	done(o);
	o = open_all((const char *const[]){"y", "x", "y"}, 3);
	cr_expect_eq(o->rc, 0);
	cr_expect_eq(o->set.shards_missing, 1);
	cr_expect_eq(o->set.shards_doubled, 1);
	cr_assert_eq(o->remarks.n, 2);
	cr_expect_str_eq(o->remarks.v[1], "shard 1 of 3 is here twice: y and y");
	done(o);
}

Test(run_set, what_is_refused, .init = begin, .fini = end)
{
	static const char *names[RUN_SET_MAX + 1];

	cr_assert_eq(mkdir("two", 0700), 0);
	make_run("two/shard-1-of-2", 1, 2);
	make_run("two/shard-1-of-3", 1, 3);
	struct opened *o = open_all((const char *const[]){"two"}, 1);
	cr_expect_eq(o->rc, -1);
	cr_expect(strstr(o->err.text, "they are of different numbers of shards") != NULL, "%s",
		  o->err.text);
	done(o);
	cr_assert_eq(mkdir("renamed", 0700), 0);
	make_run("renamed/shard-1-of-2", 2, 2);
	o = open_all((const char *const[]){"renamed"}, 1);
	cr_expect_eq(o->rc, -1);
	cr_expect(strstr(o->err.text, "is shard 2 of 2, says its run.json") != NULL, "%s",
		  o->err.text);
	done(o);
	cr_assert_eq(mkdir("odd", 0700), 0);
	cr_assert_eq(mkfifo("odd/shard-1-of-1", 0600), 0);
	o = open_all((const char *const[]){"odd"}, 1);
	cr_expect_eq(o->rc, -1);
	cr_expect(strstr(o->err.text, "is no run: neither") != NULL, "%s", o->err.text);
	done(o);
	for (unsigned i = 0; i <= RUN_SET_MAX; i++)
		names[i] = "-";
	o = open_all(names, RUN_SET_MAX + 1);
	cr_expect_eq(o->rc, -1);
	cr_expect_str_eq(o->err.text, "more than 1024 runs at once; merge some of them first");
	done(o);
	o = open_all(names, RUN_SET_MAX);
	cr_expect_eq(o->rc, 0, "%s", o->err.text);
	cr_expect_eq(o->set.n, RUN_SET_MAX);
	done(o);
}
