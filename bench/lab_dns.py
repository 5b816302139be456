#!/usr/bin/env python3
"""lab_dns.py BUILD - what an answer costs labnet beside knot that serves the same names: CPU of the server alone.

Three questions a name, as a scan asks them, from dnsperf; in turns. labnet must be the cheaper one, or a scan of it
measures the lab. knot has one zone with an MX host for every name; labnet gives one to five.
"""
import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time

import dns
import measure

TARGET = 1.0
CONFIG = """server:
    listen: 127.0.0.1@{port}
    rundir: "{folder}"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
zone:
  - domain: .
    storage: "{folder}"
    file: root.zone
    semantic-checks: off
    zonefile-load: whole
    journal-content: none
"""


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def knot(lab, names):
    """The running server and its port."""
    folder, port = lab.path("knot"), free_port()
    os.mkdir(folder)
    with open(os.path.join(folder, "root.zone"), "w", encoding="ascii") as out:
        out.write(". 300 SOA a. b. 1 3600 600 86400 300\n. 300 NS a.\na. 300 A 127.0.0.1\n")
        out.writelines(f"{name}. 300 MX 10 mail.{name}.\n" for name in names)
    config = os.path.join(folder, "knot.conf")
    with open(config, "w", encoding="ascii") as out:
        out.write(CONFIG.format(port=port, folder=folder))
    server = subprocess.Popen([shutil.which("knotd"), "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        asked = subprocess.run(["kdig", "@127.0.0.1", "-p", str(port), "+time=1", "+retry=0", "+short", "MX", names[-1]],
                               capture_output=True, check=False)
        if asked.stdout.strip():
            return server, str(port)
        time.sleep(0.1)
    raise SystemExit("knot does not answer")


def answered_us(pid, port, queries):
    """Server's CPU an answered question."""
    log = queries + ".log"
    before = measure.running_cpu_s(pid)
    with open(log, "wb") as out:
        subprocess.run(["dnsperf", "-s", "127.0.0.1", "-p", port, "-d", queries, "-n", "1", "-e"], stdout=out,
                       stderr=subprocess.DEVNULL, check=True)
    return (measure.running_cpu_s(pid) - before) * 1e6 / dns.completed(log)


def run(build, count, rounds):
    """Rows for the table; none where dnsperf or knot is missing."""
    if not shutil.which("dnsperf") or not shutil.which("knotd"):
        return []
    with measure.lab(build, measure.faultless(build.labnet, adoption=0, tlsrpt=0)) as lab:
        _, names = lab.names(count)
        queries = dns.write_queries(lab, names)
        server, port = knot(lab, names)
        try:
            figures = measure.alternate(rounds, {
                "labnet": lambda: answered_us(lab.pid, lab.port, queries),
                "knot": lambda: answered_us(server.pid, port, queries),
            })
        finally:
            server.terminate()
            server.wait()
    return [measure.row("labnet, DNS", min(figures["labnet"]), "us CPU an answer", "knot", min(figures["knot"]), TARGET)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=100000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows = run(measure.Build(options.build), options.names, options.rounds)
    if not rows:
        print("lab_dns: no dnsperf or no knot here")
        sys.exit(77)
    measure.table(rows)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
