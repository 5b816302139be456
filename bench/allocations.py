#!/usr/bin/env python3
"""allocations.py BUILD - counts how often a scan's own code allocates for a name that deploys nothing.

Two scans of different size: what is made at start falls out. Status 1 at 0.05 a name or more; the
rest are chunks of lines and messages between the processes, dozens to hundreds of names each.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import measure  # noqa: E402

SHORT, LONG = 5000, 25000
OWN_MAX = 0.05


def allocations(lab, count):
    """(own, of libraries) of all processes."""
    path, _ = lab.names(count)
    module = os.path.join(lab.build.folder, "bench", "libcount_allocations.so")
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        done = subprocess.run(lab.scan(path, os.path.join(folder, "run"), "--workers", "1"), check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, "LD_PRELOAD": module})
    told = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("allocations ")]
    if len(told) != 2:
        raise SystemExit(f"supervisor and worker were to tell what they allocate, not: {done.stderr}")
    return tuple(sum(int(t[i]) for t in told) for i in (0, 1))


def main():
    build = measure.Build(sys.argv[1])
    with measure.lab(build, measure.faultless(build.labnet, adoption=0, tlsrpt=0)) as lab:
        short, long = allocations(lab, SHORT), allocations(lab, LONG)
    own, other = ((long[i] - short[i]) / (LONG - SHORT) for i in (0, 1))
    print(f"allocations a name: {own:.3f} of our own, {other:.2f} of libraries")
    sys.exit(0 if own < OWN_MAX else 1)


if __name__ == "__main__":
    main()
