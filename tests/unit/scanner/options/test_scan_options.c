/* What job arrays say, and that what cannot work is found before anything is done. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/options/scan_options.h"

/* "NAME=VALUE ...", of the variables that schedulers set. */
static void environment(const char *text)
{
	static const char *const names[] = {"SLURM_ARRAY_TASK_ID",  "SLURM_ARRAY_TASK_MIN",
					    "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_COUNT",
					    "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"};
	char copy[256], *save = NULL;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *at = strtok_r(copy, " ", &save); at != NULL; at = strtok_r(NULL, " ", &save)) {
		char *value = strchr(at, '=');
		*value = '\0';
		setenv(at, value + 1, 1);
	}
}

#define SLURM(id, min, max, count)                                                                 \
	"SLURM_ARRAY_TASK_ID=" id " SLURM_ARRAY_TASK_MIN=" min " SLURM_ARRAY_TASK_MAX=" max        \
	" SLURM_ARRAY_TASK_COUNT=" count

static void expect_shard(const char *text, unsigned k, unsigned n)
{
	struct scan_options o;
	struct errmsg err = {""};

	environment(text);
	scan_options_init(&o);
	cr_expect_eq(scan_options_environment(&o, &err), 0, "%s: %s", text, err.text);
	cr_expect(o.shard == k && o.shards == n, "%s: %u/%u, not %u/%u", text, o.shard, o.shards, k,
		  n);
}

/* Each task would scan the whole list, or none would have a part of it. */
static void expect_refused(const char *text, const char *names)
{
	struct scan_options o;
	struct errmsg err = {""};

	environment(text);
	scan_options_init(&o);
	cr_expect_eq(scan_options_environment(&o, &err), -1, "%s", text);
	cr_expect(strstr(err.text, names) && strstr(err.text, "--shard"), "%s: %s", text, err.text);
	o.shard = 2;
	o.shards = 3;
	cr_expect_eq(scan_options_environment(&o, &err), 0, "%s: --shard was given", text);
	cr_expect(o.shard == 2 && o.shards == 3);
}

Test(scan_options, takes_its_shard_from_a_job_array)
{
	expect_shard("", 1, 1);
	expect_shard(SLURM("0", "0", "7", "8"), 1, 8);
	expect_shard(SLURM("8", "1", "8", "8"), 8, 8);
	expect_shard(SLURM("1", "1", "1", "1"), 1, 1);
	expect_shard("JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=5", 3, 5);
	expect_shard("JOB_COMPLETIONS=5", 1, 1);
}

Test(scan_options, refuses_an_array_that_does_not_say_how_many_there_are)
{
	expect_refused(SLURM("3", "3", "3", "1"), "SLURM_ARRAY_TASK_ID"); /* one task again */
	expect_refused(SLURM("14", "11", "14", "4"), "SLURM_ARRAY_TASK_ID");
	expect_refused(SLURM("3", "1", "7", "4"), "SLURM_ARRAY_TASK_ID"); /* 1-7:2 */
	expect_refused(SLURM("7", "0", "3", "4"), "SLURM_ARRAY_TASK_ID");
	expect_refused(SLURM("x", "1", "4", "4"), "SLURM_ARRAY_TASK_ID");
	expect_refused("SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_ID");
	expect_refused("JOB_COMPLETION_INDEX=2", "JOB_COMPLETIONS");
	expect_refused("JOB_COMPLETION_INDEX=5 JOB_COMPLETIONS=5", "JOB_COMPLETIONS");
	expect_refused("JOB_COMPLETION_INDEX=-1 JOB_COMPLETIONS=5", "JOB_COMPLETIONS");
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
