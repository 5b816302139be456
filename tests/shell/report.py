#!/usr/bin/env python3
"""report.py BUILD_DIR - `mtasweep report` on a real scan of the synthetic internet.

The scan's own report is rebuilt to the byte from its records; its records dealt out to four shards give the
same tables; damaged, foreign, empty, older and mixed files are told with file, frame and line, and what can be
read of them is counted; all that whether there is one thread or several.
"""
import csv
import io
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
PROGRAM = BUILD / "scanner" / "mtasweep"
LABNET = BUILD / "datasets" / "labnet"
SANITIZED = "MTASWEEP_SANITIZE:STRING=\n" not in (BUILD / "CMakeCache.txt").read_text()
NAMES = 1500 if SANITIZED else 4000
checks = {"passed": 0, "failed": 0}


def check(name, good, detail=""):
    checks["passed" if good else "failed"] += 1
    print(("ok   " if good else "FAIL ") + name + ("" if good or not detail else ": " + str(detail)[:600]))


def report(*arguments, stdin=None):
    """(status, standard output, standard error)"""
    done = subprocess.run([PROGRAM, "report", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=stdin, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def tables(*runs):
    status, out, err = report("-f", "json", *runs)
    if status != 0:
        check("report of %s" % (runs,), False, err)
        return {}, []
    value = json.loads(out)
    return value["tables"], value["remarks"], value["complete"]


def scan(work):
    """A run of NAMES names of the synthetic internet, many of them with MTA-STS."""
    server = subprocess.Popen([LABNET, "serve", "--dir", work, "--adoption", "0.3", "--error-mix", "full"], stdout=subprocess.PIPE, text=True)
    try:
        ready = dict(part.split("=", 1) for part in server.stdout.readline().split()[1:])
        names = work / "names"
        with open(names, "wb") as out:
            out.write(b"# a comment\n\n")
            out.flush()
            subprocess.run([LABNET, "names", "-n", str(NAMES), "--ranked"], stdout=out, check=True)
        subprocess.run([PROGRAM, "scan", names, "-o", work / "run", "-r", ready["dns"], "--https-port",
                        ready["https"], "--ca-file", ready["ca"], "--allow-net", "127.0.0.0/8", "--allow-net",
                        "::1/128", "--workers", "2", "--progress", "none"], stdout=subprocess.DEVNULL, check=True)
    finally:
        server.terminate()
        server.wait()
    return work / "run"


def lines_of(run):
    return subprocess.run(["zstd", "-dcq", run / "results.ndjson.zst"], stdout=subprocess.PIPE,
                          check=True).stdout.splitlines(keepends=True)


def write_run(path, lines, info, frames=1):
    """A run directory of these records, in so many frames."""
    path.mkdir()
    with open(path / "results.ndjson.zst", "wb") as out:
        for k in range(frames):
            part = lines[len(lines) * k // frames:len(lines) * (k + 1) // frames]
            out.write(subprocess.run(["zstd", "-qc", "--check"], input=b"".join(part), stdout=subprocess.PIPE,
                                     check=True).stdout)
    if info is not None:
        (path / "run.json").write_text(json.dumps(info))
    return path


def rebuilt(run, work):
    status, _, err = report("-o", work / "rebuilt", run)
    check("report -o", status == 0, err)
    for name in ("report.json", "report.txt", "report.html"):
        same = (run / name).read_bytes() == (work / "rebuilt" / name).read_bytes()
        check(name + " is the scan's own, to the byte", same)
    _, out, _ = report(run)
    check("the text is also what is printed", out == (run / "report.txt").read_text())
    with open(run / "results.ndjson.zst", "rb") as stdin:
        status, out, _ = report("-f", "json", "-", stdin=stdin)
    check("standard input", status == 0 and json.loads(out)["tables"]["verdicts"] ==
          json.loads((run / "report.json").read_text())["tables"]["verdicts"])


def shards(run, info, lines, work):
    paths = []
    for k in range(4):
        part = [line for i, line in enumerate(lines) if i * 2654435761 % 2**32 >> 30 == k]
        mine = json.loads(json.dumps(info))
        mine.update(shard=k + 1, shards=4)
        mine["totals"].update(records=len(part), elsewhere=info["totals"]["elsewhere"] + len(lines) - len(part))
        paths.append(write_run(work / ("shard%d" % k), part, mine, frames=3))
    one, remarks_one, complete_one = tables(run)
    four, remarks, complete = tables(*paths[::-1])
    one.pop("resolver_health")
    four.pop("resolver_health")
    differing = [key for key in one if one[key] != four.get(key)]
    check("four shards give the tables of the whole", not differing, differing)
    check("... and are complete, without remarks", complete and complete_one and not remarks and not remarks_one,
          remarks)
    _, remarks, complete = tables(*paths[:3])
    check("three of four shards: not complete, and the fourth is named",
          not complete and remarks == ["1 of the 4 shards of %s is not here: 4" % info["inputs"][0]["path"]], remarks)
    _, remarks, complete = tables(paths[3], paths[0])
    check("the middle ones", not complete and remarks[0].endswith("are not here: 2 to 3"), remarks)
    _, remarks, complete = tables(paths[1], paths[1])
    check("one of them twice is not two", not complete and remarks[0].startswith("3 of the 4 shards")
          and remarks[0].endswith("are not here: 1, 3 to 4"), remarks)
    _, remarks, complete = tables(paths[2])
    check("a shard alone is no merge", complete and not remarks, remarks)
    _, remarks, complete = tables(*paths, run)
    check("beside the whole all four are there", complete and all("not here" not in r for r in remarks), remarks)
    _, remarks, _ = tables(run, paths[0])
    check("a run and its own shard: the overlap is told", any("in common" in r for r in remarks), remarks)
    _, remarks, _ = tables(paths[0], paths[0])
    check("one shard twice: told", any("in common" in r for r in remarks), remarks)


def told(name, good, remarks, path):
    """A check of remarks, each of which must name the file or the run it is about."""
    check(name, good, remarks)
    unnamed = [r for r in remarks if path.name not in r]
    if unnamed:
        check("... and each remark names %s" % path.name, False, unnamed)


def foreign(path, good, work):
    """What holds not one record is no run: every command refuses it, names it and leaves nothing behind."""
    def refused(kind, run):
        for command in (["report"], ["report", "-f", "json"], ["report", "--select", "verdict=absent"],
                        ["report", good], ["diff", good], ["diff", "-f", "csv", good],
                        ["recheck", "-o", work / "from-foreign"]):
            done = subprocess.run([PROGRAM, *command, run], capture_output=True, text=True, check=False)
            name = " ".join(word if isinstance(word, str) else word.name for word in command)
            check("%s: %s: exit 2, named, with what to do" % (kind, name), done.returncode == 2 and
                  run.name in done.stderr and "mtasweep scan -o" in done.stderr, done.stderr)
        check("... and nothing is made", not (work / "from-foreign").exists())

    refused("a run directory of another kind", path)
    refused("a list of names", work / "names")
    refused("a text", pathlib.Path("/etc/passwd"))
    refused("a run.json", good / "run.json")
    squeezed = work / "names.zst"
    subprocess.run(["zstd", "-q", work / "names", "-o", squeezed], check=True)
    refused("a compressed list of names", squeezed)
    cut = work / "cut.ndjson.zst"
    cut.write_bytes((good / "results.ndjson.zst").read_bytes()[:200])
    refused("a first frame that is cut", cut)


def directories(good, work):
    """A directory for output that cannot be made has one status in all commands: 2, and 3 when the disk is at fault."""
    def refused(target, status, before=()):
        for command in (["report", good], ["recheck", good], ["scan", "-r", "127.0.0.1:1", work / "names"]):
            done = subprocess.run([*before, PROGRAM, *command, "-o", target], capture_output=True, text=True,
                                  check=False)
            check("%s -o %s: exit %d, named" % (command[0], target, status), done.returncode == status and
                  str(target) in done.stderr, done.stderr)

    refused("/proc/nothing", 2)
    refused(work / "names", 2)
    (work / "disk").mkdir()
    read_only = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o ro none "$0" && exec "$@"', work / "disk"]
    if subprocess.run([*read_only, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        refused(work / "disk" / "new", 3, read_only)


def damage(info, lines, work):
    good = write_run(work / "good", lines, info, frames=8)
    data = (good / "results.ndjson.zst").read_bytes()

    def variant(name, change, keep=True):
        path = work / name
        shutil.copytree(good, path)
        (path / "results.ndjson.zst").write_bytes(change(data))
        if not keep:
            (path / "run.json").unlink()
        return path

    def count(t):
        return t["completeness"]["rows"]["records"]["n"]

    path = variant("truncated", lambda d: d[:len(d) * 2 // 3])
    t, remarks, complete = tables(path)
    told("truncated: whole frames are counted, the rest is told with its place",
         0 < count(t) < len(lines) and not complete and
         any("behind frame %d, line %d:" % (count(t) * 8 // len(lines), count(t)) in r and "not finished" in r for r in remarks), remarks, path)
    middle = len(data) // 2
    path = variant("corrupt", lambda d: d[:middle] + b"garbage" + d[middle + 7:])
    t, remarks, complete = tables(path)
    told("corrupt: one frame of eight is lost, and told with its place",
         len(lines) * 6 // 8 <= count(t) < len(lines) and not complete and
         any("behind frame " in r and "damaged and were skipped" in r and "from byte" in r for r in remarks), remarks,
         path)
    path = variant("foreign", lambda d: b"PK\x03\x04 something else")
    foreign(path, good, work)
    directories(good, work)
    path = variant("empty", lambda d: b"")
    t, remarks, _ = tables(path)
    told("empty: told", count(t) == 0 and any("no records" in r for r in remarks), remarks, path)
    path = variant("alone", lambda d: d, keep=False)
    t, remarks, complete = tables(path)
    told("without run.json: counted, told, not called complete",
         count(t) == len(lines) and not complete and any("run.json" in r for r in remarks), remarks, path)
    status, _, err = report(work / "nothing-here")
    check("a path that is not there: exit 2, named", status == 2 and "nothing-here" in err, err)
    (work / "bare").mkdir()
    status, _, err = report(work / "bare")
    check("a directory that is no run: exit 2, named", status == 2 and "bare is not a run" in err, err)


def threads(runs):
    """The report of these runs, together and each alone, does not depend on who makes it."""
    def one_processor():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    def no_threads():
        """Stacks of a petabyte each: the system refuses every thread."""
        resource.setrlimit(resource.RLIMIT_STACK, (1 << 50, resource.getrlimit(resource.RLIMIT_STACK)[1]))

    def told(paths, before):
        done = subprocess.run([PROGRAM, "report", "-f", "json", *paths], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=before, check=False)
        return done.returncode, done.stdout, done.stderr

    together = [run for run in runs if run.name not in ("foreign", "bare")]
    for paths in [[run] for run in runs] + [together, together[::-1]]:
        expected = told(paths, None)
        name = " ".join(path.name for path in paths)
        check("one processor, the same report: " + name, told(paths, one_processor) == expected)
        if not SANITIZED:
            check("no threads to be had, the same report: " + name, told(paths, no_threads) == expected)


def odd_lines(info, lines, work):
    older = [json.loads(line) for line in lines[:300]]
    for record in older:
        del record["interoperable"], record["policy"]["evidence"]
    newer = json.loads(lines[300])
    newer["schema"] = 99
    newer["verdict"] = "reconsidered"
    mixed = [json.dumps(r).encode() + b"\n" for r in older] + [json.dumps(newer).encode() + b"\n"]
    mixed += [b"{\"unrelated\": true}\n", b"not even JSON\n", lines[301], b"\n"]
    path = write_run(work / "mixed", mixed, info)
    t, remarks, complete = tables(path)
    text = "\n".join(remarks)
    check("mixed schemas: every record is counted", t["completeness"]["rows"]["records"]["n"] == 302, text)
    check("older records are told", "300 records were written by an older version" in text, text)
    check("newer records are told", "1 records have a newer schema" in text and "not in this version" in text, text)
    told("lines that are no records are told with frame and line",
         "frame 1, line 302" in text and "frame 1, line 303" in text and not complete, remarks, path)
    info = dict(info, completed=False)
    path = write_run(work / "running", lines, info)
    _, remarks, complete = tables(path)
    told("a run in progress is told", not complete and any("still going on" in r for r in remarks), remarks, path)


def overflow(work):
    """No two records alike in anything that the report counts by: past its tables it must not grow."""
    def peak(count):
        path = work / ("distinct-%d.ndjson.zst" % count)
        subprocess.run([BUILD / "tests" / "make_records", path, str(count), "1", "1000", "1", "distinct"], check=True)
        child = subprocess.Popen([PROGRAM, "report", "-f", "json", path], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        child.stdout.close()
        return json.loads(out)["tables"], usage.ru_maxrss / 1024

    def peaks(count):
        return zip(*(peak(count) for _ in range(1 if SANITIZED else 2)))

    (few, *_), small = peaks(140000)  # more tags than are counted exactly
    (many, *_), large = peaks(280000)
    small, large = max(small), min(large)  # what threads hold at a time differs from run to run; what grows is there in each
    check("tables that overflow say so", not any(t[key]["exact"] for t in (few, many) for key in
          ("by_tld", "by_tag", "policy_operators", "policy_addresses", "cert_issuers")))
    check("... every name is in the totals", many["verdicts"]["rows"]["absent"]["names"]["of"] == 280000)
    if SANITIZED:
        return
    check("... and the memory stays: %.0f MiB, %.0f MiB at twice as many" % (small, large),
          large < 130 and large < small + 8)


def select(run, lines):
    records = [json.loads(line) for line in lines]
    broken = sorted(r["domain"] for r in records if r["verdict"] == "broken")
    status, out, err = report("--select", "verdict=broken", run)
    rows = list(csv.DictReader(io.StringIO(out)))
    check("--select: the names that match, as CSV", status == 0 and broken and
          sorted({row["domain"] for row in rows}) == broken, err)
    check("... with finding and fix", all(row["code"] and row["fix"] for row in rows))
    status, out, _ = report("--select", "verdict=broken,issues.root=true", "-f", "ndjson", run)
    rows = [json.loads(line) for line in out.splitlines()]
    roots = sorted((r["domain"], i["code"]) for r in records if r["verdict"] == "broken"
                   for i in r["issues"] if i["root"])
    check("... one finding a name, as NDJSON", status == 0 and
          sorted((row["domain"], row["code"]) for row in rows) == roots)
    status, out, err = report("--select", "verdict=brokn", run)
    check("a slip in a condition: exit 2, told", status == 2 and "brokn" in err and out == "", err)


def recounted(run, lines):
    """What charts say of groups of names, counted from the records by the words of the labels."""
    records = [json.loads(line) for line in lines]
    t = tables(run)[0]
    rows = t["senders"]["rows"]
    everybody, want, of = set(rows) - {"any"}, dict.fromkeys(rows, 0), 0
    for r in records:
        refusing = set(r["senders_refusing"])
        if r["verdict"] not in ("enforce", "testing", "none", "broken"):
            continue
        of += 1
        # The RFC has no policy there either.
        otherwise = everybody - refusing if r["verdict"] == "broken" and refusing else refusing
        for sender in otherwise:
            want[sender] += 1
        want["any"] += bool(otherwise)
    got = {key: row["names"]["n"] for key, row in rows.items()}
    check("senders: names that are read otherwise than the RFC", got == want and {row["names"]["of"] for row in rows.values()} == {of}, (got, want, of))
    for_all = sum(r["verdict"] == "broken" and set(r["senders_refusing"]) == everybody for r in records)
    check("... without those that are broken for everybody", for_all > 0 and want["any"] > 0, (for_all, want))
    text = subprocess.run([PROGRAM, "report", run], stdout=subprocess.PIPE, check=True).stdout.decode()
    labels = re.findall(r"^  (under a day|\d+ to \d+ days|365 days and more) +([\d,]+)/", text.split("\nmax_age\n")[1].split("\nmax_age, exact")[0], re.M)[:7]  # of all, before those of a mode
    ages = [r["policy"]["max_age"] for r in records if r["verdict"] in ("enforce", "testing", "none")]
    for label, n in labels:
        days = [int(d) for d in re.findall(r"\d+", label)]
        low, high = (0, 1) if not days else days if len(days) == 2 else (days[0], 1 << 40)
        want_n = sum(low * 86400 <= age < high * 86400 for age in ages)
        check("max_age: %s" % label, int(n.replace(",", "")) == want_n, (n, want_n))
    check("... every policy in one row", len(labels) == 7 and sum(int(n.replace(",", "")) for _, n in labels) == len(ages), labels)
    unknown = re.search(r"of the names are inconclusive: ([\d,]+) of .*?Of ([\d,]+) it is not known whether they publish.*?out. ([\d,]+) publish", " ".join(text.split()))
    part = [r["verdict"] == "inconclusive" and len(r["sts"]["txt"] or []) > 0 for r in records]
    left = t["adoption"]["rows"]["mta_sts"]["all"]["of"]
    named = sum(r["verdict"] not in ("invalid_input", "excluded") for r in records)
    check("inconclusive: which of them the first sentence counts", unknown and [int(v.replace(",", "")) for v in unknown.groups()] ==
          [sum(r["verdict"] == "inconclusive" for r in records), named - left, sum(part)], (unknown, sum(part), named - left))


def recheck(run, lines, work):
    """Judging a run of this version again changes nothing; a severity does, and never a verdict."""
    command = [PROGRAM, "recheck", run, "-o", work / "again"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    check("recheck", done.returncode == 0 and "%d records judged again, 0 with" % len(lines) in done.stdout,
          done.stdout + done.stderr)
    again = lines_of(work / "again")
    differing = [(a, b) for a, b in zip(lines, again) if a != b]
    check("every record is the scan's own, to the byte", len(again) == len(lines) and not differing,
          differing[:1])
    check("the same tables", tables(run) == tables(work / "again"))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    check("a directory that exists: exit 2, named", done.returncode == 2 and "exists already" in done.stderr)
    code = next(i["code"] for line in lines for i in json.loads(line)["issues"] if i["severity"] == "error")
    subprocess.run([PROGRAM, "recheck", run, "-o", work / "milder", "--severity", code + "=info"],
                   stdout=subprocess.DEVNULL, check=True)
    before, after = (([json.loads(line) for line in x]) for x in (lines, lines_of(work / "milder")))
    check("--severity changes the finding and no verdict",
          all(a["verdict"] == b["verdict"] and len(a["issues"]) == len(b["issues"]) for a, b in zip(before, after)) and
          {i["severity"] for r in after for i in r["issues"] if i["code"] == code} == {"info"})


def main():
    with tempfile.TemporaryDirectory(prefix="mtasweep-report-") as folder:
        work = pathlib.Path(folder)
        run = scan(work)
        info = json.loads((run / "run.json").read_text())
        lines = lines_of(run)
        check("the scan has a record for every name", len(lines) == NAMES, len(lines))
        rebuilt(run, work)
        shards(run, info, lines, work)
        damage(info, lines, work)
        odd_lines(info, lines, work)
        threads([work / name for name in ("run", "good", "truncated", "corrupt", "foreign", "empty", "alone", "bare",
                                          "mixed", "running")])
        overflow(work)
        select(run, lines)
        recounted(run, lines)
        recheck(run, lines, work)
    print("%(passed)d passed, %(failed)d failed" % checks)
    return 1 if checks["failed"] else 0


if __name__ == "__main__":
    for tool in ("zstd",):
        if not shutil.which(tool):
            print("skipped: %s is not installed" % tool)
            sys.exit(77)
    if not os.access(LABNET, os.X_OK):
        print("skipped: labnet is not built")
        sys.exit(77)
    sys.exit(main())
