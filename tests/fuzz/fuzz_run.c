/*
 * fuzz_run.c - a stored run of any bytes, listed by `report --select` and made rows of by threads.
 * The first byte chooses: rows or records, whether there is a run.json beside the records, and
 * whether there are records at all or only a report; the rest is the file of records, or that
 * report.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/aggregate/run_rows.h"
#include "output/list/list.h"
#include "tests/support/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_RECORDS = 1, WITH_INFO = 2, ONLY_REPORT = 4 };

/* What is written is lines, each told of or not: all damage is named in a remark. */
static void check(const char *text, size_t n, const struct remarks *remarks)
{
	assert(n == 0 || text[n - 1] == '\n');
	for (size_t i = 0; i < n; i++)
		assert((unsigned char)text[i] >= ' ' || text[i] == '\n' ||
		       (text[i] == '\r' && text[i + 1] == '\n')); /* RFC 4180 */
	for (unsigned i = 0; i < remarks->n; i++)
		assert(remarks->v[i][0] != '\0');
}

/* The rows that threads make are those of one line after the other, with the same remarks. */
static void check_rows(const char *dir)
{
	static uint8_t left[FACTS_PACKED_MAX], right[FACTS_PACKED_MAX];
	static struct facts row, expected;
	struct run_source threads, alone;
	struct remarks said = {0}, likewise = {0};
	struct errmsg err = {""};
	enum run_status status;

	int rc = run_open(&threads, dir, &said, &err);
	assert(rc == run_open(&alone, dir, &likewise, &err));
	if (rc == 0) {
		struct run_rows *rows = run_rows_new(&threads, 2);
		assert(rows != NULL);
		do {
			struct record r;
			struct span line;
			status = run_rows_next(rows, &row, &err);
			assert(status == run_next(&alone, &r, &line, &err));
			if (status != RUN_RECORD)
				continue;
			facts_from_record(&r, &expected);
			size_t n = facts_pack(&expected, right);
			assert(facts_pack(&row, left) == n && memcmp(left, right, n) == 0);
		} while (status == RUN_RECORD);
		run_rows_free(rows);
	}
	assert(said.n == likewise.n);
	for (unsigned i = 0; i < said.n; i++)
		assert(strcmp(said.v[i], likewise.v[i]) == 0);
	run_close(&threads);
	run_close(&alone);
	remarks_release(&said);
	remarks_release(&likewise);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char info[] = "{\"version\":\"1\",\"completed\":true}";
	const char *dir = scratch_dir();
	struct remarks remarks = {0};
	struct errmsg err = {""};
	char *text = NULL;
	struct select q;
	size_t n = 0;

	if (size == 0 || size > 65536)
		return 0;
	const char *file = (data[0] & ONLY_REPORT) != 0 ? "report.json" : "results.ndjson";
	scratch_write(file, data + 1, size - 1);
	if ((data[0] & WITH_INFO) != 0)
		scratch_write("run.json", info, sizeof(info) - 1);
	FILE *out = open_memstream(&text, &n);
	assert(out != NULL && select_parse(&q, "verdict!=none", 1790000000, &err) == 0);
	struct list l = {.select = &q, .ndjson = (data[0] & AS_RECORDS) != 0};
	assert(list_parse(&l, NULL, NULL, &err) == 0);
	int rc = list_write(&l, &dir, 1, out, &remarks, &err);
	assert(rc == 0 || err.text[0] != '\0');
	assert(rc != 0 || (data[0] & ONLY_REPORT) == 0); /* that is no run */
	assert(fclose(out) == 0);
	check(text, n, &remarks);
	check_rows(dir);
	free(text);
	remarks_release(&remarks);
	scratch_remove_file(file);
	if ((data[0] & WITH_INFO) != 0)
		scratch_remove_file("run.json");
	return 0;
}
