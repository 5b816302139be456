/*
 * dns_ares.h - the dns_transport that c-ares carries: one channel for UDP and one for TCP per
 * upstream.
 *
 * Sends are collected and leave in one sendmmsg() per channel at dns_ares_flush(); receives are
 * drained with recvmmsg(). The receive buffer is asked for large; room() follows from what was
 * granted.
 */
#ifndef MTASWEEP_DNS_ARES_H
#define MTASWEEP_DNS_ARES_H

#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "output/base/errmsg.h"
#include "scanner/dns/dns_transport.h"

struct dns_ares;

struct dns_ares_config {
	const struct sockaddr_storage *upstreams; /* addresses with ports; copied */
	unsigned upstreams_n;
	uint32_t timeout_ms;
	size_t receive_buffer; /* wanted bytes a channel */
	unsigned window_max;   /* upper bound of room() */
	/* Letters are mixed for resolvers on this machine, too (dns_case.h): for tests. Between us
	 * and those is no network on which anybody could forge. */
	bool mix_near;
};

/* NULL and err when c-ares or memory fail. The loop must outlive it. */
struct dns_ares *dns_ares_new(uv_loop_t *loop, const struct dns_ares_config *config,
			      struct errmsg *err);
/* Every question under way ends with DNS_TRANSPORT_FAILED. The loop must run once more to close
 * handles. */
void dns_ares_free(struct dns_ares *d);

struct dns_transport *dns_ares_transport(struct dns_ares *d);
/* Sends what was collected; call before the loop sleeps. */
void dns_ares_flush(struct dns_ares *d);
/* Ends questions whose time is up; call every 50 to 100 ms. */
void dns_ares_tick(struct dns_ares *d);
/* Smallest receive buffer that the kernel granted, bytes. */
size_t dns_ares_receive_buffer(const struct dns_ares *d);

#endif
