#!/usr/bin/env python3
"""diff.py BUILD_DIR - `mtasweep diff` of a scan of the synthetic internet and of what is made of it.

The newer run has the older one's records in another order, a third of them under another name, some gone, some
new, some twice. What has changed is worked out here from the records alone, and must be what all four formats say.
"""
import collections
import csv
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

NAMES = 1500
BUILD = pathlib.Path(sys.argv[1]).resolve()
PROGRAM = BUILD / "scanner" / "mtasweep"
LABNET = BUILD / "datasets" / "labnet"
checks = {"passed": 0, "failed": 0}
csv.field_size_limit(1 << 26)
ANSWERED = ("ok", "nodata", "nxdomain")
CONCLUDED = ("absent", "enforce", "testing", "none", "broken")


def check(name, good, detail=""):
    checks["passed" if good else "failed"] += 1
    print(("ok   " if good else "FAIL ") + name + ("" if good or not detail else ": " + str(detail)[:600]))


def diff(*arguments, **how):
    """(status, standard output, standard error)"""
    done = subprocess.run([PROGRAM, "diff", *map(str, arguments)], stdout=how.pop("stdout", subprocess.PIPE),
                          stderr=subprocess.PIPE, check=False, **how)
    return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()


def scan(work):
    server = subprocess.Popen([LABNET, "serve", "--dir", work, "--adoption", "0.5", "--error-mix", "full"],
                              stdout=subprocess.PIPE, text=True)
    try:
        ready = dict(part.split("=", 1) for part in server.stdout.readline().split()[1:])
        names = subprocess.run([LABNET, "names", "-n", str(NAMES)], stdout=subprocess.PIPE, check=True, text=True).stdout
        lines = [f"{name},customer {i}" for i, name in enumerate(names.split())] + ["not a name!,nobody"]
        (work / "names.csv").write_text("domain,customer\n" + "\n".join(lines) + "\n")
        subprocess.run([PROGRAM, "scan", work / "names.csv", "--tag-column", "customer", "-o", work / "run", "-r",
                        ready["dns"], "--https-port", ready["https"], "--ca-file", ready["ca"], "--allow-net",
                        "127.0.0.0/8", "--allow-net", "::1/128", "--progress", "none"], stdout=subprocess.DEVNULL,
                       check=True)
    finally:
        server.terminate()
        server.wait()
    text = subprocess.run(["zstdcat", work / "run" / "results.ndjson.zst"], stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def newer(records):
    """The records of another day."""
    dice = random.Random(11)
    named = [r for r in records if r["domain"]]
    out = []
    for i, r in enumerate(named):
        if i % 60 == 0:
            continue  # gone
        other = dict(dice.choice(named) if i % 3 == 0 else r, domain=r["domain"], input=r["input"], line=r["line"],
                     tag=r["tag"])
        if i % 61 == 0:
            other["domain"] = "new-" + r["domain"]
        if i % 7 == 0:
            other["tlsrpt"] = dict(other["tlsrpt"], dns="timeout")
        if i % 11 == 0:
            other["mx"] = dict(other["mx"], dns="servfail")
        if i % 13 == 0:
            other["verdict"] = "inconclusive"
        out.append(other)
    out += dice.sample(out, 20)  # records that came twice: the first counts
    first = {}
    for r in out:
        first.setdefault(r["domain"], r)
    dice.shuffle(out)
    out.sort(key=lambda r: first[r["domain"]] is not r)
    return out


def write_run(path, records):
    text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
    path.mkdir()
    (path / "results.ndjson").write_text(text)
    return path


def shown(value):
    if isinstance(value, list):
        return ", ".join(value) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def mx_known(r):
    """Without an MX record the domain's own addresses count, which are asked for when there may be a policy."""
    return r["mx"]["dns"] in ANSWERED and not (r["mx"]["dns"] == "nodata" and r["mx"]["implicit"] is None and
                                               r["sts"]["valid"])


def values(r):
    """Key: what is shown of it; keys that are not known are left out."""
    v = {"verdict": r["verdict"], "impact": r["impact"], "sts.valid": r["sts"]["valid"], "sts.id": r["sts"]["id"],
         "policy.stage": r["policy"]["stage"], "policy.tls_reason": r["policy"]["tls_reason"],
         "policy.mode": r["policy"]["mode"], "policy.max_age": r["policy"]["max_age"], "policy.mx": r["policy"]["mx"],
         "provider.policy": r["provider"]["policy"], "tlsrpt.valid": r["tlsrpt"]["valid"],
         "tlsrpt.rua": r["tlsrpt"]["rua"]}
    if not mx_known(r):
        del v["impact"]
    if r["tlsrpt"]["dns"] not in ANSWERED:
        del v["tlsrpt.valid"], v["tlsrpt.rua"]
    return {key: shown(value) for key, value in v.items()}


def findings(r, groups):
    """Code: its part of the record's evidence."""
    return {i["code"]: groups[i["code"]] for i in r["issues"] if i["severity"] != "inconclusive"}


def known_parts(r):
    return {"": True, "mx": mx_known(r), "tlsrpt": r["tlsrpt"]["dns"] in ANSWERED}


def catalogue():
    """Code: mx, tlsrpt or nothing, from the headings of the catalogue."""
    part_of = {"Domain and MX records": "mx", "MX hosts against the policy": "mx", "Delegation to providers": "mx",
               "TLS-RPT record": "tlsrpt"}
    groups, part = {}, ""
    text = subprocess.run([PROGRAM, "explain", "--markdown"], stdout=subprocess.PIPE, check=True, text=True).stdout
    for line in text.splitlines():
        if line.startswith("## "):
            part = part_of.get(line[3:].strip(), "")
        elif line.startswith("| `"):
            groups[line.split("`")[1]] = part
    return groups


def errors():
    """Codes of severity error, from the catalogue."""
    text = subprocess.run([PROGRAM, "explain", "--markdown"], stdout=subprocess.PIPE, check=True, text=True).stdout
    return {line.split("`")[1] for line in text.splitlines() if line.startswith("| `") and line.split(" | ")[1] == "error"}


ERRORS, GROUPS = errors(), catalogue()
ORDER = ["mail_loss", "mail_loss_new", "mail_loss_unsure", "mail_loss_still", "worse", "still_broken", "better", "other", "new", "gone"]
RECORDS = {}  # domain: what it was, what it is
BEFORE, AFTER = {}, {}  # domain: verdict


def direction(a, b, one):
    """Mail that is lost, then protection, then errors where there were none."""
    if loses(b):
        return "mail_loss_still" if loses(a) else "mail_loss" if mx_known(a) and mx_known(b) else "mail_loss_unsure"
    before, after = ranks(a, b)
    fresh = bool(ERRORS & set(one["appeared"]))
    if after < before:
        return "worse"
    if after > before:
        # A name with a new error is not told as a better one.
        wrong = before <= 1 or any(ERRORS & {c for c in findings(a, GROUPS) if GROUPS[c] == part} for part, known in known_parts(a).items() if known)
        return "better" if not fresh else "still_broken" if wrong else "worse"
    parts = [tuple({c for c in findings(r, GROUPS) if GROUPS[c] == part} for r in (a, b)) for part in ("", "mx", "tlsrpt")
             if known_parts(a)[part] and known_parts(b)[part]]
    if any(ERRORS & y and not ERRORS & x for x, y in parts):
        # What comes to light behind an error that was repaired is no step back.
        return "still_broken" if a["verdict"] == "broken" and ERRORS & set(one["gone"]) else "worse"
    if not fresh and any(ERRORS & x and not ERRORS & y for x, y in parts):
        return "better"
    return "still_broken" if after <= 1 or any(ERRORS & x and ERRORS & y and x != y for x, y in parts) else "other"


def loses(r):
    return r["impact"] == "mail_loss"


def ranks(a, b):
    """How well mail is off, by what both know."""
    def rank(r):
        impact = r["impact"] if mx_known(a) and mx_known(b) else None
        if impact == "mail_loss":
            return 0
        if r["verdict"] == "broken" or impact == "unprotected":
            return 1
        return {"enforce": 4, "testing": 3}.get(r["verdict"], 2)
    return rank(a), rank(b)


def gravity(one):
    """Inside a group: smaller ones are told first."""
    a, b, kind = one["records"] + (one["direction"],)
    if kind in ("mail_loss_new", "new", "gone"):
        r = b or a
        return (0 if loses(r) else 1 if r["verdict"] == "broken" or (mx_known(r) and r["impact"] == "unprotected") else 2,)
    before, after = ranks(a, b)
    if kind == "still_broken":
        return (after,)
    if kind == "better" and before == 0:
        return (-1,)
    return (4 - abs(before - after), after)


def expected(old, new, groups):
    """{domain: object as in NDJSON}, counts"""
    before, after = {}, {}
    for r in old:
        before.setdefault(r["domain"], r)
    for r in new:
        after.setdefault(r["domain"], r)
    before.pop(None, None)
    BEFORE.update({d: r["verdict"] for d, r in before.items()})
    AFTER.update({d: r["verdict"] for d, r in after.items()})
    changes, count = {}, collections.Counter()
    for domain in sorted(set(before) | set(after)):
        a, b = before.get(domain), after.get(domain)
        one = {"domain": domain, "tag": (b or a)["tag"], "change": "changed", "keys": [], "appeared": [], "gone": []}
        if a is None or b is None:
            one["change"] = "only_new" if a is None else "only_old"
            one["direction"] = "gone" if b is None else "mail_loss_new" if loses(b) else "new"
            RECORDS[domain] = (a, b)
            one["keys"] = [{"key": "verdict", "old": a and a["verdict"], "new": b and b["verdict"]}]
            count[one["change"]] += 1
            changes[domain] = one
            continue
        count["both"] += 1
        if a["verdict"] not in CONCLUDED or b["verdict"] not in CONCLUDED:
            count["unknown"] += 1
            continue
        x, y = values(a), values(b)
        one["keys"] = [{"key": k, "old": x[k], "new": y[k]} for k in x if k in y and x[k] != y[k]]
        f, g, parts, others = findings(a, groups), findings(b, groups), known_parts(a), known_parts(b)
        one["appeared"] = sorted(c for c in g if c not in f and parts[g[c]] and others[g[c]])
        one["gone"] = sorted(c for c in f if c not in g and parts[f[c]] and others[f[c]])
        same = not (one["keys"] or one["appeared"] or one["gone"])
        count["same" if same else "changed"] += 1
        if not same:
            one["direction"] = direction(a, b, one)
            RECORDS[domain] = (a, b)
            changes[domain] = one
    for domain in set(before) & set(after) - set(changes):
        a, b = before[domain], after[domain]
        if loses(b):
            RECORDS[domain] = (a, b)
            QUIET[domain] = {"direction": "mail_loss_still" if loses(a) else "mail_loss_unsure", "tag": b["tag"]}
    return changes, count


QUIET = {}  # names that lose mail without a change


def in_order(changes):
    """Names as text and page have them: by direction, then gravity, then name."""
    told = {**QUIET, **changes}
    return sorted(told, key=lambda d: (ORDER.index(told[d]["direction"]), gravity(dict(told[d], records=RECORDS[d])), d.encode()))


def is_plain(one, records):
    """New or gone, and text has nothing to tell of it."""
    r = records[1] or records[0]
    return one is not None and one["direction"] in ("new", "gone") and r["verdict"] == "absent" and not loses(r) and not ERRORS & set(findings(r, GROUPS))


def page(old, new, changes, told):
    """The page for those who decide: figures, then names by what happened to them, those that lose mail first."""
    file = pathlib.Path(new) / "changes.html"
    status, out, err = diff("--html", file, old, new)
    check("--html says the same on standard output", status == 0 and out == diff(old, new)[1], err)
    text = file.read_text(encoding="utf-8")
    check("html: names may be broken behind dots", "." not in re.sub(r"[.]<wbr>", "", "".join(re.findall("<tr><th scope=row>([a-z0-9.<>-]*)<td", text))))
    text = text.replace("<wbr>", "")
    check("html: no script, no request", "<script" not in text and not re.search(r"(src|href)=(?!\"?data:)", text))
    titles = {"mail_loss": "Newly lose mail", "mail_loss_new": "New in the list, lose mail", "mail_loss_unsure": "Lose mail, before not known", "mail_loss_still": "Still lose mail",
              "worse": "Worse than before", "still_broken": "Still broken, in another way", "better": "Better than before",
              "other": "Changed otherwise", "new": "New in the list", "gone": "Gone from the list"}
    most = {"mail_loss": 200, "mail_loss_new": 200, "mail_loss_unsure": 200, "mail_loss_still": 200, "worse": 100, "still_broken": 50, "better": 50}
    told = told + collections.Counter(one["direction"] for one in QUIET.values())
    found = re.findall(r"<h2>([^<:]*): ([0-9,]+)</h2>", text)
    check("html: parts and their counts", found == [(titles[k], f"{told[k]:,}") for k in titles if told[k]], found)
    tiles = {re.sub("^is ", "are ", what.replace("loses ", "lose ")): int(n.replace(",", "")) for n, what in re.findall(r"<b>([0-9,]+)</b><span>([^<]*)</span>", text)}
    check("html: each name in one tile", sum(tiles.values()) == len(RECORDS.keys() | BEFORE.keys() | AFTER.keys()), tiles)
    whole = {"are better": "better", "are worse": "worse", "changed otherwise": "other", "still broken, in another way": "still_broken", "are new": "new"}
    check("html: a tile that is called like a part counts the same", all(tiles[what] == told[k] for what, k in whole.items() if what in tiles), tiles)
    # Who no longer loses mail has a tile, and is missing in that of his direction, which is called so then.
    words = {"better": ("are better", "are better otherwise"), "still_broken": ("still broken, in another way", "others still broken, in another way")}
    parts = {k: [tiles.get(what) for what in pair] for k, pair in words.items()}
    check("html: ... and one that is a part of it is called so", all((whole or told[k]) == told[k] and (part is None or (whole is None and part <= told[k]))
                                                                    for k, (whole, part) in parts.items()) and tiles.get("no longer lose mail", 0) +
          sum(whole or part or 0 for whole, part in parts.values()) == told["better"] + told["still_broken"], (tiles, told))
    ended = {k: re.search(r"<h2>%s: [^<]*</h2>\n<p class=intro>[^<]*?(?: ([0-9,]+) of them no longer loses? mail\.)?</p>" % titles[k], text) for k in titles if told[k]}
    check("html: a part says how many of it have that other tile", sum(int(m[1]) for m in ended.values() if m[1]) == tiles.get("no longer lose mail", 0) and
          {k for k, m in ended.items() if m[1]} <= {"better", "still_broken"}, {k: m[1] for k, m in ended.items()})
    check("html: no error is new to a name that is better", not any(ERRORS & set(one["appeared"]) for one in changes.values() if one["direction"] == "better"))
    losing = [d for d in AFTER if d in RECORDS and RECORDS[d][1] is not None and loses(RECORDS[d][1])]
    check("html: every name that loses mail now, in red", sum(n for what, n in tiles.items() if "lose mail" in what and "no longer" not in what) ==
          len(losing) > 0 and "<h1 class=bad>" in text and all(f"<th scope=row>{d}<" in text for d in losing), (tiles, len(losing)))
    check("html: those that still do are counted in the headline", f"{told['mail_loss_still']} still do" in text.split("</h1>")[0], told)
    steps = re.findall(r'<td data-t="Do first">([^<]*)</tr>', text)
    check("html: what to do first", len(steps) == sum(min(told[k], most[k]) for k in titles if k in most and k != "better") and all(steps), len(steps))
    for part in re.split("<h2>", text)[1:]:
        kind = next(k for k in titles if part.startswith(titles[k]))
        names = re.findall("<th scope=row>([^<]*)<", part)
        wanted = [d for d in in_order(changes) if {**QUIET, **changes}[d]["direction"] == kind][:most.get(kind, 20)]
        check("html: names, " + kind, names == wanted, (names[:3], wanted[:3]))
    status, _, err = diff("--html", "/nonexistent/x.html", old, new)
    check("html: a place that is none", status == 2 and "/nonexistent" in err, err)


def formats(old, new, changes, count):
    status, out, err = diff("-f", "ndjson", old, new)
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        row["appeared"].sort()
        row["gone"].sort()
    domains = [row["domain"] for row in rows]
    check("ndjson: every change and nothing else", status == 0 and {r["domain"]: r for r in rows} == changes,
          next(((r, changes.get(r["domain"])) for r in rows if changes.get(r["domain"]) != r), err))
    check("... once each, in order", domains == sorted(changes, key=str.encode), len(domains))
    status, out, _ = diff("-f", "csv", old, new)
    rows = [(r["domain"], r["tag"], r["change"], r["key"], r["old"] or None, r["new"] or None)
            for r in csv.DictReader(io.StringIO(out))]
    wanted = []
    for d, one in changes.items():
        wanted += [(d, one["tag"], one["change"], k["key"], k["old"], k["new"]) for k in one["keys"]]
        wanted += [(d, one["tag"], one["change"], "finding", None, c) for c in one["appeared"]]
        wanted += [(d, one["tag"], one["change"], "finding", c, None) for c in one["gone"]]
    def plain(row):
        return tuple("" if cell is None else cell.lstrip("'") for cell in row)
    check("csv: the same", status == 0 and sorted(map(plain, rows)) == sorted(map(plain, wanted)),
          sorted(set(map(plain, rows)) ^ set(map(plain, wanted)))[:2])
    status, out, _ = diff("-f", "json", old, new)
    total = json.loads(out)
    check("json: the totals", total["names"] == {k: count[k] for k in
          ("both", "same", "changed", "unknown", "only_old", "only_new", "not_scanned")}, (total["names"], count))
    check("... verdicts", sum(v["names"] for v in total["verdicts"]) == count["same"] + count["changed"] and
          sum(v["names"] for v in total["verdicts"] if v["old"] != v["new"]) ==
          sum(any(k["key"] == "verdict" for k in c["keys"]) for c in changes.values() if c["change"] == "changed"))
    for key, field in (("appeared", "appeared"), ("gone", "gone")):
        told = {f["code"]: f[field] for f in total["findings"] if f[field]}
        check("... findings " + key, told == collections.Counter(c for one in changes.values() for c in one[key]))
    check("... records", total["old"]["nameless"] == 1 and total["new"]["repeated"] == 20, (total["old"], total["new"]))
    told = collections.Counter(one["direction"] for one in changes.values())
    check("json: directions", {k: v for k, v in total["directions"].items() if v} == told, total["directions"])
    status, out, _ = diff(old, new)
    blocks = out.split("\n== In total ==\n")[0].split("\n")
    blocks, counts = [b for b in blocks if "no error; --format csv" not in b], [b for b in blocks if "no error; --format csv" in b]
    names = [b.split()[0] for b in blocks[2:] if b and b[0] not in " ="]
    unheard = [d for d in in_order(changes) if is_plain(changes.get(d), RECORDS[d])]
    heard = [d for d in in_order(changes) if d not in unheard]
    first = out.split("\nFrom ")[0]
    numbers = re.findall("(?<![0-9,])[0-9][0-9,]*", re.sub("[0-9,]+ of them new in the list", "", first))
    counted, everybody = sum(int(n.replace(",", "")) for n in numbers), len(RECORDS.keys() | BEFORE.keys() | AFTER.keys())
    check("text: each name in one number of the head", counted == everybody, (first, counted, everybody))
    head, table = re.search(r"([0-9,]+) the same(?=[;.])", out), re.search(r"\n    the same +([0-9,]+)\n", out)
    check("text: the same are as many at the head as in the table, or called otherwise",
          head.group(1) == table.group(1) if head else "the same, losing no mail" in out.split("\n")[0], (head, table))
    check("text: what was not known is not called unchanged", not any("unchanged" in part and part.startswith("Lose mail, before not known")
                                                                      for part in out.split("\n== ")))
    check("text: each name once, what is worst first", status == 0 and names == heard, next(((x, y) for x, y in zip(names, heard) if x != y), (len(names), len(heard))))
    check("text: names that came or went and have nothing are a number", unheard and len(unheard) == sum(
          int(re.search(r"([0-9,]+) names? that", line)[1].replace(",", "")) for line in counts), (len(unheard), counts))
    lost = total["mail_loss"]
    # Where senders get no policy any more, those that stored the old one go on refusing.
    ended = [d for d, one in changes.items() if one["direction"] in ("better", "still_broken") and loses(RECORDS[d][0]) and
             RECORDS[d][1]["verdict"] in ("enforce", "testing", "none") and
             (one["direction"] == "better" or all(mx_known(r) for r in RECORDS[d]))]
    check("json: mail that is lost no longer", lost["no_longer"] == len(ended), (lost, ended))
    check("json: mail that is lost", lost["now"] == sum(loses(b) for _, b in RECORDS.values() if b) == sum(
          lost[k] for k in ("newly", "unsure", "still", "new_names")) and lost["newly"] == told["mail_loss"] and
          lost["still"] == told["mail_loss_still"] + sum(q["direction"] == "mail_loss_still" for q in QUIET.values()) > 0, lost)
    check("... with its tag", all(f"  [{one['tag']}]" in out for d, one in changes.items() if one["tag"] and d in heard))
    page(old, new, changes, told)
    worse = told["mail_loss"] + told["mail_loss_new"] + told["worse"] + told["mail_loss_unsure"] > 0
    check("--fail-on worse", diff("--fail-on", "worse", old, new)[0] == (1 if worse else 0))
    check("... and a run with itself", diff("--fail-on", "worse", old, old)[0] == 0)
    status, out, _ = diff("--select", "verdict=enforce", "-f", "ndjson", old, new)
    check("--select: the names that meet it in one of the runs", status == 0 and
          {json.loads(line)["domain"] for line in out.splitlines()} ==
          {d for d in changes if "enforce" in (BEFORE.get(d), AFTER.get(d))})
    status, out, _ = diff(old, new)
    check("... with all of its findings", sum(b.startswith("  appeared ") for b in blocks) ==
          sum(len(one["appeared"]) for one in changes.values()))
    check("... totals within 80 columns", all(len(line) <= 80 for line in out.split("== In total ==")[1].splitlines()))


def mirrored(old, new):
    there, back = (json.loads(diff("-f", "json", *pair)[1]) for pair in ((old, new), (new, old)))
    check("the other way round: the mirror image",
          {(v["old"], v["new"]): v["names"] for v in there["verdicts"]} ==
          {(v["new"], v["old"]): v["names"] for v in back["verdicts"]} and
          [(f["code"], f["appeared"], f["gone"]) for f in there["findings"]] ==
          [(f["code"], f["gone"], f["appeared"]) for f in back["findings"]])
    status, out, _ = diff("-f", "ndjson", old, old)
    check("a run and itself: nothing", status == 0 and out == "", out[:200])


def hostile(work, record):
    """Text of strangers, in the formats that people open."""
    first = dict(record, tag="=1+1", tlsrpt=dict(record["tlsrpt"], dns="ok", rua=["mailto:a@example.com"]))
    second = dict(first, tlsrpt=dict(first["tlsrpt"], rua=["mailto:\u202eevil\x1b[2J\"\n"]))
    old, new = write_run(work / "h1", [first]), write_run(work / "h2", [second])
    for form in ("text", "csv"):
        out = diff("-f", form, old, new)[1]
        check(form + ": neither controls nor what reorders text", "evil" in out and "\x1b" not in out and
              "\u202e" not in out and (form == "text" or "=1+1" not in out.replace("'=1+1", "")), repr(out[:300]))
    row = json.loads(diff("-f", "ndjson", old, new)[1])
    check("ndjson: the text itself, in one line", row["tag"] == "=1+1" and row["keys"][0] ==
          {"key": "tlsrpt.rua", "old": "mailto:a@example.com", "new": "mailto:\u202eevil\x1b[2J\"\n"}, row)
    tag = "ACME \"Foo\" \\ Co"
    huge = [dict(r, tag=tag, policy=dict(r["policy"], mx=[c * 2400000])) for r, c in ((first, "\x7f"), (second, "b"))]
    old = write_run(work / "h3", [huge[0], dict(first, domain="zz.example")])
    new = write_run(work / "h4", [huge[1], dict(second, domain="zz.example")])
    status, out, err = diff("-f", "ndjson", old, new)
    rows = [json.loads(line) for line in out.splitlines()]
    check("records of the greatest size: a line each, whole", status == 0 and len(rows) == 2 and
          {len(k["new"]) for k in rows[0]["keys"] if k["key"] == "policy.mx"} == {2400000}, err)
    check("a tag with quotes is the tag that was given", rows and rows[0]["tag"] == tag and
          next(csv.DictReader(io.StringIO(diff("-f", "csv", old, new)[1])))["tag"] == tag)


def refused(work, run):
    for name, arguments, word in (
            ("one run", [run], "which runs"), ("three runs", [run, run, run], "two runs"),
            ("standard input twice", ["-", "-"], "standard input"),
            ("a run that is not there", [run, work / "nowhere"], "nowhere"),
            ("a format that is none", ["-f", "xml", run, run], "xml")):
        status, out, err = diff(*arguments)
        check(name + ": exit 2, told", status == 2 and word in err and out == "", err)
    with open("/dev/full", "wb") as full:
        status, _, err = diff(run, run, stdout=full)
    check("a full disk: exit 3, told", status == 3 and "cannot be written" in err, err)
    with open(run / "results.ndjson.zst", "rb") as stdin:
        status, out, _ = diff("-f", "json", "-", run, stdin=stdin)
    check("standard input", status == 0 and json.loads(out)["names"]["changed"] == 0)
    broken = work / "cut"
    shutil.copytree(run, broken)
    data = (run / "results.ndjson.zst").read_bytes()
    (broken / "results.ndjson.zst").write_bytes(data[:len(data) - 10])
    status, _, err = diff("-f", "json", run, broken)
    check("a damaged run is told", status == 0 and "cut" in err, err)


def added(work, records):
    """Names that are new in the list and lose mail: told the night they come, though none of the others changed."""
    losing = [r for r in records if loses(r)][:2]
    old = write_run(work / "few", [r for r in records if r["verdict"] == "enforce" and not loses(r)][:5])
    for n, words in ((1, "1 more name loses mail, new in the list; "), (2, "2 more names lose mail, both new in the list; ")):
        new = write_run(work / f"more{n}", [*map(json.loads, (old / "results.ndjson").read_text().splitlines()), *losing[:n]])
        status, out, _ = diff("--fail-on", "worse", "--html", new / "page.html", old, new)
        page = (new / "page.html").read_text(encoding="utf-8").replace("<wbr>", "")
        check(f"{n} new in the list that lose mail: status 1, said first", status == 1 and out.startswith(words), (status, out[:200]))
        check("... named with the finding", all(r["domain"] in out for r in losing[:n]) and out.count("  now known ") >= n, out)
        check("... on the page with what to do first", page.count('<td data-t="Do first">') == n and words[:-2] in page.split("</h1>")[0], page[-2000:])
    status, out, _ = diff("--fail-on", "worse", new, new)
    check("the night after they still do", status == 0 and "; 2 still do" in out, out[:200])
    (old / "run.json").write_text(json.dumps(dict(RUN_JSON, totals=dict(RUN_JSON["totals"], records=5, lines=7))))
    status, out, _ = diff("--fail-on", "worse", old, new)
    check("what the older run did not scan is not called new", status == 1 and "new in the list" not in out and
          out.startswith("2 names lose mail of which it was not known before; "), (status, out[:300]))


def nothing_to_compare(work, records):
    """No news is no good news."""
    full = write_run(work / "full", [r for r in records if r["verdict"] == "enforce" and not loses(r)][:5])
    empty = write_run(work / "empty", [])
    (empty / "run.json").write_text(json.dumps(dict(RUN_JSON, completed=False, totals=dict(RUN_JSON["totals"], records=0, lines=5))))
    unknown = write_run(work / "unknown", [dict(json.loads(line), verdict="inconclusive") for line in (full / "results.ndjson").read_text().splitlines()])
    for name, pair in (("not scanned", (full, empty)), ("not scanned before", (empty, full)), ("neither", (empty, empty)), ("not known", (full, unknown))):
        for more in ([], ["--fail-on", "worse"]):
            status, out, err = diff(*more, "--html", work / "blind.html", *pair)
            head = (work / "blind.html").read_text(encoding="utf-8").split("</h1>")[0]
            check(f"{name}: no name could be compared, status 2", status == 2 and out.startswith("No name could be compared; ") and
                  "no name could be compared" in err and "No name could be compared" in head and "class=good" not in head, (status, out, err))
    status, out, _ = diff("--fail-on", "worse", full, write_run(work / "others", []))
    check("a list that is another one is compared", status == 0 and "5 gone" in out, (status, out))


RUN_JSON = {"schema": 1, "version": "0.1.0", "completed": True, "started_at": "2026-09-21T14:00:00.000Z", "ended_at": None, "vantage": "x",
            "command": ["mtasweep scan"], "shard": 1, "shards": 1, "inputs": [], "resolvers": [], "configuration": {},
            "totals": {"lines": 5, "blank": 0, "comments": 0, "elsewhere": 0, "records": 5, "frames": 1, "bytes": 1}}


def host_line(name, tls, records, dane, cert, names=3):
    return json.dumps({"schema": 1, "pace_key": "example", "names": names, "host": name, "tls": tls, "dane": dane,
                       "tlsa": None if dane is None else bool(records), "tlsa_records": records, "probe": cert and {
                           "how": "direct", "at": "2026-11-01T00:00:00.000Z", "tls_version": "TLSv1.3", "took_ms": 5,
                           "cert_sha256": cert * 64, "spki_sha256": cert * 64, "cert_issuer": "\x1b[31m=R3",
                           "cert_not_after": "2026-12-01T00:00:00.000Z"}}) + "\n"


# host: (before, after, direction, events); before and after as host_line() has them, None where the run has no such host.
HOSTS = {
    "same.example": (("ok", [], "none", "a"), ("ok", [], "none", "a"), None, ()),
    "gone.example": (("ok", [], "none", "a"), None, None, ()),
    "silent.example": (("ok", [], None, "a"), ("timeout", [], None, None), None, ()),
    "plain.example": (("ok", [], "none", "a"), ("no_starttls", [], "none", None), "worse", ("mx_starttls_lost",)),
    "late.example": (("ok", [], "none", "a"), ("expired", [], "none", "a"), "worse", ("mx_cert_degraded",)),
    "roll.example": (("ok", ["3 1 1 aa"], "ok", "a"), ("ok", ["3 1 1 aa"], "mismatch", "b"), "worse",
                     ("dane_rollover_broken", "mx_cert_renewed", "mx_key_changed")),
    "well.example": (("name_mismatch", [], "none", "a"), ("ok", [], "none", "b"), "better",
                     ("mx_cert_repaired", "mx_cert_renewed", "mx_key_changed")),
    "rolled.example": (("ok", ["3 1 1 aa"], "ok", "a"), ("ok", ["3 1 1 bb"], "ok", "b"), "other",
                       ("mx_cert_renewed", "mx_key_changed", "tlsa_rolled")),
}


def of_hosts(work, run):
    """MX hosts that two runs visited, in all four formats; the names are the same."""
    folders = []
    for side, name in enumerate(("visited", "again")):
        folder = work / name
        folder.mkdir()
        for file in ("results.ndjson.zst", "run.json"):
            shutil.copy(run / file, folder / file)
        lines = [host_line(host, *row[side]) for host, row in HOSTS.items() if row[side]]
        random.Random(side).shuffle(lines)
        (folder / "hosts.ndjson.zst").write_text("".join(lines))
        folders.append(folder)
    want = {host: (row[2], set(row[3])) for host, row in HOSTS.items() if row[2]}
    status, out, _ = diff("-f", "ndjson", "--fail-on", "worse", *folders)
    rows = [json.loads(line) for line in out.splitlines()]
    check("hosts: each that changed, with what happened", {r["host"]: (r["direction"], set(r["events"])) for r in rows} == want,
          rows)
    check("hosts: --fail-on worse", status == 1)
    check("hosts: mirrored, what is repaired is no failure",
          diff("--fail-on", "worse", folders[0], folders[0])[0] == 0 and diff("--fail-on", "worse", *folders[::-1])[0] == 1)
    total = json.loads(diff("-f", "json", *folders)[1])["hosts"]
    check("hosts: the totals", total["directions"] == {"worse": 3, "better": 1, "other": 1} and total["compared"] is True and
          (total["both"], total["same"], total["changed"], total["unknown"], total["only_old"]) == (7, 1, 5, 1, 1) and
          total["events"]["mx_cert_renewed"] == 3, total)
    table = list(csv.DictReader(io.StringIO(diff("-f", "csv", *folders)[1])))
    got = collections.defaultdict(set)
    for row in table:
        if row["key"] == "event":
            got[row["domain"]].add(row["new"])
    check("hosts: csv", {host: events for host, (_, events) in want.items()} == got and
          {row["change"] for row in table} == {"host_changed"} and
          {("tls", "ok", "expired")} == {(r["key"], r["old"], r["new"]) for r in table
                                        if r["domain"] == "late.example" and r["key"] == "tls"}, table)
    text = diff(*folders)[1]
    head = next(line for line in text.splitlines() if line.startswith("MX hosts: "))
    check("hosts: text", head == "MX hosts: 3 worse, 1 better, 1 changed otherwise; 1 the same; 1 not known in one of them." and
          text.index("MX hosts: worse ==") < text.index("plain.example  (3 names)") < text.index("MX hosts: better ==") and
          "\x1b" not in text, text)
    file = pathlib.Path(folders[0]) / "changes.html"
    diff("--html", file, *folders)
    told = file.read_text(encoding="utf-8").replace("<wbr>", "")
    worse = sorted(host for host, (direction, _) in want.items() if direction == "worse")
    check("hosts: html", "<h1 class=good>" not in told and "<h2>Mail hosts that are worse: 3</h2>" in told and
          sorted(re.findall(r"<th scope=row>([^<]*)<td class=n data-t=Names>\d+<td>[a-z]", told)) == worse, worse)
    check("hosts: --select is about names", "hosts" in diff("-f", "json", "--select", "tag=x", *folders)[1] and
          json.loads(diff("-f", "json", "--select", "tag=x", *folders)[1])["hosts"]["compared"] is False)
    status, out, error = diff("-f", "json", run, folders[1])
    check("hosts: one run visited none", json.loads(out)["hosts"]["compared"] is False and "are not compared" in error, error)


def main():
    with tempfile.TemporaryDirectory(prefix="mtasweep-diff-") as folder:
        work = pathlib.Path(folder)
        records = scan(work)
        run, other = work / "run", newer(records)
        new = write_run(work / "newer", other)
        changes, count = expected(records, other, catalogue())
        check("there is much to see", min(count[k] for k in ("same", "changed", "unknown", "only_old", "only_new")) > 15,
              count)
        formats(run, new, changes, count)
        mirrored(run, new)
        hostile(work, next(r for r in records if r["verdict"] == "enforce"))
        refused(work, run)
        added(work, records)
        nothing_to_compare(work, records)
        of_hosts(work, run)
    print("%(passed)d passed, %(failed)d failed" % checks)
    return 1 if checks["failed"] else 0


if __name__ == "__main__":
    for tool in ("zstdcat",):
        if not shutil.which(tool):
            print("skipped: %s is not installed" % tool)
            sys.exit(77)
    if not os.access(LABNET, os.X_OK):
        print("skipped: labnet is not built")
        sys.exit(77)
    sys.exit(main())
