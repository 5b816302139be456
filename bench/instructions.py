#!/usr/bin/env python3
"""instructions.py BUILD - instructions of the parts of a scan a record, value, name or question, against a committed
baseline.

Counted by callgrind in user space, as the difference of two lengths of run, so the same on a busy
machine. Fails when a part needs over 3 % more than bench/baseline.json says; that comparison is made
only with the compiler, libraries and processor features which the baseline was counted with.
--update writes the baseline anew.
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import measure

REGRESSION_MAX = 0.03
TASKS = {  # program -> its tasks
    "bench_work": ("emit", "frame", "pack", "unpack", "aggregate"),
    "bench_parsers": ("sts_record", "tlsrpt_record", "policy", "mx_match", "judge_absent", "judge_enforce"),
    "bench_transport": ("datagrams", "token", "exchange"),
    "bench_dane": ("ee", "ta"),
}
SHORT, LONG = 384, 1536  # records, values, names or questions: bench_work has 384 records, bench_transport batches of 64
LIBRARIES = ("libzstd", "libpsl", "libidn2", "libcares", "libuv", "libcurl")  # what the tasks and fetch.py run of
UNIT = "instructions each"
TOTALS = re.compile(r"^(?:totals|summary): ([0-9]+)", re.M)


def available():
    return shutil.which("valgrind") is not None


def count(command):
    """Instructions of a whole run, processes that it starts included."""
    with tempfile.TemporaryDirectory(prefix="mtasweep-count-") as folder:
        done = subprocess.run(["valgrind", "-q", "--tool=callgrind", "--trace-children=yes",
                               f"--callgrind-out-file={folder}/%p", *command],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: status {done.returncode} under valgrind: "
                             f"{done.stderr.decode(errors='replace')[-500:]}")
        total = 0
        for path in glob.glob(os.path.join(folder, "*")):
            with open(path, encoding="utf-8", errors="replace") as text:
                total += sum(map(int, TOTALS.findall(text.read())[-1:]))
    return total


def libraries():
    """Their versions."""
    return {name: subprocess.run(["pkg-config", "--modversion", name], capture_output=True, text=True,
                                 check=False).stdout.strip() for name in LIBRARIES}


def versions(build):
    """What a count depends on beside our own code."""
    found = {}
    cache = os.path.join(build.folder, "CMakeCache.txt")
    with open(cache, encoding="utf-8") as text:
        settings = dict(line.rstrip("\n").partition("=")[::2] for line in text if ":" in line and "=" in line)
    compiler = settings.get("CMAKE_C_COMPILER:FILEPATH") or settings.get("CMAKE_C_COMPILER:STRING", "cc")
    asked = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    found["compiler"] = asked.stdout.splitlines()[0]
    found["build"] = settings.get("CMAKE_BUILD_TYPE:STRING", "")
    found["libc"] = os.confstr("CS_GNU_LIBC_VERSION")
    found.update(libraries())
    asked = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True)
    found["valgrind"] = asked.stdout.strip()
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as text:
        flags = next((line.split() for line in text if line.startswith("flags")), [])
    found["processor"] = " ".join(f for f in ("avx2", "bmi2") if f in flags)
    return found


def count_input(build, n):
    with tempfile.TemporaryDirectory(prefix="mtasweep-count-") as folder:
        path = os.path.join(folder, "names")
        with open(path, "wb") as out:
            subprocess.run([build.labnet, "names", "-n", str(n)], stdout=out, check=True)
        return count([build.bench("bench_work"), "input", path])


def count_work(build):
    """Task -> instructions a record, value, name or question; a line for the reader."""
    runs = {task: lambda n, program=program, task=task: count([build.bench(program), task, str(n)])
            for program, tasks in TASKS.items() for task in tasks}
    runs["machine"] = lambda n: count([build.bench("bench_machine"), str(n)])
    runs["input"] = lambda n: count_input(build, n)
    return {task: round((run(LONG) - run(SHORT)) / (LONG - SHORT), 1) for task, run in runs.items()}


def run(build):
    """Rows for the table, and what is over the limit."""
    baseline = measure.baseline()
    here, rows, problems = versions(build), [], []
    figures = count_work(build)
    comparable = here == baseline["versions"]
    if not comparable:
        differing = [f"{k}: {baseline['versions'].get(k)} there, {v} here" for k, v in here.items()
                     if baseline["versions"].get(k) != v]
        print(f"note: the baseline was counted elsewhere ({'; '.join(differing)}); shown, not judged")
    for task, value in figures.items():
        base = baseline["instructions"].get(task, 0)
        rows.append(measure.row(task, value, UNIT, "baseline", base, 1 + REGRESSION_MAX))
        if comparable and value > base * (1 + REGRESSION_MAX):
            problems.append(f"{task}: {value} instructions, {base} in the baseline")
    return rows, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--update", action="store_true", help="write the baseline")
    options = parser.parse_args()
    build = measure.Build(options.build)
    if not available():
        print("instructions: no valgrind here")
        sys.exit(77)
    if options.update:
        measure.update_baseline(versions=versions(build), instructions=count_work(build))
        return
    rows, problems = run(build)
    measure.table(rows)
    print(json.dumps(rows))
    for problem in problems:
        print(f"FAIL {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
