#!/usr/bin/env python3
"""real.py BUILD_DIR [SITUATION...] - scans every situation of the table on real servers.

Runs the built program once for each group of situations and compares each record with what the table says.
With names only those situations are compared, and their records printed. Ends in a plain count.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import jsonschema

from servers import Lab, LabError
from situations import GROUPS, SITUATIONS, Matcher

SCAN_LIMIT_S = 120
# With nobody to ask, a scan has to give up at once rather than after every name's retries.
HOPELESS_LIMIT_S = 20
STATUS_NO_RESOLVER = 3
OPTIONS = ["--timeout-dns", "2", "--timeout-fetch", "4", "--retries", "2",
           "--progress", "none"]


class Count:
    """Results so far; every check() is one test."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, problems):
        if problems:
            self.failed += 1
            print(f"FAIL {name}")
            for problem in problems:
                print(f"     {problem}")
        else:
            self.passed += 1

    def skip(self, name, why):
        self.skipped += 1
        print(f"skip {name}: {why}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed else 0


def look_up(record, path):
    """The value at "mx.hosts.0.host"; issues become their list of codes."""
    value = record
    for key in path.split("."):
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        elif isinstance(value, dict):
            if key not in value:
                raise KeyError(path)
            value = value[key]
        else:
            value = None
    return [issue["code"] for issue in value] if path == "issues" else value


def differences(record, expect):
    found = []
    for path, wanted in expect.items():
        try:
            value = look_up(record, path)
        except KeyError:
            found.append(f"{path}: no such key in the record")
            continue
        # A truth value is no number here, though Python thinks so.
        same = value == wanted if isinstance(wanted, Matcher) or type(value) is type(wanted) else False
        if not same:
            found.append(f"{path}: {value!r}, expected {wanted!r}")
    return found


class Scan:
    """One run of the program over one group."""

    def __init__(self, lab, program, group, situations):
        self.lab, self.program, self.group, self.situations = lab, program, group, situations
        self.folder = lab.path(f"run-{group}")
        resolver, port, extra = GROUPS[group]
        self.status = STATUS_NO_RESOLVER if resolver == "nobody" else 0
        names = lab.write(f"{group}.txt", "".join(f"{s.input or s.domain}\n" for s in situations))
        exclude = lab.write("exclude.txt", "excluded.lab\n")
        self.command = [program, "scan", names, "-o", self.folder,
                        "-r", f"127.0.0.1:{lab.ports[resolver]}", "--https-port", str(getattr(lab, port)),
                        "--ca-file", lab.ca.ca_file, "--exclude", exclude, *OPTIONS, *extra]
        self.records = []
        self.took = 0.0

    def run(self, count):
        self._scan(count, self.command, self.status)
        if self.status == STATUS_NO_RESOLVER:  # nothing is taken off the list: with one that answers it goes on
            stored = os.path.getsize(os.path.join(self.folder, "results.ndjson.zst"))
            count.check(f"{self.group}: nothing is stored", [f"{stored} bytes"] if stored else [])
            answering = f"127.0.0.1:{self.lab.ports['unbound']}"
            self._scan(count, [answering if before == "-r" else word for before, word in zip(["", *self.command], self.command)] +
                       ["--resume"], 0)
        count.check(f"{self.group}: zstdcat and jq read the results", self._read())
        lines = sorted(r.get("line", 0) for r in self.records)
        wanted = list(range(1, len(self.situations) + 1))
        count.check(f"{self.group}: one record a line", [] if lines == wanted else [f"lines {lines}"])

    def _scan(self, count, command, status):
        begin = time.monotonic()
        # LeakSanitizer stops its process to look at it, which the workers' sandbox refuses.
        done = subprocess.run(command, capture_output=True, text=True, timeout=SCAN_LIMIT_S,
                              check=False, env={"ASAN_OPTIONS": "detect_leaks=0"} | os.environ)
        self.took = max(self.took, time.monotonic() - begin)
        problems = [] if done.returncode == status else [
            f"exit status {done.returncode}: {' '.join(command)}", done.stderr.strip()[-2000:]]
        count.check(f"{self.group}: the scan ends well", problems)
        # A worker that dies is replaced; here that must not pass unnoticed.
        count.check(f"{self.group}: no worker trouble", [
            line for line in done.stderr.splitlines() if re.search(r"Sanitizer|runtime error|worker", line)])

    def _read(self):
        results = os.path.join(self.folder, "results.ndjson.zst")
        text = subprocess.run(
            ["bash", "-o", "pipefail", "-c", 'zstdcat -- "$1" | jq -c .', "bash", results],
            capture_output=True, text=True, check=False)
        if text.returncode != 0:
            return [text.stderr.strip()]
        self.records = [json.loads(line) for line in text.stdout.splitlines()]
        return []

    def compare(self, count, chosen):
        by_line = {r.get("line"): r for r in self.records}
        for line, situation in enumerate(self.situations, 1):
            if chosen and situation.name not in chosen:
                continue
            if situation.needs_v6 and not self.lab.v6:
                count.skip(situation.domain, "no IPv6 loopback here")
                continue
            record = by_line.get(line)
            if chosen:
                print(json.dumps(record, indent=1, ensure_ascii=False))
            count.check(situation.domain,
                        differences(record, situation.expect) if record else ["no record"])


def check_schema(program, scans, count):
    done = subprocess.run([program, "schema", "json"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        count.check("schema", [f"mtasweep schema json: exit status {done.returncode}", done.stderr.strip()])
        return
    schema = json.loads(done.stdout)
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    check = validator(schema)
    for scan in scans:
        problems = [f"line {record['line']}: {'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"
                    for record in scan.records for error in check.iter_errors(record)]
        count.check(f"{scan.group}: records follow the schema", problems[:20])


def coverage():
    """The vocabulary the issue asks for, each word with a situation that expects it."""
    wanted = {
        "verdict": "absent enforce testing none broken inconclusive invalid_input excluded",
        "policy.stage": "none dns tcp tls http syntax ok",
        "policy.tls_reason": "name_mismatch expired not_yet_valid self_signed untrusted incomplete_chain alert "
                             "protocol other",
        "sts.dns": "ok nodata nxdomain servfail refused timeout bogus malformed truncated skipped",
    }
    return [f"no situation expects {path} {word}" for path, words in wanted.items()
            for word in words.split() if not any(s.expect.get(path) == word for s in SITUATIONS
                                                 if not isinstance(s.expect.get(path), Matcher))]


def main():
    program = os.path.join(os.path.abspath(sys.argv[1]), "scanner", "mtasweep")
    chosen = sys.argv[2:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # so that the servers end with us
    count = Count()
    scans = []
    count.check("the table covers the vocabulary", coverage())
    with tempfile.TemporaryDirectory(prefix="mtasweep-lab-") as folder:
        try:
            with Lab(folder) as lab:
                for group in GROUPS:
                    rows = [s for s in SITUATIONS if s.group == group]
                    if chosen and not any(s.name in chosen for s in rows):
                        continue
                    scans.append(Scan(lab, program, group, rows))
                    scans[-1].run(count)
                    scans[-1].compare(count, chosen)
        except LabError as error:
            count.check("the lab starts", [str(error)])
        check_schema(program, scans, count)
        for scan in scans:
            if scan.group == "no_resolver":
                count.check("a scan without a resolver ends quickly",
                            [f"took {scan.took:.1f} s"] if scan.took > HOPELESS_LIMIT_S else [])
    sys.exit(count.finish())


if __name__ == "__main__":
    main()
