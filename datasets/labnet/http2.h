/*
 * http2.h - the HTTP/2 side of a connection: nghttp2 in memory, bytes in and bytes out.
 */
#ifndef LABNET_HTTP2_H
#define LABNET_HTTP2_H

#include "datasets/labnet/population.h"

struct http2;

/* The situation must outlive it. NULL: no memory. */
struct http2 *http2_new(const struct situation *s, unsigned slow_ms);
void http2_free(struct http2 *h);
/* 0, or -1: the peer speaks no HTTP/2. */
int http2_receive(struct http2 *h, const uint8_t *p, size_t n, int64_t now_ms);
/* The next bytes to send; they live until the next call. 0 none, -1 over. */
long http2_send(struct http2 *h, const uint8_t **p);
/* When http2_tick wants to be called; 0 never. */
int64_t http2_due(const struct http2 *h);
void http2_tick(struct http2 *h, int64_t now_ms);
bool http2_over(struct http2 *h);

#endif
