/*
 * sandbox_landlock.c - see sandbox_landlock.h. The interface is written down here: what a kernel
 * can is asked at run time, and headers of the system that builds may be older.
 */
#include "scanner/worker/sandbox_landlock.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers on every architecture but alpha. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define ASK_VERSION 1u
#define RULE_NET_PORT 2
#define NET_CONNECT_TCP (1ull << 1)

/* struct landlock_ruleset_attr, which grew. */
struct ruleset {
	uint64_t files; /* version 1 */
	uint64_t net;	/* version 4 */
	uint64_t scope; /* version 6 */
};

/* struct landlock_net_port_attr */
struct port_rule {
	uint64_t access, port;
};

/* What each version has brought to be forbidden. */
static const struct {
	int version;
	struct ruleset all;
} brought[] = {
	{1, {.files = 0x1fff}},	 /* execute, read, write, make and remove, of every kind */
	{2, {.files = 1 << 13}}, /* refer */
	{3, {.files = 1 << 14}}, /* truncate */
	{4, {.net = 3}},	 /* bind and connect, TCP */
	{5, {.files = 1 << 15}}, /* ioctl of devices */
	{6, {.scope = 3}},	 /* abstract sockets, signals */
};

static struct ruleset ruleset_of(int version, size_t *n)
{
	struct ruleset r = {0};

	for (size_t i = 0; i < sizeof(brought) / sizeof(brought[0]); i++) {
		if (brought[i].version > version)
			break;
		r.files |= brought[i].all.files;
		r.net |= brought[i].all.net;
		r.scope |= brought[i].all.scope;
	}
	*n = version >= 6   ? sizeof(r)
	     : version >= 4 ? offsetof(struct ruleset, scope)
			    : offsetof(struct ruleset, net);
	return r;
}

static int ports_allow(int fd, const uint16_t *ports, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct port_rule rule = {NET_CONNECT_TCP, ports[i]};
		if (syscall(SYS_landlock_add_rule, fd, RULE_NET_PORT, &rule, 0u) != 0)
			return -errno;
	}
	return 0;
}

int sandbox_landlock(const uint16_t *ports, unsigned ports_n)
{
	size_t n;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0ul, ASK_VERSION);

	if (version <= 0) /* not built in, or not switched on */
		return 0;
	struct ruleset all = ruleset_of((int)version, &n);
	if (ports_n == 0)
		all.net &= ~NET_CONNECT_TCP;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &all, n, 0u);
	if (fd < 0)
		return -errno;
	int rc = version >= 4 ? ports_allow(fd, ports, ports_n) : 0;
	if (rc == 0 && syscall(SYS_landlock_restrict_self, fd, 0u) != 0)
		rc = -errno;
	close(fd);
	return rc != 0 ? rc : (int)version;
}
