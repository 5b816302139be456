#!/usr/bin/env python3
"""shards.py BUILD_DIR - a directory of shards is one run for report, --select, diff and recheck.

Records are dealt out to shards as a scan of many machines leaves them; each reader must then say of the directory what
it says of the whole. What is missing or doubled is named; what cannot be one scan is refused; what differs is said.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

NAMES, SHARDS = 1200, 5
BUILD = pathlib.Path(sys.argv[1]).resolve()
PROGRAM = BUILD / "scanner" / "mtasweep"
MAKE_RECORDS = BUILD / "tests" / "make_records"
checks = {"passed": 0, "failed": 0}


def check(name, good, detail=""):
    checks["passed" if good else "failed"] += 1
    print(("ok   " if good else "FAIL ") + name + ("" if good or not detail else ": " + str(detail)[:600]))


def run(*arguments):
    """(status, standard output, standard error)"""
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def description(names, shard=1, shards=1, **more):
    """run.json of a run that has so many records of NAMES lines."""
    info = {"schema": 1, "version": "0.1.0", "completed": True, "started_at": "2026-11-01T00:00:%02d.000Z" % shard,
            "ended_at": "2026-11-01T01:00:%02d.000Z" % shard, "vantage": "node%d" % shard, "command": ["mtasweep", "scan"],
            "shard": shard, "shards": shards, "inputs": [{"path": "/lists/names", "sha256": "ab" * 32, "bytes": 9}],
            "totals": {"lines": NAMES + 3, "blank": 1, "comments": 2, "elsewhere": NAMES - names, "records": names,
                       "frames": 1, "bytes": 9},
            "resolvers": [{"address": "192.0.2.1:53", "state": "good", "sent": 10, "answered": 9, "timeouts": 1,
                           "servfail": 0, "refused": 0}],
            "configuration": {"retries": 2, "sample": 1.0, "seed": 1, "shard": shard, "shards": shards}}
    info.update(more)
    return info


def write_run(path, lines, info):
    path.mkdir(parents=True)
    packed = subprocess.run(["zstd", "-qc", "--check"], input=b"".join(lines), stdout=subprocess.PIPE, check=True)
    (path / "results.ndjson.zst").write_bytes(packed.stdout)
    (path / "run.json").write_text(json.dumps(info))
    return path


def records():
    out = subprocess.run([MAKE_RECORDS, "-", str(NAMES), "7", "400"], stdout=subprocess.PIPE, check=True).stdout
    return subprocess.run(["zstd", "-dcq"], input=out, stdout=subprocess.PIPE, check=True).stdout.splitlines(keepends=True)


def deal(folder, lines, **more):
    """All shards, and beside them what a cluster leaves there."""
    for k in range(1, SHARDS + 1):
        part = lines[k - 1::SHARDS]
        write_run(folder / ("shard-%d-of-%d" % (k, SHARDS)), part, description(len(part), k, SHARDS, **more))
    (folder / "unfinished" / "shard-2-of-9").mkdir(parents=True)
    (folder / "shard-4-of-5.part").mkdir()
    (folder / "notes").write_text("shard-1-of-7")
    return folder


def edit(folder, shard, change):
    path = folder / ("shard-%d-of-%d" % (shard, SHARDS)) / "run.json"
    info = json.loads(path.read_text())
    change(info)
    path.write_text(json.dumps(info))


def reported(*arguments):
    status, out, err = run("report", "-f", "json", *arguments)
    check("report %s" % " ".join(str(a) for a in arguments)[-60:], status == 0, err)
    return json.loads(out) if status == 0 else {"tables": {}, "remarks": [], "complete": None}


def whole_is_said(work, whole, folder):
    one, set_ = reported(whole), reported(folder)
    paths = sorted(folder.glob("shard-?-of-5"))
    # Every shard reads all lines, and asks resolvers of its own.
    differing = {k for k in one["tables"] if one["tables"][k] != set_["tables"].get(k)} - {"completeness", "resolver_health"}
    check("the tables are the whole run's", not differing, differing)
    check("as many names are due a record as there are lines with one",
          set_["tables"]["completeness"]["rows"]["expected"] == one["tables"]["completeness"]["rows"]["expected"])
    check("complete, nothing to remark", set_["complete"] and not set_["remarks"], set_["remarks"])
    check("in the order of the shards", [r["shard"] for r in set_["runs"]] == [1, 2, 3, 4, 5])
    check("a directory is its shards named one by one", run("report", folder) == run("report", *paths))
    merged = folder / "merged"
    check("report DIR -o DIR/merged", run("report", folder, "-o", merged)[0] == 0 and
          json.loads((merged / "report.json").read_text()) == set_)
    check("... twice: what is in merged is no shard", run("report", folder, "-o", merged)[0] == 0 and
          json.loads((merged / "report.json").read_text()) == set_)
    _, _, err = run("report", merged)
    check("the merged report is no run, and it is said what is", "name the runs" in err, err)
    condition = ("report", "--select", "verdict=broken")
    rows = sorted(run(*condition, whole)[1].splitlines())
    check("--select", len(rows) > 10 and sorted(run(*condition, folder)[1].splitlines()) == rows, len(rows))
    shutil.rmtree(work / "again", ignore_errors=True)


def parts_are_not_told_as_changes(work, whole, folder):
    stopped = work / "stopped"
    shutil.copytree(whole, stopped)
    info = json.loads((whole / "run.json").read_text())
    info.update(completed=False, totals=dict.fromkeys(info["totals"], 0))
    (stopped / "run.json").write_text(json.dumps(info))
    lines = subprocess.run(["zstd", "-dcq", whole / "results.ndjson.zst"], stdout=subprocess.PIPE,
                           check=True).stdout.splitlines(keepends=True)[:NAMES // 2]
    (stopped / "results.ndjson.zst").write_bytes(
        subprocess.run(["zstd", "-qc"], input=b"".join(lines), stdout=subprocess.PIPE, check=True).stdout)
    for what, part in (("a shard", folder / "shard-2-of-5"), ("a scan that was stopped", stopped)):
        for old, new in ((part, whole), (whole, part)):
            _, out, err = run("diff", "-f", "json", old, new)
            names = json.loads(out)["names"]
            check(f"diff: what {what} did not scan is neither new nor gone",
                  (names["only_old"], names["only_new"]) == (0, 0) and names["not_scanned"] > NAMES // 3, out[:400] + err)
    _, out, _ = run("diff", whole, stopped)
    check("... and it is said", " not scanned by one of them" in out, out)


def diff_and_recheck(work, whole, folder):
    status, out, err = run("diff", "-f", "json", whole, folder)
    names = json.loads(out)["names"] if status == 0 else {}
    check("diff: nothing has changed", names.get("both", 0) > NAMES * 9 // 10 and
          names["same"] + names["unknown"] == names["both"] and names["only_old"] + names["only_new"] == 0 and not err, (names, err))
    status, out, err = run("recheck", folder, "-o", work / "again")
    check("recheck: one run of all shards", status == 0 and "%d records" % NAMES in out, err)
    info = json.loads((work / "again" / "run.json").read_text())
    totals = info["totals"]
    check("... described as one", (info["shard"], info["shards"], info["vantage"], info["completed"]) ==
          (1, 1, "several machines", True) and info["ended_at"] == "2026-11-01T01:00:05.000Z" and
          info["started_at"] == "2026-11-01T00:00:01.000Z", info)
    check("... with the lines and questions of all", totals["elsewhere"] == 0 and totals["records"] == NAMES and
          info["resolvers"][0]["sent"] == 10 * SHARDS, totals)
    run("recheck", whole, "-o", work / "again-whole")
    check("... complete, with the same tables", reported(work / "again")["complete"] and
          reported(work / "again")["tables"]["verdicts"] == reported(work / "again-whole")["tables"]["verdicts"])


def missing(work, lines):
    folder = deal(work / "gaps", lines)
    shutil.rmtree(folder / "shard-2-of-5")
    shutil.rmtree(folder / "shard-3-of-5")
    value = reported(folder)
    check("missing ones are named", not value["complete"] and
          value["remarks"] == ["2 of the 5 shards of /lists/names are not here: 2 to 3"], value["remarks"])
    status, _, err = run("diff", folder, folder)
    check("... by diff, too", status == 0 and "not here: 2 to 3" in err, err)
    status, _, err = run("recheck", folder, "-o", work / "gaps-again")
    info = json.loads((work / "gaps-again" / "run.json").read_text())
    check("... and by recheck, whose run is not completed", status == 0 and "not here" in err and not info["completed"] and
          not reported(work / "gaps-again")["complete"], err)
    for k in (1, 4):
        shutil.rmtree(folder / ("shard-%d-of-5" % k))
    value = reported(folder)
    check("one shard in its directory is not all", not value["complete"] and "1 to 4" in value["remarks"][0], value["remarks"])
    one = folder / "shard-5-of-5"
    check("named itself it is a run", reported(one)["complete"])
    copy = shutil.copytree(one, work / "copy")
    value = reported(one, copy)
    check("one by one, a doubled shard is named", not value["complete"] and
          any("shard 5 of 5 is here twice: %s and %s" % (one, copy) == r for r in value["remarks"]), value["remarks"])


def refused(work, lines):
    folder = deal(work / "other", lines)

    def expect(name, *words):
        status, out, err = run("report", folder)
        check(name, status == 2 and not out and all(w in err for w in words), (status, err))

    edit(folder, 3, lambda info: info["inputs"][0].update(sha256="cd" * 32))
    expect("another list", "shard-1-of-5", "shard-3-of-5", "different lists")
    check("... named one by one it is said and counted", not reported(*sorted(folder.glob("shard-?-of-5")))["complete"])
    edit(folder, 3, lambda info: info["inputs"][0].update(sha256=None))
    check("a list of which nothing is known is none", run("report", folder)[0] == 0)
    edit(folder, 3, lambda info: info["configuration"].update(sample=0.5))
    expect("another sample", "shard-3-of-5", "different samples")
    edit(folder, 3, lambda info: info["configuration"].update(sample=1.0))
    edit(folder, 4, lambda info: info.update(shard=2))
    expect("a copy under another name", "shard-4-of-5 is shard 2 of 5", "copied or renamed")
    edit(folder, 4, lambda info: info.update(shard=4))
    shutil.copytree(folder / "shard-4-of-5", folder / "shard-4-of-8")
    expect("shards of two scans", "shard-1-of-5", "shard-4-of-8", "different numbers of shards")
    shutil.rmtree(folder / "shard-4-of-8")
    edit(folder, 2, lambda info: (info.update(version="0.0.9"), info["configuration"].update(retries=5, workers=9)))
    value = reported(folder)
    check("another version, other options: said, and complete", value["complete"] and
          any("version 0.1.0" in r and "by 0.0.9" in r for r in value["remarks"]) and
          any(r.endswith("with different options: retries") for r in value["remarks"]), value["remarks"])
    (folder / "shard-2-of-5" / "run.json").unlink()
    value = reported(folder)
    check("a shard without run.json is there, and it is said", not value["complete"] and len(value["remarks"]) == 1 and
          "shard-2-of-5" in value["remarks"][0], value["remarks"])
    (work / "empty").mkdir()
    status, _, err = run("report", work / "empty")
    check("a directory without either", status == 2 and "not a run" in err, err)


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="mtasweep-shards."))
    try:
        lines = records()
        whole = write_run(work / "whole", lines, description(NAMES))
        folder = deal(work / "run-2026-11", lines)
        whole_is_said(work, whole, folder)
        diff_and_recheck(work, whole, folder)
        parts_are_not_told_as_changes(work, whole, folder)
        missing(work, lines)
        refused(work, lines)
    finally:
        shutil.rmtree(work)
    print("shards: %(passed)d passed, %(failed)d failed" % checks)
    sys.exit(checks["failed"] > 0 or checks["passed"] < 30)


if __name__ == "__main__":
    main()
