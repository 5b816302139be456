/*
 * curl_loop.h - a libcurl multi handle on a libuv loop.
 *
 * Finished transfers are reported from curl_loop_turn() only, never from inside a callback of
 * libcurl, so the handler may add new ones (libcurl refuses recursive calls).
 */
#ifndef MTASWEEP_CURL_LOOP_H
#define MTASWEEP_CURL_LOOP_H

#include <uv.h>

struct curl_loop;

/* easy is a CURL *, already removed from the multi handle; result a CURLcode. */
typedef void curl_loop_finished(void *easy, int result, void *user);

/* Called after each piece of work, because many of them may make one turn of the loop long. */
typedef void curl_loop_pulse(void *user);

/* pulse may be NULL. */
struct curl_loop *curl_loop_new(uv_loop_t *loop, curl_loop_finished *finished, void *user,
				curl_loop_pulse *pulse, void *pulse_user);
/* No transfer may be under way. The loop must run once more to close handles. */
void curl_loop_free(struct curl_loop *c);
int curl_loop_add(struct curl_loop *c, void *easy);
void curl_loop_remove(struct curl_loop *c, void *easy);
void curl_loop_turn(struct curl_loop *c);

/* Where the system keeps its CA bundle, as libcurl was built; NULL when it does not say. */
const char *curl_loop_system_bundle(void);

#endif
