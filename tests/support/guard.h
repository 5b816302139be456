/*
 * guard.h - a copy of some bytes whose end lies against an inaccessible page, so that a read past
 * the end is a crash and not luck. Free with guard_free().
 */
#ifndef MTASWEEP_TEST_GUARD_H
#define MTASWEEP_TEST_GUARD_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard {
	char *p; /* the copy */
	size_t n;
	void *map;
	size_t map_n;
};

static inline struct guard guard_copy(const void *bytes, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (n + page - 1) / page * page;
	struct guard g = {.n = n, .map_n = room + page};

	g.map = mmap(NULL, g.map_n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED || mprotect((char *)g.map + room, page, PROT_NONE) != 0)
		abort();
	g.p = (char *)g.map + room - n;
	if (n > 0)
		memcpy(g.p, bytes, n);
	return g;
}

static inline void guard_free(struct guard *g)
{
	munmap(g->map, g->map_n);
}

#endif
