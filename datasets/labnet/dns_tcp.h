/*
 * dns_tcp.h - DNS over TCP (RFC 7766): pipelined questions, answers in order, idle peers closed
 * when room is needed.
 */
#ifndef LABNET_DNS_TCP_H
#define LABNET_DNS_TCP_H

#include "datasets/labnet/dns_answer.h"

struct dns_tcp;

/* Takes the listening socket; watches it and its connections in `epoll` (data.fd). NULL: no
 * memory. */
struct dns_tcp *dns_tcp_new(const struct dns_context *context, int listener, int epoll);
/* fd is the listener or one of the connections. */
void dns_tcp_event(struct dns_tcp *t, int fd);
void dns_tcp_free(struct dns_tcp *t);

#endif
