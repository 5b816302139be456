/*
 * answers.h - a resolver that answers anything, and a whole engine on the other side of a socket:
 * c-ares, the resolver's policy, the job machine and the judge. The input is a first byte of flags
 * and then answers (flags, length in two bytes, bytes), one a question; when they are used up,
 * nothing exists. A message gets the id and, unless its flags say otherwise, the question that it
 * answers. By TCP, each question is refused by UDP as too long for it, and an answer may be any
 * stream of bytes, or end early. Policy hosts are met at 127.0.0.1, where nobody listens; the gate
 * of this target lets no connection to any other address pass.
 */
#ifndef MTASWEEP_FUZZ_ANSWERS_H
#define MTASWEEP_FUZZ_ANSWERS_H

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parsers/dnsmsg.h"
#include "scanner/job/host_task.h"
#include "scanner/worker/engine.h"
#include "tests/support/hurry.h"
#include "tests/support/scratch.h"

#define NAMES 3u
#define TICKETS_MAX 64u /* policy hosts, and a few MX hosts of each name */
#define TIMEOUT_MS 50u

/* The engine wants a certificate to trust; it is never needed. */
static const char ca_pem[] = "-----BEGIN CERTIFICATE-----\n"
			     "MIIBbzCCARWgAwIBAgIUeaEe5xSwMr5lcjWnuqnZTP21Go4wCgYIKoZIzj0EAwIw\n"
			     "DDEKMAgGA1UEAwwBeDAgFw0yNjExMjQyMjI0NTBaGA8yMTI2MTAzMTIyMjQ1MFow\n"
			     "DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAAsk0E9s8xM\n"
			     "A65kfTApcbZn+7HXFxSozjF3HKY5HpiQmmW4gyakXrtJqTBzjIV5AnfOyeCqAGzx\n"
			     "3OFC41vGAD+jUzBRMB0GA1UdDgQWBBSbvR5cr69dktdik7KcOB7rI+Z3+TAfBgNV\n"
			     "HSMEGDAWgBSbvR5cr69dktdik7KcOB7rI+Z3+TAPBgNVHRMBAf8EBTADAQH/MAoG\n"
			     "CCqGSM49BAMCA0gAMEUCIQDd95gCYbvw3U8xblfNjJ/cnXl+XkkdRWHTeiUukG80\n"
			     "gAIgVkL8kRok5poNKu6wYS8luqyvqgRDLKWiUSWbszbNfR8=\n"
			     "-----END CERTIFICATE-----\n";

enum {
	ALL_CANARIES = 1, /* first byte: canaries are answered from the input as well */
	ASK_AGAIN = 2,	  /* first byte: one retry */
	VISIT_HOSTS = 4,  /* first byte: MX hosts are looked up and visited, too */
	AS_IT_IS = 1,	  /* the bytes are the whole message but for the id */
	FALLBACK = 2,	  /* a good answer follows at once */
	STREAM = 4,	  /* TCP: the bytes as they are, without a length */
	CUT = 8,	  /* TCP: the connection ends behind it */
};

#define STREAMS_MAX 8u
#define STREAM_QUERIES 4096u

struct lab;

/* A connection of the client. */
struct stream {
	struct lab *lab;
	uv_poll_t poll;
	int fd; /* -1: none */
	uint8_t in[STREAM_QUERIES];
	size_t n;
};

struct lab {
	uv_loop_t loop;
	uv_poll_t poll;
	int fd;
	bool tcp;
	int listener;
	uv_poll_t accepts;
	struct stream streams[STREAMS_MAX];
	unsigned streams_n; /* ever */
	const uint8_t *data;
	size_t size;
	bool all_canaries;
	struct engine *engine;
	struct gate_door gate;
	struct gate_ticket *asked[TICKETS_MAX];
	unsigned asked_n;
	unsigned submitted, finished;
};

/* ---- the other side ---------------------------------------------------------------------- */

static void say(int fd, const struct sockaddr_in *to, const uint8_t *p, size_t n)
{
	sendto(fd, p, n, 0, (const struct sockaddr *)to, sizeof(*to));
}

/* NXDOMAIN, or for the root an empty answer. */
static void say_nothing_there(int fd, const struct sockaddr_in *to, const uint8_t *query, size_t n)
{
	uint8_t reply[DNS_QUERY_MAX];

	memcpy(reply, query, n);
	reply[2] = 0x81;
	reply[3] = query[12] == 0 ? 0x80 : 0x83;
	memset(reply + 6, 0, 6);
	say(fd, to, reply, n);
}

/* Too long for a datagram: the question is asked once more by TCP. */
static void say_truncated(int fd, const struct sockaddr_in *to, const uint8_t *query, size_t n)
{
	uint8_t reply[DNS_QUERY_MAX];

	memcpy(reply, query, n);
	reply[2] = 0x83;
	reply[3] = 0x80;
	memset(reply + 6, 0, 6);
	say(fd, to, reply, n);
}

/* The next answer of the input, made one to this query; its length and its flags. */
static size_t next_answer(struct lab *lab, const uint8_t *query, size_t question, uint8_t *reply,
			  unsigned *of)
{
	unsigned flags = *of = lab->data[0];
	size_t n = (size_t)lab->data[1] << 8 | lab->data[2], at = 0;

	lab->data += 3;
	lab->size -= 3;
	n = n < lab->size ? n : lab->size;
	memcpy(reply, lab->data, n);
	if ((flags & (AS_IT_IS | STREAM)) == 0 &&
	    n >= 10) { /* flags and counts, then what follows the question */
		memmove(reply + question, lab->data + 10, n - 10);
		memcpy(reply + 2, lab->data, 10);
		memcpy(reply + 12, query + 12, question - 12);
		at = question - 10;
	}
	if ((flags & STREAM) == 0)
		memcpy(reply, query, n + at < 2 ? n + at : 2);
	lab->data += n;
	lab->size -= n;
	return n + at;
}

static void say_next(struct lab *lab, const struct sockaddr_in *to, const uint8_t *query,
		     size_t question)
{
	static uint8_t reply[70000];
	unsigned flags;
	size_t n = next_answer(lab, query, question, reply, &flags);

	say(lab->fd, to, reply, n);
	if ((flags & FALLBACK) != 0)
		say_nothing_there(lab->fd, to, query, question);
}

static void lab_question(uv_poll_t *poll, int status, int events)
{
	struct lab *lab = poll->data;
	struct sockaddr_in from;
	socklen_t from_n = sizeof(from);
	uint8_t query[DNS_QUERY_MAX];

	(void)status;
	(void)events;
	ssize_t n = recvfrom(lab->fd, query, sizeof(query), 0, (struct sockaddr *)&from, &from_n);
	if (n <= 0)
		return;
	size_t question = dnsmsg_question(query, (size_t)n);
	assert(question > 0); /* our own */
	bool canary = query[12] == 0 || memmem(query, question, "\7invalid", 8) != NULL;
	if (lab->tcp && !canary)
		say_truncated(lab->fd, &from, query, question);
	else if (lab->size < 3 || (canary && !lab->all_canaries))
		say_nothing_there(lab->fd, &from, query, question);
	else
		say_next(lab, &from, query, question);
	if (canary) /* one that nobody answers is repeated after a second: too long for us */
		say_nothing_there(lab->fd, &from, query, question);
}

/* ---- the same by TCP ---------------------------------------------------------------------- */

static void stream_end(struct stream *s)
{
	if (s->fd < 0)
		return;
	uv_poll_stop(&s->poll);
	close(s->fd);
	s->fd = -1;
}

/* One query of the stream; the client reads, so that what we send does not wait. */
static void stream_answer(struct stream *s, const uint8_t *query, size_t n)
{
	static uint8_t reply[70000];
	size_t question = dnsmsg_question(query, n), length;
	unsigned flags = 0;

	assert(question > 0); /* our own */
	if (s->lab->size < 3) {
		memcpy(reply + 2, query, question);
		reply[4] = 0x81;
		reply[5] = 0x83;
		memset(reply + 8, 0, 6);
		length = question;
	} else {
		length = next_answer(s->lab, query, question, reply + 2, &flags);
	}
	reply[0] = (uint8_t)(length >> 8);
	reply[1] = (uint8_t)length;
	bool raw = (flags & STREAM) != 0;
	send(s->fd, raw ? reply + 2 : reply, raw ? length : length + 2,
	     MSG_NOSIGNAL | MSG_DONTWAIT);
	if ((flags & CUT) != 0)
		stream_end(s);
}

static void stream_question(uv_poll_t *poll, int status, int events)
{
	struct stream *s = poll->data;

	(void)status;
	(void)events;
	ssize_t got = recv(s->fd, s->in + s->n, sizeof(s->in) - s->n, 0);
	if (got <= 0) {
		stream_end(s);
		return;
	}
	s->n += (size_t)got;
	size_t at = 0;
	while (s->fd >= 0 && s->n - at >= 2) {
		size_t n = (size_t)s->in[at] << 8 | s->in[at + 1];
		if (s->n - at < 2 + n)
			break;
		stream_answer(s, s->in + at + 2, n);
		at += 2 + n;
	}
	memmove(s->in, s->in + at, s->n - at);
	s->n -= at;
}

static void lab_accept(uv_poll_t *poll, int status, int events)
{
	struct lab *lab = poll->data;
	int fd = accept4(lab->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)status;
	(void)events;
	if (fd >= 0 && lab->streams_n == STREAMS_MAX) {
		close(fd);
	} else if (fd >= 0) {
		struct stream *s = &lab->streams[lab->streams_n++];
		s->lab = lab;
		s->fd = fd;
		s->poll.data = s;
		assert(uv_poll_init(&lab->loop, &s->poll, fd) == 0);
		assert(uv_poll_start(&s->poll, UV_READABLE, stream_question) == 0);
	}
}

/* At the port that UDP has. */
static void lab_listen_tcp(struct lab *lab, const struct sockaddr_in *at)
{
	lab->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert(lab->listener >= 0);
	if (bind(lab->listener, (const struct sockaddr *)at, sizeof(*at)) != 0)
		return; /* somebody has it: this input is played by UDP and refused connections */
	assert(listen(lab->listener, 8) == 0);
	assert(uv_poll_init(&lab->loop, &lab->accepts, lab->listener) == 0);
	lab->accepts.data = lab;
	assert(uv_poll_start(&lab->accepts, UV_READABLE, lab_accept) == 0);
}

static void lab_close_tcp(struct lab *lab)
{
	for (unsigned i = 0; i < lab->streams_n; i++) {
		stream_end(&lab->streams[i]);
		uv_close((uv_handle_t *)&lab->streams[i].poll, NULL);
	}
	if (lab->accepts.data != NULL)
		uv_close((uv_handle_t *)&lab->accepts, NULL);
}

/* ---- our side ---------------------------------------------------------------------------- */

static void lab_finished(void *user, const struct record *r)
{
	struct lab *lab = user;

	lab->finished++;
	assert(r->line >= 1 && r->line <= NAMES && lab->finished <= lab->submitted);
	assert(r->policy.http_status <= 0 && r->verdict != VERDICT_ENFORCE);
	assert(r->mx.hosts_n <= DNS_RR_MAX && r->sts.answer.txt_n <= DNS_RR_MAX);
}

static int lab_ask(struct gate_door *g, struct gate_ticket *t)
{
	struct lab *lab = list_owner(g, struct lab, gate);

	assert(lab->asked_n < TICKETS_MAX);
	lab->asked[lab->asked_n++] = t;
	return 0;
}

static void lab_done(struct gate_door *g, struct gate_ticket *t)
{
	(void)g;
	(void)t;
}

/* Only what is us may be contacted. */
static void lab_grant(struct lab *lab)
{
	static const struct netaddr us = {.family = 4, .bytes = {127, 0, 0, 1}};

	while (lab->asked_n > 0) {
		struct gate_ticket *t = lab->asked[--lab->asked_n];
		t->vain = memcmp(&t->address, &us, sizeof(us)) != 0;
		t->granted(t);
	}
}

static void lab_turn(void *user)
{
	struct lab *lab = user;

	lab_grant(lab);
	while (lab->submitted < NAMES && machine_room(engine_machine(lab->engine)) > 0) {
		char name[32];
		snprintf(name, sizeof(name), "n%u.example.org", ++lab->submitted);
		struct machine_input in = {
			.line = lab->submitted, .text = span_str(name), .rank = -1};
		machine_submit(engine_machine(lab->engine), &in);
	}
}

/* The port. */
static uint16_t lab_listen(struct lab *lab, struct resolver_list *list)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(to);
	struct errmsg err = {""};
	char text[32];

	lab->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert(lab->fd >= 0 && bind(lab->fd, (struct sockaddr *)&to, sizeof(to)) == 0);
	assert(getsockname(lab->fd, (struct sockaddr *)&to, &n) == 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(to.sin_port));
	assert(resolver_list_add(list, text, &err) == 0);
	assert(uv_loop_init(&lab->loop) == 0);
	assert(uv_poll_init(&lab->loop, &lab->poll, lab->fd) == 0);
	lab->poll.data = lab;
	assert(uv_poll_start(&lab->poll, UV_READABLE, lab_question) == 0);
	if (lab->tcp)
		lab_listen_tcp(lab, &to);
	return ntohs(to.sin_port);
}

static void lab_config(struct lab *lab, struct scan_options *options, uint8_t flags)
{
	static char path[128];

	scan_options_init(options);
	scratch_write("ca.pem", ca_pem, sizeof(ca_pem) - 1);
	snprintf(path, sizeof(path), "%s/ca.pem", scratch_dir());
	options->ca_file = path;
	options->retries = flags & ASK_AGAIN ? 1 : 0;
	options->timeout_dns_ms = TIMEOUT_MS;
	options->mx_tls = (flags & VISIT_HOSTS) != 0;
	lab->all_canaries = (flags & ALL_CANARIES) != 0;
}

static void answers_play(struct lab *lab, uint8_t flags)
{
	struct scan_options options;
	struct resolver_list list = {0};
	struct errmsg err = {""};

	struct reach *reach = reach_new();
	assert(reach != NULL && reach_allow(reach, "127.0.0.1", &err) == 0);
	lab_config(lab, &options, flags);
	uint16_t port = lab_listen(lab, &list);
	/* Where policy and MX hosts are looked for, nobody listens. */
	options.smtp_port = options.https_port = lab->tcp ? 1 : port;
	struct engine_config config = {
		.options = &options,
		.resolvers = &list,
		.reach = reach,
		.gate = &lab->gate,
		.smtp_gate = &lab->gate,
		.jobs = NAMES,
		.asking = NAMES,
		.fetch_slots = 1,
		.finished = lab_finished,
		.turn = lab_turn,
		.user = lab,
	};
	lab->engine = engine_new(&lab->loop, &config, &err);
	assert(lab->engine != NULL);
	assert((engine_hosts(lab->engine)->prober != NULL) == options.mx_tls);
	while (lab->finished < NAMES)
		uv_run(&lab->loop, UV_RUN_ONCE);
	engine_free(lab->engine);
	uv_close((uv_handle_t *)&lab->poll, NULL);
	if (lab->tcp)
		lab_close_tcp(lab);
	uv_run(&lab->loop, UV_RUN_DEFAULT);
	assert(uv_loop_close(&lab->loop) == 0);
	close(lab->fd);
	if (lab->tcp)
		close(lab->listener);
	reach_free(reach);
	resolver_list_release(&list);
}

/* One input. Nobody waits for what the clock alone would bring. */
static int answers_run(const uint8_t *data, size_t size, bool tcp)
{
	static struct lab lab;

	if (size == 0 || size > 65536)
		return 0;
	lab = (struct lab){.data = data + 1,
			   .size = size - 1,
			   .tcp = tcp,
			   .gate = {.ask = lab_ask, .done = lab_done}};
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	hurry_ns = 0;		  /* or a fuzzer takes all that was hurried for this input */
	hurry_on = true;
	answers_play(&lab, data[0]);
	hurry_on = false;
	return 0;
}

#endif
