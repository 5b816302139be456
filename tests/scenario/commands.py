#!/usr/bin/env python3
"""commands.py BUILD_DIR - what every command that needs no network prints, to the byte, and how it ends.

The records are those of make_records (seeded), so the reports, the comparison and the judging again are the same on every
machine. The values for `lint` are those of the fuzz corpora. What must be printed stands in tests/golden/commands;
GOLDEN_UPDATE=1 in the environment writes it anew, see tests/support/golden.py.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from golden import Golden  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
PROGRAM, MAKER = os.path.join(BUILD, "scanner/mtasweep"), os.path.join(BUILD, "tests/make_records")


def run(*arguments, stdin=b"", environment=None):
    """(status, standard output, standard error)"""
    done = subprocess.run([PROGRAM, *arguments], input=stdin, capture_output=True, env=dict(os.environ, LC_ALL="C.UTF-8", TERM="dumb",
                          COLUMNS="100", **(environment or {})))
    return done.returncode, done.stdout, done.stderr


class Session:
    """Commands and what came of them, as a person at a terminal would see it."""

    def __init__(self, folder):
        self.folder, self.text = folder, ""

    def clean(self, said):
        text = said.decode("utf-8", "surrogateescape")
        # A remark is wrapped where the length of the folder's name says.
        while (whole := re.sub(r"^(?:(  ! .*)\n    |(! .*)\n  )(?=\S)", r"\1\2 ", text, flags=re.MULTILINE)) != text:
            text = whole
        text = text.replace(self.folder, "DIR").replace(ROOT + "/", "")
        text = re.sub(r"mtasweep(?: |/)\d+\.\d+\.\d+\S*", "mtasweep VERSION", text)
        text = re.sub(r"^(libraries|features):.*(\n +.*)*", r"\1: ...", text, flags=re.MULTILINE)
        text = re.sub(r"\d+ bytes from byte \d+", "N bytes from byte N", text)  # as zstd's version packs them
        text = re.sub(r'"version":"[^"]*"', '"version":"VERSION"', text)
        return re.sub(r"\b2026-(?!09)\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME", text) if "recheck" in text[:400] else text

    def say(self, *arguments, stdin=b"", environment=None, lines=None):
        """lines: how many of the output are shown."""
        status, out, err = run(*arguments, stdin=stdin, environment=environment)
        self.text += "$ mtasweep " + " ".join(a.replace(self.folder, "DIR").replace(ROOT + "/", "") for a in arguments) + "\n"
        self.text += "".join(self.clean(out).splitlines(keepends=True)[:lines])
        if err:
            self.text += "--- standard error\n" + self.clean(err)
        self.text += f"--- {status}\n"
        return status, out


def make_run(path, *arguments, info=None):
    os.makedirs(path)
    subprocess.run([MAKER, os.path.join(path, "results.ndjson.zst"), *map(str, arguments)], check=True)
    if info:
        with open(os.path.join(path, "run.json"), "w", encoding="utf-8") as f:
            json.dump(info, f)
    return path


def info_of(records, shard=1, shards=1, resolvers=()):
    """A run.json; resolvers: (address, state, sent, answered, timeouts, servfail, refused)."""
    keys = ("address", "state", "sent", "answered", "timeouts", "servfail", "refused")
    return {"schema": 1, "version": "0.1.0", "completed": True, "started_at": "2026-09-21T14:00:00.000Z", "ended_at": "2026-09-21T15:30:05.250Z",
            "vantage": "scanner.example", "command": ["mtasweep scan", "-o", "run", "names.txt"], "shard": shard, "shards": shards,
            "inputs": [{"path": "names.txt", "sha256": "ab" * 32, "bytes": 12345}],
            "totals": {"lines": 1000, "blank": 3, "comments": 5, "elsewhere": 992 - records, "records": records, "frames": 2, "bytes": 4096},
            "resolvers": [dict(zip(keys, row)) for row in resolvers], "configuration": {}}


RESOLVERS = [("192.0.2.53:53", "good", 1000, 980, 15, 40, 3), ("[2001:db8::53]:53", "dropped: lies about names that cannot exist", 12, 12, 0, 0, 0),
             ("198.51.100.1:53", "silent", 70, 0, 70, 0, 0)]


def reports(golden, folder):
    old = make_run(os.path.join(folder, "old"), 300, 1, 500)
    make_run(os.path.join(folder, "wild"), 400, 3, 0, 1, "wild", info=info_of(400, resolvers=RESOLVERS))
    make_run(os.path.join(folder, "wilder"), 400, 4, 0, 11, "wild")
    for kind, name in (("text", "txt"), ("html", "html"), ("json", "json")):
        s = Session(folder)
        _, out = s.say("report", "-f", kind, os.path.join(folder, "wild"))
        if kind == "json":  # one table a line
            value = json.loads(out)
            lines = [json.dumps({k: v}, ensure_ascii=False) for k, v in value.pop("tables").items()]
            s.text = "\n".join([json.dumps(value, ensure_ascii=False)] + lines) + "\n"
        golden.check("report." + name, s.clean(s.text.encode("utf-8", "surrogateescape")))
    s = Session(folder)
    for kind, some in (("csv", 7), ("ndjson", 3)):
        for which in ("verdict=broken", "impact=mail_loss,rank>10", "issues.code!=sts_record_missing,tld=se,took_ms<20",
                      "policy.stage=tls", "tag=customer-3", "policy.mode=null,sts.valid=true", "mx.hosts.host=null,verdict=enforce")[-some:]:
            s.say("report", "--select", which, "-f", kind, old)
    s.say("report", "--by", "name", "--select", "impact=mail_loss or policy.stage=tls,severity=error", old)
    s.say("report", "--columns", "tag,domain,policy.mx,mx.hosts.preference,sts.ttl,took_ms", "--sort", "tag,took_ms", "--select", "verdict=testing", old)
    s.say("report", "--expiring", "2026-09-25", old)
    for wrong in (["--select", "cert_not_after<soon"], ["--select", "cert_not_after=now"], ["--select", "verdict=none or "], ["--columns", "danger"], ["--sheet", "-o", "x"]):
        s.say("report", *wrong, old)
    golden.check("select.txt", s.text)
    few = [make_run(os.path.join(folder, f"few{seed}"), 40, seed, 0, 1, "wild") for seed in (1, 2)]
    for kind in ("text", "json", "csv", "ndjson"):
        s = Session(folder)
        s.say("diff", "-f", kind, *few)
        if kind == "json":
            s.say("diff", "-f", kind, os.path.join(folder, "wild"), os.path.join(folder, "wilder"))
        golden.check("diff." + ("txt" if kind == "text" else kind), s.text)
    trends(golden, folder)
    s = Session(folder)
    s.say("diff", old, old)
    with open(os.path.join(old, "results.ndjson.zst"), "rb") as f:
        piped = f.read()
    s.say("diff", old, "-", stdin=piped)
    s.say("diff", "-", old, stdin=piped)
    s.say("diff", "-", "-", stdin=piped)
    s.say("report", old, os.path.join(folder, "wild"))
    golden.check("two_runs.txt", s.text)
    # Shards of one scan: sums of what each did; a resolver that both asked is one row.
    s = Session(folder)
    parts = [make_run(os.path.join(folder, "first"), 30, 5, 0, 1, "wild", info=info_of(30, 1, 2, RESOLVERS[:2])),
             make_run(os.path.join(folder, "second"), 30, 5, 0, 31, "wild", info=info_of(30, 2, 2, [RESOLVERS[2], RESOLVERS[0]]))]
    s.say("report", *parts, lines=60)
    _, out = s.say("report", "-f", "json", *parts, lines=0)
    s.text += "\n".join(json.dumps({k: v}) for k, v in json.loads(out)["tables"].items() if k in ("totals", "resolver_health", "resolvers", "distinct")) + "\n"
    s.say("report", "-f", "text", parts[1], lines=40)
    golden.check("shards.txt", s.text)


def trends(golden, folder):
    """Two months of few names, and what is said of runs that cannot be put in a row."""
    s = Session(folder)
    months = []
    for month, adopters in ((1, 300), (2, 500)):
        info = {"schema": 1, "version": "0.1.0", "completed": True, "started_at": f"2026-{month:02}-01T00:00:00.000Z",
                "inputs": [{"path": "names", "sha256": "ab" * 32, "bytes": 1}], "totals": {"lines": 200, "records": 200}}
        months.append(make_run(os.path.join(folder, f"month{month}"), 200, 1, adopters, info=info))
        s.say("report", months[-1], "-o", months[-1])
    s.say("trend", "--churn", *months)
    s.say("trend", "--same-names", "-f", "csv", *months)
    s.say("trend", months[0])
    s.say("trend", months[0], os.path.join(folder, "old"))
    golden.check("trend.txt", s.text)


def damage(golden, folder):
    """Files that are cut, empty, foreign or not there."""
    s = Session(folder)
    long = make_run(os.path.join(folder, "long"), 1100, 1, 30)
    with open(os.path.join(long, "results.ndjson.zst"), "rb") as f:
        whole = f.read()
    middle = len(whole) // 2
    for name, data in (("cut", whole[:-200]), ("empty", b""), ("foreign", b"these are no records\n"),
                       ("flipped", whole[:middle] + bytes([whole[middle] ^ 0xff]) + whole[middle + 1:]), ("lacking", whole[:middle] + whole[middle + 5:]),
                       ("plain.ndjson", b'{"schema":1,"line":1}\n{"schema":9,"line":2}\nno JSON\n\n')):
        path = os.path.join(folder, name)
        with open(path, "wb") as f:
            f.write(data)
        s.say("report", "-f", "text", path, lines=34)
        s.say("report", "--select", "verdict=enforce,rank<200", path)
        s.say("diff", "-f", "json", path, os.path.join(folder, "old"))
    s.say("report", os.path.join(folder, "nowhere"))
    s.say("recheck", os.path.join(folder, "nowhere"), "-o", os.path.join(folder, "again"))
    golden.check("damaged.txt", s.text)


def recheck(golden, folder):
    """What is stored is judged again as it was, and otherwise when told so."""
    s = Session(folder)
    again = os.path.join(folder, "again")
    s.say("recheck", os.path.join(folder, "old"), "-o", again)
    s.say("recheck", os.path.join(folder, "old"), "-o", again)
    s.say("recheck", os.path.join(folder, "old"), "-o", os.path.join(folder, "strict"), "-s", "tlsrpt_missing=error")
    s.say("diff", again, os.path.join(folder, "strict"))
    lines = subprocess.run(["zstd", "-dcq", os.path.join(again, "results.ndjson.zst")], capture_output=True, check=True).stdout.splitlines()
    for row in map(json.loads, lines[:80]):
        s.text += json.dumps({k: row[k] for k in ("domain", "verdict", "impact", "interoperable", "senders_refusing", "provider", "issues")}) + "\n"
    golden.check("recheck.txt", re.sub(r"in [\d.]+ s\b", "in N s", s.text))
    # Of what is no run nothing is made; of one that is damaged, what can be read of it.
    for name, wanted in (("foreign", None), ("nowhere", None), ("empty", 0), ("plain.ndjson", 2), ("cut", 1000), ("old", 300)):
        to = os.path.join(folder, "of-" + name)
        status, _, err = run("recheck", os.path.join(folder, name), "-o", to)
        golden.expect(f"recheck of {name}: status", status == (2 if wanted is None else 0), (status, err))
        made = None
        if os.path.exists(to):
            made = subprocess.run(["zstd", "-dcq", os.path.join(to, "results.ndjson.zst")], capture_output=True, check=False).stdout.count(b"\n")
        golden.expect(f"recheck of {name}: what is made", made == wanted, made)


def lint(golden, folder):
    for kind, corpus in (("sts", "sts_record"), ("policy", "policy"), ("tlsrpt", "tlsrpt")):
        paths = sorted(glob.glob(os.path.join(ROOT, "tests/fuzz/corpus", corpus, "*")))
        few = [p for p in paths if os.path.getsize(p) < 600 and os.path.basename(p)[0] in "0123"]
        s = Session(folder)
        s.say("lint", kind, *few[::2])
        s.say("lint", "--json", kind, *few[1::2])
        golden.check(f"lint_{kind}.txt", s.text)
    s = Session(folder)
    s.say("lint", "sts", "-", stdin=b"v=STSv1; id=1")
    s.say("lint", "sts", stdin=b"v=STSv1; id=2026-11-24;")
    s.say("lint", "-s", "sts_record_id_charset=warning", "sts", stdin=b"v=STSv1; id=2026-11-24;")
    s.say("lint", "policy", "--json", stdin=b"version: STSv1\r\nmode: testing\r\nmx: *.example.net\r\nmax_age: 86400\r\n")
    s.say("lint", "policy", os.path.join(folder, "nowhere"), os.path.join(folder, "empty"))
    s.say("lint", "-s", "nonsense=error", "policy", stdin=b"")
    s.say("lint", "smtp", stdin=b"")
    s.say("lint")
    golden.check("lint.txt", s.text)


def pages(golden, folder):
    s = Session(folder)
    commands = [line.split("\t")[1].split()[0] for line in run("__describe")[1].decode().splitlines() if line.startswith("command\t")]
    golden.expect("the commands are known", len(commands) >= 7, commands)
    for words in ([], ["--help"], ["help"], ["--version"], *([c, "--help"] for c in commands), *([c, "--usage"] for c in commands),
                  *(["help", c] for c in commands[:2]), ["hepl"], ["scna"], ["--verison"], ["-x"], ["report"], ["diff", "a"], ["schema", "sql"],
                  ["explain", "no_such_thing_at_all"], ["check"], ["scan", "--no-such-option"]):
        s.say(*words)
    golden.check("help.txt", s.text)
    s = Session(folder)
    for words in (["mx_none_match"], ["policy_cert_expired", "tlsrpt_missing"], ["wildcard"], ["MX"], [], ["--markdown"], ["-m", "mx_none_match"], ["MX_NONE_MATCH"],
                  ["certificate", "expired"], ["verdict"], ["impact"], *([word] for word in VERDICTS + IMPACTS), ["dane"], ["", "x"], ["policy_cert"]):
        s.say("explain", *words, lines=100)
    golden.check("explain.txt", s.text)
    s = Session(folder)
    for words in (["json"], ["clickhouse"], ["clickhouse-flat"], ["postgres"], ["duckdb"], ["markdown"], ["json", "hosts"], ["clickhouse", "hosts"], ["postgres", "hosts"],
                  ["duckdb", "hosts"], ["markdown", "hosts"], ["--table", "mine", "duckdb"], ["--table", "mine", "postgres", "hosts"], ["--table", "no name", "duckdb"], ["hosts"], [],
                  ["json", "duckdb"], ["-t", "x", "json"]):
        s.say("schema", *words, lines=None if "json" not in words[:1] or len(words) > 1 else 100)
    golden.check("schema.txt", s.text)


def dry_runs(golden, folder):
    """What a scan would do; every option that it may be given, well and badly."""
    s = Session(folder)
    names, out = os.path.join(folder, "names"), os.path.join(folder, "out")
    with open(names, "wb") as f:
        f.write(b"".join(b"%d,n%d.example\n" % (i, i) for i in range(1, 2001)) + b"# a comment\n\nno name at all\n")
    base = ["scan", "--dry-run", "--workers", "2", "-r", "192.0.2.1", "-o", out]
    table, bad = os.path.join(folder, "table.csv"), os.path.join(folder, "exclude")
    with open(table, "w", encoding="utf-8") as f:
        f.write("customer,domain\nacme,a.example\n,b.example\n")
    with open(bad, "w", encoding="utf-8") as f:
        f.write("# who asked\nexample.org\n192.0.2.0/24\n2001:db8::/32\n")
    for more in ([names], ["--shard", "2/5", names], ["--sample", "0.25", "--seed", "9", names], ["--tag-column", "customer", table],
                 ["--exclude", bad, "--dns-rate", "500", "--workers", "3", names], ["--lean", "--timeout-fetch", "7", "--retries", "2", names],
                 ["-r", "[2001:db8::1]:5353", "--contact", "https://example.net/scan", names], ["--tag-column", "nobody", table],
                 [os.path.join(folder, "nowhere")], ["--exclude", names, names], ["--severity", "mx_none_match=warning", names]):
        s.say(*base, *more)
    many = os.path.join(folder, "many")
    with open(many, "wb") as f:
        f.write(b"".join(b"n%d.example\n" % i for i in range(100000)))
    for more in ([many], ["--contact", "https://example.net/scan", "--mx-tls", many]):
        s.say(*base, *more)
    few = os.path.join(folder, "few_names")
    with open(few, "w", encoding="utf-8") as f:
        f.write("a.example\n")
    for option, values in OPTIONS.items():
        for value in values:
            before = len(s.text)
            status, _ = s.say(*base, option, value, few)
            if status == 0:  # the same as ever, then
                s.text = s.text[:before] + f"{option} {value}: {[line for line in s.text[before:].splitlines() if 'record' in line]}\n"
    resolvers, cells = os.path.join(folder, "resolvers"), os.path.join(folder, "cells")
    with open(resolvers, "w", encoding="utf-8") as f:
        f.write("# ours\n192.0.2.1\n\n[2001:db8::1]:5353 # theirs\n192.0.2.1\n")
    with open(cells, "w", encoding="utf-8") as f:
        f.write("x;site;a.example\ny;b.example;c.example\n")
    excel = os.path.join(folder, "excel.csv")
    with open(excel, "w", encoding="utf-8") as f:
        f.write("sep=;\nDom\u00e4ne;Kunde\na.example;Acme, Inc.\nb.example;x\n")
    for more in ([excel], ["--domain-column", "1", "--tag-column", "2", excel], ["--domain-column", "1", "--tag-column", "kunde", "--no-header", excel],
                 ["--delimiter", ",", excel]):
        s.say(*base, *more)
    for more in (["--resolvers", resolvers, few], ["--resolvers", few, few], ["--resolvers", os.path.join(folder, "nowhere"), few], ["--ca-file", few, few],
                 ["--delimiter", ";", "--domain-column", "2", "--no-header", cells], ["--delimiter", ";", "--domain-column", "site", cells], ["--delimiter", ";;", cells],
                 ["--delimiter", "tab", "--domain-column", "1", cells], ["--domain-column", "0", cells], ["--mx-tls", few], ["--mx-tls=all", few], ["--mx-tls=all", "--contact", "https://e.example/", few],
                 ["--mx-tls=some", few], ["--dane", few], ["--dane=all", "--mx-tls", "--visits", "2", few], ["--dane=policy", "--mx-tls=policy", "--smtp-rate", "0.5", few], ["--visits", "2", few],
                 ["--shard", "3/7", "--dns-rate", "700", "--host-rate", "1", "--host-concurrency", "3", "--mx-tls", "--smtp-rate", "2", "--smtp-concurrency", "4", names]):
        s.say(*base, *more)
    s.say("scan", "--dry-run", "-r", "192.0.2.1", names)
    s.say(*base, "--resume", names)
    s.say("scan", "--resume", "-o", folder)
    # What is refused: not a word of what it would cost.
    latin = os.path.join(folder, "latin.csv")
    with open(latin, "wb") as f:
        f.write(b"name;kunde\nb\374cher.de;M\374ller\nm\374ller.de;x\n")
    for more in (["-o", folder, "--shard", "2/5", names], ["-o", out, "--tag-column", "nobody", table], ["-o", out, latin], ["-o", out, "--tag-column", "2", latin],
                 ["-o", out, "--domain-column", "name", "--tag-column", "kunde", latin], ["-o", out, os.path.join(folder, "nowhere")]):
        s.say("scan", "-r", "127.0.0.1:9", *more)
    s.say(*base, "-q", names)
    s.say(*base, "--mx-tls", names)
    s.say(*base, "--dane", "--shard", "2/5", "--smtp-rate", "7", names)
    s.say(*base, "--dane", "--mx-tls=all", "--smtp-retries", "0", "--visits", "9", names)
    s.say(*base, "-", stdin=b"a.example\nb.example\n")
    golden.check("scan_options.txt", s.text)


VERDICTS = ["absent", "enforce", "testing", "none", "broken", "inconclusive", "excluded", "invalid_input"]
IMPACTS = ["mail_loss", "unprotected"]  # and none, which is a verdict, too
# Values at and beyond the borders.
OPTIONS = {
    "--shard": ["0/4", "5/4", "4/4", "1", "1/0", "x/4", "1/4x", "1/100000", "1/100001"],
    "--sample": ["0", "1", "1.01", "-0.1", "x", ""],
    "--seed": ["0", "18446744073709551615", "18446744073709551616", "-1"],
    "--level": ["0", "1", "19", "20"],
    "--workers": ["0", "1", "256", "257"],
    "--concurrency": ["0", "1", "20000", "20001"],
    "--retries": ["0", "20", "21", "-1"],
    "--timeout-dns": ["0.04", "0.05", "300", "301"],
    "--timeout-fetch": ["0.09", "0.1", "3600", "3601"],
    "--dns-rate": ["0", "1", "1000000000", "1000000001"],
    "--host-rate": ["0", "1000000", "1000001"],
    "--host-concurrency": ["0", "1", "10000", "10001"],
    "--https-port": ["0", "1", "65535", "65536"],
    "--allow-net": ["10.0.0.0/8", "10.0.0.1/8", "::1/128", "::1/129", "x"],
    "--resolver": ["192.0.2.300", "192.0.2.1:0", "192.0.2.1:65535", "192.0.2.1:65536", "::1", "[::1]:53", "[::1", "name.example"],
    "--contact": ["https://example.net/", "example.net", "https://a b/", "mailto:x@example.net"],
    "--severity": ["mx_none_match=error", "mx_none_match=inconclusive", "mx_none_match", "nothing=error"],
    "--progress": ["plain", "json", "auto", "loud"],
    "--sandbox": ["on", "off", "maybe"],
    "--cert-days": ["0", "1", "398", "3650", "3651", "x"],
    "--ehlo": ["scanner.example", "", "a b", "-", "[192.0.2.1]", "x" * 300],
    "--smtp-port": ["0", "1", "65535", "65536"],
    "--smtp-rate": ["0", "0.001", "0.0009", "1000", "1001"],
    "--smtp-concurrency": ["0", "1", "1000", "100000"],
    "--smtp-pause": ["-1", "0", "1", "86400", "100000"],
    "--smtp-retries": ["-1", "0", "5", "10", "11", "100"],
    "--timeout-smtp": ["0", "0.9", "1", "3600", "3601"],
    "--visits": ["0", "1", "100", "10001", "1000001"],
}


def main():
    golden = Golden("commands")
    folder = tempfile.mkdtemp()
    try:
        for part in (reports, damage, recheck, lint, pages, dry_runs):
            part(golden, folder)
    finally:
        shutil.rmtree(folder)
    sys.exit(golden.finish())


if __name__ == "__main__":
    main()
