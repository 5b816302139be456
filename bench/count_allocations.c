/*
 * count_allocations.c - preloaded into a scan: how often the program itself, not a library,
 * allocates.
 *
 * What the C library allocates in a call that is there to hand out memory (strdup(), getline() ...)
 * is its caller's: ours when the program called, the library's when a library did. Each process
 * says at its end, on standard error, "allocations OWN OTHER".
 */
#undef _FORTIFY_SOURCE /* its functions are defined here */
#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uintptr_t text_from, text_to; /* of the program: zero until count_begin() */
static atomic_ulong own, other;
static _Thread_local const void *asked_by; /* who called what is going on in the C library */

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
	uintptr_t at = (uintptr_t)(asked_by != NULL ? asked_by : caller);

	atomic_fetch_add(at >= text_from && at < text_to ? &own : &other, 1);
}

/* The allocator behind us, jemalloc or the C library. Finding it allocates nothing. */
static void count_next(void **function, const char *name)
{
	if (*function == NULL && (*function = dlsym(RTLD_NEXT, name)) == NULL)
		_exit(3);
}

/* ---- the allocator ----------------------------------------------------------------------- */

/* A function that allocates each time it is called. */
#define ALLOCATOR(type, name, parameters, ...)                                                     \
	type name parameters;                                                                      \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*next) parameters;                                                     \
		count_next((void **)&next, #name);                                                 \
		count_one(__builtin_return_address(0));                                            \
		return next(__VA_ARGS__);                                                          \
	}

ALLOCATOR(void *, malloc, (size_t n), n)
ALLOCATOR(void *, calloc, (size_t n, size_t size), n, size)
ALLOCATOR(void *, realloc, (void *p, size_t n), p, n)
ALLOCATOR(void *, aligned_alloc, (size_t align, size_t n), align, n)
ALLOCATOR(int, posix_memalign, (void **out, size_t align, size_t n), out, align, n)

/* ---- the C library ----------------------------------------------------------------------- */

/* One that allocates by the functions above, once, often, or not at all. */
#define ASKS(type, name, parameters, ...)                                                          \
	type name parameters;                                                                      \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*next) parameters;                                                     \
		const void *before = asked_by;                                                     \
		count_next((void **)&next, #name);                                                 \
		if (before == NULL)                                                                \
			asked_by = __builtin_return_address(0);                                    \
		type result = next(__VA_ARGS__);                                                   \
		asked_by = before;                                                                 \
		return result;                                                                     \
	}

ASKS(void *, reallocarray, (void *p, size_t n, size_t size), p, n, size)
ASKS(char *, strdup, (const char *s), s)
ASKS(char *, strndup, (const char *s, size_t n), s, n)
ASKS(ssize_t, getline, (char **line, size_t *n, FILE *in), line, n, in)
ASKS(ssize_t, getdelim, (char **line, size_t *n, int end, FILE *in), line, n, end, in)
ASKS(ssize_t, __getdelim, (char **line, size_t *n, int end, FILE *in), line, n, end, in)
ASKS(int, vasprintf, (char **out, const char *format, va_list a), out, format, a)
ASKS(int, __vasprintf_chk, (char **out, int flag, const char *format, va_list a), out, flag, format,
     a)
ASKS(FILE *, fopen, (const char *path, const char *mode), path, mode)
ASKS(FILE *, fdopen, (int fd, const char *mode), fd, mode)
ASKS(FILE *, open_memstream, (char **out, size_t *n), out, n)

/* The two whose arguments cannot be handed on. */
int asprintf(char **out, const char *format, ...)
{
	const void *before = asked_by;
	va_list a;

	if (before == NULL)
		asked_by = __builtin_return_address(0);
	va_start(a, format);
	int n = vasprintf(out, format, a);
	va_end(a);
	asked_by = before;
	return n;
}

int __asprintf_chk(char **out, int flag, const char *format, ...);
int __asprintf_chk(char **out, int flag, const char *format, ...)
{
	const void *before = asked_by;
	va_list a;

	if (before == NULL)
		asked_by = __builtin_return_address(0);
	va_start(a, format);
	int n = __vasprintf_chk(out, flag, format, a);
	va_end(a);
	asked_by = before;
	return n;
}
