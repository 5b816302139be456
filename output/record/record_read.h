/*
 * record_read.h - a stored line back into struct record, for report, recheck and diff.
 *
 * Reads what record_emit() wrote, and any JSON that means the same: other key order, white space,
 * keys it does not know (skipped, counted), keys that are missing because an older version wrote
 * the line (their fields stay null). Words of a vocabulary that it does not know are counted; a
 * finding with an unknown code is left out. No document tree is built: about a thousand bytes a
 * microsecond matter when a report is made from ten million lines.
 */
#ifndef MTASWEEP_RECORD_READ_H
#define MTASWEEP_RECORD_READ_H

#include "output/base/arena.h"
#include "output/record/record.h"

enum record_read_status {
	RECORD_READ_OK,
	RECORD_READ_BAD,    /* no record: `error` and `at` say why and where */
	RECORD_READ_MEMORY, /* the arena is exhausted: our failure */
};

struct record_reader {
	/* About the last line. */
	int64_t schema;
	unsigned missing;      /* keys of fields.def that the line lacks */
	unsigned unknown_keys; /* keys that fields.def lacks */
	unsigned unknown_words;
	const char *error; /* static text */
	const char *key;   /* the key it is about, or NULL */
	size_t at;	   /* byte in the line, from 0 */
	/* Finding codes by a hash of their text: 1 + enum issue. */
	uint16_t codes[512];
	/* How the emitter writes the policy of a name that has none: most lines have it, byte for
	 * byte, and one comparison passes over its two dozen keys. */
	char no_policy[1024];
	size_t no_policy_n;
};

void record_reader_init(struct record_reader *rr);
/*
 * *r is initialised first. Its spans point into the line (strings without escapes) or into the
 * arena, which is not reset here.
 */
enum record_read_status record_read(struct record_reader *rr, struct span line, struct arena *a,
				    struct record *r);

/* One MX host as record_emit_mx_host() wrote it; further keys are passed over. */
enum record_read_status record_read_mx_host(struct record_reader *rr, struct span text,
					    struct arena *a, struct record_mx_host *h);
/* A line of hosts.ndjson.zst, likewise. */
enum record_read_status record_read_host(struct record_reader *rr, struct span line,
					 struct arena *a, struct record_host *h);

#endif
