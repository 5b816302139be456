/*
 * judge_hosts.h - findings about MX hosts: one a code and name, with the hosts in its detail.
 * Private to the judge.
 */
#ifndef MTASWEEP_JUDGE_HOSTS_H
#define MTASWEEP_JUDGE_HOSTS_H

#include "scanner/judge/judge_findings.h"

#define HOSTS_CODES_MAX 40u

/* Which hosts have what, in the order in which it was first said. Begins zeroed. */
struct hosts_said {
	unsigned n;
	struct hosts_code {
		enum issue code;
		unsigned hosts, left_out;
		size_t text_n;
		char text[FINDING_DETAIL_MAX - 24]; /* room for how many are left out */
	} code[HOSTS_CODES_MAX];
};

/* Before the first hosts_say(). Nothing is cleared but the count: there is room for ten kilobytes,
 * and most names have nothing to say. */
static inline void hosts_say_nothing(struct hosts_said *s)
{
	s->n = 0;
}

/* remark: what is said of this host beside its name; or null. */
void hosts_say(struct hosts_said *s, enum issue code, struct span host, struct span remark);
/* As findings, with details. */
void hosts_report(struct judging *j, const struct hosts_said *s);

#endif
