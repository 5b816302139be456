/* fuzz_answers.c - a resolver that answers anything, by UDP. See answers.h. */
#include "tests/fuzz/answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return answers_run(data, size, false);
}
