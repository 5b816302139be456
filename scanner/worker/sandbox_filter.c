/*
 * sandbox_filter.c - the system calls of a running worker, as a table; see sandbox.h.
 *
 * Whatever is not here fails with EPERM, which libraries take as an ordinary failure; killing would
 * turn a harmless new call of some future libc into the death of all workers.
 */
#include "scanner/worker/sandbox_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A name that this architecture or this libseccomp does not have is passed over. */
static const char *const allowed[] = {
	/* memory; mmap and mprotect are below */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	/* descriptors that are open */
	"read",
	"write",
	"readv",
	"writev",
	"close",
	"fstat",
	"fstat64",
	"lseek",
	"_llseek",
	/* sockets; socket() and options are below. No bind, listen, accept: workers call out */
	"connect",
	"send",
	"recv",
	"sendto",
	"recvfrom",
	"sendmsg",
	"recvmsg",
	"sendmmsg",
	"recvmmsg",
	"recvmmsg_time64",
	"shutdown",
	"getsockname",
	"getpeername",
	/* waiting */
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"select",
	"_newselect",
	"pselect6",
	"pselect6_time64",
	"restart_syscall",
	/* curl and libuv wake loops up through these */
	"eventfd2",
	"pipe2",
	/* time and chance */
	"clock_gettime",
	"clock_gettime64",
	"clock_getres",
	"gettimeofday",
	"time",
	"nanosleep",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"getrandom",
	/* locks, signals of our own, the end */
	"futex",
	"futex_time64",
	"sched_yield",
	"rseq",
	"set_robust_list",
	"rt_sigaction",
	"sigaction",
	"rt_sigprocmask",
	"sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"sigaltstack",
	"exit",
	"exit_group",
	/* who and where we are */
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getuid32",
	"geteuid32",
	"getgid32",
	"getegid32",
	"getrusage",
	"getrlimit",
	"ugetrlimit",
	"sysinfo",
	"uname",
	"sched_getaffinity",
	"getcpu",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A call that is allowed only when one argument (32 bits of it) is right. */
struct condition {
	const char *name;
	unsigned arg;
	uint32_t mask, value;
};

static const struct condition conditions[] = {
	/* Never again executable memory. */
	{"mmap", 2, PROT_EXEC, 0},	     {"mmap2", 2, PROT_EXEC, 0},
	{"mprotect", 2, PROT_EXEC, 0},	     {"ioctl", 1, UINT32_MAX, FIONREAD},
	{"ioctl", 1, UINT32_MAX, FIONBIO},   {"fcntl", 1, UINT32_MAX, F_GETFL},
	{"fcntl", 1, UINT32_MAX, F_SETFL},   {"fcntl", 1, UINT32_MAX, F_GETFD},
	{"fcntl", 1, UINT32_MAX, F_SETFD},   {"fcntl64", 1, UINT32_MAX, F_GETFL},
	{"fcntl64", 1, UINT32_MAX, F_SETFL}, {"fcntl64", 1, UINT32_MAX, F_GETFD},
	{"fcntl64", 1, UINT32_MAX, F_SETFD},
};

/* TCP and UDP over IPv4 and IPv6; no raw, local or netlink sockets, and no other protocol: MPTCP
 * goes past Landlock, SCTP and DCCP are code that nobody needs here. */
static int allow_sockets(scmp_filter_ctx ctx, int call)
{
	static const uint32_t families[] = {AF_INET, AF_INET6};
	static const struct {
		uint32_t type, protocol;
	} kinds[] = {{SOCK_STREAM, 0},
		     {SOCK_STREAM, IPPROTO_TCP},
		     {SOCK_DGRAM, 0},
		     {SOCK_DGRAM, IPPROTO_UDP}};
	const uint32_t type_mask = (uint32_t) ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	int rc = 0;

	for (size_t f = 0; f < COUNT(families); f++)
		for (size_t k = 0; k < COUNT(kinds) && rc == 0; k++)
			rc = seccomp_rule_add(
				ctx, SCMP_ACT_ALLOW, call, 3,
				SCMP_CMP32(0, SCMP_CMP_EQ, families[f], 0),
				SCMP_CMP32(1, SCMP_CMP_MASKED_EQ, type_mask, kinds[k].type),
				SCMP_CMP32(2, SCMP_CMP_EQ, kinds[k].protocol, 0));
	return rc;
}

/* What we, curl and c-ares set and ask. None attaches a program, changes headers or routes, or
 * hands the stream to other code of the kernel. */
static const struct option {
	uint32_t level, name;
} options_set[] =
	{
		{SOL_SOCKET, SO_RCVBUF},     {SOL_SOCKET, SO_SNDBUF},
		{SOL_SOCKET, SO_KEEPALIVE},  {IPPROTO_TCP, TCP_NODELAY},
		{IPPROTO_TCP, TCP_KEEPIDLE}, {IPPROTO_TCP, TCP_KEEPINTVL},
		{IPPROTO_TCP, TCP_KEEPCNT},
},
  options_asked[] = {
	  {SOL_SOCKET, SO_ERROR},
	  {SOL_SOCKET, SO_TYPE},
	  {SOL_SOCKET, SO_RCVBUF},
	  {SOL_SOCKET, SO_SNDBUF},
};

static int allow_options(scmp_filter_ctx ctx, int call, const struct option *options, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 2,
				      SCMP_CMP32(1, SCMP_CMP_EQ, options[i].level, 0),
				      SCMP_CMP32(2, SCMP_CMP_EQ, options[i].name, 0));
	return rc;
}

static int allow_setsockopt(scmp_filter_ctx ctx, int call)
{
	return allow_options(ctx, call, options_set, COUNT(options_set));
}

static int allow_getsockopt(scmp_filter_ctx ctx, int call)
{
	return allow_options(ctx, call, options_asked, COUNT(options_asked));
}

/* abort() raises its signal with tgkill(); to others nothing is sent. */
static int allow_abort(scmp_filter_ctx ctx, int call)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
				SCMP_CMP(0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

/* prlimit64() is how glibc reads limits; only of ourselves, and without setting any. */
static int allow_getrlimit(scmp_filter_ctx ctx, int call)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 2, SCMP_CMP(0, SCMP_CMP_EQ, 0, 0),
				SCMP_CMP(2, SCMP_CMP_EQ, 0, 0));
}

/* clone3() passes its flags in memory, where a filter cannot look: glibc falls back on ENOSYS. */
static int refuse_clone3(scmp_filter_ctx ctx, int call)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), call, 0);
}

static const struct {
	const char *name;
	int (*add)(scmp_filter_ctx, int call);
} special[] = {
	{"socket", allow_sockets},	  {"setsockopt", allow_setsockopt},
	{"getsockopt", allow_getsockopt}, {"tgkill", allow_abort},
	{"prlimit64", allow_getrlimit},	  {"clone3", refuse_clone3},
};

static int rules_add(scmp_filter_ctx ctx)
{
	int rc = 0, call;

	for (size_t i = 0; i < COUNT(allowed) && rc == 0; i++) {
		call = seccomp_syscall_resolve_name(allowed[i]);
		if (call != __NR_SCMP_ERROR)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0);
	}
	for (size_t i = 0; i < COUNT(conditions) && rc == 0; i++) {
		const struct condition *c = &conditions[i];
		call = seccomp_syscall_resolve_name(c->name);
		if (call != __NR_SCMP_ERROR)
			rc = seccomp_rule_add(
				ctx, SCMP_ACT_ALLOW, call, 1,
				SCMP_CMP32(c->arg, SCMP_CMP_MASKED_EQ, c->mask, c->value));
	}
	for (size_t i = 0; i < COUNT(special) && rc == 0; i++) {
		call = seccomp_syscall_resolve_name(special[i].name);
		if (call != __NR_SCMP_ERROR)
			rc = special[i].add(ctx, call);
	}
	return rc;
}

int sandbox_filter_load(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (ctx == NULL)
		return -ENOMEM;
	/* All threads, in case a library has started one. */
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = rules_add(ctx);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc;
}

int sandbox_filter_no_uring(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	if (ctx == NULL)
		return -ENOMEM;
	int call = seccomp_syscall_resolve_name("io_uring_setup");
	int rc = call == __NR_SCMP_ERROR ? 0
					 : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), call, 0);
	if (rc == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc;
}
