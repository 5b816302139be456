/*
 * suggest.h - what somebody meant who misspelled a command, an option or a code. Reads the same
 * argp tables as everything else.
 */
#ifndef MTASWEEP_SUGGEST_H
#define MTASWEEP_SUGGEST_H

#include <argp.h>

/* The command that a word is closest to, or NULL when it is close to none. */
const char *suggest_command(const char *word);
/* The code of a finding that a word is closest to, or NULL. */
const char *suggest_code(const char *word);
/* Long options of argp and its children. Of an abbreviation that argp takes nothing is said. */
const char *suggest_option(const struct argp *argp, const char *name, size_t n);

/* The first long option of the command line that argp does not know, "--name" without its value, or
 * NULL. Values of other options are passed over as getopt does. */
const char *suggest_unknown(const struct argp *argp, int argc, char **argv, size_t *n);

#endif
