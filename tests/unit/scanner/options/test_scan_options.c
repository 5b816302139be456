/* What job arrays say, and that what cannot work is found before anything is done. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/options/scan_options.h"

static void environment(const char *id, const char *low, const char *count, const char *index,
			const char *total)
{
	const char *const names[] = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN",
				     "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETION_INDEX",
				     "JOB_COMPLETIONS"};
	const char *const values[] = {id, low, count, index, total};

	for (unsigned i = 0; i < 5; i++) {
		unsetenv(names[i]);
		if (values[i] != NULL)
			setenv(names[i], values[i], 1);
	}
}

static void expect_shard(unsigned k, unsigned n)
{
	struct scan_options o;

	scan_options_init(&o);
	scan_options_environment(&o);
	cr_expect(o.shard == k && o.shards == n, "%u/%u, not %u/%u", o.shard, o.shards, k, n);
}

Test(scan_options, takes_its_shard_from_a_job_array)
{
	environment(NULL, NULL, NULL, NULL, NULL);
	expect_shard(1, 1);
	environment("0", "0", "8", NULL, NULL);
	expect_shard(1, 8);
	environment("14", "11", "4", NULL, NULL);
	expect_shard(4, 4);
	environment("3", NULL, NULL, "2", "5"); /* half of SLURM's is nothing */
	expect_shard(3, 5);
	environment("7", "0", "4", NULL, NULL); /* a number beyond the count is passed over */
	expect_shard(1, 1);
	environment("x", "0", "-1", NULL, NULL);
	expect_shard(1, 1);
}

Test(scan_options, asks_about_a_part_of_what_is_in_flight)
{
	cr_expect_eq(scan_asking(100), 100);
	cr_expect_eq(scan_asking(SCAN_ASKING), SCAN_ASKING);
	cr_expect_eq(scan_asking(4000), SCAN_ASKING);
	cr_expect_eq(scan_asking(SCAN_CONCURRENCY_MAX), SCAN_CONCURRENCY_MAX / 4);
}

static void refuses(const struct scan_options *o, const char *what)
{
	struct resolver_list list = {0};
	struct errmsg err = {""};

	cr_expect_eq(scan_options_check(o, &list, &err), -1, "%s", what);
	cr_expect_not_null(strstr(err.text, what), "'%s' does not name %s", err.text, what);
	resolver_list_release(&list);
}

Test(scan_options, are_tried_as_a_whole)
{
	struct scan_options good, o;
	struct resolver_list list = {0};
	struct errmsg err = {""};
	char path[] = "/tmp/excluded-XXXXXX";
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, "not..a..name\n", 13) == 13);
	scan_options_init(&good);
	good.resolver_args[good.resolver_args_n++] = "192.0.2.53";
	cr_expect_eq(scan_options_check(&good, &list, &err), 0, "%s", err.text);
	cr_expect_eq(list.n, 1, "the resolvers are kept");
	resolver_list_release(&list);
	o = good;
	o.resolver_args[0] = "not-an-address";
	refuses(&o, "not-an-address");
	o = good;
	o.allow_net[o.allow_net_n++] = "10.0.0.0/99";
	refuses(&o, "10.0.0.0/99");
	o = good;
	o.exclude[o.exclude_n++] = path;
	refuses(&o, path);
	o = good;
	o.ca_file = "/nonexistent.pem";
	refuses(&o, "/nonexistent.pem");
	close(fd);
	unlink(path);
}
