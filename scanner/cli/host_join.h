/*
 * host_join.h - what is known of MX hosts, put into the records of the names that have them; and
 * whose hosts are asked about at all. host_stage.h uses it.
 */
#ifndef MTASWEEP_HOST_JOIN_H
#define MTASWEEP_HOST_JOIN_H

#include "output/record/record.h"
#include "scanner/options/scan_options.h"

enum host_scope {
	HOST_SCOPE_NONE,
	HOST_SCOPE_SECURE, /* its hosts are visited where their TLSA records are secure */
	HOST_SCOPE_VISIT,
};

enum host_scope host_scope(const struct scan_options *o, const struct record *r);
/* Whether DIR holds the files of a join that was broken off while it put them in place. */
bool host_join_pending(const char *dir);
/* Puts them in place; again and again with the same end. 0, or -1 and err. */
int host_join_finish(const char *dir, struct errmsg *err);

#endif
