#!/usr/bin/env python3
"""taken.py BUILD_DIR - workers that have been taken over, and surroundings that mean harm, against the supervisor as it is.

Between the supervisor and each honest worker stands support/taken_between.py (started by a hook, see worker.c) and changes what
the worker says. Whatever it sends, the run ends in bounded time and memory; every stored line is one that was asked for, and is
read by any tool; what is missing is said; and --resume completes it.
"""
import contextlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from counting import Count  # noqa: E402
from taken_between import FAIL, FRAMES, LINES, OTHERS, SAYINGS, SETUP, STATS, message  # noqa: E402

LIMIT_S, LIMIT_KB, NAMES = 100, 400 << 10, 132
KEEPERS = {"keeps": b"lines", "keeps-and-takes": b"lines", "drips": b"lines", "keeps-hosts": b"hosts"}  # no line and no host is to blame
FILES_CAPABILITIES = 0xee  # DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, KILL, SETGID, SETUID
ALONE = {"keeps-hosts"}  # its workers of names shall not be late
TRIES = 3  # on a busy machine they are all the same, and limits of a second are lost by honest workers
POPULATION = ["--seed", "1", "--adoption", "0.2"]


# ---- the runs ----------------------------------------------------------------------------------------------

class Lab:
    def __init__(self, build):
        self.program, self.labnet = os.path.join(build, "scanner/mtasweep_hooks"), os.path.join(build, "datasets/labnet")
        self.folder = tempfile.mkdtemp()
        self.server = subprocess.Popen([self.labnet, "serve", "--dir", self.folder, *POPULATION], stdout=subprocess.PIPE, text=True)
        self.ready = dict(part.split("=", 1) for part in self.server.stdout.readline().split()[1:])
        names = subprocess.run([self.labnet, "names", "-n", "1000", *POPULATION], stdout=subprocess.PIPE, text=True, check=True).stdout
        truth = subprocess.run([self.labnet, "truth", *POPULATION, self.write("all", names)], stdout=subprocess.PIPE, text=True,
                               check=True).stdout
        quick = [t["domain"] for t in map(json.loads, truth.splitlines())
                 if t["situation"] == "nothing" and t["sts_dns"] == "nxdomain" and t["mx_dns"] in ("ok", "nodata", "nxdomain")]
        self.names = quick[:NAMES]
        self.list = self.write("names", "".join(n + "\n" for n in self.names))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def scan(self, run, attack="honest", environment=None, more=()):
        """(status, standard error, seconds, the supervisor's peak in KB)"""
        arguments = ["-r", self.ready["dns"], "--https-port", self.ready["https"], "--ca-file", self.ready["ca"], "--allow-net",
                     "127.0.0.0/8", "--workers", "2", "--concurrency", "200", "--host-rate", "100000", "--sandbox", "off",
                     "-o", os.path.join(self.folder, run), *more, self.list]
        set_up = {"LC_TAKEN": "\n".join([attack, self.program, *arguments]), "MTASWEEP_TEST_HASTE": "yes",
                  "MTASWEEP_TEST_WORKER": os.path.join(ROOT, "tests/support/taken_between.py")} if attack != "honest" else {}
        begin = time.monotonic()
        process = subprocess.Popen([self.program, "scan", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=dict(os.environ, LC_ALL="C.UTF-8", **set_up, **(environment or {})))
        peak, error = [0], []
        reader = threading.Thread(target=lambda: error.append(process.stderr.read()))
        reader.start()
        while process.poll() is None and time.monotonic() < begin + LIMIT_S:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    peak[0] = max([peak[0], *(int(line.split()[1]) for line in status if line.startswith("VmHWM"))])
            except OSError:
                pass
            time.sleep(0.05)
        over = process.poll() is None
        if over:
            process.kill()
        process.wait()
        reader.join()
        return "no end" if over else process.returncode, b"".join(error), time.monotonic() - begin, peak[0]

    def stored(self, run):
        """Records by line, and what is wrong with the file."""
        path = os.path.join(self.folder, run, "results.ndjson.zst")
        if os.path.getsize(path) == 0:  # nothing was stored, which zstd takes for a file that was cut
            return {}, False
        done = subprocess.run(["zstdcat", path], capture_output=True)
        records = {}
        for line in done.stdout.splitlines():
            record = json.loads(line)
            if record["line"] in records or self.names[record["line"] - 1] != record["input"]:
                return records, f"line {record['line']} twice, or never asked for"
            records[record["line"]] = record
        return records, done.returncode and done.stderr.decode()


def late(error):
    """Whether the names did not come to their end, though nobody stood in their workers' way."""
    return b"workers keep their lines" in error


def one_attack(lab, count, attack):
    run = attack
    more = ("--mx-tls=all", "--smtp-port", lab.ready["smtp"], "--smtp-rate", "1000", "--smtp-concurrency",
            "100", "--timeout-smtp", "2", "--ehlo", "scanner.example", "--contact",
            "https://scanner.example/") if attack == "keeps-hosts" else ()
    for _ in range(TRIES if attack in ALONE else 1):
        shutil.rmtree(os.path.join(lab.folder, run), ignore_errors=True)
        status, error, took, peak = lab.scan(run, attack, more=more)
        if not late(error):
            break
    records, wrong = lab.stored(run)
    missing = len(lab.names) - len(records)
    told = missing == 0 or (status not in (0, "no end") and error)
    count.check(f"{attack}: ends in {took:.0f} s, {peak >> 10} MB, status {status}, {len(records)} records",
                wrong or (status == "no end" and status) or (not told and f"{missing} missing and not told") or
                (peak > LIMIT_KB and "too much memory"))
    if attack in KEEPERS:
        count.check(f"{attack}: told as what it is", b"workers keep their " + KEEPERS[attack] not in error and error)
    raw = re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", error)
    count.check(f"{attack}: nothing raw is printed, and no more than it takes", raw and error[-500:] or len(error) > 600000 and len(error))
    if missing:
        for _ in range(TRIES):
            status, error, *_ = lab.scan(run, more=("--resume", *more))
            if not late(error):
                break
        records, wrong = lab.stored(run)
        count.check(f"{attack}: resumed", wrong or status and f"{status} {error[-900:]}" or len(records) != len(lab.names) and f"{len(records)} {error}")
    shutil.rmtree(os.path.join(lab.folder, run))


def attacks(lab, count, which):
    with ThreadPoolExecutor(12) as pool:  # who waits for a heartbeat that does not come holds up nobody
        list(pool.map(lambda attack: one_attack(lab, count, attack), (a for a in which if a not in ALONE)))
    for attack in ALONE & set(which):
        one_attack(lab, count, attack)


def surroundings(lab, count):
    """Variables that libraries listen to, and descriptors that are nobody's business."""
    keys = os.path.join(lab.folder, "keys")
    hostile = {"SSLKEYLOGFILE": keys, "http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1", "RES_OPTIONS": "attempts:0",
               "OPENSSL_CONF": "/nonexistent/x", "SSL_CERT_FILE": "/nonexistent/y", "LOCALDOMAIN": "evil.example", "HOME": "/nonexistent"}
    many = subprocess.run([lab.labnet, "names", "-n", "150", "--seed", "1", "--adoption", "1"], stdout=subprocess.PIPE, text=True, check=True).stdout
    list_before, lab.list = lab.list, lab.write("published", many)
    plain, _ = lab.scan("quiet", more=("--seed", "7")), None
    status, error, *_ = lab.scan("around", environment=hostile, more=("--seed", "7"))
    count.check("a hostile environment changes nothing", (plain[0], status) != (0, 0) and f"{plain[:2]} {status} {error}")

    def verdicts(run):
        out = subprocess.run(["zstdcat", os.path.join(lab.folder, run, "results.ndjson.zst")], capture_output=True, check=True).stdout
        return {r["input"]: r["verdict"] for r in map(json.loads, out.splitlines())}
    count.check("nor a verdict", verdicts("quiet") != verdicts("around") and "other verdicts")
    count.check("no TLS secret was written", os.path.exists(keys) and "keys")
    domain = lab.published = next(n for n, v in verdicts("quiet").items() if v == "enforce")
    done = subprocess.run([lab.program, "check", domain, "-r", lab.ready["dns"], "--https-port", lab.ready["https"], "--ca-file", lab.ready["ca"],
                           "--allow-net", "127.0.0.0/8"], capture_output=True, env=dict(os.environ, **hostile))
    count.check("nor by check", os.path.exists(keys) and "keys" or (done.returncode not in (0, 1) and done.stderr))
    lab.list = list_before


def descriptor_targets(pid):
    """(descriptor, what it is) of a process that may close some of them, or end, while we look."""
    targets = []
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                targets.append((fd, os.readlink(f"/proc/{pid}/fd/{fd}")))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return targets


def descriptors(lab, count):
    secret = os.open(lab.write("secret", "s"), os.O_RDONLY)
    reading, writing = os.pipe()
    inside, outside = socket.socketpair()
    held = (secret, reading, writing, inside.fileno())
    for fd in held:
        os.set_inheritable(fd, True)
    arguments = ["-r", "127.0.0.1:9", "--timeout-dns", "30", "-o", os.path.join(lab.folder, "held"), lab.list]
    process = subprocess.Popen([lab.program, "scan", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, close_fds=False)
    wanted = {os.readlink(f"/proc/self/fd/{fd}") for fd in held} | {os.readlink(f"/proc/{process.pid}/fd/2")}
    workers, leaked, until = [], [], time.monotonic() + 20
    while time.monotonic() < until and (leaked or not workers):  # a worker that has just been started has them still
        time.sleep(0.2)
        with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as children:
            workers = children.read().split()
        leaked = [(pid, fd) for pid in workers for fd, target in descriptor_targets(pid) if target in wanted]
    process.terminate()
    process.communicate()
    count.check("no worker has a descriptor of its supervisor's parent, nor its terminal", leaked or not workers and "no worker was seen")
    for fd in (secret, reading, writing):
        os.close(fd)
    outside.close()


def rights(pid):
    """Who a process is, and what it may: (user, groups, capabilities)"""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        told = dict(line.rstrip("\n").split(":", 1) for line in status)
    return set(told["Uid"].split()), told["Groups"].split(), int(told["CapPrm"], 16) | int(told["CapInh"], 16) | int(told["CapAmb"], 16)


def seen(process, of, wanted, seconds=20):
    """What `of` says of the process, as soon as it is as wanted; or else in the end."""
    until, what = time.monotonic() + seconds, None
    while time.monotonic() < until and process.poll() is None:
        what = of(process.pid)
        if wanted(what):
            break
        time.sleep(0.1)
    process.terminate()
    process.communicate()
    return what


def started_by_root(lab, count):
    """The rights of who reads the network, and of who owns the files. It is asked of a resolver that never answers."""
    if os.geteuid() != 0:
        return
    nobody = ({"65534"}, [], 0)

    def workers(pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            return [rights(child) for child in children.read().split()]

    run = os.path.join(lab.folder, "root")
    command = [lab.program, "scan", "-r", "127.0.0.1:9", "--timeout-dns", "30", "--workers", "2", "-o", run, lab.list]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    who = seen(process, lambda pid: (rights(pid), workers(pid)), lambda who: who[1] == [nobody] * 2)
    count.check("workers of root are nobody, without groups and capabilities", who[1] != [nobody] * 2 and f"{who}")
    count.check("their supervisor has root's files, and the capabilities for files and processes alone",
                (who[0][0] != {"0"} or who[0][2] & ~FILES_CAPABILITIES) and f"{who}")
    owners = {os.stat(os.path.join(run, name)).st_uid for name in os.listdir(run)}
    count.check("the run is root's", owners != {0} and f"{owners}")
    command = [lab.program, "check", "-r", "127.0.0.1:9", "--timeout-dns", "30", lab.names[0]]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    who = seen(process, rights, lambda who: who == nobody)
    count.check("check of root is nobody", who != nobody and f"{who}")
    page = os.path.join(lab.folder, "page.html")
    process = subprocess.Popen([*command, "--html", page], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    who = seen(process, rights, lambda who: not who[2] & ~FILES_CAPABILITIES)
    count.check("with a page to write it has the capabilities for files alone", who[2] & ~FILES_CAPABILITIES and f"{who}")
    secret = os.path.join(lab.folder, "secret-ca.pem")
    shutil.copy(lab.ready["ca"], secret)
    os.chmod(secret, 0o600)
    done = subprocess.run([lab.program, "check", lab.published, "-r", lab.ready["dns"], "--https-port", lab.ready["https"], "--ca-file", secret,
                           "--allow-net", "127.0.0.0/8", "--html", page], capture_output=True)
    count.check("what it reads and writes is root's all the same", (done.returncode not in (0, 1) or os.stat(page).st_uid != 0) and f"{done}")
    done = subprocess.run([lab.program, "check", "--json", lab.published, "-r", lab.ready["dns"], "--https-port", lab.ready["https"], "--ca-file",
                           secret, "--allow-net", "127.0.0.0/8"], capture_output=True)
    count.check("CAs that are root's alone are known to nobody, too", json.loads(done.stdout or b"{}").get("verdict") != "enforce" and f"{done}")


def relay_knows_all(count):
    """Kinds go by number there: those of proto.h, in its order."""
    with open(os.path.join(ROOT, "scanner", "pipe", "proto.h"), encoding="utf-8") as f:
        kinds = re.findall(r"^\tPROTO_(\w+),", f.read(), re.MULTILINE)
    with open(os.path.join(ROOT, "tests", "support", "taken_between.py"), encoding="utf-8") as f:
        known = re.search(r"^(SETUP.*) = range\((\d+)\)$", f.read(), re.MULTILINE)
    count.check("the relay knows every kind of message", (known[1].split(", "), int(known[2])) != (kinds, len(kinds)) and f"{kinds}")


def told_nonsense(lab, count):
    """The other way round: a worker that is told what it cannot know leaves, says why, once, and calls it a failure."""
    sense, lines = b"a message that makes no sense", b"lines that cannot be read, or no memory for them"
    for what, told, status, why in (("what only a worker says", message(STATS), 3, sense), ("a task that is none", message(SETUP, b"x"), 3, sense),
                                    ("lines without a task", message(LINES, b"x"), 3, lines), ("both", message(STATS) + message(LINES, b"x"), 3, sense),
                                    ("a kind that is none", struct.pack("=II", 0, 99), 0, b""), ("nothing", b"", 0, b"")):
        here, there = socket.socketpair()
        worker = subprocess.Popen([lab.program, "scan-worker", "-o", "-", "-r", "127.0.0.1:9", "-"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, pass_fds=[3], preexec_fn=lambda there=there: os.dup2(there.fileno(), 3))
        there.close()
        here.sendall(told)
        here.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda here=here: here.recv(4096), b""))
        here.close()
        _, error = worker.communicate(timeout=LIMIT_S)
        count.check(f"a worker is told {what}", (worker.returncode, said, error) != (status, message(FAIL, why) if why else b"", b"") and
                    f"{worker.returncode}, {said}, {error}")


def main():
    count, lab = Count(), Lab(os.path.abspath(sys.argv[1]))
    try:
        which = sys.argv[2:] or [*OTHERS, *SAYINGS, *FRAMES]  # the ones that are waited for first
        if not sys.argv[2:]:
            relay_knows_all(count)
            surroundings(lab, count)
            descriptors(lab, count)
            told_nonsense(lab, count)
            started_by_root(lab, count)
        attacks(lab, count, which)
    finally:
        lab.server.terminate()
        lab.server.wait()
        shutil.rmtree(lab.folder)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
