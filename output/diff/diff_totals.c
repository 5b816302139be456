/* diff_totals.c - what changed between two runs, counted; see diff_print.h. */
#include "output/diff/diff_print.h"

#include <assert.h>

#include "output/text/plain.h"
#include "output/text/number.h"

#define TOTALS_RUN_MAX 40 /* characters of a run's name */

/* Verdicts about a name that was looked at, with a conclusion. */
static const enum verdict concluded[] = {VERDICT_ABSENT, VERDICT_ENFORCE, VERDICT_TESTING,
					 VERDICT_NONE, VERDICT_BROKEN};
#define CONCLUDED_N 5u

/* ---- text -------------------------------------------------------------------------------- */

static void text_count(FILE *out, const char *label, uint64_t n)
{
	fprintf(out, "  %-44s%15s\n", label, number_grouped(n).s);
}

/* Who loses mail and was not known to; so many of them are new in the list. */
static void loss_newly(FILE *out, uint64_t newly, uint64_t added)
{
	fprintf(out, "%s more %s mail", number_grouped(newly).s,
		newly == 1 ? "name loses" : "names lose");
	if (added == 0)
		return;
	if (added < newly)
		fprintf(out, ", %s of them", number_grouped(added).s);
	else
		fputs(newly == 1 ? "," : newly == 2 ? ", both" : ", all", out);
	fputs(" new in the list", out);
}

void diff_loss_sentence(FILE *out, const struct diff_totals *t)
{
	const uint64_t added = diff_told(t, DIFF_NEW_LOSS), newly = diff_told(t, DIFF_LOSS) + added;
	const uint64_t unsure = diff_told(t, DIFF_UNSURE_LOSS);
	const struct {
		uint64_t n;
		const char *one, *many;
	} others[] = {
		{diff_told(t, DIFF_STILL_LOSS), "still does", "still do"},
		{newly > 0 ? unsure : 0, "that was not known before does",
		 "that were not known before do"},
		{t->loss_ended, "no longer does", "no longer do"},
	};

	/* "No further name" before one that does would be no truth. */
	if (newly > 0)
		loss_newly(out, newly, added);
	else if (unsure > 0)
		fprintf(out, "%s %s mail of which it was not known before",
			number_grouped(unsure).s, unsure == 1 ? "name loses" : "names lose");
	else if (diff_blind(t) && diff_losing(t) == 0)
		fputs("No name could be compared", out);
	else
		/* What is not known may lose it. */
		fprintf(out, "No %sname %s", diff_losing(t) > 0 ? "further " : "",
			t->unknown > 0 ? "is known to lose mail" : "loses mail");
	for (unsigned i = 0, told = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i].n > 0)
			fprintf(out, "%s%s %s", told++ == 0 ? "; " : ", ",
				number_grouped(others[i].n).s,
				others[i].n == 1 ? others[i].one : others[i].many);
}

static void text_run(FILE *out, const char *run, const struct diff_side *side)
{
	plain_put(out, span_str(run), 0, TOTALS_RUN_MAX);
	if (side->started_at_ms > 0)
		fprintf(out, " (%s)", number_time(side->started_at_ms / 1000).s);
}

uint64_t diff_rest(const struct diff_totals *t, enum diff_kind kind)
{
	const uint64_t n[DIFF_KINDS] = {[DIFF_SAME] = t->same,
					[DIFF_UNKNOWN] = t->unknown,
					[DIFF_NOT_SCANNED] = t->not_scanned};

	assert(kind >= DIFF_SAME && n[kind] >= t->quiet_kinds[kind]);
	return n[kind] - t->quiet_kinds[kind];
}

const char *diff_rest_label(const struct diff_totals *t, enum diff_kind kind)
{
	static const struct {
		const char *all, *other, *others; /* the last two besides those that are told */
	} words[DIFF_KINDS] = {
		[DIFF_SAME] = {"the same", "the same, losing no mail", "the same, losing no mail"},
		[DIFF_UNKNOWN] = {"not known in one of them", "other not known in one of them",
				  "others not known in one of them"},
		[DIFF_NOT_SCANNED] = {"not scanned by one of them",
				      "other not scanned by one of them",
				      "others not scanned by one of them"},
	};

	assert(kind >= DIFF_SAME && kind < DIFF_KINDS);
	if (t->quiet_kinds[kind] == 0)
		return words[kind].all;
	return number_word(diff_rest(t, kind), words[kind].other, words[kind].others);
}

void diff_head_text(FILE *out, const char *const runs[2], const struct diff_totals *t)
{
	static const char *const words[DIFF_DIRECTIONS] = {
		[DIFF_WORSE] = "worse",	  [DIFF_STILL] = "still broken, in another way",
		[DIFF_BETTER] = "better", [DIFF_OTHER] = "changed otherwise",
		[DIFF_NEW] = "new",	  [DIFF_GONE] = "gone",
	};
	bool first = true;
	uint64_t n;

	/* One line, for those who read no more: where mail is or was lost, that comes first. Each
	 * name is in one of its numbers. */
	const bool loss = diff_losing(t) + t->loss_ended > 0;
	if (loss || diff_blind(t)) {
		diff_loss_sentence(out, t);
		fputs("; ", out);
	}
	for (unsigned i = DIFF_WORSE; i < DIFF_DIRECTIONS; i++) {
		n = t->directions[i] - t->loss_ended_by[i];
		if (n == 0)
			continue;
		bool others = t->loss_ended_by[i] > 0 ||
			      (i == DIFF_NEW && t->directions[DIFF_NEW_LOSS] > 0);
		fprintf(out, "%s%s %s%s", first ? "" : "; ", number_grouped(n).s,
			others ? number_word(n, "other ", "others ") : "", words[i]);
		first = false;
	}
	if (first)
		fputs(loss	      ? "no other change"
		      : diff_blind(t) ? "no change is known"
				      : "No change",
		      out);
	for (enum diff_kind kind = DIFF_SAME; kind < DIFF_KINDS; kind++)
		if (diff_rest(t, kind) > 0 || kind == DIFF_SAME)
			fprintf(out, "; %s %s", number_grouped(diff_rest(t, kind)).s,
				diff_rest_label(t, kind));
	fputs(".\nFrom ", out);
	text_run(out, runs[0], &t->old);
	fputs(" to ", out);
	text_run(out, runs[1], &t->new);
	fputs(".\n", out);
}

static void text_names(FILE *out, const struct diff_totals *t)
{
	fputs("\n== In total ==\n\n", out);
	text_count(out, "names in both", t->both);
	text_count(out, "  the same", t->same);
	text_count(out, "  changed", t->changed);
	text_count(out, "  inconclusive or excluded in one of them", t->unknown);
	text_count(out, "names in OLD only", t->only_old);
	text_count(out, "names in NEW only", t->only_new);
	text_count(out, "names in one, not scanned by the other", t->not_scanned);
	text_count(out, "records without a name, OLD", t->old.nameless);
	text_count(out, "records without a name, NEW", t->new.nameless);
	text_count(out, "records of a name that had one, OLD", t->old.repeated);
	text_count(out, "records of a name that had one, NEW", t->new.repeated);
}

static void text_verdicts(FILE *out, const struct diff_totals *t)
{
	fputs("\nVerdicts: down what it was, across what it is\n  OLD / NEW ", out);
	for (unsigned k = 0; k < CONCLUDED_N; k++)
		fprintf(out, "%13s", verdict_name(concluded[k]));
	for (unsigned i = 0; i < CONCLUDED_N; i++) {
		fprintf(out, "\n  %-10s", verdict_name(concluded[i]));
		for (unsigned k = 0; k < CONCLUDED_N; k++)
			fprintf(out, "%13s",
				number_grouped(t->verdicts[concluded[i]][concluded[k]]).s);
	}
	fputc('\n', out);
}

static void text_keys(FILE *out, const struct diff_totals *t)
{
	fputs("\nWhat changed, by key of the record                         names\n", out);
	for (enum diff_key key = 0; key < DIFF_VALUES; key++)
		text_count(out, diff_key_name(key), t->keys[key]);
}

static void text_findings(FILE *out, const struct diff_totals *t)
{
	fprintf(out, "\n%-46s%15s%15s\n", "Findings", "appeared", "gone");
	for (enum issue code = 0; code < ISSUE_COUNT; code++)
		if (t->appeared[code] + t->gone[code] > 0)
			fprintf(out, "  %-44s%15s%15s\n", issue_info(code)->code,
				number_grouped(t->appeared[code]).s,
				number_grouped(t->gone[code]).s);
}

void diff_totals_text(FILE *out, const struct diff_totals *t)
{
	/* A quiet night says one thing. */
	if (t->changed + t->only_old + t->only_new == 0)
		return;
	text_names(out, t);
	text_verdicts(out, t);
	if (t->changed > 0) {
		text_keys(out, t);
		text_findings(out, t);
	}
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void json_count(struct buf *b, const char *lead, uint64_t n)
{
	buf_text(b, lead);
	json_uint(b, n);
}

static void json_side(struct buf *b, const char *lead, const char *run,
		      const struct diff_side *side)
{
	buf_text(b, lead);
	json_str(b, span_str(run));
	json_count(b, ",\"records\":", side->records);
	json_count(b, ",\"nameless\":", side->nameless);
	json_count(b, ",\"repeated\":", side->repeated);
	buf_text(b, side->partial ? ",\"partial\":true}" : ",\"partial\":false}");
}

static void json_verdicts(struct buf *b, const struct diff_totals *t)
{
	buf_text(b, ",\"verdicts\":[");
	for (unsigned i = 0; i < CONCLUDED_N * CONCLUDED_N; i++) {
		enum verdict old = concluded[i / CONCLUDED_N], new = concluded[i % CONCLUDED_N];
		buf_text(b, i == 0 ? "{\"old\":" : ",{\"old\":");
		json_str(b, span_str(verdict_name(old)));
		buf_text(b, ",\"new\":");
		json_str(b, span_str(verdict_name(new)));
		json_count(b, ",\"names\":", t->verdicts[old][new]);
		buf_text(b, "}");
	}
	buf_text(b, "]");
}

static void json_findings(struct buf *b, const struct diff_totals *t)
{
	bool first = true;

	buf_text(b, ",\"findings\":[");
	for (enum issue code = 0; code < ISSUE_COUNT; code++) {
		if (t->appeared[code] + t->gone[code] == 0)
			continue;
		buf_text(b, first ? "{\"code\":" : ",{\"code\":");
		json_str(b, span_str(issue_info(code)->code));
		json_count(b, ",\"appeared\":", t->appeared[code]);
		json_count(b, ",\"gone\":", t->gone[code]);
		buf_text(b, "}");
		first = false;
	}
	buf_text(b, "]");
}

void diff_totals_json(struct buf *b, const char *const runs[2], const struct diff_totals *t,
		      const struct host_totals *hosts, const struct remarks *remarks)
{
	json_side(b, "{\"old\":{\"run\":", runs[0], &t->old);
	json_side(b, ",\"new\":{\"run\":", runs[1], &t->new);
	json_count(b, ",\"names\":{\"both\":", t->both);
	json_count(b, ",\"same\":", t->same);
	json_count(b, ",\"changed\":", t->changed);
	json_count(b, ",\"unknown\":", t->unknown);
	json_count(b, ",\"only_old\":", t->only_old);
	json_count(b, ",\"only_new\":", t->only_new);
	json_count(b, ",\"not_scanned\":", t->not_scanned);
	buf_text(b, "},\"directions\":{");
	for (unsigned i = 0; i < DIFF_DIRECTIONS; i++) {
		buf_text(b, i == 0 ? "" : ",");
		json_str(b, span_str(diff_direction_name((enum diff_direction)i)));
		json_count(b, ":", t->directions[i]);
	}
	json_count(b, "},\"mail_loss\":{\"now\":", diff_losing(t));
	json_count(b, ",\"newly\":", t->directions[DIFF_LOSS]);
	json_count(b, ",\"unsure\":", diff_told(t, DIFF_UNSURE_LOSS));
	json_count(b, ",\"still\":", diff_told(t, DIFF_STILL_LOSS));
	json_count(b, ",\"new_names\":", diff_told(t, DIFF_NEW_LOSS));
	json_count(b, ",\"no_longer\":", t->loss_ended);
	buf_text(b, "}");
	json_verdicts(b, t);
	for (enum diff_key key = 0; key < DIFF_VALUES; key++) {
		buf_text(b, key == 0 ? ",\"keys\":[{\"key\":" : ",{\"key\":");
		json_str(b, span_str(diff_key_name(key)));
		json_count(b, ",\"names\":", t->keys[key]);
		buf_text(b, "}");
	}
	buf_text(b, "]");
	json_findings(b, t);
	diff_hosts_json(b, hosts);
	buf_text(b, ",\"remarks\":[");
	for (unsigned i = 0; i < remarks->n; i++) {
		buf_text(b, i == 0 ? "" : ",");
		json_str(b, span_str(remarks->v[i]));
	}
	buf_text(b, "]}\n");
}
