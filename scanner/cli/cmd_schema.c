/* cmd_schema.c - `mtasweep schema`: the record's table for validators, databases and people. */
#include "output/record/schema.h"

#include <stdio.h>

#include "scanner/cli/cmd.h"

#define SCHEMA_WORDS "json|clickhouse|clickhouse-flat|postgres|duckdb|markdown"

static const enum schema_kind schema_kinds[] = {
	SCHEMA_JSON,	 SCHEMA_CLICKHOUSE, SCHEMA_CLICKHOUSE_FLAT,
	SCHEMA_POSTGRES, SCHEMA_DUCKDB,	    SCHEMA_MARKDOWN,
};

static error_t schema_parse(int key, char *arg, struct argp_state *state)
{
	int *word = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (*word >= 0)
		cmd_refuse(state, "one language at a time");
	*word = cmd_word(SCHEMA_WORDS, arg);
	if (*word < 0)
		cmd_refuse(state, "no schema for '%s'; there are " SCHEMA_WORDS, arg);
	return 0;
}

static const struct argp schema_argp = {
	.parser = schema_parse,
	.args_doc = "[" SCHEMA_WORDS "]",
	.doc = "Prints the table of a record: a JSON Schema (the default), or a CREATE TABLE with "
	       "the command "
	       "that loads results.ndjson.zst, or a description.\v"
	       "'clickhouse' is tested with version 26; 'clickhouse-flat' works with servers as "
	       "old "
	       "as Debian's (18.16), and leaves out lists of objects.\n\n"
	       "Examples:\n"
	       "  mtasweep schema >record.schema.json\n"
	       "  mtasweep schema postgres | less\n"
	       "  cd run && mtasweep schema duckdb | duckdb survey.db\n"
	       "  mtasweep schema markdown >record.md",
};

static int schema_run(int argc, char **argv)
{
	int word = -1;

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&schema_argp, argc, argv, 0, NULL, &word);
	if (schema_print(stdout, schema_kinds[word >= 0 ? word : 0]) != 0) {
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
