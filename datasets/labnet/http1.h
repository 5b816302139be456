/* http1.h - the HTTP/1.1 side of a connection: one request at a time, kept alive when asked. */
#ifndef LABNET_HTTP1_H
#define LABNET_HTTP1_H

#include "datasets/labnet/conn.h"

/* Both: false when the connection is over. */
bool http1_event(struct conn *n, const struct conn_context *c);
bool http1_tick(struct conn *n, const struct conn_context *c, int64_t now_ms); /* due_ms has come */

#endif
