/*
 * input_doubt.h - whether a list is one of domain names at all: what a person would see who looked
 * at the first thousand lines. Its two examples are what the warning shows.
 */
#ifndef MTASWEEP_INPUT_DOUBT_H
#define MTASWEEP_INPUT_DOUBT_H

#include <stdbool.h>
#include <stddef.h>

#include "scanner/input/input.h"

#define INPUT_DOUBT_LINES 1000
#define INPUT_DOUBT_TEXT 80

struct input_doubt {
	unsigned seen, invalid; /* of the first lines; invalid <= seen <= INPUT_DOUBT_LINES */
	unsigned www;		/* names of web servers, to which usually no mail goes */
	struct {
		uint64_t line;
		char text[INPUT_DOUBT_TEXT]; /* cut, harmless to a terminal */
	} example[2];			     /* of the invalid ones; line 0: none */
};

void input_doubt_see(struct input_doubt *d, const struct input_line *line);
/* More than half of what was seen are no names. */
bool input_doubt_is_serious(const struct input_doubt *d);
/* A sentence when a tenth or more begin with "www.", else empty. */
void input_doubt_www(const struct input_doubt *d, char *buf, size_t cap);
/* "line 1: 'Acme', line 2: 'Bolt'"; empty without an example. */
void input_doubt_examples(const struct input_doubt *d, char *buf, size_t cap);

#endif
