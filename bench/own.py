#!/usr/bin/env python3
"""own.py BUILD - where the CPU time of a scan of names that deploy nothing goes, in microseconds a name.

perf (Debian: linux-perf) says which shared object each sample was in; its shares are applied to the CPU time of
scans without perf in the same run. Needs root or kernel.perf_event_paranoid of 1 or less. "own code" is mtasweep and
what it may have called of the C library, an upper bound: the copies that c-ares and zstd make are in it. The start
and the end of a scan, 0.2 s, are in all of it.
"""
import argparse
import json
import re
import shutil
import subprocess
import sys

import measure

TARGET_US = 4.0
PERIOD_NS = 500000
PARTS = (  # the first whose patterns fit shared object and symbol
    ("kernel", r"\[(?!vdso|unknown)", ""),
    ("mtasweep", r"mtasweep$", ""),
    ("c-ares, libuv, allocator", r"lib(cares|uv|jemalloc)\.", ""),
    ("zstd", r"libzstd\.", ""),
    ("libpsl", r"libpsl\.", ""),
    ("libc, system calls", r"\[vdso\]", ""),
    ("libc, system calls", r"libc\.", r"(epoll_p?wait|epoll_ctl|p?poll|(send|recv)m?msg|(send|recv)(to|from)?|readv?|"
     r"writev?|getrandom|clock_gettime|fsync|fdatasync|madvise|syscall)(_nocancel)?$"),
    ("libc, the rest", r"libc\.", ""),
    ("other", "", ""),
)
DECORATION = re.compile(r"^\[.\] (_|GI_|libc_)*|@.*$")  # of symbols of the C library


def part_of(shared_object, symbol):
    """symbol: as perf shows it, "[.] __GI___writev"."""
    plain = DECORATION.sub("", symbol)
    return next(name for name, objects, symbols in PARTS
                if re.match(objects, shared_object) and re.match(symbols, plain))


def shares(report):
    """Part -> its share of the samples. report: lines of "samples;shared object;symbol"."""
    counts = dict.fromkeys((name for name, _, _ in PARTS), 0)
    for line in report.splitlines():
        fields = [field.strip() for field in line.split(";", 2)]
        if len(fields) == 3 and fields[0].isdigit():
            counts[part_of(*fields[1:])] += int(fields[0])
    total = sum(counts.values())
    return {name: n / total for name, n in counts.items()} if total else {}


def sampled(lab, names):
    """Shares of one scan under perf; {} when perf may not or finds nothing."""
    data = lab.path("perf.data")
    record = ["perf", "record", "-q", "-c", str(PERIOD_NS), "-e", "cpu-clock", "-o", data, "--"]
    done = subprocess.run(record + lab.scan(names, lab.path("perf-run")), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        print(f"note: perf record failed (it needs root or kernel.perf_event_paranoid <= 1): {done.stderr[:300]}")
        return {}
    report = ["perf", "report", "-q", "-i", data, "--stdio", "-F", "sample,dso,sym", "-t", ";"]
    return shares(subprocess.run(report, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout)


def run(build, count, rounds):
    """Rows for the table; none where perf is missing or not allowed."""
    if not shutil.which("perf"):
        print("note: no perf here (Debian: linux-perf), so nothing says where the time goes")
        return []
    with measure.lab(build, measure.faultless(build.labnet, adoption=0, tlsrpt=0)) as lab:
        path, _ = lab.names(count)
        part = sampled(lab, path)
        us = min(lab.scan_cpu_us(path) for _ in range(rounds)) / count
    if not part:
        return []
    rows = [measure.row(f"time: {name}", share * us, "us CPU a name", "the whole scan", us)
            for name, share in part.items()]
    own = (part["mtasweep"] + part["libc, the rest"]) * us
    return rows + [measure.row("own code", own, "us CPU a name", "what it may cost", TARGET_US, 1.0)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = run(measure.Build(options.build), options.names, options.rounds)
    if not rows:
        sys.exit(77)
    measure.table(rows)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
