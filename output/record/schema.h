/*
 * schema.h - the table of a record, or of an MX host, in other languages: JSON Schema, CREATE
 * TABLE, documentation. All printed from fields.def.
 */
#ifndef MTASWEEP_SCHEMA_H
#define MTASWEEP_SCHEMA_H

#include <stdbool.h>
#include <stdio.h>

enum schema_kind {
	SCHEMA_JSON,		/* JSON Schema 2020-12 of one line */
	SCHEMA_DUCKDB,		/* table and load command */
	SCHEMA_POSTGRES,	/* likewise; objects are jsonb */
	SCHEMA_CLICKHOUSE,	/* likewise; objects are tuples (ClickHouse 21.12 or later) */
	SCHEMA_CLICKHOUSE_FLAT, /* likewise for older servers: one column a value, lists of objects
				   left out */
	SCHEMA_MARKDOWN,	/* the keys with their meaning, for people */
};

/* Of which lines. */
enum schema_of {
	SCHEMA_RECORDS, /* results.ndjson.zst: a name */
	SCHEMA_HOSTS,	/* hosts.ndjson.zst: an MX host */
};

/* Longest name of a table; our own suffixes still fit into PostgreSQL's 63 bytes. */
#define SCHEMA_TABLE_MAX 48
/* Letters, digits and underscores, no digit first: a name that no database wants in quotes. */
bool schema_table_valid(const char *name);

/* 0, or -1 when a write failed. The table's name is valid; JSON and markdown have none. */
int schema_print(FILE *out, enum schema_kind kind, enum schema_of of, const char *table);

#endif
