/* privilege.c - see privilege.h. */
#include "scanner/base/privilege.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* "nobody" on every Linux, and the kernel's own number for "no such user here". */
#define NOBODY 65534u

/* AddressSanitizer looks for leaks with ptrace at the end. gcc and clang say it differently. */
#if defined(__SANITIZE_ADDRESS__)
#define LOOKED_INTO 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOOKED_INTO 1
#endif
#endif
#ifndef LOOKED_INTO
#define LOOKED_INTO 0
#endif

static bool privilege_is_root(void)
{
	return geteuid() == 0 || getuid() == 0;
}

/* What is in both: its own, and these. 0, or -1 and errno. */
static int keep_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) != 0)
		return -1;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(kept >> 32 * i);
		data[i].effective &= (uint32_t)(kept >> 32 * i);
		data[i].inheritable = 0; /* with it the ambient ones go */
	}
	return (int)syscall(SYS_capset, &header, data);
}

int privilege_become_nobody(struct errmsg *err)
{
	int missing = 0;

	if (privilege_is_root() &&
	    (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	     setresuid(NOBODY, NOBODY, NOBODY) != 0)) {
		errmsg_set(err,
			   "who reads the network stays root, without capabilities: cannot become "
			   "user %u: %s",
			   NOBODY, strerror(errno));
		missing = 1;
	}
	if (keep_capabilities(0) != 0)
		return errmsg_set(err, "cannot drop capabilities: %s", strerror(errno));
	bool root_again = !missing && setuid(0) == 0;
	assert(!root_again);
	/* No other process of this user may look into this one. */
	if (prctl(PR_SET_DUMPABLE, LOOKED_INTO, 0, 0, 0) != 0)
		return errmsg_set(err, "cannot forbid ptrace: %s", strerror(errno));
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return missing;
}

void privilege_keep_files(void)
{
	const uint64_t kept = 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH |
			      1u << CAP_FOWNER | 1u << CAP_KILL | 1u << CAP_SETUID |
			      1u << CAP_SETGID;

	if (!privilege_is_root())
		return;
	/* In this order: a program that root starts would have them all again. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		(void)keep_capabilities(kept);
}
