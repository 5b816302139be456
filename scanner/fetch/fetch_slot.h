/*
 * fetch_slot.h - one transfer under way and what it has seen so far; private to fetch/.
 */
#ifndef MTASWEEP_FETCH_SLOT_H
#define MTASWEEP_FETCH_SLOT_H

#include <stddef.h>

#include "scanner/fetch/fetcher.h"
#include "scanner/hosts/tls_facts.h"

#define FETCH_HEADERS_MAX 32768u /* bytes of all header lines together */
#define FETCH_HEADER_KEPT 256u

struct fetch_curl;
struct curl_slist;

struct fetch_slot {
	struct fetch_curl *owner;
	struct fetch_slot *next_free;
	struct fetch *fetch; /* NULL when the slot is free */
	void *easy;	     /* made at first use, then kept */
	struct curl_slist *connect_to;
	struct tls_facts tls;
	uint64_t started_ms;
	bool young; /* counts as busy, not as waiting for its host: fetch_curl.c */
	char *body; /* POLICY_BODY_MAX bytes, made at first use, then kept */
	size_t body_n;
	uint64_t body_seen;
	size_t headers_seen;
	bool headers_cut, no_memory;
	bool has_content_type, has_location, content_encoded;
	unsigned content_types; /* that differ */
	char content_type[FETCH_HEADER_KEPT], location[FETCH_HEADER_KEPT];
	char error[256]; /* CURL_ERROR_SIZE */
};

void fetch_slot_reset(struct fetch_slot *s, struct fetch *f);
/* libcurl's write and header callbacks, user = the slot. */
size_t fetch_slot_body(char *p, size_t size, size_t n, void *user);
size_t fetch_slot_header(char *p, size_t size, size_t n, void *user);
/*
 * fetch_facts.c: fills in fetch->out from the finished transfer; result is its CURLcode. stage is
 * how far the transfer came, http when an answer did: what that is worth, the judge says.
 */
void fetch_slot_write_down(struct fetch_slot *s, int result);

#endif
