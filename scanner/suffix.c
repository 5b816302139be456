/* suffix.c - see suffix.h. The only file that knows libpsl. */
#include "scanner/suffix.h"

#include <assert.h>
#include <libpsl.h>
#include <stdlib.h>

struct suffix {
	psl_ctx_t *list;
};

struct suffix *suffix_new(void)
{
	struct suffix *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->list = psl_latest(NULL);
	if (s->list == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

void suffix_free(struct suffix *s)
{
	if (s == NULL)
		return;
	psl_free(s->list); /* does nothing for the built-in list */
	free(s);
}

void suffix_split(const struct suffix *s, struct span domain, struct span *tld,
		  struct span *registrable)
{
	assert(domain.n > 0 && domain.p[domain.n] == '\0');
	const char *dot = memrchr(domain.p, '.', domain.n);
	const char *end = domain.p + domain.n;
	const char *last = dot != NULL ? dot + 1 : domain.p;

	*tld = span_of(last, (size_t)(end - last));
	const char *r = psl_registrable_domain(s->list, domain.p);
	*registrable = r != NULL ? span_of(r, (size_t)(end - r)) : SPAN_NULL;
}
