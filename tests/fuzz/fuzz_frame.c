/* Any bytes as a results file: the reader ends, delivers no line over the limit, and stays at its
 * end. */
#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "output/run/frame.h"

#define LINE_MAX_FUZZ 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("frames", MFD_CLOEXEC);
	struct frame_reader *r;
	struct span line;
	struct errmsg err;
	enum frame_status s;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	r = frame_reader_new(fd, LINE_MAX_FUZZ);
	assert(r != NULL);
	while ((s = frame_reader_next(r, &line, &err)) == FRAME_LINE || s == FRAME_CORRUPT ||
	       s == FRAME_LONG)
		if (s == FRAME_LINE)
			assert(line.n <= LINE_MAX_FUZZ && frame_reader_place(r).line > 0);
	assert(frame_reader_next(r, &line, &err) == s);
	frame_reader_free(r);
	close(fd);
	return 0;
}
