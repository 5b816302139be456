/* dns_tcp.c - see dns_tcp.h. */
#include "datasets/labnet/dns_tcp.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datasets/labnet/lab.h"

#define PEERS_MAX 512
#define INPUT_MAX 4096

struct peer {
	int fd; /* -1: free */
	size_t n;
	uint8_t input[INPUT_MAX];
};

struct dns_tcp {
	const struct dns_context *context;
	int listener, epoll;
	unsigned oldest; /* next to be pushed out */
	struct peer peers[PEERS_MAX];
};

struct dns_tcp *dns_tcp_new(const struct dns_context *context, int listener, int epoll)
{
	struct dns_tcp *t = calloc(1, sizeof(*t));
	struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};

	if (!t)
		return NULL;
	t->context = context;
	t->listener = listener;
	t->epoll = epoll;
	for (unsigned i = 0; i < PEERS_MAX; i++)
		t->peers[i].fd = -1;
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	return t;
}

static void peer_close(struct peer *p)
{
	close(p->fd);
	p->fd = -1;
}

static void take(struct dns_tcp *t)
{
	int fd;

	while ((fd = lab_accept(t->listener)) >= 0) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
		struct peer *p = NULL;
		for (unsigned i = 0; i < PEERS_MAX && !p; i++)
			if (t->peers[i].fd < 0)
				p = &t->peers[i];
		if (!p) {
			p = &t->peers[t->oldest++ % PEERS_MAX];
			peer_close(p);
		}
		p->fd = fd;
		p->n = 0;
		epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event);
	}
}

/* Answers one question; false when the connection must go. */
static bool serve(struct dns_tcp *t, struct peer *p, const uint8_t *query, size_t n)
{
	uint8_t out[2 + DNS_ANSWER_MAX];
	size_t out_n = dns_answer(t->context, DNS_MOOD_HONEST, true, query, n, out + 2);

	if (out_n == 0)
		return true;
	out[0] = (uint8_t)(out_n >> 8);
	out[1] = (uint8_t)out_n;
	/* A peer that does not read loses its connection rather than our memory. */
	return send(p->fd, out, out_n + 2, MSG_NOSIGNAL) == (ssize_t)(out_n + 2);
}

static void feed(struct dns_tcp *t, struct peer *p)
{
	ssize_t got = recv(p->fd, p->input + p->n, sizeof(p->input) - p->n, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	bool keep = got > 0;
	p->n += keep ? (size_t)got : 0;
	size_t at = 0;
	while (keep && p->n - at >= 2) {
		size_t n = (size_t)(p->input[at] << 8 | p->input[at + 1]);
		if (n > sizeof(p->input) - 2)
			keep = false;
		if (!keep || p->n - at - 2 < n)
			break;
		keep = serve(t, p, p->input + at + 2, n);
		at += 2 + n;
	}
	if (!keep) {
		peer_close(p);
		return;
	}
	memmove(p->input, p->input + at, p->n - at);
	p->n -= at;
}

void dns_tcp_event(struct dns_tcp *t, int fd)
{
	assert(t != NULL);
	if (fd == t->listener) {
		take(t);
		return;
	}
	for (unsigned i = 0; i < PEERS_MAX; i++)
		if (t->peers[i].fd == fd)
			feed(t, &t->peers[i]);
}

void dns_tcp_free(struct dns_tcp *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < PEERS_MAX; i++)
		if (t->peers[i].fd >= 0)
			peer_close(&t->peers[i]);
	close(t->listener);
	free(t);
}
