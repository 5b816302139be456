/* schema.c - see schema.h. One printer a language, each a walk over the table of fields. */
#include "output/record/schema.h"

#include <assert.h>
#include <string.h>

#include "output/record/fields.h"

/* What is printed: which lines, and what the table of them is called. */
struct dataset {
	const struct object *object;
	const char *table;
	const char *file, *of, *title; /* where the lines are, what one is about */
	const char *key;	       /* by which they are sorted, once a run */
};

static struct dataset dataset_of(enum schema_of of, const char *table)
{
	if (of == SCHEMA_HOSTS)
		return (struct dataset){fields_host(), table,	  "hosts.ndjson.zst",
					"an MX host",  "MX host", "host"};
	return (struct dataset){fields_record(), table,	   "results.ndjson.zst",
				"a name",	 "record", "line"};
}

static void indent(FILE *out, unsigned depth)
{
	fprintf(out, "%*s", (int)(2 * depth), "");
}

static bool is_number(unsigned kind)
{
	return kind == FIELD_SCHEMA || kind == FIELD_I64 || kind == FIELD_U64 ||
	       kind == FIELD_INT || kind == FIELD_U32 || kind == FIELD_U16;
}

/* ---- JSON Schema ------------------------------------------------------------------------- */

static void json_object(FILE *out, const struct object *o, unsigned depth, bool nullable);

static void json_words(FILE *out, const struct field *f, bool nullable)
{
	fputs("\"enum\": [", out);
	for (unsigned i = 0; i < f->words->count; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", f->words->word(i));
	fputs(nullable ? ", null]" : "]", out);
}

static void json_type(FILE *out, const char *type, bool nullable)
{
	if (nullable)
		fprintf(out, "\"type\": [\"%s\", \"null\"]", type);
	else
		fprintf(out, "\"type\": \"%s\"", type);
}

static void json_number(FILE *out, const struct field *f)
{
	json_type(out, "integer", f->nullable);
	if (f->kind == FIELD_SCHEMA)
		fprintf(out, ", \"const\": %d", RECORD_SCHEMA);
	else if (f->kind == FIELD_U64 || f->kind == FIELD_U32 || f->kind == FIELD_U16)
		fputs(", \"minimum\": 0", out);
}

static void json_field(FILE *out, const struct field *f, unsigned depth)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_SCHEMA:
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_INT:
	case FIELD_U32:
	case FIELD_U16:
		json_number(out, f);
		return;
	case FIELD_BOOL:
	case FIELD_TRI:
		json_type(out, "boolean", f->nullable);
		return;
	case FIELD_WORD:
		json_words(out, f, f->nullable);
		return;
	case FIELD_WORDS:
		fputs("\"type\": \"array\", \"uniqueItems\": true, \"items\": {", out);
		json_words(out, f, false);
		fputs("}", out);
		return;
	case FIELD_STR:
		json_type(out, "string", f->nullable);
		return;
	case FIELD_RAW:
		json_type(out, "string", f->nullable);
		fputs(", \"contentEncoding\": \"base64\"", out);
		return;
	case FIELD_STRS:
		fputs("\"type\": \"array\", \"items\": {\"type\": \"string\"}", out);
		return;
	case FIELD_RAWS:
		fputs("\"type\": \"array\", \"items\": {\"type\": \"string\", \"contentEncoding\": "
		      "\"base64\"}",
		      out);
		return;
	case FIELD_PIECES:
		fputs("\"type\": \"array\", \"items\": {\"type\": \"integer\", \"minimum\": 0}",
		      out);
		return;
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		json_type(out, "string", f->nullable);
		fputs(", \"format\": \"date-time\", \"pattern\": "
		      "\"^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d\\\\."
		      "\\\\d{3}Z$\"",
		      out);
		return;
	case FIELD_OBJECT:
		json_object(out, f->object, depth, f->nullable);
		return;
	case FIELD_OBJECTS:
		fputs("\"type\": \"array\", \"items\": {", out);
		json_object(out, f->object, depth, false);
		fputs("}", out);
		return;
	}
	assert(false && "a kind of field without a schema");
}

/* Descriptions are one line of plain text. */
static void schema_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void json_object(FILE *out, const struct object *o, unsigned depth, bool nullable)
{
	json_type(out, "object", nullable);
	fputs(",\n", out);
	indent(out, depth);
	fputs("\"required\": [", out);
	for (unsigned i = 0; i < o->n; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", o->fields[i].key);
	fputs("],\n", out);
	indent(out, depth);
	fputs("\"properties\": {\n", out);
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		indent(out, depth + 1);
		fprintf(out, "\"%s\": {\"description\": ", f->key);
		schema_quoted(out, f->doc);
		fputs(", ", out);
		json_field(out, f, depth + 2);
		fputs(i + 1 < o->n ? "},\n" : "}\n", out);
	}
	indent(out, depth);
	fputs("}", out);
}

static void print_json(FILE *out, const struct dataset *d)
{
	fprintf(out,
		"{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
		"  \"title\": \"mtasweep %s\",\n"
		"  \"description\": \"One line of %s. Later versions may add keys.\",\n  ",
		d->title, d->file);
	json_object(out, d->object, 1, false);
	fputs("\n}\n", out);
}

/* ---- DuckDB ------------------------------------------------------------------------------ */

static void duckdb_type(FILE *out, const struct field *f)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_U64:
		fputs("UBIGINT", out);
		return;
	case FIELD_SCHEMA:
	case FIELD_INT:
		fputs("INTEGER", out);
		return;
	case FIELD_I64:
		fputs("BIGINT", out);
		return;
	case FIELD_U32:
		fputs("UINTEGER", out);
		return;
	case FIELD_U16:
		fputs("USMALLINT", out);
		return;
	case FIELD_BOOL:
	case FIELD_TRI:
		fputs("BOOLEAN", out);
		return;
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		fputs("TIMESTAMPTZ", out);
		return;
	case FIELD_PIECES:
		fputs("UINTEGER[]", out);
		return;
	case FIELD_WORDS:
	case FIELD_STRS:
	case FIELD_RAWS:
		fputs("VARCHAR[]", out);
		return;
	case FIELD_WORD:
	case FIELD_STR:
	case FIELD_RAW:
		fputs("VARCHAR", out);
		return;
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		fputs("STRUCT(", out);
		for (unsigned i = 0; i < f->object->n; i++) {
			fprintf(out, "%s\"%s\" ", i > 0 ? ", " : "", f->object->fields[i].key);
			duckdb_type(out, &f->object->fields[i]);
		}
		fputs(f->kind == FIELD_OBJECTS ? ")[]" : ")", out);
		return;
	}
	assert(false && "a kind of field without a type");
}

static void print_duckdb(FILE *out, const struct dataset *d)
{
	const struct object *o = d->object;
	const char *table = d->table;

	fprintf(out, "CREATE TABLE %s (\n", table);
	for (unsigned i = 0; i < o->n; i++) {
		fprintf(out, "  \"%s\" ", o->fields[i].key);
		duckdb_type(out, &o->fields[i]);
		fputs(i + 1 < o->n ? ",\n" : "\n", out);
	}
	fprintf(out,
		");\n\n-- Load a run, in its folder; of a run of shards 'shard-*/%s':\n"
		"COPY %s FROM '%s' (FORMAT json, ARRAY false);\n",
		d->file, table, d->file);
}

/* ---- PostgreSQL -------------------------------------------------------------------------- */

static const char *postgres_type(const struct field *f)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_SCHEMA:
	case FIELD_INT:
	case FIELD_U16:
		return "integer";
	case FIELD_I64:
	case FIELD_U64:
	case FIELD_U32:
		return "bigint";
	case FIELD_BOOL:
	case FIELD_TRI:
		return "boolean";
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		return "timestamptz";
	case FIELD_PIECES:
		return "integer[]";
	case FIELD_WORDS:
	case FIELD_STRS:
	case FIELD_RAWS:
		return "text[]";
	case FIELD_WORD:
	case FIELD_STR:
	case FIELD_RAW:
		return "text";
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		return "jsonb";
	}
	assert(false && "a kind of field without a type");
	return NULL;
}

/* A string for SQL, with its quotes. */
static void postgres_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

/* What is inside the objects, as columns of their own: "sts_valid" for sts->>'valid'. */
static void postgres_view(FILE *out, const struct object *o, const char *table)
{
	fprintf(out, "CREATE OR REPLACE VIEW %s_flat AS SELECT \"run\"", table);
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		if (f->kind != FIELD_OBJECT) {
			fprintf(out, ",\n  \"%s\"", f->key);
			continue;
		}
		for (unsigned k = 0; k < f->object->n; k++) {
			const struct field *part = &f->object->fields[k];
			const char *type = postgres_type(part);
			bool whole = strcmp(type, "jsonb") == 0 || strchr(type, '[') != NULL;
			fprintf(out, ",\n  ");
			if (whole || strcmp(type, "text") == 0)
				fprintf(out, "\"%s\"%s'%s'", f->key, whole ? "->" : "->>",
					part->key);
			else
				fprintf(out, "(\"%s\"->>'%s')::%s", f->key, part->key, type);
			fprintf(out, " AS \"%s_%s\"", f->key, part->key);
		}
	}
	fprintf(out, "\nFROM %s;\n", table);
}

static void postgres_comments(FILE *out, const struct dataset *d)
{
	const struct object *o = d->object;
	const char *table = d->table;

	fprintf(out,
		"COMMENT ON TABLE %s IS 'one row %s and run; objects are jsonb, and columns in "
		"%s_flat';\n"
		"COMMENT ON COLUMN %s.\"run\" IS 'which run, as said when it was loaded';\n",
		table, d->of, table, table);
	for (unsigned i = 0; i < o->n; i++) {
		fprintf(out, "COMMENT ON COLUMN %s.\"%s\" IS ", table, o->fields[i].key);
		postgres_quoted(out, o->fields[i].doc);
		fputs(";\n", out);
	}
}

static void postgres_load(FILE *out, const struct dataset *d)
{
	const char *t = d->table;

	fprintf(out,
		"\n-- Load a run, with psql -v run=NAME in its folder; of a run of shards "
		"shard-*/%s\n-- (the two control bytes never occur in a line):\n"
		"\\if :{?run}\n\\else\n"
		"DO $$ BEGIN RAISE EXCEPTION 'which run? Say psql -v run=NAME'; END $$;\n"
		"\\quit\n\\endif\n"
		"SELECT EXISTS (SELECT FROM %s WHERE \"run\" = :'run') AS there \\gset\n"
		"\\if :there\n"
		"DO $$ BEGIN RAISE EXCEPTION 'a run of that name is in %s already: say another "
		"name with -v run=NAME, or delete its rows first'; END $$;\n"
		"\\quit\n\\endif\n"
		"CREATE TEMPORARY TABLE %s_load (record jsonb);\n"
		"\\copy %s_load FROM PROGRAM 'zstd -dcq %s' WITH (FORMAT csv, "
		"QUOTE E'\\x01', DELIMITER E'\\x02')\n"
		"INSERT INTO %s SELECT r.* FROM %s_load, "
		"jsonb_populate_record(NULL::%s, record || jsonb_build_object('run', :'run')) r;\n"
		"DROP TABLE %s_load;\n",
		d->file, t, t, t, t, d->file, t, t, t, t);
}

/* By what people look for, whatever the run. */
static void postgres_indexes(FILE *out, const struct dataset *d)
{
	static const char *const columns[][2] = {{"domain", "verdict"}, {"tls", "dane"}};
	const char *t = d->table;
	bool hosts = d->object == fields_host();

	for (unsigned i = 0; i < 2; i++)
		fprintf(out, "CREATE INDEX IF NOT EXISTS %s_%s ON %s (\"%s\", \"run\");\n", t,
			columns[hosts][i], t, columns[hosts][i]);
	if (!hosts)
		fprintf(out,
			"CREATE INDEX IF NOT EXISTS %s_issues ON %s USING gin (\"issues\" "
			"jsonb_path_ops);\n",
			t, t);
	fprintf(out, "ANALYZE %s;\n", t);
}

static void print_postgres(FILE *out, const struct dataset *d)
{
	const struct object *o = d->object;
	const char *table = d->table;

	/* All of it once more is how the next run is loaded. */
	fprintf(out,
		"SET client_min_messages = warning;\n"
		"CREATE TABLE IF NOT EXISTS %s (\n  \"run\" text NOT NULL,\n",
		table);
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		fprintf(out, "  \"%s\" %s%s,\n", f->key, postgres_type(f),
			f->nullable ? "" : " NOT NULL");
	}
	fprintf(out, "  PRIMARY KEY (\"run\", \"%s\")\n);\n", d->key);
	postgres_comments(out, d);
	postgres_view(out, o, table);
	postgres_load(out, d);
	postgres_indexes(out, d);
}

/* ---- ClickHouse -------------------------------------------------------------------------- */

static const char *clickhouse_scalar(const struct field *f)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_SCHEMA:
	case FIELD_INT:
		return "Int32";
	case FIELD_U16:
		return "UInt16";
	case FIELD_I64:
		return "Int64";
	case FIELD_U64:
		return "UInt64";
	case FIELD_U32:
		return "UInt32";
	case FIELD_BOOL:
	case FIELD_TRI:
		return "UInt8";
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		return "DateTime64(3, 'UTC')";
	default:
		return "String";
	}
}

static void clickhouse_type(FILE *out, const struct field *f)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_WORD:
		fputs(f->nullable ? "LowCardinality(Nullable(String))" : "LowCardinality(String)",
		      out);
		return;
	case FIELD_WORDS:
		fputs("Array(LowCardinality(String))", out);
		return;
	case FIELD_STRS:
	case FIELD_RAWS:
		fputs("Array(String)", out);
		return;
	case FIELD_PIECES:
		fputs("Array(UInt16)", out);
		return;
	case FIELD_BOOL:
	case FIELD_TRI:
		fputs(f->nullable ? "Nullable(Bool)" : "Bool", out);
		return;
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		fputs(f->kind == FIELD_OBJECTS ? "Array(Tuple(" : "Tuple(", out);
		for (unsigned i = 0; i < f->object->n; i++) {
			fprintf(out, "%s`%s` ", i > 0 ? ", " : "", f->object->fields[i].key);
			clickhouse_type(out, &f->object->fields[i]);
		}
		fputs(f->kind == FIELD_OBJECTS ? "))" : ")", out);
		return;
	default:
		fprintf(out, f->nullable ? "Nullable(%s)" : "%s", clickhouse_scalar(f));
		return;
	}
}

static void print_clickhouse(FILE *out, const struct dataset *d)
{
	const struct object *o = d->object;
	const char *table = d->table;

	fprintf(out, "CREATE TABLE %s\n(\n", table);
	for (unsigned i = 0; i < o->n; i++) {
		fprintf(out, "  `%s` ", o->fields[i].key);
		clickhouse_type(out, &o->fields[i]);
		fputs(i + 1 < o->n ? ",\n" : "\n", out);
	}
	fprintf(out,
		")\nENGINE = MergeTree ORDER BY %s;\n\n"
		"-- Load a run, with clickhouse-client in its folder (a null object becomes "
		"default values); of a run of shards 'shard-*/%s':\n"
		"INSERT INTO %s FROM INFILE '%s'\n"
		"SETTINGS date_time_input_format = 'best_effort', input_format_null_as_default = "
		"1,\n"
		"  input_format_skip_unknown_fields = 1 FORMAT JSONEachRow;\n",
		d->key, d->file, table, d->file);
}

/* Of the lists inside an object only one can be a column: servers of that time take two lists with
 * a common prefix for one nested table and want equal lengths. */
static bool flat_list(const struct object *o, const struct field *f, bool inner)
{
	const char *wanted = strcmp(o->name, "policy") == 0   ? "mx"
			     : strcmp(o->name, "tlsrpt") == 0 ? "rua"
							      : "txt";

	return (f->kind == FIELD_STRS || f->kind == FIELD_WORDS) &&
	       (!inner || strcmp(f->key, wanted) == 0);
}

static void flat_columns(FILE *out, const struct object *o, const char *prefix, bool *first)
{
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		if (f->kind == FIELD_OBJECT && prefix[0] == '\0') {
			char inner[64];
			snprintf(inner, sizeof(inner), "%s.", f->key);
			flat_columns(out, f->object, inner, first);
			continue;
		}
		bool list = flat_list(o, f, prefix[0] != '\0');
		bool time = f->kind == FIELD_TIME_MS || f->kind == FIELD_TIME_S;
		if (!list && !time && !is_number(f->kind) && f->kind != FIELD_BOOL &&
		    f->kind != FIELD_TRI && f->kind != FIELD_WORD && f->kind != FIELD_STR &&
		    f->kind != FIELD_RAW)
			continue;
		const char *type = list ? "Array(String)" : time ? "String" : clickhouse_scalar(f);
		fprintf(out, f->nullable ? "%s  `%s%s` Nullable(%s)" : "%s  `%s%s` %s",
			*first ? "" : ",\n", prefix, f->key, type);
		*first = false;
	}
}

static void print_clickhouse_flat(FILE *out, const struct dataset *d)
{
	bool first = true, hosts = d->object == fields_host();

	fprintf(out, "CREATE TABLE %s\n(\n", d->table);
	flat_columns(out, d->object, "", &first);
	fprintf(out,
		"\n)\nENGINE = MergeTree ORDER BY %s;\n\n"
		"-- Load a run, in its folder (times stay text; lists of objects are skipped%s):\n"
		"-- zstd -dcq %s |%s clickhouse-client "
		"--input_format_import_nested_json 1 "
		"--input_format_skip_unknown_fields 1 --query 'INSERT INTO %s FORMAT "
		"JSONEachRow'\n",
		d->key, hosts ? "; such servers want an object or none" : "", d->file,
		hosts ? " sed 's/,\"probe\":null}$/}/' |" : "", d->table);
}

/* ---- for people -------------------------------------------------------------------------- */

static const char *markdown_type(const struct field *f)
{
	if (is_number(f->kind))
		return "int";
	switch ((enum field_kind)f->kind) {
	case FIELD_BOOL:
	case FIELD_TRI:
		return "bool";
	case FIELD_WORD:
		return "enum";
	case FIELD_WORDS:
		return "[enum]";
	case FIELD_STRS:
	case FIELD_RAWS:
		return "[string]";
	case FIELD_PIECES:
		return "[int]";
	case FIELD_TIME_MS:
	case FIELD_TIME_S:
		return "time";
	case FIELD_OBJECT:
		return "object";
	case FIELD_OBJECTS:
		return "[object]";
	default:
		return "string";
	}
}

static void markdown_object(FILE *out, const struct object *o, const char *prefix)
{
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		char inner[128];
		fprintf(out, "| `%s%s` | %s%s | %s", prefix, f->key, markdown_type(f),
			f->nullable ? "/null" : "", f->doc);
		if ((f->kind == FIELD_WORD || f->kind == FIELD_WORDS) && f->words->count <= 32) {
			fputs(":", out);
			for (unsigned k = 0; k < f->words->count; k++)
				fprintf(out, " `%s`", f->words->word(k));
		}
		fputs(" |\n", out);
		if (f->object == NULL)
			continue;
		snprintf(inner, sizeof(inner), "%s%s%s.", prefix, f->key,
			 f->kind == FIELD_OBJECTS ? "[]" : "");
		markdown_object(out, f->object, inner);
	}
}

static void print_markdown(FILE *out, const struct dataset *d)
{
	fprintf(out,
		"# The %s, schema %d\n\nEvery key of one line of `%s`, in the order in which it is "
		"written. Printed by `mtasweep schema markdown%s`.\n\n"
		"| key | type | meaning |\n|---|---|---|\n",
		d->title, RECORD_SCHEMA, d->file, d->object == fields_host() ? " hosts" : "");
	markdown_object(out, d->object, "");
}

bool schema_table_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n > 0 && n <= SCHEMA_TABLE_MAX && name[n] == '\0' &&
	       (name[0] < '0' || name[0] > '9');
}

int schema_print(FILE *out, enum schema_kind kind, enum schema_of of, const char *table)
{
	static void (*const printers[])(FILE *, const struct dataset *) = {
		[SCHEMA_JSON] = print_json,
		[SCHEMA_DUCKDB] = print_duckdb,
		[SCHEMA_POSTGRES] = print_postgres,
		[SCHEMA_CLICKHOUSE] = print_clickhouse,
		[SCHEMA_CLICKHOUSE_FLAT] = print_clickhouse_flat,
		[SCHEMA_MARKDOWN] = print_markdown,
	};

	assert(schema_table_valid(table));
	struct dataset d = dataset_of(of, table);
	printers[kind](out, &d);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
