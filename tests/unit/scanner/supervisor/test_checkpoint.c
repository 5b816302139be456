/* A checkpoint says what is done, and is refused for another input or other options. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scanner/supervisor/checkpoint.h"
#include "tests/support/scratch.h"

/* SHA-256 of "abc\n" */
#define ABC "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb"

static struct checkpoint sample(struct checkpoint_input *input, uint64_t *pending)
{
	pending[0] = 3;
	pending[1] = 900000000000;
	return (struct checkpoint){
		.next = 900000000001,
		.bytes = 1u << 20,
		.frames = 17,
		.records = 900000000000 - 2,
		.seed = 42,
		.configuration = (char *)(uintptr_t) "{\"retries\": 4, \"workers\": 2}",
		.inputs = input,
		.inputs_n = 1,
		.pending = pending,
		.pending_n = 2,
	};
}

static char *input_path(void)
{
	static char path[128];

	scratch_write("in put%\xff", "abc\nmore came later\n", 20);
	snprintf(path, sizeof(path), "%s/in put%%\xff", scratch_dir());
	return path;
}

Test(checkpoint, comes_back_as_it_was)
{
	struct checkpoint_input input = {.path = input_path(), .bytes = 4, .sha256 = ABC};
	uint64_t pending[2];
	struct runinfo_resolver resolver = {.address = "[::1]:53",
					    .state = "good",
					    .sent = 9,
					    .answered = 8,
					    .timeouts = 7,
					    .servfail = 6,
					    .refused = 5};
	struct checkpoint c = sample(&input, pending), back;
	struct errmsg err = {""};

	c.used = (struct checkpoint_used){310000, 12, 34};
	c.resolvers = &resolver;
	c.resolvers_n = 1;
	cr_assert_eq(checkpoint_write(scratch_dir(), &c, &err), 0, "%s", err.text);
	cr_assert_eq(checkpoint_read(scratch_dir(), &back, &err), 0, "%s", err.text);
	cr_expect_eq(back.next, c.next);
	cr_expect_eq(back.bytes, c.bytes);
	cr_expect_eq(back.frames, c.frames);
	cr_expect_eq(back.records, c.records);
	cr_expect_eq(back.seed, c.seed);
	cr_expect(memcmp(&back.used, &c.used, sizeof(c.used)) == 0);
	cr_assert_eq(back.resolvers_n, 1);
	cr_expect(memcmp(back.resolvers, &resolver, sizeof(resolver)) == 0);
	cr_expect_eq(back.pending_n, 2);
	cr_expect_eq(back.pending[1], pending[1]);
	const char *path = input_path();
	cr_expect_eq(checkpoint_check_inputs(&back, &path, 1, &err), 0, "%s", err.text);
	checkpoint_release(&back);
	checkpoint_remove(scratch_dir());
	cr_expect_eq(checkpoint_read(scratch_dir(), &back, &err), -1);
	cr_expect_not_null(strstr(err.text, "no checkpoint"), "%s", err.text);
}

Test(checkpoint, another_input_is_refused_with_the_difference)
{
	char *path = input_path();
	struct checkpoint_input input = {.path = path, .bytes = 4, .sha256 = ABC};
	uint64_t pending[2];
	struct checkpoint c = sample(&input, pending), back;
	struct errmsg err = {""};
	const char *paths[] = {path, path}, *other = "other.txt";

	cr_assert_eq(checkpoint_write(scratch_dir(), &c, &err), 0);
	cr_assert_eq(checkpoint_read(scratch_dir(), &back, &err), 0);
	cr_expect_eq(checkpoint_check_inputs(&back, paths, 2, &err), -1);
	cr_expect_not_null(strstr(err.text, "1 input files, not 2"), "%s", err.text);
	cr_expect_eq(checkpoint_check_inputs(&back, &other, 1, &err), -1);
	cr_expect_not_null(strstr(err.text, "other.txt"), "%s", err.text);
	scratch_write("in put%\xff", "abd\nmore came later\n", 20);
	cr_expect_eq(checkpoint_check_inputs(&back, paths, 1, &err), -1);
	cr_expect_not_null(strstr(err.text, "has changed"), "%s", err.text);
	scratch_write("in put%\xff", "ab", 2);
	cr_expect_eq(checkpoint_check_inputs(&back, paths, 1, &err), -1);
	cr_expect_not_null(strstr(err.text, "shorter"), "%s", err.text);
	checkpoint_release(&back);
}

Test(checkpoint, other_options_are_refused_by_name)
{
	struct checkpoint c = {.configuration =
				       (char *)(uintptr_t) "{\"retries\": 4, \"workers\": 2}"};
	struct errmsg err = {""};

	cr_expect_eq(checkpoint_check_options(&c, "{\"retries\": 4, \"workers\": 2}", &err), 0);
	cr_expect_eq(checkpoint_check_options(&c, "{\"retries\": 4, \"workers\": 8}", &err), 0,
		     "how fast may change");
	cr_expect_eq(checkpoint_check_options(&c, "{\"retries\": 1, \"workers\": 2}", &err), -1);
	cr_expect_not_null(strstr(err.text, "retries = 4, not 1"), "%s", err.text);
	cr_expect_eq(checkpoint_check_options(&c, "{\"sample\": 0.5}", &err), -1);
	cr_expect_not_null(strstr(err.text, "sample = nothing, not 0.5"), "%s", err.text);
}

Test(checkpoint, options_that_cannot_be_read_are_refused)
{
	static const char *const pairs[][2] = {{"", "{}"},
					       {"{\"retries\": 4", "{\"retries\": 4}"},
					       {"{}", ""},
					       {"?", "?"},
					       {"{}", "{"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct checkpoint c = {.configuration = (char *)(uintptr_t)pairs[i][0]};
		struct errmsg err = {""};
		cr_expect_eq(checkpoint_check_options(&c, pairs[i][1], &err), -1, "%s and %s",
			     pairs[i][0], pairs[i][1]);
		cr_expect_str_eq(err.text, "the checkpoint's options cannot be read", "%s",
				 err.text);
	}
}

Test(checkpoint, damaged_ones_are_refused)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[1]",
		"{\"schema\":2,\"next\":1,\"bytes\":0,\"frames\":0,\"records\":0,\"seed\":1,"
		"\"configuration\":\"{}\",\"inputs\":[],\"pending\":[]}",
		"{\"schema\":1,\"next\":0,\"bytes\":0,\"frames\":0,\"records\":0,\"seed\":1,"
		"\"configuration\":\"{}\",\"inputs\":[],\"pending\":[]}",
		"{\"schema\":1,\"next\":9,\"bytes\":0,\"frames\":0,\"records\":0,\"seed\":1,"
		"\"configuration\":\"{}\",\"inputs\":[],\"pending\":[5,5]}",
		"{\"schema\":1,\"next\":9,\"bytes\":0,\"frames\":0,\"records\":0,\"seed\":1,"
		"\"configuration\":\"{}\",\"inputs\":[{}],\"pending\":[]}",
	};
	struct checkpoint c;
	struct errmsg err;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		scratch_write("checkpoint", texts[i], strlen(texts[i]));
		err.text[0] = '\0';
		cr_expect_eq(checkpoint_read(scratch_dir(), &c, &err), -1, "%s", texts[i]);
		cr_expect_neq(err.text[0], '\0');
	}
}
