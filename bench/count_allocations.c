/*
 * count_allocations.c - preloaded into a scan: how often the program itself, not a library,
 * allocates.
 *
 * Each process says at its end, on standard error, "allocations OWN OTHER".
 */
#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uintptr_t text_from, text_to; /* of the program: zero until count_begin() */
static atomic_ulong own, other;

/* The first object is the program. */
static int count_find(struct dl_phdr_info *info, size_t n, void *user)
{
	(void)n;
	(void)user;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		if (h->p_type != PT_LOAD || (h->p_flags & PF_X) == 0)
			continue;
		text_from = info->dlpi_addr + h->p_vaddr;
		text_to = text_from + h->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void count_begin(void)
{
	dl_iterate_phdr(count_find, NULL);
}

__attribute__((destructor)) static void count_end(void)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "allocations %lu %lu\n", atomic_load(&own),
			 atomic_load(&other));

	if (write(STDERR_FILENO, text, (size_t)n) != n)
		_exit(3);
}

static void count_one(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	atomic_fetch_add(at >= text_from && at < text_to ? &own : &other, 1);
}

/* The allocator behind us, jemalloc or the C library. Finding it allocates nothing. */
static void count_next(void **function, const char *name)
{
	if (*function == NULL && (*function = dlsym(RTLD_NEXT, name)) == NULL)
		_exit(3);
}

void *malloc(size_t n)
{
	static void *(*next)(size_t);

	count_next((void **)&next, "malloc");
	count_one(__builtin_return_address(0));
	return next(n);
}

void *calloc(size_t n, size_t size)
{
	static void *(*next)(size_t, size_t);

	count_next((void **)&next, "calloc");
	count_one(__builtin_return_address(0));
	return next(n, size);
}

void *realloc(void *p, size_t n)
{
	static void *(*next)(void *, size_t);

	count_next((void **)&next, "realloc");
	count_one(__builtin_return_address(0));
	return next(p, n);
}
