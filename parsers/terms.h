/*
 * terms.h - the field's terms: every enumeration that appears in a record, with its spelling.
 *
 * One X-macro a vocabulary gives the enum, the name table and its length. Users script against
 * these spellings, so none is ever changed; they stand here and nowhere else. xxx_name(v) never
 * fails for a valid value; xxx_parse(span) returns -1 for a word that is not in the table.
 */
#ifndef MTASWEEP_TERMS_H
#define MTASWEEP_TERMS_H

#include <assert.h>

#include "parsers/span.h"

/* Outcome of one DNS question. Temporary ones are never evidence of absence. */
#define DNS_OUTCOMES(X)                                                                            \
	X(DNS_OK, "ok")		    /* records of the type asked for */                            \
	X(DNS_NODATA, "nodata")	    /* the name exists, the type does not */                       \
	X(DNS_NXDOMAIN, "nxdomain") /* the name, or the end of its CNAME chain, does not exist */  \
	X(DNS_SERVFAIL, "servfail") /* temporary */                                                \
	X(DNS_REFUSED, "refused")   /* temporary: this resolver will not answer us */              \
	X(DNS_TIMEOUT, "timeout")   /* temporary */                                                \
	X(DNS_BOGUS, "bogus")	    /* DNSSEC validation failed (RFC 8914 EDE 6..12) */            \
	X(DNS_MALFORMED, "malformed") /* an answer that cannot be read, or a CNAME loop */         \
	X(DNS_TRUNCATED, "truncated") /* TC and TCP failed: temporary */                           \
	X(DNS_SKIPPED, "skipped")     /* not asked */

/*
 * What a compliant sender with no cached policy concludes: X(name, spelling, label, sentence). The
 * label is for tables (README, report), the sentence for the owner of one name (`check`).
 */
#define VERDICTS(X)                                                                                \
	X(VERDICT_ABSENT, "absent", "no MTA-STS record",                                           \
	  "No MTA-STS. Senders deliver as to any other domain: with TLS when it is offered, "      \
	  "without verifying it.")                                                                 \
	X(VERDICT_ENFORCE, "enforce", "valid policy, enforce",                                     \
	  "Enforced. Senders that honour MTA-STS deliver only over verified TLS to the MX hosts "  \
	  "of the policy.")                                                                        \
	X(VERDICT_TESTING, "testing", "valid policy, testing",                                     \
	  "Testing. Senders report failures, but deliver in any case.")                            \
	X(VERDICT_NONE, "none", "valid policy, none",                                              \
	  "Withdrawn (mode none). Senders deliver as if there were no policy.")                    \
	X(VERDICT_BROKEN, "broken", "record, but no valid policy",                                 \
	  "Broken. MTA-STS is set up, but no sender that follows the RFC can use it: mail is "     \
	  "delivered unprotected.")                                                                \
	X(VERDICT_INCONCLUSIVE, "inconclusive", "not known: a temporary failure",                  \
	  "Not known. A temporary failure or a choice of ours kept us from finding out; it says "  \
	  "nothing about the set-up.")                                                             \
	X(VERDICT_INVALID_INPUT, "invalid_input", "not a domain name",                             \
	  "This is not a domain name; nothing was looked up.")                                     \
	X(VERDICT_EXCLUDED, "excluded", "excluded on request",                                     \
	  "The name is on the exclusion list; nothing was looked up.")

/* What a finding costs at worst; label and sentence as above, and what a whole set of names with it
 * stands to lose, in 30 characters: a trend shows no more. */
#define IMPACTS(X)                                                                                 \
	X(IMPACT_NONE, "none", "none", "", "nothing, or some mail is late")                        \
	X(IMPACT_UNPROTECTED, "unprotected", "unprotected", "mail is unprotected",                 \
	  "protection: as without MTA-STS")                                                        \
	X(IMPACT_MAIL_LOSS, "mail_loss", "mail loss", "mail is lost", "mail: it reaches no MX host")

#define SEVERITIES(X)                                                                              \
	X(SEVERITY_ERROR, "error")                                                                 \
	X(SEVERITY_WARNING, "warning")                                                             \
	X(SEVERITY_INFO, "info")                                                                   \
	X(SEVERITY_INCONCLUSIVE, "inconclusive")

/* How far the way to a valid policy led; the stage that failed, or ok. */
#define STAGES(X)                                                                                  \
	X(STAGE_NONE, "none") /* nothing was fetched */                                            \
	X(STAGE_DNS, "dns")                                                                        \
	X(STAGE_TCP, "tcp")                                                                        \
	X(STAGE_TLS, "tls")                                                                        \
	X(STAGE_HTTP, "http")                                                                      \
	X(STAGE_SYNTAX, "syntax")                                                                  \
	X(STAGE_OK, "ok")

#define TLS_REASONS(X)                                                                             \
	X(TLS_NAME_MISMATCH, "name_mismatch")                                                      \
	X(TLS_EXPIRED, "expired")                                                                  \
	X(TLS_NOT_YET_VALID, "not_yet_valid")                                                      \
	X(TLS_SELF_SIGNED, "self_signed")                                                          \
	X(TLS_UNTRUSTED, "untrusted")                                                              \
	X(TLS_INCOMPLETE_CHAIN, "incomplete_chain")                                                \
	X(TLS_ALERT, "alert")                                                                      \
	X(TLS_PROTOCOL, "protocol")                                                                \
	X(TLS_OTHER, "other")

#define NEWLINES(X)                                                                                \
	X(NEWLINE_LF, "lf")                                                                        \
	X(NEWLINE_CRLF, "crlf")                                                                    \
	X(NEWLINE_CR, "cr")                                                                        \
	X(NEWLINE_MIXED, "mixed")                                                                  \
	X(NEWLINE_NONE, "none")

#define MODES(X)                                                                                   \
	X(MODE_ENFORCE, "enforce")                                                                 \
	X(MODE_TESTING, "testing")                                                                 \
	X(MODE_NONE, "none")

/* Why an MX host is not covered by any pattern: the closest explanation, in the classes of figure 8
 * of the IMC 2025 study, so that figures can be compared. */
#define MISMATCHES(X)                                                                              \
	X(MISMATCH_TLD, "tld")                                                                     \
	X(MISMATCH_SUBDOMAIN, "subdomain")                                                         \
	X(MISMATCH_STS_LABEL, "sts_label")                                                         \
	X(MISMATCH_TYPO, "typo")                                                                   \
	X(MISMATCH_OTHER, "other")

/*
 * Outcome of the optional STARTTLS probe of one MX host. What is conclusive against the host is
 * told by mx_tls_refused(); everything else that is not ok is temporary, or ours.
 */
#define MX_TLS_OUTCOMES(X)                                                                         \
	X(MX_TLS_OK, "ok")                                                                         \
	X(MX_TLS_NO_STARTTLS, "no_starttls")                                                       \
	X(MX_TLS_NAME_MISMATCH, "name_mismatch")                                                   \
	X(MX_TLS_EXPIRED, "expired")                                                               \
	X(MX_TLS_NOT_YET_VALID, "not_yet_valid")                                                   \
	X(MX_TLS_SELF_SIGNED, "self_signed")                                                       \
	X(MX_TLS_UNTRUSTED, "untrusted")                                                           \
	X(MX_TLS_PROTOCOL, "protocol")                                                             \
	X(MX_TLS_SMTP, "smtp")                                                                     \
	X(MX_TLS_DNS, "dns")                                                                       \
	X(MX_TLS_CONNECT, "connect")                                                               \
	X(MX_TLS_TIMEOUT, "timeout")                                                               \
	X(MX_TLS_INCOMPLETE_CHAIN, "incomplete_chain")                                             \
	X(MX_TLS_STARTTLS_REFUSED, "starttls_refused") /* offered, then 5xx */                     \
	X(MX_TLS_CLEARTEXT, "cleartext")	       /* went on in clear where TLS belongs */    \
	X(MX_TLS_HANDSHAKE, "handshake")	       /* alert, reset or garbage */               \
	X(MX_TLS_WEAK, "weak")			       /* fine but for the key or the signature */ \
	X(MX_TLS_BLOCKED, "blocked")	   /* 4xx or 5xx to us before anything was offered */      \
	X(MX_TLS_TEMPFAIL, "tempfail")	   /* 4xx at STARTTLS */                                   \
	X(MX_TLS_STRIPPED, "stripped")	   /* a middlebox, theirs or ours, took the keyword out */ \
	X(MX_TLS_NO_ADDRESS, "no_address") /* the host has none */                                 \
	X(MX_TLS_PRIVATE_ADDRESS, "private_address")                                               \
	X(MX_TLS_EXCLUDED, "excluded")                                                             \
	X(MX_TLS_NOT_TRIED, "not_tried")

/* What a DANE sender makes of one MX host (RFC 7672). */
#define DANE_OUTCOMES(X)                                                                           \
	X(DANE_NONE, "none")	     /* proof that there is no TLSA, or a zone without DNSSEC */   \
	X(DANE_INSECURE, "insecure") /* TLSA records, but not validated: ignored */                \
	X(DANE_OK, "ok")                                                                           \
	X(DANE_MISMATCH, "mismatch")	       /* no record matches the chain that is served */    \
	X(DANE_NAME_MISMATCH, "name_mismatch") /* usage 2 matches, the names do not */             \
	X(DANE_EXPIRED, "expired")	       /* usage 2 matches, some date does not */           \
	X(DANE_TA_NOT_SENT, "ta_not_sent")     /* usage 2 of an issuer that is not served */       \
	X(DANE_UNUSABLE, "unusable")	       /* secure, but no record can be used */             \
	X(DANE_NO_TLS, "no_tls")	       /* TLSA, but no TLS */                              \
	X(DANE_ERROR, "error")		       /* the lookup fails: mail waits */                  \
	X(DANE_UNPROVEN, "unproven")	       /* TLSA, but the host was not seen */

/* Where what is known of an MX host comes from. */
#define PROBE_HOWS(X) X(PROBE_DIRECT, "direct") /* a visit of its own */

/* Sender implementations whose reading is known (senders.def). Order is the bit number. */
#define SENDERS(X)                                                                                 \
	X(SENDER_MOX, "mox")                                                                       \
	X(SENDER_TLSPOL, "postfix-tlspol")                                                         \
	X(SENDER_PMSR, "postfix-mta-sts-resolver")                                                 \
	X(SENDER_CHASQUID, "chasquid")                                                             \
	X(SENDER_GO_MTASTS, "go-mtasts")                                                           \
	X(SENDER_STALWART, "stalwart")                                                             \
	X(SENDER_MAILAUTH, "mailauth")                                                             \
	X(SENDER_KUMOMTA, "kumomta")                                                               \
	X(SENDER_HALON, "halon")

#define TERMS_ENUM_ITEM(id, ...) id,
#define TERMS_DECLARE(prefix, LIST)                                                                \
	enum prefix { LIST(TERMS_ENUM_ITEM) };                                                     \
	const char *prefix##_name(enum prefix v);                                                  \
	int prefix##_parse(struct span word);                                                      \
	extern const unsigned prefix##_count;

/* The place of a word in names, or -1. */
int terms_find(const char *const *names, unsigned count, struct span word);

/* Defines what TERMS_DECLARE() declares, in one C file. */
#define TERMS_FIRST(text, ...) text
#define TERMS_NAME_ITEM(id, ...) TERMS_FIRST(__VA_ARGS__, 0),
#define TERMS_DEFINE(prefix, LIST)                                                                 \
	static const char *const prefix##_names[] = {LIST(TERMS_NAME_ITEM)};                       \
	const unsigned prefix##_count = sizeof(prefix##_names) / sizeof(prefix##_names[0]);        \
	const char *prefix##_name(enum prefix v)                                                   \
	{                                                                                          \
		assert((unsigned)v < prefix##_count);                                              \
		return prefix##_names[v];                                                          \
	}                                                                                          \
	int prefix##_parse(struct span word)                                                       \
	{                                                                                          \
		return terms_find(prefix##_names, prefix##_count, word);                           \
	}

TERMS_DECLARE(dns_outcome, DNS_OUTCOMES)
TERMS_DECLARE(verdict, VERDICTS)
TERMS_DECLARE(impact, IMPACTS)
TERMS_DECLARE(severity, SEVERITIES)
TERMS_DECLARE(stage, STAGES)
TERMS_DECLARE(tls_reason, TLS_REASONS)
TERMS_DECLARE(newline, NEWLINES)
TERMS_DECLARE(mode, MODES)
TERMS_DECLARE(mismatch, MISMATCHES)
TERMS_DECLARE(mx_tls, MX_TLS_OUTCOMES)
TERMS_DECLARE(dane, DANE_OUTCOMES)
TERMS_DECLARE(probe_how, PROBE_HOWS)
TERMS_DECLARE(sender, SENDERS)

const char *verdict_label(enum verdict v);
const char *verdict_sentence(enum verdict v);
const char *impact_label(enum impact v);
const char *impact_sentence(enum impact v);
const char *impact_stake(enum impact v);

/* Whether there was an answer: records, or proof that there are none. All else is temporary. */
bool dns_answered(enum dns_outcome outcome);

/* Whether a sender that wants the TLS of RFC 8461 4.2 turns away from the host. Not when the probe
 * never got as far as to see its TLS: that may be our way there, or a bad day. */
bool mx_tls_refused(enum mx_tls outcome);

/* "No value" for the enumerations above where a record may hold null. */
#define TERM_NULL (-1)

#endif
