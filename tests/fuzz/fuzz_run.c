/*
 * fuzz_run.c - a stored run of any bytes, listed by `report --select`. The first byte chooses: rows
 * or records, and whether there is a run.json beside the records; the rest is the file of records.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "output/run_source.h"
#include "output/select.h"
#include "tests/support/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_RECORDS = 1, WITH_INFO = 2 };

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
	scratch_write("results.ndjson", data + 1, size - 1);
	if ((data[0] & WITH_INFO) != 0)
		scratch_write("run.json", info, sizeof(info) - 1);
	FILE *out = open_memstream(&text, &n);
	assert(out != NULL && select_parse(&q, "verdict!=none", &err) == 0);
	int rc = select_list(&q, &dir, 1, (data[0] & AS_RECORDS) != 0, out, &remarks, &err);
	assert(rc == 0 || err.text[0] != '\0');
	assert(fclose(out) == 0);
	check(text, n, &remarks);
	free(text);
	remarks_release(&remarks);
	if ((data[0] & WITH_INFO) != 0)
		scratch_remove_file("run.json");
	return 0;
}
