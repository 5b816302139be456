/*
 * dns_fault.h - how a resolver misbehaves: a profile, and the decision on one question.
 *
 * A profile is written "loss=0.02,delay=5..50,reorder=0.1,..."; "good" is none of it. Each resolver
 * has its own, so that one lab shows a scanner several resolvers of different worth.
 */
#ifndef LABNET_DNS_FAULT_H
#define LABNET_DNS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "datasets/labnet/dns_answer.h"

#define DNS_DELAY_MAX_MS 10000
#define DNS_CLIENTS 256 /* power of two; clients that share a slot share a rate */

struct dns_fault_profile {
	double loss;	  /* share of questions lost */
	double duplicate; /* share answered twice */
	double reorder;	  /* share held back by reorder_ms */
	double servfail;  /* share answered SERVFAIL */
	double burst;	  /* share of the time, in seconds at a stretch, of nothing but SERVFAIL */
	unsigned delay_ms, delay_max_ms, reorder_ms;
	unsigned qps; /* 0 without limit; more than that from one address a second is ... */
	bool drop;    /* ... dropped, ... */
	bool slip;    /* ... truncated, else REFUSED */
	bool lying, denying;
	bool dead; /* answers nothing */
};

struct dns_fault {
	struct dns_fault_profile profile;
	uint64_t random;
	int64_t second;
	uint32_t count[DNS_CLIENTS];
};

struct dns_fate {
	bool lost, twice;
	unsigned delay_ms;
	enum dns_mood mood;
};

/* 0, or -1: not a profile. */
int dns_fault_parse(struct dns_fault_profile *p, const char *text);
bool dns_fault_any(const struct dns_fault_profile *p);
void dns_fault_init(struct dns_fault *f, const struct dns_fault_profile *p, uint64_t seed);
/* client: any number that stands for the client's address. */
struct dns_fate dns_fault_decide(struct dns_fault *f, uint32_t client, int64_t now_ms);

#endif
