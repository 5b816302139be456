/*
 * selection.h - --shard and --sample: which names of the input are scanned at all.
 *
 * A name's part depends on nothing but the name, the numbers of the two options and, for a sample,
 * the seed: any machine may ask, in any order, and all shards together are the whole input.
 */
#ifndef MTASWEEP_SELECTION_H
#define MTASWEEP_SELECTION_H

#include <stdbool.h>

#include "parsers/span.h"
#include "scanner/options/scan_options.h"

/* Whether a line is in the shard and in the sample; text: the name as it stands in the input. */
bool selection_has(const struct scan_options *o, struct span text);

#endif
