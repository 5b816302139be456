/*
 * judge_parts.h - what the files of the judge share; nobody else includes it.
 */
#ifndef MTASWEEP_JUDGE_PARTS_H
#define MTASWEEP_JUDGE_PARTS_H

#include "parsers/policy.h"
#include "scanner/judge/judge.h"

/* One judgement. The findings are collected here and copied to the arena at the end. */
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

/* judge_hint.c */
judge_suggest judge_suggest_sts, judge_suggest_policy, judge_suggest_tlsrpt;

void judge_start(struct judging *j, const struct judge_config *c, struct arena *a,
		 struct record *r);
/* The findings as an array in the arena; NULL when there are none, or j->failed. */
struct record_issue *judge_issues(struct judging *j);

/* The MX question failed the same way, which says it for the whole domain. */
bool judge_dns_said(const struct judging *j, enum dns_outcome outcome);

/* Each adds findings and fills its part of the record. */
void judge_domain(struct judging *j);	   /* judge_domain.c */
enum verdict judge_sts(struct judging *j); /* judge_sts.c; VERDICT_ENFORCE: go on to the policy */
enum verdict judge_policy(struct judging *j); /* judge_policy.c */
void judge_life(struct judging *j);	      /* judge_policy.c: meaning of a valid policy */
void judge_mx_tls(struct judging *j);	      /* judge_mx_tls.c */
void judge_mx(struct judging *j);	      /* judge_mx.c */
void judge_provider(struct judging *j, enum verdict verdict); /* judge_provider.c */
void judge_tlsrpt(struct judging *j, enum verdict verdict);   /* judge_tlsrpt.c */
/* judge_host.c: why the file was not had; VERDICT_ENFORCE when it was. */
enum verdict judge_host(struct judging *j);
/* judge_policy.c: parses body, fills policy and record, adds the findings with their root. */
void judge_policy_text(struct judging *j, struct span body);
/* judge_policy.c: a file that was fetched though there is no record for it. */
void judge_orphan(struct judging *j);
/* judge_policy.c: the file behind a certificate that nobody accepts, where that still helps. */
void judge_policy_behind(struct judging *j);
/* judge_host.c: where the way ends for a sender, whatever the fetcher did afterwards. */
enum stage judge_stage(const struct record_policy *p);
/* judge_host.c: remarks on how a file was served. */
void judge_served(struct judging *j);

#endif
