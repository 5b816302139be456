/*
 * describe.h - the subcommands and their options as lines of text, for what is generated from them:
 * man pages and shell completion (scanner/man/generate). A hidden command; nothing of it is a
 * promise to users.
 */
#ifndef MTASWEEP_DESCRIBE_H
#define MTASWEEP_DESCRIBE_H

#include <stdio.h>

#define DESCRIBE_COMMAND "__describe"

/*
 * Fields are separated by tabs; newlines, tabs and backslashes in them are written as \n, \t and
 * \\. command NAME SUMMARY ARGUMENTS DESCRIPTION NOTES group   HEADER option  LONG SHORT ARGUMENT
 * DESCRIPTION     SHORT and ARGUMENT may be empty
 */
void describe_commands(FILE *out);

#endif
