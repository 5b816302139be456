/* What root gives up, tried in children; and that others stay who they are. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scanner/base/privilege.h"

/* CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID */
#define FILES_CAPABILITIES 0xeeull

/* A line of /proc/self/status, in the child whose text it is. */
static const char *line_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	cr_assert_not_null(at, "no %s in %s", key, text);
	return at + strlen(key);
}

static unsigned long long mask_of(const char *text, const char *key)
{
	return strtoull(line_of(text, key), NULL, 16);
}

static char status_text[8192];

/* Runs body in a child, which returns what it wants to be 0; then `cat` in its place, whose status
 * is what a program has that it starts. */
static void in_child(int (*body)(void))
{
	int fds[2], status;
	size_t n = 0;

	cr_assert_eq(pipe(fds), 0);
	pid_t child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		close(fds[0]);
		dup2(fds[1], STDOUT_FILENO);
		int rc = body();
		if (rc != 0)
			_exit(rc);
		execl("/bin/cat", "cat", "/proc/self/status", (char *)NULL);
		_exit(99);
	}
	close(fds[1]);
	for (ssize_t got; (got = read(fds[0], status_text + n, sizeof(status_text) - 1 - n)) > 0;)
		n += (size_t)got;
	status_text[n] = '\0';
	close(fds[0]);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0, "ended with %x: %s", status, status_text);
}

static int root_becomes_nobody(void)
{
	struct errmsg err = {""};
	const gid_t groups[] = {0, 4, 27};

	if (setgroups(3, groups) != 0)
		return 1;
	if (privilege_become_nobody(&err) != 0)
		return 2;
	if (setuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0)
		return 3;
	return prctl(PR_GET_DUMPABLE) == 1 && getenv("ASAN_OPTIONS") == NULL ? 4 : 0;
}

Test(privilege, root_becomes_nobody)
{
	if (geteuid() != 0)
		cr_skip_test("this needs to be started as root");
	in_child(root_becomes_nobody);
	unsigned id[4];
	cr_assert_eq(
		sscanf(line_of(status_text, "\nUid:"), "%u %u %u %u", id, id + 1, id + 2, id + 3),
		4);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(id[i], 65534);
	cr_assert_eq(
		sscanf(line_of(status_text, "\nGid:"), "%u %u %u %u", id, id + 1, id + 2, id + 3),
		4);
	for (int i = 0; i < 4; i++)
		cr_expect_eq(id[i], 65534);
	cr_expect_eq(strcspn(line_of(status_text, "\nGroups:"), "0123456789\n"),
		     strcspn(line_of(status_text, "\nGroups:"), "\n"), "groups are left");
	cr_expect_eq(mask_of(status_text, "\nCapPrm:"), 0);
	cr_expect_eq(mask_of(status_text, "\nCapEff:"), 0);
	cr_expect_eq(mask_of(status_text, "\nCapInh:"), 0);
	cr_expect_eq(mask_of(status_text, "\nCapAmb:"), 0);
	cr_expect_eq(mask_of(status_text, "\nNoNewPrivs:"), 1);
}

static int root_keeps_files(void)
{
	privilege_keep_files();
	return 0;
}

/* Root, but for files alone, and so is what it starts. */
Test(privilege, root_keeps_files)
{
	if (geteuid() != 0)
		cr_skip_test("this needs to be started as root");
	in_child(root_keeps_files);
	cr_expect_eq(strtoul(line_of(status_text, "\nUid:"), NULL, 10), 0);
	cr_expect_eq(mask_of(status_text, "\nCapPrm:") & ~FILES_CAPABILITIES, 0);
	cr_expect_eq(mask_of(status_text, "\nCapEff:") & ~FILES_CAPABILITIES, 0);
	cr_expect_eq(mask_of(status_text, "\nCapPrm:"),
		     FILES_CAPABILITIES & mask_of(status_text, "\nCapBnd:"));
	cr_expect_eq(mask_of(status_text, "\nNoNewPrivs:"), 1);
}

static int both(void)
{
	struct errmsg err;

	privilege_keep_files(); /* the supervisor; then what it starts */
	return privilege_become_nobody(&err);
}

Test(privilege, one_after_the_other)
{
	if (geteuid() != 0)
		cr_skip_test("this needs to be started as root");
	in_child(both);
	cr_expect_eq(strtoul(line_of(status_text, "\nUid:"), NULL, 10), 65534);
	cr_expect_eq(mask_of(status_text, "\nCapPrm:"), 0);
}

static int somebody(void)
{
	struct errmsg err;

	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(1234, 1234, 1234) != 0 ||
			       setresuid(1234, 1234, 1234) != 0))
		return 1;
	uid_t before = getuid();
	privilege_keep_files();
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
		return 2;
	if (privilege_become_nobody(&err) != 0)
		return 3;
	return getuid() == before && geteuid() == before ? 0 : 4;
}

Test(privilege, others_stay_who_they_are)
{
	in_child(somebody);
	cr_expect_eq(mask_of(status_text, "\nCapPrm:"), 0);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done ? 0 : -1;
}

#define NO_NAMESPACE 77

/* As in a rootless container with a single user. */
static int alone_in_a_namespace(void)
{
	struct errmsg err = {""};
	char map[64];

	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	if (unshare(CLONE_NEWUSER) != 0 || write_file("/proc/self/uid_map", map) != 0)
		_exit(NO_NAMESPACE);
	if (getuid() != 0 || privilege_become_nobody(&err) != 1 ||
	    strstr(err.text, "stays root, without capabilities") == NULL)
		return 1;
	return getuid() == 0 ? 0 : 2;
}

Test(privilege, there_is_nobody_else)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(alone_in_a_namespace());
	cr_assert_eq(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACE)
		cr_skip_test("this system gives no user namespace");
	cr_expect_eq(status, 0);
	in_child(alone_in_a_namespace);
	cr_expect_eq(mask_of(status_text, "\nCapPrm:"), 0);
	cr_expect_eq(mask_of(status_text, "\nCapEff:"), 0);
}
