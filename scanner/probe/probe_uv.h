/*
 * probe_uv.h - the prober that talks to MX hosts over libuv's TCP and OpenSSL.
 *
 * A fixed number of slots, each one visit: a connection, the dialogue (smtp_dialogue.h), a
 * handshake (tls_link.h). Deadlines are entries of the caller's ring. Finished visits are reported
 * from probe_uv_turn() only.
 */
#ifndef MTASWEEP_PROBE_UV_H
#define MTASWEEP_PROBE_UV_H

#include <uv.h>

#include "scanner/base/ring.h"
#include "scanner/probe/prober.h"
#include "scanner/probe/smtp_dialogue.h"
#include "scanner/probe/tls_link.h"

struct probe_uv;

struct probe_uv_config {
	unsigned slots;
	uint16_t port;
	const char *ehlo_name; /* outlives the prober */
	struct smtp_limits limits;
	struct tls_trust *trust; /* must outlive the prober */
	struct ring *ring;	 /* must outlive the prober */
};

struct probe_uv *probe_uv_new(uv_loop_t *loop, const struct probe_uv_config *config,
			      struct errmsg *err);
/* Visits under way are dropped without done(). The loop must run until the handles are closed. */
void probe_uv_free(struct probe_uv *u);
struct prober *probe_uv_prober(struct probe_uv *u);
/* Reports what is over; once a turn of the loop. */
void probe_uv_turn(struct probe_uv *u);
unsigned probe_uv_in_flight(const struct probe_uv *u);

#endif
