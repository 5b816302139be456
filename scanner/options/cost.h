/*
 * cost.h - what a scan will cost those who are asked, told before it begins.
 */
#ifndef MTASWEEP_COST_H
#define MTASWEEP_COST_H

#include "scanner/dns/resolver_list.h"
#include "scanner/options/scan_options.h"

#define COST_TEXT 600u
/* From so many names on a resolver's operator wants to be asked first. */
#define COST_MANY 100000u

/* How many names the inputs have for us, shard and sample taken into account: from their sizes and
 * first lines, so only about. 0: cannot be told (standard input). */
uint64_t cost_guess_names(const struct scan_options *o);

/* MX and the TXT records of MTA-STS and TLS-RPT: what is asked of a name that exists, where nothing
 * is published or fails. */
unsigned cost_questions(const struct scan_options *o);
/* A sentence: questions and hours. names 0: not known, so of each million. Where something is
 * published or fails there are more questions. */
void cost_text(const struct scan_options *o, const struct resolver_list *resolvers, uint64_t names,
	       char out[COST_TEXT]);
/* The same of the MX hosts, where they are asked for: whose, and how hard. How many there are
 * nobody knows before all names are done. */
void cost_hosts_text(const struct scan_options *o, char out[COST_TEXT]);
/* False unless so many names are about to go to a public resolver, or to that of the network we are
 * in: one that this system has, rather than one that was named. Then a sentence. */
bool cost_warning(const struct scan_options *o, const struct resolver_list *resolvers,
		  uint64_t names, char out[COST_TEXT]);

#endif
