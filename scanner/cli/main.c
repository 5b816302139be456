/* main.c - picks the subcommand. Only main decides the exit status of the process. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner/cli/cmd.h"
#include "scanner/cli/describe.h"
#include "scanner/cli/environment.h"
#include "scanner/cli/scan_args.h"
#include "scanner/cli/suggest.h"
#include "scanner/cli/version.h"
#include "scanner/pipe/proto.h"
#include "scanner/worker/worker.h"

/*
 * What jemalloc looks for in a program, and other allocators do not: how long pages that were freed
 * are kept, in place of its ten seconds. A fetch frees some 100 KB, so the pages of thousands would
 * be held; with 10 % adopters it is 101 MiB for 118 (two workers, 30,000 names), at the same CPU
 * time. MALLOC_CONF in the environment still goes before.
 */
extern const char *malloc_conf;
const char *malloc_conf = "dirty_decay_ms:300,muzzy_decay_ms:0";

/*
 * A standard stream that is closed would be the number of the next file that is opened: output
 * would go there, and libuv aborts when it closes it. /dev/null is in its place, open the other way
 * round, so that use of it fails. 0 or -1.
 */
static int hold_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	return 0;
}

/* The status to leave with: what was asked for must have arrived. A command that failed has said
 * why. */
static int output_status(int status)
{
	bool lost = fflush(stdout) != 0 || ferror(stdout) != 0;

	if (!lost || (status != CMD_OK && status != CMD_FINDINGS))
		return status;
	fputs("mtasweep: standard output cannot be written\n", stderr);
	return CMD_FAILURE;
}

/* Also argp, which ends the process at --help, comes through here. */
static void at_exit(int status, void *unused)
{
	(void)unused;
	int told = output_status(status);

	if (told != status)
		_exit(told);
}

static void print_usage(FILE *out)
{
	fputs("Usage: mtasweep COMMAND [OPTION...] [ARGUMENT...]\n"
	      "Surveys and checks SMTP transport security: MTA-STS, TLS-RPT and MX.\n\nCommands:\n",
	      out);
	for (const struct command *const *c = commands; *c != NULL; c++)
		fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
	fputs("\n'mtasweep help COMMAND' or 'mtasweep COMMAND --help' explains one of them,\n"
	      "'mtasweep --version' names the versions of the program and its libraries.\n",
	      out);
}

/* A word that begins with '-' in place of the command. */
static int no_option(const char *word)
{
	static const struct argp_option options[] = {
		{"help", 'h', NULL, 0, NULL, 0}, {"version", 'V', NULL, 0, NULL, 0}, {0}};
	const struct argp argp = {.options = options};
	const size_t n = strcspn(word, "=");
	const char *meant = n > 2 ? suggest_option(&argp, word + 2, n - 2) : NULL;
	struct errmsg shown;

	errmsg_set(&shown, "%.*s", (int)n, word);
	if (meant != NULL)
		fprintf(stderr, "mtasweep: unknown option %s, did you mean --%s?\n", shown.text,
			meant);
	else
		fprintf(stderr,
			"mtasweep: unknown option %s; a command comes first, 'mtasweep --help' "
			"lists them\n",
			shown.text);
	return CMD_USAGE;
}

static int no_command(const char *word)
{
	if (word[0] == '-')
		return no_option(word);
	const char *meant = suggest_command(word);
	struct errmsg shown;

	errmsg_shown(&shown, word);

	if (meant != NULL)
		fprintf(stderr, "mtasweep: unknown command '%s', did you mean '%s'?\n", shown.text,
			meant);
	else if (strchr(word, '.') != NULL)
		fprintf(stderr,
			"mtasweep: unknown command '%s'; a domain is checked by 'mtasweep check "
			"%s'\n",
			shown.text, shown.text);
	else
		fprintf(stderr, "mtasweep: unknown command '%s'; 'mtasweep --help' lists them\n",
			shown.text);
	return CMD_USAGE;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	size_t n = 0;
	const char *unknown = suggest_unknown(command->argp, argc, argv, &n);
	char name[64]; /* argp shows it in usage lines */

	if (unknown != NULL) {
		const char *meant = suggest_option(command->argp, unknown + 2, n - 2);
		struct errmsg shown;
		errmsg_set(&shown, "%.*s", (int)n, unknown);
		fprintf(stderr, "mtasweep %s: unknown option %s", command->name, shown.text);
		if (meant != NULL)
			fprintf(stderr, ", did you mean --%s?\n", meant);
		else
			fprintf(stderr, "; 'mtasweep %s --help' lists them\n", command->name);
		return CMD_USAGE;
	}
	snprintf(name, sizeof(name), "mtasweep %s", command->name);
	argv[0] = name;
	int rc = command->run(argc, argv);
	if ((rc & CMD_AT_ONCE) != 0)
		_exit(output_status(rc & ~CMD_AT_ONCE));
	return rc;
}

/* The hidden command: behind it stands the command line of the `scan` that starts this process. */
static int run_worker(int argc, char **argv, enum worker_lines lines)
{
	struct scan_options options;
	int rc = scan_args_parse(&options, argc, argv);

	return rc != 0 ? rc : worker_run(&options, lines);
}

static int probe_worker(int argc, char **argv)
{
	struct scan_options options;
	int rc = probe_args_parse(&options, argc, argv);

	return rc != 0 ? rc : worker_run(&options, WORKER_HOSTS);
}

/* `mtasweep help [COMMAND]`. */
static int help(const char *name)
{
	char option[] = "--help", *words[] = {option, option, NULL};
	const struct command *command = name != NULL ? command_find(name) : NULL;

	if (command != NULL)
		return run_command(command, 2, words);
	if (name != NULL && name[0] != '-' && strcmp(name, "help") != 0)
		return no_command(name);
	print_usage(stdout);
	return CMD_OK;
}

int main(int argc, char **argv)
{
	environment_cut();
	if (hold_streams() != 0 || on_exit(at_exit, NULL) != 0)
		return CMD_FAILURE;
	if (argc < 2) {
		print_usage(stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(argv[2]);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(NULL);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		version_print(stdout);
		return CMD_OK;
	}
	if (strcmp(argv[1], DESCRIBE_COMMAND) == 0) {
		describe_commands(stdout);
		return CMD_OK;
	}
	if (strcmp(argv[1], PROTO_COMMAND) == 0)
		return run_worker(argc - 1, argv + 1, WORKER_NAMES);
	if (strcmp(argv[1], PROTO_COMMAND_SCAN_HOSTS) == 0)
		return run_worker(argc - 1, argv + 1, WORKER_HOSTS);
	if (strcmp(argv[1], PROTO_COMMAND_PROBE_HOSTS) == 0)
		return probe_worker(argc - 1, argv + 1);
	const struct command *command = command_find(argv[1]);
	if (command == NULL)
		return no_command(argv[1]);
	return run_command(command, argc - 1, argv + 1);
}
