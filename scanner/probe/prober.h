/*
 * prober.h - asks one MX host, at one of its addresses, for STARTTLS, and looks at what TLS shows
 * (RFC 3207, RFC 8461 4.2, RFC 7672).
 *
 * Who asks picks the address and decides about the next one; a prober only carries out a single
 * attempt and writes down everything it saw. The real one is probe_uv.h; tests script their own.
 */
#ifndef MTASWEEP_PROBER_H
#define MTASWEEP_PROBER_H

#include <stdint.h>

#include "output/base/arena.h"
#include "parsers/netaddr.h"
#include "parsers/terms.h"
#include "parsers/tlsa.h"

#define PROBE_TEXT_MAX 200u /* bytes kept of a reply */
#define PROBE_TLSA_MAX 16u  /* records of a host that are judged */
#define PROBE_DANE_NAMES 3u /* names that DANE-TA may find in a certificate (RFC 7672 3.2.2) */

/* How far the attempt came; what is named is what failed, or PROBE_OK. */
enum probe_stage {
	PROBE_TCP,
	PROBE_GREETING,
	PROBE_EHLO,
	PROBE_STARTTLS,
	PROBE_TLS,
	PROBE_OK,
};

/* What the records of a host say about the chain it served. */
struct probe_dane {
	int outcome; /* enum dane: ok, mismatch, name_mismatch, expired, ta_not_sent, unusable; -1 */
	int record;  /* index of the record that matched, -1 */
	int depth;   /* of the certificate that it matched, 0 the leaf; -1 */
	bool leaf_as_ta; /* a usage 2 record holds the leaf (RFC 7671 5.2) */
	uint32_t spare;	 /* bit set: records that match nothing of the chain */
};

/* Strings live in the asker's arena. */
struct probe_result {
	enum probe_stage stage;
	enum mx_tls tls;
	bool again;	  /* a temporary refusal: 4xx */
	int code;	  /* of the reply that decided, 0 none */
	struct span text; /* and its text; or what came in place of a reply or of TLS */
	struct span banner;
	struct span error; /* of a connection or handshake that failed, for people; null */
	bool requiretls;
	uint64_t injected; /* bytes in clear behind the 220, thrown away (CVE-2021-38371) */
	bool quit_sent, quit_answered;

	struct span tls_version, cipher; /* null: no handshake */
	uint32_t tls_reasons;		 /* bit set of enum tls_reason: for an MTA-STS sender */
	struct span cert_issuer, cert_sha256, cert_names;
	struct span spki_sha256;		 /* of the leaf's key, hex: what "3 1 1" needs */
	int64_t cert_not_before, cert_not_after; /* Unix seconds; INT64_MIN unknown */
	unsigned cert_key_bits;
	bool cert_ec; /* cert_key_bits is of an elliptic curve */
	bool cert_sha1, cert_cn_only, cert_wildcard_partial;
	struct probe_dane dane;

	int64_t connect_ms, greeting_ms, took_ms; /* -1 not that far */
};

/* Embedded in the asker; must stay put until done() was called, exactly once, never inside
 * start(). */
struct probe {
	const char *host; /* A-label, NUL-terminated: SNI, and the name of an MTA-STS sender */
	struct netaddr address;
	struct arena *arena;
	/* What DANE needs, NULL and 0 without. names: the TLSA base domain first. */
	const struct tlsa *tlsa;
	unsigned tlsa_n;
	const char *names[PROBE_DANE_NAMES];
	unsigned names_n;
	struct probe_result *out;
	void (*done)(struct probe *p);
};

struct prober {
	/* 0, or -1 when no slot is free (then done() is not called). */
	int (*start)(struct prober *prober, struct probe *p);
};

#endif
