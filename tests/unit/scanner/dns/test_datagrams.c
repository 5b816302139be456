/* Datagrams arrive whole and once, however they were put together. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parsers/limits.h"
#include "scanner/dns/datagrams.h"

#define SENT 3000u

/* Two connected sockets, [0] to send and [1] to receive. */
static void open_udp(int fd[2])
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(at);
	int room = 8 << 20;

	fd[0] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	fd[1] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	cr_assert(bind(fd[1], (struct sockaddr *)&at, sizeof(at)) == 0);
	cr_assert(getsockname(fd[1], (struct sockaddr *)&at, &n) == 0);
	cr_assert(connect(fd[0], (struct sockaddr *)&at, n) == 0);
}

static void close_both(const int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

/* The i-th datagram: its number, and a length and filling that follow from it. Short ones are often
 * of one length, as queries are. */
static size_t datagram_make(unsigned i, uint8_t out[DNS_QUERY_MAX])
{
	size_t n = i % 7 == 0 ? 4 + i * 31 % (DNS_QUERY_MAX - 3) : 60 + i * 17 % 9;

	memset(out, (int)(i * 7), n);
	memcpy(out, &i, sizeof(i));
	return n;
}

static void add(struct datagrams *d, unsigned i, int fd)
{
	uint8_t text[DNS_QUERY_MAX];
	size_t n = datagram_make(i, text);
	const struct iovec iov[] = {{text, 3}, {text + 3, n - 3}};

	if (!datagrams_add(d, iov, 2, n)) {
		datagrams_flush(d, fd);
		cr_assert(datagrams_add(d, iov, 2, n), "a flush makes room");
	}
}

/* Takes what has arrived; marks it. */
static void receive(int fd, bool seen[SENT])
{
	uint8_t text[2 * DNS_QUERY_MAX], expected[DNS_QUERY_MAX];
	ssize_t n;
	unsigned i;

	while ((n = recv(fd, text, sizeof(text), 0)) >= 0) {
		cr_assert(n >= 4);
		memcpy(&i, text, sizeof(i));
		cr_assert(i < SENT && !seen[i], "%u came twice", i);
		cr_assert_eq((size_t)n, datagram_make(i, expected), "%u", i);
		cr_assert(memcmp(text, expected, (size_t)n) == 0, "%u", i);
		seen[i] = true;
	}
	cr_assert_eq(errno, EAGAIN);
}

static void all_arrive(struct datagrams *d, const int fd[2])
{
	static bool seen[SENT];

	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < SENT; i++) {
		add(d, i, fd[0]);
		if (i % 100 == 99)
			datagrams_flush(d, fd[0]);
		if (i % 50 == 49) /* adding may have flushed: keep the receiver's buffer low */
			receive(fd[1], seen);
	}
	datagrams_flush(d, fd[0]);
	receive(fd[1], seen);
	cr_assert_eq(d->n, 0);
	for (unsigned i = 0; i < SENT; i++)
		cr_assert(seen[i], "%u is lost", i);
}

Test(datagrams, arrive)
{
	struct datagrams d = {0};
	int fd[2];

	open_udp(fd);
	all_arrive(&d, fd);
	cr_expect(!d.singly, "this kernel knows segmentation, as all since 4.18 do");
	close_both(fd);
}

/* The kernel takes no segments from a socket that sends without checksums. */
Test(datagrams, arrive_without_segmentation)
{
	struct datagrams d = {0};
	int fd[2], on = 1;

	open_udp(fd);
	cr_assert(setsockopt(fd[0], SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)) == 0);
	all_arrive(&d, fd);
	cr_assert(d.singly);
	close_both(fd);
}

/* A socket of the local kind blocks when its reader is slow, which one on loopback never does. */
Test(datagrams, what_does_not_fit_waits)
{
	static bool seen[SENT];
	struct datagrams d = {.singly = true};
	unsigned waited = 0;
	int fd[2], little = 4096;

	cr_assert(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fd) == 0);
	cr_assert(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little)) == 0);
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < 100; i++)
		add(&d, i, fd[0]);
	for (unsigned round = 0; round < 100 && d.n > 0; round++) {
		datagrams_flush(&d, fd[0]);
		waited += d.n > 0;
		receive(fd[1], seen);
	}
	cr_assert(waited > 0, "the socket took everything at once");
	for (unsigned i = 0; i < 100; i++)
		cr_assert(seen[i], "%u is lost", i);
	close_both(fd);
}

/* Where nothing can leave at all it is given up at once, and what comes later leaves. */
Test(datagrams, what_cannot_leave_is_given_up, .timeout = 20)
{
	static bool seen[SENT];

	for (unsigned singly = 0; singly < 2; singly++) {
		struct datagrams d = {.singly = singly};
		struct sockaddr_in at;
		socklen_t n = sizeof(at);
		int fd[2],
			nowhere = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0); /* EDESTADDRREQ */
		open_udp(fd);
		memset(seen, 0, sizeof(seen));
		for (unsigned i = 0; i < 20; i++)
			add(&d, i, nowhere);
		datagrams_flush(&d, nowhere);
		cr_expect_eq(d.n, 0, "%u are kept", d.n);
		cr_assert(getsockname(fd[1], (struct sockaddr *)&at, &n) == 0);
		cr_assert(connect(nowhere, (struct sockaddr *)&at, n) == 0);
		for (unsigned i = 20; i < 40; i++)
			add(&d, i, nowhere);
		datagrams_flush(&d, nowhere);
		cr_expect_eq(d.n, 0);
		receive(fd[1], seen);
		for (unsigned i = 0; i < 40; i++)
			cr_expect_eq(seen[i], i >= 20, "%u", i);
		close(nowhere);
		close_both(fd);
	}
}

Test(datagrams, full)
{
	struct datagrams d = {0};
	uint8_t text[DNS_QUERY_MAX] = {0};
	const struct iovec small = {text, 20}, large = {text, sizeof(text)};
	unsigned n = 0;

	while (datagrams_add(&d, &small, 1, small.iov_len))
		n++;
	cr_assert_eq(n, DATAGRAMS_MAX);
	datagrams_clear(&d);
	for (n = 0; datagrams_add(&d, &large, 1, large.iov_len); n++)
		;
	cr_assert_eq(n, DATAGRAMS_BYTES / sizeof(text));
}
