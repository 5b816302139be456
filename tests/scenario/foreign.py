#!/usr/bin/env python3
"""foreign.py BUILD_DIR - runs that strangers made, directories that others may write to, disks that are full or read-only.

Nothing waits for what never comes (a FIFO in a run's place), nothing is written through a link, nothing reorders text, two
scans do not share a directory, and what a disk refuses is said and leaves what was there.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from counting import Count  # noqa: E402

NAMES, WAIT_S = 2000, 30
DECEIVING = "\u202e\u200b\u2066gpj.exe\U000e0041"
RECORDS = "results.ndjson.zst"


class Lab:
    def __init__(self, build, folder):
        self.program, self.folder = os.path.join(build, "scanner/mtasweep"), folder
        self.list = self.write("names", "".join(f"n{i}.example\n" for i in range(NAMES)))
        self.excluded = self.write("excluded", "example\n")
        self.victim = self.write("victim", "precious")

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def run(self, *arguments, before=()):
        """(status or None, everything that was said)"""
        try:
            done = subprocess.run([*before, self.program, *arguments], capture_output=True, timeout=WAIT_S, check=False)
        except subprocess.TimeoutExpired:
            return None, "it waits"
        return done.returncode, (done.stdout + done.stderr).decode()

    def scan(self, run, *more, before=()):
        """All names are excluded: nobody is asked."""
        return self.run("scan", "-r", "127.0.0.1:9", "--exclude", self.excluded, "--workers", "1", "--seed", "1", "-o", run, *more, self.list,
                        before=before)

    def precious(self):
        with open(self.victim, "rb") as file:
            return file.read() != b"precious" and "written through a link"


def interrupted(lab, name):
    """A run as a scan leaves it that was killed: a checkpoint from before the first record."""
    run = lab.path(name)
    lab.scan(run)
    for file in ("report.txt", "report.html", "report.json"):
        os.unlink(os.path.join(run, file))
    with open(os.path.join(run, "run.json"), encoding="utf-8") as file:
        configuration = json.load(file)["configuration"]
    checkpoint = {"schema": 1, "next": 1, "bytes": 0, "frames": 0, "records": 0, "seed": 1,
                  "configuration": json.dumps(configuration), "pending": [],
                  "inputs": [{"path": lab.list, "bytes": 0, "sha256": ""}]}
    with open(os.path.join(run, "checkpoint"), "w", encoding="utf-8") as file:
        json.dump(checkpoint, file)
    return run


def commands(lab, run, out):
    return {"report": ("report", run), "diff": ("diff", lab.path("good"), run), "trend": ("trend", lab.path("good"), run),
            "churn": ("trend", "--churn", lab.path("good"), run), "recheck": ("recheck", run, "-o", out + "-recheck"),
            "merge": ("report", lab.path("good"), run, "-o", out + "-merge"),
            "probe": ("probe", run, "-o", out + "-probe", "--dry-run"),
            "resume": ("scan", "--resume", "-o", run, "-r", "127.0.0.1:9", "--seed", "1", "--exclude", lab.excluded,
                       lab.list)}


def fifos(lab, count):
    """A FIFO, or a device without end, in the place of each file."""
    def attempt(job):
        number, file, kind, command = job
        run = lab.path(f"fifo{number}")
        shutil.copytree(lab.path("cut" if command == "resume" else "good"), run)
        path = os.path.join(run, file)
        if os.path.exists(path):
            os.unlink(path)
        if kind == "fifo":
            os.mkfifo(path)
        else:
            os.symlink("/dev/zero", path)
        status, said = lab.run(*commands(lab, run, run)[command])
        return (status is None or status < 0) and f"{command} of a run with a {kind} as {file}: {status} {said[-200:]}"

    jobs = [(file, kind, command) for file in (RECORDS, "hosts.ndjson.zst", "run.json", "report.json", "checkpoint")
            for kind in ("fifo", "device") for command in commands(lab, "", "")]
    with ThreadPoolExecutor(4) as pool:
        wrong = [w for w in pool.map(attempt, [(n, *job) for n, job in enumerate(jobs)]) if w]
    count.check("a FIFO or a device in a run: nothing waits for it", wrong and f"{len(wrong)}: {wrong[:3]}")
    shards = lab.path("shards")
    os.mkdir(shards)
    os.mkfifo(os.path.join(shards, "shard-1-of-2"))
    status, said = lab.run("report", shards)
    count.check("nor for one in a shard's place", status is None and said or "no run" not in said and said)


def links(lab, count):
    """Whoever may write to the directory has put links where files will be made."""
    out = lab.path("linked")
    shutil.copytree(lab.path("good"), out)
    for name in ("report.txt", "report.html", "report.json", "run.json", "checkpoint"):
        if os.path.exists(os.path.join(out, name)):
            os.unlink(os.path.join(out, name))
        os.symlink(lab.victim, os.path.join(out, "." + name + ".new"))
        os.symlink(lab.victim, os.path.join(out, name))
    status, said = lab.run("report", lab.path("good"), "-o", out)
    count.check("report writes through no link", status and said or lab.precious())
    count.check("but in its place", os.path.islink(os.path.join(out, "report.html")) and "the link is still there")
    for what, link in (("symbolic", os.symlink), ("hard", os.link)):
        run = lab.path("resumed-" + what)
        shutil.copytree(lab.path("cut"), run)
        os.unlink(os.path.join(run, RECORDS))
        link(lab.victim, os.path.join(run, RECORDS))
        status, said = lab.run(*commands(lab, run, run)["resume"])
        count.check(f"--resume cuts no file behind a {what} link", lab.precious() or (status != 3 and f"{status} {said}"))
    run = lab.path("resumed-temporary")
    shutil.copytree(lab.path("cut"), run)
    for name in ("report.txt", "report.html", "report.json", "run.json", "checkpoint"):
        os.symlink(lab.victim, os.path.join(run, "." + name + ".new"))
    status, said = lab.run(*commands(lab, run, run)["resume"])
    count.check("nor writes through a temporary name", lab.precious() or status and said)


def texts(lab, count):
    """Characters that reorder and hide, wherever a run has room for a text."""
    run = lab.path("crafted")
    os.mkdir(run)
    records = subprocess.run(["zstdcat", lab.path("good", RECORDS)], capture_output=True, check=True).stdout.decode()
    lines = []
    for line in records.splitlines()[:50]:
        record = json.loads(line)
        record.update(tag=DECEIVING, verdict="enforce", tld=DECEIVING, registrable=DECEIVING, domain=DECEIVING, input=DECEIVING)
        record["provider"] = {"policy": DECEIVING, "mx": DECEIVING}
        record["sts"].update(dns="ok", resolver=DECEIVING, txt=[DECEIVING], valid=True, id=DECEIVING)
        record["mx"].update(dns="ok", hosts=[{"preference": 1, "host": DECEIVING}], resolver=DECEIVING)
        record["policy"].update(stage="ok", dns="ok", cert_issuer=DECEIVING, content_type=DECEIVING, url=DECEIVING, valid=True,
                                mode="enforce", http_version=DECEIVING, tls_version=DECEIVING)
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    with open(os.path.join(run, "results.ndjson"), "w", encoding="utf-8") as out:
        out.writelines(lines)
    with open(lab.path("good", "run.json"), encoding="utf-8") as file:
        info = json.load(file)
    info.update(vantage=DECEIVING, version=DECEIVING, command=[DECEIVING])
    info["inputs"] = [{"path": DECEIVING, "sha256": DECEIVING, "bytes": 1}]
    with open(os.path.join(run, "run.json"), "w", encoding="utf-8") as file:
        json.dump(info, file, ensure_ascii=False)
    bad, found = re.compile("[" + DECEIVING.replace("gpj.exe", "") + "]"), []
    out = lab.path("crafted-out")
    status, error = lab.run("report", run, "-o", out)
    count.check("a crafted run is reported", status not in (0, 1) and error)
    said = {"select": lab.run("report", run, "--select", "line>0"), "json": lab.run("report", run, "--select", "line>0", "-f", "ndjson"),
            "trend": lab.run("trend", "-f", "html", "--churn", lab.path("good"), run), "trend json": lab.run("trend", "-f", "json", run, run),
            "diff json": lab.run("diff", "-f", "json", lab.path("good"), run), "diff": lab.run("diff", lab.path("good"), run)}
    for name in os.listdir(out) if os.path.isdir(out) else ():
        with open(os.path.join(out, name), encoding="utf-8") as file:
            said[name] = (0, file.read())
    found = [name for name, (_, text) in said.items() if bad.search(text)]
    count.check("nothing that a crafted run says reorders a page, a report or a table", found and f"raw in {found}")
    with open(os.path.join(out, "report.html"), encoding="utf-8") as file:
        count.check("though it is told", "gpj.exe" not in file.read() and "not in report.html")


def at_once(lab, count):
    """Several scans into one directory: one does it, the others say why not."""
    def many(*more):
        run, got = lab.path("shared" + str(len(more))), []
        if more:
            shutil.copytree(lab.path("cut"), run)
        threads = [threading.Thread(target=lambda: got.append(lab.scan(run, *more))) for _ in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        records = subprocess.run(["zstdcat", os.path.join(run, RECORDS)], capture_output=True, check=False)
        lines = [json.loads(line)["line"] for line in records.stdout.splitlines()]
        well = [status for status, _ in got if status == 0]
        return (sorted(lines) != list(range(1, NAMES + 1)) and f"{len(lines)} records, {len(set(lines))} lines") or \
            (len(well) != 1 and f"{len(well)} ended well: {got}")
    count.check("six scans into one new directory: one does it", many())
    count.check("six that resume one run: one does it", many("--resume"))


DISK = """
mount -t tmpfs -o size=200k none "$1" && shift && cp -r "$GOOD" "$DISK/old" && %s
"""


def disks(lab, count):
    """A disk without room, and one that is read-only: said, with status 3 or 2, and what was there stays."""
    disk = lab.path("disk")
    os.mkdir(disk)
    environment = {"GOOD": lab.path("good"), "DISK": disk}
    unshare = ["unshare", "-m" if os.geteuid() == 0 else "-rm"]  # root needs no users of its own, which a chroot cannot have
    if subprocess.run([*unshare, "mount", "-t", "tmpfs", "none", disk], capture_output=True, check=False).returncode:
        print("skip disks: no mount namespace here")
        return 1
    os.environ.update(environment)
    before = {"full": 'dd if=/dev/zero of="$DISK/fill" bs=1k 2>/dev/null; "$@"; s=$?; cmp -s "$DISK/old/report.html" "$GOOD/report.html" || echo LOST; exit $s',
              "read-only": 'mount -o remount,ro "$DISK" && "$@"'}
    for kind, script in before.items():
        start = (*unshare, "sh", "-c", DISK % script, "sh", disk)
        for name, (status, said) in {
                "scan": lab.scan(disk + "/new", before=start),
                "report": lab.run("report", lab.path("good"), lab.path("good"), "-o", disk + "/old", before=start),
                "recheck": lab.run("recheck", lab.path("good"), "-o", disk + "/again", before=start)}.items():
            word = "No space" if kind == "full" else "Read-only"
            count.check(f"{name} on a {kind} disk says so, and what was there stays",
                        (status not in (2, 3) or word not in said or "LOST" in said) and f"{status} {said[-300:]}")
    return 0


def main():
    count, skipped = Count(), 0
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(os.path.abspath(sys.argv[1]), folder)
        status, said = lab.scan(lab.path("good"))
        count.check("a run to begin with", status and said)
        interrupted(lab, "cut")
        fifos(lab, count)
        links(lab, count)
        texts(lab, count)
        at_once(lab, count)
        skipped = disks(lab, count)
    print(f"{count.passed} passed, {count.failed} failed, {skipped} skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
