#!/usr/bin/env python3
"""own.py - lines of a `perf report` as perf 6.1 prints them, and the part of the scan that bench/own.py counts each to."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
import own  # noqa: E402

SAMPLES = (
    ("[kernel.kallsyms]    ", "[k] copy_user_generic_unrolled", "kernel"),
    ("[nf_tables]", "[k] nft_do_chain", "kernel"),
    ("[unknown]", "[.] 0x00007f1200000000", "other"),
    ("[vdso]", "[.] __vdso_clock_gettime", "libc, system calls"),
    ("mtasweep", "[.] judge", "mtasweep"),
    ("libcares.so.2.5.1", "[.] ares_free", "c-ares, libuv, allocator"),
    ("libjemalloc.so.2", "[.] malloc", "c-ares, libuv, allocator"),
    ("libzstd.so.1.5.4", "[.] 0x000000000004d2a1", "zstd"),
    ("libpsl.so.5.3.4", "[.] 0x0000000000003a10", "libpsl"),
    ("libc.so.6", "[.] __GI___libc_write", "libc, system calls"),
    ("libc.so.6", "[.] __recvmmsg", "libc, system calls"),
    ("libc.so.6", "[.] clock_gettime@@GLIBC_2.17", "libc, system calls"),
    ("libc.so.6", "[.] __close_nocancel", "libc, the rest"),
    ("libc.so.6", "[.] __memmove_avx512_unaligned_erms", "libc, the rest"),
    ("libc.so.6", "[.] readdir64", "libc, the rest"),
    ("libcrypto.so.3", "[.] sha256_block_data_order", "other"),
)


def main():
    failed = 0
    for number, (shared_object, symbol, part) in enumerate(SAMPLES, 1):
        got = own.shares(f"# comment\n\n   {number}        ;{shared_object};{symbol}\n")
        if got.get(part) != 1:
            failed += 1
            print(f"FAIL {shared_object} {symbol}: {[name for name, share in got.items() if share]}, not {part}")
    report = "\n".join(f"{number};{o};{s}" for number, (o, s, _) in enumerate(SAMPLES, 1))
    kernel = (1 + 2) / sum(range(1, len(SAMPLES) + 1))
    if abs(own.shares(report)["kernel"] - kernel) > 1e-9 or own.shares("nothing") != {}:
        failed += 1
        print("FAIL samples are not added up")
    print(f"{len(SAMPLES) + 1 - failed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
