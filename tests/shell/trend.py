#!/usr/bin/env python3
"""trend.py BUILD_DIR - `mtasweep trend`.

Six months of the synthetic internet, scanned with rates that are known, come back within sampling error, one of them
from shards. Names whose history is drawn month by month are counted as they were drawn: who came, went, adopted,
broke, was repaired and when. Then what is missing, older, of other lists or no report at all, and what it costs.
"""
import csv
import datetime
import html.parser
import io
import json
import math
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
PROGRAM = BUILD / "scanner" / "mtasweep"
LABNET = BUILD / "datasets" / "labnet"
MAKE_RECORDS = BUILD / "tests" / "make_records"
SANITIZED = "MTASWEEP_SANITIZE:STRING=\n" not in (BUILD / "CMakeCache.txt").read_text()
MONTHS, SCANNED, DRAWN = 6, 2500, 1500
SIGMAS = 4.5  # of some thirty shares one is further off in less than one run of a thousand
checks = {"passed": 0, "failed": 0}


def check(name, good, detail=""):
    checks["passed" if good else "failed"] += 1
    print(("ok   " if good else "FAIL ") + name + ("" if good or not detail else ": " + str(detail)[:700]))


def run(*arguments):
    """(status, standard output, standard error)"""
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def trend(*arguments):
    status, out, err = run("trend", "-f", "json", *arguments)
    if status != 0:
        check("trend %s" % " ".join(str(a) for a in arguments)[-80:], False, err)
        return {"tables": {}, "runs": [], "remarks": []}
    return json.loads(out)


def values(value, table, row, key="n"):
    return [v and v[key] for v in value["tables"][table]["rows"][row]["values"]]


# ---- six months of the synthetic internet --------------------------------------------------

def adoption_in(month):
    """The share of names that have MTA-STS."""
    return 0.10 + 0.05 * month


def scan(work, month):
    rates = ["--adoption", str(adoption_in(month)), "--seed", "7", "--mail_mx_servfail", "0"]
    server = subprocess.Popen([LABNET, "serve", "--dir", work, *rates], stdout=subprocess.PIPE, text=True)
    folder = work / ("run-2026-%02d" % month)
    try:
        ready = dict(part.split("=", 1) for part in server.stdout.readline().split()[1:])
        where = ["-r", ready["dns"], "--https-port", ready["https"], "--ca-file", ready["ca"], "--allow-net", "127.0.0.0/8",
                 "--allow-net", "::1/128", "--workers", "2", "--progress", "none", "--host-rate", "0",
                 "--host-concurrency", "100"]
        shards = 3 if month == 4 else 1
        for k in range(1, shards + 1):
            target = folder if shards == 1 else folder / ("shard-%d-of-%d" % (k, shards))
            target.parent.mkdir(exist_ok=True)
            subprocess.run([PROGRAM, "scan", work / "names", "-o", target, "--shard", "%d/%d" % (k, shards), *where],
                           stdout=subprocess.DEVNULL, check=True)
    finally:
        server.terminate()
        server.wait()
    truth = subprocess.run([LABNET, "truth", *rates, work / "names"], stdout=subprocess.PIPE, check=True, text=True).stdout
    # A scan takes seconds: as if a month lay between them.
    for path in folder.rglob("run.json"):
        info = json.loads(path.read_text())
        info["started_at"], info["ended_at"] = ("2026-%02d-%02dT00:00:00.000Z" % (month, day) for day in (1, 3))
        path.write_text(json.dumps(info))
        run("report", path.parent, "-o", path.parent)
    return folder, [json.loads(line) for line in truth.splitlines()]


def within(n, of, share):
    return of > 0 and abs(n / of - share) <= SIGMAS * math.sqrt(share * (1 - share) / of)


def synthetic_months(work):
    with open(work / "names", "wb") as out:
        subprocess.run([LABNET, "names", "-n", str(SCANNED)], stdout=out, check=True)
    folders, truths = zip(*[scan(work, month) for month in range(1, MONTHS + 1)])
    status, _, err = run("trend", *folders)
    check("shards without a merged report: what to run is said", status == 2 and
          "mtasweep report %s -o %s/merged" % (folders[3], folders[3]) in err, err)
    run("report", folders[3], "-o", folders[3] / "merged")
    value = trend(*folders)
    adopted, of = values(value, "adoption", "mta_sts"), values(value, "adoption", "mta_sts", "of")
    wanted = [adoption_in(m) for m in range(1, MONTHS + 1)]
    off = [(n, k, share) for n, k, share in zip(adopted, of, wanted) if not within(n, k, share)]
    check("adoption of six months comes back within sampling error", not off and len(adopted) == MONTHS, off)
    for verdict in ("enforce", "testing", "broken", "absent"):
        true = [sum(t["verdict"] == verdict for t in truth) for truth in truths]
        check("as many %s as there are" % verdict, values(value, "verdicts", verdict) == true, (values(value, "verdicts", verdict), true))
    for stage in ("dns", "tls", "http", "syntax"):
        true = [sum(t["verdict"] == "broken" and t.get("stage") == stage for t in truth) for truth in truths]
        check("broken at %s" % stage, values(value, "stages", stage) == true, (values(value, "stages", stage), true))
    check("a trend, not a level: each month more", adopted == sorted(adopted) and adopted[0] < adopted[-1] / 2, adopted)
    check("the shards are one run", [r["shards"] for r in value["runs"]] == [1, 1, 1, 3, 1, 1] and
          [r["records"] for r in value["runs"]] == [SCANNED] * MONTHS and not value["remarks"], value["remarks"])
    same = trend("--same-names", *folders)
    check("one list: the same names are all names", same["tables"]["verdicts"] == value["tables"]["verdicts"] and
          same["tables"]["policy_operators"] == value["tables"]["policy_operators"] and
          same["names_in_all_runs"] == SCANNED, same["names_in_all_runs"])
    return folders


# ---- names whose history is drawn ----------------------------------------------------------

def templates():
    out = subprocess.run([MAKE_RECORDS, "-", "4000", "3", "500"], stdout=subprocess.PIPE, check=True).stdout
    found = {}
    for line in subprocess.run(["zstd", "-dcq"], input=out, stdout=subprocess.PIPE, check=True).stdout.splitlines():
        record = json.loads(line)
        policy = record["policy"]
        if record["verdict"] == "broken" and not (record["sts"]["valid"] and policy["stage"] == "tls"):
            continue
        found.setdefault(record["verdict"], record)
    return found


class Name:
    """One name and what is true of it; the last conclusive verdict is what others can know."""

    def __init__(self, number):
        self.domain = "n%d.example" % number
        self.verdict, self.policy, self.id, self.cert, self.until = "absent", 1, 1, 0, 0
        self.known = None  # last conclusive verdict, and since which month it is seen broken
        self.since = None
        self.seen_policy = self.seen_cert = None


def day(month):
    return (month - 1) * 30


def draw_month(name, month, dice):
    """Changes a name as months do. A certificate lives 90 days, and is renewed 30 days before its end, mostly."""
    p = dice.random()
    if name.verdict == "absent" and p < 0.10:
        name.verdict, name.cert, name.until = dice.choice(["enforce", "testing"]), 1, day(month) + dice.randrange(20, 90)
    elif name.verdict != "absent" and p < 0.04:
        name.verdict = "absent"
    elif name.verdict in ("enforce", "testing") and p < 0.14:
        name.verdict = "testing" if name.verdict == "enforce" else "enforce"
        name.policy += 1
        name.id += dice.random() < 0.6
    elif name.verdict in ("enforce", "testing") and p < 0.20:
        name.verdict = "broken"
    elif name.verdict == "broken" and p < 0.34:
        name.verdict = dice.choice(["enforce", "testing"])
    elif name.verdict in ("enforce", "testing") and p < 0.26:
        name.id += 1
    if name.verdict != "absent" and name.until - day(month) < 30 and dice.random() < 0.7:
        name.cert, name.until = name.cert + 1, day(month) + 90


def record_of(name, month, said, kinds):
    record = json.loads(json.dumps(kinds[said]))
    at = 1767225600 + day(month) * 86400
    record.update(domain=name.domain, input=name.domain, registrable=name.domain, scanned_at=stamp(at))
    if said in ("enforce", "testing", "broken"):
        record["sts"]["id"] = "id%d" % name.id
        record["policy"].update(cert_sha256="%064x" % (hash(name.domain) % 2**60 * 100 + name.cert),
                                cert_not_after=stamp(1767225600 + name.until * 86400 + 3600))
    if said in ("enforce", "testing"):
        record["policy"]["max_age"] = 86400 + name.policy
    return record


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def bump(sums, month, key, hit):
    n, of = sums.setdefault((month, key), (0, 0))
    sums[(month, key)] = (n + bool(hit), of + 1)


def judge_policy(sums, month, name, before, now):
    if before == "broken":
        bump(sums, month, "churn_mta_sts.repaired", now != "broken")
        if now != "broken":
            days = day(month) - day(name.since)
            for key, least, most in (("7", 0, 7), ("30", 8, 30), ("90", 31, 90), ("365", 91, 365), ("later", 366, 10**6)):
                bump(sums, month, "churn_repairs." + key, least <= days <= most)
        return
    bump(sums, month, "churn_mta_sts.broke", now == "broken")
    if now != "broken":
        bump(sums, month, "churn_mta_sts.upgraded", (before, now) == ("testing", "enforce"))
        bump(sums, month, "churn_mta_sts.downgraded", (before, now) == ("enforce", "testing"))


def judge_name(sums, month, name, said):
    """What a reader of the runs must conclude, from what the runs say."""
    if said == "inconclusive":
        return
    before = name.known
    if before == "absent":
        bump(sums, month, "churn_mta_sts.adopted", said != "absent")
    elif before is not None:
        bump(sums, month, "churn_mta_sts.dropped", said == "absent")
        if said != "absent":
            judge_policy(sums, month, name, before, said)
    if said == "broken" and before != "broken":
        name.since = month
    name.known = said
    if said in ("enforce", "testing"):
        if name.seen_policy:
            policy, id_ = name.seen_policy[0] != (name.policy, said), name.seen_policy[1] != name.id
            bump(sums, month, "churn_ids.both", policy and id_)
            bump(sums, month, "churn_ids.policy_alone", policy and not id_)
            bump(sums, month, "churn_ids.id_alone", id_ and not policy)
        name.seen_policy = ((name.policy, said), name.id)
    if said != "absent":
        judge_certificate(sums, month, name)


def judge_certificate(sums, month, name):
    expired = name.until < day(month)
    if name.seen_cert and name.seen_cert[0] != name.cert:
        late = name.seen_cert[2]
        in_time = not late and name.seen_cert[1] > day(month)
        bump(sums, month, "churn_certificates.late", late)
        bump(sums, month, "churn_certificates.in_time", in_time)
        bump(sums, month, "churn_certificates.between", not late and not in_time)
    elif name.seen_cert and not name.seen_cert[2]:
        bump(sums, month, "churn_certificates.lapsed", expired)
    name.seen_cert = (name.cert, name.until, expired)


def write_month(work, month, records, sha256):
    folder = work / ("drawn-2026-%02d" % month)
    folder.mkdir()
    lines = b"".join(json.dumps(r, separators=(",", ":")).encode() + b"\n" for r in records)
    packed = subprocess.run(["zstd", "-qc"], input=lines, stdout=subprocess.PIPE, check=True).stdout
    (folder / "results.ndjson.zst").write_bytes(packed)
    (folder / "run.json").write_text(json.dumps({
        "schema": 1, "version": "0.1.0", "completed": True, "started_at": stamp(1767225600 + day(month) * 86400),
        "ended_at": stamp(1767225600 + day(month) * 86400 + 60), "shard": 1, "shards": 1,
        "inputs": [{"path": "names", "sha256": sha256, "bytes": 1}],
        "totals": {"lines": len(records), "records": len(records)}}))
    status, _, err = run("report", folder, "-o", folder)
    if status != 0:
        check("report of a drawn month", False, err)
    return folder


def drawn_months(work):
    """(folders, what is true by (month, table.row), names that are always there)"""
    dice, kinds, sums = random.Random(11), templates(), {}
    everybody = [Name(n) for n in range(DRAWN)]
    there = {n.domain for n in everybody if dice.random() < 0.95}
    always, folders, before = set(there), [], None
    for month in range(1, MONTHS + 1):
        records = []
        if month > 1:
            there = {n.domain for n in everybody if (n.domain in there) != (dice.random() < 0.02)}
        always &= there
        for name in everybody:
            draw_month(name, month, dice)
            if before is not None:
                if name.domain in before:
                    bump(sums, month, "churn_names.gone", name.domain not in there)
                if name.domain in there:
                    bump(sums, month, "churn_names.new", name.domain not in before)
            if name.domain not in there:
                continue
            said = "inconclusive" if dice.random() < 0.03 else name.verdict
            records.append(record_of(name, month, said, kinds))
            judge_name(sums, month, name, said)
        dice.shuffle(records)
        folders.append(write_month(work, month, records, "%064d" % month))
        before = there
    return folders, sums, always


def churn(work):
    folders, sums, always = drawn_months(work)
    value = trend("--churn", *folders[::-1])
    wrong, seen = [], 0
    for name, table in value["tables"].items():
        if not name.startswith("churn_") or name == "churn_tls_rpt":
            continue
        for key, row in table["rows"].items():
            for month, cell in enumerate(row["values"], 1):
                want = sums.get((month, name + "." + key), (0, 0)) if month > 1 else None
                got = (cell["n"], cell["of"]) if cell else None
                seen += bool(want and want[0])
                if got != want:
                    wrong.append((name, key, month, got, want))
    check("every change of every name is counted as it was drawn", not wrong and seen > 60, (len(wrong), wrong[:6], seen))
    check("... the interesting ones happened", all(any(n for (m, k), (n, _) in sums.items() if k == key) for key in (
        "churn_ids.policy_alone", "churn_repairs.30", "churn_repairs.90", "churn_certificates.late",
        "churn_certificates.lapsed", "churn_certificates.between", "churn_mta_sts.downgraded")))
    check("lists that differ are said", any("5 of 6 have another list than the run before" in r and "--same-names" in r
                                            for r in value["remarks"]), value["remarks"])
    same = trend("--same-names", "--churn", *folders)
    check("names in all runs", same["names_in_all_runs"] == len(always), (same["names_in_all_runs"], len(always)))
    check("... are what the shares are of", values(same, "verdicts", "absent", "of") == [len(always)] * MONTHS)
    check("... and of them nobody comes or goes", values(same, "churn_names", "gone")[1:] == [0] * (MONTHS - 1) and
          values(same, "churn_names", "new", "of")[1:] == [len(always)] * (MONTHS - 1))
    return folders


# ---- forms and bad input -------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    """Whether a page is whole: every element that is opened is closed; which there are."""
    VOID = {"meta", "link", "br", "circle", "path", "rect"}
    IMPLIED = {"li", "th", "td", "tr", "p"}

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.bad = [], {}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag not in self.VOID and tag not in self.IMPLIED:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if tag in self.IMPLIED or tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.bad.append(tag)


def forms(work, folders):
    value = trend(*folders)
    check("the order in which they are named does not matter", trend(*folders[::-1]) == value and
          trend(*(folders[3:] + folders[:3])) == value)
    check("a report.json is a run", trend(*[f / "report.json" for f in folders])["tables"] == value["tables"])
    status, out, err = run("trend", *folders)
    wide = [line for line in out.splitlines() if len(line) > 80 and not line.startswith("!")]
    check("text fits a terminal", status == 0 and not wide and "5 of the 6 runs are shown" in out, wide)
    rows = list(csv.DictReader(io.StringIO(run("trend", "-f", "csv", *folders)[1])))
    cells = sum(v is not None for t in value["tables"].values() for r in t["rows"].values() for v in r["values"])
    one = next(r for r in rows if (r["table"], r["row"], r["run"]) == ("adoption", "mta_sts", str(folders[2])))
    check("csv: a row a value", len(rows) == cells > 300 and int(one["n"]) == values(value, "adoption", "mta_sts")[2] and
          float(one["share"]) == values(value, "adoption", "mta_sts", "share")[2], (len(rows), cells))
    odd = shutil.copytree(folders[0], work / "<b>&\x1b[31m")
    _, text, _ = run("trend", "-f", "html", "--churn", odd, *folders[1:])
    page = Page(text)
    check("html: a whole page with charts and no script", not page.bad and not page.open and page.seen.get("svg", 0) > 20 and
          page.seen["table"] > 12 and not {"script", "b", "img", "iframe"} & set(page.seen) and "://" not in text,
          (page.bad, page.open, page.seen))
    check("... every cell says of which run it is, for narrow screens", "<td" in text and not re.search("<td(?![^>]* data-t=)", text))
    near = []
    for i in range(2):
        near.append(shutil.copytree(folders[i], work / f"near{i}"))
        report = json.loads((near[i] / "report.json").read_text())
        report["tables"]["adoption"]["rows"]["mta_sts"]["all"].update(n=500000 - i, of=1000000)
        (near[i] / "report.json").write_text(json.dumps(report))
    out = run("trend", *near)[1]
    check("a change of next to nothing has no sign", " 0.00\n" in out and not re.search(r"[-+]0[.]00?%?\n", out), out)
    check("... and nothing raw in it", "\x1b" not in text and "<b>" not in text)
    check("... nor on the terminal", "\x1b" not in run("trend", odd, *folders[1:])[1])


def refused(work, folders):
    def expect(name, arguments, *words, status=2):
        done, out, err = run("trend", *arguments)
        check(name, done == status and not out and all(w in err for w in words), (done, err))

    expect("one run is no trend", folders[:1], "two or more")
    expect("standard input", ["-", folders[0]], "not standard input")
    expect("not there", [folders[0], work / "nowhere"], "No such file")
    bare = shutil.copytree(folders[0], work / "bare")
    (bare / "report.json").unlink()
    expect("no report: the command is said", [bare, folders[1]], "mtasweep report %s -o %s" % (bare, bare))
    expect("records are no report", [folders[0] / "results.ndjson.zst", folders[1]], "no report.json", "run directories")
    reports = [f / "report.json" for f in folders[:2]]
    expect("churn of reports alone", ["--churn", *reports], "report without records")
    edited = work / "edited.json"

    def edit(change):
        value = json.loads(reports[0].read_text())
        change(value)
        edited.write_text(json.dumps(value))
        return [edited, folders[1]]

    expect("a newer report", edit(lambda v: v.update(report_schema=9)), "newer version")
    expect("another JSON", edit(lambda v: v.pop("report_schema")), "no report of mtasweep")
    expect("a run without a time", edit(lambda v: v["runs"][0].update(started_at=None)), "does not say when")
    value = trend(*edit(lambda v: v["tables"].pop("modes")))
    check("an older report: said, and the rest is shown", any("\"modes\"" in r for r in value["remarks"]) and
          values(value, "modes", "enforce")[0] is None and values(value, "adoption", "mta_sts")[0] is not None, value["remarks"])
    value = trend(*edit(lambda v: v.update(complete=False)))
    check("an incomplete run is said", any("not complete" in r for r in value["remarks"]), value["remarks"])
    value = trend(*edit(lambda v: v["tables"]["verdicts"]["rows"]["absent"]["names"].update(n=-5, of="x")))
    check("numbers that are none are survived", values(value, "verdicts", "absent", "share")[0] is None)
    value = trend(folders[0], folders[0])
    check("a run twice is said", any("one run twice" in r for r in value["remarks"]), value["remarks"])


def shards_of_a_month(work, folders):
    month = shutil.copytree(folders[3], work / "month")
    shutil.rmtree(month / "shard-2-of-3")
    value = trend(folders[0], month)
    check("a merged report of more shards than are there", any("is of 3 shards, and 2 are there" in r for r in value["remarks"]) and
          any("not here: 2" in r for r in value["remarks"]), value["remarks"])


def cost(work, folders):
    """24 reports with as many rows as a report has at most, in less than two seconds and 100 MB."""
    big = work / "big"
    big.mkdir()
    records = big / "r.zst"
    with open(records, "wb") as out:
        subprocess.run([MAKE_RECORDS, "-", "2000", "1", "1000", "1", "distinct"], stdout=out, check=True)
    value = json.loads(run("report", "-f", "json", records)[1])
    paths = []
    for k in range(24):
        value["runs"][0]["started_at"] = "20%02d-01-01T00:00:00.000Z" % (10 + k)
        paths.append(big / ("%d.json" % k))
        paths[-1].write_text(json.dumps(value))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    probe = subprocess.run(["/usr/bin/env", "python3", "-c", "import resource,subprocess,sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
                            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", PROGRAM, "trend", "-f", "html", *paths],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    memory = int(probe.stdout) / 1024
    print("     24 reports of %.0f KB: %.2f s of CPU, %.0f MB" % (paths[0].stat().st_size / 1000, took, memory))
    if not SANITIZED:
        check("24 reports in less than 2 s and 100 MB", took < 2 and memory < 100, (took, memory))


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="mtasweep-trend."))
    try:
        scanned = synthetic_months(work)
        shards_of_a_month(work, scanned)
        folders = churn(work)
        forms(work, folders)
        refused(work, folders)
        cost(work, folders)
    finally:
        shutil.rmtree(work)
    print("trend: %(passed)d passed, %(failed)d failed" % checks)
    sys.exit(checks["failed"] > 0 or checks["passed"] < 40)


if __name__ == "__main__":
    main()
