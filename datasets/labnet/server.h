/*
 * server.h - policy hosts on 127.0.1.x and ::1, MX hosts on 127.0.2.x: event-driven threads that
 * serve both.
 */
#ifndef LABNET_SERVER_H
#define LABNET_SERVER_H

#include "datasets/labnet/certs.h"
#include "datasets/labnet/lab.h"

struct server;

/* Ports that are 0 are filled in. NULL with a sentence in err. */
struct server *server_start(const struct lab *lab, const struct authority *authority,
			    uint16_t *https_port, uint16_t *smtp_port, char err[LAB_ERROR_MAX]);
/* Waits for the threads, which end when lab->stop_fd is readable, and frees. */
/* Writes the book of visits into the lab's folder, if there is one. */
void server_tell(const struct lab *lab);
void server_join(struct server *s);

#endif
