/* cmd_schema.c - `mtasweep schema`: the record's table for validators, databases and people. */
#include "output/record/schema.h"

#include <stdio.h>
#include <string.h>

#include "scanner/cli/cmd.h"

#define SCHEMA_WORDS "json|clickhouse|clickhouse-flat|postgres|duckdb|markdown"

static const enum schema_kind schema_kinds[] = {
	SCHEMA_JSON,	 SCHEMA_CLICKHOUSE, SCHEMA_CLICKHOUSE_FLAT,
	SCHEMA_POSTGRES, SCHEMA_DUCKDB,	    SCHEMA_MARKDOWN,
};

enum schema_option { OPTION_TABLE = 't' };

struct schema_args {
	int word; /* of SCHEMA_WORDS; -1 none was given */
	enum schema_of of;
	const char *table; /* NULL: as usual */
};

static error_t schema_parse(int key, char *arg, struct argp_state *state)
{
	struct schema_args *a = state->input;

	switch (key) {
	case OPTION_TABLE:
		if (!schema_table_valid(arg))
			cmd_refuse(state,
				   "'%s' is no name for a table: up to %d letters, digits and "
				   "underscores, no digit first",
				   arg, SCHEMA_TABLE_MAX);
		a->table = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (strcmp(arg, "hosts") == 0) {
			a->of = SCHEMA_HOSTS;
			return 0;
		}
		if (a->word >= 0)
			cmd_refuse(state, "one language at a time");
		a->word = cmd_word(SCHEMA_WORDS, arg);
		if (a->word < 0)
			cmd_refuse(state, "no schema for '%s'; there are " SCHEMA_WORDS "|hosts",
				   arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option schema_options[] = {
	{"table", OPTION_TABLE, "NAME", 0,
	 "Name of the table (default mtasweep; of hosts mtasweep_hosts)", 0},
	{0},
};

static const struct argp schema_argp = {
	.options = schema_options,
	.parser = schema_parse,
	/* argp would break the line before "Usage:" were it one word. */
	.args_doc = "[" SCHEMA_WORDS "] [hosts]",
	.doc = "Prints the table of records (results.ndjson.zst) or, with 'hosts' beside a "
	       "language, of MX hosts (hosts.ndjson.zst): a JSON Schema (the default), or a CREATE "
	       "TABLE with the "
	       "command that loads them, or a description.\v"
	       "'clickhouse' is tested with version 26; 'clickhouse-flat' works with servers as "
	       "old "
	       "as Debian's (18.16), and leaves out lists of objects.\n\n"
	       "Exit status: 0 done, 2 wrong usage, 3 standard output cannot be written.\n\n"
	       "Examples:\n"
	       "  mtasweep schema >record.schema.json\n"
	       "  cd run && mtasweep schema postgres | psql -v ON_ERROR_STOP=1 -v run=2026-11\n"
	       "  cd run && mtasweep schema duckdb | duckdb survey.db\n"
	       "  mtasweep schema clickhouse --table run_2026_11 | less\n"
	       "  cd run-mx && mtasweep schema duckdb hosts | duckdb survey.db\n"
	       "  mtasweep schema markdown >record.md",
};

static int schema_run(int argc, char **argv)
{
	struct schema_args a = {.word = -1};

	argp_err_exit_status = CMD_USAGE;
	argp_parse(&schema_argp, argc, argv, 0, NULL, &a);
	if (a.table == NULL)
		a.table = a.of == SCHEMA_HOSTS ? "mtasweep_hosts" : "mtasweep";
	if (schema_print(stdout, schema_kinds[a.word >= 0 ? a.word : 0], a.of, a.table) != 0) {
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
