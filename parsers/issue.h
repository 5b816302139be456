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
#define ISSUE(code, severity, impact, group, rfc, title, why, fix) ISSUE_##code,
#include "parsers/issues.def"
#undef ISSUE
	ISSUE_COUNT
};

/* Name, heading for people. The order is the order of findings in a record. */
#define ISSUE_GROUPS(X)                                                                            \
	X(ISSUE_GROUP_INPUT, "Input")                                                              \
	X(ISSUE_GROUP_DOMAIN, "Domain and MX records")                                             \
	X(ISSUE_GROUP_STS, "MTA-STS record")                                                       \
	X(ISSUE_GROUP_HOST, "Policy host")                                                         \
	X(ISSUE_GROUP_POLICY, "Policy file")                                                       \
	X(ISSUE_GROUP_LIFE, "Meaning and life cycle of the policy")                                \
	X(ISSUE_GROUP_MX, "MX hosts against the policy")                                           \
	X(ISSUE_GROUP_PROVIDER, "Delegation to providers")                                         \
	X(ISSUE_GROUP_TLSRPT, "TLS-RPT record")

#define ISSUE_GROUP_ITEM(id, title) id,
enum issue_group { ISSUE_GROUPS(ISSUE_GROUP_ITEM) ISSUE_GROUP_COUNT };

struct issue_info {
	const char *code;
	enum severity severity;
	enum impact impact;
	enum issue_group group;
	const char *rfc, *title, *why, *fix;
};

const struct issue_info *issue_info(enum issue code);
const char *issue_group_title(enum issue_group group);
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
