/*
 * Any file as run.json: read or refused; what is read can be written and read again, and is then
 * the same input and the same shards as before.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "output/run/runinfo.h"
#include "tests/support/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct runinfo info, again;
	struct errmsg err = {""};

	scratch_write("run.json", data, size);
	if (runinfo_read(scratch_dir(), &info, &err) != 0) {
		assert(err.text[0] != '\0');
		return 0;
	}
	assert(info.args_n <= RUNINFO_ARGS_MAX && info.inputs_n <= RUNINFO_INPUTS_MAX);
	assert(info.resolvers_n <= RUNINFO_RESOLVERS_MAX);
	assert(runinfo_write(scratch_dir(), &info, &err) == 0);
	assert(runinfo_read(scratch_dir(), &again, &err) == 0);
	assert(strcmp(info.version, again.version) == 0 && info.args_n == again.args_n);
	assert(info.totals.records == again.totals.records &&
	       again.shards == (info.shards > 0 ? info.shards : 1));
	assert(info.inputs_n == again.inputs_n && info.resolvers_n == again.resolvers_n);
	bool known = runinfo_same_input(&info, &info); /* not the bytes of a pipe */
	assert(runinfo_same_input(&info, &again) == known);
	assert(runinfo_same_shards(&again, &info) == (known && again.shards > 1));
	runinfo_release(&info);
	runinfo_release(&again);
	return 0;
}
