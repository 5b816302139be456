/* Whatever c-ares does with its sockets, ids and clock, a question gets its answer, in its time. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parsers/dnsmsg.h"
#include "parsers/limits.h"
#include "scanner/dns/dns_ares.h"

#define TIMEOUT_MS 400u
#define TICK_MS 20u
#define MANY 100u
#define BUFFER (1u << 20)
#define WINDOW_MAX 1000u
#define TAIL "\0\0\x10\0\x01\0\0\0\0\0\0" /* a record, which c-ares need not see */

struct asked {
	struct dns_exchange exchange;
	uint8_t packet[DNS_QUERY_MAX];
	size_t packet_n;
	unsigned done;
	enum dns_transport_status status;
	uint8_t answer[DNS_QUERY_MAX + sizeof(TAIL)];
	size_t answer_n;
};

/* What reached the resolver, which is this program's other side. */
struct received {
	uint8_t packet[2 * DNS_QUERY_MAX];
	size_t n;
	struct sockaddr_in from;
};

struct lab {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_check_t check;
	int fd;
	struct dns_ares *dns;
};

static void wake(uv_timer_t *timer)
{
	(void)timer;
}

/* After the sockets were read, as the engine has it. */
static void tick(uv_check_t *check)
{
	struct lab *lab = check->data;

	dns_ares_tick(lab->dns);
}

static void lab_open_with(struct lab *lab, bool mix_near, unsigned receive_buffer)
{
	struct sockaddr_storage upstream[2] = {0};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval patience = {.tv_sec = 2};
	socklen_t n = sizeof(at);
	struct errmsg err = {""};

	lab->fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(lab->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	cr_assert(bind(lab->fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	cr_assert(getsockname(lab->fd, (struct sockaddr *)&at, &n) == 0);
	memcpy(&upstream[0], &at, sizeof(at)); /* two resolvers behind one address */
	memcpy(&upstream[1], &at, sizeof(at));
	const struct dns_ares_config config = {.upstreams = upstream,
					       .upstreams_n = 2,
					       .timeout_ms = TIMEOUT_MS,
					       .receive_buffer = receive_buffer,
					       .window_max = WINDOW_MAX,
					       .mix_near = mix_near};
	uv_loop_init(&lab->loop);
	lab->dns = dns_ares_new(&lab->loop, &config, &err);
	cr_assert(lab->dns != NULL, "%s", err.text);
	uv_timer_init(&lab->loop, &lab->timer);
	uv_timer_start(&lab->timer, wake, TICK_MS, TICK_MS);
	uv_check_init(&lab->loop, &lab->check);
	lab->check.data = lab;
	uv_check_start(&lab->check, tick);
}

static void lab_open(struct lab *lab)
{
	lab_open_with(lab, false, BUFFER);
}

static void lab_close(struct lab *lab)
{
	uv_close((uv_handle_t *)&lab->timer, NULL);
	uv_close((uv_handle_t *)&lab->check, NULL);
	dns_ares_free(lab->dns);
	uv_run(&lab->loop, UV_RUN_DEFAULT);
	cr_assert(uv_loop_close(&lab->loop) == 0, "every handle was closed");
	close(lab->fd);
}

static void asked_done(struct dns_exchange *x, enum dns_transport_status status, const uint8_t *msg,
		       size_t n)
{
	struct asked *a = list_owner(x, struct asked, exchange);

	a->done++;
	a->status = status;
	a->answer_n = n;
	cr_assert(n <= sizeof(a->answer));
	if (n > 0)
		memcpy(a->answer, msg, n);
}

/* Asks one of the resolvers, and takes the question on the other side. */
static struct received ask_so(struct lab *lab, struct asked *a, unsigned which, const char *name,
			      bool plain)
{
	struct dns_transport *t = dns_ares_transport(lab->dns);
	struct received r = {.n = 0};
	socklen_t from_n = sizeof(r.from);

	*a = (struct asked){.exchange = {.done = asked_done, .plain = plain}};
	a->packet_n =
		dnsmsg_query(a->packet, sizeof(a->packet), 0, span_str(name), DNS_TYPE_TXT, true);
	cr_assert(a->packet_n > 0);
	t->send(t, which, false, a->packet, a->packet_n, &a->exchange);
	dns_ares_flush(lab->dns);
	ssize_t n = recvfrom(lab->fd, r.packet, sizeof(r.packet), 0, (struct sockaddr *)&r.from,
			     &from_n);
	cr_assert(n > 0, "the question left");
	r.n = (size_t)n;
	return r;
}

static struct received ask_of(struct lab *lab, struct asked *a, unsigned which, const char *name)
{
	return ask_so(lab, a, which, name, false);
}

static struct received ask(struct lab *lab, struct asked *a, const char *name)
{
	return ask_of(lab, a, 0, name);
}

/* The question comes back as an answer that has more in it than c-ares is shown. */
static void answer(struct lab *lab, const struct received *r)
{
	uint8_t reply[sizeof(r->packet) + sizeof(TAIL)];

	memcpy(reply, r->packet, r->n);
	memcpy(reply + r->n, TAIL, sizeof(TAIL) - 1);
	reply[2] |= 0x80;
	reply[11]++; /* additional records */
	cr_assert(sendto(lab->fd, reply, r->n + sizeof(TAIL) - 1, 0,
			 (const struct sockaddr *)&r->from, sizeof(r->from)) > 0);
}

static void wait_for(struct lab *lab, const struct asked *a)
{
	while (a->done == 0)
		uv_run(&lab->loop, UV_RUN_ONCE);
	cr_assert_eq(a->done, 1);
}

static void pass(struct lab *lab, uint64_t ms)
{
	uv_update_time(&lab->loop);
	uint64_t until = uv_now(&lab->loop) + ms;

	while (uv_now(&lab->loop) < until)
		uv_run(&lab->loop, UV_RUN_ONCE);
}

static void expect_answer(const struct asked *a, const struct received *r)
{
	cr_assert_eq(a->status, DNS_TRANSPORT_ANSWER, "%d", (int)a->status);
	cr_assert_eq(a->answer_n, r->n + sizeof(TAIL) - 1);
	cr_expect(memcmp(a->answer + 12, r->packet + 12, r->n - 12) == 0, "the question");
	cr_expect(memcmp(a->answer + r->n, TAIL, sizeof(TAIL) - 1) == 0, "all that follows it");
}

/* After a timeout c-ares 1.34 asks on a new socket; the old one has questions under way. */
Test(dns_ares, answers_after_a_timeout_of_another_question)
{
	struct lab lab;
	struct asked lost, old, new;

	lab_open(&lab);
	ask(&lab, &lost, "lost.example");
	pass(&lab, TIMEOUT_MS / 2);
	struct received old_r = ask(&lab, &old, "old.example");
	wait_for(&lab, &lost);
	cr_assert_eq(lost.status, DNS_TRANSPORT_TIMEOUT);
	struct received new_r = ask(&lab, &new, "new.example");
	answer(&lab, &old_r);
	wait_for(&lab, &old);
	expect_answer(&old, &old_r);
	answer(&lab, &new_r);
	wait_for(&lab, &new);
	expect_answer(&new, &new_r);
	lab_close(&lab);
}

/* c-ares 1.34 would wait five times as long as answers took so far, and no less than 250 ms. */
Test(dns_ares, quick_answers_do_not_shorten_the_timeout)
{
	struct lab lab;
	struct asked a;

	lab_open(&lab);
	for (unsigned i = 0; i < 20; i++) {
		struct received r = ask(&lab, &a, "quick.example");
		answer(&lab, &r);
		wait_for(&lab, &a);
		expect_answer(&a, &r);
	}
	uv_update_time(&lab.loop);
	uint64_t begin = uv_now(&lab.loop);
	ask(&lab, &a, "lost.example");
	wait_for(&lab, &a);
	uv_update_time(&lab.loop);
	cr_expect_eq(a.status, DNS_TRANSPORT_TIMEOUT);
	cr_expect_geq(uv_now(&lab.loop) - begin, TIMEOUT_MS - 5);
	lab_close(&lab);
}

/* c-ares 1.34 takes one datagram a call, and would look at the clock after each. So many that they
 * are not read at once. */
Test(dns_ares, answers_that_lie_there_are_not_late)
{
	static struct asked a[MANY];
	struct lab lab;

	lab_open(&lab);
	for (unsigned i = 0; i < MANY; i++) {
		struct received r = ask(&lab, &a[i], "early.example");
		answer(&lab, &r);
	}
	usleep((TIMEOUT_MS + 100) * 1000);
	for (unsigned i = 0; i < MANY; i++) {
		wait_for(&lab, &a[i]);
		cr_assert_eq(a[i].status, DNS_TRANSPORT_ANSWER, "number %u", i);
	}
	lab_close(&lab);
}

/* c-ares 1.34 adds a cookie to the first question, for which the longest name leaves no room. */
Test(dns_ares, what_leaves_is_what_was_made)
{
	struct lab lab;
	struct asked a;
	char name[254];

	lab_open(&lab);
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	name[253] = '\0';
	struct received r = ask(&lab, &a, name);
	cr_assert_eq(r.n, a.packet_n);
	cr_expect(memcmp(r.packet + 2, a.packet + 2, r.n - 2) == 0, "all but the id");
	answer(&lab, &r);
	wait_for(&lab, &a);
	expect_answer(&a, &r);
	lab_close(&lab);
}

/* RFC 5452 9.1: name, type and class are those of the question, whatever their case. */
Test(dns_ares, an_answer_to_another_question_is_none)
{
	static const struct {
		unsigned from_end; /* of the question, where one byte is another */
		uint8_t flip;
	} forged[] = {{0, 0x03}, {2, 0x01}, {8, 0x04}, {13, 0x01}};
	struct lab lab;
	struct asked a;

	lab_open(&lab);
	struct received r = ask(&lab, &a, "good.example");
	size_t last = r.n - 11 - 1; /* before the OPT record */
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		struct received other = r;
		other.packet[last - forged[i].from_end] ^= forged[i].flip;
		answer(&lab, &other);
		pass(&lab, 2 * TICK_MS);
		cr_assert_eq(a.done, 0, "forgery %zu", i);
	}
	for (size_t i = 13; i < 17; i++)
		r.packet[i] &= 0xdf;
	cr_assert(memcmp(r.packet + 12, "\4GOOD\7example", 14) == 0);
	answer(&lab, &r);
	wait_for(&lab, &a);
	expect_answer(&a, &r);
	lab_close(&lab);
}

/* What becomes of a question without an answer: nobody listens there, or nobody says anything. */
Test(dns_ares, silence_and_a_closed_port_are_told_apart)
{
	struct lab lab;
	struct asked silent, refused[3];

	lab_open(&lab);
	struct dns_transport *t = dns_ares_transport(lab.dns);
	ask(&lab, &silent, "silent.example");
	wait_for(&lab, &silent);
	cr_expect_eq(silent.status, DNS_TRANSPORT_TIMEOUT, "%d", (int)silent.status);
	cr_expect_eq(silent.answer_n, 0);
	close(lab.fd);
	for (unsigned i = 0; i < 3; i++) { /* over UDP of either resolver, and over TCP */
		struct asked *a = &refused[i];
		*a = (struct asked){.exchange = {.done = asked_done}};
		a->packet_n = dnsmsg_query(a->packet, sizeof(a->packet), 0,
					   SPAN_LIT("closed.example"), DNS_TYPE_TXT, true);
		t->send(t, i % 2, i == 2, a->packet, a->packet_n, &a->exchange);
		dns_ares_flush(lab.dns);
		wait_for(&lab, a);
		cr_expect_eq(a->status, DNS_TRANSPORT_REFUSED, "%u: %d", i, (int)a->status);
		cr_expect_eq(a->answer_n, 0);
	}
	lab.fd = -1;
	lab_close(&lab);
}

/* As many questions may be under way as the receive buffer holds small answers, of which the kernel
 * counts 1280 bytes each; it grants twice what is asked for (socket(7)). */
Test(dns_ares, the_room_follows_from_the_receive_buffer)
{
	static const struct {
		unsigned buffer, room;
	} rows[] = {{4096, 64}, {40960, 64}, {41600, 65}, {64000, 100}, {128000, 200}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab lab;
		struct asked a;
		lab_open_with(&lab, false, rows[i].buffer);
		struct dns_transport *t = dns_ares_transport(lab.dns);
		cr_expect_eq(t->room(t, 0), WINDOW_MAX, "nothing is known before a question");
		struct received r = ask(&lab, &a, "x.example");
		cr_expect_eq(t->room(t, 0), rows[i].room, "%u bytes: %u", rows[i].buffer,
			     t->room(t, 0));
		cr_expect_eq(t->room(t, 1), WINDOW_MAX, "the other one was not asked");
		cr_expect_eq(dns_ares_receive_buffer(lab.dns), 2 * rows[i].buffer);
		answer(&lab, &r);
		wait_for(&lab, &a);
		expect_answer(&a, &r);
		lab_close(&lab);
	}
}

/* Answers must come to a port that the kernel chose, and from where the question went. */
Test(dns_ares, one_port_for_each_resolver_and_worker)
{
	static struct lab worker[2];
	struct asked a;
	uint16_t port[4];
	unsigned low = 0, high = 0;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");

	cr_assert(f != NULL && fscanf(f, "%u %u", &low, &high) == 2);
	fclose(f);
	lab_open(&worker[0]);
	lab_open(&worker[1]);
	for (unsigned i = 0; i < 40; i++) {
		struct received r = ask_of(&worker[i / 2 % 2], &a, i % 2, "x.example");
		if (i < 4)
			port[i] = r.from.sin_port;
		cr_expect_eq(r.from.sin_port, port[i % 4], "question %u", i);
		answer(&worker[i / 2 % 2], &r);
		wait_for(&worker[i / 2 % 2], &a);
		expect_answer(&a, &r);
	}
	for (unsigned i = 0; i < 4; i++) {
		cr_expect(ntohs(port[i]) >= low && ntohs(port[i]) <= high, "%u", ntohs(port[i]));
		for (unsigned k = 0; k < i; k++)
			cr_expect_neq(port[i], port[k], "resolver %u of worker %u, and %u of %u",
				      i % 2, i / 2, k % 2, k / 2);
	}
	lab_close(&worker[0]);
	lab_close(&worker[1]);
}

Test(dns_ares, an_answer_from_another_port_is_none)
{
	static struct lab lab;
	struct asked a;

	lab_open(&lab);
	struct received r = ask(&lab, &a, "x.example");
	int resolver = lab.fd;
	lab.fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (unsigned i = 0; i < 5; i++)
		answer(&lab, &r);
	pass(&lab, TIMEOUT_MS / 4);
	cr_expect_eq(a.done, 0, "a stranger's answer was taken");
	close(lab.fd);
	lab.fd = resolver;
	answer(&lab, &r);
	wait_for(&lab, &a);
	expect_answer(&a, &r);
	lab_close(&lab);
}

/* ---- letters ----------------------------------------------------------------------------- */

#define LETTERS "abcdefghijklmnopqrstuvwxyz.example"

static bool as_made(const struct received *r, const struct asked *a)
{
	return memcmp(r->packet + 2, a->packet + 2, r->n - 2) == 0;
}

/* The same question in small letters, as it was made. */
static struct received respelt(const struct received *r, const struct asked *a)
{
	struct received other = *r;

	memcpy(other.packet + 2, a->packet + 2, r->n - 2);
	return other;
}

/* Enough answers for it to be known that this resolver keeps letters. */
static void learn(struct lab *lab)
{
	struct asked a;

	for (unsigned i = 0; i < 8; i++) {
		struct received r = ask(lab, &a, LETTERS);
		cr_expect(!as_made(&r, &a), "letters are mixed from the start");
		answer(lab, &r);
		wait_for(lab, &a);
		expect_answer(&a, &r);
	}
}

Test(dns_ares, an_answer_in_other_letters_is_none)
{
	static struct lab lab;
	struct asked a;

	lab_open_with(&lab, true, BUFFER);
	learn(&lab);
	struct received r = ask(&lab, &a, LETTERS), forged = respelt(&r, &a);
	cr_assert(!as_made(&r, &a));
	answer(&lab, &forged);
	pass(&lab, 2 * TICK_MS);
	cr_assert_eq(a.done, 0, "a forger who did not see the question was believed");
	answer(&lab, &r);
	wait_for(&lab, &a);
	expect_answer(&a, &r);
	lab_close(&lab);
}

Test(dns_ares, a_resolver_that_changes_letters_is_asked_in_small_ones)
{
	static struct lab lab;
	struct asked a;

	lab_open_with(&lab, true, BUFFER);
	for (unsigned i = 0; i < 10; i++) {
		struct received r = ask(&lab, &a, LETTERS), small = respelt(&r, &a);
		cr_expect_eq(as_made(&r, &a), i > 0, "question %u", i);
		answer(&lab, &small);
		wait_for(&lab, &a);
		expect_answer(&a, &small);
	}
	lab_close(&lab);
}

/* A farm behind one address: the one that answered first kept letters, the others do not. */
Test(dns_ares, many_answers_in_other_letters_end_it)
{
	static struct lab lab;
	struct asked a;

	lab_open_with(&lab, true, BUFFER);
	learn(&lab);
	struct received r = ask(&lab, &a, LETTERS), small = respelt(&r, &a);
	for (unsigned i = 0; i < 17; i++)
		answer(&lab, &small);
	pass(&lab, 2 * TICK_MS);
	answer(&lab, &r);
	wait_for(&lab, &a);
	expect_answer(&a, &r);
	r = ask(&lab, &a, LETTERS);
	cr_expect(as_made(&r, &a));
	answer(&lab, &r);
	wait_for(&lab, &a);
	expect_answer(&a, &r);
	lab_close(&lab);
}

Test(dns_ares, what_is_asked_again_is_asked_in_small_letters)
{
	static struct lab lab;
	struct asked a;

	lab_open_with(&lab, true, BUFFER);
	learn(&lab);
	for (unsigned i = 0; i < 2; i++) {
		struct received r = ask_so(&lab, &a, 0, LETTERS, i == 0);
		cr_expect_eq(as_made(&r, &a), i == 0);
		answer(&lab, &r);
		wait_for(&lab, &a);
		expect_answer(&a, &r);
	}
	lab_close(&lab);
}
