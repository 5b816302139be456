/* What a scan says that it will cost, and whom it warns. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "scanner/options/cost.h"
#include "tests/support/scratch.h"

static uint64_t guess(const char *text, size_t n, unsigned times, unsigned shards, double sample)
{
	char path[128];
	const char *inputs[] = {path, path};
	struct scan_options o;

	snprintf(path, sizeof(path), "%s/names", scratch_dir());
	FILE *f = fopen(path, "wb");
	cr_assert(f != NULL);
	for (unsigned i = 0; i < times; i++)
		fwrite(text, 1, n, f);
	cr_assert_eq(fclose(f), 0);
	scan_options_init(&o);
	o.inputs = inputs;
	o.inputs_n = 2;
	o.shard = 1;
	o.shards = shards;
	o.sample = sample;
	return cost_guess_names(&o);
}

Test(cost, names_are_guessed_from_sizes)
{
	static const char *const none[] = {"/nonexistent/names"}, *const standard[] = {"-"};
	struct scan_options o;

	cr_expect_eq(guess("example.com\n", 12, 100000, 1, 1), 200000);
	cr_expect_eq(guess("example.com\n", 12, 100000, 4, 0.5), 25000);
	cr_expect_eq(guess("example.com", 11, 1, 1, 1), 2);
	cr_expect_eq(guess("\x1f\x8b\x08\x00____", 8, 5000, 1, 1), 0, "no gzip after all");
	cr_expect_eq(guess("", 0, 1, 1, 1), 0);
	scan_options_init(&o);
	o.inputs_n = 1;
	o.inputs = none;
	cr_expect_eq(cost_guess_names(&o), 0);
	o.inputs = standard;
	cr_expect_eq(cost_guess_names(&o), 0);
}

/* As a top list and a sorted zone are: of the first the names say much, of the other little. What
 * is not too large is read to its end. */
Test(cost, names_are_guessed_of_what_is_compressed)
{
	for (int ranked = 0; ranked < 2; ranked++) {
		char path[256];
		const char *const inputs[] = {path};
		struct scan_options o;
		uint64_t random = 1;

		snprintf(path, sizeof(path), "%s/names.gz", scratch_dir());
		gzFile f = gzopen(path, "wb");
		cr_assert(f != NULL);
		for (unsigned i = 0; i < 200000; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			if (ranked)
				gzprintf(f, "%u,%08x%08x.com\n", i, (unsigned)(random >> 40),
					 (unsigned)(random >> 32));
			else
				gzprintf(f, "name%06u.example.org\n", i);
		}
		cr_assert_eq(gzclose(f), Z_OK);
		scan_options_init(&o);
		o.inputs = inputs;
		o.inputs_n = 1;
		uint64_t guess = cost_guess_names(&o);
		cr_expect_eq(guess, 200000, "%" PRIu64, guess);
	}
}

/* Of a larger one as many as its first 32 MB let expect. */
Test(cost, names_are_guessed_of_what_is_large)
{
	char path[256];
	const char *const inputs[] = {path};
	struct scan_options o;

	snprintf(path, sizeof(path), "%s/names", scratch_dir());
	FILE *f = fopen(path, "w");
	cr_assert(f != NULL);
	for (unsigned i = 0; i < 3000000; i++)
		fprintf(f, "name%07u.example%s\n", i, i < 2000000 ? "" : ".org");
	cr_assert_eq(fclose(f), 0);
	scan_options_init(&o);
	o.inputs = inputs;
	o.inputs_n = 1;
	uint64_t guess = cost_guess_names(&o);
	cr_expect(guess > 3100000 && guess < 3300000, "%" PRIu64, guess);
}

static void add(struct resolver_list *l, const char *text)
{
	struct errmsg err;

	cr_assert_eq(resolver_list_add(l, text, &err), 0);
}

Test(cost, questions_and_hours)
{
	struct resolver_list l = {0};
	struct scan_options o;
	char text[COST_TEXT];

	add(&l, "192.0.2.1");
	scan_options_init(&o);
	cost_text(&o, &l, 1000000, text);
	cr_expect(strncmp(text, "3,000,000 DNS questions", 23) == 0, "%s", text);
	cr_expect(strstr(text, "hours") == NULL, "%s", text);
	o.dns_rate = 1000;
	o.shard = o.shards = 2;
	cost_text(&o, &l, 1000000, text);
	cr_expect(strstr(text, "at 500 a second that is at least 1 h 40 min") != NULL, "%s", text);
	o.lean = true;
	cost_text(&o, &l, 0, text);
	cr_expect(strncmp(text, "2 DNS questions a name", 22) == 0, "%s", text);
	cr_expect(strstr(text, "1 h 06 min for a million names") != NULL, "%s", text);
	resolver_list_release(&l);
}

Test(cost, many_names_for_others_resolvers_are_warned_about)
{
	static const struct {
		const char *resolver;
		bool named;
		const char *says; /* NULL: nothing */
	} rows[] = {
		{"192.0.2.53", false, "network that this machine is in"},
		{"127.0.0.53", false, "network that this machine is in"},
		{"127.0.0.1", false, NULL},
		{"::1", false, NULL},
		{"8.8.8.8", false, "public resolver"},
		{"8.8.8.8", true, "public resolver"},
		{"2606:4700:4700::1111", true, "public resolver"},
		{"192.0.2.53", true, NULL},
		{"127.0.0.1:5335", true, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct resolver_list l = {0};
		struct scan_options o;
		char text[COST_TEXT] = "";
		add(&l, rows[i].resolver);
		scan_options_init(&o);
		o.resolver_args_n = rows[i].named;
		bool said = cost_warning(&o, &l, COST_MANY, text);
		cr_expect_eq(said, rows[i].says != NULL, "row %zu: %s", i, text);
		cr_expect(!said || strstr(text, rows[i].says) != NULL, "row %zu: %s", i, text);
		cr_expect_not(cost_warning(&o, &l, COST_MANY - 1, text), "row %zu", i);
		cr_expect_not(cost_warning(&o, &l, 0, text), "row %zu", i);
		resolver_list_release(&l);
	}
}
