/* When something was said, in logs. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "scanner/base/stamp.h"

Test(stamp, a_file_has_the_time)
{
	char out[STAMP_MAX];
	struct tm tm = {0};
	int fd = open("/dev/null", O_WRONLY);

	unsetenv("JOURNAL_STREAM");
	const char *text = stamp_now(fd, out);
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	cr_assert_not_null(end, "%s", text);
	cr_expect_str_eq(end, " ");
	double off = difftime(time(NULL), timegm(&tm));
	cr_expect(off >= 0 && off < 10, "%s", text);
	close(fd);
}

Test(stamp, a_terminal_has_none)
{
	char out[STAMP_MAX];
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	unsetenv("JOURNAL_STREAM");
	cr_assert_geq(fd, 0);
	cr_expect_str_eq(stamp_now(fd, out), "");
	close(fd);
}

Test(stamp, nor_has_the_journal)
{
	char out[STAMP_MAX];

	setenv("JOURNAL_STREAM", "8:1234", 1);
	cr_expect_str_eq(stamp_now(STDERR_FILENO, out), "");
}
