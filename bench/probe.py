#!/usr/bin/env python3
"""probe.py BUILD - CPU of a visit at an MX host beside a bare OpenSSL client that shares one context, and posttls-finger.

`mtasweep probe` reads a finished run, visits its MX hosts, writes them down and the run anew. Two runs of different size are
visited and their difference taken, so that start and end count for nothing; what reading and rewriting cost a name is
measured apart, by a probe that knows all hosts already. The client has a blocking socket and a visit at a time, and the
allocator that mtasweep has; it is shown alone, and with as many at once as mtasweep has workers. posttls-finger (Debian: postfix) is a process a host under xargs. Instructions, where there is
valgrind, are those of the workers and of the pass in the supervisor.
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import instructions
import measure

TARGET = 1.10
WORKERS = len(os.sched_getaffinity(0))  # as mtasweep has when it is not told
PASS = re.compile(r"^ *([0-9,]+) .*:host_pass_run ", re.M)
VISITING = ("--ehlo", "probe.example", "--smtp-rate", "1000", "--smtp-concurrency", "100", "--contact", "https://probe.example")


def finished(lab, names, count):
    """A run of the first so many names."""
    path, run = lab.path(f"names-{count}"), lab.path(f"run-{count}")
    with open(path, "w", encoding="ascii") as out:
        out.writelines(name + "\n" for name in names[:count])
    measure.cpu_us(lab.scan(path, run))
    return run


def probing(lab, run, new, *more):
    visits = ("--visits", str(lab.visits)) if lab.visits else ()
    return [lab.build.mtasweep, "probe", run, "-o", new, "-r", lab.ready["dns"], "--smtp-port", lab.ready["smtp"], "--ca-file",
            lab.ready["ca"], "--allow-net", "127.0.0.0/8", "--scope=all", *VISITING, *visits, *more]


def visited(lab, run):
    """CPU of a probe, and of one more that has only the results to write."""
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        new = os.path.join(folder, "new")
        whole = measure.cpu_us(probing(lab, run, new))
        for path in glob.glob(os.path.join(new, "*")):
            if not os.path.basename(path).startswith("hosts."):
                os.remove(path)
        return whole, measure.cpu_us(probing(lab, run, new, "--resume"))


def hosts_of(lab, run):
    """A file of "host address" for the yardsticks, and how many. Every host must be well."""
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        new = os.path.join(folder, "new")
        measure.cpu_us(probing(lab, run, new))
        text = subprocess.run(["zstdcat", os.path.join(new, "hosts.ndjson.zst")], check=True, capture_output=True).stdout
    records = [json.loads(line) for line in text.splitlines()]
    bad = [r["host"] for r in records if r["tls"] != "ok"]
    if bad:
        raise SystemExit(f"{len(bad)} of {len(records)} hosts are not well, {bad[0]} first")
    path = run + ".hosts"
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"{r['host']} {r['probe']['address']}\n" for r in records)
    return path, len(records)


def bare(lab, hosts, times):
    linked = subprocess.run(["ldd", lab.build.mtasweep], check=True, capture_output=True, text=True).stdout
    allocator = re.search(r"(/\S*jemalloc\S*)", linked)
    preload = ["env", f"LD_PRELOAD={allocator.group(1)}"] if allocator else []
    return [*preload, lab.build.bench("bench_fetch_bare"), "smtp", lab.ready["ca"], lab.ready["smtp"], hosts, str(times)]


def together(lab, hosts, times):
    """As many clients at once as mtasweep has workers: what one costs where the machine is as busy."""
    return ["sh", "-c", "for i in $0; do \"$@\" & all=\"$all $!\"; done; for i in $all; do wait $i || exit; done", " ".join(map(str, range(WORKERS))), *bare(lab, hosts, times)]


def finger(lab, hosts, count):
    """posttls-finger at each address; 0 where there is none. It says a bad certificate in words only."""
    program = shutil.which("posttls-finger", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if program is None:
        return 0.0
    some = lab.path("some.txt")
    with open(hosts, encoding="ascii") as source, open(some, "w", encoding="ascii") as out:
        out.writelines(f"-s {host} [{address}]:{lab.ready['smtp']} {host}\n" for host, address in map(str.split, list(source)[:count]))
    said = lab.path("finger.txt")
    used = measure.cpu_us(["xargs", "-a", some, "-P", "8", "-L", "1", program, "-c", "-l", "secure", "-F", lab.ready["ca"], "-L",
                           "summary"], output=said)
    with open(said, encoding="utf-8", errors="replace") as text:
        verified = text.read().count("Verified TLS connection")
    if verified != count:
        raise SystemExit(f"posttls-finger verified {verified} of {count} hosts")
    return used / count


def counted(lab, names, count):
    """Instructions of the workers, and of the pass in the supervisor: of a scan, which can do without its sandbox."""
    path = lab.path(f"counted-{count}")
    with open(path, "w", encoding="ascii") as out:
        out.writelines(name + "\n" for name in names[:count])
    with tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        run, total = os.path.join(folder, "run"), 0
        measure.cpu_us(["valgrind", "-q", "--tool=callgrind", "--trace-children=yes", f"--callgrind-out-file={folder}/%p.cg",
                        *lab.scan(path, run), "--smtp-port", lab.ready["smtp"], "--mx-tls=all", *VISITING, "--workers", "1",
                        "--sandbox", "off"])
        for file in glob.glob(os.path.join(folder, "*.cg")):
            with open(file, encoding="utf-8", errors="replace") as text:
                head = text.read()
            if " scan-hosts-worker " in head[:2000]:
                total += int(instructions.TOTALS.findall(head)[-1])
            elif " scan-worker " not in head[:2000]:
                parts = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--auto=no", file], check=True, capture_output=True,
                                       text=True).stdout
                total += int(PASS.search(parts).group(1).replace(",", ""))
        hosts = subprocess.run(["zstdcat", os.path.join(run, "hosts.ndjson.zst")], check=True, capture_output=True).stdout
    return total, hosts.count(b"\n")


def instruction_row(lab, names, hosts, count, few):
    (more, n), (less, m) = counted(lab, names, few), counted(lab, names, few // 4)
    some = lab.path("counted.txt")
    with open(hosts, encoding="ascii") as source, open(some, "w", encoding="ascii") as out:
        out.writelines(list(source)[:count])
    base = (instructions.count(bare(lab, some, 2)) - instructions.count(bare(lab, some, 1))) / count
    return measure.row("visit at an MX host", (more - less) / (n - m) / 1000, "1000 instructions a visit", "bare client", base / 1000,
                       TARGET)


def run(build, names_n, rounds, few, visits=0):
    """Rows for the table. few: names under callgrind, 0 for none. visits: at a time, 0 as many as there are by default."""
    plain = measure.faultless(build.labnet, adoption=0, tlsrpt=0, third_party=0, ipv6=0, mail_null_mx=0, mail_implicit=0, mail_nowhere=0)
    with measure.lab(build, plain) as lab:
        _, names = lab.names(names_n)
        lab.visits = visits
        small, large = (finished(lab, names, n) for n in (names_n // 5, names_n))
        few_hosts, (hosts, count) = hosts_of(lab, small)[1], hosts_of(lab, large)
        print(f"{count} and {few_hosts} MX hosts")

        def both():
            (whole, known), (less, less_known) = visited(lab, large), visited(lab, small)
            visits = (whole - known - less + less_known) / (count - few_hosts)
            return visits, (known - less_known) / (names_n - names_n // 5)

        runs = {"ours": both, "finger": lambda: finger(lab, hosts, min(count, 200)),
                "bare": lambda: (measure.cpu_us(bare(lab, hosts, 2)) - measure.cpu_us(bare(lab, hosts, 1))) / count,
                "together": lambda: (measure.cpu_us(together(lab, hosts, 2)) - measure.cpu_us(together(lab, hosts, 1))) / count / WORKERS}
        figures = measure.alternate(rounds, runs)
        visit, rewriting = (min(f[i] for f in figures["ours"]) for i in (0, 1))
        rows = [measure.row("visit at an MX host", visit, "us CPU a visit", "bare client", min(figures["bare"]), TARGET)]
        rows.append(measure.row("visit at an MX host", visit, "us CPU a visit", f"{WORKERS} clients at once", min(figures["together"])))
        if min(figures["finger"]):
            rows.append(measure.row("visit at an MX host", visit, "us CPU a visit", "posttls-finger", min(figures["finger"])))
        rows.append(measure.row("reading, rewriting", rewriting, "us CPU a name", "a visit", visit))
        if few and instructions.available():
            rows.append(instruction_row(lab, names, hosts, min(count, 100), few))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--counted", type=int, default=200, help="names whose visits are counted in instructions; 0 none")
    parser.add_argument("--visits", type=int, default=0, help="visits at a time; 1 as the client has; 0 the program's own number")
    options = parser.parse_args()
    rows = run(measure.Build(options.build), options.names, options.rounds, options.counted, options.visits)
    measure.table(rows)
    print("machine:", json.dumps(measure.machine()))
    print(json.dumps(rows))
    problems = [r for r in rows if "instructions" in r["unit"] and r["ratio"] > TARGET]
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
