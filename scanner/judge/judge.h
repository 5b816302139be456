/*
 * judge.h - from evidence to conclusions.
 *
 * Reads the evidence of a record and fills in the rest: validity, mode, MX matching, providers,
 * findings, verdict, impact, interoperability. Pure: no I/O and no clock but record.scanned_at_ms,
 * so that `recheck` gives the same result from stored answers. Severities are applied last and
 * never change a verdict.
 *
 * The verdict, by the first row that applies, and the finding that says so. That of a broken
 * verdict is marked as its root; no other finding ever is.
 *
 *   verdict set to excluded by the caller           excluded      scan_excluded
 *   domain is null                                  invalid_input  domain_syntax_invalid
 *   sts.dns nxdomain, nodata                        absent        sts_record_missing [1]
 *   sts.dns truncated                               inconclusive  sts_record_txt_too_large
 *   sts.dns skipped                                 inconclusive  scan_aborted
 *   sts.dns anything else but ok                    inconclusive  sts_record_dns_error [2]
 *   no TXT was meant as an MTA-STS record           absent        sts_record_wildcard_txt
 *   several begin with "v=STSv1;"                   broken        sts_record_multiple
 *   one with a blank before ";", beside other TXT   broken        sts_record_discarded
 *   the one that counts breaks the grammar          broken        the first break in it
 *   policy.stage none                               inconclusive  policy_not_fetched
 *   stage dns: our choice not to go there           inconclusive  policy_host_excluded, _own_...
 *     all addresses special                         broken        policy_host_private_address
 *     nxdomain, nodata behind a CNAME               broken        policy_host_cname_dangling
 *     nxdomain / nodata                             broken        policy_host_nxdomain, _no_address
 *     anything else                                 inconclusive  policy_host_dns_error
 *   stage tcp: refused                              broken        policy_tcp_refused
 *     deadline / anything else                      inconclusive  policy_tcp_timeout, _unreachable
 *   stage tls: deadline                             inconclusive  policy_tls_timeout
 *     tls_error without a reason: we refused        inconclusive  policy_tls_too_costly
 *     tls_reason (the others are reported, too)     broken        policy_cert_*, policy_tls_*
 *   stage http: deadline, status 408                inconclusive  policy_http_timeout
 *     429 / 5xx                                     inconclusive  policy_http_429, _5xx
 *     no status, or http_error                      broken        policy_http_protocol_error
 *     3xx / 404, 410 / 401, 403 / other             broken        policy_http_redirect, _404 ...
 *     body over POLICY_BODY_MAX                     broken        policy_too_large
 *   status 200, the file breaks the grammar         broken        the first break (stage syntax)
 *   status 200, valid file                          its mode      (stage ok)
 *
 * [1] or sts_record_cname_dangling: an error, but there is no record; sts_record_wildcard_cname.
 * [2] or domain_dns_*, when the MX question failed the same way.
 *
 * tls_verified 0 with a response behind it means stage tls, whatever the caller wrote: senders do
 * not go on. Impact, the worst of the findings': unprotected for broken, and for absent when the
 * record's delegation dangles or a policy is served without a record; mail_loss for enforce when
 * no MX host is covered, or every covered one was probed and offers no verified TLS; else none.
 */
#ifndef MTASWEEP_JUDGE_H
#define MTASWEEP_JUDGE_H

#include "output/base/arena.h"
#include "output/base/errmsg.h"
#include "output/record/record.h"

struct judge_config {
	/* Severity per code after --severity; index enum issue. */
	unsigned char severity[ISSUE_COUNT];
	/* A certificate that ends within so many days expires soon; 0: 14, or as large a part of
	 * its lifetime as 14 days are of 90. */
	unsigned cert_days;
};

/* Severities of the catalogue. */
void judge_config_init(struct judge_config *c);

/*
 * "CODE=LEVEL" as given to --severity, where LEVEL is error, warning or info: inconclusive is what
 * we could not find out, and nobody can make that so. 0, or -1 and err, which names the option.
 */
int judge_config_severity(struct judge_config *c, const char *setting, struct errmsg *err);

/*
 * 0, or -1 when the arena is exhausted (our failure; the record must not be used). Evidence is not
 * changed, except policy.stage as above. Anything that is missing (null spans, -1, txt_pieces NULL)
 * only silences what needs it.
 */
int judge(const struct judge_config *c, struct arena *a, struct record *r);

/* One value alone, as `lint` has it: no DNS, no verdict, the grammar and what the value means. */
enum judge_kind { JUDGE_STS, JUDGE_POLICY, JUDGE_TLSRPT };

struct judge_value {
	bool valid;		     /* by the RFC's grammar */
	struct record_issue *issues; /* in the arena */
	unsigned issues_n, issues_dropped;
};

/* Of several TXT values beside each other, as an answer has them: the one that a sender would take,
 * or that there must be only one. n >= 1; 0, or -1 as below. */
int judge_values(const struct judge_config *c, struct arena *a, enum judge_kind kind,
		 const struct span *values, unsigned n, struct judge_value *out);
/* 0, or -1 when the arena is exhausted. */
int judge_value(const struct judge_config *c, struct arena *a, enum judge_kind kind,
		struct span value, struct judge_value *out);

/*
 * Of a TXT answer the record that was judged, and in f what its grammar says: for whoever shows
 * where the findings stand. Its index, or -1 when no single one was. kind: JUDGE_STS, JUDGE_TLSRPT.
 */
int judge_txt(enum judge_kind kind, const struct record_txt *answer, struct findings *f);

/* The job machine's question after the TXT answer: is there a policy to be fetched? */
bool judge_wants_policy(const struct record_txt *answer);

#endif
