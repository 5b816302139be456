/* probe_uv.c - see probe_uv.h: slots, sockets and deadlines. What was seen is written down in
 * probe_slot.c. */
#include "scanner/probe/probe_uv.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "scanner/base/list.h"
#include "scanner/probe/probe_slot.h"

#define READ_AT_ONCE (32u << 10) /* more waits in the kernel for the next turn of the loop */

struct probe_uv {
	struct prober prober;
	struct probe_uv_config config;
	uv_loop_t *loop;
	struct tls_client *client;
	unsigned in_flight, open; /* open: slots whose handle is not closed yet */
	bool freeing;
	struct list free, over; /* of struct probe_slot */
	char input[READ_AT_ONCE];
	struct probe_slot *slots;
};

static struct probe_uv *owner_of(struct probe_slot *s)
{
	return s->owner;
}

/* ---- the end ----------------------------------------------------------------------------- */

static void uv_release(struct probe_uv *u)
{
	tls_client_free(u->client);
	free(u->slots);
	free(u);
}

static void slot_closed(uv_handle_t *handle)
{
	struct probe_slot *s = handle->data;
	struct probe_uv *u = owner_of(s);

	u->open--;
	if (u->freeing) {
		if (u->open == 0)
			uv_release(u);
		return;
	}
	/* Only now may the slot serve somebody else: libuv is done with its handle. */
	list_push(&u->over, &s->item);
}

static void slot_end(struct probe_slot *s)
{
	if (s->ending)
		return;
	s->ending = true;
	s->took_ms = (int64_t)(uv_now(owner_of(s)->loop) - s->started_ms);
	ring_remove(&s->deadline);
	uv_close((uv_handle_t *)&s->tcp, slot_closed);
}

/* ---- sending ----------------------------------------------------------------------------- */

/* All we ever send fits the kernel's buffer of a fresh connection; where it does not, nobody
 * reads. */
static int slot_write(struct probe_slot *s, struct span bytes)
{
	uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes.p, (unsigned)bytes.n);

	if (bytes.n == 0)
		return 0;
	return uv_try_write((uv_stream_t *)&s->tcp, &buf, 1) == (int)bytes.n ? 0 : -1;
}

/* What TLS has to say. */
static int slot_flush_tls(struct probe_slot *s)
{
	int rc = slot_write(s, tls_link_output(&s->link));

	tls_link_sent(&s->link);
	return rc;
}

/* What the dialogue has to say, in clear or inside TLS. The end of the handshake, and what TLS
 * itself answers, leave in the same packet. */
static int slot_flush(struct probe_slot *s)
{
	struct smtp_dialogue *d = &s->dialogue;
	int rc = 0;

	while (d->out_n > 0 && rc == 0) {
		if (!d->tls_done)
			rc = slot_write(s, span_of(d->out, d->out_n));
		else if (tls_link_write(&s->link, d->out, d->out_n) < 0)
			rc = -1;
		if (rc == 0)
			smtp_dialogue_sent(d);
	}
	if (rc == 0 && s->link.ssl != NULL)
		rc = slot_flush_tls(s);
	return rc;
}

/* ---- deadlines --------------------------------------------------------------------------- */

static void slot_await(struct probe_slot *s, uint32_t limit_ms)
{
	struct probe_uv *u = owner_of(s);
	uint64_t now = uv_now(u->loop), due = now + limit_ms;

	if (due > s->last_ms)
		due = s->last_ms;
	ring_add(u->config.ring, &s->deadline, due > now ? due : now);
}

/* After each step of the dialogue: send, then wait for what the new state waits for, or end. */
static void slot_go_on(struct probe_slot *s)
{
	struct smtp_dialogue *d = &s->dialogue;

	if (s->ending)
		return;
	if (slot_flush(s) != 0)
		smtp_dialogue_closed(d);
	if (d->state == SMTP_OVER) {
		if (s->link.ssl != NULL && d->tls_done) {
			tls_link_shut(&s->link);
			slot_flush_tls(s);
		}
		slot_end(s);
	} else if (s->waits_in != (int)d->state) {
		s->waits_in = (int)d->state;
		slot_await(s, smtp_dialogue_limit_ms(d, &owner_of(s)->config.limits));
	}
}

static void slot_late(struct ring_entry *e)
{
	struct probe_slot *s = list_owner(e, struct probe_slot, deadline);

	s->late = true;
	if (!s->connected) {
		slot_end(s);
		return;
	}
	/* The visit as a whole is too long: no more waiting, not even for the last reply. */
	if (uv_now(owner_of(s)->loop) >= s->last_ms) {
		smtp_dialogue_late(&s->dialogue);
		slot_flush(s);
		slot_end(s);
		return;
	}
	smtp_dialogue_late(&s->dialogue);
	slot_go_on(s);
}

/* ---- receiving --------------------------------------------------------------------------- */

static void slot_handshake_over(struct probe_slot *s, bool ok)
{
	s->tls_ms = (int64_t)(uv_now(owner_of(s)->loop) - s->started_ms);
	if (ok)
		tls_link_write_down(&s->link, s->probe);
	else
		probe_slot_tls_error(s, tls_link_error());
	smtp_dialogue_secured(&s->dialogue, ok);
}

static void slot_handshake(struct probe_slot *s, const char *bytes, size_t n)
{
	enum tls_link_status status = tls_link_feed(&s->link, bytes, n);

	if (status != TLS_LINK_OPEN && slot_flush_tls(s) != 0)
		status = TLS_LINK_FAILED;
	if (status != TLS_LINK_WAITS)
		slot_handshake_over(s, status == TLS_LINK_OPEN);
}

static void slot_read_tls(struct probe_slot *s)
{
	char plain[1024];
	int n;

	while ((n = tls_link_read(&s->link, plain, sizeof(plain))) > 0 &&
	       s->dialogue.state != SMTP_OVER)
		smtp_dialogue_receive(&s->dialogue, plain, (size_t)n);
	if (n < 0)
		smtp_dialogue_closed(&s->dialogue);
}

static void slot_bytes(struct probe_slot *s, const char *bytes, size_t n)
{
	struct smtp_dialogue *d = &s->dialogue;

	if (d->tls_done) {
		if (tls_link_feed(&s->link, bytes, n) != TLS_LINK_OPEN)
			smtp_dialogue_closed(d);
		else
			slot_read_tls(s);
	} else if (d->state == SMTP_TLS) {
		bool first = s->link.received == 0;
		if (!first || smtp_dialogue_is_tls(d, bytes, n))
			slot_handshake(s, bytes, n);
		if (d->tls_done) /* the server's first words may have come along */
			slot_read_tls(s);
	} else {
		smtp_dialogue_receive(d, bytes, n);
	}
	/* The reply to STARTTLS has come: begin. */
	if (d->state == SMTP_TLS && s->link.ssl == NULL) {
		if (tls_link_open(&s->link, owner_of(s)->client, &s->facts) != 0)
			smtp_dialogue_secured(d, false);
		else
			slot_handshake(s, NULL, 0);
	}
}

static void slot_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buf)
{
	struct probe_uv *u = owner_of(handle->data);

	(void)wanted;
	*buf = uv_buf_init(u->input, sizeof(u->input));
}

static void slot_received(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct probe_slot *s = stream->data;

	if (s->ending || n == 0)
		return;
	if (s->greeting_ms < 0)
		s->greeting_ms = (int64_t)(uv_now(owner_of(s)->loop) - s->started_ms);
	if (n < 0) {
		probe_slot_broken(s, (int)n);
		smtp_dialogue_closed(&s->dialogue);
	} else {
		slot_bytes(s, buf->base, (size_t)n);
	}
	slot_go_on(s);
}

static void slot_connected(uv_connect_t *request, int status)
{
	struct probe_slot *s = request->data;
	struct probe_uv *u = owner_of(s);

	if (s->ending)
		return;
	if (status == 0)
		status = uv_read_start((uv_stream_t *)&s->tcp, slot_room, slot_received);
	if (status != 0) {
		probe_slot_broken(s, status);
		slot_end(s);
		return;
	}
	s->connected = true;
	s->connect_ms = (int64_t)(uv_now(u->loop) - s->started_ms);
	smtp_dialogue_begin(&s->dialogue, u->config.ehlo_name);
	slot_go_on(s);
}

/* ---- the interface ----------------------------------------------------------------------- */

static int slot_connect(struct probe_slot *s, const struct netaddr *a, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	const struct sockaddr *to;

	if (a->family == 6) {
		memcpy(&v6.sin6_addr, a->bytes, 16);
		to = (const struct sockaddr *)(const void *)&v6;
	} else {
		memcpy(&v4.sin_addr, a->bytes, 4);
		to = (const struct sockaddr *)(const void *)&v4;
	}
	s->connect.data = s;
	return uv_tcp_connect(&s->connect, &s->tcp, to, slot_connected);
}

static int probe_uv_start(struct prober *prober, struct probe *p)
{
	struct probe_uv *u = list_owner(prober, struct probe_uv, prober);
	struct list_item *item = list_pop(&u->free);

	if (item == NULL)
		return -1;
	struct probe_slot *s = list_owner(item, struct probe_slot, item);
	if (uv_tcp_init(u->loop, &s->tcp) != 0) {
		list_push(&u->free, &s->item);
		return -1;
	}
	uv_update_time(u->loop); /* the visit's time is its own, not that of the turn */
	probe_slot_reset(s, p, uv_now(u->loop), u->config.limits.total);
	s->tcp.data = s;
	u->open++;
	u->in_flight++;
	s->deadline.fire = slot_late;
	slot_await(s, u->config.limits.connect);
	int bad = slot_connect(s, &p->address, u->config.port);
	if (bad != 0) { /* done() is still called, later */
		probe_slot_broken(s, bad);
		slot_end(s);
	}
	return 0;
}

struct probe_uv *probe_uv_new(uv_loop_t *loop, const struct probe_uv_config *config,
			      struct errmsg *err)
{
	struct probe_uv *u = calloc(1, sizeof(*u));

	if (u == NULL || (u->slots = calloc(config->slots, sizeof(*u->slots))) == NULL) {
		free(u);
		errmsg_set(err, "out of memory for %u SMTP connections", config->slots);
		return NULL;
	}
	u->client = tls_client_new(config->trust, err);
	if (u->client == NULL) {
		uv_release(u);
		return NULL;
	}
	u->prober.start = probe_uv_start;
	u->config = *config;
	u->loop = loop;
	for (unsigned i = 0; i < config->slots; i++) {
		u->slots[i].owner = u;
		list_push(&u->free, &u->slots[i].item);
	}
	return u;
}

void probe_uv_free(struct probe_uv *u)
{
	if (u == NULL)
		return;
	u->freeing = true;
	for (unsigned i = 0; i < u->config.slots; i++) {
		struct probe_slot *s = &u->slots[i];
		if (s->probe == NULL)
			continue;
		tls_link_close(&s->link);
		slot_end(s);
	}
	if (u->open == 0)
		uv_release(u);
}

struct prober *probe_uv_prober(struct probe_uv *u)
{
	return &u->prober;
}

void probe_uv_turn(struct probe_uv *u)
{
	struct list_item *item;

	while ((item = list_pop(&u->over)) != NULL) {
		struct probe_slot *s = list_owner(item, struct probe_slot, item);
		struct probe *p = s->probe;
		probe_slot_write_down(s);
		tls_link_close(&s->link);
		s->probe = NULL;
		list_push(&u->free, &s->item);
		assert(u->in_flight > 0);
		u->in_flight--;
		p->done(p);
	}
}

unsigned probe_uv_in_flight(const struct probe_uv *u)
{
	return u->in_flight;
}
