/* datagrams.c - see datagrams.h. */
#include "scanner/dns/datagrams.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "parsers/limits.h"

#define SEGMENTS_MAX 64u /* of one message: the least that any kernel with UDP_SEGMENT takes */

static_assert(DATAGRAMS_BYTES <= UINT16_MAX && DNS_QUERY_MAX * SEGMENTS_MAX <= 65000,
	      "offsets fit, and so does a message of segments");

bool datagrams_add(struct datagrams *d, const struct iovec *iov, int iov_n, size_t n)
{
	assert(n <= DNS_QUERY_MAX);
	if (d->n == DATAGRAMS_MAX || n > sizeof(d->bytes) - d->used)
		return false;
	d->length[d->n] = (uint16_t)n;
	d->at[d->n++] = (uint16_t)d->used;
	for (int i = 0; i < iov_n; i++) {
		assert(iov[i].iov_len <= n);
		memcpy(d->bytes + d->used, iov[i].iov_base, iov[i].iov_len);
		d->used += iov[i].iov_len;
		n -= iov[i].iov_len;
	}
	assert(n == 0);
	return true;
}

void datagrams_clear(struct datagrams *d)
{
	d->n = 0;
	d->used = 0;
}

/* Longest first, by counting: the segment that ends a message may be shorter than the others. */
static void datagrams_order(const struct datagrams *d, uint8_t order[DATAGRAMS_MAX])
{
	uint8_t place[DNS_QUERY_MAX + 1] = {
		0}; /* how many are longer than this, then where to put */

	for (unsigned i = 0; i < d->n; i++)
		place[d->length[i]]++;
	unsigned before = 0;
	for (unsigned length = DNS_QUERY_MAX + 1; length-- > 0;) {
		unsigned here = place[length];
		place[length] = (uint8_t)before;
		before += here;
	}
	for (unsigned i = 0; i < d->n; i++)
		order[place[d->length[i]]++] = (uint8_t)i;
}

static_assert(DATAGRAMS_MAX < UINT8_MAX, "places fit");

/* Everything that sendmmsg() is told about one batch. */
struct messages {
	unsigned n;
	uint8_t order[DATAGRAMS_MAX];	  /* of the datagrams, as their bytes stand in iov[] */
	uint8_t first[DATAGRAMS_MAX + 1]; /* place in order[] of each message's first */
	struct iovec iov[DATAGRAMS_MAX];
	struct mmsghdr header[DATAGRAMS_MAX];
	_Alignas(struct cmsghdr) char control[DATAGRAMS_MAX][CMSG_SPACE(sizeof(uint16_t))];
};

/* How many from place `at` make one message. */
static unsigned datagrams_run(const struct datagrams *d, const struct messages *m, unsigned at)
{
	unsigned n = 1;

	if (d->singly)
		return 1;
	while (at + n < d->n && n < SEGMENTS_MAX &&
	       d->length[m->order[at + n - 1]] == d->length[m->order[at]])
		n++;
	return n;
}

static void message_add(struct messages *m, unsigned at, unsigned n, uint16_t segment)
{
	struct msghdr *h = &m->header[m->n].msg_hdr;

	m->first[m->n] = (uint8_t)at;
	*h = (struct msghdr){.msg_iov = &m->iov[at], .msg_iovlen = n};
	if (n > 1) {
		h->msg_control = m->control[m->n];
		h->msg_controllen = sizeof(m->control[m->n]);
		struct cmsghdr *c = CMSG_FIRSTHDR(h);
		*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(segment)),
				      .cmsg_level = SOL_UDP,
				      .cmsg_type = UDP_SEGMENT};
		memcpy(CMSG_DATA(c), &segment, sizeof(segment));
	}
	m->n++;
}

static void datagrams_compose(struct datagrams *d, struct messages *m)
{
	datagrams_order(d, m->order);
	for (unsigned i = 0; i < d->n; i++)
		m->iov[i] = (struct iovec){d->bytes + d->at[m->order[i]], d->length[m->order[i]]};
	m->n = 0;
	for (unsigned at = 0; at < d->n;) {
		unsigned n = datagrams_run(d, m, at);
		message_add(m, at, n, d->length[m->order[at]]);
		at += n;
	}
	m->first[m->n] = (uint8_t)d->n;
}

/* Keeps what stands in the messages from `sent` on. */
static void datagrams_keep(struct datagrams *d, const struct messages *m, unsigned sent)
{
	struct datagrams left = {.singly = d->singly};

	for (unsigned i = m->first[sent]; i < d->n; i++)
		datagrams_add(&left, &m->iov[i], 1, m->iov[i].iov_len);
	*d = left;
}

/* One message could not leave. Whether to try it again. */
static bool datagrams_again(struct datagrams *d, const struct mmsghdr *message)
{
	if (errno == EINTR || errno == ECONNREFUSED) /* the latter told of an earlier one */
		return true;
	if (message->msg_hdr.msg_control != NULL)
		d->singly = true; /* no checksums by the device, an old kernel, a small MTU ... */
	return false;
}

void datagrams_flush(struct datagrams *d, int fd)
{
	struct messages m;

	while (d->n > 0) {
		unsigned sent = 0;
		bool was_singly = d->singly;
		datagrams_compose(d, &m);
		while (sent < m.n && d->singly == was_singly) {
			int n = sendmmsg(fd, m.header + sent, m.n - sent, 0);
			if (n > 0)
				sent += (unsigned)n;
			else if (errno == EAGAIN || errno == ENOBUFS)
				break; /* the next flush tries again */
			else if (!datagrams_again(d, &m.header[sent]) && d->singly == was_singly)
				sent++; /* this one cannot leave; its question times out */
		}
		if (sent == m.n) {
			datagrams_clear(d);
			return;
		}
		datagrams_keep(d, &m, sent);
		if (d->singly == was_singly)
			return;
	}
}
