#!/usr/bin/env python3
"""fetch.py BUILD - CPU and instructions of a policy fetch beside a bare OpenSSL client and curl.

All names deploy MTA-STS without a fault, each with a policy host of its own. What a name costs without
a policy (a scan of as many names of an internet where nobody deploys it) is taken off. Status 1 when its instructions
are more than 1.05 times those of the bare client that makes a context each; with another libcurl than that of
bench/baseline.json they are shown, not judged.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import instructions
import measure

TARGET_EACH = 1.05


def options_of(build, deployed):
    shares = {"adoption": 1 if deployed else 0, "tlsrpt": 0, "tlsrpt_adopter": 0, "third_party": 0, "ipv6": 0, "h2": 0}
    return measure.faultless(build.labnet, **shares)


def learn_hosts(lab, names):
    """Scans once; a file of "policy-host address" for the yardsticks. Every name must be well."""
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        run = os.path.join(folder, "run")
        measure.cpu_us(lab.scan(names, run))
        text = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], check=True, capture_output=True).stdout
    path, count = lab.path("hosts.txt"), 0
    with open(path, "w", encoding="ascii") as out:
        for line in text.splitlines():
            record = json.loads(line)
            if record["policy"]["stage"] != "ok":
                raise SystemExit(f"{record['domain']}: stage {record['policy']['stage']}, not ok")
            out.write(f"mta-sts.{record['domain']} {record['policy']['address']}\n")
            count += 1
    return path, count


def write_curl_config(lab, hosts):
    """curl's own configuration, the addresses pinned. Each transfer begins anew ("next"): in one operation every
    transfer would load the addresses of all."""
    path, port = lab.path("curl.conf"), lab.ready["https"]
    with open(hosts, encoding="ascii") as source, open(path, "w", encoding="ascii") as out:
        out.write("parallel\n")  # of all
        transfers = []
        for line in source:
            host, address = line.split()
            transfers.append(f"silent\ncacert = {lab.ready['ca']}\nresolve = {host}:{port}:{address}\n"
                             f"url = https://{host}:{port}/.well-known/mta-sts.txt\noutput = {os.devnull}\n")
        out.write("next\n".join(transfers))
    return path


def bare(lab, mode, hosts):
    return [lab.build.bench("bench_fetch_bare"), mode, lab.ready["ca"], lab.ready["https"], hosts]


def cpu_rows(lab, plain, count, rounds):
    path, _ = lab.names(count)
    plain_path, _ = plain.names(count)
    hosts, _ = learn_hosts(lab, path)
    runs = {
        "scan": lambda: lab.scan_cpu_us(path) / count,
        "plain": lambda: plain.scan_cpu_us(plain_path) / count,
        "shared": lambda: measure.cpu_us(bare(lab, "shared", hosts)) / count,
        "each": lambda: measure.cpu_us(bare(lab, "each", hosts)) / count,
    }
    if shutil.which("curl"):
        config = write_curl_config(lab, hosts)
        runs["curl"] = lambda: measure.cpu_us(["curl", "-K", config]) / count
    figures = {name: min(values) for name, values in measure.alternate(rounds, runs).items()}
    ours = figures["scan"] - figures["plain"]
    rows = [measure.row("policy fetch", ours, "us CPU a fetch", f"bare client, {text}", figures[name], target)
            for name, text, target in (("each", "a context each", TARGET_EACH), ("shared", "one context", None))]
    if "curl" in figures:
        rows.append(measure.row("policy fetch", ours, "us CPU a fetch", "curl --parallel", figures["curl"]))
    return rows


def instruction_rows(lab, plain, count):
    """User-space instructions of `count` fetches, by the difference to none of them."""
    path, names = lab.names(count)
    hosts, _ = learn_hosts(lab, path)
    one = lab.path("one.txt")
    with open(one, "w", encoding="ascii") as out:
        out.write(names[0] + "\n")

    def scan(where, source):
        with tempfile.TemporaryDirectory(dir=where.folder) as folder:
            return instructions.count(where.scan(source, os.path.join(folder, "run"), "--workers", "1",
                                                 "--sandbox", "off"))

    fetched = (scan(lab, path) - scan(lab, one)) / (count - 1)
    without = (scan(plain, path) - scan(plain, one)) / (count - 1)
    rows = []
    for mode, text, target in ("each", "a context each", TARGET_EACH), ("shared", "one context", None):
        base = (instructions.count(bare(lab, mode, hosts) + ["2"]) - instructions.count(bare(lab, mode, hosts))) / count
        rows.append(measure.row("policy fetch", (fetched - without) / 1000, "1000 instructions a fetch",
                                f"bare client, {text}", base / 1000, target))
    return rows


def run(build, count, rounds, counted):
    """Rows for the table, and what is over the limit. counted: fetches under callgrind, 0 for none."""
    problems = []
    with measure.lab(build, options_of(build, True)) as lab, measure.lab(build, options_of(build, False)) as plain:
        rows = cpu_rows(lab, plain, count, rounds)
        if counted and instructions.available():
            found = instruction_rows(lab, plain, counted)
            rows += found
            problems = [f"policy fetch: {r['ratio']} of the instructions of the {r['yardstick']}, at most {r['target']}"
                        for r in found if r["target"] and r["ratio"] > r["target"]]
            if measure.baseline()["versions"]["libcurl"] != instructions.libraries()["libcurl"]:
                print("note: the baseline was counted with another libcurl; the fetch's instructions are shown, not judged")
                problems = []
    return rows, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--counted", type=int, default=60, help="fetches whose instructions are counted; 0 none")
    options = parser.parse_args()
    rows, problems = run(measure.Build(options.build), options.names, options.rounds, options.counted)
    measure.table(rows)
    print(json.dumps(rows))
    for problem in problems:
        print(f"FAIL {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
