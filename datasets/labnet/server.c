/*
 * server.c - accepts, waits and keeps time for the connections of conn.c.
 *
 * Threads share the listening sockets and nothing else. Connections come from a pool that is fixed
 * at start; when it is empty nobody is accepted until one ends.
 */
#include "datasets/labnet/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datasets/labnet/dns_answer.h"
#include "datasets/labnet/conn.h"
#include "datasets/labnet/situations.h"

#define CONNS_MAX 8192
#define EVENTS 256
#define CALLERS 64u /* at a time */
#define TICK_MS 50
#define LISTENERS_MAX (LAB_WEB_HOSTS + 1 + LAB_MAIL_FINE + MAIL_HOST_COUNT)
#define FULL_QUEUE 4
#define PORT_TRIES 32

struct server_thread {
	struct server *server;
	pthread_t id;
	int epoll;
	bool listening;
	struct conn_context context;
	struct conn *conns; /* CONNS_MAX */
	struct conn *free;
	unsigned high;	/* conns above were never used */
	unsigned taken; /* of those below, and not given back */
};

struct listener {
	int fd;
	const struct mail_host *mail; /* NULL: policy hosts */
	bool everywhere;	      /* any MX host: the address tells which */
};

struct server {
	int stop_fd;
	unsigned listener_n, thread_n;
	struct listener listeners[LISTENERS_MAX];
	int full[1 +
		 FULL_QUEUE]; /* the listener that loses SYNs, and the connections that fill it */
	struct server_thread threads[LAB_THREADS_MAX];
};

static void listen_on(struct server_thread *t, bool on)
{
	for (unsigned i = 0; i < t->server->listener_n; i++) {
		struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE,
					    .data.ptr = &t->server->listeners[i]};
		epoll_ctl(t->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, t->server->listeners[i].fd,
			  &event);
	}
	t->listening = on;
}

static struct conn *conn_take(struct server_thread *t)
{
	struct conn *n = t->free;

	if (n)
		t->free = n->next_free;
	else if (t->high < CONNS_MAX)
		n = &t->conns[t->high++];
	t->taken += n != NULL;
	return n;
}

static void conn_give(struct server_thread *t, struct conn *n)
{
	n->fd = -1;
	t->taken--;
	n->next_free = t->free;
	t->free = n;
	if (!t->listening)
		listen_on(t, true);
}

/* After each step of a connection: watch what it waits for, or end it. */
static void settle(struct server_thread *t, struct conn *n, bool alive, bool wanted_write)
{
	if (!alive) {
		conn_close(n);
		conn_give(t, n);
	} else if (n->want_write != wanted_write) {
		struct epoll_event event = {.events = n->want_write ? EPOLLOUT : EPOLLIN,
					    .data.ptr = n};
		epoll_ctl(t->epoll, EPOLL_CTL_MOD, n->fd, &event);
	}
}

/* The MX host that was called, and its place in the book. NULL: nobody lives there. */
static const struct mail_host *called(const struct lab *lab, int fd, unsigned *place)
{
	uint8_t address[4];
	char name[NAME_BUF];

	if (lab_called(fd, address) != 0)
		return NULL;
	*place = estate_place(lab->book, address);
	unsigned host = estate_at(lab->population.estate, address);
	if (host != ESTATE_NONE) {
		size_t n = estate_name(lab->population.estate, host, name);
		return population_mail_host(&lab->population, span_of(name, n));
	}
	return address[1] == ESTATE_SIDE && address[2] < MAIL_HOST_COUNT ? &mail_hosts[address[2]]
									 : NULL;
}

static void welcome(struct server_thread *t, const struct listener *l, int fd)
{
	struct conn *n = conn_take(t);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = n};
	const struct mail_host *mail = l->mail;
	unsigned place = 0;

	assert(n);
	if (l->everywhere)
		mail = called(t->context.lab, fd, &place);
	if (l->everywhere && !mail) {
		close(fd);
		conn_give(t, n);
		return;
	}
	if (conn_open(n, &t->context, fd, mail) != 0) {
		conn_give(t, n);
		return;
	}
	epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event);
	if (l->everywhere)
		conn_book(n, &t->context, place);
	if (mail) /* here the server speaks first */
		settle(t, n, conn_event(n, &t->context), false);
}

static unsigned conns_left(const struct server_thread *t)
{
	return CONNS_MAX - t->taken;
}

static void serve_ready(struct server_thread *t);

/* Who calls now had hung up elsewhere before: that is seen first, or two would seem to be here at a
 * time. */
static void take(struct server_thread *t, const struct listener *l)
{
	int fds[CALLERS];
	unsigned n = 0, left = conns_left(t);

	if (left == 0) {
		listen_on(t, false);
		return;
	}
	while (n < CALLERS && n < left && (fds[n] = lab_accept(l->fd)) >= 0)
		n++;
	if (l->everywhere)
		serve_ready(t);
	for (unsigned i = 0; i < n; i++)
		welcome(t, l, fds[i]);
}

static void tick(struct server_thread *t, int64_t now_ms)
{
	for (unsigned i = 0; i < t->high; i++) {
		struct conn *n = &t->conns[i];
		if (n->fd < 0)
			continue;
		bool wanted_write = n->want_write;
		settle(t, n, conn_tick(n, &t->context, now_ms), wanted_write);
	}
}

static bool is_listener(const struct server_thread *t, const void *what)
{
	const struct server *s = t->server;

	return what >= (const void *)s->listeners &&
	       what < (const void *)(s->listeners + LISTENERS_MAX);
}

static void serve(struct server_thread *t, struct conn *c)
{
	bool wanted_write = c->want_write;

	if (c->fd >= 0)
		settle(t, c, conn_event(c, &t->context), wanted_write);
}

/* Those whom something has happened to already. */
static void serve_ready(struct server_thread *t)
{
	struct epoll_event events[CONNS_MAX];
	int n = epoll_wait(t->epoll, events, CONNS_MAX, 0);

	for (int i = 0; i < n; i++)
		if (events[i].data.ptr != t->server && !is_listener(t, events[i].data.ptr))
			serve(t, events[i].data.ptr);
}

static void *run(void *arg)
{
	struct server_thread *t = arg;
	struct epoll_event events[EVENTS];
	int64_t next_ms = lab_now_ms() + TICK_MS;

	for (;;) {
		int n = epoll_wait(t->epoll, events, EVENTS, TICK_MS);
		for (int i = 0; i < n; i++) {
			void *what = events[i].data.ptr;
			if (what == t->server)
				return NULL;
			if (is_listener(t, what))
				take(t, what);
			else
				serve(t, what);
		}
		int64_t now_ms = lab_now_ms();
		if (now_ms >= next_ms) {
			tick(t, now_ms);
			next_ms = now_ms + TICK_MS;
		}
	}
}

static int thread_start(struct server_thread *t, struct server *s, const struct lab *lab,
			const struct authority *authority)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};

	t->server = s;
	t->context.lab = lab;
	t->context.certs = cert_cache_new(authority);
	t->context.ssl = conn_ssl_context(&t->context);
	t->conns = calloc(CONNS_MAX, sizeof(*t->conns));
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!t->context.certs || !t->context.ssl || !t->conns || t->epoll < 0)
		return -1;
	epoll_ctl(t->epoll, EPOLL_CTL_ADD, lab->stop_fd, &event);
	listen_on(t, true);
	return pthread_create(&t->id, NULL, run, t);
}

static int listen_at(const char *address, uint16_t port, int backlog)
{
	int fd = lab_socket(address, port, SOCK_STREAM);

	if (fd >= 0 && listen(fd, backlog) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A listener whose accept queue is full: the kernel drops every further SYN. */
static int make_full(struct server *s, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, LAB_DROPPED_ADDRESS, &to.sin_addr);
	s->full[0] = listen_at(LAB_DROPPED_ADDRESS, port, 0);
	if (s->full[0] < 0)
		return -1;
	for (unsigned i = 1; i <= FULL_QUEUE; i++) {
		s->full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		/* Those beyond the queue never get through: that is what they are for. */
		if (connect(s->full[i], (struct sockaddr *)&to, sizeof(to)) != 0 &&
		    errno != EINPROGRESS)
			return -1;
	}
	return 0;
}

static void unlisten(struct server *s, unsigned keep)
{
	while (s->listener_n > keep)
		close(s->listeners[--s->listener_n].fd);
}

/* The same port on every policy host's address; the port or -1. */
static int listen_web(struct server *s, bool ipv6, uint16_t port)
{
	char address[32];

	for (unsigned i = 0; i < LAB_WEB_HOSTS + (unsigned)ipv6; i++) {
		if (i < LAB_WEB_HOSTS)
			snprintf(address, sizeof(address), LAB_WEB_NET "%u", i + 1);
		else
			snprintf(address, sizeof(address), "::1");
		int fd = listen_at(address, port, 4096);
		if (fd < 0) {
			unlisten(s, 0);
			return -1;
		}
		s->listeners[s->listener_n++] = (struct listener){.fd = fd};
		port = lab_port(fd);
	}
	return port;
}

/* The same port on every MX host's address; the last number of the address tells the kind. */
static int listen_mail(struct server *s, uint16_t port)
{
	char address[32];
	unsigned before = s->listener_n;

	for (unsigned i = 1; i < LAB_MAIL_FINE + MAIL_HOST_COUNT; i++) {
		unsigned kind = i <= LAB_MAIL_FINE ? MAIL_HOST_fine : i - LAB_MAIL_FINE;
		snprintf(address, sizeof(address), LAB_MAIL_NET "%u", i);
		int fd = listen_at(address, port, 1024);
		if (fd < 0) {
			unlisten(s, before);
			return -1;
		}
		s->listeners[s->listener_n++] =
			(struct listener){.fd = fd, .mail = &mail_hosts[kind]};
		port = lab_port(fd);
	}
	return port;
}

/* One listener for the MX hosts of a whole estate; the port or -1. */
static int listen_estate(struct server *s, uint16_t port)
{
	int fd = lab_socket_everywhere(port);

	if (fd < 0 || listen(fd, 4096) != 0)
		return -1;
	s->listeners[s->listener_n++] = (struct listener){.fd = fd, .everywhere = true};
	return lab_port(fd);
}

/* Fills in the ports that are 0. 0 or -1 with a sentence in err. */
static int listen_everywhere(struct server *s, const struct lab *lab, uint16_t *https_port,
			     uint16_t *smtp_port, char err[LAB_ERROR_MAX])
{
	int https = -1, smtp = -1;

	for (unsigned i = 0; https < 0 && i < (*https_port ? 1 : PORT_TRIES); i++)
		https = listen_web(s, lab->ipv6, *https_port);
	if (https < 0 || make_full(s, (uint16_t)https) != 0) {
		snprintf(err, LAB_ERROR_MAX, "cannot serve HTTPS on " LAB_WEB_NET "1 port %u: %s",
			 *https_port, strerror(errno));
		return -1;
	}
	for (unsigned i = 0; smtp < 0 && i < (*smtp_port ? 1 : PORT_TRIES); i++)
		smtp = lab->book ? listen_estate(s, *smtp_port) : listen_mail(s, *smtp_port);
	if (smtp < 0) {
		snprintf(err, LAB_ERROR_MAX, "cannot serve SMTP on " LAB_MAIL_NET "1 port %u: %s",
			 *smtp_port, strerror(errno));
		return -1;
	}
	*https_port = (uint16_t)https;
	*smtp_port = (uint16_t)smtp;
	return 0;
}

struct server *server_start(const struct lab *lab, const struct authority *authority,
			    uint16_t *https_port, uint16_t *smtp_port, char err[LAB_ERROR_MAX])
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(err, LAB_ERROR_MAX, "out of memory");
		return NULL;
	}
	s->stop_fd = lab->stop_fd;
	if (listen_everywhere(s, lab, https_port, smtp_port, err) != 0) {
		free(s);
		return NULL;
	}
	for (unsigned i = 0; i < lab->https_threads; i++) {
		if (thread_start(&s->threads[i], s, lab, authority) != 0) {
			snprintf(err, LAB_ERROR_MAX, "cannot start server thread %u", i + 1);
			return NULL; /* the program ends */
		}
		s->thread_n++;
	}
	return s;
}

void server_tell(const struct lab *lab)
{
	char path[4096];

	if (lab->book &&
	    (size_t)snprintf(path, sizeof(path), "%s/visits.txt", lab->dir) < sizeof(path) &&
	    estate_book_write(lab->book, path) != 0)
		fprintf(stderr, "labnet: cannot write %s\n", path);
}

void server_join(struct server *s)
{
	for (unsigned i = 0; i < s->thread_n; i++) {
		struct server_thread *t = &s->threads[i];
		pthread_join(t->id, NULL);
		for (unsigned j = 0; j < t->high; j++)
			if (t->conns[j].fd >= 0)
				conn_close(&t->conns[j]);
		free(t->conns);
		SSL_CTX_free(t->context.ssl);
		cert_cache_free(t->context.certs);
		close(t->epoll);
	}
	unlisten(s, 0);
	for (unsigned i = 0; i <= FULL_QUEUE; i++)
		close(s->full[i]);
	free(s);
}
