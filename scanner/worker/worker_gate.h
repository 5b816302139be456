/*
 * worker_gate.h - a worker's door to the gate: the gate itself is in the supervisor, at the other
 * end of the pipe (hosts/gate.h says why).
 */
#ifndef MTASWEEP_WORKER_GATE_H
#define MTASWEEP_WORKER_GATE_H

#include "scanner/hosts/gate.h"
#include "scanner/pipe/message.h"

struct remote_ticket;

/* Must stay put: askers hold its door. */
struct worker_gate {
	struct gate_door door;
	struct proto_pipe *pipe;
	struct remote_ticket *tickets; /* by the id that they have on the pipe; owned */
	uint32_t tickets_n, free;      /* the first that is free; tickets_n: none */
};

/* tickets_n: as many as can be out at a time. 0, or -1 without memory. */
int worker_gate_init(struct worker_gate *g, struct proto_pipe *pipe, uint32_t tickets_n);
/* All zero is fine, too. Tickets that are out are forgotten. */
void worker_gate_release(struct worker_gate *g);
/* The body of a PROTO_GRANTED. 0, or -1 when nobody waits for that. */
int worker_gate_granted(struct worker_gate *g, const uint8_t *body, size_t n);

#endif
