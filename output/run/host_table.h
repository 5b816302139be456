/*
 * host_table.h - what is known of each distinct MX host, in memory and as hosts.ndjson.zst: one
 * line a host, in frames like those of a run, so that whatever was written before an interruption
 * can be read again.
 *
 * A line is an object of mx.hosts of a record (what belongs to a name in it is null), with
 * `schema`, `pace_key` and `names` in front. Memory: the line and some 100 bytes a host.
 */
#ifndef MTASWEEP_HOST_TABLE_H
#define MTASWEEP_HOST_TABLE_H

#include "output/base/arena.h"
#include "output/base/errmsg.h"
#include "output/record/record.h"

struct host_table;

struct host_entry {
	const char *name; /* NUL-terminated; owned by the table */
	uint64_t names;	  /* in scope that have it as MX */
	char *line;	  /* NULL: nothing is known yet */
	size_t line_n;
	unsigned at; /* in the order in which they were added */
};

struct host_table *host_table_new(void); /* NULL without memory */
void host_table_free(struct host_table *t);
unsigned host_table_n(const struct host_table *t);
/* One more name has it. NULL without memory. */
struct host_entry *host_table_add(struct host_table *t, struct span name);
struct host_entry *host_table_find(const struct host_table *t, struct span name);
struct host_entry *host_table_at(const struct host_table *t, unsigned at);

/* Keeps what is known of the host as its line. 0, or -1 without memory. */
int host_table_set(struct host_table *t, struct host_entry *e, struct span pace_key,
		   const struct record_mx_host *h);
/* Reads it back into the arena: 0; -1 when there is none. */
int host_table_get(struct host_table *t, const struct host_entry *e, struct arena *a,
		   struct record_mx_host *out);

/* DIR/hosts.ndjson.zst: begins it with all that is known already, as a whole or not at all, and
 * then appends. 0 or
 * -1 (err). */
int host_table_open(struct host_table *t, const char *dir, struct errmsg *err);
/* Takes up lines of that file: of hosts that were added. A file that is not there has none. */
int host_table_load(struct host_table *t, const char *dir, struct errmsg *err);
int host_table_append(struct host_table *t, const struct host_entry *e, struct errmsg *err);
int host_table_close(struct host_table *t, struct errmsg *err);

#endif
