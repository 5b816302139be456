/*
 * host_words.h - what an MX host showed, as words that are counted: the same for the hosts of a
 * name and for a host on its own, so that both columns of a table mean the same.
 */
#ifndef MTASWEEP_HOST_WORDS_H
#define MTASWEEP_HOST_WORDS_H

#include "output/record/record.h"

/* Keys of certificates; "other": of no usual size. */
#define HOST_KEYS(X)                                                                               \
	X(HOST_KEY_NULL, "null")                                                                   \
	X(HOST_KEY_RSA_SHORT, "rsa_short") /* under 2048 bits */                                   \
	X(HOST_KEY_RSA_2048, "rsa_2048")   /* up to 3071 */                                        \
	X(HOST_KEY_RSA_3072, "rsa_3072")   /* up to 4095 */                                        \
	X(HOST_KEY_RSA_4096, "rsa_4096")   /* and more */                                          \
	X(HOST_KEY_EC_256, "ec_256")                                                               \
	X(HOST_KEY_EC_384, "ec_384")                                                               \
	X(HOST_KEY_OTHER, "other")
TERMS_DECLARE(host_key, HOST_KEYS)

/* What a sender of a kind would do, where that is known for certain. */
enum host_state { HOST_UNKNOWN, HOST_GOOD, HOST_REFUSED };
enum host_state host_sts_state(const struct record_mx_host *h);
/* Of a host with secure TLSA records. TLS without authentication ("unusable") is neither. */
enum host_state host_dane_state(const struct record_mx_host *h);
/* A keyword that is refused, or leads to no TLS, is STARTTLS all the same. */
bool host_starttls_known(const struct record_mx_host *h);
bool host_starttls(const struct record_mx_host *h);

enum host_key host_key_of(const struct record_probe *p);
/* Whole days from the visit until the certificate ends; INT32_MIN without one. */
int64_t host_cert_days(const struct record_probe *p);

/* Kinds of TLSA records, "usage selector matching": bit of a set, the last for all others. */
#define TLSA_KINDS 25u /* 4 usages, 2 selectors, 3 matching types, and the rest */
uint32_t tlsa_kinds_of(const struct record_mx_host *h);

#endif
