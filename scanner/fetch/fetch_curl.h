/*
 * fetch_curl.h - the fetcher that libcurl's multi interface carries on a libuv loop.
 *
 * RFC 8461 3.3: HTTPS only, no redirects, no caching, a deadline, a size limit. A fixed number of
 * slots, each with one easy handle that is kept; the address is pinned, nothing is resolved or
 * reused. Of these, 64 are for fetches that are busy; the others for such as wait for their hosts
 * longer than 0.15 seconds, so that hosts that never answer hold up no other.
 */
#ifndef MTASWEEP_FETCH_CURL_H
#define MTASWEEP_FETCH_CURL_H

#include <stdint.h>
#include <uv.h>

#include "output/base/errmsg.h"
#include "scanner/fetch/fetcher.h"
#include "scanner/hosts/tls_facts.h"

struct fetch_curl;

struct fetch_curl_config {
	unsigned slots;
	uint16_t port;
	uint32_t timeout_ms; /* whole attempt */
	const char *user_agent;
	struct tls_trust *trust;   /* must outlive the fetcher */
	void (*pulse)(void *user); /* as of curl_loop.h; may be NULL */
	void *pulse_user;
};

struct fetch_curl *fetch_curl_new(uv_loop_t *loop, const struct fetch_curl_config *config,
				  struct errmsg *err);
/* Fetches under way are dropped without done(). The loop must run once more to close handles. */
void fetch_curl_free(struct fetch_curl *f);
struct fetcher *fetch_curl_fetcher(struct fetch_curl *f);
/* Completes what finished; call once per turn of the loop, outside of its callbacks' reach. */
void fetch_curl_turn(struct fetch_curl *f);
unsigned fetch_curl_in_flight(const struct fetch_curl *f);
uint64_t fetch_curl_done(const struct fetch_curl *f);

#endif
