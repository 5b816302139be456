/* web_reply.c - see web_reply.h. */
#include "datasets/labnet/web_reply.h"

#include <stdio.h>
#include <stdlib.h>

#include "datasets/labnet/template.h"

static size_t error_page(int status, char *out, size_t cap)
{
	if (status == 204)
		return 0;
	return (size_t)snprintf(out, cap, "<html><body>Error %d</body></html>\n", status);
}

int web_reply_make(struct web_reply *r, const struct situation *s, struct span path)
{
	const struct kind *k = s->kind;
	char *body = malloc(TEMPLATE_MAX);

	if (!body)
		return -1;
	*r = (struct web_reply){.web = k->web, .status = k->status, .type = k->type, .body = body};
	if (!span_eq(path, SPAN_LIT("/.well-known/mta-sts.txt"))) {
		r->web = WEB_NORMAL;
		r->status = 404;
		r->type = "text/html";
	}
	/* A permanent move to where the policy would be found, were it followed. */
	if (r->status == 301 || r->status == 302)
		r->location = "https://www.example.com/.well-known/mta-sts.txt";
	r->n = r->status == 200 ? template_policy(s, body, TEMPLATE_MAX)
				: error_page(r->status, body, TEMPLATE_MAX);
	char *fitted = realloc(body, r->n ? r->n : 1);
	if (fitted)
		r->body = fitted;
	return 0;
}

void web_reply_free(struct web_reply *r)
{
	free(r->body);
	*r = (struct web_reply){0};
}
