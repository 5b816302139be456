#!/usr/bin/env python3
"""growth.py BUILD [--only SERIES,...] [--sizes N,...] - how CPU, time and memory grow with the size of a scan.

Series: "names" (sizes, by one and two workers), "resolvers" (1, 10, 1000), "adopters" (0.1, 1, 10 %) and "hanging"
(0 and 2 % of the policy hosts never answer). Each run scans names of the synthetic internet on loopback and is
appended to growth.json beside this file, in place of an earlier one of the same kind; growth.svg is drawn from
that, and the figures of EXTRAPOLATION.md and NOTES.md that follow from it are replaced. --plot measures nothing. CPU is
the scan's own, user and system time of all its processes, and that of the supervisor alone; memory is the greatest sum,
over its processes, of their proportional set sizes (PSS: shared pages count once).
"""
import argparse
import json
import os
import subprocess
import tempfile
import threading
import time

import growth_figures
import growth_plot
import measure

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(HERE, "growth.json")
SIZES = (10000, 100000, 1000000, 10000000)
FETCH_TIMEOUT = 10  # seconds; the default is RFC 8461's minute
BASE = {"names": 100000, "workers": 2, "resolvers": 1, "adoption": 0.001, "hanging": 0.0}
KEYS = tuple(BASE)


def series(sizes, workers):
    """{series: [what differs from BASE]}"""
    return {
        "names": [{"names": n, "workers": w} for n in sizes for w in workers],
        "resolvers": [{"resolvers": n} for n in (1, 10, 1000)],
        "adopters": [{"adoption": share} for share in (0.001, 0.01, 0.1)],
        "hanging": [{"adoption": 0.01, "hanging": share} for share in (0.0, 0.02)],
    }


def descendants(pid):
    found = [pid]
    for parent in found:
        try:
            with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as text:
                found += map(int, text.read().split())
        except OSError:
            pass
    return found


def pss_kib(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as text:
            return next((int(line.split()[1]) for line in text if line.startswith("Pss:")), 0)
    except OSError:
        return 0


class Watch(threading.Thread):
    """The greatest memory of a process and its children, looked at ten times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.ended = pid, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.1):
            self.peak = max(self.peak, sum(map(pss_kib, descendants(self.pid))))


def scan(build, what):
    """One run; its figures."""
    options = measure.faultless(build.labnet, adoption=what["adoption"], hanging=what["hanging"], tlsrpt=0.0003)
    for _ in range(what["resolvers"] if what["resolvers"] > 1 else 0):
        options += ["--resolver", "0:good"]
    with measure.lab(build, options) as lab, tempfile.TemporaryDirectory(dir=lab.folder) as folder:
        path = lab.path("names.txt")
        with open(path, "wb") as out:
            subprocess.run([build.labnet, "names", "-n", str(what["names"])], stdout=out, check=True)
        command = lab.scan(path, os.path.join(folder, "run"), "--workers", str(what["workers"]), "--timeout-fetch",
                           str(FETCH_TIMEOUT))
        if what["resolvers"] > 1:
            at = command.index("-r")
            with open(lab.path("resolvers"), "w", encoding="ascii") as out:
                out.write(lab.ready["resolvers"].replace(",", "\n") + "\n")
            command[at:at + 2] = ["--resolvers", lab.path("resolvers")]
        load = os.getloadavg()[0]  # afterwards our own processes are in it
        before, begin = measure.running_cpu_s(lab.pid), time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        watch = Watch(process.pid)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        supervisor = measure.running_cpu_s(process.pid)  # it has ended, but nobody has asked yet
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.ended.set()
        watch.join()
        wall = time.monotonic() - begin
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)[:300]}: status {process.returncode}")
        with open(os.path.join(folder, "run", "report.json"), encoding="utf-8") as text:
            verdicts = json.load(text)["tables"]["verdicts"]["rows"]
        return {"wall_s": round(wall, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
                "supervisor_cpu_s": round(supervisor, 2), "server_cpu_s": round(measure.running_cpu_s(lab.pid) - before, 2),
                "memory_mib": round(watch.peak / 1024, 1),
                "disk_bytes": os.path.getsize(os.path.join(folder, "run", "results.ndjson.zst")),
                "inconclusive": verdicts["inconclusive"]["names"]["n"], "load": round(load, 1)}


def results():
    try:
        with open(RESULTS, encoding="utf-8") as text:
            return json.load(text)
    except FileNotFoundError:
        return []


def kind(row):
    return row["series"], *(row[k] for k in KEYS)


def planned():
    """Of every run that there is to be."""
    return [kind({"series": name, **BASE, **change}) for name, changes in series(SIZES, (1, 2)).items() for change in changes]


def keep(row):
    """Into the file, in place of an earlier one of the same kind."""
    rows = [r for r in results() if kind(r) != kind(row)]
    rows.append(row)
    rows.sort(key=kind)
    with open(RESULTS, "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--only", help="these series, comma-separated")
    parser.add_argument("--sizes", help="of the series names, comma-separated")
    parser.add_argument("--workers", default="1,2", help="of the series names, comma-separated")
    parser.add_argument("--plot", action="store_true", help="draw and write what was measured, measure nothing")
    options = parser.parse_args()
    sizes = [int(n) for n in options.sizes.split(",")] if options.sizes else SIZES
    chosen = series(sizes, [int(n) for n in options.workers.split(",")])
    for name in (options.only.split(",") if options.only else chosen) if not options.plot else ():
        for change in chosen[name]:
            row = {"series": name, **BASE, **change}
            row.update(scan(measure.Build(options.build), row))
            keep(row)
            print(json.dumps(row), flush=True)
    rows = results()
    growth_plot.draw(rows, os.path.join(HERE, "growth.svg"))
    for left in growth_figures.write(rows):
        print(f"not measured: {left}")
    for missing in set(planned()) - set(map(kind, rows)):
        print(f"not measured: {', '.join(map(str, missing))}")


if __name__ == "__main__":
    main()
