#!/usr/bin/env python3
"""taken.py BUILD_DIR - workers that have been taken over, and surroundings that mean harm, against the supervisor as it is.

Between the supervisor and each honest worker stands this program (started by a hook, see worker.c) and changes what the
worker says. Whatever it sends, the run ends in bounded time and memory; every stored line is one that was asked for, and is
read by any tool; what is missing is said; and --resume completes it.
"""
import json
import os
import re
import select
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

SETUP, LINES, END, STOP, GRANTED, STATS, FRAME, TAKEN, ASK, DONE, FAIL = range(11)
LIMIT_S, LIMIT_KB, NAMES = 400, 400 << 10, 1500
POPULATION = ["--seed", "1", "--adoption", "0.2"]


# ---- the one in between ------------------------------------------------------------------------------------

def message(kind, body=b""):
    return struct.pack("=II", len(body), kind) + body


def messages(buffer):
    while len(buffer) >= 8:
        n, kind = struct.unpack_from("=II", buffer)
        if len(buffer) < 8 + n:
            return
        body = bytes(buffer[8:8 + n])
        del buffer[:8 + n]
        yield kind, body


class Frame:
    """Records on their way: line numbers, rows of facts, text."""

    def __init__(self, body):
        n, facts, text, _ = struct.unpack_from("=4I", body)
        at = 16 + 8 * n
        self.lines = list(struct.unpack_from(f"={n}Q", body, 16))
        self.facts, self.text = body[at:at + facts], body[at + facts:at + facts + text]

    def pack(self, text=None, text_n=None, lines=None, facts=None):
        text, facts, lines = (mine if given is None else given for given, mine in
                              ((text, self.text), (facts, self.facts), (lines, self.lines)))
        head = struct.pack("=4I", len(lines), len(facts), len(text) if text_n is None else text_n, 0)
        return message(FRAME, head + struct.pack(f"={len(lines)}Q", *lines) + facts + text)


def renumbered(text, new):
    return re.sub(rb'^(\{"schema":1,"line":)\d+', rb"\g<1>%d" % new, text, count=1)


def swapped(text):
    lines = text.splitlines(keepends=True)
    return b"".join([*lines[1:], lines[0]]) if len(lines) > 1 else b"x"


ESCAPES = b"\x1b]0;owned\x07"
# How each frame is changed.
FRAMES = {
    "garbage": lambda f: f.pack(b"\xff" * 10),
    "skippable": lambda f: f.pack(struct.pack("<II", 0x184D2A50, 2) + b"hi"),
    "compressed": lambda f: f.pack(subprocess.run(["zstd", "-cq"], input=f.text, capture_output=True, check=True).stdout),
    "zeros": lambda f: f.pack(b"\0" * (15 << 20)),
    "newlines": lambda f: f.pack(b"\n" * (15 << 20)),
    "fewer-lines": lambda f: f.pack(f.text.partition(b"\n")[2] or b"\n"),
    "more-lines": lambda f: f.pack(f.text + f.text),
    "forged-number": lambda f: f.pack(renumbered(f.text, 999999)),
    "forged-both": lambda f: f.pack(renumbered(f.text, 999999), lines=[999999, *f.lines[1:]]),
    "same-twice": lambda f: f.pack(f.text * 2, lines=f.lines * 2, facts=f.facts * 2),
    "sent-twice": lambda f: f.pack() + f.pack(),
    "swapped": lambda f: f.pack(swapped(f.text)),
    "no-records": lambda f: f.pack(b"[]\n" * len(f.lines)),
    "two-in-one": lambda f: f.pack(f.text.replace(b'"input":"', b'"input":"\r', 1)),
    "control": lambda f: f.pack(f.text.replace(b'"input":"', b'"input":"' + ESCAPES, 1)),
    "no-newline": lambda f: f.pack(f.text[:-1]),
    "length-lies": lambda f: f.pack(text_n=len(f.text) + 1),
    "facts-garbage": lambda f: f.pack(facts=b"\xff" * len(f.facts)),
    "facts-short": lambda f: f.pack(facts=f.facts[:-1]),
}
OTHERS = ("silence", "keeps", "keeps-and-takes", "ignores-end", "flood-stats", "flood-asks", "head-lies", "speaks", "exits", "stops-reading")


def between():
    """The worker's place. Which attack stands in the environment; once: only as long as a file is there."""
    attack, marker, program, arguments = json.loads(os.environ["LC_TAKEN"])
    ours, theirs = socket.socketpair()
    up = socket.socket(fileno=3)
    os.set_inheritable(theirs.fileno(), True)
    honest = not os.path.exists(marker)
    environment = {k: v for k, v in os.environ.items() if k != "MTASWEEP_TEST_WORKER"}
    theirs_number = theirs.fileno()
    child = subprocess.Popen([program, "scan-worker", *arguments], env=environment, close_fds=False,
                             preexec_fn=lambda: os.dup2(theirs_number, 3))
    theirs.close()
    try:
        relay(up, ours, "honest" if honest else attack)
    finally:
        child.kill()


def relay(up, down, attack):
    from_up, from_down, taken = bytearray(), bytearray(), 0
    if attack == "speaks":
        os.write(2, b"\x1b[2J\x1b]0;owned\x07\xff word\n" * 100000)
    if attack == "exits":
        return
    while True:
        for sock in select.select([up, down], [], [])[0]:
            data = sock.recv(1 << 20)
            if not data:
                return
            (from_up if sock is up else from_down).extend(data)
        for kind, body in messages(from_up):
            if attack == "ignores-end" and kind in (END, STOP):
                continue
            if attack == "flood-asks" and kind == SETUP:
                ask = struct.pack("=IB16s3x", 0, 4, b"\x7f\0\0\1")
                threading.Thread(target=lambda: [up.sendall(message(ASK, ask) + message(DONE, struct.pack("=IB16s3x", 0, 0, b"")))
                                                 for _ in range(1 << 30)], daemon=True).start()
            if attack == "stops-reading" and kind == LINES:
                time.sleep(1000)
            down.sendall(message(kind, body))
        for kind, body in messages(from_down):
            if kind == FRAME and attack in FRAMES:
                up.sendall(FRAMES[attack](Frame(body)))
            elif kind == FRAME and attack in ("keeps", "keeps-and-takes"):
                continue
            elif attack == "silence":
                continue
            elif attack == "head-lies" and kind == FRAME:
                up.sendall(struct.pack("=II", 0xffffffff, FRAME))
            elif attack == "flood-stats" and kind == STATS:
                up.sendall(message(kind, body) * 5000)
            else:
                up.sendall(message(kind, body))


# ---- the runs ----------------------------------------------------------------------------------------------

class Lab:
    def __init__(self, build):
        self.program, self.labnet = os.path.join(build, "scanner/mtasweep_hooks"), os.path.join(build, "datasets/labnet")
        self.folder = tempfile.mkdtemp()
        self.server = subprocess.Popen([self.labnet, "serve", "--dir", self.folder, *POPULATION], stdout=subprocess.PIPE, text=True)
        self.ready = dict(part.split("=", 1) for part in self.server.stdout.readline().split()[1:])
        names = subprocess.run([self.labnet, "names", "-n", "20000", *POPULATION], stdout=subprocess.PIPE, text=True, check=True).stdout
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
                     "127.0.0.0/8", "--workers", "2", "--concurrency", "200", "--sandbox", "off", "-o", os.path.join(self.folder, run), *more, self.list]
        marker = self.write("marker", "")
        set_up = {"LC_TAKEN": json.dumps([attack, marker, self.program, arguments]), "MTASWEEP_TEST_WORKER": os.path.abspath(__file__),
                  "LC_SUPPORT": os.path.join(ROOT, "tests/support")} if attack != "honest" else {}
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


def one_attack(lab, count, attack):
    run = attack
    status, error, took, peak = lab.scan(run, attack)
    records, wrong = lab.stored(run)
    missing = len(lab.names) - len(records)
    told = missing == 0 or (status not in (0, "no end") and error)
    count.check(f"{attack}: ends in {took:.0f} s, {peak >> 10} MB, status {status}, {len(records)} records",
                wrong or (status == "no end" and status) or (not told and f"{missing} missing and not told") or
                (peak > LIMIT_KB and "too much memory"))
    raw = re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", error)
    count.check(f"{attack}: nothing raw is printed, and no more than it takes", raw and error[-500:] or len(error) > 200000 and len(error))
    if missing:
        status, error, *_ = lab.scan(run, more=("--resume",))
        records, wrong = lab.stored(run)
        count.check(f"{attack}: resumed", wrong or status or len(records) != len(lab.names) and f"{len(records)} {error}")
    shutil.rmtree(os.path.join(lab.folder, run))


def attacks(lab, count, which):
    with ThreadPoolExecutor(6) as pool:  # who waits for a heartbeat that does not come holds up nobody
        list(pool.map(lambda attack: one_attack(lab, count, attack), which))


def surroundings(lab, count):
    """Variables that libraries listen to, and descriptors that are nobody's business."""
    keys = os.path.join(lab.folder, "keys")
    hostile = {"SSLKEYLOGFILE": keys, "http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1", "RES_OPTIONS": "attempts:0",
               "OPENSSL_CONF": "/nonexistent/x", "SSL_CERT_FILE": "/nonexistent/y", "LOCALDOMAIN": "evil.example", "HOME": "/nonexistent"}
    many = subprocess.run([lab.labnet, "names", "-n", "400", "--seed", "1", "--adoption", "1"], stdout=subprocess.PIPE, text=True, check=True).stdout
    list_before, lab.list = lab.list, lab.write("published", many)
    plain, _ = lab.scan("quiet", more=("--seed", "7")), None
    status, error, *_ = lab.scan("around", environment=hostile, more=("--seed", "7"))
    count.check("a hostile environment changes nothing", (plain[0], status) != (0, 0) and f"{plain[:2]} {status} {error}")

    def verdicts(run):
        out = subprocess.run(["zstdcat", os.path.join(lab.folder, run, "results.ndjson.zst")], capture_output=True, check=True).stdout
        return {r["input"]: r["verdict"] for r in map(json.loads, out.splitlines())}
    count.check("nor a verdict", verdicts("quiet") != verdicts("around") and "other verdicts")
    count.check("no TLS secret was written", os.path.exists(keys) and "keys")
    domain = next(n for n, v in verdicts("quiet").items() if v == "enforce")
    done = subprocess.run([lab.program, "check", domain, "-r", lab.ready["dns"], "--https-port", lab.ready["https"], "--ca-file", lab.ready["ca"],
                           "--allow-net", "127.0.0.0/8"], capture_output=True, env=dict(os.environ, **hostile))
    count.check("nor by check", os.path.exists(keys) and "keys" or (done.returncode not in (0, 1) and done.stderr))
    lab.list = list_before


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
        leaked = [(pid, fd) for pid in workers for fd in os.listdir(f"/proc/{pid}/fd")
                  if os.readlink(f"/proc/{pid}/fd/{fd}") in wanted]
    process.terminate()
    process.communicate()
    count.check("no worker has a descriptor of its supervisor's parent, nor its terminal", leaked or not workers and "no worker was seen")
    for fd in (secret, reading, writing):
        os.close(fd)
    outside.close()


def main():
    if len(sys.argv) == 1:
        between()
        return
    count, lab = Count(), Lab(os.path.abspath(sys.argv[1]))
    try:
        which = sys.argv[2:] or [*FRAMES, *OTHERS]
        if not sys.argv[2:]:
            surroundings(lab, count)
            descriptors(lab, count)
        attacks(lab, count, which)
    finally:
        lab.server.terminate()
        lab.server.wait()
        shutil.rmtree(lab.folder)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
