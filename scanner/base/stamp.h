/*
 * stamp.h - when something was said, for logs: a line in a file is of no use without its time.
 */
#ifndef MTASWEEP_STAMP_H
#define MTASWEEP_STAMP_H

#define STAMP_MAX 24

/* "2026-11-30T03:40:00Z ", or "" where somebody reads along (a terminal) or whoever writes the log
 * knows the time (the journal). */
const char *stamp_now(int fd, char out[STAMP_MAX]);

#endif
