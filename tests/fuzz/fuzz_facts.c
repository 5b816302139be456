/* Any bytes as a packed row from a worker: refused, or a row that the aggregate takes and that
 * packs again. */
#include <assert.h>
#include <stdint.h>

#include "output/aggregate/aggregate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct facts f, again;
	static uint8_t packed[FACTS_PACKED_MAX];
	struct aggregate *a;
	size_t n;

	if (facts_unpack(&f, data, size) == 0)
		return 0;
	n = facts_pack(&f, packed);
	assert(facts_unpack(&again, packed, n) == n);
	a = aggregate_new();
	if (a != NULL)
		assert(aggregate_add(a, &f) == 0);
	aggregate_free(a);
	return 0;
}
