/*
 * judge_parts.h - the parts of the judge, which judge() calls in its order. No part calls another
 * but by name below: they share the collector of judge_findings.h. Private to the judge.
 */
#ifndef MTASWEEP_JUDGE_PARTS_H
#define MTASWEEP_JUDGE_PARTS_H

#include "scanner/judge/judge_findings.h"

/* judge_hint.c */
judge_suggest judge_suggest_sts, judge_suggest_policy, judge_suggest_tlsrpt;

/* Each adds findings and fills its part of the record. */
void judge_domain(struct judging *j);	   /* judge_domain.c */
enum verdict judge_sts(struct judging *j); /* judge_sts.c; VERDICT_ENFORCE: go on to the policy */
enum verdict judge_policy(struct judging *j); /* judge_policy.c */
void judge_life(struct judging *j);	      /* judge_policy.c: meaning of a valid policy */
/* judge_mx_tls.c; in_force: there is a policy, and it counts. */
void judge_mx_tls(struct judging *j, bool in_force);
void judge_dane(struct judging *j);			      /* judge_dane.c */
void judge_mx(struct judging *j);			      /* judge_mx.c */
void judge_provider(struct judging *j, enum verdict verdict); /* judge_provider.c */
void judge_tlsrpt(struct judging *j, enum verdict verdict);   /* judge_tlsrpt.c */
/* judge_host.c: why the file was not had, by policy.stage; VERDICT_ENFORCE when it was. */
enum verdict judge_host(struct judging *j);
/* judge_served.c: remarks on how a file was served. */
void judge_served(struct judging *j);
/* judge_policy.c: parses body, fills policy and record, adds the findings with their root. */
void judge_policy_text(struct judging *j, struct span body);
/* judge_policy.c: a file that was served well though there is no record for it. */
void judge_orphan(struct judging *j);
/* judge_policy.c: the file behind a certificate that nobody accepts, where that still helps. */
void judge_policy_behind(struct judging *j);

#endif
