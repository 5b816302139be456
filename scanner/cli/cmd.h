/*
 * cmd.h - the subcommands. A command's argp table is the one description of its options: --help,
 * the man page and shell completion all come from it.
 */
#ifndef MTASWEEP_CMD_H
#define MTASWEEP_CMD_H

#include <argp.h>

#include "output/base/errmsg.h"
#include "scanner/base/status.h"
#include "scanner/judge/judge.h"

struct command {
	const char *name;
	const char *summary; /* one line for the list of commands */
	const struct argp *argp;
	int (*run)(int argc, char **argv); /* argv[0] is "mtasweep NAME"; returns enum cmd_exit */
};

/* argp_error() for what was typed: a file name, or a word out of one, must not drive the
 * terminal. */
void cmd_refuse(const struct argp_state *state, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The row of --severity in a table, behind name and key, and what its argument does to c. */
#define CMD_SEVERITY "CODE=LEVEL", 0, "Severity of a finding: error, warning or info (repeatable)"
void cmd_severity(const struct argp_state *state, struct judge_config *c, const char *arg);
/* --cert-days N. */
#define CMD_CERT_DAYS                                                                              \
	"N", 0,                                                                                    \
		"A certificate that ends within N days expires soon (default: 14, or 14/90 of "    \
		"its lifetime if that is less)"
void cmd_cert_days(const struct argp_state *state, struct judge_config *c, const char *arg);

struct select_texts;
/* Each --select, for select_parse_all(). */
void cmd_select(const struct argp_state *state, struct select_texts *texts, const char *arg);
/* Which of the words of "one|two|three" it is, from 0, or -1. An option's argument that is written
 * so in its table is all that help, messages and shell completion know of it. */
int cmd_word(const char *words, const char *word);
/* Processors that this process may use: threads to read stored runs with. */
unsigned cmd_threads(void);

struct scan_options;
/* What the command line of `probe` means for a worker. 0, or an enum cmd_exit to leave with. */
int probe_args_parse(struct scan_options *o, int argc, char **argv);

/* Every subcommand, in the order in which --help shows them; cmd_NAME is defined in cmd_NAME.c. */
#define COMMANDS(X)                                                                                \
	X(scan)                                                                                    \
	X(check)                                                                                   \
	X(lint)                                                                                    \
	X(report)                                                                                  \
	X(letters)                                                                                 \
	X(diff)                                                                                    \
	X(trend)                                                                                   \
	X(recheck)                                                                                 \
	X(probe)                                                                                   \
	X(explain)                                                                                 \
	X(schema)

#define COMMANDS_DECLARE(name) extern const struct command cmd_##name;
COMMANDS(COMMANDS_DECLARE)
#undef COMMANDS_DECLARE

extern const struct command *const commands[]; /* NULL-terminated */
const struct command *command_find(const char *name);

#endif
