/* lab.c - sockets on loopback and the clock. */
#include "datasets/labnet/lab.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Granted up to net.core.rmem_max, or wholly where we may force it. */
#define RECEIVE_BUFFER (8 * 1024 * 1024)

int lab_socket(const char *address, uint16_t port, int type)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	bool is_six = strchr(address, ':') != NULL;
	const struct sockaddr *sa = is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t n = is_six ? sizeof(six) : sizeof(four);
	int one = 1, buffer = RECEIVE_BUFFER;

	assert(strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0);
	if (inet_pton(sa->sa_family, address,
		      is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr) != 1)
		return -1;
	int fd = socket(sa->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	} else {
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
		if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0)
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	}
	if (is_six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, sa, n) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int lab_socket_everywhere(uint16_t port)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) != 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int lab_called(int fd, uint8_t address[4])
{
	struct sockaddr_in to = {0};
	socklen_t n = sizeof(to);

	if (getsockname(fd, (struct sockaddr *)&to, &n) != 0 || to.sin_family != AF_INET)
		return -1;
	memcpy(address, &to.sin_addr, 4);
	return address[0] == 127 ? 0 : -1;
}

int lab_accept(int listener)
{
	int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

uint16_t lab_port(int fd)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		return 0;
	if (sa.ss_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, &sa, sizeof(in6));
		return ntohs(in6.sin6_port);
	}
	struct sockaddr_in in;
	memcpy(&in, &sa, sizeof(in));
	return ntohs(in.sin_port);
}

int64_t lab_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
