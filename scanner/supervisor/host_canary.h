/*
 * host_canary.h - whether what MX hosts seem to do is their doing or our own network's.
 *
 * Most networks keep port 25 closed, some lead it to a relay of their own, and who visits many
 * hosts may find itself on a block list. All of that looks like thousands of broken hosts. This is
 * told of each visit's outcome, in order, and says how it stands with us:
 *
 * unproven: nobody has greeted us yet, or the few who did all said the same.
 * proven: somebody has. A connection that fails after that is believed once somebody else greets.
 * closed: nobody does; CANARY_KEYS operators from the start, or as many and CANARY_CUT visits in a
 *   row later on. A visit that had begun before the last greeting is no sign: those that let us
 *   wait end last, and all at a time.
 * intercepted: operators that have nothing to do with each other, in networks far apart, greet
 *   alike: one relay stands in front of all.
 *
 * Beside that, how many operators refuse us in words that speak of block lists.
 */
#ifndef MTASWEEP_HOST_CANARY_H
#define MTASWEEP_HOST_CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "output/base/errmsg.h"
#include "output/record/record.h"

#define CANARY_KEYS 24u	      /* operators that do not answer, one after the other */
#define CANARY_CUT 200u	      /* visits that fail in a row, when somebody had greeted us */
#define CANARY_ALIKE 8u	      /* operators that greet, before greetings that are alike are judged */
#define CANARY_LISTED_MIN 40u /* operators that answered, before a share of them means anything */

enum canary_state { CANARY_UNPROVEN, CANARY_PROVEN, CANARY_CLOSED, CANARY_INTERCEPTED };
/* Of the operators that answered, so many say that we are on a list: under a 20th; more; over a
 * fifth. */
enum canary_listed { CANARY_WELCOME, CANARY_LISTED, CANARY_SHUNNED };

struct host_canary {
	enum canary_state state;
	unsigned failed_row, failed_keys; /* since somebody greeted */
	uint64_t heard_ms;		  /* when that was */
	unsigned rows;			  /* of failures, so far */
	unsigned greeted_keys, listed_keys;
	bool different; /* greetings are, or one speaks of the host's own domain */
	char first[64]; /* word of the first greeting */
	char networks[CANARY_ALIKE][16];
	unsigned networks_n;
};

/* What is known of one operator; zeroed at first. */
struct canary_key {
	bool greeted, listed;
	unsigned failed_in; /* the row of failures that it was counted in, from 1 */
};

/* key: the operator's domain; the visit has just ended. True when what was held back may be
 * believed now. */
bool host_canary_learn(struct host_canary *c, struct canary_key *k, struct span key,
		       const struct record_mx_host *h, uint64_t now_ms);
/* Whether the outcome must wait for a greeting from somebody else. */
bool host_canary_doubts(const struct host_canary *c, const struct record_mx_host *h);
/* Why nobody is to be visited any more, when it is closed or intercepted. */
void host_canary_explain(const struct host_canary *c, unsigned port, struct errmsg *why);
enum canary_listed host_canary_listed(const struct host_canary *c);

#endif
