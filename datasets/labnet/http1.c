/* http1.c - see http1.h. */
#include "datasets/labnet/http1.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define DRIP_MS 1000

/* Head and body into n->out. 0 or -1. */
static int render(struct conn *n, const struct web_reply *r)
{
	static const char garbage[] = "220 this port speaks something else\r\n";
	char head[512];
	int head_n;

	n->close_after |= r->web == WEB_CUT || r->web == WEB_GARBAGE;
	if (r->web == WEB_GARBAGE)
		head_n = snprintf(head, sizeof(head), "%s", garbage);
	else
		head_n = snprintf(head, sizeof(head),
				  "HTTP/1.1 %d Lab\r\n%s%s%s%s%s%sContent-Length: %zu\r\n%s\r\n",
				  r->status, r->type ? "Content-Type: " : "",
				  r->type ? r->type : "", r->type ? "\r\n" : "",
				  r->location ? "Location: " : "", r->location ? r->location : "",
				  r->location ? "\r\n" : "", r->web == WEB_CUT ? r->n + 100 : r->n,
				  n->close_after ? "Connection: close\r\n" : "");
	assert(head_n > 0 && (size_t)head_n < sizeof(head));
	free(n->out);
	n->out = malloc((size_t)head_n + r->n);
	if (!n->out)
		return -1;
	memcpy(n->out, head, (size_t)head_n);
	memcpy(n->out + head_n, r->body, r->web == WEB_GARBAGE ? 0 : r->n);
	n->out_n = (size_t)head_n + (r->web == WEB_GARBAGE ? 0 : r->n);
	n->out_at = 0;
	n->out_allowed = r->web == WEB_DRIP ? (size_t)head_n : n->out_n;
	return 0;
}

/* A whole request head is in n->request. False: not HTTP. */
static bool begin_reply(struct conn *n, const struct conn_context *c, size_t head_n)
{
	struct web_reply r;
	char *space = memchr(n->request, ' ', head_n);
	char *end =
		space ? memchr(space + 1, ' ', head_n - (size_t)(space + 1 - n->request)) : NULL;

	if (!end ||
	    web_reply_make(&r, &n->situation, span_of(space + 1, (size_t)(end - space) - 1)))
		return false;
	n->request[head_n - 1] = '\0';
	n->close_after = strcasestr(n->request, "connection: close") != NULL;
	int bad = render(n, &r);
	n->request_n -= head_n;
	memmove(n->request, n->request + head_n, n->request_n);
	if (r.web == WEB_HANG) {
		n->state = CONN_HANG;
	} else if (r.web == WEB_SLOW || r.web == WEB_DRIP) {
		n->state = r.web == WEB_SLOW ? CONN_PAUSE : CONN_DRIP;
		n->due_ms = lab_now_ms() + (r.web == WEB_SLOW ? (int64_t)c->lab->slow_ms : DRIP_MS);
	}
	web_reply_free(&r);
	return bad == 0;
}

/* Writes what may be written. False: the connection is over. */
static bool write_out(struct conn *n)
{
	n->want_write = false;
	while (n->out_at < n->out_allowed) {
		int done = SSL_write(n->ssl, n->out + n->out_at, (int)(n->out_allowed - n->out_at));
		if (done <= 0)
			return conn_only_waits(n, done);
		n->out_at += (size_t)done;
	}
	if (n->out && n->out_at == n->out_n) {
		free(n->out);
		n->out = NULL;
		n->out_n = n->out_at = n->out_allowed = 0;
		return !n->close_after;
	}
	return true;
}

bool http1_event(struct conn *n, const struct conn_context *c)
{
	for (;;) {
		bool may_write = n->state == CONN_OPEN || n->state == CONN_DRIP;
		if (may_write && !write_out(n))
			return false;
		if (n->out)
			break; /* one request at a time */
		char *end = memmem(n->request, n->request_n, "\r\n\r\n", 4);
		if (end) {
			if (!begin_reply(n, c, (size_t)(end + 4 - n->request)))
				return false;
			continue;
		}
		if (n->request_n == sizeof(n->request))
			return false;
		int got = SSL_read(n->ssl, n->request + n->request_n,
				   (int)(sizeof(n->request) - n->request_n));
		if (got <= 0)
			return conn_only_waits(n, got);
		n->request_n += (size_t)got;
	}
	/* Notices a client that gives up; anything else it says now is let go. */
	char scrap[256];
	int got = n->want_write ? 1 : SSL_read(n->ssl, scrap, sizeof(scrap));
	return got > 0 || conn_only_waits(n, got);
}

bool http1_tick(struct conn *n, const struct conn_context *c, int64_t now_ms)
{
	if (n->state == CONN_PAUSE) {
		n->state = CONN_OPEN;
	} else if (n->state == CONN_DRIP && n->out_allowed < n->out_n) {
		n->out_allowed++;
		n->due_ms = now_ms + DRIP_MS;
	}
	return http1_event(n, c);
}
