/*
 * dns_ares_parts.h - what dns_ares.c (channels and questions) and dns_ares_sockets.c share, and
 * nobody else sees.
 */
#ifndef MTASWEEP_DNS_ARES_PARTS_H
#define MTASWEEP_DNS_ARES_PARTS_H

/* c-ares 1.28 and later deprecate the calls that 1.18 has and their successors 1.18 has not. */
#define CARES_NO_DEPRECATED 1
#include <ares.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "scanner/dns/datagrams.h"
#include "scanner/dns/dns_ares.h"
#include "scanner/dns/dns_case.h"

/* Since then there are calls for what others do by way of the wire format. */
#define ARES_HAS_RECORDS (ARES_VERSION >= 0x012200)

#define RECEIVE_BATCH 32u
#define DATAGRAM_MAX 4097u /* what c-ares reads at most, with EDNS */
#define ID_COUNT 65536u

/* One c-ares channel. */
struct carrier {
	struct dns_ares *owner;
	ares_channel channel;
	bool tcp;
	ares_socket_t udp_fd; /* newest, the one to send on; ARES_SOCKET_BAD when closed */
	struct sockaddr_storage peer;
	socklen_t peer_n;
	unsigned room;
	unsigned in_flight;
	struct datagrams *batch; /* NULL for TCP */
	struct dns_case letters;
	uint8_t used[ID_COUNT / 8];  /* ids in flight */
	uint8_t spelt[ID_COUNT / 8]; /* those last asked with an answer due in the same letters */
};

struct watch; /* a socket that the loop watches for a channel */

struct dns_ares {
	struct dns_transport transport;
	uv_loop_t *loop;
	struct dns_ares_config config;
	struct sockaddr_storage *upstreams;
	struct carrier **udp, **tcp; /* one an upstream, made at start: c-ares reads files then */
	struct watch *watches;
	struct list failed; /* exchanges that could not be sent; told at the next flush */
	/* Around c-ares as well, from the exchange that it is asked to send to the function that
	 * writes to its socket. */
	const struct dns_exchange *sending;
	uint8_t *packet; /* what goes out; by UDP in place of a token */
	size_t packet_n;
	bool sending_spelt; /* an answer must be spelt as it is */
	bool sending_failed;
	size_t granted;
	uint64_t key; /* of the tokens */
#if ARES_HAS_RECORDS
	ares_dns_record_t *question; /* filled in with one token after the other */
#endif
	uint64_t random[64];
	unsigned random_n;
	/* Around c-ares, which carries no argument from its receive function to its answers: what
	 * carrier_receive() took from the socket, for carrier_told(), which c-ares calls next. */
	ares_socket_t reading; /* that c-ares is asked to read; ARES_SOCKET_BAD outside of that */
	unsigned received_n;   /* datagrams of the last batch */
	unsigned received_at;  /* the next of them that c-ares is given the token of */
	bool handed;	       /* the answer that c-ares tells is in the one before received_at */
	bool handed_spelt;     /* and its question was one of spelt[] */
	struct mmsghdr headers[RECEIVE_BATCH];
	struct iovec iov[RECEIVE_BATCH];
	uint8_t datagram[RECEIVE_BATCH][DATAGRAM_MAX];
};

static inline bool bits_have(const uint8_t *bits, unsigned at)
{
	return bits[at / 8] >> (at % 8) & 1;
}

static inline void bits_set(uint8_t *bits, unsigned at, bool on)
{
	bits[at / 8] = (uint8_t)((bits[at / 8] & ~(1u << (at % 8))) | (unsigned)on << (at % 8));
}

/* dns_ares_sockets.c */
void carrier_use_sockets(struct carrier *c);
void carrier_socket_state(void *user, ares_socket_t fd, int readable, int writable);
/* Sends what has been collected. */
void carrier_flush(struct carrier *c);
/* Tells the kernel where datagrams go, once. */
void carrier_prepare_batch(struct dns_ares *d);

#endif
