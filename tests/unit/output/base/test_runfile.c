/* Files where others may write: what is opened, what is not, and what is never touched. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/base/runfile.h"
#include "tests/support/scratch.h"

static char path[2][128];

static void begin(void)
{
	snprintf(path[0], sizeof(path[0]), "%s/there", scratch_dir());
	snprintf(path[1], sizeof(path[1]), "%s/other", scratch_dir());
	unlink(path[0]);
	unlink(path[1]);
	scratch_write("other", "kept", 4);
}

static long bytes_of(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 ? (long)st.st_size : -1;
}

Test(runfile, reads_regular_files_only)
{
	begin();
	cr_expect_eq(runfile_open(path[0]), -1);
	cr_expect_eq(errno, ENOENT);
	cr_assert_eq(mkfifo(path[0], 0600), 0);
	alarm(5); /* a FIFO would hold us for ever */
	cr_expect_eq(runfile_open(path[0]), -1);
	cr_expect_eq(errno, EINVAL);
	cr_expect_null(runfile_stream(path[0], 100));
	cr_expect_eq(runfile_reopen(path[0]), -1);
	alarm(0);
	cr_expect_eq(runfile_open("/dev/zero"), -1);
	cr_expect_eq(runfile_open(scratch_dir()), -1);
	int fd = runfile_open(path[1]);
	cr_expect_geq(fd, 0);
	close(fd);
	FILE *f = runfile_stream(path[1], 4);
	cr_assert_not_null(f);
	fclose(f);
	cr_expect_null(runfile_stream(path[1], 3), "more than that is too much");
	cr_expect_eq(errno, EFBIG);
}

Test(runfile, creates_in_place_of_a_link)
{
	begin();
	for (int hard = 0; hard <= 1; hard++) {
		unlink(path[0]);
		cr_assert_eq(hard ? link(path[1], path[0]) : symlink(path[1], path[0]), 0);
		int fd = runfile_create(path[0]);
		cr_assert_geq(fd, 0);
		cr_assert_eq(write(fd, "new", 3), 3);
		close(fd);
		cr_expect_eq(bytes_of(path[0]), 3);
		cr_expect_eq(bytes_of(path[1]), 4, "written through the link");
	}
}

Test(runfile, writes_on_through_no_link)
{
	begin();
	cr_assert_eq(symlink(path[1], path[0]), 0);
	cr_expect_eq(runfile_reopen(path[0]), -1);
	cr_expect_eq(errno, ELOOP);
	cr_expect_not_null(strstr(runfile_error(errno), "symbolic"));
	unlink(path[0]);
	int fd = runfile_reopen(path[1]);
	cr_expect_geq(fd, 0);
	close(fd);
	cr_assert_eq(link(path[1], path[0]), 0);
	cr_expect_eq(runfile_reopen(path[1]), -1);
	cr_expect_eq(errno, EMLINK);
}
