/*
 * upstream.h - health and window of one upstream resolver; resolver.c's private part.
 *
 * The window is counted in questions. It starts small (ramp), doubles per round trip until the
 * first cut, then grows by one per round trip. Whether to cut is decided per epoch and only on a
 * burst of failures: single timeouts and SERVFAILs are the world's, not a sign that we ask too
 * fast.
 */
#ifndef MTASWEEP_UPSTREAM_H
#define MTASWEEP_UPSTREAM_H

#include "scanner/dns/resolver.h"

struct upstream {
	struct upstream_stats stats;
	char name[RESOLVER_NAME_MAX];
	double window, threshold;
	uint64_t epoch_ms; /* start of the epoch */
	uint32_t epoch_good, epoch_bad;
	uint32_t silent_since_answer; /* timeouts since anything came back */
	uint64_t last_answer_ms;      /* 0: never */
	uint64_t canary_due_ms;
	bool canary_out;
	bool canary_root;	/* which of the two canaries is next */
	uint32_t canaries_lost; /* in a row */
	unsigned tcp_window, tcp_in_flight;
	unsigned tcp_answers; /* since the connection closed under questions */
	unsigned tcp_cuts;    /* times it did */
	struct list tcp_waiting;
	struct question canary;
	char canary_name[48];
};

void upstream_init(struct upstream *u, const char *name, uint64_t now_ms);
/* An answer that counts as service (any of ok, nodata, nxdomain ...), or a failure. */
void upstream_good(struct upstream *u, unsigned room, uint64_t now_ms);
void upstream_bad(struct upstream *u, uint64_t now_ms);
/* Neither: it is alive. */
void upstream_heard(struct upstream *u, uint64_t now_ms);
void upstream_silent(struct upstream *u, uint64_t now_ms, uint32_t timeout_ms);
/* Whether another question may be sent to it now. */
bool upstream_open(const struct upstream *u, unsigned room);

/* A question over TCP leaves; has an answer; or has none. The last returns true when that says
 * nothing about the question: the connection closed, and others were on it. */
void upstream_tcp_sent(struct upstream *u, struct question *q);
void upstream_tcp_answer(struct upstream *u);
bool upstream_tcp_failed(struct upstream *u, struct question *q, bool closed);

#endif
