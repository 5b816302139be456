/* A directory that cannot be made is the user's fault, unless it is the disk's. */
#include <criterion/criterion.h>
#include <errno.h>

#include "scanner/base/status.h"

Test(status, of_a_directory)
{
	static const int ours[] = {EROFS, ENOSPC, EDQUOT, EIO};
	static const int theirs[] = {EEXIST, EACCES, ENOENT, ENOTDIR, ENAMETOOLONG};

	for (unsigned i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		cr_expect_eq(status_of_directory(ours[i]), CMD_FAILURE);
	for (unsigned i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		cr_expect_eq(status_of_directory(theirs[i]), CMD_USAGE);
}
