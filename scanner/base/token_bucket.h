/*
 * token_bucket.h - no more than a rate in any second, looked at once a turn.
 *
 * What is saved up is one token, or what falls due between two turns; it and what comes in are
 * together no more than the rate in any second.
 */
#ifndef MTASWEEP_TOKEN_BUCKET_H
#define MTASWEEP_TOKEN_BUCKET_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct token_bucket {
	double tokens; /* one for each thing that may be done now; below 0 is a debt */
	uint64_t refilled_ms;
};

/* rate: tokens a second, above 0. turn_s: a refill may come so late without loss of rate. */
static inline void token_bucket_refill(struct token_bucket *b, double rate, double turn_s,
				       uint64_t now_ms)
{
	double most = rate * turn_s > 1 ? rate * turn_s : 1;

	assert(rate > 0);
	if (now_ms <= b->refilled_ms)
		return;
	b->tokens += (rate - most + 1) * (double)(now_ms - b->refilled_ms) / 1000;
	if (b->tokens > most)
		b->tokens = most;
	b->refilled_ms = now_ms;
}

static inline bool token_bucket_holds(const struct token_bucket *b)
{
	return b->tokens >= 1;
}

/* How long after the last refill the next one gives a token, for the same rate and turn_s; 0 when
 * it holds one. */
static inline uint64_t token_bucket_wait_ms(const struct token_bucket *b, double rate,
					    double turn_s)
{
	double most = rate * turn_s > 1 ? rate * turn_s : 1;

	assert(rate > 0);
	if (token_bucket_holds(b))
		return 0;
	return (uint64_t)((1 - b->tokens) * 1000 / (rate - most + 1)) + 1;
}

#endif
