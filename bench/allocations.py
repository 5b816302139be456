#!/usr/bin/env python3
"""allocations.py BUILD - counts how often a scan's own code, and how often libraries allocate for a name that deploys
nothing.

Two scans of different size: what is made at start falls out, and so do the chunks of lines that are on the way,
which the shorter one fills as well. Status 1 when our own are more than 0.005 a name over bench/baseline.json, which
one for each chunk of 128 names would be, or those of libraries 0.05 a name; the latter are compared only with the
versions of libraries that the baseline was counted with. --update writes it. The goal for our own is none; what is left
are heartbeats, four a second, and a few chunks more the longer a scan goes on.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import instructions  # noqa: E402
import measure  # noqa: E402

SHORT, LONG = 25000, 100000
UNIT = "allocations a name"
SLACK, LIBRARIES_SLACK = 0.005, 0.05


def allocations(lab, count):
    """(own, of libraries) of all processes."""
    path, _ = lab.names(count)
    module = os.path.join(lab.build.folder, "bench", "libcount_allocations.so")
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        done = subprocess.run(lab.scan(path, os.path.join(folder, "run"), "--workers", "1"), check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, "LD_PRELOAD": module})
    # The supervisor shows what a worker says behind a name.
    told = [line.split("allocations ", 1)[1].split() for line in done.stderr.splitlines() if "allocations " in line]
    if len(told) != 2:
        raise SystemExit(f"supervisor and worker were to tell what they allocate, not: {done.stderr}")
    return tuple(sum(int(t[i]) for t in told) for i in (0, 1))


def count(build):
    """(own, of libraries) a name."""
    with measure.lab(build, measure.faultless(build.labnet, adoption=0, tlsrpt=0)) as lab:
        short, long = allocations(lab, SHORT), allocations(lab, LONG)
    return tuple((long[i] - short[i]) / (LONG - SHORT) for i in (0, 1))


def run(build):
    """Rows for the table, and what is over the limit."""
    own, other = count(build)
    everything = measure.baseline()
    base, problems = everything["allocations"], []
    limits = [("of our own", own, base["own"] + SLACK)]
    here = instructions.libraries()
    if all(everything["versions"].get(name) == version for name, version in here.items()):
        limits.append(("of libraries", other, base["libraries"] + LIBRARIES_SLACK))
    else:
        print("note: the baseline was counted with other libraries; their allocations are shown, not judged")
    for whose, value, limit in limits:
        if value > limit:
            problems.append(f"allocations: {value:.3f} {whose} a name, at most {limit:.3f}")
    rows = [measure.row("allocations, own", own, UNIT, "baseline", base["own"]),
            measure.row("allocations, libraries", other, UNIT, "baseline", base["libraries"])]
    return rows, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--update", action="store_true", help="write the baseline")
    options = parser.parse_args()
    build = measure.Build(options.build)
    if options.update:
        own, other = count(build)
        measure.update_baseline(allocations={"own": round(own, 3), "libraries": round(other, 2)})
        return
    rows, problems = run(build)
    measure.table(rows)
    print(json.dumps(rows))
    for problem in problems:
        print(f"FAIL {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
