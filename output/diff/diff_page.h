/*
 * diff_page.h - what changed between two runs as a page to send on: mail that is lost first, also
 * where that is no change.
 *
 * One HTML file without script or request, for people who have never read a record: what was, what
 * is, why, and what to do first, in words. It holds names.
 */
#ifndef MTASWEEP_DIFF_PAGE_H
#define MTASWEEP_DIFF_PAGE_H

#include <stdio.h>

#include "output/diff/diff_hosts.h"
#include "output/diff/diff_order.h"

struct diff_page {
	struct diff_order order; /* rows, until all are known */
	FILE *hosts;		 /* likewise, of MX hosts that are worse */
	uint64_t hosts_n;
	bool tagged; /* some row has a customer */
	struct buf shown[2];
	bool failed;  /* for want of memory */
	bool delayed; /* mail to some name that is worse may be late or lost */
	bool unsure;  /* ... to some it is not known whether it is lost */
};

/* 0, or -1: no temporary file can be had. Release in both cases. */
int diff_page_begin(struct diff_page *p);
/* A diff_tell() for struct diff_page. */
void diff_page_change(void *owner, const struct diff_change *c);
/* A host_tell() for struct diff_page. */
void diff_page_host(void *owner, const struct host_change *c);
/* 0, or -1 when something could not be kept; errors of out are its own. */
int diff_page_write(struct diff_page *p, FILE *out, const char *const runs[2],
		    const struct diff_totals *t, const struct host_totals *hosts,
		    const struct remarks *remarks);
void diff_page_release(struct diff_page *p);

#endif
