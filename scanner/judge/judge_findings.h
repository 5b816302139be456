/*
 * judge_findings.h - the collector of one judgement: findings are added while the parts of the
 * judge look at the evidence, and copied to the arena at the end. Private to the judge.
 *
 * At most FINDINGS_MAX are kept, FINDINGS_PER_CODE of one code; the rest is counted. The root, the
 * cause of a broken verdict, is never among what is dropped.
 */
#ifndef MTASWEEP_JUDGE_FINDINGS_H
#define MTASWEEP_JUDGE_FINDINGS_H

#include "parsers/policy.h"
#include "scanner/judge/judge.h"

struct judging {
	const struct judge_config *config;
	struct arena *arena;
	struct record *r;
	bool failed; /* the arena is exhausted */
	int root;    /* index in v, -1 none */
	unsigned n, dropped;
	struct record_issue v[FINDINGS_MAX];
	struct record_issue spill; /* takes what does not fit */
	struct policy policy;
};

void judge_start(struct judging *j, const struct judge_config *c, struct arena *a,
		 struct record *r);
/* Never NULL. Severity, impact and senders are the catalogue's; the caller may add a detail. */
struct record_issue *judge_add(struct judging *j, enum issue code);
/* The same, and it is the cause of a broken verdict. At most one a judgement. */
struct record_issue *judge_root(struct judging *j, enum issue code);
void judge_detail(struct judging *j, struct record_issue *one, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Adds a parser's findings. as_root: the first that breaks becomes the root. suggest may be NULL;
 * it writes a fix for one finding, or nothing, into out.
 */
#define JUDGE_HINT_MAX 200
typedef void judge_suggest(const struct finding *one, struct span value, char out[JUDGE_HINT_MAX]);
void judge_take(struct judging *j, const struct findings *f, struct span value, bool as_root,
		judge_suggest *suggest);
/* The findings as an array in the arena; NULL when there are none, or j->failed. */
struct record_issue *judge_issues(struct judging *j);

/*
 * An alias that ends at a name that does not exist, while the other record's name is no alias of
 * the same: no wildcard, which would answer for both, but somebody's own delegation, and whoever
 * registers its target can answer. A wildcard to nowhere is only a wildcard.
 */
bool judge_dangles(const struct record_txt *answer, const struct record_txt *beside);
/* The MX question failed the same way, which says it for the whole domain. */
bool judge_dns_said(const struct judging *j, enum dns_outcome outcome);

#endif
