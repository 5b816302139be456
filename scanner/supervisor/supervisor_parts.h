/*
 * supervisor_parts.h - private: the supervisor's state, shared by the supervisor*.c.
 *
 * They never call back into supervisor.c, which holds the life of a scan; what several of them need
 * is in supervisor_stop.c and supervisor_stats.c.
 */
#ifndef MTASWEEP_SUPERVISOR_PARTS_H
#define MTASWEEP_SUPERVISOR_PARTS_H

#include <uv.h>

#include "output/aggregate/aggregate.h"
#include "output/run/frame.h"
#include "output/run/runinfo.h"
#include "scanner/supervisor/checkpoint.h"
#include "scanner/supervisor/crew.h"
#include "scanner/supervisor/feed.h"
#include "scanner/hosts/gate.h"
#include "scanner/supervisor/ledger.h"
#include "scanner/progress/progress.h"
#include "output/run/results.h"
#include "scanner/options/scan_options.h"
#include "scanner/supervisor/supervisor.h"

enum phase {
	PHASE_RUNNING,	/* lines are handed out */
	PHASE_ENDING,	/* everything came back; workers were told to leave */
	PHASE_STOPPING, /* by a signal or our failure: workers hand over what they have */
};

struct supervisor {
	const struct supervisor_config *config;
	const struct scan_options *options; /* the same as in config */
	struct supervisor_outcome *outcome;
	struct errmsg *err; /* the one in outcome */
	int rc;		    /* enum cmd_exit to leave with */
	bool names_done;    /* and MX hosts are to be visited: the run is not over */
	bool failed;	    /* our own failure: err says why */
	bool doubted;	    /* the first lines have been looked at: is it a list of names? */
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
	uint64_t kept_ms;	 /* for how long lines were kept that then went to another */
	uint64_t oom_kills;	 /* of the whole machine when a worker last died */
	unsigned deaths_in_vain; /* workers in a row that died without sending anything */
	struct results results;
	struct aggregate *aggregate;
	struct runinfo *info;
	char *configuration; /* JSON text of the options, owned */

	uint64_t verdicts[VERDICT_EXCLUDED + 1];
	uint64_t text_bytes;
	struct frame_writer *writer; /* of what is stored */
	struct facts *rows; /* of the frame that is being taken; room for rows_cap, owned */
	uint32_t rows_cap;
	uint64_t chance;	   /* which lines are looked at whole */
	struct checkpoint resumed; /* of the run that this one continues; zero in a new one */
	uint64_t records_before;   /* that it had */
	uint64_t checkpoint_ms;	   /* when the last one was written */
	struct message_stats past; /* sums of workers that are gone */
	struct message_upstream *upstreams; /* likewise, one a resolver */
	unsigned replaced;		    /* workers that died and were started again */

	uint64_t started_ms;
	char slowest[NETADDR_TEXT_MAX]; /* the policy host that holds up the scan, for people */
	struct progress progress;
	struct progress_meter meter;
	struct progress_resolver *view_resolvers; /* one a resolver */
	unsigned told;				  /* changes that -v has told */
	unsigned gated_most; /* fetches that waited for their host at a time, seen at ticks */
};

/* ---- supervisor_stop.c ------------------------------------------------------------------- */

/* Our own failure: remembers the first one, stops. */
void supervisor_fail(struct supervisor *s, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Somebody wants it to stop; asked again, nobody is waited for. */
void supervisor_interrupt(struct supervisor *s);
/* A sentence for the person who runs it; an alert is also for one who wants quiet. */
void supervisor_note(struct supervisor *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void supervisor_alert(struct supervisor *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- supervisor_limits.c ----------------------------------------------------------------- */

/* 0, or -1 and s->err. */
int supervisor_check_memory(struct supervisor *s);
/* Fetches at a time that a worker has descriptors for; 0: too few are allowed. The soft limit is
 * raised to the hard one first. */
unsigned supervisor_fetch_slots(struct supervisor *s);
/* Lines that an honest worker may have: under way, waiting for a job, and in a frame to come. One
 * that says it found jobs for more keeps them. */
uint32_t supervisor_out_max(const struct supervisor *s);

/* ---- supervisor_stats.c ------------------------------------------------------------------ */

/* What a worker that is gone has done stays counted. */
void supervisor_keep_stats(struct supervisor *s, const struct crew_worker *w);
/* What all workers together did, and have in flight. */
struct message_stats supervisor_stats(const struct supervisor *s);
/* What resolvers were asked so far, in all sessions, into s->info. */
void supervisor_info_resolvers(struct supervisor *s);
/* The same for one resolver. */
struct message_upstream supervisor_upstream(const struct supervisor *s, unsigned i);

/* ---- supervisor_frames.c ----------------------------------------------------------------- */

/* Adds whole lines to the results: one frame, or as they are. 0, or -1 and err. */
int supervisor_store(struct supervisor *s, struct span text, struct errmsg *err);
/* As crew_config wants it. */
int supervisor_frame(void *user, struct crew_worker *w, const uint8_t *body, size_t n);

/* ---- supervisor_crash.c ------------------------------------------------------------------ */

/* Processes that the kernel killed for want of memory; UINT64_MAX: unknown. */
uint64_t supervisor_oom_kills(void);
/* Lines of a worker that died go to the front of what is handed out next. True when somebody else
 * killed it: then nothing is to blame. */
bool supervisor_take_back(struct supervisor *s, struct crew_worker *w);
/* Whether too many workers died with it for it to be handed out beside others. */
bool supervisor_suspect(const struct chunk *c);
/* Gives a suspect to a worker that has nothing else, to be seen alone. True when the worker is
 * taken up by one and must get nothing else. */
bool supervisor_try_alone(struct supervisor *s, struct crew_worker *w);
/* After a frame of a worker that is alone: the next line of its chunk, if that goes line by
 * line. */
void supervisor_go_on_alone(struct supervisor *s, struct crew_worker *w);
void supervisor_look_for_hung(struct supervisor *s);
/* How long this worker has delivered nothing of what it has, if that is too long; else 0. */
uint64_t supervisor_kept_ms(const struct scan_options *o, const struct crew_worker *w,
			    uint64_t now);
/* Whether lines were kept for so long in all that it cannot be the lines. */
bool supervisor_kept_too_long(uint64_t kept_in_all_ms);
/* Whether this worker says nothing any more and is not just slow: looked at `before` and `now`;
 * late: we ourselves were held up in between. */
bool supervisor_worker_hung(struct crew_worker *w, uint64_t now, uint64_t before, bool late);

/* ---- supervisor_view.c ------------------------------------------------------------------- */

void supervisor_view_start(struct supervisor *s);
void supervisor_view_stop(struct supervisor *s);

/* ---- supervisor_tell.c: with -v; without they do nothing --------------------------------- */

void supervisor_tell_start(struct supervisor *s, unsigned fetch_slots);
/* trouble: what it is now, "silent"; NULL: it answers again. */
void supervisor_tell_resolver(struct supervisor *s, unsigned i, const char *trouble);
void supervisor_tell_worker(struct supervisor *s, const struct crew_worker *w);
/* As gate_watch() wants it; user is the supervisor. */
void supervisor_tell_host(void *user, const struct netaddr *address, bool shut);
void supervisor_tell_end(struct supervisor *s);

/* ---- supervisor_files.c ------------------------------------------------------------------ */

/* Makes the run directory, or takes up the one that was interrupted. 0, or -1, s->rc and s->err. */
int supervisor_begin_files(struct supervisor *s);
void supervisor_finish_files(struct supervisor *s);

/* ---- supervisor_checkpoint.c ------------------------------------------------------------- */

/* Writes one, unless the input is being read just now. */
void supervisor_checkpoint(struct supervisor *s);
/* The directory, the options, the input of the run that is to go on. 0, or -1, s->rc and s->err. */
int supervisor_check_resume(struct supervisor *s);
int supervisor_resume_files(struct supervisor *s);

#endif
