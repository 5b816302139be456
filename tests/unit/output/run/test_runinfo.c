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
		.resumed = 3,
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
	cr_expect_eq(back.resumed, info->resumed);
	cr_expect_eq(memcmp(&back.totals, &info->totals, sizeof(back.totals)), 0);
	cr_expect(back.completed);
	runinfo_release(&back);
	snprintf(path, sizeof(path), "%s/run.json", dir);
	unlink(path);
	cr_assert_eq(rmdir(dir), 0, "nothing but run.json was left there");
}

/* For people, too: one key a line, and plain ASCII on every terminal. */
Test(runinfo, as_it_stands)
{
	static const char want[] = "{\n"
				   "  \"schema\": 1,\n"
				   "  \"version\": \"0.1.0\",\n"
				   "  \"completed\": false,\n"
				   "  \"started_at\": \"2026-09-21T14:13:20.123Z\",\n"
				   "  \"ended_at\": null,\n"
				   "  \"resumed\": 0,\n"
				   "  \"vantage\": \"b\\u00FCcher\",\n"
				   "  \"folder\": \"\",\n"
				   "  \"command\": [],\n"
				   "  \"shard\": 1,\n"
				   "  \"shards\": 1,\n"
				   "  \"inputs\": [],\n"
				   "  \"totals\": {\n"
				   "    \"lines\": 1,\n"
				   "    \"blank\": 2,\n"
				   "    \"comments\": 3,\n"
				   "    \"elsewhere\": 4,\n"
				   "    \"records\": 5,\n"
				   "    \"frames\": 6,\n"
				   "    \"bytes\": 7\n"
				   "  },\n"
				   "  \"resolvers\": [],\n"
				   "  \"configuration\": {},\n"
				   "  \"mx_hosts\": {\n"
				   "    \"hosts\": 1,\n"
				   "    \"visits\": 2,\n"
				   "    \"again\": 3,\n"
				   "    \"refusing\": 4,\n"
				   "    \"crashed\": 5\n"
				   "  }\n"
				   "}\n";
	const struct runinfo info = {.version = "0.1.0",
				     .vantage = "b\xc3\xbc"
						"cher",
				     .started_at_ms = 1790000000123,
				     .totals = {1, 2, 3, 4, 5, 6, 7},
				     .mx_hosts = {true, 1, 2, 3, 4, 5}};
	char dir[] = "/tmp/runinfo-XXXXXX", path[64], text[2048] = "";
	struct errmsg err;
	struct runinfo back;

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(runinfo_write(dir, &info, &err), 0, "%s", err.text);
	snprintf(path, sizeof(path), "%s/run.json", dir);
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f);
	cr_assert_gt(fread(text, 1, sizeof(text) - 1, f), 0);
	fclose(f);
	cr_expect_str_eq(text, want);
	cr_assert_eq(runinfo_read(dir, &back, &err), 0, "%s", err.text);
	cr_expect_eq(memcmp(&back.totals, &info.totals, sizeof(info.totals)), 0);
	cr_expect_eq(back.mx_hosts.done, true);
	cr_expect_eq(back.mx_hosts.hosts, 1);
	cr_expect_eq(back.mx_hosts.visits, 2);
	cr_expect_eq(back.mx_hosts.again, 3);
	cr_expect_eq(back.mx_hosts.refusing, 4);
	cr_expect_eq(back.mx_hosts.crashed, 5);
	cr_expect_eq(back.shard + back.shards, 2);
	cr_expect_eq(back.ended_at_ms, 0);
	cr_expect_not(back.completed);
	runinfo_release(&back);
	unlink(path);
	rmdir(dir);
}

Test(runinfo, times)
{
	static const struct {
		const char *text;
		int64_t ms;
	} of[] = {{NULL, 0},
		  {"", 0},
		  {"1970-01-01T00:00:00.001Z", 1},
		  {"2026-09-21T14:13:20.123Z", 1790000000123},
		  {"1969-12-31T23:59:59.999Z", -1},
		  {"2026-01-21T14:13:20.000Z", 1769004800000},
		  {"2026-12-21T14:13:20.000Z", 1797862400000},
		  {"2026-00-21T14:13:20.123Z", 0},
		  {"2026-13-21T14:13:20.123Z", 0},
		  {"2026-09-21T14:13:20.123", 0},
		  {"2026-09-21 14:13:20.123Z", 0},
		  {"2026-09-21T14:13:20.12Z", 0},
		  {"2026-09-21T14:1:/0.123Z", 0},
		  {"2026-09-21T14:13:2:.123Z", 0}};

	for (unsigned i = 0; i < sizeof(of) / sizeof(*of); i++)
		cr_expect_eq(runinfo_time_parse(of[i].text), of[i].ms, "%s", of[i].text);
}

/* What is longer than its room is cut between characters; what are more than there is room for are
 * left out. */
Test(runinfo, more_than_there_is_room_for)
{
	char dir[] = "/tmp/runinfo-XXXXXX", path[64];
	struct runinfo back;
	struct errmsg err;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/run.json", dir);
	FILE *f = fopen(path, "w");
	fputs("{\"schema\":1,\"version\":\"0123456789012345678901234567890123\",\"vantage\":\"", f);
	for (unsigned i = 0; i < 254; i++)
		fputc('v', f);
	fputs("\xc3\xbcz\",\"folder\":7,\"shard\":-1,\"command\":[", f);
	for (unsigned i = 0; i < 300; i++)
		fprintf(f, "%s\"%u\"", i > 0 ? "," : "", i);
	fputs("],\"inputs\":[", f);
	for (unsigned i = 0; i < 70; i++)
		fprintf(f, "%s{\"path\":\"%u\",\"sha256\":\"%s\",\"bytes\":%u}", i > 0 ? "," : "",
			i,
			i == 3	 ? "<b>"
			: i == 4 ? "0f"
				 : "0g",
			i);
	fputs("],\"resolvers\":[", f);
	for (unsigned i = 0; i < 70; i++)
		fprintf(f,
			"%s{\"address\":\"%u\",\"sent\":1,\"answered\":2,\"timeouts\":3,"
			"\"servfail\":4,\"refused\":5,\"state\":\"good\"}",
			i > 0 ? "," : "", i);
	fputs("]}", f);
	fclose(f);
	cr_assert_eq(runinfo_read(dir, &back, &err), 0, "%s", err.text);
	cr_expect_str_eq(back.version, "0123456789012345678901234567890");
	cr_expect_eq(strlen(back.vantage), 254);
	cr_expect_str_eq(back.folder, "");
	cr_expect_eq(back.shard, 0);
	cr_expect_eq(back.args_n, RUNINFO_ARGS_MAX);
	cr_expect_str_eq(back.args[RUNINFO_ARGS_MAX - 1], "255");
	cr_expect_null(back.configuration);
	cr_expect_eq(back.inputs_n, RUNINFO_INPUTS_MAX);
	cr_expect_str_eq(back.inputs[63].path, "63");
	cr_expect_eq(back.inputs[63].bytes, 63);
	cr_expect_str_eq(back.inputs[2].sha256, "");
	cr_expect_str_eq(back.inputs[3].sha256, "");
	cr_expect_str_eq(back.inputs[4].sha256, "0f");
	cr_expect_eq(back.resolvers_n, RUNINFO_RESOLVERS_MAX);
	const struct runinfo_resolver *r = &back.resolvers[63];
	cr_expect_str_eq(r->address, "63");
	cr_expect_str_eq(r->state, "good");
	cr_expect(r->sent == 1 && r->answered == 2 && r->timeouts == 3 && r->servfail == 4 &&
		  r->refused == 5);
	/* One more in the sum is left out; one that is there is added to. */
	struct runinfo_resolver more = {"70", 1, 1, 1, 1, 1, "good"};
	runinfo_add_resolver(&back, &more);
	cr_expect_eq(back.resolvers_n, RUNINFO_RESOLVERS_MAX);
	snprintf(more.address, sizeof(more.address), "63");
	runinfo_add_resolver(&back, &more);
	cr_expect(r->sent == 2 && r->answered == 3 && r->timeouts == 4 && r->servfail == 5 &&
		  r->refused == 6);
	runinfo_release(&back);
	cr_expect_eq(back.args_n, 0);
	unlink(path);
	rmdir(dir);
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
