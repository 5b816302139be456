#!/usr/bin/env python3
"""dns.py BUILD - CPU per DNS query of a whole scan beside dnsperf, on the same server in one run.

Nothing is deployed, three questions a name; the scan reads the names, judges them, writes compressed
records and a report, dnsperf parses and writes nothing. The 0.2 s that a scan takes to start and end are in it:
0.7 us a query at 100,000 names, so 300,000 are the default. MASSDNS=path adds massdns with NDJSON output.
"""
import argparse
import json
import os
import re
import shutil

import measure

TARGET_DNSPERF = 1.15
TARGET_MASSDNS = 0.95


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
    used = measure.cpu_us(["dnsperf", "-s", lab.host, "-p", lab.port, "-d", queries, "-n", "1", "-e"], log)
    return used / completed(log)


def massdns(lab, program, names, path):
    """One run a type, as it asks for one: CPU per query, answers parsed and written as NDJSON. 500 in flight, because
    its default of 10,000 is dearer here (16.6 against 13.2 us)."""
    used = 0.0
    resolvers, asked = lab.path("resolvers.txt"), lab.path("asked.txt")
    with open(resolvers, "w", encoding="ascii") as out:
        out.write(f"{lab.host}:{lab.port}\n")
    for prefix, kind in ("_mta-sts.", "TXT"), ("_smtp._tls.", "TXT"), ("", "MX"):
        with open(asked, "w", encoding="ascii") as out:
            out.writelines(f"{prefix}{name}\n" for name in names)
        used += measure.cpu_us([program, "-q", "-s", "500", "-r", resolvers, "-t", kind, "-o", "J", "-w", path, asked])
    return used / (3 * len(names))


def run(build, count, rounds):
    """Rows for the table."""
    options = measure.faultless(build.labnet, adoption=0, tlsrpt=0)
    with measure.lab(build, options) as lab:
        path, names = lab.names(count)
        queries = write_queries(lab, names)
        runs = {"scan": lambda: lab.scan_cpu_us(path) / (3 * count)}
        yardsticks = []
        if shutil.which("dnsperf"):
            runs["dnsperf"] = lambda: dnsperf(lab, queries)
            yardsticks.append(("dnsperf", TARGET_DNSPERF))
        program = os.environ.get("MASSDNS")
        if program:
            runs["massdns"] = lambda: massdns(lab, program, names, lab.path("massdns.json"))
            yardsticks.append(("massdns", TARGET_MASSDNS))
        figures = measure.alternate(rounds, runs)
    return [measure.row("scan, nothing deployed", min(figures["scan"]), "us CPU a query", name,
                        min(figures[name]), target) for name, target in yardsticks]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=300000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = run(measure.Build(options.build), options.names, options.rounds)
    measure.table(rows)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
