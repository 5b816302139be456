/*
 * dns_ares.c - see dns_ares.h: channels, questions and life. Only this and dns_ares_sockets.c know
 * c-ares.
 *
 * c-ares keeps the questions, matches answers to them and times them out; the datagrams are ours
 * through ares_set_socket_functions(), and what it sees of them by UDP is a token (dns_token.h). So
 * it does not learn from rcodes either, nor change what is asked. Truncation is left alone: the
 * resolver asks again over TCP, on a channel of its own, and so knows that it happened. One server
 * and one try a channel, because c-ares allocates per question for every server, and retries are
 * the resolver's business.
 */
#include "scanner/dns/dns_ares.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "parsers/limits.h"
#include "scanner/dns/dns_ares_parts.h"
#include "scanner/dns/dns_token.h"

static struct dns_ares *dns_ares_of(struct dns_transport *t)
{
	return list_owner(t, struct dns_ares, transport);
}

/* ---- channels ---------------------------------------------------------------------------- */

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
	carrier_use_sockets(c);
	return ARES_SUCCESS;
}

/* On this machine: nobody can forge on the way. */
static bool is_near(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 ==
		       IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)a)->sin6_addr);
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
	if (!tcp && (d->config.mix_near || !is_near(&d->upstreams[upstream])))
		dns_case_start(&c->letters);
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

/* ---- questions --------------------------------------------------------------------------- */

static uint64_t dns_ares_random(struct dns_ares *d)
{
	if (d->random_n == 0) {
		if (getrandom(d->random, sizeof(d->random), 0) != (ssize_t)sizeof(d->random))
			abort(); /* cannot happen for 512 bytes once the pool is up: getrandom(2) */
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
			if (!bits_have(c->used, id)) {
				bits_set(c->used, id, true);
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

/* c-ares is done with the question; n is 0 without an answer. */
static void carrier_done(struct dns_exchange *x, int status, const uint8_t *answer, size_t n)
{
	struct carrier *c = x->carrier;
	struct dns_ares *d = c->owner;

	assert(c->in_flight > 0 && bits_have(c->used, x->id)); /* once */
	bits_set(c->used, x->id, false);
	c->in_flight--;
	if (x == d->sending) {
		d->sending_failed = true; /* told later: done() must not run inside send() */
		return;
	}
	/* With NOCHECKRESP every reply is a success for c-ares; some versions still give an error
	 * status beside the message. */
	if (n == 0)
		x->done(x, dns_ares_status(status), NULL, 0);
	else
		x->done(x, DNS_TRANSPORT_ANSWER, answer, n);
}

static void carrier_done_tcp(void *arg, int status, int timeouts, unsigned char *answer, int n)
{
	(void)timeouts;
	carrier_done(arg, status, answer, answer != NULL && n > 0 ? (size_t)n : 0);
}

static uint32_t spelling_of(const struct dns_ares *d, const uint8_t *msg, size_t n)
{
	struct dns_token t;
	uint32_t spelling = 0;

	static_assert(sizeof(spelling) == DNS_TOKEN_LABEL, "a label is enough");
	if (dns_token_of(&t, msg, n, d->key, true) == 0)
		memcpy(&spelling, t.label, DNS_TOKEN_LABEL);
	return spelling;
}

/* Of an answer by UDP c-ares has seen a token; the datagram is still here. */
static void carrier_done_udp(struct dns_exchange *x, int status, bool answered)
{
	struct carrier *c = x->carrier;
	struct dns_ares *d = c->owner;

	if (!answered) {
		carrier_done(x, status, NULL, 0);
		return;
	}
	assert(d->handed); /* it answers at most the one question whose token it was given */
	d->handed = false;
	unsigned i = d->received_at - 1;
	const uint8_t *msg = d->datagram[i];
	size_t n = d->headers[i].msg_len;
	if (d->handed_spelt)
		dns_case_answer(&c->letters, false);
	else if (x->spelt && c->letters.state == DNS_CASE_LEARNING)
		dns_case_learn(&c->letters, spelling_of(d, msg, n) == x->spelling);
	carrier_done(x, status, msg, n);
}

#if ARES_HAS_RECORDS
/* ares_send() would read the message and write it again before it does what this does. */
static void carrier_told(void *arg, ares_status_t status, size_t timeouts,
			 const ares_dns_record_t *answer)
{
	(void)timeouts;
	carrier_done_udp(arg, (int)status, answer != NULL);
}

static void carrier_ask_udp(struct carrier *c, const struct dns_token *t, struct dns_exchange *x)
{
	ares_dns_record_t *r = c->owner->question;

	if (ares_dns_record_query_set_name(r, 0, t->label) != ARES_SUCCESS ||
	    ares_dns_record_query_set_type(r, 0, (ares_dns_rec_type_t)t->type) != ARES_SUCCESS)
		carrier_told(x, ARES_ENOMEM, 0, NULL);
	else
		ares_send_dnsrec(c->channel, r, carrier_told, x, NULL);
}
#else
static void carrier_told(void *arg, int status, int timeouts, unsigned char *answer, int n)
{
	(void)timeouts;
	(void)n;
	carrier_done_udp(arg, status, answer != NULL);
}

static void carrier_ask_udp(struct carrier *c, const struct dns_token *t, struct dns_exchange *x)
{
	uint8_t message[DNS_TOKEN_N];

	dns_token_write(t, x->id, DNS_TOKEN_QUERY, message);
	ares_send(c->channel, message, sizeof(message), carrier_told, x);
}
#endif

static void dns_ares_send(struct dns_transport *t, unsigned upstream, bool tcp,
			  const uint8_t *packet, size_t n, struct dns_exchange *x)
{
	struct dns_ares *d = dns_ares_of(t);
	uint8_t copy[DNS_QUERY_MAX];
	struct dns_token token;

	assert(upstream < d->config.upstreams_n && n >= 12 && n <= sizeof(copy));
	struct carrier *c = tcp ? d->tcp[upstream] : d->udp[upstream];

	memcpy(copy, packet, n);
	x->carrier = c;
	x->id = carrier_take_id(c);
	copy[0] = (uint8_t)(x->id >> 8);
	copy[1] = (uint8_t)x->id;
	c->in_flight++;
	x->spelt = !tcp && !x->plain && c->letters.state != DNS_CASE_OFF &&
		   dns_case_mix(copy, n, dns_ares_random(d));
	if (x->spelt)
		x->spelling = spelling_of(d, copy, n);
	d->sending_spelt = x->spelt && c->letters.state == DNS_CASE_KEPT;
	d->sending = x;
	d->packet = copy;
	d->packet_n = n;
	d->sending_failed = false;
	if (tcp)
		ares_send(c->channel, copy, (int)n, carrier_done_tcp, x);
	else if (dns_token_of(&token, copy, n, d->key, d->sending_spelt) == 0)
		carrier_ask_udp(c, &token, x);
	else
		assert(0 && "our own question cannot be read");
	d->sending = NULL;
	if (d->sending_failed)
		list_push(&d->failed, &x->item);
}

static unsigned dns_ares_room(struct dns_transport *t, unsigned upstream)
{
	struct dns_ares *d = dns_ares_of(t);

	assert(upstream < d->config.upstreams_n);
	return d->udp[upstream]->room;
}

/* ---- life -------------------------------------------------------------------------------- */

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
	d->key = dns_ares_random(d);
#if ARES_HAS_RECORDS
	if (ares_dns_record_create(&d->question, 0, ARES_FLAG_RD, ARES_OPCODE_QUERY,
				   ARES_RCODE_NOERROR) != ARES_SUCCESS ||
	    ares_dns_record_query_add(d->question, "", ARES_REC_TYPE_A, ARES_CLASS_IN) !=
		    ARES_SUCCESS)
		goto fail;
#endif
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
#if ARES_HAS_RECORDS
	ares_dns_record_destroy(d->question);
#endif
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
