/*
 * probe_slot.h - one visit under way and what it has seen so far; private to probe_uv.c and
 * probe_slot.c.
 */
#ifndef MTASWEEP_PROBE_SLOT_H
#define MTASWEEP_PROBE_SLOT_H

#include <uv.h>

#include "scanner/base/list.h"
#include "scanner/base/ring.h"
#include "scanner/probe/prober.h"
#include "scanner/probe/smtp_dialogue.h"
#include "scanner/probe/tls_link.h"

struct probe_uv;

struct probe_slot {
	struct list_item item; /* of the owner's lists */
	struct probe_uv *owner;
	struct probe *probe; /* NULL when the slot is free */
	uv_tcp_t tcp;
	uv_connect_t connect;
	struct ring_entry deadline;
	bool connected, late, ending;
	int waits_in;		      /* the state whose deadline runs, -1 connecting */
	int system_error;	      /* of the connection, negative as libuv has it; 0 none */
	uint64_t started_ms, last_ms; /* last: when the visit ends, whatever comes */
	int64_t connect_ms, greeting_ms, tls_ms, took_ms;
	struct tls_facts facts;
	struct tls_link link;
	char error[96]; /* of the handshake; empty none */
	struct smtp_dialogue dialogue;
};

void probe_slot_reset(struct probe_slot *s, struct probe *p, uint64_t now_ms, uint32_t total_ms);
void probe_slot_broken(struct probe_slot *s, int system_error);
void probe_slot_tls_error(struct probe_slot *s, const char *reason);
/* Fills in probe->out; the certificate is there already. */
void probe_slot_write_down(struct probe_slot *s);

#endif
