/* commands.c - the list of subcommands, made from the one in cmd.h. */
#include "scanner/cli/cmd.h"

#include <string.h>

#define COMMANDS_ENTRY(name) &cmd_##name,
const struct command *const commands[] = {
	COMMANDS(COMMANDS_ENTRY) NULL,
};
#undef COMMANDS_ENTRY

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c != NULL; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}
