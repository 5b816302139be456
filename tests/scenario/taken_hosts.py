#!/usr/bin/env python3
"""taken_hosts.py BUILD_DIR [ATTACK...|all] - workers that visit MX hosts and have been taken over, against the supervisor as it is.

As in taken.py, support/taken_between.py stands between the two and changes what the worker says. Whatever it sends, the pass over
the hosts ends in bounded time and memory; the file of hosts holds hosts that are in scope, each once, in lines that the schema has;
where results are written they are one a name; what is missing is said, and --resume completes it.

By default what only such a worker can say, and a few of the ways to misbehave that taken.py has in full; "all" takes minutes.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from counting import Count  # noqa: E402
from taken_between import HOST_FRAMES, OTHERS, SAYINGS  # noqa: E402

LIMIT_S, LIMIT_KB, LINE_MAX = 200, 300 << 10, 100000
POPULATION = ["--seed", "1", "--adoption", "1", "--rate", "fine=1000000000", "--mx_unresolvable", "0"]
# Of the kinds of host frames every one that is not a neighbour of another.
SOME = ("silence", "exits", "flood-asks", "garbage", "compressed", "cut", "sent-twice", "never-given", "anothers-line", "two-lines", "lines-lie",
        "another-host", "word-unknown", "deep", "key-twice", "text-bomb", "text-escapes", "names-bomb", "tried-max", "always-later", "too-many")


class Lab:
    """A finished scan of names with a policy, whose MX hosts are to be visited."""

    def __init__(self, build):
        self.program, labnet = os.path.join(build, "scanner/mtasweep_hooks"), os.path.join(build, "datasets/labnet")
        self.folder = tempfile.mkdtemp()
        self.server = subprocess.Popen([labnet, "serve", "--dir", self.folder, *POPULATION, "--mx-hosts", "3"], stdout=subprocess.PIPE, text=True)
        self.ready = dict(part.split("=", 1) for part in self.server.stdout.readline().split()[1:])
        names = subprocess.run([labnet, "names", "-n", "12"], stdout=subprocess.PIPE, text=True, check=True).stdout
        with open(self.path("names"), "w", encoding="utf-8") as out:
            out.write(names)
        self.network = ["-r", self.ready["dns"], "--ca-file", self.ready["ca"], "--allow-net", "127.0.0.0/8"]
        subprocess.run([self.program, "scan", self.path("names"), "-o", self.path("run"), "--https-port", self.ready["https"], "-q",
                        *self.network], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.names = names.splitlines()
        schema = subprocess.run([self.program, "schema", "json", "hosts"], stdout=subprocess.PIPE, check=True).stdout
        self.keys = list(json.loads(schema)["properties"])
        self.hosts = None
        status, error, *_ = self.probe("honest")
        if status:
            raise SystemExit(f"the honest probe: {status} {error}")
        self.hosts = {h["host"] for h in self.stored("honest")[0]}

    def close(self):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def probe(self, run, attack=None, more=()):
        """(status, standard error, seconds, the supervisor's peak in KB)"""
        arguments = [self.path("run"), "-o", self.path(run), *self.network, "--smtp-port", self.ready["smtp"], "--ehlo", "scanner.example.net",
                     "--timeout-smtp", "5", "--smtp-rate", "100", "--smtp-pause", "0.2", *more]
        set_up = {"LC_TAKEN": "\n".join([attack, self.program, *arguments]), "LC_TAKEN_AS": "probe-hosts-worker", "MTASWEEP_TEST_HASTE": "yes",
                  "MTASWEEP_TEST_WORKER": os.path.join(ROOT, "tests/support/taken_between.py")} if attack else {}
        begin = time.monotonic()
        process = subprocess.Popen([self.program, "probe", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=dict(os.environ, LC_ALL="C.UTF-8", **set_up))
        peak, error = 0, []
        reader = threading.Thread(target=lambda: error.append(process.stderr.read()))
        reader.start()
        while process.poll() is None and time.monotonic() < begin + LIMIT_S:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    peak = max([peak, *(int(line.split()[1]) for line in status if line.startswith("VmHWM"))])
            except OSError:
                pass
            time.sleep(0.05)
        over = process.poll() is None
        if over:
            process.kill()
        process.wait()
        reader.join()
        return "no end" if over else process.returncode, b"".join(error), time.monotonic() - begin, peak

    def stored(self, run):
        """Host lines, and what is wrong with the files."""
        path = self.path(f"{run}/hosts.ndjson.zst")
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            return [], False
        done = subprocess.run(["zstdcat", path], stdout=subprocess.PIPE, check=True)
        hosts = []
        for line in done.stdout.splitlines():
            if len(line) > LINE_MAX or re.search(rb"[\x00-\x1f]", line):
                return hosts, f"a line of {len(line)} bytes, or controls in it"
            hosts.append(json.loads(line.decode("utf-8")))
            if list(hosts[-1]) != self.keys:
                return hosts, f"keys {list(hosts[-1])}"
        names = [h["host"] for h in hosts]
        wrong = self.hosts is not None and (len(set(names)) != len(names) or set(names) - self.hosts)
        return hosts, wrong and f"twice, or not in scope: {sorted(names)}"

    def results(self, run):
        path = self.path(f"{run}/results.ndjson.zst")
        if not os.path.exists(path):
            return None
        done = subprocess.run(["zstdcat", path], stdout=subprocess.PIPE, check=True)
        return [json.loads(line)["input"] for line in done.stdout.splitlines()]


def complete(lab, run):
    """What is wrong with a probe that says it is done."""
    hosts, wrong = lab.stored(run)
    missing = lab.hosts - {h["host"] for h in hosts}
    return wrong or missing and f"missing {missing}" or sorted(lab.results(run) or []) != sorted(lab.names) and "not one record a name"


def one_attack(lab, count, attack):
    status, error, took, peak = lab.probe(attack, attack)
    hosts, wrong = lab.stored(attack)
    told = error and b"probe: " in error
    count.check(f"{attack}: ends in {took:.0f} s, {peak >> 10} MB, status {status}, {len(hosts)} hosts",
                wrong or (status == "no end" and status) or (status == 0 and complete(lab, attack)) or (status != 0 and not told and "not told") or
                (peak > LIMIT_KB and "too much memory"))
    raw = re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", error)
    count.check(f"{attack}: nothing raw is printed, and no more than it takes", raw and error[-500:] or len(error) > 600000 and len(error))
    if status != 0:
        status, error, *_ = lab.probe(attack, more=("--resume",))
        count.check(f"{attack}: resumed", status and f"{status} {error}" or complete(lab, attack))
    shutil.rmtree(lab.path(attack))


def main():
    which = sys.argv[2:] or SOME
    if which == ["all"]:
        others = [o for o in OTHERS if o not in ("drips", "keeps-hosts")]  # those are of names
        which = [*others, *SAYINGS, *HOST_FRAMES]  # the ones that are waited for first
    count, lab = Count(), Lab(os.path.abspath(sys.argv[1]))
    try:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda attack: one_attack(lab, count, attack), which))
    finally:
        lab.close()
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
