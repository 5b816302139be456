#!/usr/bin/env python3
"""dns.py BUILD - CPU per DNS query of a whole scan beside massdns and dnsperf, on the same server in one run.

Nothing is deployed, three questions a name, one worker; start and end of the scan are in it. The scan reads
the names, judges them, writes compressed records and a report. massdns (MASSDNS=path) has a pass a type, and the cheapest output
of it that holds the answers (-o S). dnsperf does nothing with the answers: it is shown beside, and is no target.
Prints user and system time apart, and which machine: what a system call costs there decides half of it.
"""
import argparse
import json
import os
import re
import shutil

import measure

TARGET_MASSDNS = 1.1


def write_queries(lab, names):
    path = lab.path("queries.txt")
    with open(path, "w", encoding="ascii") as out:
        for name in names:
            out.write(f"_mta-sts.{name} TXT\n_smtp._tls.{name} TXT\n{name} MX\n")
    return path


def completed(log):
    """Answered questions, as dnsperf's output says."""
    with open(log, encoding="utf-8") as text:
        return int(re.search(r"Queries completed: +([0-9]+)", text.read()).group(1))


def dnsperf(lab, queries):
    """CPU per query that was answered. 100 in flight (its default) is where it is cheapest."""
    log = lab.path("dnsperf.txt")
    used = measure.cpu_split_us(["dnsperf", "-s", lab.host, "-p", lab.port, "-d", queries, "-n", "1", "-e"], log)
    return each(used, completed(log))


def massdns(lab, program, names, path):
    """One run a type, as it asks for one: CPU per query. 500 in flight, because its default of 10,000 is dearer here
    (16.6 against 13.2 us)."""
    used = [0.0, 0.0]
    resolvers, asked = lab.path("resolvers.txt"), lab.path("asked.txt")
    with open(resolvers, "w", encoding="ascii") as out:
        out.write(f"{lab.host}:{lab.port}\n")
    for prefix, kind in ("_mta-sts.", "TXT"), ("_smtp._tls.", "TXT"), ("", "MX"):
        with open(asked, "w", encoding="ascii") as out:
            out.writelines(f"{prefix}{name}\n" for name in names)
        one = measure.cpu_split_us([program, "-q", "-s", "500", "-r", resolvers, "-t", kind, "-o", "S", "-w", path, asked])
        used = [a + b for a, b in zip(used, one)]
    return each(used, 3 * len(names))


def each(used, n):
    return tuple(us / n for us in used)


def run(build, count, rounds):
    """Rows for the table."""
    options = measure.faultless(build.labnet, adoption=0, tlsrpt=0)
    with measure.lab(build, options) as lab:
        path, names = lab.names(count)
        queries = write_queries(lab, names)
        runs = {"scan": lambda: each(lab.scan_cpu_split_us(path, "--workers", "1"), 3 * count)}
        yardsticks = []
        program = os.environ.get("MASSDNS")
        if program:
            runs["massdns"] = lambda: massdns(lab, program, names, lab.path("massdns.txt"))
            yardsticks.append(("massdns -o S", "massdns", TARGET_MASSDNS))
        if shutil.which("dnsperf"):
            runs["dnsperf"] = lambda: dnsperf(lab, queries)
            yardsticks.append(("dnsperf, answers unread", "dnsperf", None))
        figures = measure.alternate(rounds, runs)
    best = {name: min(seen, key=sum) for name, seen in figures.items()}
    for name, (user, system) in best.items():
        print(f"{name:8s} {user + system:6.2f} us a query: user {user:.2f}, system {system:.2f}")
    print("machine:", json.dumps(measure.machine()))
    return [measure.row("scan, nothing deployed", sum(best["scan"]), "us CPU a query", shown, sum(best[name]), target)
            for shown, name, target in yardsticks]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=150000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = run(measure.Build(options.build), options.names, options.rounds)
    measure.table(rows)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
