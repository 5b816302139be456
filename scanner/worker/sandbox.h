/*
 * sandbox.h - what a worker gives up once it is set up, so that a bug in a library which reads the
 * network can reach neither files nor processes nor other sockets than new outgoing ones.
 *
 * Lost for good: every descriptor but sockets, pipes, the loop's own and stderr (/dev/null takes
 * the number of a file, so that no socket gets one that a library still uses); root and all
 * capabilities; new privileges; core dumps, threads and processes; and all system calls but those
 * that libuv, c-ares, curl and OpenSSL make in a worker that is running (a seccomp filter; what it
 * does not list fails with EPERM). Where the kernel has Landlock, it forbids files once more, and
 * TCP to other ports than are needed. Everything a worker reads from the file system (certificates,
 * resolv.conf, OpenSSL's configuration) must be read before.
 */
#ifndef MTASWEEP_SANDBOX_H
#define MTASWEEP_SANDBOX_H

#include <stdint.h>

#include "output/base/errmsg.h"

struct sandbox_config {
	uint64_t memory_max;	   /* bytes of address space; 0: as it is */
	uint32_t files_max;	   /* descriptors; 0: as it is */
	const uint16_t *tcp_ports; /* that may be connected to; where the kernel can tell */
	unsigned tcp_ports_n;	   /* 0: any */
};

/*
 * Once, by the calling process as a whole. 0: done. 1: done as far as this system can; err is one
 * sentence about what is missing, for a warning. -1: failed and err says why; do not go on.
 *
 * Sanitizers do not work inside (their reports need files and processes of their own).
 */
int sandbox_enter(const struct sandbox_config *config, struct errmsg *err);

/* Closes every descriptor from this number on: whatever the supervisor itself was started with is
 * none of a worker's business. Call before anything of ours is open. */
void sandbox_close_from(int from);

/*
 * Call before the first event loop is made. libuv 1.45 and later would set up an io_uring for
 * epoll_ctl(), and a ring could open files past the filter; refused here, libuv does without. Where
 * that is not possible, sandbox_enter() decides.
 */
void sandbox_before_loop(void);

#endif
