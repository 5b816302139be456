/*
 * template.h - the small text templates of situations.def and tables.def.
 *
 *   %d domain   %D with '-' for '.'   %U with '_' for '.'
 *   %i record id   %o number of a nameless operator   %h first MX host (or mail.%d)
 *   %m mode   %a max_age   %n newline   %x the mx lines   %z mx lines past 64 KiB
 *   %u at the start: the whole text in UTF-16LE with a byte-order mark
 */
#ifndef LABNET_TEMPLATE_H
#define LABNET_TEMPLATE_H

#include "datasets/labnet/population.h"

/* Enough for every template; only %z comes near. */
#define TEMPLATE_MAX (96 * 1024)

/* Writes the expanded text, cut at cap; returns its length. No final NUL. */
size_t template_expand(const char *text, const struct situation *s, char *out, size_t cap);
/* The policy file of a name. */
size_t template_policy(const struct situation *s, char *out, size_t cap);

#endif
