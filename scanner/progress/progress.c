/*
 * progress.c - the text of progress and summary, and its rates; see progress.h. The writer is in
 * progress_write.c, the JSON in progress_json.c.
 */
#include "scanner/progress/progress.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "output/text/number.h"
#include "output/text/text.h"

#define METER_WINDOW_MS 10000.0
#define METER_LEFT_MS 5000.0 /* what is left is shown as it is from here on */
#define METER_LEFT_MIN_MS 1000.0
#define LEFT_TEXT 96
#define LAST_MS 2000 /* of those that are left, at the pace of all */
#define BAR_MIN 10u
#define BAR_MAX 30u
#define RATE_BINDS 0.9
#define RATE_BOUND 0.7 /* and still does */
/* Before the first names are done, how many are done a second says nothing. */
#define EARLY_MS 10000u
#define EARLY_NAMES 20u
#define SETTLED_NAMES                                                                              \
	10000u /* beside them the names that are begun and not done count for little */

/* ---- rates ------------------------------------------------------------------------------- */

static double blend(double old, double now, double weight)
{
	return old + (now - old) * weight;
}

/* As many questions are sent as may be: what waits waits for that. */
static bool rate_binds(const struct progress_data *d)
{
	return d->dns_rate > 0 &&
	       d->questions_per_s >= (d->rate_bound ? RATE_BOUND : RATE_BINDS) * d->dns_rate;
}

/* Of the bytes read, only those whose names are done: reading runs ahead. */
static double bytes_done(const struct progress_data *d)
{
	double done = (double)d->bytes_done;

	return d->names_read > d->names_done ? done * (double)d->names_done / (double)d->names_read
					     : done;
}

double progress_share(const struct progress_data *d)
{
	bool by_names = d->names_total > 0;
	double done = by_names ? (double)d->names_done : bytes_done(d);
	double total = (double)(by_names ? d->names_total : d->bytes_total);

	if (total <= 0)
		return -1;
	return done < total ? done / total : 1;
}

/* Names in all; before the input's end as many as its size lets expect, on three digits. 0: not
 * known. */
static uint64_t progress_total(const struct progress_data *d)
{
	uint64_t power = 1;

	if (d->names_total > 0 || d->bytes_total == 0 || d->bytes_done == 0 || d->names_read == 0)
		return d->names_total;
	double n = (double)d->names_read * (double)d->bytes_total / (double)d->bytes_done;
	if (n > 1e18)
		return 0;
	uint64_t total = (uint64_t)n;
	while (total / power >= 1000)
		power *= 10;
	total = (total + power / 2) / power * power;
	return total > d->names_done ? total : d->names_done;
}

/* Names a second: as they were done lately, or as the rate of questions lets them be. Then they are
 * done in bursts, many being asked about at a time, and lately says little. */
static double progress_pace(const struct progress_data *d)
{
	uint64_t names = d->names_done - d->names_before;
	double each = d->questions_each;

	if (!rate_binds(d))
		return d->names_per_s;
	/* Fewer than expected: registries denied names. More: questions were asked again. */
	if (names >= SETTLED_NAMES || (names > 0 && (double)d->questions < each * (double)names))
		each = (double)d->questions / (double)names;
	return d->dns_rate / each;
}

/* The rate alone says how long it takes, as if no name cost more than it must. */
static bool eta_is_least(const struct progress_data *d)
{
	return rate_binds(d) && d->names_done - d->names_before < SETTLED_NAMES;
}

static size_t failing_count(const struct progress_data *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->resolvers_n; i++)
		n += d->resolvers[i].state != NULL;
	return n;
}

/* By how fast names have been done lately, and not before the slowest policy host has served those
 * that wait for it. While something is left, it is never nothing. */
static int64_t eta_ms(const struct progress_data *d)
{
	double share = progress_share(d);

	double pace = progress_pace(d);
	bool early = d->elapsed_ms < EARLY_MS && d->names_done < d->names_before + EARLY_NAMES &&
		     !rate_binds(d);

	/* Names done before say nothing about when a resolver will answer again. */
	if (d->resolvers_n > 0 && failing_count(d) == d->resolvers_n)
		return -1;
	if (share < 0 || pace <= 0 || early)
		return share >= 0 && d->slowest_ms > 0 ? (int64_t)d->slowest_ms : -1;
	double left = share >= 1	   ? 0
		      : d->names_total > 0 ? (double)(d->names_total - d->names_done)
		      : share > 0	   ? (double)d->names_done * (1 - share) / share
		      : rate_binds(d)	   ? (double)progress_total(d)
					   : -1;
	if (left < 0)
		return -1;
	double ms = left / pace * 1000;
	if (left >= 1 && ms < 1000)
		ms = 1000;
	if (ms < (double)d->slowest_ms)
		ms = (double)d->slowest_ms;
	return ms < 1e15 ? (int64_t)ms : -1;
}

/* What is left, from when the scan will end: where names are done in bursts, each burst would throw
 * it about. */
static int64_t meter_left(struct progress_meter *m, const struct progress_data *d, double ms,
			  uint64_t now_ms)
{
	int64_t left = eta_ms(d);
	double end = (double)now_ms + (double)left;

	if ((double)left < METER_LEFT_MS) {
		m->end_ms = 0;
		return 0;
	}
	/* Early little is known, and each estimate is better than those before. */
	double window = fmin((double)left, 3 * (double)d->elapsed_ms) / 10;
	window = fmax(window, METER_LEFT_MIN_MS);
	m->end_ms = m->end_ms > 0 && ms < window ? blend(m->end_ms, end, ms / window) : end;
	return m->end_ms > (double)now_ms ? (int64_t)(m->end_ms - (double)now_ms) : 0;
}

void progress_meter_update(struct progress_meter *m, struct progress_data *d, uint64_t now_ms)
{
	assert(!m->started || now_ms >= m->at_ms);
	double ms = (double)(now_ms - m->at_ms);

	if (m->started && ms > 0) {
		double names = (double)(d->names_done - m->names) * 1000 / ms;
		double bytes = (double)(d->bytes_done - m->bytes) * 1000 / ms;
		double questions = (double)(d->questions - m->questions) * 1000 / ms;
		/* Until the window is full, the mean of all there was: a burst at the start is
		 * no rate of the seconds after it. */
		m->known_ms =
			m->known_ms + ms < METER_WINDOW_MS ? m->known_ms + ms : METER_WINDOW_MS;
		double weight = ms < m->known_ms ? ms / m->known_ms : 1;
		m->names_per_s = blend(m->names_per_s, names, weight);
		m->bytes_per_s = blend(m->bytes_per_s, bytes, weight);
		m->questions_per_s = blend(m->questions_per_s, questions, weight);
	}
	if (!m->started || ms > 0) {
		m->at_ms = now_ms;
		m->names = d->names_done;
		m->bytes = d->bytes_done;
		m->questions = d->questions;
		m->started = true;
	}
	d->names_per_s = m->names_per_s;
	d->bytes_per_s = m->bytes_per_s;
	d->questions_per_s = m->questions_per_s;
	d->rate_bound = m->rate_bound;
	m->rate_bound = rate_binds(d);
	d->steady_ms = meter_left(m, d, ms, now_ms);
}

int64_t progress_left_ms(const struct progress_data *d)
{
	return d->steady_ms > 0 ? d->steady_ms : eta_ms(d);
}

/* ---- the parts of both forms ------------------------------------------------------------- */

/* What needs attention comes first, the bulk last. */
static const struct {
	enum verdict verdict;
	enum text_style style;
} verdict_order[] = {
	{VERDICT_ENFORCE, TEXT_GOOD},	      {VERDICT_TESTING, TEXT_CODE},
	{VERDICT_NONE, TEXT_PLAIN},	      {VERDICT_BROKEN, TEXT_BAD},
	{VERDICT_INCONCLUSIVE, TEXT_WARNING}, {VERDICT_ABSENT, TEXT_PLAIN},
	{VERDICT_INVALID_INPUT, TEXT_PLAIN},  {VERDICT_EXCLUDED, TEXT_PLAIN},
};
static_assert(sizeof(verdict_order) / sizeof(verdict_order[0]) == PROGRESS_VERDICTS,
	      "every verdict is shown");

/* A part of the block; what does not fit behind the others begins a line. */
#define PUT(t, gap, style, ...)                                                                    \
	do {                                                                                       \
		if (!text_part(t, gap, style, __VA_ARGS__) && (t)->column > 0) {                   \
			text_line(t);                                                              \
			text_part(t, 0, style, __VA_ARGS__);                                       \
		}                                                                                  \
	} while (0)

/* In a block parts are set apart by columns, in a sentence by signs. */
static void put_verdicts(struct text *t, const struct progress_data *d, bool sentence)
{
	const char *sign = sentence ? "; " : "";

	for (size_t i = 0; i < PROGRESS_VERDICTS; i++) {
		enum verdict v = verdict_order[i].verdict;
		if (d->verdicts[v] == 0)
			continue;
		PUT(t, sentence ? 0 : 2, verdict_order[i].style, "%s%s %s", sign, verdict_name(v),
		    number_grouped(d->verdicts[v]).s);
		sign = sentence ? ", " : "";
	}
}

static void put_trouble(struct text *t, const struct progress_data *d, bool sentence)
{
	size_t failing = failing_count(d), shown = 0;
	enum text_style style = sentence ? TEXT_PLAIN : TEXT_WARNING;
	const char *sign = sentence ? "; " : "";
	unsigned gap = sentence ? 0 : 2;

	if (failing > 0)
		text_part(t, gap, style, "%s%zu of %zu resolvers in trouble:", sign, failing,
			  d->resolvers_n);
	for (size_t i = 0; i < d->resolvers_n && shown < failing; i++) {
		const struct progress_resolver *r = &d->resolvers[i];
		if (r->state == NULL)
			continue;
		/* Room is kept for saying how many are not named. */
		t->width -= 12;
		bool fits = text_part(t, 1, TEXT_PLAIN, "%s %s%s", r->name, r->state,
				      shown + 1 < failing ? "," : "");
		t->width += 12;
		if (!fits)
			break;
		shown++;
	}
	if (shown < failing)
		text_part(t, 1, TEXT_PLAIN, "+%zu", failing - shown);
	if (d->workers_replaced > 0)
		PUT(t, gap, style, "%sworkers replaced: %s", sign,
		    number_grouped(d->workers_replaced).s);
}

/* ---- the live block ---------------------------------------------------------------------- */

static void put_bar(struct text *t, double share, unsigned reserved)
{
	char bar[BAR_MAX + 1];
	unsigned used = t->column + 2 + 2 + reserved;
	unsigned cells = t->width > used ? t->width - used : 0;

	if (cells > BAR_MAX)
		cells = BAR_MAX;
	if (cells < BAR_MIN)
		return;
	unsigned full = (unsigned)(share * cells);
	for (unsigned i = 0; i < cells; i++)
		bar[i] = i < full ? '=' : i == full ? '>' : ' ';
	bar[cells] = '\0';
	text_part(t, 2, TEXT_PLAIN, "[%s]", bar);
}

/* What the slowest policy host holds up; a line of the block, or a part of a sentence. */
static void put_waiting(struct text *t, const struct progress_data *d)
{
	PUT(t, 0, TEXT_PLAIN, "waiting: %s %s of %s,", number_grouped(d->slowest_n).s,
	    d->slowest_n == 1 ? "policy" : "policies", d->slowest);
	/* Hosts that answer slowly take longer: only so many connections are open at a time. */
	PUT(t, 1, TEXT_PLAIN, "%s a second: at least %s",
	    number_rate((double)d->slowest_n * 1000 / (double)d->slowest_ms).s,
	    number_duration(d->slowest_ms).s);
}

static void put_rate(struct text *t, const struct progress_data *d)
{
	PUT(t, 0, TEXT_PLAIN, "held back by --dns-rate: %s questions a second",
	    number_rate(d->dns_rate).s);
}

/* "3 min 12 s left", or how many are waited for, where the pace of all others says nothing of them;
 * empty where nothing is known. */
static void left_text(const struct progress_data *d, char out[LEFT_TEXT])
{
	const int64_t eta = progress_left_ms(d);
	const uint64_t left = d->names_total > d->names_done ? d->names_total - d->names_done : 0;

	out[0] = '\0';
	if (eta >= 0 && eta <= LAST_MS && left > 0 && left <= d->names_done / 100)
		snprintf(out, LEFT_TEXT, "waiting for the last %s",
			 left > 1 ? number_names(left).s : "name");
	else if (eta >= 0)
		snprintf(out, LEFT_TEXT, "%s%s left", eta_is_least(d) ? "at least " : "",
			 number_duration((uint64_t)eta).s);
}

static void put_head(struct text *t, const struct progress_data *d)
{
	const double share = progress_share(d);
	const uint64_t total = progress_total(d);
	struct number done = number_grouped(d->names_done);
	char left[LEFT_TEXT];

	left_text(d, left);
	if (total == 0 || !text_part(t, 0, TEXT_TITLE, "%s of %s%s names", done.s,
				     d->names_total > 0 ? "" : "about ", number_grouped(total).s))
		text_part(t, 0, TEXT_TITLE, "%s names", done.s);
	if (share >= 0) {
		struct number pc = number_percent_done(share);
		unsigned reserved = 1 + (unsigned)strlen(pc.s);
		if (left[0] != '\0')
			reserved += 2 + (unsigned)strlen(left);
		put_bar(t, share, reserved);
		PUT(t, 1, TEXT_PLAIN, "%s", pc.s);
	}
	if (d->stopping)
		PUT(t, 2, TEXT_WARNING, "stopping");
	else if (left[0] != '\0')
		PUT(t, 2, TEXT_PLAIN, "%s", left);
	text_line(t);
}

/* What was written, to the caller; nothing at all without memory. */
static size_t progress_copy(struct text *t, char *buf)
{
	size_t n = t->out.n < PROGRESS_TEXT_MAX ? t->out.n : PROGRESS_TEXT_MAX - 1;

	if (n > 0)
		memcpy(buf, t->out.p, n);
	buf[n] = '\0';
	text_release(t);
	return n;
}

size_t progress_block(const struct progress_data *d, unsigned width, bool colour, char *buf)
{
	struct text t;

	text_init(&t, colour, width, PROGRESS_TEXT_MAX);
	put_head(&t, d);
	text_part(&t, 0, TEXT_PLAIN, "%s names/s", number_rate(d->names_per_s).s);
	PUT(&t, 2, TEXT_PLAIN, "%s", number_duration(d->elapsed_ms).s);
	PUT(&t, 2, TEXT_PLAIN, "in flight: %s DNS, %s fetches", number_grouped(d->dns_in_flight).s,
	    number_grouped(d->fetches_in_flight).s);
	PUT(&t, 2, TEXT_PLAIN, "%s asked again", number_grouped(d->retries).s);
	text_line(&t);
	if (d->slowest != NULL && d->slowest_ms >= 1000) {
		put_waiting(&t, d);
		text_line(&t);
	}
	if (rate_binds(d)) {
		put_rate(&t, d);
		text_line(&t);
	}
	put_verdicts(&t, d, false);
	if (t.column > 0)
		text_line(&t);
	put_trouble(&t, d, false);
	if (t.column > 0)
		text_line(&t);
	return progress_copy(&t, buf);
}

/* ---- one line ---------------------------------------------------------------------------- */

size_t progress_line(const struct progress_data *d, char *buf)
{
	struct text t;
	double share = progress_share(d);
	char left[LEFT_TEXT];

	left_text(d, left);
	text_init(&t, false, PROGRESS_TEXT_MAX / 2, PROGRESS_TEXT_MAX);
	text_part(&t, 0, TEXT_PLAIN, "%s: %s", number_duration(d->elapsed_ms).s,
		  number_grouped(d->names_done).s);
	if (progress_total(d) > 0)
		text_part(&t, 1, TEXT_PLAIN, "of %s%s", d->names_total > 0 ? "" : "about ",
			  number_grouped(progress_total(d)).s);
	text_part(&t, 1, TEXT_PLAIN, "names");
	if (share >= 0)
		text_part(&t, 1, TEXT_PLAIN, "(%s)", number_percent_done(share).s);
	text_part(&t, 0, TEXT_PLAIN, ", %s/s", number_rate(d->names_per_s).s);
	if (d->stopping)
		text_part(&t, 0, TEXT_PLAIN, ", stopping");
	else if (left[0] != '\0')
		text_part(&t, 0, TEXT_PLAIN, ", %s", left);
	if (d->slowest != NULL && d->slowest_ms >= 1000) {
		text_part(&t, 0, TEXT_PLAIN, ", ");
		put_waiting(&t, d);
	}
	if (rate_binds(d)) {
		text_part(&t, 0, TEXT_PLAIN, ", ");
		put_rate(&t, d);
	}
	text_part(&t, 0, TEXT_PLAIN, ", in flight %s DNS %s fetches, %s asked again",
		  number_grouped(d->dns_in_flight).s, number_grouped(d->fetches_in_flight).s,
		  number_grouped(d->retries).s);
	put_verdicts(&t, d, true);
	put_trouble(&t, d, true);
	text_line(&t);
	return progress_copy(&t, buf);
}

/* ---- the summary ------------------------------------------------------------------------- */

uint64_t progress_expected(const struct progress_summary *s)
{
	uint64_t fillers = s->blank + s->comments + s->headers + s->continued + s->not_selected;

	assert(fillers <= s->lines);
	return s->lines - fillers;
}

static void put_balance(struct text *t, const struct progress_summary *s)
{
	uint64_t expected = progress_expected(s), records = s->data.names_done;

	/* Lines that were read ahead are no loss, so they are not counted up to anybody. */
	if (s->stopped && expected != records) {
		text_part(t, 0, TEXT_PLAIN,
			  "Stopped before the end of the input: %s records are stored, nothing is "
			  "lost; --resume scans the rest.",
			  number_grouped(records).s);
		text_line(t);
		text_part(t, 0, TEXT_PLAIN,
			  "Broken and inconclusive names take longest: more of them are to come.");
		text_line(t);
		return;
	}
	if (expected == records)
		text_part(t, 0, TEXT_PLAIN, "in == out: %s input lines, %s records",
			  number_grouped(expected).s, number_grouped(records).s);
	else
		text_part(t, 0, TEXT_PLAIN, "in != out: %s input lines, %s records",
			  number_grouped(expected).s, number_grouped(records).s);
	const struct {
		uint64_t n;
		const char *what;
	} skipped[] = {
		{s->blank, "blank"},
		{s->comments, "comments"},
		{s->headers, "headers"},
		{s->continued, "continued"},
		{s->not_selected, "not selected"},
	};
	const char *before = " (skipped: ";
	for (size_t i = 0; i < sizeof(skipped) / sizeof(skipped[0]); i++) {
		if (skipped[i].n == 0)
			continue;
		text_part(t, 0, TEXT_PLAIN, "%s%s %s", before, number_grouped(skipped[i].n).s,
			  skipped[i].what);
		before = ", ";
	}
	if (before[0] == ',')
		text_part(t, 0, TEXT_PLAIN, ")");
	text_line(t);
	if (s->stopped)
		text_part(t, 0, TEXT_PLAIN,
			  "Stopped before the end of the input; --resume scans the rest.");
	else if (expected != records)
		text_part(t, 0, TEXT_PLAIN,
			  "Lines were lost. This is a bug; the results are incomplete.");
	if (t->column > 0)
		text_line(t);
}

/* How fast it was: of a run that was resumed, since then. */
static void put_pace(struct text *t, const struct progress_data *d)
{
	assert(d->names_before <= d->names_done);
	const uint64_t n = d->names_done - d->names_before;
	double rate = d->elapsed_ms > 0 ? (double)n * 1000 / (double)d->elapsed_ms : 0;

	text_part(t, 0, TEXT_PLAIN, "%s in %s, %s names/s", number_names(n).s,
		  number_duration(d->elapsed_ms).s, number_rate(rate).s);
	if (d->names_before > 0)
		text_part(t, 0, TEXT_PLAIN, ", resumed behind %s that were done",
			  number_grouped(d->names_before).s);
	text_line(t);
}

size_t progress_summary(const struct progress_summary *s, char *buf)
{
	struct text t;
	const struct progress_data *d = &s->data;
	uint64_t names = d->names_done > 0 ? d->names_done : 1;

	text_init(&t, false, PROGRESS_TEXT_MAX / 2, PROGRESS_TEXT_MAX);
	put_pace(&t, d);
	put_balance(&t, s);
	for (size_t i = 0; i < PROGRESS_VERDICTS; i++) {
		enum verdict v = verdict_order[i].verdict;
		if (d->verdicts[v] == 0)
			continue;
		/* Rounded as in the report; only progress must not seem further than it is. */
		text_part(&t, 0, TEXT_PLAIN, "  %-13s %15s  %9s", verdict_name(v),
			  number_grouped(d->verdicts[v]).s, number_share(d->verdicts[v], names).s);
		text_line(&t);
	}
	text_part(&t, 0, TEXT_PLAIN,
		  "%s%s DNS queries sent, %s questions asked again; %s policy fetches",
		  d->names_before > 0 ? "since then: " : "", number_grouped(d->questions).s,
		  number_grouped(d->retries).s, number_grouped(d->fetches).s);
	text_line(&t);
	put_trouble(&t, d, false);
	if (t.column > 0)
		text_line(&t);
	return progress_copy(&t, buf);
}
