/*
 * lab.h - what the lab's servers share: the configuration of one run, and small helpers.
 */
#ifndef LABNET_LAB_H
#define LABNET_LAB_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "datasets/labnet/dns_fault.h"
#include "datasets/labnet/estate.h"
#include "datasets/labnet/population.h"

#define LAB_RESOLVERS_MAX 1024
#define LAB_THREADS_MAX 16
#define LAB_ERROR_MAX 256

struct lab_resolver {
	uint16_t port; /* 0: any; filled in */
	struct dns_fault_profile profile;
};

/* Constant once the servers run. */
struct lab {
	uint64_t seed;
	struct rates rates;
	struct population population;
	uint16_t https_port, smtp_port;
	const char *dir;
	unsigned dns_threads, https_threads;
	unsigned slow_ms;	  /* pause of fine_slow */
	bool ipv6;		  /* ::1 can be bound */
	struct estate_book *book; /* with --mx-hosts, else NULL */
	unsigned resolver_n;
	struct lab_resolver resolvers[LAB_RESOLVERS_MAX];
	int stop_fd; /* readable when everything must end */
};

/* A non-blocking socket bound to a loopback address ("127.x.y.z" or "::1"), never to anything else.
 * port 0 picks one. The descriptor, or -1 with errno set. */
int lab_socket(const char *address, uint16_t port, int type);
/* The same at every address of the loopback interface, and at no other. */
int lab_socket_everywhere(uint16_t port);
/* The IPv4 address that a connection came to. 0 or -1. */
int lab_called(int fd, uint8_t address[4]);
/* The next waiting connection, non-blocking and without Nagle's delay; -1 none. */
int lab_accept(int listener);
uint16_t lab_port(int fd);
int64_t lab_now_ms(void);

#endif
