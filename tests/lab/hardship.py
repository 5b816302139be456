"""hardship.py - what befalls a scan from outside: hung and dying workers, a terminal that goes, a clock that
jumps, an input that trickles, a disk that is read-only. Part of robust.py."""
import fcntl
import json
import os
import pty
import signal
import subprocess
import termios
import time

from scale import descendants

CRASHED = "scan_worker_crashed"


def workers_of(pid):
    return [child for child in descendants(pid) if child != pid]


def write_lines(lab, name, lines):
    path = os.path.join(lab.folder, name)
    with open(path, "w", encoding="ascii") as out:
        out.writelines(line + "\n" for line in lines)
    return path


def first_names(lab, n):
    with open(lab.names, encoding="ascii") as source:
        return [next(source).rstrip("\n") for _ in range(n)]


def crashed_lines(records):
    return sorted(line for line, r in records.items() if CRASHED in [i["code"] for i in r["issues"]])


def kept_lines(lab, run):
    """The reproducers a run has kept: line and text."""
    folder, kept = os.path.join(lab.folder, run, "crashers"), {}
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name), encoding="ascii") as text:
            kept[int(name.rpartition("-")[2])] = text.read()
    return kept


def complete(records, read, n):
    """What is wrong with a run of n lines, or nothing."""
    return (len(records) != n or read != n) and f"{read} records of {len(records)} lines, not {n}"


# ---- workers ---------------------------------------------------------------------------------------------


def crashers(lab, count):
    """Lines that kill or hang their workers, among others that do not."""
    bad = {200: "crash", 600: "hang", 900: "crash", 901: "crash"}
    lines = [f"{bad[n]}-test-{n}.example.com" if n in bad else line
             for n, line in enumerate(first_names(lab, 1000), 1)]
    begin = time.monotonic()
    status, error = lab.run(names=write_lines(lab, "crashing.txt", lines), output="crashed", program=lab.hooks)
    took = time.monotonic() - begin
    count.check(f"lines that crash or hang their workers: ends well ({took:.1f} s)", status and f"{status}: {error}")
    records, read = lab.records("crashed")
    blamed = crashed_lines(records)
    count.check("they, and no others, are isolated",
                complete(records, read, 1000) or (blamed != sorted(bad) and f"{blamed}"))
    verdicts = {(records[n]["verdict"], records[n]["input"]) for n in blamed}
    count.check("as inconclusive, with their text",
                verdicts != {("inconclusive", lines[n - 1]) for n in bad} and f"{verdicts}")
    kept = kept_lines(lab, "crashed")
    count.check("and a reproducer each", kept != {n: lines[n - 1] for n in bad} and f"{kept}")


def slow_workers(lab, count):
    """Computing is not hanging: three seconds without a word are forgiven by a program that gives two."""
    lines = [f"fine{n}.example.com" for n in range(1000)]
    lines[299], lines[700] = "spin-test-300.example.com", "spin-test-701.example.com"
    names = write_lines(lab, "slow.txt", lines)
    begin = time.monotonic()
    status, error = lab.run("-v", names=names, output="slow", program=lab.hooks)
    took = time.monotonic() - begin
    records, read = lab.records("slow")
    count.check(f"workers that compute for long are waited for ({took:.1f} s)",
                status or complete(records, read, len(lines)) or crashed_lines(records) or
                ("its lines go to others" in error and error))
    # An endless loop is found out all the same, and the line among its neighbours.
    lines[299] = "loop-test-300.example.com"
    status, error = lab.run(names=write_lines(lab, "loop.txt", lines[288:304]), output="loop", program=lab.hooks)
    records, read = lab.records("loop")
    count.check("one that computes for ever is not, and one line is to blame",
                status or complete(records, read, 16) or (crashed_lines(records) != [12] and f"{crashed_lines(records)}"))


def doomed(lab, count):
    """Nothing but lines that kill: a clear end, which a mended program goes on from."""
    lines = [f"crash-test-{n}.example.com" for n in range(400)]
    names = write_lines(lab, "doomed.txt", lines)
    status, error = lab.run(names=names, output="doomed", program=lab.hooks)
    count.check("nothing but lines that kill: exit 3 and a message",
                (status != 3 or "workers die" not in error or "resumed" not in error) and f"{status}: {error}")
    status, error = lab.run("--resume", names=names, output="doomed")
    count.check("a program that is mended goes on", status and f"{status}: {error}")
    records, read = lab.records("doomed")
    blamed = crashed_lines(records)
    count.check(f"one record each, {len(blamed)} of them crashed",
                complete(records, read, len(lines)) or (not 0 < len(blamed) < 100 and f"{blamed}"))


def slaughter(lab, count, quiet):
    """Whoever comes is killed: the same end."""
    process = lab.start(output="slaughter")
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        for pid in workers_of(process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.005)
    error = process.communicate(timeout=30)[1]
    count.check("every worker is killed at once: exit 3 and a message",
                (process.returncode != 3 or "again and again" not in error) and f"{process.returncode}: {error}")
    status, error = lab.run("--resume", output="slaughter")
    count.check("resumed after that", status and f"{status}: {error}")
    count.check("no line is blamed: same records and report", lab.compare(quiet, "slaughter"))


def stopped_worker(lab, count, quiet):
    """A worker that hangs is replaced 20 seconds after its last word. By the ordinary program."""
    process = lab.start("--concurrency", "20", output="hung")
    time.sleep(0.5)
    before = workers_of(process.pid)
    if process.poll() is not None or not before:
        count.check("a hung worker", "the scan was over too soon; give it more names")
        return
    begin = time.monotonic()
    os.kill(before[0], signal.SIGSTOP)
    while before[0] in workers_of(process.pid) and time.monotonic() < begin + 60:
        time.sleep(0.1)
    took = time.monotonic() - begin
    count.check(f"a hung worker is replaced after 20 s ({took:.1f} s)", not 18 <= took <= 23 and "too soon or too late")
    error = process.communicate()[1]
    count.check("the scan ends well", process.returncode and f"{process.returncode}: {error}")
    count.check("a hung worker: same records and report", lab.compare(quiet, "hung"))


def memory_group(limit):
    """A new control group of so many bytes, or nothing where that cannot be made."""
    for root, name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = os.path.join(root, f"mtasweep-{os.getpid()}")
        try:
            os.mkdir(group)
        except OSError:
            continue
        try:
            with open(os.path.join(group, name), "r+", encoding="ascii") as out:
                out.write(str(limit))
            return group
        except OSError:
            os.rmdir(group)
    return None


def oom_kills():
    with open("/proc/vmstat", encoding="ascii") as text:
        return next((int(line.split()[1]) for line in text if line.startswith("oom_kill ")), 0)


def out_of_memory(lab, count):
    """A line that makes its worker eat memory until the kernel kills it."""
    group = memory_group(192 << 20)
    if group is None:
        print("skip a line that eats memory: no control group for it here")
        return 1
    lines = first_names(lab, 300)
    lines[149] = "eat-test-150.example.com"
    command = lab.command(names=write_lines(lab, "eating.txt", lines), output="eaten", program=lab.hooks)
    before, begin = oom_kills(), time.monotonic()
    try:
        done = subprocess.run(["bash", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', group, *command],
                              capture_output=True, text=True, timeout=120, check=False)
    finally:
        os.rmdir(group)
    killed, took = oom_kills() - before, time.monotonic() - begin
    count.check(f"a line that eats memory: ends well ({killed} killed by the kernel, {took:.1f} s)",
                (done.returncode or killed < 2) and f"{done.returncode}, {killed} killed: {done.stderr}")
    records, read = lab.records("eaten")
    blamed = crashed_lines(records)
    count.check("it, and no other, is isolated",
                complete(records, read, len(lines)) or (blamed != [150] and f"{blamed}"))
    return 0


# ---- terminal and clock ----------------------------------------------------------------------------------


def on_terminal(command, ignore_hangup):
    """Starts a command as the leader of a session on its own terminal; the process and the master's end."""
    master, slave = pty.openpty()

    def lead():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        if ignore_hangup:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, preexec_fn=lead)
    os.close(slave)
    return process, master


def terminal(lab, count, quiet):
    """The terminal goes away under a scan that writes its progress to it."""
    for ignored in (False, True):
        for look in ("plain", "auto"):
            output = f"terminal-{look}-{'nohup' if ignored else 'plain'}"
            process, master = on_terminal(lab.command("--progress", look, output=output), ignored)
            time.sleep(0.6)
            os.close(master)
            try:
                status = process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                status = process.wait()
            wanted = 0 if ignored else 130
            what = f"{look} progress, the terminal goes, {'with nohup' if ignored else 'without nohup'}"
            count.check(f"{what}: exit {wanted}", status != wanted and f"{status}")
            if not ignored:
                status, error = lab.run("--resume", output=output)
                count.check(f"{what}: resumed", status and f"{status}: {error}")
            count.check(f"{what}: same records", lab.compare(quiet, output))


def clock(lab, count, quiet):
    """The wall clock jumps by hours, forwards and back, fifty times a second; timers must not care."""
    library = os.path.join(os.path.abspath(lab.options.build), "tests", "clock_jump.so")
    if not os.path.exists(library):
        print("skip a clock that jumps: clock_jump.so was not built")
        return 1
    jumping = {**os.environ, "LD_PRELOAD": library}
    hours = {subprocess.run(["date", "-u", "+%H"], env=jumping, capture_output=True, check=True).stdout
             for _ in range(100)}
    count.check(f"it does jump ({len(hours)} hours seen)", len(hours) < 2 and f"{hours}")
    begin = time.monotonic()
    done = subprocess.run(lab.command(output="clock"), capture_output=True, text=True, timeout=600, check=False,
                          env=jumping)
    took = time.monotonic() - begin
    count.check(f"a clock that jumps: ends well ({took:.1f} s)",
                done.returncode and f"{done.returncode}: {done.stderr}")
    count.check("a clock that jumps: same records", lab.compare(quiet, "clock"))
    text = subprocess.run(["zstdcat", os.path.join(lab.folder, "clock", "results.ndjson.zst")],
                          capture_output=True, check=True).stdout
    records = [json.loads(line) for line in text.splitlines()]
    slow = max(r["took_ms"] for r in records)
    count.check(f"and no name took hours (at most {slow} ms)", not 0 <= slow <= 1000 * took and f"{slow}")
    return 0


# ---- input and output ------------------------------------------------------------------------------------


def trickle(lab, count):
    """A pipe that gives a line now and then, and half a line."""
    names = first_names(lab, 4)
    process = subprocess.Popen(lab.command(names="-", output="trickle"), stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)

    def give(text):
        process.stdin.write(text)
        process.stdin.flush()

    def seen():
        done = subprocess.run(["zstdcat", os.path.join(lab.folder, "trickle", "results.ndjson.zst")],
                              capture_output=True, check=False)
        return sorted(json.loads(line)["line"] for line in done.stdout.splitlines())

    def await_lines(lines, seconds):
        until = time.monotonic() + seconds
        while seen() != lines and time.monotonic() < until:
            time.sleep(0.1)
        return seen() != lines and f"{seen()}"

    begin = time.monotonic()
    give(names[0] + "\n" + names[1][:3])
    count.check("a line is scanned while the pipe is open", await_lines([1], 8))
    give(names[1][3:] + "\n" + names[2] + "\n")
    count.check("so are those that came in pieces", await_lines([1, 2, 3], 8))
    stored = {}
    while stored.get("records", 0) < 1 and time.monotonic() < begin + 12:
        time.sleep(0.2)
        with open(os.path.join(lab.folder, "trickle", "checkpoint"), encoding="ascii") as text:
            stored = json.load(text)
    count.check(f"and a checkpoint tells ({time.monotonic() - begin:.1f} s)", stored["records"] < 1 and f"{stored}")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = subprocess.run(lab.command("--resume", names="-", output="trickle"), text=True, check=False,
                          input="".join(name + "\n" for name in names), capture_output=True)
    records, read = lab.records("trickle")
    count.check("given again, the rest is scanned",
                (done.returncode and f"{done.returncode}: {done.stderr}") or complete(records, read, 4))


def read_only(lab, count):
    """An output on a read-only file system, at first and on the way back."""
    script = ('mount -t tmpfs none "$1" || exit 77; D=$1; shift; "$@" & sleep 0.7; kill -INT $!; wait $!; '
              'mount -o remount,ro "$D" || exit 77; "$@" --resume; second=$?; "${@/%run/other}"; third=$?; '
              'mount -o remount,rw "$D" || exit 77; "$@" --resume; echo "$second $third $?"')
    disk = os.path.join(lab.folder, "locked")
    os.mkdir(disk)
    done = subprocess.run(["unshare", "-m", "bash", "-c", "set -m; " + script, "bash", disk,
                           *lab.command(output="locked/run")],
                          capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        print(f"skip read-only output: {done.stderr.strip()}")
        return 1
    count.check("read-only output: exit 3 and a message, resumed when it is writable",
                (done.stdout.split() != ["3", "3", "0"] or done.stderr.count("Read-only file system") != 2) and
                f"{done.stdout} {done.stderr}")
    return 0


