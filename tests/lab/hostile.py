#!/usr/bin/env python3
"""hostile.py BUILD_DIR [ATTACK...] - scans names whose policy hosts or answers attack the scanner.

Every attack is published under a few names, among many good ones, and one scan meets them all. Each name must get
the outcome of the table within bounded time, the good names must not notice, and the worker's memory must stay
bounded. With --each, every attack gets a scan of its own with many copies, and its memory a name is shown; with
attacks named, only those are made, and their records are shown.
"""
import argparse
import fnmatch
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

import attack_certs
import attack_costly
import attack_dns
import attack_web
from attack_wanted import WANTED
from scale import Count, descendants

GOOD_ADDRESS, BAD_ADDRESS = "127.0.77.1", "127.0.77.2"
GOOD = ("good", "dns-")  # names whose policy host means well
TIMEOUT_DNS, TIMEOUT_FETCH = 1.5, 4.5
RETRIES = 1
TOOK_SLACK_MS = 2500  # the machine is busy with the attackers
GOOD_LIMIT_MS = 5000
WORKER_LIMIT_MB = 150
NAME_LIMIT_KB = 3072
TOGETHER_AGAIN = 20
CONNECTIONS = 2  # a try, and another where that may help
TAKEN_LIMIT = 8 << 20  # bytes a policy host can get rid of, the kernel's buffers included


KINDS = attack_certs.KINDS | attack_costly.CERTIFICATES


def chosen_attacks(options):
    every = [*attack_web.BELOW_TLS, *attack_web.HTTP1, *attack_web.attack_h2.ATTACKS, "renegotiate",
             *attack_costly.RAW, *attack_costly.TICKETS,
             *(f"cert-{k}" for k in (*attack_certs.KINDS, *attack_costly.CERTIFICATES)), *(f"dns-{k}" for k in attack_dns.ATTACKS)]
    chosen = [a for a in every if any(fnmatch.fnmatch(a, pattern) for pattern in options.attacks or ["*"])]
    if not chosen:
        raise SystemExit(f"hostile: no attack is called {' '.join(options.attacks)}")
    return chosen


def gently(niceness, target, *args):
    os.nice(niceness)
    target(*args)


def serve(authority, address, port, pipe):
    """A process of policy hosts: the attackers' own, so that the good ones are not held up by them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    made, lock = {}, threading.Lock()

    def bundle_of(attack, label):
        kind = attack[5:] if attack.startswith("cert-") else "rsa" if attack in attack_costly.RAW else "good"
        with lock:
            key = f"{kind}-{label}"
            if key not in made:
                domain = label.encode() + b".lab"
                made[key] = KINDS[kind](authority, key, b"mta-sts." + domain, domain)
            return made[key]

    web = attack_web.Server([address], port, authority, bundle_of)
    pipe.send("ready")
    while (message := pipe.recv()) is not None:
        for label in message:
            bundle_of(label.rpartition("-")[0], label)
        pipe.send(dict(web.seen))
        web.seen.clear()


def serve_dns(dns_port, pipe):
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def addresses_of(attack):
        return [GOOD_ADDRESS if attack.startswith(GOOD) else BAD_ADDRESS]

    attack_dns.Server(dns_port, addresses_of)
    attack_dns.Server(dns_port + 1, addresses_of, closes=True)
    pipe.send("ready")
    pipe.recv()


class Memory(threading.Thread):
    """The peak of what one worker ever had resident, and of the supervisor."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.worker_kb, self.supervisor_kb, self.worker_cpu_s = process, 0, 0, 0.0

    @staticmethod
    def peak_kb(pid):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                return next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0)
        except OSError:
            return 0

    @staticmethod
    def cpu_s(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                return sum(map(int, stat.read().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return 0.0

    def run(self):
        while self.process.poll() is None:
            for pid in descendants(self.process.pid):
                if pid == self.process.pid:
                    self.supervisor_kb = max(self.supervisor_kb, self.peak_kb(pid))
                else:
                    self.worker_kb = max(self.worker_kb, self.peak_kb(pid))
                    self.worker_cpu_s = max(self.worker_cpu_s, self.cpu_s(pid))
            time.sleep(0.05)


class Lab:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.program = os.path.join(os.path.abspath(options.build), "scanner", "mtasweep")
        self.port, self.dns_port = options.port, options.port + 1
        fork = multiprocessing.get_context("fork")
        authority = attack_certs.Authority(folder)
        self.ca_file = authority.ca_file
        self.processes, self.pipes = [], []
        for target, args in ((serve, (authority, BAD_ADDRESS, self.port)), (serve, (authority, GOOD_ADDRESS, self.port)),
                             (serve_dns, (self.dns_port,))):
            # In that order: the attackers shall not win by having our processor.
            niceness = 10 if not self.processes else 0
            ours, theirs = fork.Pipe()
            self.processes.append(fork.Process(target=gently, args=(niceness, target, *args, theirs), daemon=True))
            self.processes[-1].start()
            theirs.close()
            self.pipes.append(ours)
            ours.recv()
        self.runs = 0

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.join()

    def prepare(self, labels):
        """Issues the certificates, which takes a while. What the attackers sent since the last time."""
        self.pipes[1].send([label for label in labels if label.startswith(GOOD)])
        self.pipes[0].send([label for label in labels if not label.startswith(GOOD)])
        self.pipes[1].recv()
        return self.pipes[0].recv()

    def scan(self, labels, dns_port=0, more=()):
        """Records by label, exit status, error text, memory, seconds."""
        self.runs += 1
        names, run = (os.path.join(self.folder, f"{what}-{self.runs}") for what in ("names", "run"))
        with open(names, "w", encoding="ascii") as out:
            out.writelines(f"{label}.lab\n" for label in labels)
        self.prepare(labels)
        command = [self.program, "scan", names, "-o", run, "-r", f"127.0.0.1:{dns_port or self.dns_port}", "--https-port",
                   str(self.port), "--ca-file", self.ca_file, "--allow-net", "127.0.77.0/24", "--workers", "1",
                   "--timeout-dns", str(TIMEOUT_DNS), "--timeout-fetch", str(TIMEOUT_FETCH), "--retries",
                   str(RETRIES), "--host-rate", "0", "--host-concurrency", "1000", "--progress", "none", *more]
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        memory = Memory(process)
        memory.start()
        try:
            error = process.communicate(timeout=300)[1]
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        memory.join()
        took = time.monotonic() - begin
        text = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], capture_output=True,
                              check=False).stdout
        records = [json.loads(line) for line in text.splitlines()]
        by_label = {r["input"].removesuffix(".lab"): r for r in records}
        return by_label, len(records), process.returncode, error, memory, took


def limit_ms(record):
    """The time a name may take: its questions with their repetitions, and two tries at the policy host."""
    dns = 3 * 2 * (RETRIES + 1) * TIMEOUT_DNS
    return 1000 * (dns + 2 * TIMEOUT_FETCH + 2) + TOOK_SLACK_MS


def labels_of(attack, options):
    return [f"{attack}-{i}" for i in range(options.copies)]


def attack_problems(attack, labels, records):
    problems = Counter()
    for label in labels:
        record = records.get(label)
        if record is None:
            problems["no record"] += 1
            continue
        for problem in WANTED[attack].problems(record):
            problems[problem] += 1
        if record["took_ms"] > limit_ms(record):
            problems[f"took {record['took_ms']} ms"] += 1
    return "; ".join(f"{n} x {p}" for p, n in problems.items())


def check_attack(count, attack, labels, records):
    count.check(attack, attack_problems(attack, labels, records))


def together(lab, count, attacks, options):
    labels = [label for attack in attacks for label in labels_of(attack, options)]
    good = [f"good-{i}" for i in range(options.good)]
    # The good names come between the others.
    step = max(1, len(good) // max(1, len(labels)))
    mixed = []
    for i, label in enumerate(labels):
        mixed += [label, *good[i * step:(i + 1) * step]]
    mixed += good[len(labels) * step:]
    records, n, status, error, memory, took = lab.scan(mixed)
    count.check("the scan ends well", status and f"{status}: {error}")
    count.check("one record a name", n != len(mixed) and f"{n} of {len(mixed)}")
    seen = lab.prepare([])
    # Whoever shares the processors with 160 attackers may be late. What is to come of an attack comes of it without them.
    late = [attack for attack in attacks if attack_problems(attack, labels_of(attack, options), records)]
    if late:
        print(f"once more, without the others: {' '.join(late)}")
    for i in range(0, len(late), TOGETHER_AGAIN):
        again = [label for attack in late[i:i + TOGETHER_AGAIN] for label in labels_of(attack, options)]
        records |= lab.scan(again)[0]
    for attack in attacks:
        check_attack(count, attack, labels_of(attack, options), records)
        if options.attacks:
            print(json.dumps(records.get(f"{attack}-0"), indent=1)[:6000])
    bad = [f"{label}: {(records.get(label) or {}).get('verdict')}" for label in good
           if (records.get(label) or {}).get("verdict") != "enforce"]
    count.check(f"{len(good)} good names among them", bad[:5])
    slow = sorted(records[label]["took_ms"] for label in good if label in records)
    count.check(f"good names took {slow[len(slow) // 2]} ms in the middle, {slow[-1]} ms at most",
                slow[-1] > GOOD_LIMIT_MS and slow[-5:])
    count.check(f"worker {memory.worker_kb / 1024:.0f} MB, supervisor {memory.supervisor_kb / 1024:.0f} MB at most",
                max(memory.worker_kb, memory.supervisor_kb) > WORKER_LIMIT_MB * 1024 and "too much")
    greedy = {a: sent for a, (_, sent) in seen.items() if sent > TAKEN_LIMIT}
    most = max(seen.items(), key=lambda item: item[1][1], default=("none", (0, 0)))
    count.check(f"no policy host got rid of more than {most[1][1] / 1024:.0f} KB ({most[0]})", greedy)
    eager = {a: n for a, (n, _) in seen.items() if n > CONNECTIONS * options.copies}
    count.check(f"no name took more than {CONNECTIONS} connections", eager)
    print(f"{len(mixed)} names in {took:.1f} s, of which the worker computed {memory.worker_cpu_s:.1f} s")


def closing(lab, count):
    """A resolver that truncates everything and closes each TCP connection after one answer."""
    labels = [f"good-{i}" for i in range(100)]
    records, n, status, error, _, took = lab.scan(labels, lab.dns_port + 1)
    bad = [r["verdict"] for r in records.values() if r["verdict"] != "enforce" or r["mx"]["dns"] != "ok"]
    count.check("one answer a TCP connection costs no name", (status or n != len(labels) or bad) and
                f"{status} {error} {n} records, {bad}")
    print(f"{len(labels)} names in {took:.1f} s")


def each(lab, count, attacks, options):
    """One scan an attack; memory against a scan of good names alone."""
    def one(attack, n):
        labels = [f"{attack}-{i}" for i in range(n)]
        good = [f"good-{i}" for i in range(options.copies)]
        return labels, good, lab.scan([*labels, *good])
    base = min(one("good", options.copies)[2][4].worker_kb for _ in range(2))
    print(f"{'attack':28} {'verdict':13} {'stage':6} {'took ms':>8} {'KB/name':>8} {'KB taken':>9}")
    for attack in attacks:
        labels, good, (records, n, status, error, memory, _) = one(attack, options.copies)
        seen = lab.prepare([]).get(attack, (0, 0))
        rows = [records[label] for label in labels if label in records]
        growth = (memory.worker_kb - base) / options.copies
        print(f"{attack:28} {rows[0]['verdict'] if rows else '-':13} {rows[0]['policy']['stage'] if rows else '-':6} "
              f"{max((r['took_ms'] for r in rows), default=0):8} {growth:8.0f} {seen[1] / 1024:9.0f}", flush=True)
        check_attack(count, attack, labels, records)
        wrong = status or n != len(labels) + len(good) or any(records[g]["verdict"] != "enforce" for g in good)
        count.check(f"{attack}: the others", wrong and f"{status} {error} {n} records")
        count.check(f"{attack}: memory a name", growth > NAME_LIMIT_KB and f"{growth:.0f} KB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("attacks", nargs="*")
    parser.add_argument("--copies", type=int, default=1, help="names an attack")
    parser.add_argument("--good", type=int, default=100)
    parser.add_argument("--each", action="store_true", help="one scan an attack; try --copies 40")
    parser.add_argument("--port", type=int, default=21080)
    options = parser.parse_intermixed_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    count = Count()
    attacks = chosen_attacks(options)
    with tempfile.TemporaryDirectory(prefix="mtasweep-hostile-") as folder:
        lab = Lab(options, folder)
        try:
            (each if options.each else together)(lab, count, attacks, options)
            if not options.attacks:
                closing(lab, count)
        finally:
            lab.stop()
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
