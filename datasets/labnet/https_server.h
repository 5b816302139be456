/*
 * https_server.h - all policy hosts: listeners on 127.0.1.x and ::1, one port, event-driven
 * threads.
 */
#ifndef LABNET_HTTPS_SERVER_H
#define LABNET_HTTPS_SERVER_H

#include "datasets/labnet/certs.h"
#include "datasets/labnet/lab.h"

struct https_server;

/* *port 0 is filled in. NULL with a sentence in err. */
struct https_server *https_server_start(const struct lab *lab, const struct authority *authority,
					uint16_t *port, char err[LAB_ERROR_MAX]);
/* Waits for the threads, which end when lab->stop_fd is readable, and frees. */
void https_server_join(struct https_server *s);

#endif
