/*
 * ledger.h - which lines were handed out and have not come back: the proof that nothing is lost.
 *
 * Holds every chunk that has a line left. Lines below ledger_next() are either done or in here; that and the
 * list of the latter is all a checkpoint needs.
 */
#ifndef MTASWEEP_LEDGER_H
#define MTASWEEP_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/chunk.h"

struct ledger {
	struct chunk **v; /* by first line; owned */
	size_t n, cap;
	uint64_t next;  /* every line from here on was not handed out */
	uint64_t lines; /* lines that are out */
	uint64_t done;  /* lines that came back */
};

void ledger_init(struct ledger *l);
void ledger_release(struct ledger *l);
/* Takes the chunk over. Its lines must be above all earlier ones. 0, or -1 without memory. */
int ledger_add(struct ledger *l, struct chunk *c);
/* The chunk that holds the line, or NULL. */
struct chunk *ledger_find(const struct ledger *l, uint64_t line);
/*
 * One line came back. NULL when it was not out (a worker speaks nonsense). *finished is set when the chunk has
 * no line left: it is then no longer in the ledger and the caller frees it.
 */
struct chunk *ledger_done(struct ledger *l, uint64_t line, bool *finished);

#endif
