/* run.json: what is written is read back. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "output/run/runinfo.h"

static struct runinfo *example(void)
{
	static struct runinfo info = {
		.version = "0.1.0",
		.vantage = "scanner.example",
		.folder = "/srv/\"scans\"",
		.args_n = 3,
		.args = {"mtasweep", "scan", "a \"b\"\n\xff"},
		.configuration = "{\"workers\": 2}",
		.inputs_n = 2,
		.inputs = {{.path = "names.csv", .sha256 = "ab", .bytes = 17}, {.path = "-"}},
		.resolvers_n = 1,
		.resolvers = {{.address = "[2001:db8::1]:53",
			       .sent = 9,
			       .answered = 8,
			       .timeouts = 1,
			       .state = "good"}},
		.shard = 2,
		.shards = 4,
		.started_at_ms = 1790000000123,
		.ended_at_ms = 1790000099000,
		.totals = {.lines = 10,
			   .blank = 1,
			   .comments = 2,
			   .elsewhere = 3,
			   .records = 4,
			   .frames = 5,
			   .bytes = 6},
		.completed = true,
	};
	return &info;
}

Test(runinfo, published_without_folders)
{
	static const struct {
		struct runinfo_input input;
		const char *name;
	} cases[] = {
		{{.path = "names.csv"}, "names.csv"},
		{{.path = "/srv/lists/2026-11/names.csv.gz"}, "names.csv.gz"},
		{{.path = "../names"}, "names"},
		{{.path = "odd/"}, "odd/"},
		{{.path = "-"}, "standard input"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_str_eq(runinfo_input_name(&cases[i].input), cases[i].name);
}

Test(runinfo, written_and_read_back)
{
	char dir[] = "/tmp/runinfo-XXXXXX", path[64];
	struct runinfo back;
	struct errmsg err;
	const struct runinfo *info = example();
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(runinfo_write(dir, info, &err), 0, "%s", err.text);
	cr_assert_eq(runinfo_read(dir, &back, &err), 0, "%s", err.text);
	cr_expect_str_eq(back.version, info->version);
	cr_expect_str_eq(back.vantage, info->vantage);
	cr_expect_str_eq(back.folder, info->folder);
	cr_expect_eq(back.args_n, 3);
	cr_expect_str_eq(back.args[2], "a \"b\"\n\xef\xbf\xbd");
	cr_expect_str_eq(back.configuration, "{\"workers\":2}");
	cr_expect_eq(back.inputs_n, 2);
	cr_expect_str_eq(back.inputs[0].path, "names.csv");
	cr_expect_str_eq(back.inputs[0].sha256, "ab");
	cr_expect_str_eq(back.inputs[1].sha256, "");
	cr_expect_eq(back.inputs[0].bytes, 17);
	cr_expect_eq(back.resolvers_n, 1);
	cr_expect_str_eq(back.resolvers[0].address, "[2001:db8::1]:53");
	cr_expect_eq(back.resolvers[0].timeouts, 1);
	cr_expect_eq(back.shard, 2);
	cr_expect_eq(back.shards, 4);
	cr_expect_eq(back.started_at_ms, info->started_at_ms);
	cr_expect_eq(back.ended_at_ms, info->ended_at_ms);
	cr_expect_eq(memcmp(&back.totals, &info->totals, sizeof(back.totals)), 0);
	cr_expect(back.completed);
	runinfo_release(&back);
	snprintf(path, sizeof(path), "%s/run.json", dir);
	unlink(path);
	cr_assert_eq(rmdir(dir), 0, "nothing but run.json was left there");
}

Test(runinfo, what_is_no_run_json_is_told)
{
	static const char *const bad[] = {"", "[]", "{}", "{\"schema\": \"x\"}", "{\"schema\": 1"};
	char dir[] = "/tmp/runinfo-XXXXXX", path[64];
	struct runinfo back;
	struct errmsg err;
	cr_assert_not_null(mkdtemp(dir));
	cr_expect_eq(runinfo_read(dir, &back, &err), -1);
	cr_expect_not_null(strstr(err.text, "run.json"));
	snprintf(path, sizeof(path), "%s/run.json", dir);
	for (unsigned i = 0; i < 5; i++) {
		FILE *f = fopen(path, "w");
		fputs(bad[i], f);
		fclose(f);
		err.text[0] = '\0';
		cr_expect_eq(runinfo_read(dir, &back, &err), -1, "%s", bad[i]);
		cr_expect_not_null(strstr(err.text, "run.json"), "%s", err.text);
	}
	unlink(path);
	rmdir(dir);
}

Test(runinfo, a_directory_that_cannot_be_written)
{
	struct errmsg err;
	cr_assert_eq(runinfo_write("/nonexistent/run", example(), &err), -1);
	cr_assert_not_null(strstr(err.text, "/nonexistent/run"));
}

static struct runinfo read_of(const char *sha256, unsigned shard, unsigned shards)
{
	struct runinfo info = {.inputs_n = 1, .shard = shard, .shards = shards};

	snprintf(info.inputs[0].sha256, sizeof(info.inputs[0].sha256), "%s", sha256);
	return info;
}

Test(runinfo, shards_are_parts_of_one_scan_of_one_input)
{
	struct runinfo a = read_of("aa", 1, 2), b = read_of("aa", 2, 2), c = read_of("cc", 2, 2);
	struct runinfo whole = read_of("aa", 1, 1), pipe = read_of("", 2, 2), more = a;

	more.inputs_n = 2;
	snprintf(more.inputs[1].sha256, sizeof(more.inputs[1].sha256), "bb");
	cr_expect(runinfo_same_shards(&a, &b));
	cr_expect(runinfo_same_shards(&a, &a), "one of them again");
	cr_expect(runinfo_same_input(&a, &whole) && !runinfo_same_shards(&a, &whole));
	cr_expect_not(runinfo_same_shards(&whole, &whole), "that is no shard");
	cr_expect_not(runinfo_same_input(&a, &c));
	cr_expect_not(runinfo_same_input(&a, &more));
	cr_expect_not(runinfo_same_input(&pipe, &pipe), "what a pipe said is not known");
}
