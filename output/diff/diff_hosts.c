/* diff_hosts.c - see diff_hosts.h. Two sorted streams of host lines are walked side by side. */
#include "output/diff/diff_hosts.h"

#include <stdlib.h>

#include "output/diff/rowsort.h"
#include "output/run/host_rows.h"
#include "output/run/run_set.h"

#define HOST_ARENA_FIRST 4096u

/* ---- streams ----------------------------------------------------------------------------- */

/* One run's hosts, in the order of their names. */
struct host_stream {
	struct rowsort *rows;
	bool any; /* the run has a file of hosts */
	struct buf last;
	bool has; /* whether there is a current host: */
	struct record_reader reader;
	struct arena arena;
	struct record_host host;
};

static int stream_init(struct host_stream *s, size_t memory)
{
	record_reader_init(&s->reader);
	buf_init(&s->last, HOST_LINE_MAX);
	s->rows = rowsort_new(memory);
	return arena_init(&s->arena, HOST_ARENA_FIRST, HOST_LINE_MAX) == 0 && s->rows != NULL ? 0
											      : -1;
}

static void stream_release(struct host_stream *s)
{
	rowsort_free(s->rows);
	arena_release(&s->arena);
	buf_release(&s->last);
}

static enum diff_status stream_collect(struct host_stream *s, const char *run, struct errmsg *err)
{
	struct host_rows *rows;
	struct record_host h;
	struct span line;
	int rc, added = 0;

	if (host_rows_open(&rows, run, err) != 0)
		return DIFF_UNREADABLE;
	s->any = s->any || rows != NULL;
	while (rows != NULL && (rc = host_rows_next(rows, &h, &line, err)) != 0 && added == 0) {
		if (rc < 0) {
			host_rows_close(rows);
			return DIFF_UNREADABLE;
		}
		added = rowsort_add(s->rows, h.mx.host, line, err);
	}
	host_rows_close(rows);
	return added == 0 ? DIFF_DONE : DIFF_FAILED;
}

/* All of one side: a run, or the shards of one. */
static enum diff_status stream_read(struct host_stream *s, const char *run, struct errmsg *err)
{
	struct remarks told = {0}; /* already, when its records were read */
	struct run_set *set = malloc(sizeof(*set));
	enum diff_status status = DIFF_UNREADABLE;

	if (set == NULL) {
		errmsg_set(err, "no memory");
		return DIFF_FAILED;
	}
	if (run_set_open(set, &run, 1, &told, err) == 0)
		status = DIFF_DONE;
	for (unsigned i = 0; status == DIFF_DONE && i < set->n; i++)
		status = stream_collect(s, set->v[i], err);
	run_set_release(set);
	remarks_release(&told);
	free(set);
	return status;
}

/* The next host; further lines of the same one are passed over. 0 or -1 (err). */
static int stream_step(struct host_stream *s, uint64_t *hosts, struct errmsg *err)
{
	struct span name, line;

	for (;;) {
		int rc = rowsort_next(s->rows, &name, &line, err);
		bool same = rc == 1 && s->has && span_eq(name, span_of(s->last.p, s->last.n));
		if (same)
			continue;
		s->has = rc == 1;
		if (rc != 1)
			return rc;
		break;
	}
	buf_reset(&s->last);
	buf_bytes(&s->last, name.p, name.n);
	arena_reset(&s->arena);
	/* The host's spans point into the line, which lives until the next call. */
	if (s->last.failed ||
	    record_read_host(&s->reader, line, &s->arena, &s->host) != RECORD_READ_OK)
		return errmsg_set(err, "no memory for a host");
	++*hosts;
	return 0;
}

/* ---- walking ----------------------------------------------------------------------------- */

static void walk_compare(struct host_stream side[2], host_tell *tell, void *owner,
			 struct host_totals *t)
{
	struct host_change c = {.names = side[1].host.names};

	t->both++;
	if (!host_compare(&side[0].host.mx, &side[1].host.mx, &c)) {
		t->unknown++;
	} else if (c.events == 0) {
		t->same++;
	} else {
		t->changed++;
		t->directions[c.direction]++;
		for (unsigned i = 0; i < HOST_EVENT_COUNT; i++)
			t->events[i] += c.events >> i & 1;
		tell(owner, &c);
	}
}

static int walk_order(const struct host_stream *a, const struct host_stream *b)
{
	if (!a->has || !b->has)
		return a->has ? -1 : 1;
	size_t n = a->last.n < b->last.n ? a->last.n : b->last.n;
	int order = memcmp(a->last.p, b->last.p, n);
	return order != 0 ? order : a->last.n < b->last.n ? -1 : a->last.n > b->last.n;
}

static int walk(struct host_stream side[2], host_tell *tell, void *owner, struct host_totals *t,
		struct errmsg *err)
{
	if (stream_step(&side[0], &t->hosts[0], err) != 0 ||
	    stream_step(&side[1], &t->hosts[1], err) != 0)
		return -1;
	while (side[0].has || side[1].has) {
		int order = walk_order(&side[0], &side[1]);
		t->only_old += order < 0;
		t->only_new += order > 0;
		if (order == 0)
			walk_compare(side, tell, owner, t);
		if ((order <= 0 && stream_step(&side[0], &t->hosts[0], err) != 0) ||
		    (order >= 0 && stream_step(&side[1], &t->hosts[1], err) != 0))
			return -1;
	}
	return 0;
}

enum diff_status diff_hosts(const char *const runs[2], size_t memory, host_tell *tell, void *owner,
			    struct host_totals *totals, struct remarks *remarks, struct errmsg *err)
{
	struct host_stream *side = calloc(2, sizeof(*side));
	enum diff_status status = DIFF_FAILED;

	*totals = (struct host_totals){0};
	if (side == NULL || stream_init(&side[0], memory) + stream_init(&side[1], memory) != 0)
		errmsg_set(err, "no memory");
	else if ((status = stream_read(&side[0], runs[0], err)) == DIFF_DONE)
		status = stream_read(&side[1], runs[1], err);
	if (status == DIFF_DONE && side[0].any != side[1].any)
		remarks_add(remarks, "%s visited no MX hosts: those of %s are not compared",
			    runs[side[0].any], runs[side[1].any]);
	if (status == DIFF_DONE && side[0].any && side[1].any) {
		totals->compared = true;
		if (walk(side, tell, owner, totals, err) != 0)
			status = DIFF_FAILED;
	}
	for (unsigned i = 0; side != NULL && i < 2; i++)
		stream_release(&side[i]);
	free(side);
	return status;
}
