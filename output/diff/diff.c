/* diff.c - see diff.h. Two sorted streams of states are walked side by side. */
#include "output/diff/diff.h"

#include <assert.h>
#include <stdlib.h>

#include "output/diff/rowsort.h"
#include "output/run/select.h"
#include "output/run/run_set.h"
#include "output/text/number.h"

/* One run's states, in the order of their names. */
struct diff_stream {
	struct rowsort *rows;
	struct diff_side *side;
	struct buf last; /* the name before */
	bool has;	 /* whether there is a current name: */
	struct span domain, text;
	struct diff_state state;
};

struct diff {
	struct diff_stream old, new;
	struct diff_totals *totals;
	struct buf state, action; /* being written */
	const struct diff_wish *wish;
	struct diff_change change;
};

const char *diff_kind_name(enum diff_kind kind)
{
	static const char *const names[DIFF_KINDS] = {"changed", "only_old", "only_new",
						      "same",	 "unknown",  "not_scanned"};

	assert((unsigned)kind < DIFF_KINDS);
	return names[kind];
}

/* ---- reading ----------------------------------------------------------------------------- */

static int diff_add(struct diff *d, struct diff_stream *t, const struct record *r,
		    struct errmsg *err)
{
	t->side->records++;
	if (r->domain.p == NULL) {
		t->side->nameless++;
		return 0;
	}
	buf_reset(&d->state);
	buf_reset(&d->action);
	/* What was to be done before is of no use now. */
	if (d->wish->action != NULL && t == &d->new)
		d->wish->action(d->wish->action_owner, r, &d->action);
	diff_state_write(r, d->wish->select == NULL || select_matches(d->wish->select, r),
			 d->action.n > 0 ? span_of(d->action.p, d->action.n) : SPAN_NULL,
			 &d->state);
	if (d->state.failed || d->action.failed)
		return errmsg_set(err, "no memory for a record");
	return rowsort_add(t->rows, r->domain, span_of(d->state.p, d->state.n), err);
}

static enum diff_status diff_collect(struct diff *d, struct diff_stream *t, struct run_source *s,
				     struct errmsg *err)
{
	struct record r;
	struct span line;
	enum run_status status;

	while ((status = run_next(s, &r, &line, err)) == RUN_RECORD)
		if (diff_add(d, t, &r, err) != 0)
			return DIFF_FAILED;
	return status == RUN_END ? DIFF_DONE : DIFF_UNREADABLE;
}

static void diff_date(struct diff_side *side, const struct runinfo *info)
{
	const int64_t at = info->started_at_ms;

	if (at > 0 && (side->started_at_ms == 0 || at < side->started_at_ms))
		side->started_at_ms = at;
}

static enum diff_status diff_read_all(struct diff *d, struct diff_stream *t,
				      const struct run_set *set, struct run_source *s,
				      struct remarks *remarks, struct errmsg *err)
{
	enum diff_status status = DIFF_DONE;
	uint64_t names = 0; /* of the list; all shards have the same */
	bool stopped = false;

	for (unsigned i = 0; i < set->n && status == DIFF_DONE; i++) {
		status = DIFF_UNREADABLE;
		if (run_open(s, set->v[i], remarks, err) == 0) {
			names = s->has_info ? runinfo_names(&s->info) : names;
			stopped = stopped || (s->has_info && !s->info.completed);
			diff_date(t->side, &s->info);
			status = diff_collect(d, t, s, err);
		}
		run_close(s);
	}
	t->side->partial = stopped || t->side->records < names;
	return status;
}

/* All of one side: a run, or the shards of one. */
static enum diff_status diff_read(struct diff *d, struct diff_stream *t, const char *run,
				  struct remarks *remarks, struct errmsg *err)
{
	struct run_source *s = malloc(sizeof(*s));
	struct run_set *set = malloc(sizeof(*set));
	enum diff_status status = DIFF_FAILED;

	if (s == NULL || set == NULL || t->rows == NULL) {
		errmsg_set(err, "no memory");
	} else {
		status = run_set_open(set, &run, 1, remarks, err) == 0
				 ? diff_read_all(d, t, set, s, remarks, err)
				 : DIFF_UNREADABLE;
		run_set_release(set);
	}
	free(set);
	free(s);
	return status;
}

/* ---- walking ----------------------------------------------------------------------------- */

/* The next name of a run; records of the same name are passed over. */
static int diff_step(struct diff_stream *t, struct errmsg *err)
{
	if (t->has) {
		buf_reset(&t->last);
		buf_bytes(&t->last, t->domain.p, t->domain.n);
		if (t->last.failed)
			return errmsg_set(err, "no memory for a name");
	}
	for (bool first = !t->has;;) {
		int rc = rowsort_next(t->rows, &t->domain, &t->text, err);
		t->has = rc == 1;
		if (rc != 1)
			return rc;
		if (first || !span_eq(t->domain, span_of(t->last.p, t->last.n)))
			break;
		t->side->repeated++;
	}
	if (diff_state_read(t->text, &t->state) != 0)
		return errmsg_set(err, "rows that waited to be sorted came back damaged");
	return 0;
}

static int diff_order(struct span a, struct span b)
{
	int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return order != 0 ? order : a.n < b.n ? -1 : a.n > b.n;
}

static bool diff_changes(enum diff_kind kind)
{
	return kind <= DIFF_ONLY_NEW;
}

/* What is broken in another way may still lose mail where that is not known. And where senders get
 * no policy any more, those that stored the old one go on with it until its max_age is over (RFC
 * 8461 3.3, 5.1). */
static bool diff_loss_ends(const struct diff_change *c)
{
	if (c->after == NULL ||
	    (c->after->verdict != VERDICT_ENFORCE && c->after->verdict != VERDICT_TESTING &&
	     c->after->verdict != VERDICT_NONE))
		return false;
	bool known = c->direction == DIFF_BETTER ||
		     (c->direction == DIFF_STILL && diff_state_known(c->before, DIFF_IMPACT) &&
		      diff_state_known(c->after, DIFF_IMPACT));

	return known && diff_state_loses(c->before);
}

static void diff_put(struct diff *d)
{
	struct diff_change *c = &d->change;
	struct diff_totals *t = d->totals;

	assert(c->before != NULL || c->after != NULL);
	c->direction = diff_direction(c);
	c->gravity = diff_gravity(c);
	if (diff_changes(c->kind)) {
		t->directions[c->direction]++;
	} else {
		t->quiet[c->direction]++;
		t->quiet_kinds[c->kind]++;
	}
	if (diff_loss_ends(c)) {
		t->loss_ended++;
		t->loss_ended_by[c->direction]++;
	}
	d->wish->tell(d->wish->owner, c);
}

/* A name that has not changed, as far as we know: nothing is said, unless it loses mail. */
static void diff_quiet(struct diff *d, enum diff_kind kind, const struct diff_state *before)
{
	struct diff_change *c = &d->change;

	if (!diff_state_loses(&d->new.state))
		return;
	*c = (struct diff_change){
		.kind = kind, .domain = d->new.domain, .before = before, .after = &d->new.state};
	diff_put(d);
}

uint64_t diff_told(const struct diff_totals *t, enum diff_direction direction)
{
	return t->directions[direction] + t->quiet[direction];
}

uint64_t diff_losing(const struct diff_totals *t)
{
	return diff_told(t, DIFF_LOSS) + diff_told(t, DIFF_NEW_LOSS) +
	       diff_told(t, DIFF_UNSURE_LOSS) + diff_told(t, DIFF_STILL_LOSS);
}

bool diff_worse(const struct diff_totals *t)
{
	/* Names that are new in the list, too: tomorrow they only still lose mail. */
	return diff_losing(t) - diff_told(t, DIFF_STILL_LOSS) + t->directions[DIFF_WORSE] > 0;
}

bool diff_blind(const struct diff_totals *t)
{
	const bool empty =
		(t->old.partial && t->old.records == 0) || (t->new.partial && t->new.records == 0);

	return t->both == t->unknown && (empty || t->unknown + t->not_scanned > 0);
}

/* A name of both runs. */
static void diff_compare(struct diff *d)
{
	struct diff_totals *t = d->totals;
	struct diff_change *c = &d->change;
	const struct diff_state *before = &d->old.state, *after = &d->new.state;
	bool differs = false;

	assert(d->old.has && d->new.has &&span_eq(d->old.domain, d->new.domain));
	diff_state_level(&d->old.state, &d->new.state);
	if (before->v[DIFF_SELECTED].n + after->v[DIFF_SELECTED].n == 0)
		return;
	t->both++;
	if (!diff_state_comparable(before, after)) {
		t->unknown++;
		diff_quiet(d, DIFF_UNKNOWN, before);
		return;
	}
	t->verdicts[before->verdict][after->verdict]++;
	for (enum diff_key key = 0; key < DIFF_VALUES; key++) {
		bool other = diff_state_differs(before, after, key);
		t->keys[key] += other;
		differs = differs || other;
	}
	c->appeared_n = diff_state_appeared(before, after, c->appeared);
	c->gone_n = diff_state_appeared(after, before, c->gone);
	for (unsigned i = 0; i < c->appeared_n; i++)
		t->appeared[c->appeared[i]]++;
	for (unsigned i = 0; i < c->gone_n; i++)
		t->gone[c->gone[i]]++;
	if (!differs && c->appeared_n == 0 && c->gone_n == 0) {
		t->same++;
		diff_quiet(d, DIFF_SAME, before);
		return;
	}
	t->changed++;
	c->kind = DIFF_CHANGED;
	c->domain = d->old.domain;
	c->before = before;
	c->after = after;
	diff_put(d);
}

static void diff_alone(struct diff *d, struct diff_stream *t)
{
	struct diff_change *c = &d->change;
	bool old = t == &d->old;

	diff_state_level(&t->state, &t->state);
	if (t->state.v[DIFF_SELECTED].n == 0)
		return;
	if ((old ? &d->new : &d->old)->side->partial) {
		d->totals->not_scanned++;
		if (!old)
			diff_quiet(d, DIFF_NOT_SCANNED, NULL);
		return;
	}
	d->totals->only_old += old;
	d->totals->only_new += !old;
	c->kind = old ? DIFF_ONLY_OLD : DIFF_ONLY_NEW;
	c->domain = t->domain;
	c->before = old ? &t->state : NULL;
	c->after = old ? NULL : &t->state;
	c->appeared_n = c->gone_n = 0;
	diff_put(d);
}

static int diff_walk(struct diff *d, struct errmsg *err)
{
	if (diff_step(&d->old, err) != 0 || diff_step(&d->new, err) != 0)
		return -1;
	while (d->old.has || d->new.has) {
		int order = !d->new.has	  ? -1
			    : !d->old.has ? 1
					  : diff_order(d->old.domain, d->new.domain);
		if (order == 0)
			diff_compare(d);
		else
			diff_alone(d, order < 0 ? &d->old : &d->new);
		if ((order <= 0 && diff_step(&d->old, err) != 0) ||
		    (order >= 0 && diff_step(&d->new, err) != 0))
			return -1;
	}
	return 0;
}

static void diff_stream_init(struct diff_stream *t, struct diff_side *side, size_t memory)
{
	t->rows = rowsort_new(memory);
	t->side = side;
	buf_init(&t->last, RECORD_LINE_MAX);
}

static void diff_stream_release(struct diff_stream *t)
{
	rowsort_free(t->rows);
	buf_release(&t->last);
}

enum diff_status diff_runs(const char *const runs[2], const struct diff_wish *wish,
			   struct diff_totals *totals, struct remarks *remarks, struct errmsg *err)
{
	struct diff *d = calloc(1, sizeof(*d));

	*totals = (struct diff_totals){0};
	if (d == NULL) {
		errmsg_set(err, "no memory");
		return DIFF_FAILED;
	}
	d->totals = totals;
	d->wish = wish;
	buf_init(&d->state, DIFF_STATE_MAX);
	buf_init(&d->action, RECORD_LINE_MAX);
	diff_stream_init(&d->old, &totals->old, wish->memory);
	diff_stream_init(&d->new, &totals->new, wish->memory);
	enum diff_status status = diff_read(d, &d->old, runs[0], remarks, err);
	if (status == DIFF_DONE)
		status = diff_read(d, &d->new, runs[1], remarks, err);
	if (status == DIFF_DONE && totals->old.started_at_ms > totals->new.started_at_ms &&
	    totals->new.started_at_ms > 0)
		remarks_add(remarks,
			    "the second run (%s) is older than the first (%s) and is told as the "
			    "newer one; were they meant the other way round?",
			    number_time(totals->new.started_at_ms / 1000).s,
			    number_time(totals->old.started_at_ms / 1000).s);
	if (status == DIFF_DONE && diff_walk(d, err) != 0)
		status = DIFF_FAILED;
	diff_stream_release(&d->old);
	diff_stream_release(&d->new);
	buf_release(&d->state);
	buf_release(&d->action);
	free(d);
	return status;
}
