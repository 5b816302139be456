#!/usr/bin/env python3
"""lists.py BUILD_DIR - names as lists, as a sheet of two pages, and as letters, from a scan of the synthetic internet.

What must be in them is worked out here from the records alone. The tags are those of customers who mean no good: paths,
formulas, controls, and names that differ in their last byte only.
"""
import collections
import csv
import datetime
import html
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NAMES = 900
BUILD = pathlib.Path(sys.argv[1]).resolve()
PROGRAM = BUILD / "scanner" / "mtasweep"
LABNET = BUILD / "datasets" / "labnet"
TAGS = ["acme", "../../../tmp/escape", "..", "=cmd()", "a b/c", "\u202eevil", "x" * 300 + "1", "x" * 300 + "2", "", "PREVIOUS", "@acme", "-acme", "~acme", "%2E", "Zo\u00eb", 'Acme, "Inc."']
DANGER = {"error": 2, "inconclusive": 3, "warning": 4, "info": 5}
checks = {"passed": 0, "failed": 0}


def check(name, good, detail=""):
    checks["passed" if good else "failed"] += 1
    print(("ok   " if good else "FAIL ") + name + ("" if good or not detail else ": " + str(detail)[:600]))


def run(*arguments):
    """(status, standard output, standard error)"""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def rows(*arguments):
    status, out, err = run("report", *arguments)
    if status != 0:
        check("report %s" % (arguments,), False, err)
    return list(csv.DictReader(io.StringIO(out, newline="")))


def objects(*arguments):
    return [json.loads(line) for line in run("report", "-f", "ndjson", *arguments)[1].splitlines()]


def scan(work):
    server = subprocess.Popen([LABNET, "serve", "--dir", work, "--adoption", "0.5", "--error-mix", "full"], stdout=subprocess.PIPE, text=True)
    try:
        ready = dict(part.split("=", 1) for part in server.stdout.readline().split()[1:])
        names = subprocess.run([LABNET, "names", "-n", str(NAMES)], stdout=subprocess.PIPE, check=True, text=True).stdout
        with open(work / "names.csv", "w", encoding="utf-8", newline="") as f:
            table = csv.writer(f)
            table.writerow(["domain", "customer"])
            # A customer who is called like a name that has none.
            names = names.split()
            tags = [TAGS[i % len(TAGS)] for i in range(len(names))]
            table.writerows([name, names[i - 1] if tags[i] == "PREVIOUS" else tags[i]] for i, name in enumerate(names))
        subprocess.run([PROGRAM, "scan", work / "names.csv", "--tag-column", "customer", "-o", work / "run", "-r", ready["dns"],
                        "--https-port", ready["https"], "--ca-file", ready["ca"], "--allow-net", "127.0.0.0/8", "--allow-net",
                        "::1/128", "--progress", "none"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    finally:
        server.terminate()
        server.wait()
    text = subprocess.run(["zstdcat", work / "run" / "results.ndjson.zst"], stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def worst(record):
    """The finding that is told first: the cause of a broken name, then errors by what they do."""
    impact = {"mail_loss": 0, "unprotected": 2, "none": 3}
    severity = {"error": 0, "inconclusive": 10, "warning": 20, "info": 30}
    return min(record["issues"], key=lambda i: severity[i["severity"]] + (1 if i["root"] else impact[i["impact"]]), default=None)


def danger(record):
    if record["impact"] == "mail_loss":
        return 0
    return 1 if late(record) else DANGER[worst(record)["severity"]] if record["issues"] else 6


def late(record):
    """Whether an error keeps senders from some of its MX hosts, but not from all."""
    of_records = {"mx_ip_literal", "mx_final_dot_missing"}  # what the MX records are, not what a policy or TLSA says of them
    whose = ("mx_", "dane_") if record["verdict"] == "enforce" else "dane_"
    return record["impact"] != "mail_loss" and any(i["severity"] == "error" and i["code"].startswith(whose) and i["code"] not in of_records
                                                   for i in record["issues"])


def conditions(records, path):
    """`or`, times and keys without their object."""
    def domains(condition):
        return [o["domain"] for o in objects("--columns", "domain", "--select", condition, path)]

    def having(test):
        return [r["domain"] for r in records if test(r)]
    now = datetime.datetime.now(datetime.timezone.utc)

    def before(text, moment):
        return text is not None and datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) < moment
    soon, date = now + datetime.timedelta(days=30), datetime.datetime(2027, 1, 1, tzinfo=datetime.timezone.utc)
    for condition, test in (
            ("verdict=enforce or verdict=testing", lambda r: r["verdict"] in ("enforce", "testing")),
            ("verdict=enforce,impact=mail_loss or mode=testing , tag = acme", lambda r: (r["verdict"] == "enforce" and r["impact"] == "mail_loss") or
             (r["policy"]["mode"] == "testing" and r["tag"] == "acme")),
            ("cert_not_after < +30d", lambda r: before(r["policy"]["cert_not_after"], soon)),
            ("policy.cert_not_after<2027-01-01", lambda r: before(r["policy"]["cert_not_after"], date)),
            ("cert_not_after>2027-01-01T00:00:00Z", lambda r: r["policy"]["cert_not_after"] and not before(r["policy"]["cert_not_after"], date)),
            ("scanned_at>-2h,scanned_at<now,verdict=broken", lambda r: r["verdict"] == "broken"),
            ("scanned_at>+1w", lambda r: False)):
        found, wanted = list(dict.fromkeys(domains(condition))), having(test)
        check("%s: %d names" % (condition, len(wanted)), sorted(found) == sorted(wanted), (found[:5], wanted[:5]))
        check("... not none, not all" if wanted else "... none is right", wanted == [] or len(wanted) < len(records))
    for wrong, says in (("cert_not_after=+30d", "compare it with <"), ("cert_not_after<30x", "is no time"), ("cert_not_after<2026-13-45", "is no time"),
                        ("tag=Acme, Inc.", 'in double quotes: \'tag="Acme, Inc."\''), ('tag="Acme', "no closing quote"), ("code=mx_non_match", "'mx_none_match'"),
                        ("verdict=enforce or ", "behind 'or'"), ("dns=ok", "no key 'dns'"), ("cert_not_after<+d", "is no time")):
        status, _, err = run("report", "--select", wrong, path)
        check("refused: " + wrong, status == 2 and says in err, err)


def many(record, key):
    """The values of a key that a record has many times."""
    if key.startswith("mx.hosts."):
        return [h[key.removeprefix("mx.hosts.")] for h in record["mx"]["hosts"]]
    return [i[key.removeprefix("issues.")] for i in record["issues"]]


def lists(records, path):
    names = [r for r in records if r["domain"]]
    found = rows("--by", "name", "--select", "", path)
    check("one row a name", sorted(f["domain"] for f in found) == sorted(r["domain"] for r in names))
    by = {r["domain"]: r for r in names}
    check("its worst finding", all(f["code"] == (worst(by[f["domain"]]) or {"code": ""})["code"] for f in found))
    order = [(danger(by[f["domain"]]), by[f["domain"]]["tag"] is None, (by[f["domain"]]["tag"] or "").encode(), f["domain"]) for f in found]
    check("by danger, then tag", order == sorted(order))
    errors = [f for f in found if f["severity"] == "error"]
    check("what to do stands beside every error", len(errors) > 50 and all(len(f["action"]) > 15 for f in errors), [f for f in errors if not f["action"]][:2])
    check("no formula in a table", all(f["tag"][:1] not in ("=", "@") for f in found))
    picked = rows("--by", "name", "--select", "issues.severity=warning", path)
    check("... also where another one was asked for", any(f["severity"] == "error" for f in picked) and
          all(f["code"] == worst(by[f["domain"]])["code"] for f in picked), picked[:2])
    for key, value in (("severity", "error"), ("issues.code", "mx_none_match"), ("mx.hosts.mismatch", "typo")):
        has = {r["domain"] for r in names if any(m == value for m in many(r, key))}
        found = {f["domain"] for f in rows("--by", "name", "--select", "domain!=null,%s!=%s" % (key, value), path)}
        check("%s!=%s: the %d names that have none" % (key, value, len(by) - len(has)), has and found == set(by) - has, (len(has), len(found)))
    check("no advice about an error beside a name that has none", all(f["severity"] != "error" for f in rows("--by", "name", "--select", "severity!=error", path)))
    alone = {r["domain"] for r in names if r["tag"] == TAGS[-1]}
    for condition, wanted in (('tag="Acme, \\"Inc.\\""', alone), ('verdict=none,tag=acme or tag = "Acme, \\"Inc.\\"" , tag!="a or b"', None)):
        found = {f["domain"] for f in rows("--by", "name", "--select", condition, path)}
        check(condition, alone and found == (wanted or alone | {r["domain"] for r in names if r["verdict"] == "none" and r["tag"] == "acme"}), found)
    ending = {f["domain"] for f in rows("--expiring", "3650d", "--select", 'tag="a or b" or tag="Acme, \\"Inc.\\""', path)}
    check("... with --expiring", ending == {d for d in alone if by[d]["policy"]["cert_not_after"]} != set(), ending)
    for command in (("report",), ("report", "--sheet"), ("letters", "-o", path.parent / "none"), ("diff", path)):
        status, out, err = run(*command, "--select", 'tag="nobody, at all"', path)
        check("%s: nothing meets the conditions" % (command[:2],), status == 0 and len(err.splitlines()) == 1 and "meets the conditions" in err, (status, out, err))
    keys = "domain,rank,policy.mx,sts.ttl,policy.cert_not_after,mx.hosts.preference,policy.tls_verified,senders_refusing,cert_issuer"
    for o in objects("--columns", keys, "--select", "verdict!=absent", path):
        r = by[o["domain"]]
        same = (o["rank"] == r["rank"] and o["policy.mx"] == r["policy"]["mx"] and o["sts.ttl"] == r["sts"]["ttl"] and
                o["policy.cert_not_after"] == r["policy"]["cert_not_after"] and o["policy.tls_verified"] == r["policy"]["tls_verified"] and
                o["mx.hosts.preference"] == [h["preference"] for h in r["mx"]["hosts"]] and o["senders_refusing"] == r["senders_refusing"] and
                o["cert_issuer"] == r["policy"]["cert_issuer"])
        if not same:
            check("columns of " + o["domain"], False, (o, r["policy"]))
            break
    else:
        check("columns are what the record says", True)
    took = [int(f["took_ms"]) for f in rows("--by", "name", "--select", "", "--columns", "domain,took_ms", "--sort", "took_ms", path)]
    check("numbers in their order", took == sorted(took) and len(set(took)) > 3, took[:20])
    ending = rows("--expiring", "3650d", path)
    wanted = sorted(r["policy"]["cert_not_after"] for r in names if r["policy"]["cert_not_after"])
    check("expiry list, %d, the next first" % len(wanted), wanted and [f["expires"] for f in ending] == wanted, ending[:2])
    check("... of policy hosts, where no MX host was visited", all(f["expires_at"] == "mta-sts." + f["domain"] and
          f["expires_issuer"] == (by[f["domain"]]["policy"]["cert_issuer"] or "") for f in ending), ending[:2])
    some = rows("--expiring", "3650d", "--select", "tag=acme or tag=null", path)
    check("... of those who are asked for", [f["domain"] for f in some] == [f["domain"] for f in ending if by[f["domain"]]["tag"] in ("acme", None)])
    for arguments in (["--columns", "nonsense"], ["--sort", ""], ["--columns", "danger"], ["--by", "x"], ["--expiring", "soon"], ["--by", "name", "-f", "html"],
                      ["--sheet", "-f", "json"], ["--by", "tag", "--columns", "tag"], ["--by", "tag", "--sort", "tag"], ["--by", "tag", "--sheet"]):
        check("refused: %s" % arguments, run("report", *arguments, path)[0] == 2)


def tags(records, path):
    """A row a tag: how many of its names meet the conditions, and how badly off they are."""
    for condition, met in (("", lambda r: True), ("severity=error", lambda r: any(i["severity"] == "error" for i in r["issues"])),
                           ("verdict=enforce or impact=mail_loss", lambda r: r["verdict"] == "enforce" or r["impact"] == "mail_loss")):
        of, wanted = collections.Counter(), collections.defaultdict(lambda: [0] * 4)
        for r in records:
            tag, count = r["tag"] or None, wanted[r["tag"] or None]
            of[tag] += 1
            if met(r):
                for k, so in enumerate((True, r["impact"] == "mail_loss", late(r), any(i["severity"] == "error" for i in r["issues"]))):
                    count[k] += so
        rest = ("names", "mail_loss", "mail_late", "error")
        wanted = [{"tag": tag, "scanned": of[tag], **dict(zip(rest, n))} for tag, n in wanted.items() if n[0]]
        wanted.sort(key=lambda o: (-o["mail_loss"], -o["mail_late"], -o["error"], -o["names"], o["tag"] is None, (o["tag"] or "").encode()))
        found = objects("--by", "tag", "--select", condition, path)
        check("by tag: %d, where %s" % (len(wanted), condition or "all names count"), found == wanted and len(wanted) > 10, (found[:3], wanted[:3]))
        check("... some lose mail, some may have it late, some neither", all(any(o[k] for o in wanted) for k in rest) and
              any(o["mail_loss"] == o["mail_late"] == 0 for o in wanted))
    found = [(r["names"], r["scanned"]) for r in rows("--by", "tag", "--select", condition, path)]
    check("... as CSV", found == [(str(o["names"]), str(o["scanned"])) for o in wanted])
    soon = objects("--by", "tag", "--expiring", "3650d", path)
    check("... of those whose certificates end", sum(o["names"] for o in soon) == sum(r["policy"]["cert_not_after"] is not None for r in records) and
          all(o["scanned"] == of[o["tag"]] for o in soon), soon[:3])
    twice = objects("--by", "tag", path, path)
    check("... a name that stands there twice is one", twice == objects("--by", "tag", path))


def sheet(records, work):
    status, page, err = run("report", "--sheet", "--title", "Us & <them>", work / "run")
    loss = sorted(r["domain"] for r in records if r["impact"] == "mail_loss")
    shown = [d for d in loss if ">" + d + "<" in page]
    check("the sheet names those that lose mail", status == 0 and len(loss) > 0 and len(shown) >= min(12, len(loss)), (err, loss))
    check("... and counts them", "<b>%d</b><span>%s mail now" % (len(loss), "loses" if len(loss) == 1 else "lose") in page)
    some = sorted(r["domain"] for r in records if r["domain"] and late(r))
    told = re.search(r"Mail to the names? in the first (?:([0-9,]+) rows|row) may be late", page)
    broken = page.split("<h2>Other errors", 1)[1].split("<h2>")[0]
    first = re.findall(r"<th scope=row>([^<]*)", broken)[:len(some)]
    check("... those with some host out of reach first among the others", some and told and told.group(1) == (None if len(some) == 1 else f"{len(some):,}") and
          set(first) <= set(some) and "mail arrives" not in page, (some, told, first))
    tiles = [int(n.replace(",", "")) for n in re.findall(r"<li[^>]*><b>([0-9,]+)</b><span>", page)]
    named = [r for r in records if r["domain"]]
    check("... each name in exactly one tile, and no hole behind them", tiles[0] == len(named) == sum(tiles[1:]) and len(tiles) % 4 == 0, tiles)
    steps = dict(re.findall(r'<th scope=row>([^<]*)<td data-t=Customer>[^<]*<td>[^<]*<td data-t="Do first">([^<]*)</tr>', page))
    firsts = {f["domain"]: f["action"] for f in rows("--by", "name", "--select", "", "--columns", "domain,action", work / "run")}
    check("... advises what check advises first", len(steps) > 20 and all(step and firsts[d].startswith(html.unescape(step)) for d, step in steps.items()),
          [(d, step, firsts[d]) for d, step in steps.items() if not firsts[d].startswith(html.unescape(step))][:2])
    check("... without the numbers of steps that only check has", not any("(step" in step for step in list(firsts.values()) + [page]))
    check("... is harmless", "Us &amp; &lt;them&gt;" in page and "\u202e" not in page and "<script" not in page)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not shutil.which("pdfinfo"):
        print("note: no chromium or pdfinfo, pages not counted")
        return
    # As many long rows as there can be.
    long = re.sub(r"(<th scope=row>)[a-z0-9.-]+(?=<td data-t=Customer>)", r"\1" + "abcdefghijklmnopqrst" * 2 + "&hellip;", page)
    long = re.sub(r"(<td data-t=Customer>)[^<]*", r"\1" + "customer-long-names-" * 2 + "&hellip;", long)
    for name, text in (("sheet", page), ("long", long)):
        (work / (name + ".html")).write_text(text, encoding="utf-8")
        subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (work / "profile"), "--no-pdf-header-footer",
                        "--print-to-pdf=%s" % (work / (name + ".pdf")), (work / (name + ".html")).as_uri()], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120, check=False)
        info = subprocess.run(["pdfinfo", work / (name + ".pdf")], capture_output=True, text=True, check=False).stdout
        check("two pages of A4, " + name, re.search(r"Pages:\s+2\n", info) and "A4" in info, info)


def letters(records, work):
    errors = [r for r in records if r["domain"] and (r["impact"] == "mail_loss" or any(i["severity"] == "error" for i in r["issues"]))]
    by_tag = collections.defaultdict(set)
    for r in errors:
        by_tag[r["tag"] if r["tag"] else None].add(r["domain"])
    out = work / "letters"
    status, said, err = run("letters", work / "run", "-o", out)
    count = len(by_tag) - (None in by_tag) + len(by_tag[None])
    check("a letter a tag, and one a name without", status == 0 and said.startswith("%d letters about %d names" % (count, len(errors))), (said, err, count))
    index = list(csv.DictReader((out / "index.csv").open(encoding="utf-8", newline="")))
    files = [row["file"] for row in index]
    check("every file is in the index, and in the directory", sorted(files + ["index.csv"]) == sorted(os.listdir(out)) and len(set(files)) == count,
          sorted(set(files) ^ set(os.listdir(out))))
    check("nothing beside it", not os.path.exists("/tmp/escape.txt") and all(re.fullmatch(r"~?[A-Za-z0-9_%][A-Za-z0-9._%-]*\.txt", f) for f in files), files)
    found = collections.defaultdict(set)
    losing, urgent = {r["domain"] for r in errors if r["impact"] == "mail_loss"}, 0
    for row, file in zip(index, files):
        text = (out / file).read_text(encoding="utf-8")
        heads = set(re.findall(r"^-{72}\n([^ \n]+)$", text, re.M))
        found[row["tag"] or None] |= heads
        if len(heads) != int(row["names"]) or "\u202e" in text or len(re.findall(r"^Recommendations$", text, re.M)) != len(heads):
            check("letter " + file, False, (len(heads), row))
        lose = len(heads & losing)
        urgent += lose > 0
        subject = "Subject: " + ("Mail is lost at %d domain%s. " % (lose, "s" if lose != 1 else "") if lose else "") + "Mail security"
        listed = re.findall(r"^([^ \n]+)\n    (Mail is lost\. )?\S", text.split("\nThe domains:\n\n")[1].split("\n----")[0], re.M)
        if {d for d, _ in listed} != heads or {d for d, lost in listed if lost} != heads & losing or len(listed) != len(heads):
            check("the names are listed at the head: " + file, False, (listed, heads))
        if int(row["mail_loss"]) != lose or not text.startswith(subject):
            check("how urgent it is: " + file, False, (lose, row, text[:60]))
    said = "".join((out / file).read_text(encoding="utf-8") for file in files)
    check("some lose mail, and some letters name none of them", 0 < urgent < count, urgent)
    check("a letter has nothing of the program's insides", "  checked  " in said and "  not checked " in said and
          not re.search(r"mtasweep [0-9]|127\.0\.0\.1:| \(?--[a-z]", said), re.findall(r".*(?:mtasweep [0-9]|127\.0\.0\.1:| \(?--[a-z]).*", said)[:3])
    # A spreadsheet's apostrophe stands before what begins like a formula, and what reorders text is a blank.
    wanted = {(("'" if t[:1] in "=@-" else "") + t.replace("\u202e", " ")) if t else None: names for t, names in by_tag.items()}
    check("each names its own", dict(found) == wanted, [t for t in set(found) ^ set(wanted)])
    check("a directory that is there is not written into", run("letters", work / "run", "-o", out)[0] == 2)
    template = work / "template"
    template.write_text("{{count}} of {{tag}}:\n{{#names}}\n{{domain}}|{{code}}|{{action}}\n{{/names}}\nend\n")
    run("letters", work / "run", "-o", work / "short", "-t", template, "--select", "tag=acme,severity=error")
    lines = (work / "short" / "acme.txt").read_text().splitlines()
    acme = {r["domain"]: worst(r)["code"] for r in errors if r["tag"] == "acme"}
    check("a template of one's own", lines[0] == "%d of acme:" % len(acme) and lines[-1] == "end" and
          {tuple(line.split("|")[:2]) for line in lines[1:-1]} == set(acme.items()) and all(line.split("|")[2] for line in lines[1:-1]), lines[:4])
    for text, says in (("no section", "{{#names}}"), ("{{#names}}\n{{nonsense}}\n{{/names}}", "line 2"), ("{{domain}}{{#names}}{{/names}}", "about one name"), ("{{#names}}{{list}}{{/names}}", "of all names"),
                       ("{{#names}}{{domain{{/names}}", "is no word")):
        template.write_text(text)
        status, _, err = run("letters", work / "run", "-o", work / "never", "-t", template)
        check("refused: " + text[:20].replace("\n", " "), status == 2 and says in err and not (work / "never").exists(), err)
    status, said, _ = run("letters", work / "run", "-o", work / "single", "--by", "name", "--select", "tag=acme,severity=error")
    check("a letter a name", status == 0 and len(os.listdir(work / "single")) == len(acme) + 1, said)
    template.write_text(run("letters", "--print-template")[1])
    run("letters", work / "run", "-o", work / "default", "-t", template)
    same = [(out / f).read_text(encoding="utf-8").splitlines()[:8] == (work / "default" / f).read_text(encoding="utf-8").splitlines()[:8] for f in files]
    check("the template that is printed is the one that is used", all(same))


def method(records, path, out):
    """What a review board reads speaks of keys that stand in this run's configuration."""
    run("report", "-o", out, "--figures", path)
    told = (out / "METHOD.md").read_text(encoding="utf-8")
    said = re.search(r"Of ([\d,]+) names, ([\d,]+) had an MTA-STS record, of which ([\d,]+) were valid; ([\d,]+) had a valid policy, "
                     r"([\d,]+) a record and no valid policy. Inconclusive: ([\d,]+)\.", told)
    counts, named = collections.Counter(r["verdict"] for r in records), sum(r["domain"] is not None for r in records)
    got = [int(n.replace(",", "")) for n in said.groups()] if said else []
    check("METHOD.md has the numbers of the run", got and got[0] == named and got[3:] == [
        counts["enforce"] + counts["testing"] + counts["none"], counts["broken"], counts["inconclusive"]] and got[1] > got[2] > got[3], (got, counts))
    words = set(re.findall(r"`(\w+)`", told.split("## Care and courtesy\n")[1].split("\n## ")[0]))
    known = json.loads((path / "run.json").read_text(encoding="utf-8"))["configuration"]
    check("METHOD.md tells the care that was taken", {"contact", "exclude", "dns_rate", "host_rate"} <= words <= set(known) and "lean" in known, words - set(known))


def main():
    with tempfile.TemporaryDirectory(prefix="mtasweep-lists-") as folder:
        work = pathlib.Path(folder)
        records = scan(work)
        conditions(records, work / "run")
        lists(records, work / "run")
        tags(records, work / "run")
        sheet(records, work)
        letters(records, work)
        method(records, work / "run", work / "paper")
    print("lists: %(passed)d passed, %(failed)d failed" % checks)
    return 1 if checks["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
