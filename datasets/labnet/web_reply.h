/*
 * web_reply.h - what a policy host answers to one path, before it becomes HTTP/1.1 or HTTP/2.
 */
#ifndef LABNET_WEB_REPLY_H
#define LABNET_WEB_REPLY_H

#include "datasets/labnet/population.h"

struct web_reply {
	enum web web;
	int status;
	const char *type;     /* NULL: no Content-Type */
	const char *location; /* NULL: none */
	char *body;	      /* owned */
	size_t n;
};

/* 0, or -1 without memory. */
int web_reply_make(struct web_reply *r, const struct situation *s, struct span path);
void web_reply_free(struct web_reply *r);

#endif
