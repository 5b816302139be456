/*
 * cmd_check_wait.h - one line on the terminal that says what `check` is waiting for, gone as soon
 * as there is something to show. On standard error, and only when both outputs are a terminal:
 * never in pipes and files.
 */
#ifndef MTASWEEP_CMD_CHECK_WAIT_H
#define MTASWEEP_CMD_CHECK_WAIT_H

#include <stdbool.h>
#include <uv.h>

#include "scanner/job/machine.h"

struct check_wait {
	uv_timer_t timer;
	bool open;  /* the timer is to be closed */
	bool shown; /* the line is there */
	unsigned width;
	uint64_t since_ms; /* of the loop's clock */
	const struct machine *machine;
	const char *name; /* of the only one, or NULL */
	unsigned names;
	const unsigned *finished;
};

/* Begins to wait for names; the other fields (machine to finished) are set, the rest zero. */
void check_wait_start(struct check_wait *w, uv_loop_t *loop, unsigned width);
/* Takes the line away; it may come again. */
void check_wait_clear(struct check_wait *w);
/* The timer is closed in the next turns of the loop. */
void check_wait_stop(struct check_wait *w);

#endif
