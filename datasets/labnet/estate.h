/*
 * estate.h - many MX hosts, each at an address of its own, and a book of who visits them.
 *
 * With `--mx-hosts N` names have their mail at N hosts "mxK.postO.net" in place of the operators of
 * tables.def; O follows from K, a few operators have many hosts and most a few. Host K stands at
 * 127.16.0.1 + K, so a visit tells the host by the address it came to. MX hosts of single names,
 * which mismatches are told from, share some hundred addresses a kind: 127.1.KIND.x.
 *
 * The book counts what a visitor does: visits at a time, at a host, at an operator and in all,
 * greetings, QUITs, and bytes that came before it was their turn. Shared by all threads.
 */
#ifndef LABNET_ESTATE_H
#define LABNET_ESTATE_H

#include "parsers/limits.h"
#include "parsers/span.h"

#include <stdint.h>

#define ESTATE_NET 16u		  /* 127.16.0.0 and above */
#define ESTATE_SIDE 1u		  /* 127.1.KIND.x */
#define ESTATE_MAX (200u * 65536) /* hosts */
#define ESTATE_NONE 0xffffffffu

/* Of N hosts the K-th. Returns the name's length. */
size_t estate_name(unsigned n, unsigned host, char out[NAME_BUF]);
/* The host of that name, or ESTATE_NONE. */
unsigned estate_find(unsigned n, struct span name);
void estate_address(unsigned host, uint8_t out[4]);
/* Whose address that is, or ESTATE_NONE. */
unsigned estate_at(unsigned n, const uint8_t address[4]);

enum estate_event {
	ESTATE_GREETED,
	ESTATE_QUIT,
	ESTATE_EARLY, /* bytes before they were due */
	ESTATE_OTHER, /* a command that is not EHLO, STARTTLS or QUIT */
	ESTATE_EVENTS,
};

/* A place of the book: a host, or one of the shared addresses. */
struct estate_book;

/* NULL without memory. */
struct estate_book *estate_book_new(unsigned n);
void estate_book_free(struct estate_book *b);
unsigned estate_place(const struct estate_book *b, const uint8_t address[4]);
/* A visit begins; returns how many there were with it. fd is open until it leaves. */
unsigned estate_arrives(struct estate_book *b, unsigned place, int fd);
void estate_leaves(struct estate_book *b, unsigned place, int fd);
void estate_note(struct estate_book *b, unsigned place, enum estate_event event);
/* A line of sums, then "host visits" of each that was visited. 0 or -1. */
int estate_book_write(struct estate_book *b, const char *path);

#endif
