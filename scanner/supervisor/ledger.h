/*
 * ledger.h - which lines were handed out and have not come back: the proof that nothing is lost.
 *
 * Holds every chunk that has a line left. Lines below `next` are either done or in here;
 * that and the list of the latter is all a checkpoint needs.
 */
#ifndef MTASWEEP_LEDGER_H
#define MTASWEEP_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "scanner/supervisor/chunk.h"

#define LEDGER_ROOMY 256u /* chunks; 2.5 MiB of usual lines, 9 MiB at most */

struct ledger {
	struct chunk **v; /* by first line; owned */
	size_t n, cap;
	uint64_t next;	/* every line from here on was not handed out */
	uint64_t lines; /* lines that are out */
	uint64_t done;	/* lines that came back */
};

void ledger_init(struct ledger *l);
void ledger_release(struct ledger *l);
/* Takes the chunk over. Its lines must be above all earlier ones. 0, or -1 without memory. */
int ledger_add(struct ledger *l, struct chunk *c);
/*
 * Lines that came back, in two steps, because a frame counts as a whole or not at all. First each
 * line is marked: 0, or -1 when it is not out at this holder (a worker speaks nonsense, or names a
 * line twice). Then, once the frame is stored, each is settled; or, when it cannot be stored,
 * each is unmarked.
 */
int ledger_mark(struct ledger *l, uint64_t line, const void *holder);
void ledger_unmark(struct ledger *l, uint64_t line);
/*
 * A chunk that has no line left leaves the ledger and is the caller's; otherwise NULL. One with few
 * lines left gives up the memory of the others once it has many bytes or the ledger has many
 * chunks: what waits for slow names must not grow with the input, but LEDGER_ROOMY chunks may stay
 * as they are.
 */
struct chunk *ledger_settle(struct ledger *l, uint64_t line);

#endif
