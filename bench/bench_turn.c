/*
 * bench_turn.c - how long one MX host can hold up the loop of a worker.
 *
 *     bench_turn CA_FILE PORT <HOSTS
 *
 * Standard input has lines of "host address"; each is visited as a worker visits it, one after the
 * other. Prints a JSON object a host: what came of it, and the most processor time that a turn of
 * the loop took. Wall time would say how busy the machine is.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "scanner/probe/probe_uv.h"

#define ARENA (1u << 20)

struct visit {
	struct probe probe; /* stands first */
	struct probe_result out;
	bool done;
	double turn_us;
};

static void visit_done(struct probe *p)
{
	((struct visit *)(void *)p)->done = true;
}

static double thread_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void tick(uv_timer_t *t)
{
	ring_advance(t->data, uv_now(t->loop));
}

static void visit(uv_loop_t *loop, struct probe_uv *u, struct arena *arena, const char *host,
		  const char *address)
{
	struct visit v = {
		.probe = {.host = host, .arena = arena, .done = visit_done, .address.family = 4}};
	double longest = 0;

	arena_reset(arena);
	v.probe.out = &v.out;
	if (inet_pton(AF_INET, address, v.probe.address.bytes) != 1 ||
	    probe_uv_prober(u)->start(probe_uv_prober(u), &v.probe) != 0)
		exit(1);
	while (!v.done) {
		double begin = thread_us();
		uv_run(loop, UV_RUN_ONCE);
		probe_uv_turn(u);
		double took = thread_us() - begin;
		longest = took > longest ? took : longest;
	}
	printf("{\"host\":\"%s\",\"tls\":\"%s\",\"error\":\"%.*s\",\"turn_us\":%.0f}\n", host,
	       mx_tls_name((int)v.out.tls), (int)v.out.error.n,
	       v.out.error.p != NULL ? v.out.error.p : "", longest);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct ring ring;
	struct errmsg err = {0};
	struct arena arena;
	uv_loop_t loop;
	uv_timer_t timer;
	char line[512];

	if (argc != 3) {
		fputs("usage: bench_turn CA_FILE PORT <HOSTS\n", stderr);
		return 2;
	}
	struct tls_trust *trust = tls_trust_load(argv[1], NULL, &err);
	uv_loop_init(&loop);
	ring_init(&ring, uv_now(&loop));
	uv_timer_init(&loop, &timer);
	timer.data = &ring;
	uv_timer_start(&timer, tick, RING_TICK_MS, RING_TICK_MS);
	struct probe_uv_config config = {
		.slots = 1,
		.port = (uint16_t)strtoul(argv[2], NULL, 10),
		.ehlo_name = "bench.example",
		.limits = {10000, 60000, 30000, 20000, 2000, 120000},
		.trust = trust,
		.ring = &ring,
	};
	struct probe_uv *u = trust != NULL ? probe_uv_new(&loop, &config, &err) : NULL;
	if (u == NULL || arena_init(&arena, 8192, ARENA) != 0) {
		fprintf(stderr, "bench_turn: %s\n", err.text);
		return 1;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		char *address = strchr(line, ' ');
		if (address == NULL)
			continue;
		*address++ = '\0';
		visit(&loop, u, &arena, line, address);
	}
	probe_uv_free(u);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	arena_release(&arena);
	tls_trust_free(trust);
	return 0;
}
