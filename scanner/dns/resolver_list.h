/*
 * resolver_list.h - the upstream resolvers of a run: from --resolver, --resolvers or the system.
 */
#ifndef MTASWEEP_RESOLVER_LIST_H
#define MTASWEEP_RESOLVER_LIST_H

#include <stdint.h>
#include <sys/socket.h>

#include "output/base/errmsg.h"
#include "scanner/dns/upstream_state.h"

/* Owned arrays of n entries; name is as it stands in records: the address, with the port unless it
 * is 53. */
struct resolver_list {
	struct sockaddr_storage *address;
	char (*name)[RESOLVER_NAME_MAX];
	unsigned n, cap;
};

/* "192.0.2.1", "192.0.2.1:5300", "2001:db8::1" or "[2001:db8::1]:5300". A resolver that is listed
 * already is not added again. 0, or -1 and err. */
int resolver_list_add(struct resolver_list *l, const char *text, struct errmsg *err);
/* One a line, '#' comments; err names the line. */
int resolver_list_add_file(struct resolver_list *l, const char *path, struct errmsg *err);
/* The nameserver lines of a resolv.conf(5). */
int resolver_list_add_system(struct resolver_list *l, const char *path, struct errmsg *err);
/* Of the i-th, in host order. */
uint16_t resolver_list_port(const struct resolver_list *l, unsigned i);
void resolver_list_release(struct resolver_list *l);

#endif
