/*
 * fields.h - the record as a table: which keys a line has, in which order, and where in struct
 * record each one lives.
 *
 * fields.def is the one place where a key is described. The emitter and the reader walk this table,
 * and the JSON Schema, the CREATE TABLEs and the key's documentation are printed from it.
 */
#ifndef MTASWEEP_FIELDS_H
#define MTASWEEP_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "output/record/record.h"

/* How a member of the struct becomes JSON. In brackets the member's C type. */
enum field_kind {
	FIELD_SCHEMA, /* the constant RECORD_SCHEMA (no member) */
	FIELD_I64,    /* integer (int64_t); `null_value` is null */
	FIELD_U64,    /* integer (uint64_t) */
	FIELD_INT,    /* integer (int); `null_value` is null */
	FIELD_U32,    /* integer (uint32_t or unsigned) */
	FIELD_U16,    /* integer (uint16_t) */
	FIELD_BOOL,   /* true, false (bool) */
	FIELD_TRI,    /* true, false, null (int: 1, 0, -1) */
	FIELD_WORD,   /* a word of a vocabulary (an enum, or int with -1 for null) */
	FIELD_WORDS,  /* list of words (uint32_t, bit n for word n) */
	FIELD_STR,    /* string or null (struct span) */
	FIELD_STRS,   /* list of strings (const struct span *, unsigned) */
	FIELD_PIECES, /* list of integers (const uint16_t *, unsigned; NULL is an empty list) */
	FIELD_RAW,    /* base64 (struct span of another field), null when that field lost nothing */
	FIELD_RAWS,   /* list of base64, empty when the other field lost nothing */
	FIELD_TIME_MS, /* time (int64_t, Unix milliseconds) */
	FIELD_TIME_S,  /* time or null (int64_t, Unix seconds, INT64_MIN is null) */
	FIELD_OBJECT, /* object (members of the same struct, at an offset); null unless `present` */
	FIELD_OBJECTS, /* list of objects (pointer, unsigned) */
};

/* A word as it stands in a record, in quotes, with NULs behind: one copy of constant size. */
struct field_word {
	uint8_t n;
	char text[47];
};

struct field_words {
	const char *name;
	unsigned count;
	const char *(*word)(unsigned v);
	int (*parse)(struct span word);	 /* -1 for a word that is not in the table */
	const struct field_word *quoted; /* `count` of them */
};

struct object;

#define FIELD_LEAD_MAX 32

struct field {
	const char *key;
	char lead[FIELD_LEAD_MAX]; /* ,"key": */
	uint8_t key_n, lead_n;
	uint8_t kind; /* enum field_kind */
	bool nullable;
	uint32_t at;   /* offset of the member in its struct */
	uint32_t at_n; /* offset of its count */
	int64_t null_value;
	const struct field_words *words;
	const struct object *object;
	const char *doc;
};

struct object {
	const char *name;
	size_t size; /* of the C struct */
	unsigned n;
	const struct field *fields;
	/* For an object that may be null: whether there is anything to say. NULL: always. */
	bool (*present)(const void *base);
};

#define FIELDS_MAX 64 /* of one object; the reader keeps a bit a field */

/* An object that stands in a list, with nothing to say: what may be null is null, what may not is
 * zero. */
void fields_silence(const struct object *o, void *base);

/* The whole record; static storage. */
const struct object *fields_record(void);
const struct object *fields_mx_host(void); /* one of mx.hosts */
const struct object *fields_host(void);	   /* a line of hosts.ndjson.zst */

#endif
