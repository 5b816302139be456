/*
 * datagrams.h - datagrams to one resolver, collected and sent with few system calls.
 *
 * Sending costs more than everything else that a query costs us: the way down the kernel's network
 * stack, packet by packet. Linux goes that way once for several datagrams of one length (generic
 * segmentation offload, udp(7) UDP_SEGMENT); what goes over the wire is the same. So what is
 * collected is ordered by length, and every run of a length is one message. Where the kernel or the
 * device will not have it, each datagram is a message again.
 */
#ifndef MTASWEEP_DATAGRAMS_H
#define MTASWEEP_DATAGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define DATAGRAMS_MAX 128u
#define DATAGRAMS_BYTES 8192u

/* Members are the module's own. Zeroed is empty, and ready for use. */
struct datagrams {
	unsigned n;
	size_t used; /* of bytes[] */
	bool singly; /* segmentation was refused */
	uint16_t length[DATAGRAMS_MAX], at[DATAGRAMS_MAX];
	uint8_t bytes[DATAGRAMS_BYTES];
};

/* Copies one datagram of at most DNS_QUERY_MAX bytes. False when there is no room: flush. */
bool datagrams_add(struct datagrams *d, const struct iovec *iov, int iov_n, size_t n);

/*
 * Sends over the connected socket what has been collected. What does not fit into the socket's
 * buffer stays for the next flush; what cannot leave at all is dropped, as the network might have.
 */
void datagrams_flush(struct datagrams *d, int fd);

/* Drops what has been collected. */
void datagrams_clear(struct datagrams *d);

#endif
