#!/usr/bin/env python3
"""robust.py BUILD_DIR - a scan that is killed, stopped and starved still gives every record, exactly once.

Kills the supervisor at random moments and resumes, kills workers, stops with Ctrl-C, closes the output, takes
away descriptors, memory, disk and terminal; compares records and report with those of a quiet run. The short
form is part of the test suite; by hand with -n 200000 --kills 20 --worker-kills 50 --long.
"""
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hardship  # noqa: E402
from hardship import workers_of  # noqa: E402
from scale import Count, start_labnet, write_names  # noqa: E402

# What depends on the moment and on who was asked; labnet mints a certificate anew when its cache was full.
VOLATILE = {"scanned_at", "took_ms", "resolver", "cert_sha256", "cert_not_before", "cert_not_after"}
AT_A_TIME_MAX = 10000  # names; with more, several scans at a time would be too much for the servers
# Tables of the report that tell of times, resolvers and those certificates.
VOLATILE_TABLES = {"latency_ms", "resolvers", "resolver_health", "cert_days"}


def steady(value):
    if isinstance(value, dict):
        return {k: steady(v) for k, v in value.items() if k not in VOLATILE}
    return [steady(v) for v in value] if isinstance(value, list) else value


def differences(wanted, seen, at=""):
    """Where two values differ, and how."""
    if isinstance(wanted, dict) and isinstance(seen, dict):
        return [d for k in wanted for d in differences(wanted[k], seen.get(k), f"{at}.{k}")]
    return [f"{at} {wanted!r} != {seen!r}"[:400]] if wanted != seen else []


class Lab:
    def __init__(self, options, folder, ready, names):
        self.options, self.folder, self.ready, self.names = options, folder, ready, names
        self.program = os.path.join(os.path.abspath(options.build), "scanner", "mtasweep")
        self.hooks = self.program + "_hooks"
        self.patience = ("1", "5") if options.names <= AT_A_TIME_MAX else ("3", "15")  # seconds; servers share our machine

    def command(self, *more, names=None, output="run", program=None):
        return [program or self.program, "scan", names or self.names, "-o",
                output if output == "-" else os.path.join(self.folder, output), "-r", self.ready["dns"],
                "--https-port", self.ready["https"], "--ca-file", self.ready["ca"], "--allow-net", "127.0.0.0/8",
                "--allow-net", "::1/128", "--workers", "2", "--timeout-dns", self.patience[0], "--timeout-fetch", self.patience[1],
                "--progress", "none", "--seed", "1", *more]

    def start(self, *more, **how):
        return subprocess.Popen(self.command(*more, **how), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                text=True)

    def run(self, *more, **how):
        done = subprocess.run(self.command(*more, **how), capture_output=True, text=True, timeout=600, check=False)
        return done.returncode, done.stderr

    def records(self, run):
        """The records by line and how many came twice."""
        text = subprocess.run(["zstdcat", os.path.join(self.folder, run, "results.ndjson.zst")],
                              capture_output=True, check=True).stdout
        records = [json.loads(line) for line in text.splitlines()]
        return {r["line"]: steady(r) for r in records}, len(records)

    def tables(self, run):
        """What the report of a run says, but for the moment."""
        tables = json.loads(self.file(run, "report.json"))["tables"]
        del tables["distinct"]["rows"]["certificates"]
        return {k: v for k, v in tables.items() if k not in VOLATILE_TABLES}

    def file(self, run, name):
        with open(os.path.join(self.folder, run, name), encoding="utf-8") as f:
            return f.read()

    def compare(self, quiet, run):
        """What is wrong with the records of a run, in one sentence, or nothing."""
        records, n = self.records(run)
        if n != len(quiet):
            return f"{n} records, not {len(quiet)}"
        different = [line for line in quiet if records.get(line) != quiet[line]]
        if not different:
            return ", ".join(differences(self.tables("quiet"), self.tables(run)))
        line = different[0]
        return f"{len(different)} differ, first line {line}: {', '.join(differences(quiet[line], records.get(line)))}"


def kill_supervisor(lab, count, quiet, chance):
    kills = 0
    process = lab.start(output="killed")
    while True:
        time.sleep(chance.uniform(0.3, 0.3 + lab.options.pace))
        if process.poll() is not None or kills == lab.options.kills:
            break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
        process = lab.start("--resume", output="killed")
    error = process.communicate()[1]
    count.check(f"resumed after {kills} SIGKILL: ends well", process.returncode and f"{process.returncode}: {error}")
    count.check(f"resumed after {kills} SIGKILL: same records and report", lab.compare(quiet, "killed"))
    count.check("killed at least once", kills == 0 and "the scan was over too soon")
    # One that was killed at once may not have come as far as to write it down.
    told = json.loads(lab.file("killed", "run.json"))["resumed"]
    count.check("that is told", not (1 <= told <= kills and f"interrupted {told} time" in lab.file("killed", "report.txt")) and f"{told} of {kills}")
    count.check("... of no other run", "interrupted" in lab.file("quiet", "report.txt") and "it is")


def kill_workers(lab, count, quiet, chance):
    kills = 0
    process = lab.start(output="workers")
    while kills < lab.options.worker_kills:
        time.sleep(chance.uniform(0.2, 0.2 + lab.options.pace / 2))
        if process.poll() is not None:
            break
        victims = workers_of(process.pid)
        if victims:
            os.kill(chance.choice(victims), signal.SIGKILL)
            kills += 1
    error = process.communicate()[1]
    count.check(f"{kills} workers killed: ends well", process.returncode and f"{process.returncode}: {error}")
    count.check(f"{kills} workers killed: same records and report", lab.compare(quiet, "workers"))
    count.check("a worker was killed", kills == 0 and "the scan was over too soon")


def interrupt(lab, count, quiet):
    process = lab.start(output="stopped")
    time.sleep(0.8)
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=30)[1]
    count.check("Ctrl-C ends with 130", process.returncode != 130 and f"{process.returncode}: {error}")
    status, error = lab.run("--resume", "--retries", "1", output="stopped")
    count.check("other options are refused by name", (status != 2 or "retries" not in error) and f"{status}: {error}")
    status, error = lab.run("--resume", output="stopped")
    count.check("resumed after Ctrl-C", status and f"{status}: {error}")
    count.check("resumed after Ctrl-C: same records", lab.compare(quiet, "stopped"))
    status, error = lab.run("--resume", output="stopped")
    count.check("a complete run is not resumed", (status != 2 or "is complete" not in error) and f"{status}: {error}")
    status, error = lab.run(output="stopped")
    count.check("an existing directory is refused", (status != 2 or "exists" not in error) and f"{status}: {error}")


def changed_input(lab, count):
    names = os.path.join(lab.folder, "changing.txt")
    with open(lab.names, "rb") as source, open(names, "wb") as out:
        out.write(source.read())
    process = lab.start(names=names, output="changed")
    time.sleep(0.8)
    second = lab.run("--resume", names=names, output="changed")
    count.check("two scans into one directory are refused",
                (second[0] == 0 or process.poll() is not None) and f"{second}, first ended {process.poll()}")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    with open(names, "r+b") as out:
        out.write(b"zz")
    status, error = lab.run("--resume", names=names, output="changed")
    count.check("a changed input is refused", (status != 2 or "changed" not in error) and f"{status}: {error}")


def streams(lab, count):
    done = subprocess.run(["bash", "-c", '"$@" | head -1; echo "${PIPESTATUS[0]}"', "bash", *lab.command(output="-")],
                          capture_output=True, text=True, timeout=120, check=False)
    lines = done.stdout.splitlines()
    count.check("closed stdout: exit 3 and a message",
                (lines[-1:] != ["3"] or "standard output" not in done.stderr) and f"{lines[-1:]} {done.stderr}")
    process = subprocess.Popen(lab.command(names="-", output="stalled"), stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    process.stdin.write("example.com\n" * 10)
    process.stdin.flush()
    time.sleep(0.7)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
    count.check("Ctrl-C while the input stalls",
                (process.returncode != 130 or time.monotonic() - begin > 5) and f"{process.returncode}")
    process.stdin.close()
    process.stderr.close()


def limits(lab, count, quiet):
    for text, output in (("ulimit -n 256", "few"), ("ulimit -n 80", "fewer")):
        done = subprocess.run(["bash", "-c", text + ' && exec "$@"', "bash", *lab.command(output=output)],
                              capture_output=True, text=True, timeout=300, check=False)
        good = done.returncode == 0 and not lab.compare(quiet, output)
        count.check(f"{text}: slower, or a clear message",
                    not good and (done.returncode != 3 or "ulimit -n" not in done.stderr) and
                    f"{done.returncode}: {done.stderr}")
    for kb in (90000, 60000):
        output = f"memory{kb}"
        done = subprocess.run(["bash", "-c", f'ulimit -v {kb} && exec "$@"', "bash", *lab.command(output=output)],
                              capture_output=True, text=True, timeout=300, check=False)
        good = done.returncode == 0 and not lab.compare(quiet, output)
        count.check(f"ulimit -v {kb}: all records, or exit 3 and a message",
                    not good and (done.returncode != 3 or not done.stderr.strip()) and
                    f"{done.returncode}: {done.stderr}")
    for what, more, how in (("a missing input", [], {"names": "/nonexistent/names"}),
                            ("a resolver that is none", ["-r", "not an address"], {}),
                            ("an output that cannot be made", [], {"output": "/proc/no/run"})):
        status, error = lab.run(*more, **{"output": "none", **how})
        count.check(f"{what}: exit 2 and a message", (status != 2 or not error.strip()) and f"{status}: {error}")


def full_disk(lab, count, quiet):
    script = ('mount -t tmpfs -o size=48k none "$1" || exit 77; shift; "$@"; first=$?; '
              'mount -o remount,size=64m "$D" || exit 77; "$@" --resume; second=$?; '
              'cp -r "$D/run" "$OUT"; echo "$first $second"')
    disk, out = os.path.join(lab.folder, "disk"), os.path.join(lab.folder, "full")
    os.mkdir(disk)
    done = subprocess.run(["unshare", "-m", "bash", "-c", script, "bash", disk, *lab.command(output="disk/run")],
                          capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "D": disk, "OUT": out})
    if done.returncode != 0 or not done.stdout.strip():
        print(f"skip full disk: {done.stderr.strip()}")
        return 1
    count.check("full disk: exit 3, then resumed",
                (done.stdout.split() != ["3", "0"] or "No space left" not in done.stderr) and
                f"{done.stdout} {done.stderr}")
    count.check("full disk: same records", lab.compare(quiet, "full"))
    return 0


def situations(lab, count, quiet):
    """All of it; how many were skipped."""
    parts = {
        "terminal": lambda: hardship.terminal(lab, count, quiet),
        "kill": lambda: kill_supervisor(lab, count, quiet, random.Random(lab.options.seed)),
        "workers": lambda: kill_workers(lab, count, quiet, random.Random(lab.options.seed)),
        "interrupt": lambda: interrupt(lab, count, quiet),
        "changed": lambda: changed_input(lab, count),
        "streams": lambda: streams(lab, count),
        "limits": lambda: limits(lab, count, quiet),
        "disk": lambda: full_disk(lab, count, quiet),
        "locked": lambda: hardship.read_only(lab, count),
        "crashers": lambda: hardship.crashers(lab, count),
        "slow": lambda: hardship.slow_workers(lab, count),
        "doomed": lambda: hardship.doomed(lab, count),
        "slaughter": lambda: hardship.slaughter(lab, count, quiet),
        "memory": lambda: hardship.out_of_memory(lab, count),
        "clock": lambda: hardship.clock(lab, count, quiet),
        "trickle": lambda: hardship.trickle(lab, count),
    }
    if lab.options.long:
        parts["hung"] = lambda: hardship.stopped_worker(lab, count, quiet)
    if lab.options.only:
        return sum(parts[part]() or 0 for part in lab.options.only.split(","))
    if lab.options.names > AT_A_TIME_MAX:
        return sum(part() or 0 for part in parts.values())
    with ThreadPoolExecutor(4) as pool:  # a short scan mostly waits for servers that do not answer
        return sum(part.result() or 0 for part in [pool.submit(part) for part in parts.values()])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=int(os.environ.get("LAB_NAMES", "4000")))
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--worker-kills", type=int, default=3)
    parser.add_argument("--pace", type=float, default=1.5, help="seconds between kills, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--long", action="store_true", help="also what takes its time: a worker that hangs")
    parser.add_argument("--only", metavar="PART,...", help="some parts of it")
    options = parser.parse_args()
    options.file, options.labnet = None, ""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # however this was started
    count, skipped = Count(), 0
    labnet = os.path.join(os.path.abspath(options.build), "datasets", "labnet")
    with tempfile.TemporaryDirectory(prefix="mtasweep-robust-") as folder:
        names = os.path.join(folder, "names.txt")
        server, ready = start_labnet(labnet, options, folder)
        try:
            write_names(labnet, options, names)
            lab = Lab(options, folder, ready, names)
            status, error = lab.run(output="quiet")
            count.check("a quiet run", status and f"{status}: {error}")
            quiet, n = lab.records("quiet")
            count.check("one record a line", (n != options.names or len(quiet) != n) and f"{n}")
            skipped = situations(lab, count, quiet)
        finally:
            server.terminate()
            server.wait()
    print(f"{count.passed} passed, {count.failed} failed, {skipped} skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
