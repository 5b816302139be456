/*
 * errmsg.h - one sentence about our own failure (disk, memory, a file the user named).
 *
 * Filled where the failure is known, carried up to the subcommand, printed there. The sentence
 * names the thing and the way out. Bytes that came from outside are escaped by the writer.
 */
#ifndef MTASWEEP_ERRMSG_H
#define MTASWEEP_ERRMSG_H

struct errmsg {
	char text[512];
};

/* Bytes that are no UTF-8, controls and what reorders or hides text become '?': file names and what
 * a worker says must not drive a terminal. */
void errmsg_clean(char *text);

/* Cleans the text. Always returns -1, so that "return errmsg_set(err, ...)" reads well. err may be
 * NULL. */
int errmsg_set(struct errmsg *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text as it may be shown, in m, cut at its size. */
const char *errmsg_shown(struct errmsg *m, const char *text);
/* The same as a word of a command to type: in quotes, where a shell would not take it as it is. */
const char *errmsg_typed(struct errmsg *m, const char *text);

#endif
