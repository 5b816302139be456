/*
 * environment.h - which variables of the environment this program hears.
 *
 * Libraries hear many more: SSLKEYLOGFILE has libcurl write the secrets of each connection into a
 * file, and RES_OPTIONS, OPENSSL_CONF or http_proxy would change what a scan finds without leaving
 * a trace in its run. So all that are not asked for go, before any library starts; workers inherit
 * what is left.
 */
#ifndef MTASWEEP_ENVIRONMENT_H
#define MTASWEEP_ENVIRONMENT_H

/* Call first, while there is one thread. */
void environment_cut(void);

#endif
