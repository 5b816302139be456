/*
 * supervisor_parts.h - the supervisor's state, shared by supervisor.c (life), supervisor_frames.c
 * (what comes back), supervisor_view.c (what people see), supervisor_files.c (files) and
 * supervisor_checkpoint.c (checkpoints).
 */
#ifndef MTASWEEP_SUPERVISOR_PARTS_H
#define MTASWEEP_SUPERVISOR_PARTS_H

#include <uv.h>

#include "output/aggregate/aggregate.h"
#include "output/run/runinfo.h"
#include "scanner/supervisor/checkpoint.h"
#include "scanner/supervisor/crew.h"
#include "scanner/supervisor/feed.h"
#include "scanner/hosts/gate.h"
#include "scanner/supervisor/ledger.h"
#include "scanner/progress/progress.h"
#include "output/run/results.h"
#include "scanner/options/scan_options.h"

enum phase {
	PHASE_RUNNING,	/* lines are handed out */
	PHASE_ENDING,	/* everything came back; workers were told to leave */
	PHASE_STOPPING, /* by a signal or our failure: workers hand over what they have */
};

struct supervisor {
	const struct scan_options *options;
	char **args;
	struct errmsg *err;
	int rc;	      /* enum cmd_exit to leave with */
	bool failed;  /* our own failure: err says why */
	bool doubted; /* the first lines have been looked at: is it a list of names? */
	enum phase phase;

	uv_loop_t loop;
	uv_timer_t gate_timer, view_timer, checkpoint_timer;
	uv_signal_t signals[3];
	const char *dir; /* run directory; NULL for standard output */

	struct resolver_list resolvers;
	struct feed *feed;
	struct ledger ledger;
	struct chunk *redo; /* chunks of dead workers, to be handed out first */
	struct gate *gate;
	struct crew *crew;
	bool *alone;		 /* per worker: it has one suspect chunk and nothing else */
	unsigned crashed_in_row; /* lines given up since a worker delivered anything */
	uint64_t looked_ms;	 /* when hung workers were last looked for */
	uint64_t oom_kills;	 /* of the whole machine when a worker last died */
	unsigned deaths_in_vain; /* workers in a row that died without sending anything */
	struct results results;
	struct aggregate *aggregate;
	struct runinfo *info;
	char *configuration; /* JSON text of the options, owned */

	uint64_t verdicts[VERDICT_EXCLUDED + 1];
	uint64_t text_bytes;
	struct facts *rows; /* of the frame that is being taken; room for rows_cap, owned */
	uint32_t rows_cap;
	struct checkpoint resumed;	    /* of the run that is gone on with; zero in a new one */
	uint64_t records_before;	    /* that it had */
	uint64_t checkpoint_ms;		    /* when the last one was written */
	struct message_stats past;	    /* sums of workers that are gone */
	struct message_upstream *upstreams; /* likewise, one a resolver */
	unsigned replaced;		    /* workers that died and were started again */

	uint64_t started_ms;
	struct progress progress;
	struct progress_meter meter;
	struct progress_resolver *view_resolvers; /* one a resolver */
};

/* Our own failure: remember it, stop. */
void supervisor_fail(struct supervisor *s, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* supervisor_frames.c */
int supervisor_frame(void *user, struct crew_worker *w, const uint8_t *body, size_t n);
/* supervisor_crash.c */
/* Processes that the kernel killed for want of memory; UINT64_MAX: unknown. */
uint64_t supervisor_oom_kills(void);
/* True when somebody else killed it. */
bool supervisor_take_back(struct supervisor *s, struct crew_worker *w);
bool supervisor_suspect(const struct chunk *c);
bool supervisor_try_alone(struct supervisor *s, struct crew_worker *w);
void supervisor_go_on_alone(struct supervisor *s, struct crew_worker *w);
void supervisor_look_for_hung(struct supervisor *s);
/* supervisor_view.c */
void supervisor_view_start(struct supervisor *s);
void supervisor_view_stop(struct supervisor *s);
void supervisor_note_stats(struct supervisor *s, const struct crew_worker *w);
/* What all workers together did with one resolver. */
struct message_upstream supervisor_upstream(const struct supervisor *s, unsigned i);
/* supervisor_files.c */
int supervisor_begin_files(struct supervisor *s);
void supervisor_finish_files(struct supervisor *s);
/* supervisor_checkpoint.c */
void supervisor_checkpoint(struct supervisor *s);
int supervisor_check_resume(struct supervisor *s); /* the directory, the options, the input */
int supervisor_resume_files(struct supervisor *s);

#endif
