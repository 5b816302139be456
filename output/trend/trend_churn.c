/*
 * trend_churn.c - see trend_churn.h.
 *
 * What happened is written down name by name and added when the name ends, because only then it is
 * known whether all runs have it.
 */
#include "output/trend/trend_churn.h"

#include <assert.h>
#include <stdlib.h>

/* X(counter, table, key, label for people: n; of what) */
#define CHURN_COUNTERS(X)                                                                          \
	X(NEW, TABLE_NAMES, "new", "not in the run before")                                        \
	X(GONE, TABLE_NAMES, "gone", "in the run before only")                                     \
	X(ADOPTED, TABLE_STS, "adopted", "has a record now")                                       \
	X(DROPPED, TABLE_STS, "dropped", "has none any more")                                      \
	X(UPGRADED, TABLE_STS, "upgraded", "stricter mode")                                        \
	X(DOWNGRADED, TABLE_STS, "downgraded", "weaker mode")                                      \
	X(BROKE, TABLE_STS, "broke", "worked, now broken")                                         \
	X(REPAIRED, TABLE_STS, "repaired", "was broken, now works")                                \
	X(TLSRPT_ADOPTED, TABLE_TLSRPT, "adopted", "has a valid record now")                       \
	X(TLSRPT_DROPPED, TABLE_TLSRPT, "dropped", "has none any more")                            \
	X(BOTH_CHANGED, TABLE_IDS, "both", "policy and id changed")                                \
	X(POLICY_ALONE, TABLE_IDS, "policy_alone", "policy, but not the id")                       \
	X(ID_ALONE, TABLE_IDS, "id_alone", "id, but not the policy")                               \
	X(IN_TIME, TABLE_CERTS, "in_time", "replaced in time")                                     \
	X(BETWEEN, TABLE_CERTS, "between", "replaced; in time?")                                   \
	X(LATE, TABLE_CERTS, "late", "replaced when expired")                                      \
	X(LAPSED, TABLE_CERTS, "lapsed", "kept, now expired")                                      \
	X(WITHIN_7, TABLE_REPAIRS, "7", "up to 7 days")                                            \
	X(WITHIN_30, TABLE_REPAIRS, "30", "8 to 30 days")                                          \
	X(WITHIN_90, TABLE_REPAIRS, "90", "31 to 90 days")                                         \
	X(WITHIN_365, TABLE_REPAIRS, "365", "91 to 365 days")                                      \
	X(LATER, TABLE_REPAIRS, "later", "more than a year")

enum churn_table {
	TABLE_NAMES,
	TABLE_STS,
	TABLE_TLSRPT,
	TABLE_IDS,
	TABLE_CERTS,
	TABLE_REPAIRS,
	TABLES_N
};

#define COUNTER_ITEM(id, table, key, label) CHURN_##id,
enum churn_counter { CHURN_COUNTERS(COUNTER_ITEM) CHURN_N };
#undef COUNTER_ITEM

static const struct {
	const char *key, *title, *note;
} tables[TABLES_N] = {
	[TABLE_NAMES] = {"churn_names", "Names that came and went",
			 "New of the names of the run; gone of those of the run before."},
	[TABLE_STS] = {"churn_mta_sts", "MTA-STS, name by name",
		       "Since the name's last conclusive answer. Adopted of names without a "
		       "record, dropped of names with one; modes of policies that worked both "
		       "times; broke of those that worked, repaired of those that were broken."},
	[TABLE_TLSRPT] = {"churn_tls_rpt", "TLS-RPT, name by name",
			  "Adopted of names without a valid record, dropped of names with one."},
	[TABLE_IDS] = {"churn_ids", "Policies and their ids",
		       "Of valid policies that were valid before. Senders that have the policy "
		       "look again only when the id changes (RFC 8461, section 3.3), so a policy "
		       "that changes alone is not noticed until max_age is over."},
	[TABLE_CERTS] = {"churn_certificates", "Certificates of policy hosts",
			 "Of certificates that were replaced: in time when the old one was still "
			 "valid in this run, late when it was seen expired, else it is not known; "
			 "lapsed of those that were kept."},
	[TABLE_REPAIRS] = {"churn_repairs", "Repaired, by how long it took",
			   "Of repaired policies: from the run that first saw them broken to the "
			   "run that first saw them work."},
};

struct churn_event {
	uint16_t run;
	uint8_t counter;
	bool hit;
};

/* What was last known of a name. */
struct churn_last {
	int run;     /* that has it, -1 before the first */
	int verdict; /* conclusive; -1 not known yet */
	int tlsrpt;  /* 0, 1; -1 not known yet */
	unsigned broken_since;
	uint64_t id, policy; /* of a valid policy; 0 none yet */
	uint64_t cert;	     /* 0 none yet */
	bool expired;
	int64_t cert_until; /* Unix seconds */
};

struct churn {
	const struct trend *t;
	struct churn_last last;
	unsigned events_n;
	struct churn_event *events; /* of the name; owned */
	struct {
		uint64_t n, of;
	} sums[TREND_RUNS_MAX][CHURN_N];
};

static const struct churn_last nothing = {.run = -1, .verdict = -1, .tlsrpt = -1};

struct churn *churn_new(const struct trend *t)
{
	struct churn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->t = t;
	c->last = nothing;
	/* Each counter once a run at most. */
	c->events = calloc((size_t)t->runs_n * CHURN_N, sizeof(*c->events));
	if (c->events == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void churn_free(struct churn *c)
{
	if (c == NULL)
		return;
	free(c->events);
	free(c);
}

/* One more that it could have happened to, and whether it did. */
static void event(struct churn *c, unsigned run, enum churn_counter counter, bool hit)
{
	assert(run < c->t->runs_n && c->events_n < c->t->runs_n * CHURN_N);
	c->events[c->events_n++] = (struct churn_event){(uint16_t)run, (uint8_t)counter, hit};
}

/* ---- MTA-STS ------------------------------------------------------------------------------- */

static bool conclusive(int64_t verdict)
{
	return verdict == VERDICT_ABSENT || verdict == VERDICT_ENFORCE ||
	       verdict == VERDICT_TESTING || verdict == VERDICT_NONE || verdict == VERDICT_BROKEN;
}

static int strictness(int verdict)
{
	return verdict == VERDICT_ENFORCE ? 2 : verdict == VERDICT_TESTING ? 1 : 0;
}

static void see_repair(struct churn *c, unsigned run)
{
	static const struct {
		int64_t days;
		enum churn_counter counter;
	} bins[] = {{7, CHURN_WITHIN_7},
		    {30, CHURN_WITHIN_30},
		    {90, CHURN_WITHIN_90},
		    {365, CHURN_WITHIN_365},
		    {INT64_MAX, CHURN_LATER}};
	int64_t ms = c->t->runs[run].started_at_ms - c->t->runs[c->last.broken_since].started_at_ms;
	bool found = false;

	assert(ms >= 0);
	for (unsigned i = 0; i < sizeof(bins) / sizeof(bins[0]); i++) {
		bool hit = !found && ms / 86400000 <= bins[i].days;
		event(c, run, bins[i].counter, hit);
		found = found || hit;
	}
}

static void see_policy_of(struct churn *c, unsigned run, int before, int now)
{
	if (before == VERDICT_BROKEN) {
		event(c, run, CHURN_REPAIRED, now != VERDICT_BROKEN);
		if (now != VERDICT_BROKEN)
			see_repair(c, run);
		return;
	}
	event(c, run, CHURN_BROKE, now == VERDICT_BROKEN);
	if (now == VERDICT_BROKEN)
		return;
	event(c, run, CHURN_UPGRADED, strictness(now) > strictness(before));
	event(c, run, CHURN_DOWNGRADED, strictness(now) < strictness(before));
}

static void see_sts(struct churn *c, unsigned run, const struct facts *f)
{
	int before = c->last.verdict, now = (int)f->verdict;

	if (!conclusive(f->verdict))
		return;
	if (before == VERDICT_ABSENT)
		event(c, run, CHURN_ADOPTED, now != VERDICT_ABSENT);
	else if (before >= 0)
		event(c, run, CHURN_DROPPED, now == VERDICT_ABSENT);
	if (before >= 0 && before != VERDICT_ABSENT && now != VERDICT_ABSENT)
		see_policy_of(c, run, before, now);
	if (now == VERDICT_BROKEN && before != VERDICT_BROKEN)
		c->last.broken_since = run;
	c->last.verdict = now;
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void see_tlsrpt(struct churn *c, unsigned run, const struct facts *f)
{
	if (!f->tlsrpt_known)
		return;
	if (c->last.tlsrpt == 0)
		event(c, run, CHURN_TLSRPT_ADOPTED, f->tlsrpt_valid);
	else if (c->last.tlsrpt == 1)
		event(c, run, CHURN_TLSRPT_DROPPED, !f->tlsrpt_valid);
	c->last.tlsrpt = f->tlsrpt_valid != 0;
}

static void see_id(struct churn *c, unsigned run, const struct facts *f)
{
	if (f->id_hash == 0 || f->policy_hash == 0)
		return;
	if (c->last.id != 0) {
		bool policy = f->policy_hash != c->last.policy, id = f->id_hash != c->last.id;
		event(c, run, CHURN_BOTH_CHANGED, policy && id);
		event(c, run, CHURN_POLICY_ALONE, policy && !id);
		event(c, run, CHURN_ID_ALONE, !policy && id);
	}
	c->last.id = f->id_hash;
	c->last.policy = f->policy_hash;
}

static void see_certificate(struct churn *c, unsigned run, const struct facts *f)
{
	int64_t now = c->t->runs[run].started_at_ms / 1000;

	if (f->cert_hash == 0 || f->cert_days == FACTS_CERT_DAYS_NONE)
		return;
	bool expired = f->cert_days < 0;
	if (c->last.cert != 0 && c->last.cert != f->cert_hash) {
		bool late = c->last.expired, in_time = !late && c->last.cert_until > now;
		event(c, run, CHURN_IN_TIME, in_time);
		event(c, run, CHURN_LATE, late);
		event(c, run, CHURN_BETWEEN, !in_time && !late);
	} else if (c->last.cert != 0 && !c->last.expired) {
		event(c, run, CHURN_LAPSED, expired);
	}
	c->last.cert = f->cert_hash;
	c->last.expired = expired;
	c->last.cert_until = now + f->cert_days * 86400;
}

void churn_see(struct churn *c, unsigned run, const struct facts *f)
{
	int before = c->last.run;

	assert((int)run > before && run < c->t->runs_n);
	if (before >= 0)
		event(c, (unsigned)before + 1, CHURN_GONE, (int)run != before + 1);
	if (run > 0)
		event(c, run, CHURN_NEW, before != (int)run - 1);
	see_sts(c, run, f);
	see_tlsrpt(c, run, f);
	see_id(c, run, f);
	see_certificate(c, run, f);
	c->last.run = (int)run;
}

void churn_end(struct churn *c, bool counts)
{
	unsigned after = (unsigned)(c->last.run + 1);

	if (c->last.run >= 0 && after < c->t->runs_n)
		event(c, after, CHURN_GONE, true);
	for (unsigned i = 0; i < c->events_n && counts; i++) {
		const struct churn_event *e = &c->events[i];
		c->sums[e->run][e->counter].of++;
		c->sums[e->run][e->counter].n += e->hit;
	}
	c->events_n = 0;
	c->last = nothing;
}

int churn_tables(const struct churn *c, struct trend *t)
{
	static const struct {
		enum churn_table table;
		const char *key, *label;
	} counters[CHURN_N] = {
#define COUNTER_ROW(id, table, key, label) {table, key, label},
		CHURN_COUNTERS(COUNTER_ROW)
#undef COUNTER_ROW
	};

	for (unsigned i = 0; i < CHURN_N; i++) {
		unsigned at = counters[i].table;
		struct trend_table *table =
			trend_table(t, tables[at].key, span_str(tables[at].title), true);
		struct trend_row *row = table != NULL
						? trend_row(t, table, span_str(counters[i].key),
							    span_str(counters[i].label))
						: NULL;
		if (row == NULL)
			return -1;
		table->note = tables[at].note;
		table->churn = true;
		for (unsigned run = 1; run < t->runs_n; run++)
			row->v[run] =
				(struct trend_value){true, c->sums[run][i].n, c->sums[run][i].of};
	}
	return 0;
}
