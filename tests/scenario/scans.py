#!/usr/bin/env python3
"""scans.py BUILD_DIR - whole scans of the synthetic internet: every situation once, and what may happen to a run.

What a name must come to is told by labnet's own `truth`; the records and pages to the byte stand in tests/golden/scans
(times, ports and keys apart; GOLDEN_UPDATE=1 writes them anew, see tests/support/golden.py). Then shards, samples,
exclusions, interruptions, workers that are killed, streams: each line has exactly one record, whatever comes.
"""
import collections
import concurrent.futures
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from golden import Golden  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
PROGRAM, LABNET = os.path.join(BUILD, "scanner/mtasweep"), os.path.join(BUILD, "datasets/labnet")
# A confined worker cannot look for leaks of its own.
with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as cache:
    OPEN = ["--sandbox", "off"] if re.search("^MTASWEEP_SANITIZE:STRING=.*address", cache.read(), re.MULTILINE) else []
POPULATION = ["--seed", "1", "--adoption", "0.9", "--error-mix", "full"]
# What differs from run to run, from port to port, from library to library.
VARIES = (
    (r"\d+ names in \d.* names/s", "N names in TIME"), (r"\d+ DNS queries sent, \d+ questions asked again", "N DNS queries sent, N asked again"),
    (r"~\d+\b", "~N"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)", "TIME"), (r"\b20\d\d-\d\d-\d\d( \d\d:\d\d)?\b", "DATE"),
    (r"127\.0\.0\.1:\d+|\[::1\]:\d+", "LOOPBACK:PORT"), (r":\d{5}\b", ":PORT"), (r"\b[0-9a-f]{64}\b", "SHA256"),
    (r"\bid=20\d{12}\b", "id=NOW"), (r"\b\d+ days?\b", "N days"), (r"\b\d+ ms\b", "N ms"), (r"took \S+ s\b", "took N s"),
    ("connection (broke off|closed without an answer)|HTTP/2 stream error", "connection ended"),  # by curl's version
)
DROPPED = {"took_ms", "scanned_at", "tls_error", "cert_sha256", "cert_not_after", "cert_not_before", "http_error"}


def masked(text):
    for pattern, new in VARIES:
        text = re.sub(pattern, new, text)
    return text


def flat(value, path=""):
    """Lines path=value of what says something: a new key that is null changes nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in DROPPED:
                yield from flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        for i, inner in enumerate(value):
            yield from flat(inner, f"{path}[{i}]")
    elif value not in (None, [], False, 0, ""):
        yield f"  {path}={json.dumps(value, ensure_ascii=False)}"


class Lab:
    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.server = subprocess.Popen([LABNET, "serve", "--dir", self.folder, *POPULATION], stdout=subprocess.PIPE, text=True)
        self.ready = dict(part.split("=", 1) for part in self.server.stdout.readline().split()[1:])
        names = self.labnet("names", "-n", "20000", *POPULATION)
        with open(self.path("population"), "w", encoding="utf-8") as f:
            f.write(names)
        truth = [json.loads(line) for line in self.labnet("truth", *POPULATION, self.path("population")).splitlines()]
        self.truth = {}
        for one in truth:
            self.truth.setdefault(one["situation"], one)
        mail = {}
        for one in truth:
            if one["sts_dns"] == "ok" and one["mx_dns"] == "ok" and "timeout" not in one["mx_tls"]:
                mail.setdefault(tuple(one["mx_tls"]), one["domain"])
        self.mail = list(mail.values())
        visited = {}  # one of each outcome that a visit can have
        for one in truth:
            if one["verdict"] in ("enforce", "testing") and one["mx_dns"] == "ok" and "timeout" not in one["mx_tls"] and one["mx_tls"]:
                visited.setdefault((one["verdict"], *sorted(set(one["mx_tls"]))), one["domain"])
        self.visited = list(visited.values())
        # Names that are answered at once.
        self.names = [t["domain"] for t in truth if t["situation"] == "nothing" and t["sts_dns"] == "nxdomain" and t["mx_dns"] in ("ok", "nodata", "nxdomain")]

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def labnet(*arguments):
        return subprocess.run([LABNET, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout

    def close(self):
        self.server.terminate()
        self.server.wait()
        shutil.rmtree(self.folder)

    def write(self, name, lines):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))
        return self.path(name)

    def network(self):
        return ["-r", self.ready["dns"], "--https-port", self.ready["https"], "--ca-file", self.ready["ca"], "--allow-net",
                "127.0.0.0/8", "--allow-net", "::1/128", "--timeout-dns", "3", "--timeout-fetch", "10"]

    def command(self, *arguments):
        return [PROGRAM, arguments[0], *self.network(), *arguments[1:]]

    def run(self, *arguments, stdin=b""):
        done = subprocess.run(self.command(*arguments), input=stdin, capture_output=True,
                              env=dict(os.environ, LC_ALL="C.UTF-8", TERM="dumb", COLUMNS="100"))
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def plain(self, *arguments):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def records(self, run):
        return sorted(self.lines(os.path.join(run, "results.ndjson.zst")), key=lambda r: r["line"])

    def lines(self, path):
        out = subprocess.run(["zstd", "-dcq", self.path(path)], stdout=subprocess.PIPE, check=True).stdout
        return [json.loads(line) for line in out.splitlines()]

    def text(self, text):
        return masked(text.replace(self.folder, "DIR").replace(PROGRAM, "mtasweep"))


def shown(records):
    return masked("".join(f"{r['domain']}\n" + "".join(line + "\n" for line in flat(r)) for r in records))


def steady(report):
    """Without how long it took, and without the days that certificates of now have left."""
    report = re.sub(r"^  (a name, all stages|policy fetch that \w+|duration of) .*$", r"  \1 ...", report, flags=re.MULTILINE)
    return re.sub(r"^Days left o[fn] [^\n]*\n(.+\n)*\n", "", report, flags=re.MULTILINE)


def notes(text):
    """What -v says, without counts of questions and what a busy machine makes of a resolver."""
    text = re.sub(r"\b[\d,]+ (asked|answered|timeouts)", r"N \1", re.sub(r"; (unproven|silent)$", "; no answer", text, flags=re.MULTILINE))
    return "".join(line for line in text.splitlines(keepends=True) if not re.search(r"resolver \S+ (is|answers)|fetches waited|warning: the reverse name", line))


def each_line_once(golden, what, records, n):
    lines = [r["line"] for r in records]
    golden.expect(f"{what}: {n} lines, one record each", lines == list(range(1, n + 1)), f"{len(lines)} records of {len(set(lines))} lines")


def situations(golden, lab):
    wanted = list(lab.truth.values())
    names = lab.write("names", [one["domain"] for one in wanted] + ["no name at all", "", "# a comment", "xn--a.example", "192.0.2.1"])
    status, out, err = lab.run("scan", "-o", lab.path("run"), "--retries", "1", "--seed", "1", "--progress", "none", "--workers", "2", *OPEN, names)
    golden.expect("scan: status", status == 0, err)
    golden.check("scan.txt", lab.text(out + err))
    records = lab.records("run")
    for truth, record in zip(wanted, records):
        root = [i["code"] for i in record["issues"] if i["root"]]
        got = {"verdict": record["verdict"], "stage": record["policy"]["stage"], "sts_dns": record["sts"]["dns"],
               "policy_dns": record["policy"]["dns"], "mode": record["policy"]["mode"], "tlsrpt": record["tlsrpt"]["valid"], "mx_dns": record["mx"]["dns"],
               "impact": record["impact"]}
        differs = {k: (got[k], truth[k]) for k in got if k in truth and got[k] != truth[k]}
        if record["verdict"] == "broken" and root != [truth["cause"]]:
            differs["cause"] = (root, truth["cause"])
        golden.expect(f"{truth['situation']} {truth['domain']}", record["domain"] == truth["domain"] and not differs, differs)
    verdicts = {r["verdict"] for r in records}
    golden.expect("every verdict but one is met", verdicts == {"absent", "enforce", "testing", "none", "broken", "inconclusive", "invalid_input"}, verdicts)
    golden.check("records.txt", shown(records))
    with open(os.path.join(lab.path("run"), "report.txt"), encoding="utf-8") as f:
        golden.check("report.txt", lab.text(steady(f.read())))
    for kind, name in (("text", "txt"), ("json", "json"), ("html", "html")):
        with open(os.path.join(lab.path("run"), "report." + name), encoding="utf-8") as f:
            golden.expect(f"report -f {kind} is the scan's own", lab.plain("report", "-f", kind, lab.path("run"))[1] == f.read())
    golden.expect("recheck", lab.plain("recheck", lab.path("run"), "-o", lab.path("again"))[0] == 0)
    golden.expect("judged again, nothing changes", [r["issues"] for r in lab.records("again")] == [r["issues"] for r in records] and
                  [r["verdict"] for r in lab.records("again")] == [r["verdict"] for r in records])
    status, out, err = lab.run("scan", "-o", lab.path("run"), names)
    golden.expect("a run is not written over", status == 2 and "run" in err, err)


def pages(golden, lab):
    some = [t["domain"] for s, t in lab.truth.items() if not re.search(r"servfail|refused|bogus|malformed|slow|loop|http_5|garbage|cut", s)][::3]
    status, out, err = lab.run("check", *some)
    golden.expect("check: one of them is broken", status == 1, err)
    golden.check("pages.txt", lab.text(out + err))
    good = next(t["domain"] for s, t in lab.truth.items() if s.startswith("fine") and t["verdict"] == "enforce")
    golden.expect("check: nothing is broken", lab.run("check", good)[0] == 0)
    golden.expect("check: no domain name", lab.run("check", "no name at all")[0] == 2)
    unsure = next(t["domain"] for s, t in lab.truth.items() if t["verdict"] == "inconclusive" and t["mx_dns"] in ("ok", "nodata") and "servfail" in s)
    few = [good, some[1], "no name at all", some[4], unsure, good]
    status, out, err = lab.run("check", "--brief", "--retries", "0", *few)
    s = f"{out}--- standard error\n{err}--- {status}\n"
    status, out, err = lab.run("check", "--html", lab.path("pages.html"), "--retries", "0", good, some[1], some[4])
    with open(lab.path("pages.html"), encoding="utf-8") as f:
        golden.check("check.html", lab.text(f.read()))
    s += f"{out}--- standard error\n{err}--- {status}\n"
    for wrong in (["--html", lab.path("nowhere/x.html"), good], [], ["--timeout-dns", "0", good],
                  ["--exclude", lab.write("not_them", [good]), good], ["--retries", "0", unsure]):
        status, out, err = lab.run("check", *wrong)
        s += f"{wrong}\n{out}--- standard error\n{err}--- {status}\n"
    status, out, err = lab.plain("check", "-r", "127.0.0.1:1", "--timeout-dns", "0.1", "--retries", "0", good)
    golden.check("check.txt", lab.text(s + f"{out}--- standard error\n{err}--- {status}\n"))
    golden.check("guide.txt", lab.plain("check", "--guide")[1])
    # MX hosts are visited, too.
    status, out, err = lab.run("check", "--mx-tls", "--smtp-port", lab.ready["smtp"], "--ehlo", "scanner.example", "--host-rate", "0", *lab.mail[:16])
    golden.check("mx_pages.txt", lab.text(out + err))
    status, out, err = lab.run("check", "--json", *some[:6])
    golden.check("check_json.txt", shown([json.loads(line) for line in out.splitlines()]))


def on_terminal(columns, *command):
    """What a person sees, with a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment, LC_ALL="C.UTF-8", TERM="xterm"))
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 65536):
            seen += part
    except OSError:  # it is closed
        pass
    os.close(ours)
    return process.wait(), seen.decode().replace("\r\n", "\n")


def terminal(golden, lab):
    """Colours, the width, and the line that says what is waited for."""
    good = next(t["domain"] for s, t in lab.truth.items() if s.startswith("fine") and t["verdict"] == "enforce")
    broken = next(t["domain"] for s, t in lab.truth.items() if t["verdict"] == "broken" and t["stage"] == "syntax")
    text = ""
    for columns in (50, 72, 200):
        status, seen = on_terminal(columns, *lab.command("check", good, broken))
        text += f"{columns} columns\n{seen}--- {status}\n"
    golden.check("terminal.txt", lab.text(re.sub(r"\r\x1b\[K[^\r\n]*", "", text).replace("\x1b", "ESC")))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        command = [PROGRAM, "check", "-r", f"127.0.0.1:{silent.getsockname()[1]}", "--timeout-dns", "0.3", "--retries", "0"]
        scenes = ((80, ["a.example"]), (80, ["a.example", "b.example"]), (20, ["a.example"]), (80, ["a" * 40 + ".example"]), (80, ["a" * 29 + ".example"]))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            seen = pool.map(lambda scene: on_terminal(scene[0], *command, *scene[1])[1], scenes)
        lines = [re.findall(r"\x1b\[K([^\r\n\x1b]+)", one) for one in seen]
    said = [list(dict.fromkeys(re.sub(r"\d+ s?$", "N s", line) for line in one if "waiting" in line or "names" in line)) for one in lines]
    golden.expect("one name, several, a narrow terminal, a name that is cut, and one that just fits", said == [
        ["a.example: waiting for DNS, N s"], ["0 of 2 names done; waiting for DNS: 2, for the policy host: 0; N s"], ["a.example: waiting f"[:19]],
        ["a" * 37 + "...: waiting for DNS, N s"], ["a" * 29 + ".example: waiting for DNS, N s"]], said)


def parts(golden, lab):
    """Shards are disjoint and complete, samples are of the size that was asked for, exclusions are kept."""
    names = lab.names[:600]
    path = lab.write("many", names)
    seen = collections.Counter()
    for k in (1, 2, 3):
        status, out, err = lab.run("scan", "-o", "-", "--lean", "--retries", "0", "--shard", f"{k}/3", "--progress", "none", path)
        rows = [json.loads(line) for line in out.splitlines()]
        golden.expect(f"shard {k}/3: about a third", status == 0 and 150 <= len(rows) <= 250, (status, len(rows), err))
        seen.update(r["line"] for r in rows)
    golden.expect("shards are disjoint, and together everything", sorted(seen) == list(range(1, 601)) and set(seen.values()) == {1})
    for share in (0.1, 0.5):
        drawn = []
        for seed in ("7", "7", "8"):
            status, out, _ = lab.run("scan", "-o", "-", "--lean", "--retries", "0", "--sample", str(share), "--seed", seed, "--progress", "none", path)
            drawn.append(sorted(json.loads(line)["line"] for line in out.splitlines()))
        spread = 4 * (600 * share * (1 - share)) ** 0.5
        golden.expect(f"a sample of {share}", abs(len(drawn[0]) - 600 * share) <= spread, len(drawn[0]))
        golden.expect("the same seed draws the same, another seed another", drawn[0] == drawn[1] != drawn[2])
    fine = [t["domain"] for s, t in lab.truth.items() if s.startswith("fine")]
    excluded = lab.write("excluded", ["# they asked", fine[0], "127.0.0.0/8"])
    status, out, err = lab.run("scan", "-o", lab.path("kept"), "--exclude", excluded, "--retries", "0", "--progress", "none", "-q", lab.write("fine", ["sub." + fine[0], *fine]))
    records = lab.records("kept")
    golden.expect("an excluded name and what is below it", [r["verdict"] for r in records[:2]] == ["excluded", "excluded"], records[:2])
    golden.expect("-q says nothing", out == err == "", out + err)
    golden.expect("nothing was asked for them", all(r["sts"]["dns"] == "skipped" and r["mx"]["dns"] == "skipped" for r in records[:2]))
    for r in records[2:]:
        golden.expect(f"{r['domain']}: an excluded network is not contacted", (r["policy"]["evidence"] or {}).get("not_contacted") == "excluded" or
                      ":" in (r["policy"]["address"] or ":"), {k: r["policy"][k] for k in ("stage", "address", "dns")})


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(p) for p in f.read().split()]


def wait_for(what, limit=20):
    until = time.monotonic() + limit
    while not what() and time.monotonic() < until:
        time.sleep(0.02)


def sent_by(run):
    """Queries of a run to its resolvers."""
    return sum(r["sent"] for r in json.load(open(os.path.join(run, "run.json"), encoding="utf-8"))["resolvers"])


def elsewhere(golden, lab, path, arguments):
    """Begun with relative paths in one folder, continued in another, which has a file of that name, too."""
    command = lab.command("scan", "-o", "begun", *arguments, os.path.basename(path))
    process = subprocess.Popen(command, cwd=os.path.dirname(path), stderr=subprocess.PIPE)
    results = os.path.join(os.path.dirname(path), "begun", "results.ndjson.zst")
    wait_for(lambda: os.path.exists(results) and os.path.getsize(results) > 0)
    process.send_signal(signal.SIGINT)
    process.communicate()
    golden.expect("elsewhere: interrupted", process.returncode == 130, process.returncode)
    other = lab.path("other")
    os.mkdir(other)
    lab.write("other/" + os.path.basename(path), ["another.example"])
    done = subprocess.run([command[0], "scan", "--resume", "-o", os.path.relpath(os.path.dirname(results), other)], cwd=other, capture_output=True, text=True, check=False)
    golden.expect("elsewhere: goes on", done.returncode == 0 and "has -o" not in done.stderr, done.stderr)
    each_line_once(golden, "elsewhere", lab.records("begun"), 900)


def mishaps(golden, lab):
    """A run that is interrupted, killed, or loses its workers."""
    path = lab.write("nothing", lab.names[:900])
    arguments = ["--dns-rate", "2000", "--workers", "2", "--retries", "0", "--progress", "none", "--lean"]
    for how, name in ((signal.SIGINT, "interrupted"), (signal.SIGKILL, "killed")):
        run = lab.path(name)
        quiet = ["-q"] if how == signal.SIGKILL else []
        process = subprocess.Popen(lab.command("scan", *quiet, "-o", run, *arguments, path), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: os.path.exists(os.path.join(run, "results.ndjson.zst")) and os.path.getsize(os.path.join(run, "results.ndjson.zst")) > 0)
        process.send_signal(how)
        _, err = process.communicate()
        golden.expect(f"{name}: its status", process.returncode == (130 if how == signal.SIGINT else -9), (process.returncode, err))
        golden.expect(f"{name}: how to go on is told", (f"To continue this run: {PROGRAM} scan --resume -o {run}\n" in err.decode()) == (not quiet), err)
        status, _, err = lab.run("scan", "-o", run, *arguments, path)
        golden.expect(f"{name}: without --resume nothing is written over", status == 2 and "--resume" in err, err)
        stored = json.load(open(os.path.join(run, "checkpoint"), encoding="utf-8"))
        before = sum(r["counts"][0] for r in stored["sent"]["resolvers"])
        status, out, err = lab.run("scan", "--resume", "--dry-run", "-o", run)
        rest = 900 - stored["records"]
        golden.expect(f"{name}: a dry run says that the directory is there, unless it shall be", "exists already" not in out + err and
                      f"'{run}' exists already: the scan will want a new directory" in lab.run("scan", "--dry-run", "-o", run, *arguments, path)[1], (out, err))
        golden.expect(f"{name}: a dry run tells the cost of the rest", status == 0 and out.count(f"{stored['records']} of these records are stored already; the rest, {rest} names:\n"
                      f"{2 * rest if 2 * rest < 1000 else '1,' + str(2 * rest - 1000)} DNS questions, 2 a name") == 1, (status, out, err))
        # The run knows its list and its options: nothing else is given, or some of them once more.
        command = lab.command("scan", "--resume", "-v", "-o", run, "--retries", "0") if name == "killed" else [lab.command("scan")[0], "scan", "--resume", "-o", run]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        golden.expect(f"{name}: goes on", done.returncode == 0, done.stderr)
        golden.expect(f"{name}: and is as loud as it is asked to be now, not as the session before", "results  " in done.stderr and "900 records" in done.stderr, done.stderr)
        added = "the run keeps its options; from here on it also has"
        golden.expect(f"{name}: what is new is told", (added in done.stderr) == (name == "killed") == (f"{added} -r " in done.stderr), done.stderr)
        golden.expect(f"{name}: and what is not new is not", not any(line.startswith(f"mtasweep scan: {added}") and (
            " -o" in line or " -v" in line or not line.endswith(" --retries 0")) for line in done.stderr.splitlines()), done.stderr)
        each_line_once(golden, name, lab.records(name), 900)
        # A name costs a query at least.
        golden.expect(f"{name}: queries of all sessions are counted", (stored["records"] > 0 or how == signal.SIGKILL) and before >= stored["records"]
                      and sent_by(run) >= before + 900 - stored["records"], (stored, before, sent_by(run)))
        status, _, err = lab.run("scan", "-o", run, *arguments, path, "--resume")
        golden.expect(f"{name}: complete now", status == 2, (status, err))
    elsewhere(golden, lab, path, arguments)
    process = subprocess.Popen(lab.command("scan", "-o", lab.path("bereft"), *arguments, "--progress", "json", path), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    results = os.path.join(lab.path("bereft"), "results.ndjson.zst")  # when there are records, the workers have spoken
    wait_for(lambda: len(children(process.pid)) == 2 and os.path.exists(results) and os.path.getsize(results) > 0)
    for pid in children(process.pid):
        os.kill(pid, signal.SIGKILL)
    _, err = process.communicate()
    golden.expect("workers that are killed are replaced", process.returncode == 0, err)
    told = [json.loads(line) for line in err.decode().splitlines() if line.startswith("{")]
    counts = {key: [t[key] for t in told if key in t] for key in ("names_done", "questions", "out", "in")}
    golden.expect("progress only grows, and ends with everything", all(v == sorted(v) for v in counts.values()) and counts["names_done"][-1] == 900 and
                  counts["questions"][-1] >= 1800, counts)
    golden.expect("and that workers were replaced", told and told[-1]["workers_replaced"] == 2, told[-1:])
    each_line_once(golden, "bereft", lab.records("bereft"), 900)
    info = json.load(open(os.path.join(lab.path("bereft"), "run.json"), encoding="utf-8"))
    golden.expect("run.json has the balance", info["totals"]["records"] == 900 and info["totals"]["lines"] == 900, info["totals"])
    status, _, err = lab.run("scan", "-o", lab.path("lost"), "-q", "--retries", "0", "-r", "127.0.0.1:1", path)
    golden.expect("other arguments than the run's are told", status in (0, 2, 3), err)


def told(golden, lab):
    """What -v says, and run.json of each resolver: one that answers, one that refuses every datagram."""
    status, out, err = lab.run("scan", "-v", "-o", lab.path("told"), "--workers", "2", "--retries", "0", "--seed", "1", "--progress", "none", "-r", "127.0.0.1:1",
                               "--dns-rate", "1000", "--shard", "2/2", lab.write("forty", lab.names[:40]))
    golden.expect("told: status", status == 0, err)
    rows = {line.split()[4]: [int(n) for n in re.findall(r"(\d+) (?:asked|answered|timeouts|SERVFAIL|REFUSED)", line)] for line in err.splitlines() if " asked, " in line}
    info = json.load(open(os.path.join(lab.path("told"), "run.json"), encoding="utf-8"))
    keys = ("sent", "answered", "timeouts", "servfail", "refused")
    golden.expect("what is told of resolvers is what run.json has", rows == {r["address"] + ":": [r[k] for k in keys] for r in info["resolvers"]}, (rows, info["resolvers"]))
    good, bad = info["resolvers"]
    n = len(lab.records("told"))
    golden.expect("each question was answered by the one", good["state"] == "good" and 3 * n <= good["sent"] == good["answered"] <= 3 * n + 20 and 10 < n < 30 and
                  good["timeouts"] == good["servfail"] == good["refused"] == 0, good)
    golden.expect("and none by the other", bad["state"] != "good" and bad["answered"] == 0 and bad["timeouts"] == bad["sent"] > 0, bad)
    golden.check("told.txt", notes(lab.text(out + err)))
    # Whether the resolver validates is not known when it says nothing.
    status, out, err = lab.plain("scan", "--dane", "-o", lab.path("mute"), "-r", "127.0.0.1:1", "--timeout-dns", "0.1", "--retries", "0", "--progress", "none", lab.write("two", lab.names[:2]))
    golden.expect("--dane, and nobody answers", status == 3 and "no resolver can be used (127.0.0.1:1 is silent), so no name was looked up" in err, (status, err))
    there = lab.command("scan", "-o", lab.path("dark"), lab.write("three", lab.names[:3]))
    away = ["127.0.0.1:1" if before == "-r" else word for before, word in zip(["", *there], there)]
    for command, wanted in ((away, 3), ([*there, "--resume"], 0)):
        status, out, err = lab.plain(*command[1:])
        golden.expect(f"a resolver that is not there takes no name off the list: {wanted}", status == wanted, (status, err))
    each_line_once(golden, "dark", lab.records("dark"), 3)
    golden.expect("dark: none is inconclusive", all(r["verdict"] != "inconclusive" for r in lab.records("dark")), lab.records("dark"))
    status, out, err = lab.run("scan", "-v", "-q", "-o", "-", "--workers", "1", "--dns-rate", "0", "--host-rate", "0", "--seed", "7", "--retries", "0", "--progress", "none",
                               "--exclude", lab.write("nobody", ["example.org"]), lab.path("forty"))
    # Every option is in the configuration of the run, as it was given.
    odd = ["--level", "5", "--sample", "0.75", "--cert-days", "7", "--contact", "https://example.net/scan", "--ehlo", "scanner.example", "--exclude", lab.path("nobody"), "--host-rate", "7",
           "--host-concurrency", "3", "--smtp-port", "2525", "--smtp-rate", "1.5", "--smtp-concurrency", "6", "--smtp-pause", "9", "--smtp-retries", "1", "--timeout-smtp", "61.5", "--visits", "4",
           "--timeout-dns", "2.5", "--timeout-fetch", "9.25", "--retries", "3", "--concurrency", "55", "--severity", "mx_none_match=warning", "--severity", "tlsrpt_missing=error", "--lean",
           "--shard", "1/3", "--seed", "77", "--dns-rate", "3000", "--domain-column", "1", "--no-header", "--workers", "3", "--mx-tls", "-r", "[::1]:1"]
    for name, more in (("plain", []), ("odd", odd)):
        lab.run("scan", "-o", lab.path(name), "--progress", "none", "--seed", "5", "--retries", "0", "--workers", "2", *more, lab.path("forty"))
        info = json.load(open(os.path.join(lab.path(name), "run.json"), encoding="utf-8"))
        golden.check(f"configuration_{name}.txt", lab.text("".join(f"{key}: {json.dumps(value)}\n" for key, value in info["configuration"].items() if key != "https_port")))
    golden.check("told_quiet.txt", notes(lab.text(err)))


def answer_canaries(resolver, asked):
    """A resolver that shows that it works, and says nothing about names."""
    while True:
        try:
            query, who = resolver.recvfrom(512)
            if b"\x07invalid\0" in query or query[12] == 0:
                resolver.sendto(query[:2] + b"\x81" + (b"\x83" if query[12] else b"\x82") + query[4:], who)
            else:
                asked.set()
        except OSError:  # closed
            return


def struck(lab, name, lines, times, how=signal.SIGSYS):
    """A scan whose resolver says nothing of names and whose worker dies, of its own fault as it seems, so many times: the first when it has asked
    something, and so has its lines; those after it have theirs from the beginning. (status, standard error, the last progress)"""
    silent, asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), threading.Event()
    silent.bind(("127.0.0.1", 0))
    threading.Thread(target=answer_canaries, args=(silent, asked), daemon=True).start()
    command = [PROGRAM, "scan", "-v", "-o", lab.path(name), "-r", f"127.0.0.1:{silent.getsockname()[1]}", "--workers", "1", "--retries", "0", "--timeout-dns", "0.5", "--seed", "1",
               "--progress", "json", lab.write(name + "_names", lines)]
    with open(lab.path(name + "_said"), "w", encoding="utf-8") as err:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err)
    seen = set()
    asked.wait(30)
    until = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < until:
        for pid in children(process.pid) if len(seen) < times else ():
            if pid not in seen:
                seen.add(pid)
                os.kill(pid, how)
        time.sleep(0.005)
    process.kill()
    silent.close()
    with open(lab.path(name + "_said"), encoding="utf-8") as err:
        said = err.read()
    rows = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return process.wait(), "".join(line + "\n" for line in said.splitlines() if not line.startswith("{")), rows[-1] if rows else {}


def crashers(golden, lab):
    """Lines that kill their worker: twice all of them, then alone, then halves, until one is to blame; then one at a time."""
    lines = ["a.example", "b.example", "no name at all", "C.example.", "d.example"]
    # Two deaths with all, the third alone with all, then with two of them, then with one: it is to blame. Then one more for each line.
    for name, times, blamed in (("all", 9, [1, 2, 3, 4, 5]), ("none", 4, []), ("first", 5, [1])):
        status, said, last = struck(lab, name, lines, times)
        records = lab.records(name)
        each_line_once(golden, f"struck: {name}", records, 5)
        found = [int(n) for n in re.findall(r"line (\d+) kills every worker", said)]
        # Line 3 is no name and asks nobody: alone, it may be done before the blow falls.
        if found == [n for n in blamed if n != 3]:
            blamed = found
        golden.expect(f"struck: {name}: to blame", found == blamed, (found, said))
        kept = lab.path(name + "/crashers")
        golden.expect(f"struck: {name}: the lines are kept", (sorted(os.listdir(kept)) if os.path.isdir(kept) else []) == [f"line-{n}" for n in blamed] and
                      all(open(os.path.join(kept, f"line-{n}"), encoding="utf-8").read() == lines[n - 1] for n in blamed))
        golden.expect(f"struck: {name}: is not called the domain's fault", all(r["verdict"] == ("invalid_input" if r["line"] == 3 else "inconclusive") for r in records) and
                      [r["line"] for r in records if "scan_worker_crashed" in [i["code"] for i in r["issues"]]] == [n for n in blamed if n != 3], [r["issues"] for r in records])
        golden.expect(f"struck: {name}: replaced", last.get("workers_replaced") == times, last)
        golden.expect(f"struck: {name}: status", status == 0, (status, said))
    # Whoever is killed from outside is not to blame, and nor are its lines, however often.
    status, said, last = struck(lab, "outside", lines, 12, signal.SIGKILL)
    golden.expect("killed from outside: no line is to blame", "kills every worker" not in said and not os.path.exists(lab.path("outside/crashers")) and
                  last.get("workers_replaced") == 12, (said, last))
    each_line_once(golden, "killed from outside", lab.records("outside"), 5)
    status, said, last = struck(lab, "doomed", [f"n{i}.example" for i in range(200)], 10 ** 6)
    golden.expect("workers that die on every line end the scan", status == 3 and "workers die on every line; the run can be resumed" in said, (status, said[-300:]))
    golden.expect("after 33 of them", len(lab.records("doomed")) == 33 == len(re.findall("kills every worker", said)), len(lab.records("doomed")))
    golden.expect("and it can be resumed", os.path.exists(lab.path("doomed/checkpoint")))


def visits(golden, lab):
    """MX hosts, each once: in the scan, of a finished run, and judged again."""
    fast = ["--mx-tls", "--smtp-port", lab.ready["smtp"], "--ehlo", "scanner.example", "--smtp-rate", "100", "--smtp-pause", "1", "--timeout-smtp", "6"]
    names = lab.write("mail", [*lab.visited[:16], lab.visited[0], lab.names[0]])
    plainly = ["--workers", "1", "--retries", "0", "--seed", "1", "--progress", "none"]
    status, out, err = lab.run("scan", "-v", "-o", lab.path("mx"), *plainly, *fast, names)
    golden.expect("visits: status", status == 0, err)
    golden.check("visits.txt", notes(lab.text(out + err)))
    records, hosts = lab.records("mx"), lab.lines("mx/hosts.ndjson.zst")
    each_line_once(golden, "visits", records, 18)
    golden.check("visited_records.txt", shown([{k: r[k] for k in ("domain", "verdict", "impact", "mx", "issues")} for r in records]))
    golden.check("visited_hosts.txt", shown([dict(h, domain=h["host"]) for h in sorted(hosts, key=lambda h: h["host"])]))
    golden.expect("visits: each host once", len({h["host"] for h in hosts}) == len(hosts) > 8, [h["host"] for h in hosts])
    golden.expect("visits: nothing is left of the way", not {"checkpoint", "hosts", "names"} & set(os.listdir(lab.path("mx"))), os.listdir(lab.path("mx")))
    with open(os.path.join(lab.path("mx"), "report.txt"), encoding="utf-8") as f:
        golden.check("visited_report.txt", lab.text(steady(f.read())))
    # A finished run is visited later, from another machine: the same comes of it.
    status, _, err = lab.run("scan", "-o", lab.path("before"), *plainly, names)
    golden.expect("visits: the run before", status == 0, err)
    probe = ["probe", lab.path("before"), *lab.network()[:2], *lab.network()[4:-4], *fast[1:]]

    def probed(*arguments):
        done = subprocess.run([PROGRAM, *probe, *arguments], capture_output=True, text=True, check=False)
        return done.returncode, lab.text(done.stdout + done.stderr)
    status, said = probed("--dry-run")
    golden.check("probe.txt", f"{said}--- {status}\n" + "".join(probed(*wrong)[1] for wrong in ([], ["-o", lab.path("before")], ["-o", lab.path("none"), "--smtp-rate", "0"])))
    status, said = probed("-o", lab.path("probed"))
    golden.expect("probe: status", status == 0, said)
    varies = re.compile(r"took|\.at=|names=")  # when, and through whom it was asked for

    def lines(rows):
        return [line for line in shown([dict(h, domain=h["host"]) for h in rows]).splitlines() if not varies.search(line)]
    later = sorted(lab.lines("probed/hosts.ndjson.zst"), key=lambda h: h["host"])
    golden.expect("probe: the same hosts, seen alike", lines(later) == lines(sorted(hosts, key=lambda h: h["host"])), set(lines(later)) ^ set(lines(hosts)))
    told = ("verdict", "impact", "issues")
    golden.expect("probe: the same of each name", [[r[k] for k in told] for r in lab.records("probed")] == [[r[k] for k in told] for r in records])
    def about(run):
        with open(os.path.join(lab.path(run), "run.json"), encoding="utf-8") as f:
            return json.load(f)

    def visits_of(run):
        return about(run)["mx_hosts"]["visits"]
    came = about("probed")["configuration"]
    golden.expect("probe: where the run comes from", (came["probed"]["run"], came["scan"]) == (lab.path("before"), about("before")["configuration"]), came)
    golden.expect("probe: how it was called", about("probed")["command"] == ["mtasweep probe", *probe[2:], "-o", lab.path("probed"), probe[1]], about("probed")["command"])
    shares = []
    os.mkdir(lab.path("set"))
    for k in (1, 2):
        status, said = probed("--shard", f"{k}/2", "-o", lab.path(f"set/shard-{k}-of-2"))
        shares.append(int(re.search(r"(\d+) of \d+ hosts", said)[1]))
        golden.expect(f"probe: shard {k}", status == 0 and f"shard {k} of 2: " in said, said)
    golden.expect("probe: the shards share the hosts", sum(shares) == len(hosts), shares)
    os.mkdir(lab.path("empty"))
    told_of = []
    for number, (dirs, problem) in enumerate(((["set"], ""), (["set/shard-2-of-2", "set/shard-1-of-2"], ""), (["set/shard-1-of-2"], "shard"), (["empty"], "holds no shard"),
                                              (["set", "set/shard-1-of-2"], "shard 1"))):
        status, said = probed("-o", lab.path(f"joined-{number}"), *(a for d in dirs for a in ("--visited", lab.path(d))))
        told_of.append(said)
        golden.expect(f"probe: --visited {dirs}", (status == 0) == (not problem) and problem in said, (status, said))
        if not problem:
            joined = sorted(lab.lines(f"joined-{number}/hosts.ndjson.zst"), key=lambda h: h["host"])
            golden.expect("probe: of shards the same hosts", lines(joined) == lines(later), set(lines(joined)) ^ set(lines(later)))
            golden.expect("probe: of shards the visits together", visits_of(f"joined-{number}") == sum(visits_of(f"set/shard-{k}-of-2") for k in (1, 2)) > 0)
            golden.expect("probe: of shards the same of each name", [[r[k] for k in told] for r in lab.records(f"joined-{number}")] == [[r[k] for k in told] for r in records])
    golden.check("probe_shards.txt", "---\n".join(steady(said) for said in told_of))
    golden.expect("recheck", lab.plain("recheck", lab.path("mx"), "-o", lab.path("mx-again"))[0] == 0)
    golden.expect("judged again, hosts and names are the same", lab.records("mx-again") == records and lab.lines("mx-again/hosts.ndjson.zst") == hosts)


def visits_resumed(golden, lab):
    """Stopped among its visits, a scan goes on with the hosts that were not visited, and comes to what one does that was not stopped."""
    command = ["scan", "-o", lab.path("halted"), "--mx-tls", "--smtp-port", lab.ready["smtp"], "--ehlo", "scanner.example", "--smtp-pause", "1", "--timeout-smtp", "6",
               "--workers", "1", "--retries", "0", "--seed", "1", "--progress", "none"]
    with open(lab.path("halted_said"), "w", encoding="utf-8") as err:  # an operator's second host would wait for minutes
        process = subprocess.Popen(lab.command(*command, "--smtp-rate", "0.01", lab.path("mail")), stdout=subprocess.DEVNULL, stderr=err)
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until and "distinct MX hosts" not in open(lab.path("halted_said"), encoding="utf-8").read():
        time.sleep(0.05)
    time.sleep(2)  # for some; were there none, the rest would have to hold as well
    process.send_signal(signal.SIGINT)
    status = process.wait(60)
    before = [h["host"] for h in lab.lines("halted/hosts.ndjson.zst")] if os.path.getsize(lab.path("halted/hosts.ndjson.zst")) else []
    with open(lab.path("halted_said"), encoding="utf-8") as err:
        said = err.read()
    golden.expect("visits: stopped among them", status == 130 and "To continue this run" in said, (status, said))
    status, _, err = lab.run(*command, "--smtp-rate", "100", "--resume", lab.path("mail"))
    hosts = [h["host"] for h in lab.lines("halted/hosts.ndjson.zst")]
    told = re.search(r"(\d+) MX hosts: (\d+) visited now", err)
    golden.expect("visits: the others, later", status == 0 and told and [int(n) for n in told.groups()] == [len(hosts), len(hosts) - len(before)], (status, before, err))
    golden.expect("visits: in two parts the same hosts, each once", sorted(hosts) == sorted(h["host"] for h in lab.lines("mx/hosts.ndjson.zst")), hosts)
    parts, whole = ([[r[k] for k in ("line", "domain", "verdict", "impact")] for r in lab.records(run)] for run in ("halted", "mx"))
    golden.expect("visits: in two parts the same of each name", parts == whole, parts)


def piped(golden, lab):
    """A run of names from a pipe goes on with the same names only, whatever is sent before them."""
    path = lab.write("nothing", lab.names[:900])
    listed = open(path, "rb").read()
    run = lab.path("piped, it's here")
    # Behind a list that is a file.
    command = lab.command("scan", "-o", run, "--dns-rate", "2000", "--retries", "0", "--progress", "none", "--lean", lab.write("head", lab.names[900:905]), "-")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(listed)
    process.stdin.flush()
    results = os.path.join(run, "results.ndjson.zst")
    wait_for(lambda: os.path.exists(results) and os.path.getsize(results) > 0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    told = re.search(r"with the same list: \.\.\. \| (.*)", err.decode())
    golden.expect("piped: how to go on is said", told, err)
    stored = [r["line"] for r in lab.records(run)]
    other = b"\n".join(reversed(listed.split(b"\n")))
    for what, text, why in (("nothing", b"", "it ends before"), ("a beginning", listed[:200], "it ends before"),
                            ("another list", other, "it is not the list")):
        done = subprocess.run([command[0], "scan", "--resume", "-o", run], input=text, capture_output=True, check=False)
        golden.expect(f"piped: {what} is refused", done.returncode == 2 and why in done.stderr.decode(), (done.returncode, done.stderr))
        golden.expect(f"piped: {what} leaves what there is", [r["line"] for r in lab.records(run)] == stored and
                      os.path.exists(os.path.join(run, "checkpoint")))
    done = subprocess.run(["sh", "-c", told[1]], input=listed, capture_output=True, check=False)
    golden.expect("piped: the same list completes it, as was told", done.returncode == 0, done.stderr)
    each_line_once(golden, "piped", lab.records(run), 905)


def streams(golden, lab):
    """Names from standard input, records to standard output, progress as JSON, columns and tags."""
    names = [t["domain"] for s, t in lab.truth.items() if s.startswith(("fine", "mx", "nothing")) and "slow" not in s]
    table = "customer,domain\n" + "".join(f"c{i},{name}\n" for i, name in enumerate(names))
    status, out, err = lab.run("scan", "-o", "-", "--tag-column", "customer", "--progress", "json", "--retries", "1", stdin=table.encode())
    rows = sorted((json.loads(line) for line in out.splitlines()), key=lambda r: r["line"])
    golden.expect("names from a pipe, records to a pipe", status == 0, err)
    golden.expect("every row has its customer", [(r["tag"], r["domain"]) for r in rows] == [(f"c{i}", n) for i, n in enumerate(names)])
    golden.check("streamed.txt", shown(rows))
    progress = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    golden.expect("progress ends with every name done", progress and str(len(names)) in json.dumps(progress[-1]), err[-300:])
    golden.check("progress_keys.txt", "\n".join(sorted(progress[-1])) + "\n" if progress else "")
    status, _, err = lab.run("scan", "-o", lab.path("plainly"), "--progress", "plain", "--retries", "1", lab.write("few", names[:5]))
    golden.expect("plain progress", status == 0 and "5" in err, err)
    for what, arguments in (("a CA file that is not there", ["--ca-file", lab.path("nothing-here")]), ("no CA file", ["--ca-file", lab.path("few")])):
        status, _, err = lab.run("scan", "-o", lab.path("x"), *arguments, lab.path("few"))
        golden.expect(what, status in (2, 3) and "ca-file" in err.lower() or "CA" in err, (status, err))
    golden.check("errors.txt", lab.text(err))


def main():
    golden = Golden("scans")
    lab = Lab()
    try:
        for part in (situations, pages, terminal, parts, mishaps, piped, told, crashers, visits, visits_resumed, streams):
            begin = time.monotonic()
            part(golden, lab)
            print(f"{part.__name__}: {time.monotonic() - begin:.1f} s")
    finally:
        lab.close()
    sys.exit(golden.finish())


if __name__ == "__main__":
    main()
