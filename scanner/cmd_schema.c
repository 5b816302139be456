/* cmd_schema.c - `mtasweep schema`: the record's table for validators, databases and people. */
#include "output/schema.h"

#include <stdio.h>
#include <string.h>

#include "scanner/cmd.h"

static const struct {
	const char *name;
	enum schema_kind kind;
} schema_names[] = {
	{"json", SCHEMA_JSON},
	{"clickhouse", SCHEMA_CLICKHOUSE},
	{"clickhouse-flat", SCHEMA_CLICKHOUSE_FLAT},
	{"postgres", SCHEMA_POSTGRES},
	{"duckdb", SCHEMA_DUCKDB},
	{"markdown", SCHEMA_MARKDOWN},
};

static error_t schema_parse(int key, char *arg, struct argp_state *state)
{
	int *kind = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (*kind >= 0)
		argp_error(state, "one language at a time");
	for (size_t i = 0; i < sizeof(schema_names) / sizeof(schema_names[0]); i++)
		if (strcmp(schema_names[i].name, arg) == 0)
			*kind = (int)schema_names[i].kind;
	if (*kind < 0)
		argp_error(state,
			   "no schema for '%s'; there are json, clickhouse, clickhouse-flat, "
			   "postgres, "
			   "duckdb and markdown",
			   arg);
	return 0;
}

static const struct argp schema_argp = {
	.parser = schema_parse,
	.args_doc = "[json|clickhouse|clickhouse-flat|postgres|duckdb|markdown]",
	.doc = "Prints the table of a record: a JSON Schema (the default), or a CREATE TABLE with "
	       "the command "
	       "that loads results.ndjson.zst, or a description.\v"
	       "'clickhouse' is tested with version 26; 'clickhouse-flat' works with servers as "
	       "old "
	       "as Debian's (18.16), and leaves out lists of objects.",
};

static int schema_run(int argc, char **argv)
{
	int kind = -1;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&schema_argp, argc, argv, 0, NULL, &kind);
	if (schema_print(stdout, kind >= 0 ? (enum schema_kind)kind : SCHEMA_JSON) != 0) {
		fputs("mtasweep schema: standard output cannot be written\n", stderr);
		return CMD_FAILURE;
	}
	return CMD_OK;
}

const struct command cmd_schema = {
	.name = "schema",
	.summary = "the record as JSON Schema or CREATE TABLE",
	.argp = &schema_argp,
	.run = schema_run,
};
