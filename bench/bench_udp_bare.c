/*
 * bench_udp_bare.c - the yardstick of the transport: three questions a name to one resolver and
 * their answers, and nothing done that is not needed for it.
 *
 *     bench_udp_bare ADDRESS PORT NAMES
 *
 * NAMES has a name a line; the questions are those of a scan, made before the clock starts. They
 * leave as the scan's do (datagrams.h), all answers that are there come with recvmmsg(), and as
 * many questions leave again. Nobody looks into the answers, keeps ids or times, or asks again.
 * Prints one JSON object; CPU time has the kernel's share in it. Exit status 1 when more than one
 * in a hundred was lost.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "bench/cpu_time.h"
#include "parsers/dnsmsg.h"
#include "scanner/dns/datagrams.h"

#define RECEIVE_BATCH 32u
#define ANSWER_MAX 4096u
#define ANSWER_COST 1280u /* of the receive buffer */
#define RECEIVE_BUFFER (8 << 20)
#define WINDOW_MAX 2000u
#define QUIET_MS 500 /* then what is missing will not come */

struct bench {
	int fd;
	unsigned window;
	uint8_t *text; /* of the queries, each behind its length */
	size_t text_n, text_cap, at;
	unsigned long asked, questions, answered;
	struct datagrams datagrams;
	struct mmsghdr header[RECEIVE_BATCH];
	struct iovec iov[RECEIVE_BATCH];
	uint8_t answer[RECEIVE_BATCH][ANSWER_MAX];
};

static void add_query(struct bench *b, const char *owner, const char *domain, uint16_t type)
{
	char name[DNS_NAME_TEXT_MAX + 16];

	if (b->text_cap - b->text_n <= DNS_QUERY_MAX) {
		b->text_cap = b->text_cap * 2 + (1u << 20);
		b->text = realloc(b->text, b->text_cap);
		if (b->text == NULL)
			abort();
	}
	int n = snprintf(name, sizeof(name), "%s%s", owner, domain);
	uint8_t *to = b->text + b->text_n;
	size_t length = dnsmsg_query(to + 2, DNS_QUERY_MAX, (uint16_t)b->questions,
				     span_of(name, (size_t)n), type, true);
	if (length == 0)
		abort();
	to[0] = (uint8_t)(length >> 8);
	to[1] = (uint8_t)length;
	b->text_n += 2 + length;
	b->questions++;
}

static void read_names(struct bench *b, const char *path)
{
	char line[DNS_NAME_TEXT_MAX];
	FILE *in = fopen(path, "r");

	if (in == NULL) {
		fprintf(stderr, "bench_udp_bare: cannot read %s\n", path);
		exit(2);
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		add_query(b, "_mta-sts.", line, DNS_TYPE_TXT);
		add_query(b, "_smtp._tls.", line, DNS_TYPE_TXT);
		add_query(b, "", line, DNS_TYPE_MX);
	}
	fclose(in);
}

/* As dns_ares_sockets.c: as many under way as the receive buffer holds. */
static int open_socket(struct bench *b, const char *address, const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	struct timeval quiet = {.tv_usec = QUIET_MS * 1000};
	int want = RECEIVE_BUFFER, got = 0;
	socklen_t n = sizeof(got);

	b->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (b->fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
	    connect(b->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    setsockopt(b->fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof(quiet)) != 0)
		return -1;
	if (setsockopt(b->fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof(want)) != 0)
		setsockopt(b->fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof(want));
	if (getsockopt(b->fd, SOL_SOCKET, SO_RCVBUF, &got, &n) != 0)
		return -1;
	b->window = (unsigned)got / ANSWER_COST;
	if (b->window > WINDOW_MAX)
		b->window = WINDOW_MAX;
	for (unsigned i = 0; i < RECEIVE_BATCH; i++) {
		b->iov[i] = (struct iovec){b->answer[i], ANSWER_MAX};
		b->header[i].msg_hdr = (struct msghdr){.msg_iov = &b->iov[i], .msg_iovlen = 1};
	}
	return 0;
}

/* So many more questions leave, or all that are left. */
static void ask(struct bench *b, unsigned long n)
{
	while (n > 0 && b->asked < b->questions) {
		const uint8_t *from = b->text + b->at;
		size_t length = (size_t)(from[0] << 8 | from[1]);
		const struct iovec iov = {b->text + b->at + 2, length};
		if (!datagrams_add(&b->datagrams, &iov, 1, length)) {
			datagrams_flush(&b->datagrams, b->fd);
			if (b->datagrams.n > 0)
				return; /* the socket is full; later */
			continue;
		}
		b->at += 2 + length;
		b->asked++;
		n--;
	}
	datagrams_flush(&b->datagrams, b->fd);
}

/* All that is there; waits for the first. False when nothing comes any more. */
static bool receive(struct bench *b)
{
	int n, flags = MSG_WAITFORONE;

	do {
		n = recvmmsg(b->fd, b->header, RECEIVE_BATCH, flags, NULL);
		if (n > 0)
			b->answered += (unsigned)n;
		else if (flags == MSG_WAITFORONE)
			return errno == EINTR;
		flags = MSG_DONTWAIT;
	} while (n == (int)RECEIVE_BATCH); /* a batch that is not full empties the socket */
	return true;
}

int main(int argc, char **argv)
{
	static struct bench b;

	if (argc != 4) {
		fputs("usage: bench_udp_bare ADDRESS PORT NAMES\n", stderr);
		return 2;
	}
	read_names(&b, argv[3]);
	if (open_socket(&b, argv[1], argv[2]) != 0) {
		perror("bench_udp_bare");
		return 2;
	}
	double begin = cpu_us();
	ask(&b, b.window);
	while (b.answered < b.questions && receive(&b))
		ask(&b, b.answered + b.window - b.asked);
	printf("{\"bench\":\"udp_bare\",\"questions\":%lu,\"answered\":%lu,\"window\":%u,"
	       "\"cpu_us_per_answer\":%.3f}\n",
	       b.questions, b.answered, b.window,
	       b.answered > 0 ? (cpu_us() - begin) / (double)b.answered : 0.0);
	free(b.text);
	return b.questions - b.answered <= b.questions / 100 ? 0 : 1;
}
