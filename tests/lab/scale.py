#!/usr/bin/env python3
"""scale.py BUILD_DIR - scans many names of the synthetic internet and compares each with the truth.

Checks name by name what labnet says must be found, that one record came for every line, that results can
be read while the scan still writes them, and that all processes together stay under a memory limit.
Ends in a plain count of the checks; prints what was measured.
"""
import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from counting import Count  # noqa: E402

MEMORY_MAX_MB = 200
SAMPLE_S = 0.25
SHOWN = 10  # disagreements shown in full


def descendants(root):
    """The process and all below it, now."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def pss_kb(pid):
    """Proportional set size: shared pages count once among those who share them."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            return next((int(line.split()[1]) for line in rollup if line.startswith("Pss:")), 0)
    except OSError:
        return 0


class Watch(threading.Thread):
    """Samples the memory of a running scan, and reads its results once while it writes them."""

    def __init__(self, process, results):
        super().__init__(daemon=True)
        self.process, self.results = process, results
        self.peak_mb = 0.0
        self.processes = 0
        self.partial = None  # (records, error) of the reading in between

    def run(self):
        while self.process.poll() is None:
            pids = descendants(self.process.pid)
            self.peak_mb = max(self.peak_mb, sum(map(pss_kb, pids)) / 1024)
            self.processes = max(self.processes, len(pids))
            if self.partial is None:
                self.read_partial()
            time.sleep(SAMPLE_S)

    def read_partial(self):
        if not os.path.exists(self.results) or os.path.getsize(self.results) == 0:
            return
        done = subprocess.run(["bash", "-o", "pipefail", "-c", 'zstdcat -- "$1" | jq -r .verdict | wc -l',
                               "bash", self.results], capture_output=True, text=True, check=False)
        if self.process.poll() is None:
            error = done.stderr.strip() or f"status {done.returncode}"
            self.partial = (int(done.stdout or 0), error if done.returncode else "")


def mx_match(record):
    """all, partial or none of the MX hosts are covered; None when nothing was to be compared."""
    matched = [host["matched"] for host in record["mx"]["hosts"]]
    policy = record["policy"]
    if record["mx"]["implicit"] and policy["valid"] and policy["mx"] and policy["mode"] != "none":
        # The domain stands in for its MX host (RFC 5321 5.1); that it is not covered is a finding.
        codes = [issue["code"] for issue in record["issues"]]
        return "none" if "mx_is_implicit_not_listed" in codes else "all"
    if not matched or None in matched:
        return None
    return "all" if all(matched) else "partial" if any(matched) else "none"


def found(record):
    """What a record says, in the terms of labnet's truth."""
    policy = record["policy"]
    return {
        "domain": record["domain"], "verdict": record["verdict"], "impact": record["impact"],
        "stage": policy["stage"],
        "mode": policy["mode"] if policy["valid"] else None, "tlsrpt": record["tlsrpt"]["valid"],
        "sts_dns": record["sts"]["dns"], "policy_dns": policy["dns"], "tls_reason": policy["tls_reason"],
        "http_status": policy["http_status"], "mx_dns": record["mx"]["dns"], "mx_match": mx_match(record),
        "codes": [issue["code"] for issue in record["issues"]],
    }


class Comparison:
    """Truth comes in the order of the input, records nearly so: those that are early wait."""

    def __init__(self, truth):
        self.truth = truth
        self.waiting = {}
        self.next_line = 1
        self.records = self.same = self.twice = 0
        self.wrong = Counter()
        self.situations = Counter()
        self.verdicts = Counter()
        self.examples = []

    def add(self, record):
        self.records += 1
        line = record["line"]
        if line < self.next_line or line in self.waiting:
            self.twice += 1
            return
        self.waiting[line] = found(record)
        while self.next_line in self.waiting:
            self.judge(self.waiting.pop(self.next_line))

    def judge(self, seen):
        self.next_line += 1
        wanted = json.loads(next(self.truth, "{}"))
        self.verdicts[seen["verdict"]] += 1
        keys = [k for k in seen if k in wanted and seen[k] != wanted[k]]
        if not wanted:
            keys.append("no such name in the truth")
        if wanted.get("cause") and wanted["cause"] not in seen["codes"]:
            keys.append("cause")
        if not keys:
            self.same += 1
            return
        for key in keys:
            self.wrong[key] += 1
        self.situations[f"{wanted.get('situation')}: {', '.join(keys)}"] += 1
        if len(self.examples) < SHOWN:
            self.examples.append((keys, wanted, seen))


def start_labnet(labnet, options, folder):
    """The server process and the parts of its ready line."""
    command = [labnet, "serve", "--dir", folder, "--seed", str(options.seed), *options.labnet.split()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    ready = process.stdout.readline()
    if not ready.startswith("ready "):
        process.wait()
        raise SystemExit(f"labnet did not start: {' '.join(command)}")
    return process, dict(part.split("=", 1) for part in ready.split()[1:])


def write_names(labnet, options, path):
    with open(path, "wb") as out:
        if options.file:
            with open(options.file, "rb") as source:
                out.write(source.read())
        else:
            subprocess.run([labnet, "names", "-n", str(options.names), "--seed", str(options.seed)],
                           stdout=out, check=True)


def scan(program, options, ready, names, run):
    """Runs the scan; its exit status, seconds, CPU seconds and what the watch saw."""
    command = [program, "scan", names, "-o", run, "-r", ready["dns"], "--https-port", ready["https"],
               "--ca-file", ready["ca"], "--allow-net", "127.0.0.0/8", "--allow-net", "::1/128",
               "--workers", str(options.workers), "--progress", "none", *options.scan.split()]
    print("$", " ".join(command))
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watch = Watch(process, os.path.join(run, "results.ndjson.zst"))
    watch.start()
    try:
        process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    took = time.monotonic() - begin
    watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process.returncode, took, cpu, watch


def compare(labnet, options, names, run):
    command = [labnet, "truth", "--seed", str(options.seed), *options.labnet.split(), names]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as truth, subprocess.Popen(
            ["zstdcat", os.path.join(run, "results.ndjson.zst")], stdout=subprocess.PIPE) as records:
        comparison = Comparison(iter(truth.stdout))
        for line in records.stdout:
            comparison.add(json.loads(line))
        left = sum(1 for _ in truth.stdout)
        return comparison, left


def report(comparison):
    print("verdicts:", ", ".join(f"{n} {v}" for v, n in comparison.verdicts.most_common()))
    for situation, n in comparison.situations.most_common(30):
        print(f"  {n:7d} {situation}")
    for keys, wanted, seen in comparison.examples:
        print(f"differs in {', '.join(keys)}\n  truth  {wanted}\n  record {seen}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=int(os.environ.get("LAB_NAMES", "20000")))
    parser.add_argument("--file", help="scan this list instead; labnet answers for any name")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory-max", type=float, default=MEMORY_MAX_MB, metavar="MB")
    parser.add_argument("--labnet", default="", help="more options for labnet serve and truth")
    parser.add_argument("--scan", default="--timeout-dns 3 --timeout-fetch 10", help="more options for scan")
    parser.add_argument("--keep", help="folder for names and results; default: removed at the end")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # so that labnet ends with us
    program = os.path.join(os.path.abspath(options.build), "scanner", "mtasweep")
    labnet = os.path.join(os.path.abspath(options.build), "datasets", "labnet")
    count = Count()
    with tempfile.TemporaryDirectory(prefix="mtasweep-scale-") as temporary:
        folder = options.keep or temporary
        os.makedirs(folder, exist_ok=True)
        names, run = os.path.join(folder, "names.txt"), os.path.join(folder, "run")
        server, ready = start_labnet(labnet, options, folder)
        try:
            write_names(labnet, options, names)
            with open(names, "rb") as text:
                lines = sum(1 for _ in text)
            status, took, cpu, watch = scan(program, options, ready, names, run)
        finally:
            server.terminate()
            server.wait()
        count.check("the scan ends well", status and f"exit status {status}")
        print(f"{lines} names in {took:.1f} s: {lines / took:.0f} names/s, CPU {cpu:.1f} s "
              f"({cpu / lines * 1e6:.0f} us a name), peak {watch.peak_mb:.1f} MB in {watch.processes} processes")
        if watch.partial is None:
            print("note: the scan was over before its results could be read in between")
        else:
            count.check(f"results read while being written ({watch.partial[0]} records)", watch.partial[1])
        count.check(f"memory under {options.memory_max:.0f} MB",
                    watch.peak_mb > options.memory_max and f"{watch.peak_mb:.1f} MB")
        begin = time.monotonic()
        comparison, left = compare(labnet, options, names, run)
        report(comparison)
        count.check("one record for every line", (comparison.records != lines or comparison.twice or left) and
                    f"{comparison.records} records, {comparison.twice} twice, {left} missing at the end")
        count.check(f"every record equals the truth (compared in {time.monotonic() - begin:.0f} s)",
                    comparison.same != lines and f"{lines - comparison.same} of {lines} differ")
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
