/* main.c - picks the subcommand. Only main decides the exit status of the process. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scanner/cmd.h"
#include "scanner/worker.h"

static void print_usage(FILE *out)
{
	fputs("Usage: mtasweep COMMAND [OPTION...] [ARGUMENT...]\n"
	      "Surveys and checks SMTP transport security: MTA-STS, TLS-RPT and MX.\n\nCommands:\n",
	      out);
	for (const struct command *const *c = commands; *c != NULL; c++)
		fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
	fputs("\n'mtasweep COMMAND --help' explains one of them.\n", out);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_usage(stdout);
		return CMD_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts("mtasweep " MTASWEEP_VERSION);
		return CMD_OK;
	}
	if (strcmp(argv[1], WORKER_COMMAND) == 0)
		return worker_main(argc - 1, argv + 1);
	const struct command *command = command_find(argv[1]);
	if (command == NULL) {
		fprintf(stderr, "mtasweep: no command '%s'; 'mtasweep --help' lists them\n", argv[1]);
		return CMD_USAGE;
	}
	/* argp and our own messages name the program by argv[0]. */
	char name[64];
	snprintf(name, sizeof(name), "mtasweep %s", command->name);
	argv[1] = name;
	int rc = command->run(argc - 1, argv + 1);
	if ((rc & CMD_AT_ONCE) != 0) {
		fflush(NULL);
		_exit(rc & ~CMD_AT_ONCE);
	}
	return rc;
}
