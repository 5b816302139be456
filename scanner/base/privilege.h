/*
 * privilege.h - what a process that root started gives up: `sudo mtasweep scan`, a root's cron job.
 *
 * Who reads the network becomes nobody. Who owns the files stays root, so that they are root's as
 * expected, and keeps of its capabilities what that takes, and what it takes to start processes
 * that become nobody, and to end them. Somebody else than root has nothing of this, and stays who
 * he is.
 *
 * All of it holds for the calling thread and those that it starts: call before there are others.
 */
#ifndef MTASWEEP_PRIVILEGE_H
#define MTASWEEP_PRIVILEGE_H

#include "output/base/errmsg.h"

/*
 * Another user without groups, without capabilities, for good. 0: so it is. 1: root stays root, as
 * in a user namespace that has no other user, but has no capabilities; err says so. -1: failed, and
 * err says why.
 */
int privilege_become_nobody(struct errmsg *err);

/* Best effort: where it fails there was less to give up. */
void privilege_keep_files(void);

#endif
