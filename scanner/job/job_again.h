/*
 * job_again.h - a name that is met again soon: lists of mailboxes, of customers, of URLs hold one
 * domain many times. While it is under way, the later lines wait for its answers; when it is done,
 * it is remembered for a while. Each line has a record of its own; nothing is asked or fetched
 * twice. Private to job/.
 *
 * How far the memory reaches: AGAIN_NAMES names a worker (a table in which a name has one place, so
 * that another one may push it out), AGAIN_MS long, none whose record is large, and none that is
 * inconclusive: that is asked again.
 */
#ifndef MTASWEEP_JOB_AGAIN_H
#define MTASWEEP_JOB_AGAIN_H

#include "scanner/job/job.h"

#define AGAIN_NAMES 512u
#define AGAIN_MS 300000u
#define AGAIN_BYTES_MAX 32768u /* of one record's arena */

struct again; /* one a machine */

/* NULL without memory. */
struct again *again_new(void);
void again_free(struct again *a);

/*
 * The job's name is known. AGAIN_FIRST: it is to be looked up, and others will wait for it.
 * AGAIN_KNOWN: its record has its answers now. AGAIN_WAITS: it will have them from another job.
 */
enum again_answer { AGAIN_FIRST, AGAIN_KNOWN, AGAIN_WAITS };
enum again_answer again_meet(struct again *a, struct job *j);

/* The job has been judged: the next job that waited for it, or NULL; it has its answers then. */
struct job *again_next(struct job *j);
/* Nobody waits any more: remembers the record if it may, by taking over the job's arena. */
void again_keep(struct again *a, struct job *j);

#endif
