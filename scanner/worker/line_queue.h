/*
 * line_queue.h - lines that wait for a job in a worker, byte for byte as PROTO_LINES brought them.
 *
 * The bytes from `at` to `n` wait; who takes some moves `at` on. Memory is used again and stays
 * below four times the most that ever waited, which the supervisor keeps down. All zero is an empty
 * queue.
 */
#ifndef MTASWEEP_LINE_QUEUE_H
#define MTASWEEP_LINE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct line_queue {
	uint8_t *bytes; /* owned; moves with the next line_queue_add() */
	size_t at, n, cap;
};

/* Copies n bytes behind the others. 0, or -1 without memory: then nothing has changed. */
int line_queue_add(struct line_queue *q, const uint8_t *bytes, size_t n);
void line_queue_release(struct line_queue *q);

#endif
