/*
 * describe.h - the subcommands, their options and what can be explained as lines of text, for what
 * is generated from them: man pages and shell completion (scanner/cli/man/generate). A hidden
 * command; nothing of it is a promise to users.
 */
#ifndef MTASWEEP_DESCRIBE_H
#define MTASWEEP_DESCRIBE_H

#include <stdio.h>

#define DESCRIBE_COMMAND "__describe"

/*
 * Fields are separated by tabs; newlines, tabs and backslashes in them are written as \n, \t and
 * \\. SHORT and ARGUMENT may be empty:
 *
 *	command NAME SUMMARY ARGUMENTS DESCRIPTION NOTES
 *	group HEADER
 *	option LONG SHORT ARGUMENT DESCRIPTION
 *	code CODE
 *	topic WORD that `explain` knows, too
 */
void describe_commands(FILE *out);

#endif
