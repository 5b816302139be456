#!/usr/bin/env python3
"""written.py BUILD_DIR - what is written for people and papers from stored records, to the byte: letters, the sheet, pages
of trend and diff, the files of a report.

The records are those of make_records (seeded), as for commands.py. What must be written stands in tests/golden/written;
GOLDEN_UPDATE=1 in the environment writes it anew, see tests/support/golden.py.
"""
import datetime
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

from commands import PROGRAM, RESOLVERS, Session, info_of, make_run, run
from golden import Golden

EVERY_WORD = ("{{count}} of {{tag}} on {{date}}\n{{#names}}\n{{domain}} {{verdict}} {{impact}} {{code}}: {{title}}\n  {{action}}\n{{brief}}\n"
              "{{/names}}\nend of {{count}} for {{tag}}\n")


class Writing(Session):
    """Whole files, too. What depends on the day is told as such."""

    def clean(self, said):
        text = re.sub(r"\bid=20\d{12}\b", "id=NOW", super().clean(said))
        text = re.sub(r"\b(mtasweep|version) (\d+\.\d+\.\d+\S*)", r"\1 VERSION", text)
        return re.sub(r"mtasweep\s+\d+\.\d+\.\d+\S*?(?=[\s<,.;\"'])", "mtasweep VERSION", text)

    def file(self, path, lines=None):
        with open(path, "rb") as f:
            text = self.clean(f.read())
        self.text += f"=== {self.clean(path.encode())}\n" + "".join(text.splitlines(keepends=True)[:lines])

    def tree(self, folder, keep=lambda name: True, lines=None):
        for at, folders, names in os.walk(folder):
            folders.sort()
            for name in filter(keep, sorted(names)):
                self.file(os.path.join(at, name), lines)


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    return path


def letters(golden, folder):
    s = Writing(folder)
    few = make_run(os.path.join(folder, "few"), 40, 3, 0, 1, "wild", info=info_of(40))
    old = make_run(os.path.join(folder, "old"), 120, 1, 700, info=info_of(120))
    s.say("letters", "--print-template")
    for name, arguments in (("plain", [few]), ("mine", ["-t", write(os.path.join(folder, "mine"), EVERY_WORD), few, "--select", "tag!=acme"]),
                            ("named", ["--by", "name", "--select", "severity=error,rank<40 or impact=mail_loss", "-t", os.path.join(folder, "mine"), few]),
                            ("none", ["--select", "tag=nobody", few]), ("two", [few, old, "--select", "impact=mail_loss", "-t", os.path.join(folder, "mine")]),
                            ("one", ["--select", "domain=n1-1.com", "--by", "tag", old])):
        to = os.path.join(folder, "letters-" + name)
        s.say("letters", "-o", to, *arguments)
        s.tree(to)
    s.say("letters", "-o", os.path.join(folder, "letters-none"), few)
    s.say("letters", "-o", os.path.join(folder, "nowhere/letters"), few)
    golden.check("letters.txt", s.text)
    records = subprocess.run(["zstdcat", os.path.join(few, "results.ndjson.zst")], stdout=subprocess.PIPE, check=True, text=True).stdout
    twice = write(os.path.join(folder, "twice"), records + records)
    run("letters", "-o", os.path.join(folder, "letters-twice"), twice)
    once, again = ({name: re.sub(r"id=[0-9]{14}", "id=NEW", open(os.path.join(folder, to, name), encoding="utf-8").read())
                    for name in os.listdir(os.path.join(folder, to))} for to in ("letters-plain", "letters-twice"))
    golden.expect("a name on two lines of the list is in its letter once", once == again, [name for name in again if again[name] != once.get(name)])
    golden.expect("a letter without a tag has no blank in its place", "Dear customer,\n" in s.text and "customer ," not in s.text)
    golden.expect("no step is named by its number where none is shown", not re.search(r"\(steps? [0-9]", s.text.split("letters-mine")[-1].split("letters-one")[0]))
    s = Writing(folder)
    page = "{{#names}}{{/names}}"
    bounds = [page + "x" * (n - len(page)) for n in ((1 << 20) - 1, 1 << 20, (1 << 20) + 1)]  # LETTER_TEMPLATE_MAX
    for i, text in enumerate(("no section", "{{#names}}\n{{nonsense}}\n{{/names}}", "{{domain}}{{#names}}{{/names}}", "{{#names}}{{domain{{/names}}", "{{#names}}{{/names}}\n\n{{brief}}",
                              "{{#names}}{{/names}}{{x", "{{/names}}{{#names}}", "{{#names}}{{" + "long " * 20 + "}}{{/names}}", "", "{{count}}\n{{#names}}{{date}}{{/names}}{{tag}}", *bounds)):
        template = write(os.path.join(folder, f"template{i}"), text)
        s.say("letters", "-o", os.path.join(folder, f"of-template{i}"), "-t", template, "--select", "tag=acme", few)
        if len(text) < 1000 and os.path.exists(os.path.join(folder, f"of-template{i}")):
            s.tree(os.path.join(folder, f"of-template{i}"))
    for wrong in (["-t", os.path.join(folder, "no-such-file")], ["--by", "day"], ["--select", "tag"], ["-t", folder]):
        s.say("letters", "-o", os.path.join(folder, "never"), *wrong, few)
    s.say("letters")
    s.say("letters", "-o", os.path.join(folder, "never"), os.path.join(folder, "no-run"))
    golden.expect("nothing is begun that cannot be written", not os.path.exists(os.path.join(folder, "never")))
    golden.check("letters_refused.txt", s.text)
    # Names of files: whom they are for, and that nothing leads out of the directory. The date is that of the last one.
    s = Writing(folder)
    tagged = os.path.join(folder, "tagged")
    os.makedirs(tagged)
    rows = run("report", "--select", "impact=mail_loss or severity=error", "-f", "ndjson", "--by", "name", "--columns", "domain", old)[1].decode().splitlines()
    wanted = {json.loads(row)["domain"] for row in rows}
    text = run_records(old)
    tags = ["..", "../../up", "a/b", ".hidden", "a.b", "x" * 100, "x" * 101, "x" * 99 + "/", "x" * 98 + "/y", "x" * 200 + "1", "x" * 200 + "2", "%41", "@n", "Zo\u00eb", "~", "a b", "-o"]
    with open(os.path.join(tagged, "results.ndjson"), "w", encoding="utf-8") as f:
        for i, row in enumerate(r for r in text if r["domain"] in wanted):
            f.write(json.dumps(dict(row, tag=tags[i % len(tags)], scanned_at=f"2026-09-{10 + i * 5 % 17}T00:00:00.000Z"), ensure_ascii=False) + "\n")
    s.say("letters", "-t", write(os.path.join(folder, "short"), "{{tag}} {{date}}\n{{#names}}\n{{domain}}\n{{/names}}\n"), "-o", os.path.join(folder, "letters-tagged"), tagged)
    s.tree(os.path.join(folder, "letters-tagged"))
    golden.check("letters_files.txt", s.text)


def letters_without_room(golden, folder):
    """Where a file may grow to so many bytes only: our own failure, and no letter that is not whole."""
    few, whole = os.path.join(folder, "few"), os.path.join(folder, "letters-plain")

    def limit(room):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    for room, status, why in ((0, 3, "no room for a letter"), (1000, 3, "no room for a letter"), (8192, 3, "cannot be written: File too large"), (1 << 20, 0, "")):
        to = os.path.join(folder, f"letters-within-{room}")
        done = subprocess.run([PROGRAM, "letters", "-o", to, few], capture_output=True, text=True, preexec_fn=lambda: limit(room), check=False)
        golden.expect(f"letters within {room} bytes: status", done.returncode == status and why in done.stderr, (done.returncode, done.stderr))
        made = sorted(os.listdir(to)) if os.path.isdir(to) else []
        golden.expect(f"letters within {room} bytes: what is there", made == (sorted(os.listdir(whole)) if status == 0 else []), made)


def run_records(path):
    """The records of a run, as a program reads them."""
    out = subprocess.run(["zstd", "-dcq", os.path.join(path, "results.ndjson.zst")], stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def ending(folder, name, path):
    """A run whose certificates end, or have ended, so many days from today."""
    days = (-400, -1, 0.4, 10, 29.5, 30.5, 31, 400)
    to = os.path.join(folder, name)
    os.makedirs(to)
    shutil.copy(os.path.join(path, "run.json"), to)
    rows = run_records(path)
    for i, row in enumerate(r for r in rows if r["policy"]["cert_not_after"]):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days[i % len(days)])
        row["policy"]["cert_not_after"] = end.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    write(os.path.join(to, "results.ndjson"), "".join(json.dumps(row) + "\n" for row in rows))
    return to


def sheets(golden, folder):
    s = Writing(folder)
    wild = make_run(os.path.join(folder, "wild"), 400, 3, 0, 1, "wild", info=info_of(400, resolvers=RESOLVERS))
    some, few = ending(folder, "some", wild), ending(folder, "dozen", make_run(os.path.join(folder, "twelve"), 12, 3, 1000, info=info_of(12)))
    for arguments in (["--title", "Ours & <theirs>", some], ["--select", "verdict=absent", few], ["--select", "tag=nobody", few], [few, ending(folder, "more", os.path.join(folder, "old"))]):
        s.say("report", "--sheet", *arguments)
    for when in ("30d", "0d", "+30d", "1w", "12h", "10000d"):
        s.say("report", "--expiring", when, few)
    golden.check("sheet.txt", re.sub(r"\b20\d\d-\d\d-\d\d(T[0-9:.]+Z)?", "DATE", s.text))


def trends(golden, folder):
    """A year and more of months, in any order; one that lacks a table, one that was not completed, two on one day."""
    months = []
    for month in range(1, 15):
        day = f"{2025 + (month + 5) // 12}-{(month + 5) % 12 + 1:02}-{5 if month != 9 else 28:02}T00:00:00.000Z"
        info = {"schema": 1, "version": "0.1.0" if month > 3 else "0.0.9", "completed": month != 7, "started_at": day,
                "inputs": [{"path": "names", "sha256": ("ab" if month < 13 else "cd") * 32, "bytes": 1}] if month != 5 else [], "totals": {"lines": 60, "records": 60}}
        kind = (60, 1, 200 + 50 * (month * 5 % 14), 1) if month % 4 else (60, 5, 0, 1, "wild")
        months.append(make_run(os.path.join(folder, f"month{month:02}"), *kind, info=info))
        run("report", months[-1], "-o", months[-1])
    report = os.path.join(months[9], "report.json")
    with open(report, encoding="utf-8") as f:
        value = json.load(f)
    for table in list(value["tables"])[::3]:
        del value["tables"][table]
    write(report, json.dumps(value))
    for name, arguments in (("trend.html", ["-f", "html", *reversed(months)]), ("trend_churn.html", ["-f", "html", "--churn", "--same-names", *months[:3], *months[4:7]]),
                            ("trend.json", ["-f", "json", "--churn", *months[2:10:2]]), ("trend.csv", ["-f", "csv", *months[7:11]]), ("trend.txt", ["--same-names", "--churn", *months[4:7], *months[8:11], *months[12:]])):
        s = Writing(folder)
        s.say("trend", *arguments)
        golden.check(name, s.text)
    s = Writing(folder)
    for wrong in ([], [months[0]], ["-f", "xml", *months[:2]], [months[0], os.path.join(folder, "nowhere")], ["--churn", months[0], report]):
        s.say("trend", *wrong)
    golden.check("trend_refused.txt", s.text)


def comparisons(golden, folder):
    """Two days of the same names."""
    s = Writing(folder)
    wild, wilder = os.path.join(folder, "wild"), make_run(os.path.join(folder, "wilder"), 400, 4, 0, 11, "wild", info=info_of(400))
    monday = make_run(os.path.join(folder, "monday"), 200, 1, 400, info=info_of(200))
    tuesday = make_run(os.path.join(folder, "tuesday"), 200, 1, 500, info=dict(info_of(200), started_at="2026-09-22T14:00:00.000Z"))
    for i, pair in enumerate(((wild, wilder), (monday, tuesday), (tuesday, monday), (monday, monday))):
        for arguments in (["--fail-on", "worse"], ["--select", "tag=acme"], ["--html", os.path.join(folder, f"changes{i}.html")]):
            s.say("diff", *arguments, *pair, lines=60)
        s.file(os.path.join(folder, f"changes{i}.html"))
    for wrong in (["--fail-on", "better"], ["--select", "no"], ["--html", os.path.join(folder, "nowhere/x.html")], ["-f", "xml"], ["--fail-on", "worse", "--select", "tag=nobody"]):
        s.say("diff", *wrong, monday, tuesday)
    golden.check("diff.txt", s.text)


def reports(golden, folder):
    """The files of a report, for a paper, too."""
    s = Writing(folder)
    wild, old = os.path.join(folder, "wild"), os.path.join(folder, "old")
    for name, arguments, keep in (("paper", ["--figures", "--title", "MTA-STS in .example", wild], (".md", ".csv")), ("small", ["--figures", old], ("METHOD.md", ".tex")),
                                  ("merged", [wild, old], ("report.txt",))):
        to = os.path.join(folder, name)
        s.say("report", "-o", to, *arguments)
        s.tree(to, keep=lambda n: n.endswith(keep), lines=160 if name == "merged" else 30)
        title = arguments[arguments.index("--title") + 1] if "--title" in arguments else None
        for page, lead in (("report.html", "<h1>%s</h1>"), ("report.txt", "%s\n")):
            with open(os.path.join(to, page), encoding="utf-8") as text:
                golden.expect(f"{name}: {page} has the title that was given, if one was", title is None or lead % title in text.read())
        golden.expect(f"{name}: what else is there", {"report.html", "report.json", "report.txt"} <= set(os.listdir(to)) and
                      os.path.exists(os.path.join(to, "CODEBOOK.md")) == (name != "merged"), os.listdir(to))
    s.say("report", "-o", os.path.join(folder, "merged"), old)
    s.file(os.path.join(folder, "merged", "report.txt"), lines=12)
    for wrong in (["-o", os.path.join(folder, "nowhere/x"), old], ["-o", os.path.join(folder, "mine"), old], ["--figures", old], ["-o", "x", "-f", "json", old], ["-f", "csv", old],
                  ["--title", "x", "--select", "rank=1", old], ["-o", "x", "--select", "rank=1", old], ["-f", "html", "--by", "name", old], ["--by", "day", old], ["-f", "xml", old],
                  ["--sheet", "--figures", old], ["--sheet", "-f", "html", old], ["--sheet", "--by", "name", old], []):
        s.say("report", *wrong)
    for lists in (["--expiring", "30d"], ["--expiring", "2026-12-31", "--select", "tag=acme or tag=null"], ["--expiring", "", ], ["--expiring", "+30d"], ["--expiring", "d"],
                  ["--expiring", "2027-01-01", "--columns", "domain,rank", "--sort", "rank"], ["--by", "name", "-f", "ndjson", "--select", "rank<30"], ["--by", "finding", "--select", "rank<15"]):
        s.say("report", *lists, old, lines=12)
    golden.check("report.txt", s.text)


def main():
    golden = Golden("written")
    folder = tempfile.mkdtemp()
    try:
        for part in (letters, letters_without_room, sheets, trends, comparisons, reports):
            part(golden, folder)
    finally:
        shutil.rmtree(folder)
    sys.exit(golden.finish())


if __name__ == "__main__":
    main()
