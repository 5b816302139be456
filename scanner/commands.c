/* commands.c - the list of subcommands, in the order in which --help shows them. */
#include "scanner/cmd.h"

#include <string.h>

extern const struct command cmd_schema;

const struct command *const commands[] = {
	&cmd_schema,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c != NULL; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}
