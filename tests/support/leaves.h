/*
 * leaves.h - the values of a record as a JSON parser sees them, by the path that leads there: what
 * conditions and columns must agree with, found without the table's offsets.
 */
#ifndef MTASWEEP_TEST_LEAVES_H
#define MTASWEEP_TEST_LEAVES_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "output/record/fields.h"
#include "output/record/record_emit.h"

#define LEAVES_MAX 400u

struct leaf {
	char key[120]; /* "mx.hosts.probe.how" */
	const struct field *f;
	bool among;    /* in one of a list of objects */
	bool findings; /* in one of the findings */
};

/* Base64 of what another key has is left out: lists and conditions see the bytes themselves. */
static inline unsigned leaves_of(const struct object *o, const struct leaf *at, struct leaf *v,
				 unsigned n)
{
	for (unsigned i = 0; i < o->n; i++) {
		const struct field *f = &o->fields[i];
		struct leaf own = *at;
		if (f->kind == FIELD_RAW || f->kind == FIELD_RAWS)
			continue;
		if (at->key[0] != '\0')
			strcat(own.key, ".");
		strcat(own.key, f->key);
		cr_assert_lt(strlen(own.key), sizeof(own.key) - 2 * FIELD_LEAD_MAX);
		own.f = f;
		own.among = at->among || f->kind == FIELD_OBJECTS;
		own.findings = at->findings || strcmp(own.key, "issues") == 0;
		if (f->object != NULL) {
			n = leaves_of(f->object, &own, v, n);
			continue;
		}
		cr_assert_lt(n, LEAVES_MAX);
		v[n++] = own;
	}
	return n;
}

/* Every path that ends in a value. */
static inline unsigned leaves_all(struct leaf *v)
{
	return leaves_of(fields_record(), &(struct leaf){.key = ""}, v, 0);
}

static inline void leaves_walk(json_t *value, const char *rest, json_t *found)
{
	size_t n = strcspn(rest, "."), i;
	json_t *element;
	char key[32];

	if (*rest == '\0' || json_is_null(value)) {
		json_array_append(found, value);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, element) leaves_walk(element, rest, found);
	} else {
		snprintf(key, sizeof(key), "%.*s", (int)n, rest);
		json_t *next = json_object_get(value, key);
		cr_assert_not_null(next, "%s", rest);
		leaves_walk(next, rest + n + (rest[n] == '.'), found);
	}
}

/* What stands there: one value, or one of each object of a list; null for an object that is null.
 * A list of words or texts is one value. To be released. */
static inline json_t *leaves_at(json_t *record, const char *key)
{
	json_t *found = json_array();

	leaves_walk(record, key, found);
	return found;
}

/* The record as it is stored, read by another parser. To be released. */
static inline json_t *leaves_record(const struct record *r)
{
	struct buf out;

	buf_init(&out, RECORD_LINE_MAX);
	cr_assert_eq(record_emit_once(r, &out), 0);
	json_t *v = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);
	cr_assert_not_null(v);
	buf_release(&out);
	return v;
}

/* Whether the text lost nothing on its way into JSON. */
static inline bool leaves_whole(const json_t *v)
{
	return strstr(json_string_value(v), "\xef\xbf\xbd") == NULL;
}

#endif
