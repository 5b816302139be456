/* estate.c - see estate.h. */
#include "datasets/labnet/estate.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "datasets/labnet/draw.h"

#define HOSTS_AN_OPERATOR 10u
#define SHARED_PLACES 65536u /* 127.1.x.y */

static unsigned operators_of(unsigned n)
{
	return n / HOSTS_AN_OPERATOR + 1;
}

/* The square of a number between 0 and 1: the first operators have most. */
static unsigned operator_of(unsigned n, unsigned host)
{
	uint64_t u = draw(draw_mix(host + 1), DRAW_OPERATOR);

	return (unsigned)((u * u >> 32) * operators_of(n) >> 32);
}

size_t estate_name(unsigned n, unsigned host, char out[NAME_BUF])
{
	return (size_t)snprintf(out, NAME_BUF, "mx%u.post%u.net", host, operator_of(n, host));
}

unsigned estate_find(unsigned n, struct span name)
{
	char text[NAME_BUF], same[NAME_BUF];

	if (name.n >= 32 || n == 0)
		return ESTATE_NONE;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	if (strncmp(text, "mx", 2) != 0)
		return ESTATE_NONE;
	unsigned long host = strtoul(text + 2, NULL, 10);
	if (host >= n)
		return ESTATE_NONE;
	size_t length = estate_name(n, (unsigned)host, same);
	return span_eq(span_of(same, length), name) ? (unsigned)host : ESTATE_NONE;
}

void estate_address(unsigned host, uint8_t out[4])
{
	unsigned at = (ESTATE_NET << 16) + 1 + host;

	assert(host < ESTATE_MAX);
	out[0] = 127;
	for (unsigned i = 0; i < 3; i++)
		out[1 + i] = (uint8_t)(at >> (16 - 8 * i));
}

unsigned estate_at(unsigned n, const uint8_t address[4])
{
	unsigned at = (unsigned)address[1] << 16 | (unsigned)address[2] << 8 | address[3];
	unsigned first = (ESTATE_NET << 16) + 1;

	return address[0] == 127 && at >= first && at - first < n ? at - first : ESTATE_NONE;
}

/* ---- the book ---------------------------------------------------------------------------- */

#define PLACE_KEPT 4u

struct place {
	unsigned visits, open, kept;
	int fds[PLACE_KEPT]; /* of those that are open so many as are kept */
};

struct estate_book {
	pthread_mutex_t lock;
	unsigned n;
	struct place *places;		 /* n hosts, then SHARED_PLACES */
	unsigned *open_of;		 /* of each operator */
	unsigned open, visits;		 /* in all */
	unsigned most, most_at, most_of; /* at a time: in all, at a host, at an operator */
	unsigned events[ESTATE_EVENTS];
};

struct estate_book *estate_book_new(unsigned n)
{
	struct estate_book *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->n = n;
	b->places = calloc(n + SHARED_PLACES, sizeof(*b->places));
	b->open_of = calloc(operators_of(n), sizeof(*b->open_of));
	pthread_mutex_init(&b->lock, NULL);
	if (b->places && b->open_of)
		return b;
	estate_book_free(b);
	return NULL;
}

void estate_book_free(struct estate_book *b)
{
	if (!b)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b->places);
	free(b->open_of);
	free(b);
}

unsigned estate_place(const struct estate_book *b, const uint8_t address[4])
{
	unsigned host = estate_at(b->n, address);

	return host != ESTATE_NONE ? host : b->n + (address[2] << 8 | address[3]);
}

static void raise(unsigned *most, unsigned n)
{
	if (*most < n)
		*most = n;
}

/* Who was killed has hung up, though nobody may have read that yet. */
static bool is_there(int fd)
{
	struct tcp_info info;
	socklen_t n = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 &&
	       info.tcpi_state == TCP_ESTABLISHED;
}

static unsigned place_there(const struct place *p)
{
	unsigned there = p->open;

	for (unsigned i = 0; i < p->kept; i++)
		there -= !is_there(p->fds[i]);
	return there;
}

unsigned estate_arrives(struct estate_book *b, unsigned place, int fd)
{
	struct place *p = &b->places[place];

	pthread_mutex_lock(&b->lock);
	unsigned visits = ++p->visits;
	b->visits++;
	raise(&b->most, ++b->open);
	raise(&b->most_at, place_there(p) + 1);
	p->open++;
	if (p->kept < PLACE_KEPT)
		p->fds[p->kept++] = fd;
	if (place < b->n)
		raise(&b->most_of, ++b->open_of[operator_of(b->n, place)]);
	pthread_mutex_unlock(&b->lock);
	return visits;
}

void estate_leaves(struct estate_book *b, unsigned place, int fd)
{
	struct place *p = &b->places[place];

	pthread_mutex_lock(&b->lock);
	assert(b->open > 0 && p->open > 0);
	b->open--;
	p->open--;
	for (unsigned i = 0; i < p->kept; i++)
		if (p->fds[i] == fd)
			p->fds[i--] = p->fds[--p->kept];
	if (place < b->n)
		b->open_of[operator_of(b->n, place)]--;
	pthread_mutex_unlock(&b->lock);
}

void estate_note(struct estate_book *b, unsigned place, enum estate_event event)
{
	(void)place;
	pthread_mutex_lock(&b->lock);
	b->events[event]++;
	pthread_mutex_unlock(&b->lock);
}

static void write_all(struct estate_book *b, FILE *f)
{
	char name[NAME_BUF];

	fprintf(f,
		"visits=%u open=%u most=%u most_at=%u most_of=%u greeted=%u quit=%u early=%u "
		"other=%u\n",
		b->visits, b->open, b->most, b->most_at, b->most_of, b->events[ESTATE_GREETED],
		b->events[ESTATE_QUIT], b->events[ESTATE_EARLY], b->events[ESTATE_OTHER]);
	for (unsigned i = 0; i < b->n + SHARED_PLACES; i++) {
		if (b->places[i].visits == 0)
			continue;
		if (i < b->n)
			estate_name(b->n, i, name);
		else
			snprintf(name, sizeof(name), "127.%u.%u.%u", ESTATE_SIDE, (i - b->n) >> 8,
				 (i - b->n) & 255);
		fprintf(f, "%s %u\n", name, b->places[i].visits);
	}
}

int estate_book_write(struct estate_book *b, const char *path)
{
	char fresh[4096];

	if ((size_t)snprintf(fresh, sizeof(fresh), "%s.new", path) >= sizeof(fresh))
		return -1;
	FILE *f = fopen(fresh, "w");
	if (!f)
		return -1;
	pthread_mutex_lock(&b->lock);
	write_all(b, f);
	pthread_mutex_unlock(&b->lock);
	return fclose(f) == 0 && rename(fresh, path) == 0 ? 0 : -1;
}
