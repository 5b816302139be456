#!/usr/bin/env python3
"""probe.py BUILD - CPU of a visit at an MX host beside a bare OpenSSL client that shares one context.

`mtasweep probe` visits the MX hosts of a finished run, judges them, writes them down and the run anew. Two runs of different
size are visited and their difference taken, so that start and end count for nothing. The client has a blocking socket and a
visit at a time. posttls-finger (Debian: postfix), a process a host under xargs -P, is shown beside.
"""
import argparse
import json
import os
import subprocess

import measure

TARGET = 1.10


def finished(lab, names, count):
    """A run of the first so many names, and its MX hosts as "host address"."""
    path, run = lab.path(f"names-{count}"), lab.path(f"run-{count}")
    with open(path, "w", encoding="ascii") as out:
        out.writelines(name + "\n" for name in names[:count])
    measure.cpu_us(lab.scan(path, run))
    return run


def visited(lab, run, new):
    command = [lab.build.mtasweep, "probe", run, "-o", new, "-r", lab.ready["dns"], "--smtp-port", lab.ready["smtp"], "--ca-file",
               lab.ready["ca"], "--allow-net", "127.0.0.0/8", "--ehlo", "probe.example", "--smtp-rate", "1000", "--smtp-concurrency", "100"]
    return measure.cpu_us(command)


def hosts_of(lab, new):
    text = subprocess.run(["zstdcat", os.path.join(new, "hosts.ndjson.zst")], check=True, capture_output=True).stdout
    records = [json.loads(line) for line in text.splitlines()]
    bad = [r["host"] for r in records if r["tls"] != "ok"]
    if bad:
        raise SystemExit(f"{len(bad)} of {len(records)} hosts are not well, {bad[0]} first")
    path = lab.path("hosts.txt")
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"{r['host']} {r['probe']['address']}\n" for r in records)
    return path, len(records)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    build = measure.Build(options.build)
    plain = measure.faultless(build.labnet, adoption=1, tlsrpt=0, third_party=0, ipv6=0)
    with measure.lab(build, plain) as lab:
        _, names = lab.names(options.names)
        small, large = (finished(lab, names, n) for n in (options.names // 5, options.names))
        seen = {"n": 0}

        def new():
            seen["n"] += 1
            return lab.path(f"visited-{seen['n']}")

        first, last = new(), new()
        visited(lab, small, first)
        visited(lab, large, last)
        few, many = hosts_of(lab, first)[1], hosts_of(lab, last)
        path, count = many
        print(f"{count} and {few} MX hosts")
        runs = {"ours": lambda: (visited(lab, large, new()) - visited(lab, small, new())) / (count - few),
                "bare": lambda: measure.cpu_us([build.bench("bench_fetch_bare"), "smtp", lab.ready["ca"], lab.ready["smtp"], path]) / count}
        figures = measure.alternate(options.rounds, runs)
    rows = [measure.row("visit at an MX host", min(figures["ours"]), "us CPU a visit", "bare client", min(figures["bare"]), TARGET)]
    measure.table(rows)
    print("machine:", json.dumps(measure.machine()))
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
