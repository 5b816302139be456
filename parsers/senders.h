/*
 * senders.h - which known senders would not use a policy as the RFC has it; the table is
 * senders.def.
 */
#ifndef MTASWEEP_SENDERS_H
#define MTASWEEP_SENDERS_H

#include <stdint.h>

#include "parsers/issue.h"

/* Bit sets of enum sender (1u << SENDER_x). */
uint32_t senders_refusing(enum issue code);
uint32_t senders_misreading(enum issue code);
/* Both. */
uint32_t senders_of(enum issue code);

/* The version whose reading is known. */
const char *senders_version(enum sender sender);

#endif
