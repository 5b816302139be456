/*
 * upstream_state.h - what anybody may know of an upstream resolver: its limits, how it does, and
 * the words for that. No sockets, no messages: the supervisor and the progress show it, too.
 */
#ifndef MTASWEEP_UPSTREAM_STATE_H
#define MTASWEEP_UPSTREAM_STATE_H

#include <stdint.h>

#define RESOLVER_UPSTREAM_MAX 4096u
#define RESOLVER_NAME_MAX 64u /* as in the record, NUL included */
/* Sockets that one upstream may have at a time: for TCP, for new questions over UDP, and, from
 * c-ares 1.34 on, two where earlier questions are under way. */
#define DNS_SOCKETS_MAX 4u

/* In order of trouble: of what several workers say of one, the greatest counts. */
enum upstream_state {
	UPSTREAM_UNPROVEN, /* canary not answered yet */
	UPSTREAM_GOOD,
	UPSTREAM_SILENT,   /* nothing comes back; asked again each second */
	UPSTREAM_FAILING,  /* answers, but nearly always SERVFAIL or REFUSED; paused */
	UPSTREAM_INSECURE, /* does not validate DNSSEC, and that is needed; dropped */
	UPSTREAM_LYING,	   /* gave data for a name that cannot exist; dropped */
};

/* The word for a state that is trouble; NULL: it is none. */
const char *upstream_state_trouble(enum upstream_state state);
/* The word for how it did in a whole run; refused: how many of those that were asked ended in
 * SERVFAIL or REFUSED. */
const char *upstream_state_text(enum upstream_state state, uint64_t asked, uint64_t refused);

#endif
