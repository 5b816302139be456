/*
 * dns_server.h - a resolver on one port of 127.0.0.1: UDP in batches, TCP for what is truncated.
 */
#ifndef LABNET_DNS_SERVER_H
#define LABNET_DNS_SERVER_H

#include "datasets/labnet/lab.h"

struct dns_server;

/* Starts its threads. *port 0 is filled in. NULL with a sentence in err. */
struct dns_server *dns_server_start(const struct lab *lab, const struct dns_fault_profile *profile,
				    uint16_t *port, char err[LAB_ERROR_MAX]);
/* Waits for the threads, which end when lab->stop_fd is readable, and frees. */
void dns_server_join(struct dns_server *s);

#endif
