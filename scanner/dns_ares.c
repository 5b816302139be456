/*
 * dns_ares.c - see dns_ares.h. The only file that knows c-ares.
 *
 * c-ares keeps the questions, matches answers to them and times them out; the datagrams are ours
 * through ares_set_socket_functions(). Of an answer that came by UDP it sees header and question
 * alone: c-ares 1.34 reads the records, too, and one that it cannot read costs every question on
 * the socket. The rcode is kept from it as well, and of what it wants to send only the id is
 * taken. Truncation is left alone (ARES_FLAG_IGNTC): the resolver asks again over TCP, on a
 * channel of its own, and so knows that it happened. One server and one try a channel, because
 * c-ares allocates per question for every server, and retries are the resolver's business.
 *
 * A channel may have several UDP sockets: after a timeout c-ares 1.34.6 and later asks new
 * questions on a new one, and closes the old one when nothing is under way there any more.
 */
#include "scanner/dns_ares.h"

/* c-ares 1.28 and later deprecate the calls that 1.18 has and their successors 1.18 has not. */
#define CARES_NO_DEPRECATED 1
#include <ares.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

#include "parsers/dnsmsg.h"
#include "parsers/limits.h"
#include "scanner/datagrams.h"

#define RECEIVE_BATCH 32u
#define DATAGRAM_MAX 4097u  /* what c-ares reads at most, with EDNS */
#define DATAGRAM_COST 1280u /* receive buffer that the kernel charges for a small answer */
#define ROOM_MIN 64u
#define ID_COUNT 65536u

/* One c-ares channel. */
struct carrier {
	struct dns_ares *owner;
	ares_channel channel;
	bool tcp;
	ares_socket_t udp_fd; /* newest, the one to send on; ARES_SOCKET_BAD when closed */
	struct sockaddr_storage peer;
	socklen_t peer_n;
	unsigned room;
	unsigned in_flight;
	struct datagrams *batch;    /* NULL for TCP */
	uint8_t used[ID_COUNT / 8]; /* ids in flight */
};

/* A socket that the loop watches for a channel; freed by its close callback. */
struct watch {
	uv_poll_t poll;
	struct carrier *carrier;
	ares_socket_t fd;
	struct watch *next;
};

struct dns_ares {
	struct dns_transport transport;
	uv_loop_t *loop;
	struct dns_ares_config config;
	struct sockaddr_storage *upstreams;
	struct carrier **udp, **tcp; /* one an upstream, made at start: c-ares reads files then */
	struct watch *watches;
	struct list failed; /* exchanges that could not be sent; told at the next flush */
	const struct dns_exchange *sending;
	uint8_t *packet; /* its packet */
	size_t packet_n;
	bool sending_failed;
	size_t granted;
	uint64_t random[64];
	unsigned random_n;
	ares_socket_t reading;		  /* socket that is being processed */
	unsigned received_n, received_at; /* its datagrams */
	bool handed;			  /* c-ares has the head of the one before received_at */
	struct mmsghdr headers[RECEIVE_BATCH];
	struct iovec iov[RECEIVE_BATCH];
	uint8_t datagram[RECEIVE_BATCH][DATAGRAM_MAX];
};

static struct dns_ares *dns_ares_of(struct dns_transport *t)
{
	return list_owner(t, struct dns_ares, transport);
}

/* ---- datagrams ---------------------------------------------------------------------------- */

static void carrier_flush(struct carrier *c)
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

static void carrier_prepare_batch(struct dns_ares *d)
{
	for (unsigned i = 0; i < RECEIVE_BATCH; i++) {
		d->iov[i] = (struct iovec){d->datagram[i], DATAGRAM_MAX};
		d->headers[i].msg_hdr = (struct msghdr){.msg_iov = &d->iov[i], .msg_iovlen = 1};
	}
}

/* The kernel changes nothing in the headers that the next batch needs: nobody asks for addresses.
 */
static int carrier_receive_batch(struct dns_ares *d, ares_socket_t fd)
{
	if (d->received_n > 0 && d->received_n < RECEIVE_BATCH) {
		errno = EAGAIN; /* the last batch emptied the socket; poll tells when there is more
				 */
		return -1;
	}
	int n = recvmmsg(fd, d->headers, RECEIVE_BATCH, MSG_DONTWAIT, NULL);
	d->received_n = n > 0 ? (unsigned)n : 0;
	d->received_at = 0;
	return n;
}

static ares_ssize_t carrier_receive(ares_socket_t fd, void *out, size_t out_n, int flags,
				    struct sockaddr *from, ares_socklen_t *from_n, void *user)
{
	struct carrier *c = user;
	struct dns_ares *d = c->owner;

	if (c->tcp)
		return recv(fd, out, out_n, flags);
	size_t n = 0;
	while (n == 0) {
		if (d->received_at == d->received_n && carrier_receive_batch(d, fd) <= 0)
			return -1;
		unsigned i = d->received_at++;
		n = dnsmsg_question(d->datagram[i], d->headers[i].msg_len);
	}
	assert(n <= out_n);
	uint8_t *head = out;
	memcpy(head, d->datagram[d->received_at - 1], n);
	memset(head + 6, 0, 6); /* no records */
	/* c-ares answers one FORMERR by switching EDNS off for the whole channel, and 1.34 learns
	 * from how fast a NOERROR or NXDOMAIN comes to wait no more than five times as long. (Over
	 * TCP it does: 250 ms or more.) */
	head[3] = (uint8_t)((head[3] & 0xf0) | DNS_RCODE_NOTIMP);
	d->handed = true;
	if (from != NULL && from_n != NULL && *from_n >= c->peer_n) {
		memcpy(from, &c->peer,
		       c->peer_n); /* the socket is connected: nobody else gets in */
		*from_n = c->peer_n;
	}
	return (ares_ssize_t)n;
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void carrier_process(struct carrier *c, ares_socket_t read_fd, ares_socket_t write_fd)
{
#if ARES_VERSION >= 0x012200
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
	d->reading = ARES_SOCKET_BAD;
}

static void carrier_socket_state(void *user, ares_socket_t fd, int readable, int writable)
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

/* ---- channels ------------------------------------------------------------------------------ */

static int carrier_point(struct carrier *c, const struct sockaddr_storage *to)
{
	struct ares_addr_port_node node = {.next = NULL};

	if (to->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)to;
		node.family = AF_INET;
		memcpy(&node.addr.addr4, &in->sin_addr, sizeof(node.addr.addr4));
		node.udp_port = node.tcp_port = ntohs(in->sin_port);
	} else {
		const struct sockaddr_in6 *in6 = (const void *)to;
		node.family = AF_INET6;
		memcpy(&node.addr.addr6, &in6->sin6_addr, sizeof(node.addr.addr6));
		node.udp_port = node.tcp_port = ntohs(in6->sin6_port);
	}
	return ares_set_servers_ports(c->channel, &node);
}

static int carrier_open(struct carrier *c, const struct dns_ares_config *config)
{
	static const struct ares_socket_functions functions = {
		carrier_socket, carrier_close, carrier_connect, carrier_receive, carrier_send,
	};
	struct ares_options options = {
		/* A connection that nobody waits on is closed: the next question does not meet one
		 * that the server has closed meanwhile, or is stuck on. */
		.flags = ARES_FLAG_IGNTC | ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH |
			 ARES_FLAG_NOALIASES | ARES_FLAG_EDNS |
			 (c->tcp ? ARES_FLAG_USEVC : ARES_FLAG_STAYOPEN),
		.timeout = (int)config->timeout_ms,
		.tries = 1,
		.ednspsz = (int)DATAGRAM_MAX - 1,
		.sock_state_cb = carrier_socket_state,
		.sock_state_cb_data = c,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
		   ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_MAXTIMEOUTMS /* 5 seconds by itself */
	options.maxtimeout = (int)config->timeout_ms;
	mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_QUERY_CACHE
	options.qcache_max_ttl = 0;
	mask |= ARES_OPT_QUERY_CACHE;
#endif
	int rc = ares_init_options(&c->channel, &options, mask);
	if (rc != ARES_SUCCESS)
		return rc;
	ares_set_socket_functions(c->channel, &functions, c);
	return ARES_SUCCESS;
}

static struct carrier *carrier_new(struct dns_ares *d, unsigned upstream, bool tcp)
{
	struct carrier *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->owner = d;
	c->tcp = tcp;
	c->udp_fd = ARES_SOCKET_BAD;
	c->room = d->config.window_max;
	c->batch = tcp ? NULL : calloc(1, sizeof(*c->batch));
	if ((!tcp && c->batch == NULL) || carrier_open(c, &d->config) != ARES_SUCCESS) {
		free(c->batch);
		free(c);
		return NULL;
	}
	if (carrier_point(c, &d->upstreams[upstream]) != ARES_SUCCESS) {
		ares_destroy(c->channel);
		free(c->batch);
		free(c);
		return NULL;
	}
	return c;
}

static void carrier_free(struct carrier *c)
{
	if (c == NULL)
		return;
	ares_destroy(c->channel);
	assert(c->in_flight == 0);
	free(c->batch);
	free(c);
}

/* ---- questions ------------------------------------------------------------------------------ */

static uint64_t dns_ares_random(struct dns_ares *d)
{
	if (d->random_n == 0) {
		if (getrandom(d->random, sizeof(d->random), 0) != (ssize_t)sizeof(d->random))
			abort(); /* cannot happen for 512 bytes once the pool is up (getrandom(2))
				  */
		d->random_n = sizeof(d->random) / sizeof(d->random[0]);
	}
	return d->random[--d->random_n];
}

/* A free id, at random; the window keeps most of the space free, so few draws are needed. */
static uint16_t carrier_take_id(struct carrier *c)
{
	assert(c->in_flight < ID_COUNT / 2);
	for (;;) {
		uint64_t draw = dns_ares_random(c->owner);
		for (unsigned i = 0; i < 4; i++, draw >>= 16) {
			uint16_t id = (uint16_t)draw;
			if (!(c->used[id / 8] >> (id % 8) & 1)) {
				c->used[id / 8] |= (uint8_t)(1u << (id % 8));
				return id;
			}
		}
	}
}

static enum dns_transport_status dns_ares_status(int status)
{
	switch (status) {
	case ARES_ETIMEOUT:
		return DNS_TRANSPORT_TIMEOUT;
	case ARES_ECONNREFUSED:
		return DNS_TRANSPORT_REFUSED;
	default:
		return DNS_TRANSPORT_FAILED;
	}
}

static void carrier_done(void *arg, int status, int timeouts, unsigned char *answer, int n)
{
	struct dns_exchange *x = arg;
	struct carrier *c = x->carrier;
	struct dns_ares *d = c->owner;

	(void)timeouts;
	c->used[x->id / 8] &= (uint8_t) ~(1u << (x->id % 8));
	c->in_flight--;
	if (x == d->sending) {
		d->sending_failed = true; /* told later: done() must not run inside send() */
		return;
	}
	/* With NOCHECKRESP every reply is a success for c-ares; some versions still give an error
	 * status beside the message. */
	if (answer == NULL || n <= 0) {
		x->done(x, dns_ares_status(status), NULL, 0);
	} else if (c->tcp) {
		x->done(x, DNS_TRANSPORT_ANSWER, answer, (size_t)n);
	} else {
		assert(d->handed); /* it answers at most the one question whose head it was given */
		d->handed = false;
		unsigned i = d->received_at - 1;
		x->done(x, DNS_TRANSPORT_ANSWER, d->datagram[i], d->headers[i].msg_len);
	}
}

static void dns_ares_send(struct dns_transport *t, unsigned upstream, bool tcp,
			  const uint8_t *packet, size_t n, struct dns_exchange *x)
{
	struct dns_ares *d = dns_ares_of(t);
	uint8_t copy[DNS_QUERY_MAX];

	assert(upstream < d->config.upstreams_n && n >= 12 && n <= sizeof(copy));
	struct carrier *c = tcp ? d->tcp[upstream] : d->udp[upstream];

	memcpy(copy, packet, n);
	x->carrier = c;
	x->id = carrier_take_id(c);
	copy[0] = (uint8_t)(x->id >> 8);
	copy[1] = (uint8_t)x->id;
	c->in_flight++;
	d->sending = x;
	d->packet = copy;
	d->packet_n = n;
	d->sending_failed = false;
	ares_send(c->channel, copy, (int)n, carrier_done, x);
	d->sending = NULL;
	if (d->sending_failed)
		list_push(&d->failed, &x->item);
}

static unsigned dns_ares_room(struct dns_transport *t, unsigned upstream)
{
	struct dns_ares *d = dns_ares_of(t);

	return d->udp[upstream]->room;
}

/* ---- life ----------------------------------------------------------------------------------- */

struct dns_ares *dns_ares_new(uv_loop_t *loop, const struct dns_ares_config *config,
			      struct errmsg *err)
{
	unsigned n = config->upstreams_n;
	struct dns_ares *d = calloc(1, sizeof(*d));

	assert(n > 0);
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS || d == NULL)
		goto fail;
	d->transport.send = dns_ares_send;
	d->transport.room = dns_ares_room;
	d->loop = loop;
	d->reading = ARES_SOCKET_BAD;
	carrier_prepare_batch(d);
	d->config = *config;
	d->config.upstreams = NULL;
	d->upstreams = calloc(n, sizeof(*d->upstreams));
	d->udp = calloc(n, sizeof(struct carrier *));
	d->tcp = calloc(n, sizeof(struct carrier *));
	if (d->upstreams == NULL || d->udp == NULL || d->tcp == NULL)
		goto fail;
	memcpy(d->upstreams, config->upstreams, n * sizeof(*d->upstreams));
	for (unsigned i = 0; i < n; i++) {
		d->udp[i] = carrier_new(d, i, false);
		d->tcp[i] = carrier_new(d, i, true);
		if (d->udp[i] == NULL || d->tcp[i] == NULL)
			goto fail;
	}
	return d;
fail:
	errmsg_set(err, "cannot start the DNS library for %u resolvers: out of memory", n);
	dns_ares_free(d);
	return NULL;
}

static void dns_ares_tell_failed(struct dns_ares *d)
{
	for (size_t n = d->failed.n; n > 0; n--) {
		struct dns_exchange *x =
			list_owner(list_pop(&d->failed), struct dns_exchange, item);
		x->done(x, DNS_TRANSPORT_REFUSED, NULL, 0);
	}
}

void dns_ares_free(struct dns_ares *d)
{
	if (d == NULL)
		return;
	for (unsigned i = 0; d->udp != NULL && d->tcp != NULL && i < d->config.upstreams_n; i++) {
		carrier_free(d->udp[i]);
		carrier_free(d->tcp[i]);
	}
	dns_ares_tell_failed(d);
	free(d->upstreams);
	free(d->udp);
	free(d->tcp);
	free(d);
}

struct dns_transport *dns_ares_transport(struct dns_ares *d)
{
	return &d->transport;
}

void dns_ares_flush(struct dns_ares *d)
{
	for (unsigned i = 0; i < d->config.upstreams_n; i++)
		carrier_flush(d->udp[i]);
	dns_ares_tell_failed(d);
}

void dns_ares_tick(struct dns_ares *d)
{
	for (unsigned i = 0; i < d->config.upstreams_n; i++) {
		if (d->udp[i]->in_flight > 0)
			ares_process_fd(d->udp[i]->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		if (d->tcp[i]->in_flight > 0)
			ares_process_fd(d->tcp[i]->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
}

size_t dns_ares_receive_buffer(const struct dns_ares *d)
{
	return d->granted;
}
