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
	unsigned high; /* conns above were never used */
};

struct listener {
	int fd;
	const struct mail_host *mail; /* NULL: policy hosts */
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

	if (n) {
		t->free = n->next_free;
		return n;
	}
	return t->high < CONNS_MAX ? &t->conns[t->high++] : NULL;
}

static void conn_give(struct server_thread *t, struct conn *n)
{
	n->fd = -1;
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

static void take(struct server_thread *t, const struct listener *l)
{
	for (;;) {
		struct conn *n = conn_take(t);
		if (!n) {
			listen_on(t, false);
			return;
		}
		int fd = lab_accept(l->fd);
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = n};
		if (fd < 0 || conn_open(n, &t->context, fd, l->mail) != 0) {
			conn_give(t, n);
			return;
		}
		epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event);
		if (l->mail) /* here the server speaks first */
			settle(t, n, conn_event(n, &t->context), false);
	}
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

static void *run(void *arg)
{
	struct server_thread *t = arg;
	struct server *s = t->server;
	struct epoll_event events[EVENTS];
	int64_t next_ms = lab_now_ms() + TICK_MS;

	for (;;) {
		int n = epoll_wait(t->epoll, events, EVENTS, TICK_MS);
		for (int i = 0; i < n; i++) {
			void *what = events[i].data.ptr;
			if (what == s)
				return NULL;
			if (what >= (void *)s->listeners &&
			    what < (void *)(s->listeners + LISTENERS_MAX)) {
				take(t, what);
				continue;
			}
			struct conn *c = what;
			if (c->fd < 0)
				continue;
			bool wanted_write = c->want_write;
			settle(t, c, conn_event(c, &t->context), wanted_write);
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
		s->listeners[s->listener_n++] = (struct listener){fd, NULL};
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
		s->listeners[s->listener_n++] = (struct listener){fd, &mail_hosts[kind]};
		port = lab_port(fd);
	}
	return port;
}

/* Fills in the ports that are 0. 0 or -1 with a sentence in err. */
static int listen_everywhere(struct server *s, bool ipv6, uint16_t *https_port, uint16_t *smtp_port,
			     char err[LAB_ERROR_MAX])
{
	int https = -1, smtp = -1;

	for (unsigned i = 0; https < 0 && i < (*https_port ? 1 : PORT_TRIES); i++)
		https = listen_web(s, ipv6, *https_port);
	if (https < 0 || make_full(s, (uint16_t)https) != 0) {
		snprintf(err, LAB_ERROR_MAX, "cannot serve HTTPS on " LAB_WEB_NET "1 port %u: %s",
			 *https_port, strerror(errno));
		return -1;
	}
	for (unsigned i = 0; smtp < 0 && i < (*smtp_port ? 1 : PORT_TRIES); i++)
		smtp = listen_mail(s, *smtp_port);
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
	if (listen_everywhere(s, lab->ipv6, https_port, smtp_port, err) != 0) {
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
