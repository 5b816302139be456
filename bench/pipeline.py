#!/usr/bin/env python3
"""pipeline.py BUILD - wall time of a survey, judged and written, beside what is done for the same today.

Today: massdns (MASSDNS=path, three passes, -o S, names that have an MTA-STS record picked from the answers), then
curl --parallel for their policies, which it throws away: the cheapest form. Ours ends with records that are judged, and a report.
One name in a hundred has a policy; nothing fails. Both have all cores of the machine; of several rounds the quickest counts.
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

import fetch
import measure

TARGET = 0.6


def seconds(run):
    begin = time.monotonic()
    run()
    return time.monotonic() - begin


def massdns(lab, names):
    """Three passes; the names that have an MTA-STS record."""
    resolvers, asked, said = lab.path("resolvers.txt"), lab.path("asked.txt"), lab.path("said.txt")
    with open(resolvers, "w", encoding="ascii") as out:
        out.write(f"{lab.host}:{lab.port}\n")
    found = set()
    for prefix, kind in ("", "MX"), ("_smtp._tls.", "TXT"), ("_mta-sts.", "TXT"):
        with open(asked, "w", encoding="ascii") as out:
            out.writelines(f"{prefix}{name}\n" for name in names)
        subprocess.run([os.environ["MASSDNS"], "-q", "-s", "500", "-r", resolvers, "-t", kind, "-o", "S", "-w", said, asked],
                       check=True, stderr=subprocess.DEVNULL)
        with open(said, encoding="utf-8", errors="replace") as text:
            found |= {line[len("_mta-sts."):].partition(" ")[0].rstrip(".") for line in text
                      if line.startswith("_mta-sts.") and "v=STSv1" in line}
    return found


def learn_policies(lab, path):
    """name -> "policy-host address", by a scan: curl is spared the lookups."""
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        run = os.path.join(folder, "run")
        measure.cpu_us(lab.scan(path, run))
        text = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], check=True, capture_output=True).stdout
    records = (json.loads(line) for line in text.splitlines() if b'"stage":"ok"' in line)
    return {r["domain"]: f"mta-sts.{r['domain']} {r['policy']['address']}\n" for r in records}


def today(lab, names, policies):
    """massdns, then curl, which throws the files away."""
    hosts = lab.path("hosts.txt")
    with open(hosts, "w", encoding="ascii") as out:
        out.writelines(policies[name] for name in massdns(lab, names))
    subprocess.run(["curl", "--config", fetch.write_curl_config(lab, hosts)], check=True, stderr=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if "MASSDNS" not in os.environ:
        raise SystemExit("pipeline.py: MASSDNS is to be the path of massdns")
    build = measure.Build(options.build)
    plain = measure.faultless(build.labnet, adoption=0.01, tlsrpt=0.01, third_party=0, ipv6=0)
    with measure.lab(build, plain) as lab:
        path, names = lab.names(options.names)
        policies = learn_policies(lab, path)
        print(f"{len(names)} names, {len(policies)} policies")
        runs = {"ours": lambda: seconds(lambda: lab.scan_cpu_us(path)),
                "today": lambda: seconds(lambda: today(lab, names, policies))}
        figures = measure.alternate(options.rounds, runs)
    rows = [measure.row("a survey, 1 % policies", min(figures["ours"]), "s", "massdns, curl", min(figures["today"]), TARGET)]
    measure.table(rows)
    print("machine:", json.dumps(measure.machine()))
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
