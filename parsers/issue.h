/*
 * issue.h - findings: what the parsers and the judge have to say about one name.
 *
 * The catalogue is issues.def. A parser reports where it saw a finding; it never decides a verdict
 * by its severity, because users may change severities.
 */
#ifndef MTASWEEP_ISSUE_H
#define MTASWEEP_ISSUE_H

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

enum issue_group {
	ISSUE_GROUP_INPUT,
	ISSUE_GROUP_DOMAIN,
	ISSUE_GROUP_STS,
	ISSUE_GROUP_HOST,
	ISSUE_GROUP_POLICY,
	ISSUE_GROUP_LIFE,
	ISSUE_GROUP_MX,
	ISSUE_GROUP_PROVIDER,
	ISSUE_GROUP_TLSRPT,
};

struct issue_info {
	const char *code;
	enum severity severity;
	enum impact impact;
	enum issue_group group;
	const char *rfc, *title, *why, *fix;
};

const struct issue_info *issue_info(enum issue code);
/* -1 when the catalogue has no such code. */
int issue_parse(struct span code);

/* One sighting. `at` points into the parsed buffer and lives as long as it. */
struct finding {
	enum issue code;
	uint32_t offset; /* byte in the parsed value, from 0 */
	uint32_t line;   /* from 1; 0 where lines mean nothing */
	uint32_t column; /* byte in the line, from 1; 0 as above */
	struct span at;
};

/* Bounded: past FINDINGS_MAX further sightings are counted in `dropped`, never written. */
struct findings {
	unsigned n;
	unsigned dropped;
	struct finding v[FINDINGS_MAX];
};

struct finding *findings_add(struct findings *f, enum issue code);

#endif
