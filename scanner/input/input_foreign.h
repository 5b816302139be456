/* input_foreign.h - files that hold names but are no lists of them; private to the layout. */
#ifndef MTASWEEP_INPUT_FOREIGN_H
#define MTASWEEP_INPUT_FOREIGN_H

#include "scanner/input/input_layout.h"

/* JSON, zone files, markup and columns parted by blanks: -1 and how to make a list of it. */
int input_foreign(const struct input_sample *sample, struct errmsg *err);

#endif
