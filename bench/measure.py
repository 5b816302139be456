"""measure.py - what the benchmarks share: labnet as the other side, CPU time of a child, ratios.

Wall time says nothing on a shared machine, so everything here counts CPU: user and system time of a
process and of those it waited for (wait4), alternately A B A B, and of each the cheapest round.
"""
import contextlib
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import tempfile
import time

BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline.json")
SITUATION = re.compile(r"^  ([a-z0-9_]+) +([0-9].*)$", re.M)


class Build:
    """The programs of one build directory."""

    def __init__(self, folder):
        folder = os.path.abspath(folder)
        self.folder = folder
        self.mtasweep = os.path.join(folder, "scanner", "mtasweep")
        self.labnet = os.path.join(folder, "datasets", "labnet")

    def bench(self, name):
        return os.path.join(self.folder, "bench", name)


def have(tool):
    """Servers are in folders that not everybody's PATH has."""
    return shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is not None


def baseline():
    with open(BASELINE, encoding="utf-8") as text:
        return json.load(text)


def update_baseline(**parts):
    """Replaces these parts of the committed figures."""
    figures = {**baseline(), **parts}
    with open(BASELINE, "w", encoding="utf-8") as out:
        json.dump(figures, out, indent="\t")
        out.write("\n")


def machine():
    """Which machine: figures of two are not comparable, and what a system call costs differs most."""
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        model = re.search(r"^model name\s*: (.*)$", text.read(), re.M)
    calls = 200000
    before = time.process_time()
    for _ in range(calls):
        os.getppid()
    call_ns = (time.process_time() - before) / calls * 1e9
    return {"cpu": model.group(1) if model else platform.machine(), "cpus": len(os.sched_getaffinity(0)),
            "kernel": platform.release(), "getppid_ns": round(call_ns), "load": round(os.getloadavg()[0], 1)}


def cpu_us(command, output=None, status_ok=(0,)):
    """Runs it to its end; microseconds of user and system time, children included."""
    return sum(cpu_split_us(command, output, status_ok))


def cpu_split_us(command, output=None, status_ok=(0,)):
    """The same: user, system."""
    with open(output or os.devnull, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
        problem = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in status_ok:
        raise SystemExit(f"{' '.join(command)}: status {process.returncode}: {problem.decode(errors='replace')}")
    return usage.ru_utime * 1e6, usage.ru_stime * 1e6


def running_cpu_s(pid):
    """Seconds of CPU time of a process that runs."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as text:
        fields = text.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alternate(rounds, runs):
    """runs: name -> function giving a figure. All of them in turn, `rounds` times; the lists."""
    figures = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            figures[name].append(run())
    return figures


def spread(figures):
    """Largest deviation from the median, as a share of it: how far to trust the ratio."""
    median = statistics.median(figures)
    return max(abs(f - median) for f in figures) / median if median else 0.0


def situations(labnet):
    """Every situation's name, to switch them off one by one, with the rest of its line."""
    listing = subprocess.run([labnet, "rates"], check=True, capture_output=True, text=True).stdout
    return SITUATION.findall(listing.partition("Situations")[2])


def faultless(labnet, **shares):
    """Options for an internet where nothing goes wrong: names deploy nothing, or all of it well, and every question
    for MX has an answer. One SERVFAIL among 10,000 names would have a scan wait some seconds at its end."""
    options = []
    for name, rest in situations(labnet):
        if not name.startswith("mail_"):
            options += [f"--{name}", "1" if name in ("nothing", "fine", "mx_fine") else "0"]
        elif rest.split()[-1] not in ("OK", "NODATA"):
            options += [f"--{name}", "0"]
    for name, value in shares.items():
        options += [f"--{name}", str(value)]
    return options


class Lab:
    """A running labnet."""

    def __init__(self, build, folder, ready, pid):
        self.build, self.folder, self.ready, self.pid = build, folder, ready, pid
        self.host, _, self.port = ready["dns"].rpartition(":")

    def path(self, name):
        return os.path.join(self.folder, name)

    def names(self, count):
        path = self.path("names.txt")
        with open(path, "wb") as out:
            subprocess.run([self.build.labnet, "names", "-n", str(count)], stdout=out, check=True)
        with open(path, encoding="ascii") as text:
            return path, text.read().split()

    def scan(self, names, run, *options):
        """The command that scans; run must not exist."""
        return [self.build.mtasweep, "scan", names, "-o", run, "-r", self.ready["dns"], "--allow-net", "127.0.0.0/8",
                "--ca-file", self.ready["ca"], "--https-port", self.ready["https"], "--host-rate", "0",
                "--host-concurrency", "1000", "--seed", "1", "--progress", "none", "-q", *options]

    def scan_cpu_us(self, names, *options):
        return sum(self.scan_cpu_split_us(names, *options))

    def scan_cpu_split_us(self, names, *options):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            return cpu_split_us(self.scan(names, os.path.join(folder, "run"), *options))


@contextlib.contextmanager
def lab(build, options):
    with tempfile.TemporaryDirectory(prefix="mtasweep-bench-") as folder:
        command = [build.labnet, "serve", "--dir", folder, *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ready = process.stdout.readline()
        try:
            if not ready.startswith("ready "):
                raise SystemExit(f"labnet did not start: {' '.join(command)[:300]}")
            yield Lab(build, folder, dict(part.split("=", 1) for part in ready.split()[1:]), process.pid)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def row(name, value, unit, yardstick, base, target=None):
    """One line of the table. target: the ratio that the project wants, or None."""
    return {"name": name, "value": round(value, 3), "unit": unit, "yardstick": yardstick, "base": round(base, 3),
            "ratio": round(value / base, 3) if base else None, "target": target}


def table(rows):
    print(f"{'':30s} {'ours':>12s} {'yardstick':>12s}   ratio  target")
    for r in rows:
        target = f"{r['target']:6.2f}" if r["target"] else "      "
        ratio = f"{r['ratio']:7.3f}" if r["ratio"] else "       "
        print(f"{r['name']:30s} {r['value']:12.2f} {r['base']:12.2f} {ratio} {target}  {r['unit']}; {r['yardstick']}")
