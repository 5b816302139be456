/*
 * schema.h - the record's table in other languages: JSON Schema, CREATE TABLE, documentation. All
 * printed from fields.def.
 */
#ifndef MTASWEEP_SCHEMA_H
#define MTASWEEP_SCHEMA_H

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

/* 0, or -1 when a write failed. */
int schema_print(FILE *out, enum schema_kind kind);

#endif
