#!/usr/bin/env python3
"""check.py BUILD_DIR [SITUATION...] - what an administrator sees of the lab, and what comes of following it.

Runs `check` on the situations of the table, on real servers:
- each page of GOLDEN is what tests/golden/lab/ has: through a pipe, in colour on a terminal of 80 columns, and
  on one of 120. GOLDEN_UPDATE=1 in the environment writes the files anew; look at them.
- what each page recommends is published, as printed, on new servers, and checked again: nothing may be left to
  do. Then the step that is due later, from testing to enforce, the same way.
With names only those situations are tried, and their pages printed. Ends in a plain count.
"""
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import advice
from real import Count
from servers import Lab, LabError
from situations import GROUPS, SITUATIONS, Situation

LIMIT_S = 60
GOLDEN_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "lab")
# Their waiting is the subject of real.py.
SLOW = ("syn-lost", "tls-silent", "slow", "drip", "deny", "stale", "cname-loop")
GOLDEN = """enforce testing mode-none cname-record cname-host cname-chain multi-string unrelated-txt wrong-type
    encoding two-mx mx-mismatch mx-partial mx-typo null-mx implicit-mx no-mx nothing no-tlsrpt wildcard-txt two-records
    no-id bad-id dangling-record bad-tlsrpt hostile-txt host-nxdomain host-dangling host-servfail refused cert-name
    cert-expired cert-self-signed cert-incomplete cert-expired-name cert-soon tls-old redirect http-404 http-500 cut-body
    too-large empty html bom cr mode-typo mx-trailing-dot no-max-age not-utf8 servfail refuse badsig guard-rfc1918
    nxdomain xn--bcher-kva url mail invalid-label invalid-address excluded""".split()
# The other groups are resolvers that are in trouble.
REPAIRED = ("main", "guarded")
ENFORCE_MAX_AGE = 2592000

# Further arguments whose pages are golden.
INPUTS = [Situation("public-suffix", {}, input="co.uk"), Situation("parent", {}, input="mta-sts.enforce.lab"),
          Situation("no-name", {}, input=""), Situation("record-name", {}, input="_mta-sts.enforce.lab")]

# What differs from run to run and from system to system, made the same at the same length.
VARIES = (
    (r"\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d", "YYYY-MM-DD to YYYY-MM-DD"),
    (r"on \d{4}-\d\d-\d\d \d\d:\d\d UTC", "on YYYY-MM-DD hh:mm UTC"),
    (r"checked     \d{4}-\d\d-\d\d \d\d:\d\d UTC", "checked     YYYY-MM-DD hh:mm UTC"),
    (r"id=20(?!260101)\d{12}", "id=YYYYMMDDhhmmss"),
    (r":\d{5}\b", ":PORT5"),
    (r"nginx/\d\.\d\d\.\d", "nginx/N.NN.N"),
    (r"TTL(\s+)\d+ s \([^)]*\)", r"TTL\1T s"),
    (r"TLSv1\.[23]", "TLSv1.x"),
)


def command(lab, program, situation, *more):
    resolver, port, extra = GROUPS[situation.group]
    excluded = lab.path("exclude.txt")
    return [program, "check", "-r", f"127.0.0.1:{lab.ports[resolver]}", "--https-port", str(getattr(lab, port)),
            "--ca-file", lab.ca.ca_file, "--timeout-dns", "2", "--timeout-fetch", "4", "--retries", "2", "--exclude",
            excluded, *extra, *more, "--", situation.domain if situation.input is None else situation.input]


def environment(**more):
    return {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")} | more


def through_pipe(arguments):
    done = subprocess.run(arguments, capture_output=True, check=False, timeout=LIMIT_S,
                          env=environment(TERM="xterm-256color"))
    if done.stderr:
        raise ValueError(f"on stderr: {done.stderr.decode(errors='replace')[-500:]}")
    return done.returncode, done.stdout.decode("utf-8")


def on_terminal(arguments, columns, stderr=subprocess.DEVNULL, **variables):
    """(exit status, all that reached the screen) of a terminal of that width; stderr None: also there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=stderr or theirs,
                          env=environment(TERM="xterm-256color", **variables)) as process:
        os.close(theirs)
        screen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not part:
                break
            screen += part
        os.close(ours)
        status = process.wait(LIMIT_S)
    return status, screen.decode("utf-8").replace("\r\n", "\n")


def steady(page):
    for pattern, same in VARIES:
        page = re.sub(pattern, same, page)
    return page


class Pages:
    """Compares with, or writes, the golden files."""

    def __init__(self, lab, program):
        self.lab, self.program = lab, program
        self.update = os.environ.get("GOLDEN_UPDATE") == "1"

    def compare(self, situation):
        arguments = command(self.lab, self.program, situation)
        forms = {"txt": lambda: through_pipe(arguments), "ansi": lambda: on_terminal(arguments, 80),
                 "wide": lambda: on_terminal(arguments, 120, NO_COLOR="1")}
        problems = []
        for form, make in forms.items():
            path = os.path.join(GOLDEN_DIR, f"{situation.name}.{form}")
            page = steady(make()[1])
            if self.update:
                with open(path, "w", encoding="utf-8") as out:
                    out.write(page)
                continue
            try:
                with open(path, encoding="utf-8") as golden:
                    wanted = golden.read()
            except FileNotFoundError:
                wanted = ""
            if page != wanted:
                differing = [f"{number}: {was!r}, now {now!r}" for number, (was, now) in enumerate(
                    zip(wanted.splitlines() + [""] * 500, page.splitlines() + [""] * 500), 1) if was != now]
                problems += [f"{os.path.basename(path)} differs", *differing[:6]]
        return problems


WAITING = re.compile("\r\x1b\\[K[^\r\n]*waiting for the policy host, \\d+ s")
ERASED = "\r\x1b[K"
PATIENCE = ["--timeout-fetch", "2", "--retries", "0"]


def check_waiting(lab, program, count):
    """One line on the terminal while a slow policy host is awaited, and nothing of it left behind."""
    by_name = {s.name: s for s in SITUATIONS}
    arguments = command(lab, program, by_name["slow"], *PATIENCE)
    begin = time.monotonic()
    _, page = through_pipe(arguments)
    alone = time.monotonic() - begin
    _, screen = on_terminal(arguments, 80, stderr=None, NO_COLOR="1")
    lines, _, rest = screen.rpartition(ERASED)
    last = ERASED + lines.rpartition(ERASED)[2]
    count.check("slow: a line says what is waited for", [] if WAITING.fullmatch(last) else [repr(screen[:300])])
    count.check("slow: the line is gone when the page comes", [] if steady(rest) == steady(page) else [rest])
    begin = time.monotonic()
    status, pages = through_pipe(arguments + [by_name["testing"].domain, by_name["two-mx"].domain])
    together = time.monotonic() - begin
    count.check("three names take as long as the slowest",
                [] if together < alone + 1 else [f"{alone:.1f} s, {together:.1f} s"])
    count.check("three names, three pages",
                [] if pages.count("\nIssues\n") == 3 and status == 4 else [f"status {status}", pages])


class Repair:
    """One situation on its way from broken to good."""

    def __init__(self, situation, page, status, record):
        self.was, self.page, self.status, self.record = situation, page, status, record
        self.steps = advice.read_steps(page, record["domain"])
        self.later = any(advice.LATER.fullmatch(step.text) for step in self.steps)
        self.now = None

    @property
    def name(self):
        return self.was.name

    def broken(self):
        """There is something to be repaired now, and the page says what."""
        acts = [i for i in self.record["issues"] if i["severity"] in ("error", "warning")]
        due = [s for s in self.steps if not advice.LATER.fullmatch(s.text)]
        return bool(due) and self.record["verdict"] != "inconclusive" and (bool(acts) or self.record["verdict"] == "absent")

    def carry_out(self):
        self.now = advice.carry_out(self.was, self.steps)

    def verdict(self):
        """What the record must say after the steps: the mode of what is served then, if there is a record."""
        if not self.now.sts:
            return "absent"
        return re.search(r"mode: (\w+)", self.now.web.body)[1]

    def fresh_id(self):
        """A printed record whose id is not the one that was published."""
        ids = [re.search(r"id=(\w+)", s.records["_mta-sts"])[1] for s in self.steps if "_mta-sts" in s.records]
        return [] if all(i not in json.dumps(self.record["sts"]["txt"]) for i in ids) else ["the id is not new"]


def look(lab, program, situation):
    status, page = through_pipe(command(lab, program, situation))
    _, line = through_pipe(command(lab, program, situation, "--json"))
    return status, page, json.loads(line)


def in_parallel(work, items):
    """Waiting for answers is most of it."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, items))


VERDICT_WORDS = {"enforce": "Enforced. ", "testing": "Testing. ", "absent": "No MTA-STS. "}


def clean(situation, status, page, verdict):
    problems = [] if status == 0 else [f"exit status {status}"]
    problems += re.findall(r"^  (?:error|warning|inconclusive)  .*", page, re.MULTILINE)
    if not page.startswith(f"{situation.domain}\n  verdict     {VERDICT_WORDS[verdict]}"):
        problems.append(f"the verdict is not {verdict}")
    steps = [s.text for s in advice.read_steps(page, situation.domain) if not advice.LATER.fullmatch(s.text)]
    if steps and verdict != "absent":
        problems.append(f"still to do: {steps}")
    return problems + ([page] if problems else [])


def published(changed):
    by_name = {s.name: s for s in changed}
    return [by_name.get(s.name, s) for s in SITUATIONS]


def check_again(folder, program, changed, verdicts, what, count):
    """Publishes the changed situations on new servers; nothing may be left to do there."""
    with Lab(folder, published(changed)) as lab:
        lab.write("exclude.txt", "excluded.lab\n")
        seen = in_parallel(lambda s: through_pipe(command(lab, program, s)), changed)
    for situation, verdict, (status, page) in zip(changed, verdicts, seen):
        count.check(f"{situation.domain}: {what}", clean(situation, status, page, verdict))


def repair_all(folder, program, repairs, count):
    done = []
    for repair in repairs:
        try:
            repair.carry_out()
            done.append(repair)
            count.check(f"{repair.was.domain}: what is printed can be published", repair.fresh_id())
        except (ValueError, AssertionError) as error:
            count.check(f"{repair.was.domain}: what is printed can be published", [str(error), repair.page])
    check_again(os.path.join(folder, "repaired"), program, [r.now for r in done], [r.verdict() for r in done],
                "clean when the advice is followed", count)
    later = [advice.new_mode(r.now, "enforce", ENFORCE_MAX_AGE, "20270101000000") for r in done if r.later]
    check_again(os.path.join(folder, "enforced"), program, later, ["enforce"] * len(later),
                "clean when it is enforced later", count)
    return len(done)


def main():
    program = os.path.join(os.path.abspath(sys.argv[1]), "scanner", "mtasweep")
    chosen = sys.argv[2:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # so that the servers end with us
    count = Count()
    rows = [s for s in SITUATIONS if (s.name in chosen or not chosen) and s.group != "no_resolver"]
    rows = [s for s in rows if s.name not in SLOW and not s.needs_v6]
    # A certificate of its own, so that its page does not depend on what else is in the table.
    own = [replace(s, web=replace(s.web, certificate="own"))
           if s.web.certificate == "good" and s.web.server == "nginx" else s for s in rows if s.name in GOLDEN]
    with tempfile.TemporaryDirectory(prefix="mtasweep-lab-") as folder:
        try:
            with Lab(os.path.join(folder, "broken"), published(own)) as lab:
                lab.write("exclude.txt", "excluded.lab\n")
                pages = Pages(lab, program)
                shown = own + ([] if chosen else INPUTS)
                for situation, problems in zip(shown, in_parallel(pages.compare, shown)):
                    count.check(f"{situation.name}: the page", problems)
                if not chosen:
                    check_waiting(lab, program, count)
                asked = [s for s in rows if s.published and s.input is None and s.group in REPAIRED]
                seen = [(s, *look) for s, look in zip(asked, in_parallel(lambda s: look(lab, program, s), asked))]
            for _, _, page, _ in seen if chosen else []:
                print(page)
            repairs = [Repair(s, page, status, record) for s, status, page, record in seen]
            repairs = [r for r in repairs if r.broken()]
            repaired = repair_all(folder, program, repairs, count)
            print(f"{len(shown)} pages, {repaired} kinds of breakage repaired as advised")
            if not chosen:
                count.check("twenty kinds of breakage at least", [str(repaired)] if repaired < 20 else [])
        except LabError as error:
            count.check("the lab starts", [str(error)])
    sys.exit(count.finish())


if __name__ == "__main__":
    main()
