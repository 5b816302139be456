#!/usr/bin/env python3
"""visits_many.py BUILD_DIR [OPTION...] - see visits.sh: many names of the synthetic internet, and all their MX hosts.

labnet has an estate of MX hosts (datasets/labnet/estate.h), each at an address of its own; 2 % never greet, some say 421
once, some always. It keeps a book of who comes when; the truth of each name is its own, too. First a scan that nobody
disturbs, then one whose supervisor and workers are killed in every phase: the names, the visits, the join, the files.
"""
import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import scale  # noqa: E402
from counting import Count  # noqa: E402

AT_ONCE, A_OPERATOR, RETRIES = 400, 4, 2
REFUSED = {"no_starttls", "name_mismatch", "expired", "not_yet_valid", "self_signed", "untrusted", "protocol"}
# 2 % tarpits, 1 % that say 421; weights of tables.def, without those two some 10,000.
ESTATE = ["--mx_hanging", "206", "--mx_later", "52", "--mx_busy", "52"]
MEMORY_A_HOST_KB = 2.0  # of the supervisor, which keeps a table of hosts; workers have no part in it


def expected(wanted):
    """labnet's truth says what each host does; what that makes of the name is worked out here."""
    wanted["mx_tls"] = [{"dns": "no_address"}.get(w, w) for w in wanted["mx_tls"]]
    covered = wanted["mx_tls"]
    if wanted["mx_match"] == "partial":
        covered = covered[:-1]
    if wanted["verdict"] == "enforce" and wanted["mx_match"] in ("all", "partial") and covered and set(covered) <= REFUSED:
        wanted["impact"] = "mail_loss"
    if wanted["mx_tls"] and set(wanted["mx_tls"]) == {"no_address"}:
        wanted["impact"] = "mail_loss"  # whatever it publishes
    return wanted


def found(record):
    seen = plain_found(record)
    seen["mx_tls"] = [h["tls"] for h in record["mx"]["hosts"]] if record["mx"]["dns"] == "ok" and not record["mx"]["null_mx"] else []
    return seen


plain_found, scale.found = scale.found, found


class Truth:
    """Lines of `labnet truth`, each as expected() has it."""

    def __init__(self, lines):
        self.lines = lines

    def __iter__(self):
        return self

    def __next__(self):
        return json.dumps(expected(json.loads(next(self.lines))))


class Lab:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.program = os.path.join(os.path.abspath(options.build), "scanner", "mtasweep")
        self.labnet = os.path.join(os.path.abspath(options.build), "datasets", "labnet")
        self.rates = ["--adoption", str(options.adoption), "--mx-hosts", str(options.hosts), "--seed", str(options.seed), *ESTATE]
        self.names = os.path.join(folder, "names")
        with open(self.names, "wb") as out:
            subprocess.run([self.labnet, "names", "-n", str(options.names), "--seed", str(options.seed)], stdout=out, check=True)
        self.lines = options.names

    def serve(self):
        """Another lab: its book of visits begins anew."""
        self.server = subprocess.Popen([self.labnet, "serve", "--dir", os.path.join(self.folder, "lab"), *self.rates],
                                       stdout=subprocess.PIPE, text=True)
        self.ready = dict(part.split("=", 1) for part in self.server.stdout.readline().split()[1:])

    def command(self, run):
        o = self.options
        return [self.program, "scan", self.names, "-o", run, "-r", self.ready["dns"], "--https-port", self.ready["https"], "--smtp-port",
                self.ready["smtp"], "--ca-file", self.ready["ca"], "--allow-net", "127.0.0.0/8", "--allow-net", "::1/128", "--mx-tls=all",
                "--contact", "https://scanner.example.net/", "--ehlo", "scanner.example.net", "--host-rate", "0", "--host-concurrency", "50",
                "--timeout-dns", "5", "--timeout-fetch", "30", "--timeout-smtp", str(o.timeout), "--visits", str(AT_ONCE),
                "--smtp-concurrency", str(A_OPERATOR), "--smtp-rate", "40", "--smtp-pause", "2", "--smtp-retries", str(RETRIES),
                "--workers", "2", "--progress", "none"]

    def book(self):
        """What the hosts have seen: sums, and visits of each."""
        path = os.path.join(self.folder, "lab", "visits.txt")
        if os.path.exists(path):
            os.unlink(path)
        self.server.send_signal(signal.SIGUSR1)
        while not os.path.exists(path):
            time.sleep(0.05)
        with open(path, encoding="ascii") as f:
            sums = {k: int(v) for k, v in (part.split("=") for part in f.readline().split())}
            return sums, {name: int(n) for name, n in map(str.split, f)}

    def close(self):
        self.server.terminate()
        self.server.wait()


class Watch(threading.Thread):
    """Memory of supervisor and workers, by phase, until it is told to stop."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_folder, self.pid, self.over = run, None, False
        self.seen = {}  # phase: [(seconds, hosts, supervisor kB, largest worker kB)]

    def run(self):
        begin = time.monotonic()
        while not self.over:
            pid, phase = self.pid, phase_of(self.run_folder)
            if pid is not None and phase is not None:
                workers = [scale.pss_kb(p) for p in children(pid)]
                self.seen.setdefault(phase, []).append((time.monotonic() - begin, scale.pss_kb(pid), max(workers, default=0)))
            time.sleep(0.5)

    def say(self):
        for phase, samples in self.seen.items():
            print(f"  {phase:6s} {samples[-1][0] - samples[0][0]:6.0f} s, supervisor at most {max(s[1] for s in samples) / 1024:.1f} MB, "
                  f"a worker at most {max(s[2] for s in samples) / 1024:.1f} MB")


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(n) for n in f.read().split()]
    except OSError:
        return []


def size(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def phase_of(run):
    """Where a run stands, by its files."""
    if os.path.isdir(os.path.join(run, "judged")):
        return "files"
    if os.path.isdir(os.path.join(run, "judging")):
        return "join"
    if size(os.path.join(run, "hosts.ndjson.zst")) > 0:
        return "visits"
    return "names" if size(os.path.join(run, "results.ndjson.zst")) > 0 else None


def amount(run, phase):
    """How much of it is done, in bytes."""
    return size(os.path.join(run, {"names": "results.ndjson.zst", "visits": "hosts.ndjson.zst",
                                   "join": "judging/results.ndjson.zst", "files": "run.json"}[phase]))


def compare(count, what, lab, run):
    begin = time.monotonic()
    command = [lab.labnet, "truth", *lab.rates, lab.names]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as truth, subprocess.Popen(
            ["zstdcat", os.path.join(run, "results.ndjson.zst")], stdout=subprocess.PIPE) as records:
        comparison = scale.Comparison(Truth(truth.stdout))
        for line in records.stdout:
            comparison.add(json.loads(line))
        left = sum(1 for _ in truth.stdout)
    scale.report(comparison)
    count.check(f"{what}: one record for every line", (comparison.records != lab.lines or comparison.twice or left) and
                f"{comparison.records} records, {comparison.twice} twice, {left} missing at the end")
    count.check(f"{what}: every record equals the truth (compared in {time.monotonic() - begin:.0f} s)",
                comparison.same != lab.lines and f"{lab.lines - comparison.same} of {lab.lines} differ")


def hosts_of(run):
    with subprocess.Popen(["zstdcat", os.path.join(run, "hosts.ndjson.zst")], stdout=subprocess.PIPE) as rows:
        return [(h["host"], h["tls"], h["probe"]["address"] if h["probe"] else None) for h in map(json.loads, rows.stdout)]


def limits(count, what, sums):
    count.check(f"{what}: one at a time at an address", sums["most_at"] > 1 and f"{sums['most_at']}")
    count.check(f"{what}: {A_OPERATOR} at a time at an operator", (sums["most_of"] > A_OPERATOR or sums["most_of"] < 2) and f"{sums['most_of']}")
    count.check(f"{what}: {AT_ONCE} at a time in all", (sums["most"] > AT_ONCE or sums["most"] < 9) and f"{sums['most']}")
    count.check(f"{what}: nothing before the greeting, nor before an answer", sums["early"] and f"{sums['early']}")
    count.check(f"{what}: no command but EHLO, STARTTLS and QUIT", sums["other"] and f"{sums['other']}")


def whole(count, lab):
    """Nobody disturbs it."""
    run = os.path.join(lab.folder, "whole")
    lab.serve()
    command = lab.command(run)
    print("$", " ".join(command))
    begin, watch = time.monotonic(), Watch(run)
    with open(os.path.join(lab.folder, "whole.err"), "w", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
    watch.pid = process.pid
    watch.start()
    before, judged = 0, False  # bytes of results before they are judged anew
    while process.poll() is None:
        judged = judged or phase_of(run) in ("join", "files")
        if not judged:
            before = max(before, amount(run, "names"))
        time.sleep(0.1)
    took, watch.over = time.monotonic() - begin, True
    with open(os.path.join(lab.folder, "whole.err"), encoding="utf-8") as f:
        said = f.read()
    count.check("whole: ends well", process.returncode and f"{process.returncode} {said}")
    sums, visits = lab.book()
    lab.close()
    hosts = hosts_of(run)
    outcomes = Counter(tls for _, tls, _ in hosts)
    print(f"whole: {lab.lines} names and {len(hosts)} MX hosts in {took:.0f} s; {sums['visits']} connections, {sums['greeted']} greetings, "
          f"{sums['quit']} QUITs; at a time {sums['most']} in all, {sums['most_of']} at an operator, {sums['most_at']} at an address")
    print("outcomes:", ", ".join(f"{n} {tls}" for tls, n in outcomes.most_common()))
    watch.say()
    count.check("whole: each host once", len({h for h, *_ in hosts}) != len(hosts) and "twice")
    limits(count, "whole", sums)
    count.check("whole: QUIT to everybody who greeted", sums["quit"] != sums["greeted"] and f"{sums['quit']} of {sums['greeted']}")
    one_visit_each(count, lab, hosts, sums, visits, run)
    flat(count, watch, len(hosts))
    sizes = {"names": before, "visits": amount(run, "visits"), "join": size(os.path.join(run, "results.ndjson.zst"))}
    print("sizes:", ",".join(map(str, sizes.values())), flush=True)
    compare(count, "whole", lab, run)
    return sizes


def one_visit_each(count, lab, hosts, sums, visits, run):
    """One connection, and one each time that a host said later. Only hosts with an address of their own can be told by it."""
    own = {h: tls for h, tls, address in hosts if h.endswith(".net") and ".post" in h and address is not None}
    wrong, later = [], 0
    for host, tls in own.items():
        n = visits.get(host, 0)
        refused_for_good = tls == "blocked" and n == 1  # 554
        later += n - 1 if not refused_for_good else 0
        if n not in ((1, 1 + RETRIES) if tls == "blocked" else (1, 2) if tls == "ok" else (1,)):
            wrong.append((host, tls, n))
    count.check(f"one connection a host ({len(own)}), and one each time it said later", wrong and f"{len(wrong)}: {wrong[:5]}")
    unknown = [h for h in visits if h.endswith(".net") and h not in own]
    count.check("nobody else", unknown and f"{unknown[:5]}")
    with open(os.path.join(run, "run.json"), encoding="utf-8") as f:
        told = json.load(f)["mx_hosts"]
    count.check("run.json tells it", (told["hosts"], told["visits"]) != (len(hosts), sums["visits"]) and f"{told}")
    shared = sum(1 for h, _, address in hosts if h not in own and address is not None)
    count.check("retries are those that were asked for", sums["visits"] != len(own) + shared + told["again"] and f"{sums} {shared} {told}")
    print(f"retries: {told['again']}, {later} of them at hosts of their own")


def flat(count, watch, hosts):
    """A worker needs at the end what it needed after a third; the supervisor has a table of the hosts besides."""
    samples = watch.seen.get("visits", [])
    if len(samples) < 30:
        print("note: the visits were over before their memory could be followed")
        return
    third = len(samples) // 3
    early, late = (max(s[2] for s in part) for part in (samples[:third], samples[2 * third:]))
    count.check(f"memory of workers ({early / 1024:.1f} MB, at the end {late / 1024:.1f} MB)", late > 1.1 * early + 2048 and "grows")
    most = max(s[1] for s in samples)
    limit = 24 * 1024 + MEMORY_A_HOST_KB * hosts
    count.check(f"memory of the supervisor ({most / 1024:.1f} MB for {hosts} hosts)", most > limit and f"over {limit / 1024:.1f} MB")


def points(options, sizes):
    """(phase, bytes, what is killed): kills of the supervisor and of workers, spread over all phases."""
    shares = {"names": 0.3, "visits": 0.5, "join": 0.2}
    plan = []
    for phase, share in shares.items():
        n = max(1, round(options.kills * share))
        plan += [(phase, sizes[phase] * (i + 1) // (n + 1), "supervisor") for i in range(n)]
    for phase, share in {"names": 0.4, "visits": 0.6}.items():
        n = max(1, round(options.worker_kills * share))
        plan += [(phase, sizes[phase] * (i + 0.5) // n, "worker") for i in range(n)]
    order = list(shares)
    return sorted(plan, key=lambda p: (order.index(p[0]), p[1]))


class Killer:
    def __init__(self, lab, run):
        self.lab, self.run, self.supervisors, self.workers = lab, run, Counter(), Counter()
        self.process, self.watch = None, Watch(run)
        self.said = open(os.path.join(lab.folder, "killed.err"), "a", encoding="utf-8")
        self.nth = 0

    def start(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self.said)
        self.watch.pid = self.process.pid

    def reach(self, phase, wanted):
        """Waits for that much of the phase. False: it is over, or the scan is."""
        order = ["names", "visits", "join", "files"]
        while self.process.poll() is None:
            now = phase_of(self.run)
            if now is not None and order.index(now) > order.index(phase):
                return False
            if now == phase and amount(self.run, phase) >= wanted:
                return True
            if phase != "files":  # which is over in an instant
                time.sleep(0.01)
        return False

    def one(self, phase, whom):
        if whom == "supervisor":
            self.process.kill()
            self.process.wait()
            self.supervisors[phase] += 1
            self.start([self.lab.program, "scan", "--resume", "-o", self.run, "-q", "--progress", "none"])
            return
        until = time.monotonic() + 5  # a supervisor that has just begun has no workers yet
        while self.process.poll() is None and time.monotonic() < until:
            workers = children(self.process.pid)
            try:
                os.kill(workers[self.nth % len(workers)], (signal.SIGKILL, signal.SIGSEGV)[self.nth % 2])
            except (ProcessLookupError, ZeroDivisionError):
                time.sleep(0.01)
                continue
            self.nth += 1
            self.workers[phase] += 1
            time.sleep(0.3)
            return


def killed(count, lab, sizes):
    run = os.path.join(lab.folder, "killed")
    lab.serve()
    begin, killer = time.monotonic(), Killer(lab, run)
    killer.start(lab.command(run))
    killer.watch.start()
    for phase, wanted, whom in points(lab.options, sizes):
        if killer.reach(phase, wanted):
            killer.one(phase, whom)
    if killer.reach("files", 0):  # perhaps it is met
        killer.one("files", "supervisor")
    killer.process.wait()
    killer.watch.over = True
    took = time.monotonic() - begin
    killer.said.close()
    with open(os.path.join(lab.folder, "killed.err"), encoding="utf-8") as f:
        said = f.read()
    count.check("killed: ends well", killer.process.returncode and f"{killer.process.returncode} {said[-2000:]}")
    sums, visits = lab.book()
    lab.close()
    n, w = sum(killer.supervisors.values()), sum(killer.workers.values())
    print(f"killed: {n} supervisors {dict(killer.supervisors)}, {w} workers {dict(killer.workers)}, in {took:.0f} s; "
          f"{sums['visits']} connections, {sums['greeted']} greetings, {sums['quit']} QUITs")
    killer.watch.say()
    share = 1 if lab.lines >= 100000 else 0.5  # phases of a small run are over before all have come
    count.check("killed: as many as were asked for, before it was done (half of a small run)",
                (n < lab.options.kills * share or w < lab.options.worker_kills * share) and f"{n} {w}")
    limits_killed(count, sums)
    hosts = hosts_of(run)
    count.check("killed: each host once", len({h for h, *_ in hosts}) != len(hosts) and "twice")
    # Who was being visited when its visitor died is visited again, and a host that says later begins anew.
    most = 3 * (1 + killer.supervisors["visits"] + killer.workers["visits"])
    many = [(h, v) for h, v in visits.items() if h.endswith(".net") and v > most]
    count.check("killed: visits beyond one a death", many and f"{many[:5]}")
    compare(count, "killed", lab, run)


def limits_killed(count, sums):
    """A host does not see at once that its visitor is dead: but one visit at a time is left to each."""
    for what, got, want in (("at an address", sums["most_at"], 1), ("at an operator", sums["most_of"], A_OPERATOR), ("in all", sums["most"], AT_ONCE)):
        count.check(f"killed: at a time {what}", got > want and f"{got}")
    count.check("killed: nothing too early", (sums["early"], sums["other"]) != (0, 0) and f"{sums}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=3000)
    parser.add_argument("--hosts", type=int, default=400)
    parser.add_argument("--adoption", type=float, default=0.05)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--worker-kills", type=int, default=6)
    parser.add_argument("--timeout", type=float, default=6, help="of a visit; a tarpit takes that long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", help="only the second scan: bytes of results, hosts and judged results, as the first one printed")
    parser.add_argument("--only-whole", action="store_true", help="only the first scan")
    parser.add_argument("--keep", help="folder for what is made; default: removed at the end")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    count = Count()
    folder = options.keep or tempfile.mkdtemp(prefix="mtasweep-visits-")
    os.makedirs(folder, exist_ok=True)
    lab = Lab(options, folder)
    try:
        if options.sizes:
            sizes = dict(zip(("names", "visits", "join"), map(int, options.sizes.split(","))))
        else:
            sizes = whole(count, lab)
        if not options.only_whole:
            killed(count, lab, sizes)
    finally:
        if lab.server.poll() is None:
            lab.close()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
