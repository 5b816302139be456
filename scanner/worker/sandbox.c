/* sandbox.c - see sandbox.h. The filter is in sandbox_filter.c. */
#include "scanner/worker/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "scanner/base/privilege.h"
#include "scanner/worker/sandbox_filter.h"
#include "scanner/worker/sandbox_landlock.h"

/* AddressSanitizer's shadow needs terabytes of address space. gcc and clang say it differently. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED
#endif
#endif

#ifdef SANDBOX_SANITIZED
/* Asked by the sanitizer. To look for leaks it wants ptrace, which a confined process has not (nor
 * has it prctl). Leaks of workers are found by scans with --sandbox off. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return prctl(PR_GET_SECCOMP) == -1;
}
#endif

/* ---- descriptors ------------------------------------------------------------------------- */

/* Sockets, pipes, and what has no type at all: epoll, eventfd and their like. */
static bool fd_may_stay(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return true; /* there is none */
	return S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode) || (st.st_mode & S_IFMT) == 0;
}

/* 0 to 2 keep their numbers, so that nothing else ever gets them. */
static int fds_standard(struct errmsg *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return errmsg_set(err, "cannot open /dev/null: %s", strerror(errno));
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		bool is_open = fcntl(fd, F_GETFD) >= 0;
		if (is_open && (fd == STDERR_FILENO || fd_may_stay(fd)))
			continue;
		if (dup2(null, fd) < 0)
			return errmsg_set(err, "cannot replace descriptor %d: %s", fd,
					  strerror(errno));
	}
	if (null > STDERR_FILENO)
		close(null);
	return 0;
}

/* What is no socket, and no descriptor of ours, is a library's: it may go on writing there. */
static int fd_replace(int fd, struct errmsg *err)
{
	if (fd_may_stay(fd))
		return 0;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int rc = null >= 0 ? dup3(null, fd, O_CLOEXEC) : -1;
	if (null >= 0)
		close(null);
	return rc >= 0 ? 0
		       : errmsg_set(err, "cannot replace descriptor %d: %s", fd, strerror(errno));
}

static int fds_replace(struct errmsg *err)
{
	DIR *dir = opendir("/proc/self/fd");
	int rc = 0;

	if (dir == NULL) { /* no /proc: all numbers that there can be */
		long max = sysconf(_SC_OPEN_MAX);
		for (int fd = STDERR_FILENO + 1; fd < max && rc == 0; fd++)
			rc = fd_replace(fd, err);
		return rc;
	}
	/* The directory itself is among them. */
	for (struct dirent *e; rc == 0 && (e = readdir(dir)) != NULL;) {
		int fd = (int)strtol(e->d_name, NULL, 10);
		if (fd > STDERR_FILENO && fd != dirfd(dir))
			rc = fd_replace(fd, err);
	}
	closedir(dir);
	return rc;
}

/* ---- limits ------------------------------------------------------------------------------ */

static int limit(int resource, uint64_t value, const char *name, struct errmsg *err)
{
	struct rlimit r;

	if (getrlimit((__rlimit_resource_t)resource, &r) != 0)
		return errmsg_set(err, "cannot read the limit %s: %s", name, strerror(errno));
	if (r.rlim_max == RLIM_INFINITY || value < r.rlim_max)
		r.rlim_max = value;
	r.rlim_cur = r.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &r) != 0)
		return errmsg_set(err, "cannot set the limit %s: %s", name, strerror(errno));
	return 0;
}

static int limits(const struct sandbox_config *config, struct errmsg *err)
{
	struct stat st;
	bool log_is_file = fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);

	/* Nothing of what is left can grow a file, but for a stderr that is one. */
	signal(SIGXFSZ, SIG_IGN);
	if (!log_is_file && limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE", err) != 0)
		return -1;
	if (limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err) != 0 ||
	    limit(RLIMIT_NPROC, 0, "RLIMIT_NPROC", err) != 0 ||
	    limit(RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK", err) != 0)
		return -1;
	if (config->files_max > 0 &&
	    limit(RLIMIT_NOFILE, config->files_max, "RLIMIT_NOFILE", err) != 0)
		return -1;
#ifndef SANDBOX_SANITIZED
	if (config->memory_max > 0 && limit(RLIMIT_AS, config->memory_max, "RLIMIT_AS", err) != 0)
		return -1;
#endif
	return 0;
}

/* ---- all together ------------------------------------------------------------------------ */

int sandbox_enter(const struct sandbox_config *config, struct errmsg *err)
{
	int missing = 0;

	tzset(); /* reads a file, and some library will ask for local time */
	if (fds_standard(err) != 0 || fds_replace(err) != 0)
		return -1;
	if (limits(config, err) != 0)
		return -1;
	missing = privilege_become_nobody(err);
	if (missing < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		errmsg_set(err, "this kernel knows no 'no_new_privs' and no seccomp: workers are "
				"not confined");
		return 1;
	}
	int rc = sandbox_landlock(config->tcp_ports, config->tcp_ports_n);
	if (rc < 0) { /* as inside of many other sandboxes */
		errmsg_set(err, "Landlock refuses our rules (%s): workers are confined without it",
			   strerror(-rc));
		missing = 1;
	}
	rc = sandbox_filter_load();
	if (rc != 0) {
		errmsg_set(err,
			   "this system offers no seccomp filter (%s): workers can make any system "
			   "call that their user may make",
			   strerror(-rc));
		missing = 1;
	}
	return missing;
}

/* No kernel before 5.9 has the call; Debian's and Ubuntu's have, and a filter may refuse it. */
void sandbox_close_from(int from)
{
	if (syscall(SYS_close_range, (unsigned)from, ~0u, 0u) == 0)
		return;
	long max = sysconf(_SC_OPEN_MAX);
	for (int fd = from; fd < max; fd++)
		close(fd);
}

void sandbox_before_loop(void)
{
	(void)sandbox_filter_no_uring();
}
