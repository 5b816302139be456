/* terms.c - the name tables behind terms.h. */
#include "parsers/terms.h"

#include <assert.h>

int terms_find(const char *const *names, unsigned count, struct span word)
{
	for (unsigned i = 0; i < count; i++)
		if (span_eq(span_str(names[i]), word))
			return (int)i;
	return -1;
}

TERMS_DEFINE(dns_outcome, DNS_OUTCOMES)
TERMS_DEFINE(verdict, VERDICTS)
TERMS_DEFINE(impact, IMPACTS)
TERMS_DEFINE(severity, SEVERITIES)
TERMS_DEFINE(stage, STAGES)
TERMS_DEFINE(tls_reason, TLS_REASONS)
TERMS_DEFINE(newline, NEWLINES)
TERMS_DEFINE(mode, MODES)
TERMS_DEFINE(mismatch, MISMATCHES)
TERMS_DEFINE(mx_tls, MX_TLS_OUTCOMES)
TERMS_DEFINE(dane, DANE_OUTCOMES)
TERMS_DEFINE(probe_how, PROBE_HOWS)
TERMS_DEFINE(sender, SENDERS)

/* The columns with words for people. */
#define TERMS_LABEL_ITEM(id, text, label, ...) label,
#define TERMS_SENTENCE_ITEM(id, text, label, ...) TERMS_FIRST(__VA_ARGS__, 0),
#define TERMS_STAKE_ITEM(id, text, label, sentence, stake) stake,
#define TERMS_WORDS(prefix, column, LIST, ITEM)                                                    \
	const char *prefix##_##column(enum prefix v)                                               \
	{                                                                                          \
		static const char *const words[] = {LIST(ITEM)};                                   \
		assert((unsigned)v < prefix##_count);                                              \
		return words[v];                                                                   \
	}

TERMS_WORDS(verdict, label, VERDICTS, TERMS_LABEL_ITEM)
TERMS_WORDS(verdict, sentence, VERDICTS, TERMS_SENTENCE_ITEM)
TERMS_WORDS(impact, label, IMPACTS, TERMS_LABEL_ITEM)
TERMS_WORDS(impact, sentence, IMPACTS, TERMS_SENTENCE_ITEM)
TERMS_WORDS(impact, stake, IMPACTS, TERMS_STAKE_ITEM)

bool dns_answered(enum dns_outcome outcome)
{
	return outcome == DNS_OK || outcome == DNS_NODATA || outcome == DNS_NXDOMAIN;
}

bool mx_tls_refused(enum mx_tls outcome)
{
	switch (outcome) {
	case MX_TLS_NO_STARTTLS:
	case MX_TLS_NAME_MISMATCH:
	case MX_TLS_EXPIRED:
	case MX_TLS_NOT_YET_VALID:
	case MX_TLS_SELF_SIGNED:
	case MX_TLS_UNTRUSTED:
	case MX_TLS_PROTOCOL:
	case MX_TLS_INCOMPLETE_CHAIN:
	case MX_TLS_STARTTLS_REFUSED:
	case MX_TLS_CLEARTEXT:
	case MX_TLS_HANDSHAKE:
		return true;
	case MX_TLS_OK:
	case MX_TLS_SMTP:
	case MX_TLS_DNS:
	case MX_TLS_CONNECT:
	case MX_TLS_TIMEOUT:
	case MX_TLS_WEAK:
	case MX_TLS_BLOCKED:
	case MX_TLS_TEMPFAIL:
	case MX_TLS_STRIPPED:
	case MX_TLS_NO_ADDRESS:
	case MX_TLS_PRIVATE_ADDRESS:
	case MX_TLS_EXCLUDED:
	case MX_TLS_NOT_TRIED:
		break;
	}
	return false;
}
