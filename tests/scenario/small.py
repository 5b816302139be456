#!/usr/bin/env python3
"""small.py BUILD_DIR - what is said of runs of no name, of one, of two and of a few, to the byte: where a sentence has its
plural, a table its first row and a comparison its border.

The records are those of make_records, dealt out to many runs, with the MX hosts that were visited in a file of their own.
What must be said stands in tests/golden/small; GOLDEN_UPDATE=1 in the environment writes it anew, see tests/support/golden.py.
"""
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from commands import MAKER, info_of, run
from golden import Golden
from written import Writing, write

UNJUDGED = '"verdict":"(?:invalid_input|excluded|inconclusive)"'
OF_RECORDS = ("pace_key", "names", "matched", "mismatch", "suggestion", "sts_usable")  # what a host's own line has not, or of its own


def made(*arguments):
    """Records of make_records, as lines."""
    packed = subprocess.run([MAKER, "-", *map(str, arguments)], stdout=subprocess.PIPE, check=True).stdout
    return subprocess.run(["zstd", "-dcq"], input=packed, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def hosts_of(rows):
    """A line for each MX host that one of the records saw visited, and how many have it."""
    hosts = {}
    for row in rows:
        for host in row["mx"]["hosts"]:
            if host["probe"]:
                hosts.setdefault(host["host"], (host, []))[1].append(row["line"])
    return [json.dumps(dict({k: v for k, v in host.items() if k not in OF_RECORDS}, schema=rows[0]["schema"], names=len(lines))) for host, lines in hosts.values()]


def runs_of(folder, name, lines, info=None, hosts=False):
    to, lines = os.path.join(folder, name), list(lines)
    os.makedirs(to)
    write(os.path.join(to, "results.ndjson"), "".join(line + "\n" for line in lines))
    if info is not None:
        write(os.path.join(to, "run.json"), json.dumps(info))
    if hosts:
        write(os.path.join(to, "hosts.ndjson.zst"), "".join(row + "\n" for row in hosts_of([json.loads(line) for line in lines])))
    return to


def dealt(lines, number, n):
    """Some n of the lines, others for each number, in their order."""
    return [lines[i] for i in sorted({(number * 7 + i * (1 + number % 3)) % len(lines) for i in range(n)})]


def ending(lines, days):
    """The same with certificates that end so many days from today."""
    rows = [json.loads(line) for line in lines]
    for row in rows:
        if row["policy"]["cert_not_after"]:
            row["policy"]["cert_not_after"] = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return [json.dumps(row) for row in rows]


def reports(golden, folder, wild, plain):
    s = Writing(folder)
    for i, (n, of) in enumerate(((0, wild), (1, wild), (1, plain), (2, wild), (2, plain), (3, wild), (5, wild), (6, plain), (12, wild))):
        lines = dealt(of, 3 + i, n)
        s.say("report", "-f", "text", runs_of(folder, f"report{i}", lines, info_of(len(lines) + i % 3 - 1) if i else None, hosts=i % 2 == 0))
    # Labels of several lines, of characters that take several bytes: they are cut between them.
    rows = [dict(json.loads(line), tag=("Gr\u00f6\u00dfere Kunden in Z\u00fcrich, Gen\u00e8ve und \u00fcberall sonst: " + "\u00e4" * 40, "\u00fc" * 90)[i % 2]) for i, line in enumerate(plain)]
    _, out = s.say("report", "-f", "text", runs_of(folder, "labels", map(json.dumps, rows), info_of(60)), lines=0)
    text = s.clean(out)
    s.text += text[text.index("\nBy tag of the input\n"):].split("\n\n")[0] + "\n"
    # Each visited host on its own, so that most outcomes are those of some.
    rows = [json.loads(line) for line in wild]
    for row in rows:
        for i, host in enumerate(row["mx"]["hosts"]):
            host["host"] = f"mx{i}.n{row['line']}.example"
    _, out = s.say("report", "-f", "text", runs_of(folder, "visited", map(json.dumps, rows), info_of(len(rows)), hosts=True), lines=0)
    text = s.clean(out)
    s.text += text[text.index("== MX hosts: STARTTLS"):text.index("== Bookkeeping")]
    golden.check("report.txt", s.text)
    s = Writing(folder)
    for i in (1, 2, 4):
        s.say("report", "-f", "html", os.path.join(folder, f"report{i}"))
    # Runs and lists of names: none, one, several of each.
    some = dealt(plain, 2, 4)
    for i, lists in enumerate(((), ("a",), ("a", "b"), ("x<y&z", "", "c"))):
        inputs = [{"path": path, "sha256": "cd" * 32 if k != 1 else "", "bytes": k} for k, path in enumerate(lists)]
        runs_of(folder, f"lists{i}", some, dict(info_of(4, 1 + i % 2, 2), inputs=inputs, completed=i != 2, resumed=i, vantage="" if i == 1 else f"vantage{i}"))
    for names in (("lists0",), ("lists1", "lists2"), ("lists3", "lists2", "lists0")):
        _, out = s.say("report", "-f", "html", *(os.path.join(folder, name) for name in names), lines=0)
        text = s.clean(out)
        s.text += "\n".join(re.findall(r"<tr><td>[^\n]*UTC[^\n]*</tr>", text)) + "\n"
    golden.check("report.html", re.sub(r"<style>.*?</style>", "", s.text, flags=re.DOTALL))
    s = Writing(folder)
    for i, (n, of, days) in enumerate(((1, wild, 29.5), (1, plain, 400), (2, wild, -1.5), (2, plain, 31), (3, wild, 400), (4, wild, 0.5))):
        s.say("report", "--sheet", runs_of(folder, f"sheet{i}", ending(dealt(of, 4 + i, n), days), info_of(n)))
    golden.check("sheet.txt", re.sub(r"\b20\d\d-\d\d-\d\d(T[0-9:.]+Z)?", "DATE", re.sub(r"<style>.*?</style>", "", s.text, flags=re.DOTALL)))
    s = Writing(folder)
    for i in (0, 1, 3, 7):
        for arguments in (["--by", "name", "-f", "csv"], ["--by", "finding", "-f", "ndjson", "--select", "line>0"],
                          ["--select", "severity=error or severity=warning", "--sort", "danger,expires", "--columns", "domain,code,detail,expires_at"]):
            s.say("report", *arguments, os.path.join(folder, f"report{i}"))
    golden.check("lists.txt", s.text)


def comparisons(golden, folder, old, new):
    """From few names to few others: each number of the head is 0, 1 and 2 in some of them."""
    s = Writing(folder)
    for i in range(28):
        pair = []
        for which, lines, n in (("before", old, i % 7), ("after", new, (i * 3 + i // 7) % 7)):
            some = dealt(lines, i // 2, n)
            if which == "after":  # some are as they were
                some[:i % 3] = dealt(old, i // 2, n)[:i % 3]
            info = dict(info_of(n), completed=i % 5 > 0 or which == "before", totals={"lines": n + (i % 6 == 5), "records": n})
            pair.append(runs_of(folder, f"{which}{i}", some + some[:i % 9 == 8], info, hosts=i % 2 == 0))
        s.say("diff", *pair)
        if i % 8 == 4:
            s.say("diff", "-f", ("json", "csv", "ndjson", "json")[i // 8], *pair)
    golden.check("diff.txt", s.text)
    # What changed of the hosts themselves, from and to every number of names that have them.
    s = Writing(folder)
    for n, m in ((12, 12), (30, 30), (30, 3), (0, 30), (30, 0), (1, 1)):
        pair = [runs_of(folder, f"{which}{n}-{m}", lines[:k], info_of(k), hosts=True) for which, lines, k in (("from", old, n), ("to", new, m))]
        for form, shown in (("text", r"(?s)\nMX hosts: [^\n]*\n|== MX hosts.*?(?=\n== )|\nMX hosts  .*"), ("csv", ".*,host_changed,.*\n"), ("ndjson", '.*"host_changed".*\n'), ("json", '"hosts":{.*')):
            _, out = s.say("diff", "-f", form, *pair, lines=0)
            s.text += "".join(re.findall(shown, s.clean(out)))
    golden.check("diff_hosts.txt", s.text)
    s = Writing(folder)
    for i, pair in enumerate((("from30-30", "to30-30"), ("to30-30", "from30-30"), ("from1-1", "to1-1"), ("from30-0", "to30-0"), ("from0-30", "to0-30"), ("before5", "after5"), ("before9", "after9"), ("before25", "after25"))):
        page = os.path.join(folder, f"page{i}.html")
        run("diff", "--html", page, *(os.path.join(folder, name) for name in pair))
        s.file(page)
    golden.check("diff.html", re.sub(r"<(style|script)>.*?</\1>", "", s.text, flags=re.DOTALL))


def trends(golden, folder, old, new):
    s = Writing(folder)
    months = []
    for i, lines in enumerate((dealt(old, 1, 1), dealt(old, 1, 2), dealt(new, 1, 2), dealt(new, 1, 1), dealt(new, 2, 3))):
        info = dict(info_of(len(lines)), started_at=f"2026-0{i + 1}-01T00:00:00.000Z", completed=i != 2)
        months.append(runs_of(folder, f"month{i}", lines, info))
        s.say("report", months[-1], "-o", months[-1], lines=0)
    for few in (months[:2], months[1:3], months[2:4], months):
        s.say("trend", "--churn", *few)
    s.say("trend", "--same-names", "-f", "csv", *months[1:4])
    golden.check("trend.txt", s.text)
    # Lists of names that change, and when: whichever run is the first of another list, and those of which nobody knows.
    s = Writing(folder)
    for i, lists in enumerate(("ab", "aab", "aba", "abb", "-a", "a-a", "a-b", "ab-", "--", "aaaa", "abcd", "aabb")):
        runs = []
        for k, which in enumerate(lists):
            inputs = [] if which == "-" else [{"path": which, "sha256": f"{ord(which):x}" * 32, "bytes": 1}]
            info = dict(info_of(2), started_at=f"2026-0{k + 1}-02T00:00:00.000Z", inputs=inputs, version=f"0.1.{k * (i % 3)}")
            runs.append(runs_of(folder, f"turn{i}.{k}", dealt(old, 1, 2), info))
            run("report", runs[-1], "-o", runs[-1])
        for same in ([], ["--same-names"]):
            _, out = s.say("trend", *same, *runs, lines=0)
            s.text += s.clean(out).split("\n\n      began")[0] + "\n"
    golden.check("trend_lists.txt", s.text)
    # Dates below a chart: as many as have room, and a time of day takes more of it.
    s = Writing(folder)
    for name, hours in (("even", range(0, 24 * 12, 24)), ("rare", (0, 24 * 5, 24 * 10, 24 * 11, 24 * 100)), ("day", range(8)),
                        ("last", (0, 700, 720, 726))):
        runs = []
        for i, hour in enumerate(hours):
            at = datetime.datetime(2026, 3, 1) + datetime.timedelta(hours=hour)
            runs.append(runs_of(folder, f"{name}{i}", dealt(old, i % 3, 2), dict(info_of(2), started_at=at.strftime("%Y-%m-%dT%H:%M:%S.000Z"))))
            run("report", runs[-1], "-o", runs[-1])
        _, out = s.say("trend", "-f", "html", *runs, lines=0)
        s.text += "\n".join(re.findall(r"<text [^>]*class=(?:mid|\"?[a-z ]*ends)[^>]*>[^<]*", s.clean(out).split("</figure>")[0])) + "\n"
    golden.check("trend_dates.txt", s.text)


def main():
    golden = Golden("small")
    folder = tempfile.mkdtemp()
    try:
        wild, wilder, plain = made(60, 7, 0, 1, "wild"), made(60, 8, 0, 1, "wild"), made(60, 3, 1000)
        known = [i for i in range(60) if not any(re.search(UNJUDGED, lines[i]) for lines in (wild, wilder)) or i % 10 == 0]
        wild, wilder = [wild[i] for i in known], [wilder[i] for i in known]
        golden.expect("names are left", len(known) > 20, known)
        reports(golden, folder, wild, plain)
        comparisons(golden, folder, wild, wilder)
        trends(golden, folder, wild, wilder)
    finally:
        shutil.rmtree(folder)
    sys.exit(golden.finish())


if __name__ == "__main__":
    main()
