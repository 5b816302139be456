/* Any file as a checkpoint: read or refused, and what is read is written back the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "scanner/supervisor/checkpoint.h"
#include "tests/support/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct checkpoint *a, const struct checkpoint *b)
{
	assert(a->next == b->next && a->bytes == b->bytes && a->frames == b->frames);
	assert(a->records == b->records && a->seed == b->seed);
	assert(strcmp(a->configuration, b->configuration) == 0);
	assert(a->pending_n == b->pending_n && a->inputs_n == b->inputs_n);
	for (size_t i = 0; i < a->pending_n; i++)
		assert(a->pending[i] == b->pending[i]);
	for (size_t i = 0; i < a->inputs_n; i++)
		assert(strcmp(a->inputs[i].sha256, b->inputs[i].sha256) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = "-", *null = "/dev/null", *dir = scratch_dir();
	struct checkpoint c, again;
	struct errmsg err = {""};

	scratch_write("checkpoint", data, size);
	if (checkpoint_read(dir, &c, &err) != 0) {
		assert(err.text[0] != '\0');
		return 0;
	}
	for (size_t i = 1; i < c.pending_n; i++)
		assert(c.pending[i] > c.pending[i - 1]);
	assert(checkpoint_check_options(&c, "{\"timeout_dns\": 3.0}", &err) == 0 ||
	       err.text[0] != '\0');
	assert(checkpoint_check_inputs(&c, &path, 1, &err) == 0 || err.text[0] != '\0');
	assert(checkpoint_check_inputs(&c, &null, 1, &err) == 0 || err.text[0] != '\0');
	for (size_t i = 0; i < c.inputs_n; i++) /* escaping what is escaped would grow it */
		strcpy(c.inputs[i].path, "");
	assert(checkpoint_write(dir, &c, &err) == 0);
	assert(checkpoint_read(dir, &again, &err) == 0);
	check_same(&c, &again);
	checkpoint_release(&c);
	checkpoint_release(&again);
	return 0;
}
