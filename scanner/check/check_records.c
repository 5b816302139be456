/* check_records.c - see check_records.h. */
#include "scanner/check/check_records.h"

#include <assert.h>
#include <stdio.h>

#include "scanner/judge/judge.h"

#define RECORDS_SHOWN 6u /* values that are named one by one */

/* The values of TXT records, one a line, but for one. */
static void records_values(struct steps *c, const struct record_txt *a, int but)
{
	unsigned shown = 0, all = a->txt_n + a->txt_dropped - (but >= 0);

	for (unsigned i = 0; i < a->txt_n && shown < RECORDS_SHOWN; i++) {
		struct span value = a->txt[i];
		if ((int)i == but)
			continue;
		text_to(c->t, STEPS_INDENT + 2);
		text_put(c->t, "\"");
		text_value(c->t, span_of(value.p, value.n < 160 ? value.n : 160));
		text_put(c->t, value.n > 160 ? "...\"" : "\"");
		text_line(c->t);
		shown++;
	}
	if (all > shown) {
		text_to(c->t, STEPS_INDENT + 2);
		text_printf(c->t, "and %u more\n", all - shown);
	}
}

/* What becomes of that which is published at the record's name, perhaps not at that name at all. */
static void records_replaces(struct steps *c, const struct record_txt *there,
			     enum issue_group group)
{
	if (advice_has(c->r, group, ISSUE_WILDCARD)) {
		steps_more(c, "Publish it beside the wildcard record, if that is where the "
			      "present answer comes from: the wildcard stays.");
		return;
	}
	if (there->txt_n == 0)
		return;
	steps_more(c, there->txt_n + there->txt_dropped > 1
			      ? "Delete the TXT records that are at this name now:"
			      : "It replaces the TXT record that is at this name now:");
	records_values(c, there, -1);
}

static void records_alias(struct steps *c, const struct record_txt *there)
{
	struct span target = there->cname[there->cname_n - 1];
	char line[512];

	snprintf(line, sizeof(line),
		 "It replaces the alias (CNAME) of %.*s that is there now, unless you have the "
		 "record "
		 "published there.",
		 (int)(target.n < 255 ? target.n : 255), target.p);
	steps_more(c, line);
}

/* Whoever runs the zone that the record stands in; strays: where others are to be deleted. */
static void records_operator(struct steps *c, const struct record_txt *a, const char *label,
			     bool strays)
{
	struct span target = a->cname[a->cname_n - 1];
	char line[512];

	snprintf(line, sizeof(line), "%s is an alias of %.*s: %s", label,
		 (int)(target.n < 255 ? target.n : 255), target.p,
		 strays ? "its operator has to do this, or you end the alias."
		 : c->r->sts.valid
			 ? "have its operator renew the id, or replace the alias by this record."
			 : "have its operator publish just this record, or replace the alias by "
			   "it.");
	steps_more(c, line);
}

/* A name at which one record is fine, and others stand beside it. */
struct records_place {
	const char *label, *record;
	enum issue_group group;
	enum judge_kind kind;
	const struct record_txt *a;
	unsigned stays;
};

/* One record stays; who has two hears which one goes. */
static void records_strays_short(struct steps *c, const struct records_place *at)
{
	const struct record_txt *a = at->a;
	bool removes = steps_cause_in(c, at->group);
	struct span domain = c->r->domain, other = a->txt[at->stays == 0];

	if (a->txt_n == 2 && a->txt_dropped == 0 && other.n < 160) {
		char shown[4 * 160 + 1];
		size_t n = 0;
		for (size_t i = 0; i < other.n; i++) {
			char one[5];
			unsigned bytes = text_byte((unsigned char)other.p[i], one);
			memcpy(shown + n, one, bytes);
			n += bytes;
		}
		steps_short(c, removes, "Delete the TXT record \"%.*s\" at %s.%.*s%s.", (int)n,
			    shown, at->label, (int)domain.n, domain.p, steps_note(c, 1).s);
		return;
	}
	steps_short(c, removes, "Delete the other TXT records at %s.%.*s%s.", at->label,
		    (int)domain.n, domain.p, steps_note(c, 1).s);
}

static void records_strays_at(struct steps *c, const struct records_place *at)
{
	struct findings f;
	bool several = judge_txt(at->kind, at->a, &f) < 0;

	assert(at->stays < at->a->txt_n);
	records_strays_short(c, at);
	steps_add(c, false, "Delete the TXT records at %s.%.*s %s%s; \"%.*s\" stays:", at->label,
		  (int)c->r->domain.n, c->r->domain.p, several ? "but one" : "that are not ",
		  several ? "" : at->record, (int)at->a->txt[at->stays].n, at->a->txt[at->stays].p);
	records_values(c, at->a, (int)at->stays);
	if (at->a->cname_n > 0)
		records_operator(c, at->a, at->label, true);
}

/* The record itself is fine. */
void records_strays(struct steps *c)
{
	if (c->a->strays)
		records_strays_at(c, &(struct records_place){.label = "_mta-sts",
							     .record = "the MTA-STS record",
							     .group = ISSUE_GROUP_STS,
							     .kind = JUDGE_STS,
							     .a = &c->r->sts.answer,
							     .stays = c->a->stays});
}

static void records_tlsrpt_strays(struct steps *c)
{
	records_strays_at(c, &(struct records_place){.label = "_smtp._tls",
						     .record = "the TLS-RPT record",
						     .group = ISSUE_GROUP_TLSRPT,
						     .kind = JUDGE_TLSRPT,
						     .a = &c->r->tlsrpt.answer,
						     .stays = c->a->tlsrpt_stays});
}

void records_tlsrpt(struct steps *c)
{
	char where[48] = ", in one TXT record at _smtp._tls";

	if (c->a->tlsrpt_strays)
		records_tlsrpt_strays(c);
	if (!c->a->tlsrpt)
		return;
	if (c->numbers)
		snprintf(where, sizeof(where), ": the record of step %u", c->n + 1);
	steps_short(c, steps_cause_in(c, ISSUE_GROUP_TLSRPT),
		    "Publish where senders report failures%s.", where);
	steps_add(c, false,
		  "Publish where senders report failures, in one TXT record (take an address that "
		  "somebody reads):");
	steps_txt(c, "_smtp._tls.", c->a->tlsrpt_text);
	if (c->r->tlsrpt.answer.cname_n > 0)
		records_alias(c, &c->r->tlsrpt.answer);
	else
		records_replaces(c, &c->r->tlsrpt.answer, ISSUE_GROUP_TLSRPT);
}

/* What who loses mail wants to know next. */
static void records_when(struct steps *c)
{
	if (c->a->stop && c->r->sts.answer.txt_n > 0)
		steps_more(c, "A sender that may not deliver looks for a new id before it gives up "
			      "(RFC 8461 5): mail comes again when the TTL of the old record has "
			      "passed.");
}

void records_sts(struct steps *c)
{
	const struct record_txt *a = &c->r->sts.answer;

	if (!c->a->record_new)
		return;
	steps_short(c, steps_cause_in(c, ISSUE_GROUP_STS) || steps_cause_in(c, ISSUE_GROUP_LIFE),
		    "Publish the TXT record at _mta-sts%s%s.",
		    a->txt_n > 0     ? ", in place of what is there"
		    : a->cname_n > 0 ? ", in place of the alias"
				     : "",
		    steps_note(c, 1).s);
	steps_add(c, false, "%s",
		  c->a->policy ? "When the policy is in place, publish this one TXT record; its id "
				 "is new, so that senders fetch the policy:"
			       : "Publish this one TXT record:");
	steps_txt(c, "_mta-sts.", c->a->sts_text);
	if (a->cname_n > 0 && advice_has(c->r, ISSUE_GROUP_STS, ISSUE_DANGLING))
		records_alias(c, a);
	else if (a->cname_n > 0)
		records_operator(c, a, "_mta-sts", false);
	else
		records_replaces(c, a, ISSUE_GROUP_STS);
	records_when(c);
}
