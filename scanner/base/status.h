/*
 * status.h - the exit status of the program. Scripts decide by it, so a number never changes its
 * meaning. Anything below the subcommands returns one of these; only main() ends the process.
 */
#ifndef MTASWEEP_STATUS_H
#define MTASWEEP_STATUS_H

enum cmd_exit {
	CMD_OK = 0,
	CMD_FINDINGS = 1, /* check, lint: a finding of severity error */
	CMD_USAGE = 2,	  /* wrong usage or unreadable input */
	CMD_FAILURE = 3,  /* our own failure: disk, memory, no resolver */
	CMD_UNKNOWN = 4,  /* check: not all could be found out, and no error was found */
	CMD_NO_NAMES = 5, /* scan: done, but most lines were no domain names, or there was none */
	CMD_STOPPED = 130,
	/* Beside one of these: a thread hangs in a pipe or terminal that says nothing, so the
	 * process must end without waiting for it (libuv joins its threads at exit). */
	CMD_AT_ONCE = 1 << 8,
};

/* The status when a directory for output cannot be made; why: errno. */
int status_of_directory(int why);

#endif
