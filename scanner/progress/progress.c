/*
 * progress.c - the text of progress and summary, and its rates; see progress.h. The writer is in
 * progress_write.c, the JSON in progress_json.c.
 */
#include "scanner/progress/progress.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define METER_WINDOW_MS 10000.0
#define BAR_MIN 10u
#define BAR_MAX 30u

/* ---- rates ------------------------------------------------------------------------------- */

static double blend(double old, double now, double weight)
{
	return old + (now - old) * weight;
}

void progress_meter_update(struct progress_meter *m, struct progress_data *d, uint64_t now_ms)
{
	double ms = (double)(now_ms - m->at_ms);

	if (m->started && ms > 0) {
		double names = (double)(d->names_done - m->names) * 1000 / ms;
		double bytes = (double)(d->bytes_done - m->bytes) * 1000 / ms;
		/* The first interval is all we know; later ones weigh by their length. */
		bool first = m->names_per_s == 0 && m->bytes_per_s == 0;
		double weight = first || ms > METER_WINDOW_MS ? 1 : ms / METER_WINDOW_MS;
		m->names_per_s = blend(m->names_per_s, names, weight);
		m->bytes_per_s = blend(m->bytes_per_s, bytes, weight);
	}
	if (!m->started || ms > 0) {
		m->at_ms = now_ms;
		m->names = d->names_done;
		m->bytes = d->bytes_done;
		m->started = true;
	}
	d->names_per_s = m->names_per_s;
	d->bytes_per_s = m->bytes_per_s;
}

double progress_share(const struct progress_data *d)
{
	uint64_t done = d->names_total > 0 ? d->names_done : d->bytes_done;
	uint64_t total = d->names_total > 0 ? d->names_total : d->bytes_total;

	if (total == 0)
		return -1;
	return done < total ? (double)done / (double)total : 1;
}

int64_t progress_eta_ms(const struct progress_data *d)
{
	bool by_names = d->names_total > 0;
	uint64_t done = by_names ? d->names_done : d->bytes_done;
	uint64_t total = by_names ? d->names_total : d->bytes_total;
	double rate = by_names ? d->names_per_s : d->bytes_per_s;

	if (total == 0 || rate <= 0)
		return -1;
	double ms = done < total ? (double)(total - done) / rate * 1000 : 0;
	return ms < 1e15 ? (int64_t)ms : -1;
}

/* ---- text with columns ------------------------------------------------------------------- */

/* All text is ASCII, so that bytes are columns; escape sequences count for nothing. */
struct text {
	char *buf;
	size_t n;
	unsigned column, width; /* of the current line */
	bool colour;
};

static void text_bytes(struct text *t, const char *p, size_t n)
{
	if (n < PROGRESS_TEXT_MAX - t->n) {
		memcpy(t->buf + t->n, p, n);
		t->n += n;
		t->buf[t->n] = '\0';
	}
}

static void text_newline(struct text *t)
{
	text_bytes(t, "\n", 1);
	t->column = 0;
}

static void text_style(struct text *t, const char *sgr)
{
	if (t->colour)
		text_bytes(t, sgr, strlen(sgr));
}

/* A part of a line, `gap` columns behind the one before; left out as a whole where there is no
 * room. What others wrote (resolver names) comes through here as well: nothing but printable
 * ASCII. */
static bool text_part(struct text *t, unsigned gap, const char *sgr, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static bool text_part(struct text *t, unsigned gap, const char *sgr, const char *fmt, ...)
{
	char part[160];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(part, sizeof(part), fmt, ap);
	va_end(ap);
	if (n < 0 || n >= (int)sizeof(part))
		return false;
	if (t->column == 0)
		gap = 0;
	if (t->column + gap + (unsigned)n > t->width)
		return false;
	for (int i = 0; i < n; i++)
		if (part[i] < ' ' || part[i] > '~')
			part[i] = '?';
	text_bytes(t, "    ", gap);
	if (sgr != NULL)
		text_style(t, sgr);
	text_bytes(t, part, (size_t)n);
	if (sgr != NULL)
		text_style(t, "\033[0m");
	t->column += gap + (unsigned)n;
	return true;
}

/* ---- numbers for people ------------------------------------------------------------------ */

struct number {
	char s[32];
};

/* 1234567 as "1,234,567". */
static struct number grouped(uint64_t v)
{
	struct number out;
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, v);
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out.s[at++] = ',';
		out.s[at++] = digits[i];
	}
	out.s[at] = '\0';
	return out;
}

static struct number duration(uint64_t ms)
{
	struct number out;
	uint64_t s = ms / 1000;

	if (s < 60)
		snprintf(out.s, sizeof(out.s), "%u s", (unsigned)s);
	else if (s < 3600)
		snprintf(out.s, sizeof(out.s), "%u min %02u s", (unsigned)(s / 60),
			 (unsigned)(s % 60));
	else if (s < 48 * 3600)
		snprintf(out.s, sizeof(out.s), "%u h %02u min", (unsigned)(s / 3600),
			 (unsigned)(s / 60 % 60));
	else
		snprintf(out.s, sizeof(out.s), "%" PRIu64 " d %02u h", s / 86400,
			 (unsigned)(s / 3600 % 24));
	return out;
}

/* "12.3 %", rounded down so that 100 % means done. */
static struct number percent(double share)
{
	struct number out;
	unsigned permille = (unsigned)(share * 1000);

	snprintf(out.s, sizeof(out.s), "%u.%u %%", permille / 10, permille % 10);
	return out;
}

static struct number per_second(double rate)
{
	struct number out;

	if (rate < 10)
		snprintf(out.s, sizeof(out.s), "%.1f", rate > 0 ? rate : 0);
	else
		out = grouped(rate < 1e15 ? (uint64_t)(rate + 0.5) : 0);
	return out;
}

/* ---- the parts of both forms ------------------------------------------------------------- */

/* What needs attention comes first, the bulk last. */
static const struct {
	enum verdict verdict;
	const char *sgr;
} verdict_order[] = {
	{VERDICT_ENFORCE, "\033[32m"}, {VERDICT_TESTING, "\033[36m"},	   {VERDICT_NONE, NULL},
	{VERDICT_BROKEN, "\033[31m"},  {VERDICT_INCONCLUSIVE, "\033[33m"}, {VERDICT_ABSENT, NULL},
	{VERDICT_INVALID_INPUT, NULL}, {VERDICT_EXCLUDED, NULL},
};
static_assert(sizeof(verdict_order) / sizeof(verdict_order[0]) == PROGRESS_VERDICTS,
	      "every verdict is shown");

static size_t failing_count(const struct progress_data *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->resolvers_n; i++)
		n += d->resolvers[i].state != NULL;
	return n;
}

/* In a block parts are set apart by columns, in a sentence by signs. */
static void put_verdicts(struct text *t, const struct progress_data *d, bool sentence)
{
	const char *sign = sentence ? "; " : "";

	for (size_t i = 0; i < PROGRESS_VERDICTS; i++) {
		enum verdict v = verdict_order[i].verdict;
		if (d->verdicts[v] == 0)
			continue;
		text_part(t, sentence ? 0 : 2, verdict_order[i].sgr, "%s%s %s", sign,
			  verdict_name(v), grouped(d->verdicts[v]).s);
		sign = sentence ? ", " : "";
	}
}

static void put_trouble(struct text *t, const struct progress_data *d, bool sentence)
{
	size_t failing = failing_count(d), shown = 0;
	const char *sgr = sentence ? NULL : "\033[33m";
	const char *sign = sentence ? "; " : "";
	unsigned gap = sentence ? 0 : 2;

	if (failing > 0)
		text_part(t, gap, sgr, "%s%zu of %zu resolvers in trouble:", sign, failing,
			  d->resolvers_n);
	for (size_t i = 0; i < d->resolvers_n && shown < failing; i++) {
		const struct progress_resolver *r = &d->resolvers[i];
		if (r->state == NULL)
			continue;
		/* Room is kept for saying how many are not named. */
		t->width -= 12;
		bool fits = text_part(t, 1, NULL, "%s %s%s", r->name, r->state,
				      shown + 1 < failing ? "," : "");
		t->width += 12;
		if (!fits)
			break;
		shown++;
	}
	if (shown < failing)
		text_part(t, 1, NULL, "+%zu", failing - shown);
	if (d->workers_replaced > 0)
		text_part(t, gap, sgr, "%sworkers replaced: %s", sign,
			  grouped(d->workers_replaced).s);
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
	text_part(t, 2, NULL, "[%s]", bar);
}

static void put_head(struct text *t, const struct progress_data *d)
{
	double share = progress_share(d);
	int64_t eta = progress_eta_ms(d);
	struct number left = duration(eta > 0 ? (uint64_t)eta : 0);
	struct number done = grouped(d->names_done);

	if (d->names_total == 0 ||
	    !text_part(t, 0, "\033[1m", "%s of %s names", done.s, grouped(d->names_total).s))
		text_part(t, 0, "\033[1m", "%s names", done.s);
	if (share >= 0) {
		struct number pc = percent(share);
		unsigned reserved = 1 + (unsigned)strlen(pc.s);
		if (eta >= 0)
			reserved += 2 + (unsigned)strlen(left.s) + 5;
		put_bar(t, share, reserved);
		text_part(t, 1, NULL, "%s", pc.s);
	}
	if (d->stopping)
		text_part(t, 2, "\033[33m", "stopping");
	else if (eta >= 0)
		text_part(t, 2, NULL, "%s left", left.s);
	text_newline(t);
}

size_t progress_block(const struct progress_data *d, unsigned width, bool colour, char *buf)
{
	struct text t = {.buf = buf, .width = width, .colour = colour};

	buf[0] = '\0';
	put_head(&t, d);
	text_part(&t, 0, NULL, "%s names/s", per_second(d->names_per_s).s);
	text_part(&t, 2, NULL, "%s", duration(d->elapsed_ms).s);
	text_part(&t, 2, NULL, "in flight: %s DNS, %s fetches", grouped(d->dns_in_flight).s,
		  grouped(d->fetches_in_flight).s);
	text_part(&t, 2, NULL, "%s retries", grouped(d->retries).s);
	text_newline(&t);
	put_verdicts(&t, d, false);
	if (t.column > 0)
		text_newline(&t);
	put_trouble(&t, d, false);
	if (t.column > 0)
		text_newline(&t);
	return t.n;
}

/* ---- one line ---------------------------------------------------------------------------- */

size_t progress_line(const struct progress_data *d, char *buf)
{
	struct text t = {.buf = buf, .width = PROGRESS_TEXT_MAX / 2};
	double share = progress_share(d);
	int64_t eta = progress_eta_ms(d);

	buf[0] = '\0';
	text_part(&t, 0, NULL, "%s: %s", duration(d->elapsed_ms).s, grouped(d->names_done).s);
	if (d->names_total > 0)
		text_part(&t, 1, NULL, "of %s", grouped(d->names_total).s);
	text_part(&t, 1, NULL, "names");
	if (share >= 0)
		text_part(&t, 1, NULL, "(%s)", percent(share).s);
	text_part(&t, 0, NULL, ", %s/s", per_second(d->names_per_s).s);
	if (d->stopping)
		text_part(&t, 0, NULL, ", stopping");
	else if (eta >= 0)
		text_part(&t, 0, NULL, ", %s left", duration((uint64_t)eta).s);
	text_part(&t, 0, NULL, ", in flight %s DNS %s fetches, %s retries",
		  grouped(d->dns_in_flight).s, grouped(d->fetches_in_flight).s,
		  grouped(d->retries).s);
	put_verdicts(&t, d, true);
	put_trouble(&t, d, true);
	text_newline(&t);
	return t.n;
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

	if (expected == records)
		text_part(t, 0, NULL, "in == out: %s input lines, %s records", grouped(expected).s,
			  grouped(records).s);
	else
		text_part(t, 0, NULL, "in != out: %s input lines, %s records", grouped(expected).s,
			  grouped(records).s);
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
		text_part(t, 0, NULL, "%s%s %s", before, grouped(skipped[i].n).s, skipped[i].what);
		before = ", ";
	}
	if (before[0] == ',')
		text_part(t, 0, NULL, ")");
	text_newline(t);
	if (s->stopped)
		text_part(t, 0, NULL,
			  "Stopped before the end of the input; --resume scans the rest.");
	else if (expected != records)
		text_part(t, 0, NULL,
			  "Lines were lost. This is a bug; the results are incomplete.");
	if (t->column > 0)
		text_newline(t);
}

size_t progress_summary(const struct progress_summary *s, char *buf)
{
	struct text t = {.buf = buf, .width = PROGRESS_TEXT_MAX / 2};
	const struct progress_data *d = &s->data;
	uint64_t names = d->names_done > 0 ? d->names_done : 1;
	double rate = d->elapsed_ms > 0 ? (double)d->names_done * 1000 / (double)d->elapsed_ms : 0;

	buf[0] = '\0';
	text_part(&t, 0, NULL, "%s names in %s, %s names/s", grouped(d->names_done).s,
		  duration(d->elapsed_ms).s, per_second(rate).s);
	text_newline(&t);
	put_balance(&t, s);
	for (size_t i = 0; i < PROGRESS_VERDICTS; i++) {
		enum verdict v = verdict_order[i].verdict;
		if (d->verdicts[v] == 0)
			continue;
		text_part(&t, 0, NULL, "  %-13s %15s  %7s", verdict_name(v),
			  grouped(d->verdicts[v]).s,
			  percent((double)d->verdicts[v] / (double)names).s);
		text_newline(&t);
	}
	text_part(&t, 0, NULL, "%s DNS questions, %s of them repeated; %s policy fetches",
		  grouped(d->questions).s, grouped(d->retries).s, grouped(d->fetches).s);
	text_newline(&t);
	put_trouble(&t, d, false);
	if (t.column > 0)
		text_newline(&t);
	return t.n;
}
