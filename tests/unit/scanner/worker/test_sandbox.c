/*
 * What a worker can no longer do, tried in a process that has entered the sandbox; and what it
 * still must be able to do.
 */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/rand.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "scanner/worker/sandbox.h"
#include "scanner/worker/sandbox_landlock.h"
#include "tests/support/sanitized.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Runs body in a child that is in the sandbox; what it finds wrong it writes to the pipe. */
struct report {
	int fd;
};

static void wrong(struct report *r, const char *what, long rc, int error)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "%s: %ld, errno %d\n", what, rc, error);

	if (write(r->fd, line, (size_t)n) != n)
		_exit(99);
}

static void in_sandbox(void (*body)(struct report *), const struct sandbox_config *config)
{
	static char text[65536];
	int fds[2], status;
	size_t n = 0;

	cr_assert_eq(pipe(fds), 0);
	pid_t child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		struct report r = {fds[1]};
		struct errmsg err = {""};
		close(fds[0]);
		int rc = sandbox_enter(config, &err);
		if (rc != 0)
			wrong(&r, err.text, rc, 0);
		else
			body(&r);
		_exit(0);
	}
	close(fds[1]);
	for (ssize_t got; (got = read(fds[0], text + n, sizeof(text) - 1 - n)) > 0;)
		n += (size_t)got;
	text[n] = '\0';
	close(fds[0]);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child ended with status %x",
		  status);
	cr_expect_str_empty(text, "%s", text);
}

static const struct sandbox_config plain;

/* ---- what must fail ---------------------------------------------------------------------- */

/* The call must fail with one of two errors: that of the filter, or that of a lost privilege. */
#define REFUSED(r, call, error)                                                                    \
	do {                                                                                       \
		errno = 0;                                                                         \
		long rc_ = (long)(call);                                                           \
		if (rc_ != -1 || errno != (error))                                                 \
			wrong(r, #call, rc_, errno);                                               \
	} while (0)

static void try_files(struct report *r)
{
	REFUSED(r, open("/etc/passwd", O_RDONLY), EPERM);
	REFUSED(r, open("/tmp/mtasweep-sandbox", O_RDWR | O_CREAT, 0600), EPERM);
	REFUSED(r, syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0), EPERM);
	REFUSED(r, unlink("/tmp/mtasweep-sandbox"), EPERM);
	REFUSED(r, rename("/tmp/a", "/tmp/b"), EPERM);
	REFUSED(r, mkdir("/tmp/mtasweep-sandbox", 0700), EPERM);
	REFUSED(r, symlink("/etc/passwd", "/tmp/mtasweep-sandbox"), EPERM);
	REFUSED(r, chmod("/tmp", 0700), EPERM);
	REFUSED(r, chdir("/"), EPERM);
	REFUSED(r, chroot("/"), EPERM);
	REFUSED(r, mount("none", "/mnt", "tmpfs", 0, NULL), EPERM);
	REFUSED(r, memfd_create("x", 0), EPERM);
	REFUSED(r, access("/etc/passwd", R_OK), EPERM);
	REFUSED(r, truncate("/tmp/mtasweep-sandbox", 0), EPERM);
}

Test(sandbox, no_files)
{
	in_sandbox(try_files, &plain);
}

static void *thread_main(void *arg)
{
	return arg;
}

static void try_processes(struct report *r)
{
	char *const argv[] = {(char *)(uintptr_t) "true", NULL};
	pthread_t thread;
	char byte;
	struct iovec here = {&byte, 1};

	REFUSED(r, execv("/bin/true", argv), EPERM);
	REFUSED(r, fexecve(0, argv, argv), EPERM);
	REFUSED(r, fork(), EPERM);
	REFUSED(r, vfork(), EPERM);
	if (pthread_create(&thread, NULL, thread_main, NULL) == 0)
		wrong(r, "pthread_create", 0, 0);
	REFUSED(r, ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
	REFUSED(r, ptrace(PTRACE_ATTACH, getppid(), NULL, NULL), EPERM);
	REFUSED(r, process_vm_readv(getppid(), &here, 1, &here, 1, 0), EPERM);
	REFUSED(r, kill(getppid(), SIGTERM), EPERM);
	REFUSED(r, syscall(SYS_tgkill, getppid(), getppid(), SIGTERM), EPERM);
	REFUSED(r, syscall(SYS_pidfd_open, getppid(), 0), EPERM);
	REFUSED(r, setpriority(PRIO_PROCESS, 0, 0), EPERM);
	REFUSED(r, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
	struct rlimit none = {0, 0};
	REFUSED(r, setrlimit(RLIMIT_NOFILE, &none), EPERM);
	REFUSED(r, prlimit(getppid(), RLIMIT_NOFILE, NULL, &none), EPERM);
}

Test(sandbox, no_processes)
{
	in_sandbox(try_processes, &plain);
}

static void try_kernel(struct report *r)
{
	struct io_uring_params params = {0};

	REFUSED(r, syscall(SYS_io_uring_setup, 8, &params), EPERM);
	REFUSED(r, syscall(SYS_bpf, 0, NULL, 0), EPERM);
	REFUSED(r, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0), EPERM);
	REFUSED(r, syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
	REFUSED(r, syscall(SYS_unshare, 0x10000000), EPERM);
	REFUSED(r, syscall(SYS_userfaultfd, 0), EPERM);
	REFUSED(r, sethostname("x", 1), EPERM);
	/* Memory that can be run, in one step or in two. */
	void *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	if (m != MAP_FAILED)
		wrong(r, "mmap executable", 0, 0);
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		wrong(r, "mmap", -1, errno);
	else
		REFUSED(r, mprotect(m, 4096, PROT_READ | PROT_EXEC), EPERM);
	/* A byte pushed into the terminal's input. */
	REFUSED(r, ioctl(0, 0x5412 /* TIOCSTI */, "x"), EPERM);
}

Test(sandbox, no_kernel_interfaces)
{
	in_sandbox(try_kernel, &plain);
}

static void try_sockets(struct report *r)
{
	struct sockaddr_in any = {.sin_family = AF_INET};

	REFUSED(r, socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
	REFUSED(r, socket(AF_NETLINK, SOCK_RAW, 0), EPERM);
	REFUSED(r, socket(AF_PACKET, SOCK_RAW, 0), EPERM);
	REFUSED(r, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM);
	/* Other protocols behind the same types. */
	REFUSED(r, socket(AF_INET, SOCK_STREAM, 262 /* MPTCP */), EPERM);
	REFUSED(r, socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), EPERM);
	REFUSED(r, socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6), EPERM);
	REFUSED(r, socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), EPERM);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int fd6 = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
	if (fd < 0 || fd6 < 0)
		wrong(r, "socket", fd, errno);
	int one = 1;
	socklen_t n = sizeof(one);
	REFUSED(r, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &one, n), EPERM);
	REFUSED(r, setsockopt(fd, SOL_SOCKET, SO_MARK, &one, n), EPERM);
	REFUSED(r, setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, n), EPERM);
	REFUSED(r, setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 4), EPERM);
	REFUSED(r, setsockopt(fd, IPPROTO_IP, IP_OPTIONS, &one, n), EPERM);
	REFUSED(r, setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &one, n), EPERM);
	REFUSED(r, setsockopt(fd6, IPPROTO_IPV6, IPV6_RTHDR, &one, n), EPERM);
	REFUSED(r, setsockopt(fd6, IPPROTO_IPV6, IPV6_V6ONLY, &one, n), EPERM);
	REFUSED(r, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &one, &n), EPERM);
	REFUSED(r, getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &one, &n), EPERM);
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one)) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &one, &n) != 0)
		wrong(r, "an option that is needed", -1, errno);
	REFUSED(r, bind(fd, (struct sockaddr *)&any, sizeof(any)), EPERM);
	REFUSED(r, listen(fd, 1), EPERM);
	REFUSED(r, accept(fd, NULL, NULL), EPERM);
}

Test(sandbox, no_listening_and_no_odd_sockets)
{
	in_sandbox(try_sockets, &plain);
}

/* ---- Landlock ---------------------------------------------------------------------------- */

static const uint16_t landlock_port = 443;
static int landlock_version;

/* Without the filter, to see which of the two fences holds. */
static void try_landlock(struct report *r)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	int error = landlock_version >= 4 ? EACCES : ECONNREFUSED;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	REFUSED(r, open("/etc/passwd", O_RDONLY), EACCES);
	REFUSED(r, open("/tmp", O_RDONLY | O_DIRECTORY), EACCES);
	REFUSED(r, mkdir("/tmp/mtasweep-sandbox", 0700), EACCES);
	REFUSED(r, execl("/bin/true", "true", (char *)NULL), EACCES);
	to.sin_port = htons(1);
	REFUSED(r, connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof(to)),
		error);
	if (landlock_version >= 4)
		REFUSED(r,
			bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof(to)),
			EACCES);
	to.sin_port = htons(landlock_port); /* whoever listens there, or nobody */
	if (connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof(to)) != 0 &&
	    errno == EACCES)
		wrong(r, "a port that is allowed", -1, errno);
	if (connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof(to)) != 0)
		wrong(r, "UDP", -1, errno);
}

Test(sandbox, landlock)
{
	int fds[2], status;
	char text[4096];

	landlock_version = (int)syscall(444 /* landlock_create_ruleset */, NULL, 0ul, 1u);
	if (landlock_version <= 0)
		cr_skip_test("this kernel has no Landlock");
	cr_assert_eq(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		struct report r = {fds[1]};
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		int rc = sandbox_landlock(&landlock_port, 1);
		if (rc != landlock_version)
			wrong(&r, "sandbox_landlock", rc, 0);
		try_landlock(&r);
		_exit(0);
	}
	close(fds[1]);
	ssize_t n = read(fds[0], text, sizeof(text) - 1);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(n == 0 && status == 0, "%x: %.*s", status, (int)n, text);
}

static const struct sandbox_config one_port = {.tcp_ports = &landlock_port, .tcp_ports_n = 1};

static void try_other_port(struct report *r)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(22)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	REFUSED(r, connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof(to)),
		EACCES);
}

Test(sandbox, connects_to_no_other_port)
{
	if (syscall(444, NULL, 0ul, 1u) < 4)
		cr_skip_test("this kernel's Landlock knows no ports");
	in_sandbox(try_other_port, &one_port);
}

static void try_root(struct report *r)
{
	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || getegid() == 0)
		wrong(r, "still root", getuid(), 0);
	REFUSED(r, setuid(0), EPERM);
	REFUSED(r, setgid(0), EPERM);
	REFUSED(r, setgroups(0, NULL), EPERM);
}

Test(sandbox, no_root)
{
	if (geteuid() != 0)
		cr_skip_test("this needs to be started as root");
	in_sandbox(try_root, &plain);
}

/* ---- what is gone ------------------------------------------------------------------------ */

static int file_fd = -1, socket_fd = -1, pipe_fds[2], loop_fd = -1;

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void try_descriptors(struct report *r)
{
	char byte = 'x';

	/* Its number stays taken: what still writes there reaches no socket. */
	if (!is_open(file_fd))
		wrong(r, "the number of a file is free to be taken", file_fd, 0);
	if (write(file_fd, &byte, 1) != 1 || read(file_fd, &byte, 1) != 0)
		wrong(r, "a file is still open", file_fd, 0);
	if (!is_open(socket_fd))
		wrong(r, "the socket is gone", socket_fd, errno);
	if (!is_open(pipe_fds[0]) || write(pipe_fds[1], &byte, 1) != 1 ||
	    read(pipe_fds[0], &byte, 1) != 1)
		wrong(r, "the pipe is gone", pipe_fds[0], errno);
	if (!is_open(loop_fd))
		wrong(r, "the epoll descriptor is gone", loop_fd, errno);
	for (int fd = 0; fd < 3; fd++)
		if (!is_open(fd))
			wrong(r, "a standard descriptor is free to be taken", fd, 0);
	if (read(0, &byte, 1) != 0)
		wrong(r, "standard input is not /dev/null", 0, errno);
}

Test(sandbox, no_descriptors_but_sockets_and_pipes)
{
	char path[] = "/tmp/mtasweep-sandbox-XXXXXX";

	file_fd = mkstemp(path);
	cr_assert_geq(file_fd, 0);
	unlink(path);
	cr_assert_eq(write(file_fd, "secret", 6), 6);
	lseek(file_fd, 0, SEEK_SET);
	dup2(file_fd, 0);
	socket_fd = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert_eq(pipe(pipe_fds), 0);
	loop_fd = epoll_create1(0);
	in_sandbox(try_descriptors, &plain);
	close(file_fd);
	close(socket_fd);
	close(loop_fd);
}

static void try_limits(struct report *r)
{
	static const struct {
		int resource;
		rlim_t want;
	} rows[] = {
		{RLIMIT_CORE, 0},    {RLIMIT_NPROC, 0},	      {RLIMIT_MEMLOCK, 0},
		{RLIMIT_NOFILE, 64}, {RLIMIT_AS, 1ull << 40},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rlimit limit;
		if (getrlimit((__rlimit_resource_t)rows[i].resource, &limit) != 0 ||
		    limit.rlim_cur != rows[i].want || limit.rlim_max != rows[i].want)
			wrong(r, "limit", rows[i].resource, (int)limit.rlim_cur);
	}
}

Test(sandbox, limits)
{
	struct sandbox_config config = {.memory_max = 1ull << 40, .files_max = 64};

	if (SANITIZED)
		cr_skip_test("the sanitizer maps terabytes");
	in_sandbox(try_limits, &config);
}

static void try_lower_limits(struct report *r)
{
	static const struct {
		int resource;
		rlim_t want;
	} rows[] = {{RLIMIT_NOFILE, 48}, {RLIMIT_AS, 1ull << 39}, {RLIMIT_NPROC, 0}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rlimit limit;
		if (getrlimit((__rlimit_resource_t)rows[i].resource, &limit) != 0 ||
		    limit.rlim_cur != rows[i].want || limit.rlim_max != rows[i].want)
			wrong(r, "limit", rows[i].resource, (int)limit.rlim_cur);
	}
}

/* What is less already stays so: who set it meant it, and only root could raise it. */
Test(sandbox, limits_that_are_lower_stay)
{
	struct sandbox_config config = {.memory_max = 1ull << 40, .files_max = 64};
	static const struct rlimit files = {40, 48}, memory = {1ull << 38, 1ull << 39};

	if (SANITIZED)
		cr_skip_test("the sanitizer maps terabytes");
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	cr_assert_eq(setrlimit(RLIMIT_AS, &memory), 0);
	in_sandbox(try_lower_limits, &config);
}

/* ---- what must go on --------------------------------------------------------------------- */

static struct sockaddr_in server_address;
static CURL *easy;
static uv_loop_t loop;

static void on_timer(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t, NULL);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	(void)status;
	*(int *)p->data = events;
	uv_close((uv_handle_t *)p, NULL);
}

static void try_work(struct report *r)
{
	unsigned char random[32];
	uv_timer_t timer;
	uv_poll_t poll;
	int events = 0;

	/* A connection on the loop. */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&server_address, sizeof(server_address)) != 0 &&
	    errno != EINPROGRESS)
		wrong(r, "connect", -1, errno);
	poll.data = &events;
	if (uv_poll_init_socket(&loop, &poll, fd) != 0 ||
	    uv_poll_start(&poll, UV_WRITABLE, on_poll) != 0 || uv_timer_init(&loop, &timer) != 0 ||
	    uv_timer_start(&timer, on_timer, 10, 0) != 0)
		wrong(r, "uv", -1, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (!(events & UV_WRITABLE))
		wrong(r, "uv_poll", events, 0);

	/* Memory large and small, random numbers, the clock, a transfer that is refused by the
	 * server. */
	char *big = malloc(64 << 20);
	if (big == NULL)
		wrong(r, "malloc", 0, errno);
	else
		memset(big, 1, 64 << 20);
	free(big);
	if (RAND_bytes(random, sizeof(random)) != 1)
		wrong(r, "RAND_bytes", 0, 0);
	if (time(NULL) < 1000000000)
		wrong(r, "time", 0, 0);
	CURLcode rc = curl_easy_perform(easy);
	if (rc != CURLE_GOT_NOTHING && rc != CURLE_RECV_ERROR && rc != CURLE_HTTP2 &&
	    rc != CURLE_OPERATION_TIMEDOUT)
		wrong(r, curl_easy_strerror(rc), (long)rc, 0);
}

Test(sandbox, network_and_memory_work)
{
	socklen_t n = sizeof(server_address);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	char url[64];

	server_address.sin_family = AF_INET;
	server_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(server, (struct sockaddr *)&server_address, sizeof(server_address)), 0);
	cr_assert_eq(listen(server, 8), 0);
	getsockname(server, (struct sockaddr *)&server_address, &n);
	sandbox_before_loop(); /* as workers do */
	cr_assert_eq(uv_loop_init(&loop), 0);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	easy = curl_easy_init();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(server_address.sin_port));
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 200L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	in_sandbox(try_work, &plain);
	close(server);
}

static void do_abort(struct report *r)
{
	(void)r;
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* A worker that asserts must die of it, not hang. */
Test(sandbox, abort_ends_the_process)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (sandbox_enter(&plain, NULL) != 0)
			_exit(1);
		do_abort(NULL);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "status %x", status);
}
