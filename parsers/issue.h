/*
 * issue.h - findings: what the parsers and the judge have to say about one name.
 *
 * The catalogue is issues.def. A parser reports where it saw a finding and whether the RFC's
 * grammar breaks there; that, and never a severity, decides validity, because users may change
 * severities.
 */
#ifndef MTASWEEP_ISSUE_H
#define MTASWEEP_ISSUE_H

#include <stdbool.h>
#include <stdint.h>

#include "parsers/limits.h"
#include "parsers/span.h"
#include "parsers/terms.h"

enum issue {
#define ISSUE(code, severity, impact, group, traits, rfc, title, why, fix) ISSUE_##code,
#include "parsers/issues.def"
#undef ISSUE
	ISSUE_COUNT
};

/* What an error of a group does harm to, when it is not what the impact says already. */
enum issue_touches { ISSUE_TOUCHES_POLICY, ISSUE_TOUCHES_DELIVERY, ISSUE_TOUCHES_REPORTS };

/* Which of the three lookups of a name it hangs on: what is not known of one hides no other's. */
enum issue_list { ISSUE_LIST_STS, ISSUE_LIST_MX, ISSUE_LIST_TLSRPT, ISSUE_LISTS };

/*
 * X(name, heading for people, needs an MTA-STS record, touches, list, verify). The order is the
 * order of findings in a record. "Needs a record": names without one cannot have it, so that they
 * are not counted when its share is told.
 */
#define ISSUE_GROUPS(X)                                                                            \
	X(ISSUE_GROUP_INPUT, "Input", false, POLICY, STS, "")                                      \
	X(ISSUE_GROUP_DOMAIN, "Domain and MX records", false, POLICY, MX,                          \
	  "dig +short MX <domain>")                                                                \
	X(ISSUE_GROUP_STS, "MTA-STS record", true, POLICY, STS,                                    \
	  "dig +short TXT _mta-sts.<domain> | mtasweep lint sts")                                  \
	X(ISSUE_GROUP_HOST, "Policy host", true, POLICY, STS,                                      \
	  "curl -v https://mta-sts.<domain>/.well-known/mta-sts.txt")                              \
	X(ISSUE_GROUP_POLICY, "Policy file", true, POLICY, STS,                                    \
	  "curl -s https://mta-sts.<domain>/.well-known/mta-sts.txt | mtasweep lint policy")       \
	X(ISSUE_GROUP_LIFE, "Meaning and life cycle of the policy", true, POLICY, STS,             \
	  "curl -s https://mta-sts.<domain>/.well-known/mta-sts.txt | mtasweep lint policy")       \
	X(ISSUE_GROUP_MX, "MX hosts against the policy", false, DELIVERY, MX,                      \
	  "dig +short MX <domain>")                                                                \
	X(ISSUE_GROUP_DANE, "TLSA records of MX hosts", false, DELIVERY, MX,                       \
	  "dig +short TLSA _25._tcp.<mx host>")                                                    \
	X(ISSUE_GROUP_PROVIDER, "Delegation to providers", false, POLICY, MX,                      \
	  "dig +short CNAME mta-sts.<domain>")                                                     \
	X(ISSUE_GROUP_TLSRPT, "TLS-RPT record", false, REPORTS, TLSRPT,                            \
	  "dig +short TXT _smtp._tls.<domain> | mtasweep lint tlsrpt")

#define ISSUE_GROUP_ITEM(id, ...) id,
enum issue_group { ISSUE_GROUPS(ISSUE_GROUP_ITEM) ISSUE_GROUP_COUNT };

struct issue_group_info {
	const char *title;
	bool needs_record;
	enum issue_touches touches;
	enum issue_list list;
	const char *verify; /* a command that shows it, <domain> in it; "" none but `check` */
};

/* What those who tell of a finding have to know about it beyond its group. */
enum issue_trait {
	ISSUE_OF_SERVER = 1 << 0,      /* of the mail server itself: no policy repairs it */
	ISSUE_NO_POLICY = 1 << 1,      /* the file is no policy with faults but something else */
	ISSUE_SAID = 1 << 2,	       /* `check` has a step of its own for it, better than fix */
	ISSUE_SAID_BY_POLICY = 1 << 3, /* the same, whenever a new policy is written down */
	ISSUE_SHORTER = 1 << 4,	       /* a shorter file is what mends it */
	ISSUE_UNFINISHED = 1 << 5,     /* the file may have come only in part */
	ISSUE_DANGLING = 1 << 6,       /* the record's name is an alias of one that is not there */
	ISSUE_WILDCARD = 1 << 7,       /* the answer may be a wildcard's, not the name's own */
	ISSUE_MX_WRONG =
		1 << 9,	     /* the MX records name other hosts than are meant: no policy by them */
	ISSUE_OURS = 1 << 8, /* our choice: it says nothing about the domain, and will not pass */
	ISSUE_OF_AGE = 1 << 10, /* max_age alone is to be another one, which can wait */
	ISSUE_STRAYS = 1 << 11, /* TXT records beside one that is fine */
	ISSUE_OF_VISIT =
		1 << 12,	 /* known when the MX hosts were visited, or their TLSA asked for */
	ISSUE_SUMS_UP = 1 << 13, /* of several hosts at once: theirs say the same, and better */
	ISSUE_OF_RECORD = 1 << 14, /* of the file, but a record is what mends it */
	ISSUE_UNREADY = 1 << 15,   /* enforced as it is, the policy would lose mail */
};

struct issue_info {
	const char *code;
	enum severity severity;
	enum impact impact;
	enum issue_group group;
	unsigned traits; /* of enum issue_trait */
	const char *rfc, *title, *why, *fix;
};

const struct issue_info *issue_info(enum issue code);
const struct issue_group_info *issue_group_info(enum issue_group group);
bool issue_has(enum issue code, enum issue_trait trait);
/* What it does to mail, in a few words: the impact's, else those of an error of its group; "" when
 * there is nothing to say. Severity and impact are the sighting's, the verdict is the name's. */
const char *issue_consequence(enum issue code, enum severity severity, enum impact impact,
			      enum verdict verdict);
/* Whether it is an error that keeps senders from some MX host, so that mail may be late: where all
 * are out of reach, the impact says so. A policy keeps them from one only when it is enforced, TLSA
 * records always. */
bool issue_delays(enum issue code, enum severity severity, enum verdict verdict);
/* What kind of value a finding can be shown on. */
enum issue_example {
	ISSUE_EXAMPLE_NONE,
	ISSUE_EXAMPLE_STS,
	ISSUE_EXAMPLE_POLICY,
	ISSUE_EXAMPLE_TLSRPT
};
/* A value that has the finding, and one of its kind that has not; NONE where no value alone shows
 * it. */
enum issue_example issue_example(enum issue code, struct span *wrong, struct span *right);
/* -1 when the catalogue has no such code. */
int issue_parse(struct span code);

/* One sighting. `at` points into the parsed value and lives as long as it. */
struct finding {
	enum issue code;
	bool breaks;	 /* by the RFC's grammar the value is invalid because of this */
	uint32_t offset; /* byte in the parsed value, from 0 */
	uint32_t line;	 /* from 1; 0 where lines mean nothing */
	uint32_t column; /* byte in the line, from 1; 0 as above */
	struct span at;
};

/*
 * Sightings of one value, in the order in which they were made. Bounded: past FINDINGS_MAX in all
 * or FINDINGS_PER_CODE of one code they are counted in `dropped`; the first that breaks is always
 * kept. Invariant: the value is valid exactly when root < 0; else v[root].breaks.
 */
struct findings {
	const char *base; /* start of the parsed value */
	unsigned n, dropped;
	int root; /* index of the first that breaks, -1 none */
	struct finding v[FINDINGS_MAX];
};

void findings_init(struct findings *f, const char *base);
/* NULL when it was only counted. */
struct finding *findings_add(struct findings *f, enum issue code, struct span at);
struct finding *findings_break(struct findings *f, enum issue code, struct span at);

#endif
