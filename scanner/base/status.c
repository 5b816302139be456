/* status.c - see status.h. */
#include "scanner/base/status.h"

#include <assert.h>
#include <errno.h>

int status_of_directory(int why)
{
	assert(why > 0);
	if (why == EROFS || why == ENOSPC || why == EDQUOT || why == EIO)
		return CMD_FAILURE; /* the command is right, the disk is not */
	return CMD_USAGE;
}
