/* version.h - what this program is made of. */
#ifndef MTASWEEP_VERSION_H
#define MTASWEEP_VERSION_H

#include <stdio.h>

/* Version of the program, of the libraries it runs with, and what they can do. */
void version_print(FILE *out);

#endif
