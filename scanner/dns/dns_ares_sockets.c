/*
 * dns_ares_sockets.c - the sockets of a channel: c-ares' calls for them are ours, and the loop
 * watches them. Datagrams leave and come in batches; what c-ares sees of them are tokens.
 *
 * A channel may have several UDP sockets: after a timeout c-ares 1.34.6 and later asks new
 * questions on a new one, and closes the old one when nothing is under way there any more.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/dns/dns_ares_parts.h"
#include "scanner/dns/dns_token.h"

#define DATAGRAM_COST 1280u /* receive buffer that the kernel charges for a small answer */
#define ROOM_MIN 64u

/* A socket that the loop watches for a channel; freed by its close callback. */
struct watch {
	uv_poll_t poll;
	struct carrier *carrier;
	ares_socket_t fd;
	struct watch *next;
};

/* ---- datagrams --------------------------------------------------------------------------- */

void carrier_flush(struct carrier *c)
{
	if (c->batch->n > 0 && c->udp_fd != ARES_SOCKET_BAD)
		datagrams_flush(c->batch, c->udp_fd);
}

static ares_socket_t carrier_socket(int domain, int type, int protocol, void *user)
{
	struct carrier *c = user;
	int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd < 0 || type != SOCK_DGRAM)
		return fd;
	int want = (int)c->owner->config.receive_buffer, got = 0;
	socklen_t n = sizeof(got);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want));
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &n) != 0 || got <= 0)
		got = 212992;
	if (c->owner->granted == 0 || (size_t)got < c->owner->granted)
		c->owner->granted = (size_t)got;
	c->room = (unsigned)got / DATAGRAM_COST;
	if (c->room < ROOM_MIN)
		c->room = ROOM_MIN;
	if (c->room > c->owner->config.window_max)
		c->room = c->owner->config.window_max;
	carrier_flush(c); /* what was collected for the one before */
	c->udp_fd = fd;
	return fd;
}

static int carrier_close(ares_socket_t fd, void *user)
{
	struct carrier *c = user;

	if (fd == c->owner->reading)
		c->owner->received_n = c->owner->received_at = 0;
	if (fd == c->udp_fd) {
		c->udp_fd = ARES_SOCKET_BAD;
		datagrams_clear(c->batch);
	}
	return close(fd);
}

static int carrier_connect(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t n,
			   void *user)
{
	struct carrier *c = user;

	assert(n <= sizeof(c->peer));
	memcpy(&c->peer, to, n);
	c->peer_n = n;
	return connect(fd, to, n);
}

static ares_ssize_t carrier_send(ares_socket_t fd, const struct iovec *iov, int iov_n, void *user)
{
	struct carrier *c = user;
	struct dns_ares *d = c->owner;
	size_t n = 0;

	if (fd != c->udp_fd || d->sending == NULL)
		return writev(fd, iov, iov_n);
	for (int i = 0; i < iov_n; i++)
		n += iov[i].iov_len;
	/* c-ares 1.34 writes the question anew under an id of its own, and adds a cookie. */
	assert(iov[0].iov_len >= 2);
	memcpy(d->packet, iov[0].iov_base, 2);
	bits_set(c->spelt, (unsigned)d->packet[0] << 8 | d->packet[1], d->sending_spelt);
	const struct iovec ours = {d->packet, d->packet_n};
	if (!datagrams_add(c->batch, &ours, 1, d->packet_n)) {
		carrier_flush(c);
		if (!datagrams_add(c->batch, &ours, 1, d->packet_n)) {
			errno = ENOBUFS;
			return -1;
		}
	}
	return (ares_ssize_t)n;
}

void carrier_prepare_batch(struct dns_ares *d)
{
	for (unsigned i = 0; i < RECEIVE_BATCH; i++) {
		d->iov[i] = (struct iovec){d->datagram[i], DATAGRAM_MAX};
		d->headers[i].msg_hdr = (struct msghdr){.msg_iov = &d->iov[i], .msg_iovlen = 1};
	}
}

/* The kernel changes nothing in the headers that the next batch needs: nobody asks for
 * addresses. */
static int carrier_receive_batch(struct dns_ares *d, ares_socket_t fd)
{
	if (d->received_n > 0 && d->received_n < RECEIVE_BATCH) {
		errno = EAGAIN; /* the last batch emptied the socket; poll tells of more */
		return -1;
	}
	int n = recvmmsg(fd, d->headers, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
	d->received_n = n > 0 ? (unsigned)n : 0;
	d->received_at = 0;
	return n;
}

/* c-ares has been given all that it is going to take of the datagram before: nothing, when that
 * answers no question. */
static void carrier_settle(struct carrier *c)
{
	struct dns_ares *d = c->owner;

	if (d->handed && d->handed_spelt)
		dns_case_answer(&c->letters, true);
	d->handed = d->handed_spelt = false;
}

static ares_ssize_t carrier_receive(ares_socket_t fd, void *out, size_t out_n, int flags,
				    struct sockaddr *from, ares_socklen_t *from_n, void *user)
{
	struct carrier *c = user;
	struct dns_ares *d = c->owner;

	if (c->tcp)
		return recv(fd, out, out_n, flags);
	assert(out_n >= DNS_TOKEN_N);
	struct dns_token token;
	uint16_t id;
	int rc;
	carrier_settle(c);
	do {
		if (d->received_at == d->received_n && carrier_receive_batch(d, fd) <= 0)
			return -1;
		unsigned i = d->received_at++;
		const uint8_t *msg = d->datagram[i]; /* of an id at least, or else of no token */
		id = (uint16_t)(msg[0] << 8 | msg[1]);
		d->handed_spelt = bits_have(c->spelt, id);
		rc = dns_token_of(&token, msg, d->headers[i].msg_len, d->key, d->handed_spelt);
	} while (rc != 0);
	dns_token_write(&token, id, DNS_TOKEN_ANSWER, out);
	d->handed = true;
	if (from != NULL && from_n != NULL && *from_n >= c->peer_n) {
		memcpy(from, &c->peer,
		       c->peer_n); /* the socket is connected: nobody else gets in */
		*from_n = c->peer_n;
	}
	return DNS_TOKEN_N;
}

/* ---- the loop ---------------------------------------------------------------------------- */

static void watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void carrier_process(struct carrier *c, ares_socket_t read_fd, ares_socket_t write_fd)
{
#if ARES_HAS_RECORDS
	/* It takes one datagram a call, and would end questions after each whose answers are next:
	 * that is for the tick, when all are read. What closes idle TCP connections stays. */
	if (!c->tcp) {
		const ares_fd_events_t events[] = {{read_fd, ARES_FD_EVENT_READ},
						   {write_fd, ARES_FD_EVENT_WRITE}};
		ares_process_fds(c->channel, events, 2, ARES_PROCESS_FLAG_SKIP_NON_FD);
		return;
	}
#endif
	ares_process_fd(c->channel, read_fd, write_fd);
}

static void watch_ready(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct carrier *c = w->carrier;
	ares_socket_t fd = w->fd;
	bool readable = status < 0 || (events & UV_READABLE),
	     writable = status < 0 || (events & UV_WRITABLE);

	struct dns_ares *d = c->owner;
	unsigned before;

	d->reading = fd;
	d->received_n = d->received_at = 0;
	/* c-ares 1.18 reads until there is nothing left, 1.34 one datagram a call. After a full
	 * batch there may be more, and after this the tick ends questions. */
	do {
		before = d->received_at;
		carrier_process(c, readable ? fd : ARES_SOCKET_BAD,
				writable ? fd : ARES_SOCKET_BAD);
	} while (d->received_at != before &&
		 (d->received_at < d->received_n || d->received_n == RECEIVE_BATCH));
	carrier_settle(c);
	d->reading = ARES_SOCKET_BAD;
}

void carrier_socket_state(void *user, ares_socket_t fd, int readable, int writable)
{
	struct carrier *c = user;
	struct watch **at = &c->owner->watches;

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	struct watch *w = *at;
	if (!readable && !writable) {
		if (w == NULL)
			return;
		*at = w->next;
		uv_poll_stop(&w->poll);
		uv_close((uv_handle_t *)&w->poll, watch_closed);
		return;
	}
	if (w == NULL) {
		w = calloc(1, sizeof(*w));
		if (w == NULL)
			return; /* the questions on it time out */
		w->carrier = c;
		w->fd = fd;
		if (uv_poll_init(c->owner->loop, &w->poll, fd) != 0) {
			free(w);
			return;
		}
		w->poll.data = w;
		w->next = c->owner->watches;
		c->owner->watches = w;
	}
	uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0),
		      watch_ready);
}

void carrier_use_sockets(struct carrier *c)
{
	static const struct ares_socket_functions functions = {
		carrier_socket, carrier_close, carrier_connect, carrier_receive, carrier_send,
	};

	ares_set_socket_functions(c->channel, &functions, c);
}
