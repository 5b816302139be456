/* sandbox_landlock.h - private to sandbox.c: the second fence, where the kernel has it. */
#ifndef MTASWEEP_SANDBOX_LANDLOCK_H
#define MTASWEEP_SANDBOX_LANDLOCK_H

#include <stdint.h>

/*
 * No file system, no TCP but connections to these ports, no signals and no abstract sockets of
 * others; as much of it as this kernel can. ports_n 0: any port. no_new_privs must be set. The
 * kernel's version of the interface, 0: it has none. Negative: -errno.
 */
int sandbox_landlock(const uint16_t *ports, unsigned ports_n);

#endif
