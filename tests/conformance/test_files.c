/* Real policy files and records: the strict verdict of the shared data must be ours, and nothing
 * crashes. */
#include <criterion/criterion.h>

#include "tests/conformance/conformance.h"

static bool expects_valid(const char *cell)
{
	return strncmp(cell, "ok", 2) == 0;
}

/* Whether the review has a row for this file with this cause. */
static bool reviewed(const char *review, const char *file, const char *cause)
{
	char row[256];

	snprintf(row, sizeof(row), "\n| %s | %s", file, cause);
	return strstr(review, row) != NULL;
}

/* Two or more implementations see a real file differently: somebody must have looked at it. */
Test(files, every_disputed_policy_is_reviewed)
{
	size_t n;
	char *review = conformance_file(SOURCE_DIR "/tests/conformance/REVIEW.md", &n);
	char *table = conformance_table("differential_policies.tsv"), *rest = table,
	     *cell[CONFORMANCE_CELLS];
	unsigned disputed = 0;

	conformance_line(&rest);
	for (char *line; (line = conformance_line(&rest)) != NULL;) {
		char name[256];
		struct findings f;
		unsigned cells = conformance_cells(line, cell), others = 0;
		snprintf(name, sizeof(name), "policies/%s", cell[0]);
		char *body = conformance_read(name, &n);
		bool valid = conformance_policy(body, n, &f);
		free(body);
		for (unsigned i = 2; i < cells; i++)
			others += strncmp(cell[i], valid ? "bad" : "ok", valid ? 3 : 2) == 0;
		if (others < 2)
			continue;
		disputed++;
		cr_expect(reviewed(review, cell[0], conformance_root(&f)), "%s, %s: not reviewed",
			  cell[0], conformance_root(&f));
	}
	free(table);
	free(review);
	fprintf(stderr, "%u disputed policies, all reviewed\n", disputed);
	cr_assert_gt(disputed, 50);
}

Test(files, policies)
{
	char *table = conformance_table("differential_policies.tsv"), *rest = table,
	     *cell[CONFORMANCE_CELLS];
	unsigned files = 0, invalid = 0, wrong = 0;

	conformance_line(&rest);
	for (char *line; (line = conformance_line(&rest)) != NULL; files++) {
		char name[256];
		struct findings f;
		size_t n;
		conformance_cells(line, cell);
		snprintf(name, sizeof(name), "policies/%s", cell[0]);
		char *body = conformance_read(name, &n);
		bool valid = conformance_policy(body, n, &f);
		invalid += !valid;
		if (valid != expects_valid(cell[1])) {
			wrong++;
			fprintf(stderr, "%s: expected %s, found %s\n", cell[0], cell[1],
				conformance_root(&f));
		}
		free(body);
	}
	free(table);
	fprintf(stderr, "%u real policies, %u invalid, %u wrong\n", files, invalid, wrong);
	cr_assert_gt(files, 400);
	cr_assert_eq(wrong, 0);
}

static void records(const char *file, bool (*judge)(const char *, size_t, struct findings *))
{
	char *table = conformance_table(file), *rest = table, *cell[CONFORMANCE_CELLS];
	unsigned n = 0, invalid = 0, wrong = 0;

	conformance_line(&rest);
	for (char *line; (line = conformance_line(&rest)) != NULL; n++) {
		struct findings f;
		conformance_cells(line, cell);
		json_t *value = json_loads(cell[0], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		cr_assert_not_null(value);
		bool valid = judge(json_string_value(value), json_string_length(value), &f);
		invalid += !valid;
		if (valid != expects_valid(cell[2])) {
			wrong++;
			fprintf(stderr, "%s: expected %s, found %s\n", cell[0], cell[2],
				conformance_root(&f));
		}
		json_decref(value);
	}
	free(table);
	fprintf(stderr, "%s: %u values, %u invalid, %u wrong\n", file, n, invalid, wrong);
	cr_assert_gt(n, 300);
	cr_assert_eq(wrong, 0);
}

Test(files, sts_records)
{
	records("differential_records_sts.tsv", conformance_sts);
}

Test(files, tlsrpt_records)
{
	records("differential_records_tlsrpt.tsv", conformance_tlsrpt);
}
