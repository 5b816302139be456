/*
 * share.h - what this machine may do of what the whole scan may.
 *
 * --dns-rate, --host-*, --smtp-rate and --smtp-concurrency say how hard the scan may be on
 * others, not how hard a machine may be: N shards at the same time are no harder on anybody than
 * one machine that scans it all. Nothing is agreed on between them; each keeps an N-th. Where MX
 * hosts are dealt by operator, an operator is one machine's alone, and so are its limits; an
 * address may belong to several.
 */
#ifndef MTASWEEP_SHARE_H
#define MTASWEEP_SHARE_H

#include "scanner/hosts/gate.h"
#include "scanner/options/scan_options.h"

struct share {
	double dns_rate; /* questions a second, all workers together; 0: no limit */
	struct gate_limits hosts;
	struct gate_limits smtp;		/* an address of MX hosts */
	double smtp_key_at_once, smtp_key_rate; /* an operator of MX hosts */
};

struct share share_of(const struct scan_options *o);
#define SHARE_TEXT 256u
/* The same as a sentence, for the person who starts it. */
void share_text(const struct scan_options *o, char *out, size_t room);

#endif
