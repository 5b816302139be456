/*
 * dns_server.c - sockets, batches and the late answers of dns_server.h.
 *
 * A thread owns its UDP socket (SO_REUSEPORT spreads clients), its fault state and its wheel of
 * delayed questions; the first thread also serves TCP.
 */
#include "datasets/labnet/dns_server.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datasets/labnet/dns_tcp.h"

#define ROUNDS 4
#define BATCH 64
#define BATCHES_A_TURN 16
#define QUERY_MAX 512
#define WHEEL_MS 16384 /* power of two, over DNS_DELAY_MAX_MS and the reordering pause */
#define LATE_MAX 65536 /* questions held back at once; more are answered late by less */
#define PORT_TRIES 32

static_assert(WHEEL_MS > DNS_DELAY_MAX_MS + 1000, "a delay must fit one turn of the wheel");

struct late {
	uint32_t next; /* index + 1 */
	uint16_t n;
	bool twice;
	enum dns_mood mood;
	struct sockaddr_in from;
	uint8_t query[QUERY_MAX];
};

struct wheel {
	struct late *pool;
	uint32_t free;
	uint32_t slot[WHEEL_MS];
	int64_t at_ms; /* slots up to here are done */
	unsigned held;
};

struct out {
	struct mmsghdr message[2 * BATCH];
	struct iovec iov[2 * BATCH];
	unsigned n;
};

struct dns_thread {
	struct dns_server *server;
	pthread_t id;
	int fd, epoll;
	struct dns_fault fault;
	struct wheel *wheel; /* NULL when nothing is ever late */
	struct dns_tcp *tcp; /* NULL but for the first thread */
	struct mmsghdr in[BATCH];
	struct iovec in_iov[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t query[BATCH][QUERY_MAX], answer[BATCH][DNS_ANSWER_MAX];
	struct out out;
};

struct dns_server {
	struct dns_context context;
	bool faulty;
	int stop_fd;
	unsigned thread_n;
	struct dns_thread *threads[LAB_THREADS_MAX];
};

static struct wheel *wheel_new(void)
{
	struct wheel *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->pool = calloc(LATE_MAX, sizeof(*w->pool));
	if (!w->pool) {
		free(w);
		return NULL;
	}
	for (uint32_t i = 0; i < LATE_MAX; i++)
		w->pool[i].next = i + 1 < LATE_MAX ? i + 2 : 0;
	w->free = 1;
	w->at_ms = lab_now_ms();
	return w;
}

static void wheel_free(struct wheel *w)
{
	if (w)
		free(w->pool);
	free(w);
}

/* False when there is no room. */
static bool wheel_add(struct wheel *w, int64_t now_ms, unsigned delay_ms, const struct late *what)
{
	uint32_t i = w->free;
	int64_t due_ms = now_ms + delay_ms;

	assert(delay_ms < WHEEL_MS);
	if (i == 0)
		return false;
	if (w->held == 0) /* the thread slept: there is nothing to catch up with */
		w->at_ms = now_ms;
	struct late *l = &w->pool[i - 1];
	uint32_t *slot = &w->slot[due_ms & (WHEEL_MS - 1)];
	w->free = l->next;
	*l = *what;
	l->next = *slot;
	*slot = i;
	w->held++;
	return true;
}

static void flush(struct dns_thread *t)
{
	unsigned done = 0;

	while (done < t->out.n) {
		int n = sendmmsg(t->fd, t->out.message + done, t->out.n - done, 0);
		if (n <= 0) /* a full buffer loses the answer, as networks do */
			n = 1;
		done += (unsigned)n;
	}
	t->out.n = 0;
}

static void queue(struct dns_thread *t, void *answer, size_t n, struct sockaddr_in *to)
{
	struct out *o = &t->out;

	assert(o->n < 2 * BATCH);
	o->iov[o->n] = (struct iovec){answer, n};
	o->message[o->n].msg_hdr = (struct msghdr){.msg_name = to,
						   .msg_namelen = sizeof(*to),
						   .msg_iov = &o->iov[o->n],
						   .msg_iovlen = 1};
	o->n++;
}

static void reply(struct dns_thread *t, unsigned i, const uint8_t *query, size_t n,
		  struct sockaddr_in *to, enum dns_mood mood, bool twice)
{
	size_t answer_n = dns_answer(&t->server->context, mood, false, query, n, t->answer[i]);

	if (answer_n == 0)
		return;
	queue(t, t->answer[i], answer_n, to);
	if (twice)
		queue(t, t->answer[i], answer_n, to);
}

/* One question under the resolver's fault profile. */
static void receive_faulty(struct dns_thread *t, unsigned i, size_t n, int64_t now_ms)
{
	struct dns_fate fate = dns_fault_decide(&t->fault, t->from[i].sin_addr.s_addr, now_ms);

	if (fate.lost)
		return;
	if (fate.delay_ms > 0) {
		struct late late = {.n = (uint16_t)n,
				    .twice = fate.twice,
				    .mood = fate.mood,
				    .from = t->from[i]};
		memcpy(late.query, t->query[i], n);
		if (wheel_add(t->wheel, now_ms, fate.delay_ms, &late))
			return;
	}
	reply(t, i, t->query[i], n, &t->from[i], fate.mood, fate.twice);
}

/* A few batches a turn: under load the datagrams never end, and TCP wants its turn too. */
static void receive(struct dns_thread *t)
{
	for (unsigned batch = 0; batch < BATCHES_A_TURN; batch++) {
		for (unsigned i = 0; i < BATCH; i++)
			t->in[i].msg_hdr.msg_namelen = sizeof(t->from[i]);
		int got = recvmmsg(t->fd, t->in, BATCH, MSG_DONTWAIT, NULL);
		if (got <= 0)
			return;
		int64_t now_ms = t->server->faulty ? lab_now_ms() : 0;
		for (unsigned i = 0; i < (unsigned)got; i++) {
			size_t n = t->in[i].msg_len;
			if (t->server->faulty)
				receive_faulty(t, i, n, now_ms);
			else
				reply(t, i, t->query[i], n, &t->from[i], DNS_MOOD_HONEST, false);
		}
		flush(t);
		if (got < BATCH)
			return;
	}
}

/* Answers everything that has become due. */
static void turn_wheel(struct dns_thread *t)
{
	struct wheel *w = t->wheel;
	int64_t now_ms = lab_now_ms();

	for (; w->at_ms < now_ms; w->at_ms++) {
		uint32_t *slot = &w->slot[(w->at_ms + 1) & (WHEEL_MS - 1)];
		while (*slot != 0) {
			uint32_t i = *slot;
			struct late *l = &w->pool[i - 1];
			reply(t, 0, l->query, l->n, &l->from, l->mood, l->twice);
			flush(t);
			*slot = l->next;
			l->next = w->free;
			w->free = i;
			w->held--;
		}
	}
}

static void *run(void *arg)
{
	struct dns_thread *t = arg;
	struct epoll_event events[BATCH];

	for (;;) {
		int timeout = t->wheel && t->wheel->held > 0 ? 1 : -1;
		int n = epoll_wait(t->epoll, events, BATCH, timeout);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == t->server->stop_fd)
				return NULL;
			if (events[i].data.fd == t->fd)
				receive(t);
			else
				dns_tcp_event(t->tcp, events[i].data.fd);
		}
		if (t->wheel)
			turn_wheel(t);
	}
}

static struct dns_thread *thread_new(struct dns_server *s, const struct lab *lab,
				     const struct dns_fault_profile *profile, int fd,
				     unsigned number)
{
	struct dns_thread *t = calloc(1, sizeof(*t));
	struct epoll_event event = {.events = EPOLLIN};

	if (!t)
		return NULL;
	t->server = s;
	t->fd = fd;
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = fd;
	epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event);
	event.data.fd = s->stop_fd;
	epoll_ctl(t->epoll, EPOLL_CTL_ADD, s->stop_fd, &event);
	dns_fault_init(&t->fault, profile, lab->seed + number);
	if (s->faulty)
		t->wheel = wheel_new();
	for (unsigned i = 0; i < BATCH; i++) {
		t->in_iov[i] = (struct iovec){t->query[i], QUERY_MAX};
		t->in[i].msg_hdr = (struct msghdr){
			.msg_name = &t->from[i], .msg_iov = &t->in_iov[i], .msg_iovlen = 1};
	}
	return t;
}

/* UDP and TCP on the same port, chosen by the kernel when *port is 0. */
static int bind_pair(uint16_t *port, int *udp, int *tcp)
{
	for (unsigned i = 0; i < (*port ? 1 : PORT_TRIES); i++) {
		*tcp = lab_socket("127.0.0.1", *port, SOCK_STREAM);
		if (*tcp < 0 || listen(*tcp, 1024) != 0)
			return -1;
		*udp = lab_socket("127.0.0.1", lab_port(*tcp), SOCK_DGRAM);
		if (*udp >= 0) {
			*port = lab_port(*udp);
			return 0;
		}
		close(*tcp);
	}
	return -1;
}

struct dns_server *dns_server_start(const struct lab *lab, const struct dns_fault_profile *profile,
				    uint16_t *port, char err[LAB_ERROR_MAX])
{
	struct dns_server *s = calloc(1, sizeof(*s));
	int udp, tcp;

	if (!s || bind_pair(port, &udp, &tcp) != 0) {
		snprintf(err, LAB_ERROR_MAX, "cannot serve DNS on 127.0.0.1 port %u: %s", *port,
			 strerror(errno));
		free(s);
		return NULL;
	}
	s->context = (struct dns_context){&lab->population, lab->ipv6};
	s->faulty = dns_fault_any(profile);
	s->stop_fd = lab->stop_fd;
	for (unsigned i = 0; i < lab->dns_threads; i++) {
		int fd = i == 0 ? udp : lab_socket("127.0.0.1", *port, SOCK_DGRAM);
		struct dns_thread *t = fd < 0 ? NULL : thread_new(s, lab, profile, fd, i);
		if (!t)
			break;
		if (i == 0)
			t->tcp = dns_tcp_new(&s->context, tcp, t->epoll);
		if (pthread_create(&t->id, NULL, run, t) != 0)
			break;
		s->threads[s->thread_n++] = t;
	}
	if (s->thread_n == lab->dns_threads)
		return s;
	/* Threads that did start still use s; the program ends. */
	// NOLINTNEXTLINE(clang-analyzer-unix.Malloc)
	snprintf(err, LAB_ERROR_MAX, "cannot start DNS thread %u", s->thread_n + 1);
	return NULL;
}

void dns_server_join(struct dns_server *s)
{
	for (unsigned i = 0; i < s->thread_n; i++) {
		struct dns_thread *t = s->threads[i];
		pthread_join(t->id, NULL);
		dns_tcp_free(t->tcp);
		wheel_free(t->wheel);
		close(t->fd);
		close(t->epoll);
		free(t);
	}
	free(s);
}
