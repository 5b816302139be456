/*
 * facts.h - the small row about one name that the aggregate is fed with.
 *
 * Workers send it to the supervisor beside the compressed line; `report` makes it from a stored
 * line. Both ways give the same row, so both give the same report: everything here is derived from
 * struct record alone.
 */
#ifndef MTASWEEP_FACTS_H
#define MTASWEEP_FACTS_H

#include "output/aggregate/host_words.h"
#include "output/record/record.h"

/* What a name's MX question established. */
#define FACTS_MX_KINDS(X)                                                                          \
	X(FACTS_MX_UNKNOWN, "unknown") /* a temporary failure, or not asked */                     \
	X(FACTS_MX_HOSTS, "hosts")                                                                 \
	X(FACTS_MX_IMPLICIT, "implicit")                                                           \
	X(FACTS_MX_NULL, "null")                                                                   \
	X(FACTS_MX_NONE, "none")                                                                   \
	X(FACTS_MX_NO_MX, "no_mx") /* no MX; whether there is an address was not asked */

/* Who runs something: the domain itself or somebody else (IMC'25: self-managed, third party). */
#define FACTS_ENTITIES(X)                                                                          \
	X(FACTS_ENTITY_UNKNOWN, "unknown")                                                         \
	X(FACTS_ENTITY_SELF, "self")                                                               \
	X(FACTS_ENTITY_PROVIDER, "provider")

#define FACTS_ID_FORMS(X)                                                                          \
	X(FACTS_ID_NULL, "null")                                                                   \
	X(FACTS_ID_DATE, "date")     /* YYYYMMDD, perhaps with a time or counter */                \
	X(FACTS_ID_UNIX, "unix")     /* seconds or milliseconds since 1970 */                      \
	X(FACTS_ID_DIGITS, "digits") /* other digits only */                                       \
	X(FACTS_ID_HEX, "hex")	     /* hexadecimal of 16 digits or more: a hash */                \
	X(FACTS_ID_OTHER, "other")

#define FACTS_HTTP_VERSIONS(X)                                                                     \
	X(FACTS_HTTP_NULL, "null")                                                                 \
	X(FACTS_HTTP_10, "1.0")                                                                    \
	X(FACTS_HTTP_11, "1.1")                                                                    \
	X(FACTS_HTTP_2, "2")                                                                       \
	X(FACTS_HTTP_3, "3")                                                                       \
	X(FACTS_HTTP_OTHER, "other")

#define FACTS_TLS_VERSIONS(X)                                                                      \
	X(FACTS_TLS_NULL, "null")                                                                  \
	X(FACTS_TLS_10, "TLSv1")                                                                   \
	X(FACTS_TLS_11, "TLSv1.1")                                                                 \
	X(FACTS_TLS_12, "TLSv1.2")                                                                 \
	X(FACTS_TLS_13, "TLSv1.3")                                                                 \
	X(FACTS_TLS_OTHER, "other")

TERMS_DECLARE(facts_mx, FACTS_MX_KINDS)
TERMS_DECLARE(facts_entity, FACTS_ENTITIES)
TERMS_DECLARE(facts_id_form, FACTS_ID_FORMS)
TERMS_DECLARE(facts_http, FACTS_HTTP_VERSIONS)
TERMS_DECLARE(facts_tls, FACTS_TLS_VERSIONS)

/* Schemes of the report destinations, a bit set. */
#define FACTS_RUA_MAILTO 1u
#define FACTS_RUA_HTTPS 2u
#define FACTS_RUA_OTHER 4u

#define FACTS_CERT_DAYS_NONE INT32_MIN
#define FACTS_TIME_MAX (1ll << 50) /* any duration or count; larger ones are clamped */

/* Every number of the row with its range: X(name, smallest, largest). */
#define FACTS_NUMBERS(X)                                                                           \
	X(named, 0, 1) /* the line held a name and it was looked at (not excluded) */              \
	X(verdict, 0, VERDICT_EXCLUDED)                                                            \
	X(impact, 0, IMPACT_MAIL_LOSS)                                                             \
	X(interoperable, -1, 1)                                                                    \
	X(senders_refusing, 0, UINT32_MAX)                                                         \
	X(name_status, 0, 255)                                                                     \
	X(took_ms, 0, FACTS_TIME_MAX)                                                              \
	X(rank, -1, INT64_MAX)                                                                     \
	X(sts_dns, 0, DNS_SKIPPED)                                                                 \
	X(tlsrpt_dns, 0, DNS_SKIPPED)                                                              \
	X(mx_dns, 0, DNS_SKIPPED)                                                                  \
	X(policy_dns, 0, DNS_SKIPPED)                                                              \
	X(mx, 0, FACTS_MX_NO_MX)                                                                   \
	X(mx_entity, 0, FACTS_ENTITY_PROVIDER)                                                     \
	X(sts_known, 0, 1) /* whether a record exists is known */                                  \
	X(sts_record, 0, 1)                                                                        \
	X(sts_valid, 0, 1)                                                                         \
	X(sts_ad, -1, 1)                                                                           \
	X(sts_delegated, 0, 1) /* the record's name is a CNAME */                                  \
	X(id_form, 0, FACTS_ID_OTHER)                                                              \
	X(stage, 0, STAGE_OK)                                                                      \
	X(policy_entity, 0, FACTS_ENTITY_PROVIDER)                                                 \
	X(same_provider, -1, 1) /* policy and MX both with providers: the same one */              \
	X(tls_verified, -1, 1)                                                                     \
	X(tls_reason, -1, TLS_OTHER)                                                               \
	X(http_status, 0, 999)                                                                     \
	X(http_version, 0, FACTS_HTTP_OTHER)                                                       \
	X(tls_version, 0, FACTS_TLS_OTHER)                                                         \
	X(has_v4, 0, 1)                                                                            \
	X(has_v6, 0, 1)                                                                            \
	X(newline, -1, NEWLINE_NONE)                                                               \
	X(has_body, 0, 1)                                                                          \
	X(body_bytes, 0, FACTS_TIME_MAX)                                                           \
	X(policy_valid, 0, 1)                                                                      \
	X(mode, -1, MODE_NONE)                                                                     \
	X(max_age, -1, FACTS_TIME_MAX)                                                             \
	X(patterns, 0, UINT32_MAX)                                                                 \
	X(wildcards, 0, UINT32_MAX)                                                                \
	X(cert_days, FACTS_CERT_DAYS_NONE, INT32_MAX) /* left at the time of the scan */           \
	X(policy_took_ms, -1, FACTS_TIME_MAX)                                                      \
	X(tlsrpt_known, 0, 1)                                                                      \
	X(tlsrpt_record, 0, 1)                                                                     \
	X(tlsrpt_valid, 0, 1)                                                                      \
	X(rua_schemes, 0, 7)                                                                       \
	X(mx_hosts, 0, UINT32_MAX)                                                                 \
	X(mx_unmatched, 0, UINT32_MAX)                                                             \
	X(mismatches, 0, UINT32_MAX) /* bit set of enum mismatch */                                \
	X(mx_probed, 0, UINT32_MAX)                                                                \
	X(mx_tls, 0, UINT32_MAX)	/* bit set of enum mx_tls */                               \
	X(mx_tls_bad, 0, UINT32_MAX)	/* hosts a sender would refuse under enforce */            \
	X(mx_tlsa, 0, UINT32_MAX)	/* hosts with TLSA */                                      \
	X(mx_tlsa_asked, 0, UINT32_MAX) /* hosts where that is known */                            \
	X(mx_tls_known, 0, UINT32_MAX)	/* hosts of which it is certain what a sender does */      \
	X(mx_reasons, 0, UINT32_MAX)	/* bit set of enum tls_reason, of those it refuses */      \
	X(mx_versions, 0, UINT32_MAX)	/* bit sets of enum facts_tls and enum host_key */         \
	X(mx_keys, 0, UINT32_MAX)                                                                  \
	X(mx_cert_days, FACTS_CERT_DAYS_NONE, INT32_MAX) /* the fewest */                          \
	X(mx_ad, -1, 1)					 /* the MX records are signed */           \
	X(mx_dane, 0, UINT32_MAX)			 /* bit set of enum dane */                \
	X(mx_dane_ok, 0, UINT32_MAX)	  /* hosts to which a DANE sender delivers */              \
	X(mx_dane_refused, 0, UINT32_MAX) /* ... and will not */                                   \
	X(mx_tlsa_kinds, 0, UINT32_MAX)	  /* bit set, see host_words.h */                          \
	X(mx_starttls, 0, UINT32_MAX)	  /* hosts that have STARTTLS, of mx_tls_known */

/* Every string of the row with its greatest length; longer ones are cut (never inside a UTF-8
 * form). */
#define FACTS_STRINGS(X)                                                                           \
	X(tld, NAME_LABEL_MAX)                                                                     \
	X(tag, INPUT_TAG_MAX)                                                                      \
	X(mx_operator, 128)	/* null: the domain itself, or unknown */                          \
	X(policy_operator, 128) /* likewise */                                                     \
	X(policy_address, 64)                                                                      \
	X(content_type, 96) /* without parameters, lower case is not forced */                     \
	X(cert_issuer, 96)                                                                         \
	X(sts_resolver, 64)                                                                        \
	X(tlsrpt_resolver, 64)                                                                     \
	X(mx_resolver, 64)                                                                         \
	X(rua_first, 128)  /* host part of the first destinations */                               \
	X(rua_second, 128) /* likewise */

/* Every 64-bit hash of the row (XXH3; 0: there is nothing). */
#define FACTS_HASHES(X)                                                                            \
	X(domain_hash)                                                                             \
	X(registrable_hash)                                                                        \
	X(body_hash)                                                                               \
	X(cert_hash)                                                                               \
	X(id_hash)     /* of a valid record's id */                                                \
	X(policy_hash) /* of what a valid policy says: mode, max_age, and its patterns as a set */ \
	X(address_hash)

#define FACTS_CLEAN_MAX 2048

struct facts_issue {
	uint16_t code; /* enum issue */
	uint8_t severity;
	bool root;
};

struct facts {
#define FACTS_MEMBER(name, low, high) int64_t name;
	FACTS_NUMBERS(FACTS_MEMBER)
#undef FACTS_MEMBER
#define FACTS_MEMBER(name) uint64_t name;
	FACTS_HASHES(FACTS_MEMBER)
#undef FACTS_MEMBER
#define FACTS_MEMBER(name, max) struct span name;
	FACTS_STRINGS(FACTS_MEMBER)
#undef FACTS_MEMBER
	/* Strings whose bytes are no text, as the stored record has them. */
	char clean[FACTS_CLEAN_MAX];
	size_t clean_n;
	unsigned issues_n; /* one a code, however often the name has it */
	struct facts_issue issues[FINDINGS_MAX];
};

/* A row that says nothing: numbers at the low end of their ranges, no hashes, no strings, no
 * issues. */
void facts_silence(struct facts *f);

/* Spans of f point into what r points to, or into f itself: do not copy it. Never fails. */
void facts_from_record(const struct record *r, struct facts *f);

#define FACTS_PACKED_MAX 4096

/* Writes the row; returns its length, at most FACTS_PACKED_MAX. */
size_t facts_pack(const struct facts *f, uint8_t out[FACTS_PACKED_MAX]);
/*
 * Reads one row; spans point into p. Returns the bytes it took (rows may stand one behind the
 * other), or 0 when they are no row: cut, out of range or of another version.
 */
size_t facts_unpack(struct facts *f, const uint8_t *p, size_t n);

#endif
