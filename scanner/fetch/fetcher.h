/*
 * fetcher.h - fetches one policy file from one address (RFC 8461 3.3).
 *
 * The job machine picks the address and decides about the next one; a fetcher only carries out a
 * single attempt and writes down everything it saw. The real one is fetch_curl.h; tests script
 * their own.
 */
#ifndef MTASWEEP_FETCHER_H
#define MTASWEEP_FETCHER_H

#include <stdbool.h>
#include <stdint.h>

#include "output/base/arena.h"
#include "output/record/record.h"
#include "parsers/netaddr.h"

/* Embedded in the asker; must stay put until done() was called, exactly once, never inside
 * start(). */
struct fetch {
	const char *host; /* policy host, A-label, NUL-terminated */
	struct netaddr address;
	bool http1;		   /* HTTP/1.1 only: HTTP/2 was refused, which can mean just that */
	struct arena *arena;	   /* where what was seen is copied */
	struct record_policy *out; /* transport, TLS, HTTP and body fields are filled in */
	void (*done)(struct fetch *f);
};

struct fetcher {
	/* 0, or -1 when no slot is free (then done() is not called). */
	int (*start)(struct fetcher *fetcher, struct fetch *f);
};

#endif
