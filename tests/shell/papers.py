#!/usr/bin/env python3
"""papers.py BUILD_DIR [--update] - the published tables come back.

Populations of the synthetic internet are built with the rates of Ashiq, Fiebig and Chung (IMC 2025), scanned, and
merged into one report (papers_mx.py has those of MX hosts), whose figures must agree with the published ones within the sampling error of so small a
sample: a figure may not be one that chance gives in less than one of ten thousand cases. The table in
datasets/papers.md has the same rows; --update writes it.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import papers_mx

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "datasets" / "papers.md"
BEGIN, END = "<!-- papers.py writes from here -->", "<!-- to here -->"
CHANCE_MIN = 1e-4
SEED = "3"

# The paper knows who runs 53,935 of 68,030 policy hosts, and of these 10,981 fail. All together 17,184 do, so of the
# 14,095 others 6,203 (44 %) do: more than of either kind. They are a population of their own here.
STS, CLASSIFIED, SELF, THIRD = 68030, 53935, 25344, 28591
ADOPTERS = 5000
TLDS = {"com": (53800, 73939004), "net": (6183, 6248969), "org": (7355, 5781423), "se": (692, 822449)}
TLD_NAMES = 20000
# Of the lab's names 72 % of those without MTA-STS have MX, and nearly all of those with: names for one name with MX.
MX_SHARE = 0.7202 / 0.986
TLSRPT = {"com": 52641 / 73939004, "net": 0.0007, "org": 7192 / 5781423, "se": 0.0007}  # the paper has .com and .org
RANKS = {1: 0.012, 990001: 0.004}  # first rank of the bin: adoption; Tranco's first and last ten thousand
RANK_NAMES = 10000


# No third party's policy host is without an address. Modes are not tabulated: of the 1,816 names with a mismatch 406
# are in enforce, which is all we know.
ADOPTED = dict(adoption=1, host_dangling=0, enforce=406 / 1816, testing=0.6)
# Every self-managed situation as published, and more wrong names on certificates until 44 % fail.
OTHERS = dict(ADOPTED, third_party=0, tls_name=32900 + 11040)
POPULATIONS = {
    "known": (round(ADOPTERS * CLASSIFIED / STS), dict(ADOPTED, third_party=THIRD / CLASSIFIED)),
    "unknown": (round(ADOPTERS * (STS - CLASSIFIED) / STS), OTHERS),
}


def wilson(n, of, z=1.96):
    share, square = n / of, z * z / of
    middle, half = share + square / 2, z * math.sqrt(share * (1 - share) / of + square / (4 * of))
    return (max(0.0, (middle - half) / (1 + square)) if n else 0.0), min(1.0, (middle + half) / (1 + square))


def chance(n, of, rate):
    """Probability of n or something as far out, of so many at that rate; both sides."""
    def log_term(k):
        return (math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * math.log(rate) +
                (of - k) * math.log1p(-rate))
    low = sum(math.exp(log_term(k)) for k in range(0, n + 1))
    high = sum(math.exp(log_term(k)) for k in range(n, of + 1))
    return min(1.0, 2 * min(low, high))


# Readers of a report: (n, of) from its tables.

def at(table, row, column):
    """A share; the row of a fixed set, or of a table whose keys come from outside."""
    def get(t):
        rows = t[table]["rows"]
        found = rows[row] if isinstance(rows, dict) else next((r for r in rows if r["key"] == row), None)
        return (found[column]["n"], found[column]["of"]) if found else (0, 0)
    return get


def count(get):
    return lambda t: get(t)[0]


def names(table, row, column="names"):
    """A plain count."""
    def get(t):
        return sum(r[column] for r in t[table]["rows"] if r["key"] == row)
    return get


def roots(*codes):
    """Names for which a finding that begins so is the cause."""
    return lambda t: sum(r["root"] for r in t["findings"]["rows"] if r["key"].startswith(codes))


def of(numerator, denominator):
    return lambda t: (numerator(t), denominator(t))


def adopters(t):
    return at("misconfigured", "any", "names")(t)[1]


ANY, RECORD, HOST = (at("misconfigured", row, "names") for row in ("any", "record", "policy_host"))
BAD_PATTERN = ("policy_mx_email", "policy_mx_trailing_dot", "policy_mx_empty")


def figure5():
    """Rows of figure 5 and its text."""
    numbers = {"self": (SELF, "self-managed", (("ok", SELF - 9588), ("dns", 42), ("tcp", 193), ("tls", 8871),
                                               ("http", 377), ("syntax", 55))),
               "provider": (THIRD, "third party", (("ok", THIRD - 1393), ("dns", 0), ("tcp", 34), ("tls", 1113),
                                                   ("http", 215), ("syntax", 81)))}
    for column, (everybody, who, stages) in numbers.items():
        for stage, n in stages:
            yield ("Figure 5", "%s: %s" % (who, "works" if stage == "ok" else "fails at " + stage), n, everybody,
                   "stages.rows.%s.%s" % (stage, column), "stages", "known", at("stages", stage, column))
    yield ("Figure 5", "self-managed: another name in the certificate", 8385, 8871, "tls_reasons.rows.name_mismatch.self",
           "tls_reasons", "known", at("tls_reasons", "name_mismatch", "self"))
    yield ("Figure 5", "third party: alert, no certificate", 463, 1113, "tls_reasons.rows.alert.provider", "tls_reasons",
           "known", at("tls_reasons", "alert", "provider"))
    yield ("Figure 5", "HTTP: 404", 387, 592, "http_status.rows[404].all", "http_status", "known",
           at("http_status", "404", "all"))
    yield ("Figure 5", "syntax: mx is an address, empty or ends in a dot", 87, 136,
           "findings.rows[policy_mx_email, _trailing_dot, _empty].root; stages.rows.syntax.all", "findings", "known",
           of(roots(*BAD_PATTERN), count(at("stages", "syntax", "all"))))


def mismatches():
    """Rows of figure 8. The paper's denominator is every name with a record."""
    for what, n, row in (("complete domain", 1023, "other"), ("3LD+", 730, "subdomain, sts_label"),
                         ("... of it with an mta-sts label", 597, "sts_label"), ("typo", 63, "typo")):
        keys = row.split(", ")
        yield ("Figure 8", "policy and MX differ: " + what, n, STS, "mismatches.rows[%s].all" % row, "", "all",
               of(lambda t, keys=keys: sum(at("mismatches", key, "all")(t)[0] for key in keys), adopters))
    yield ("Figure 8", "... any of them, in enforce", 406, STS, "mismatches.rows.some.enforce", "", "all",
           of(count(at("mismatches", "some", "enforce")), adopters))


def rows():
    """(where published, what, n, of, in report.json, query, which report, reader)"""
    for tld, (n, everybody) in TLDS.items():
        yield ("Table 1", ".%s: of the names with MX, with MTA-STS" % tld, n, everybody,
               "by_tld.rows[%s].mta_sts_mx" % tld, "by_tld", "tlds", at("by_tld", tld, "mta_sts_mx"))
    for first, rate in RANKS.items():
        key = "%d-%d" % (first, first + 9999)
        yield ("Figure 3", "Tranco %s: MTA-STS" % key, round(10000 * rate), 10000, "by_rank.rows[%s].mta_sts" % key,
               "by_rank", "ranks", at("by_rank", key, "mta_sts"))
    yield ("section 4", "misconfigured but for MX certificates: the sum of the parts", 331 + 17184 + 1816, STS,
           "misconfigured.rows.any", "", "all", ANY)
    yield ("Figure 4", "... policy host", 17184, STS, "misconfigured.rows.policy_host", "", "all", HOST)
    yield ("Figure 4", "... record", 331, STS, "misconfigured.rows.record", "", "all", RECORD)
    yield ("section 4", "misconfigured, with MX certificates", 20144, STS, "misconfigured.rows.any", "", "all", ANY)
    yield ("section 4", "policy host, of the misconfigured", 17184, 20144, "misconfigured.rows: policy_host, any", "",
           "all", of(count(HOST), count(ANY)))
    yield ("section 4", "mail lost, of the misconfigured", 640, 20144, "impact.rows.mail_loss; misconfigured.rows.any",
           "impact", "all", of(count(at("impact", "mail_loss", "names")), count(ANY)))
    for what, n, codes in (("no id", 65, ("sts_record_id_missing",)),
                           ("invalid id", 203, ("sts_record_id_charset", "sts_record_id_empty", "sts_record_id_too")),
                           ("version prefix", 52, ("sts_record_version",)),
                           ("policy fields in the record", 2, ("sts_record_policy_line",))):
        yield ("4.3.2", "record errors: " + what, n, 331, "findings.rows[%s].root" % ", ".join(c + "*" for c in codes),
               "findings", "all", of(roots(*codes), count(RECORD)))
    yield from figure5()
    yield from mismatches()
    for name, n in (("Tutanota", 7614), ("DMARCReport", 7293), ("PowerDMARC", 3753), ("EasyDMARC", 2222),
                    ("Mailhardener", 1558), ("URIports", 1100), ("Sendmarc", 805), ("OnDMARC", 451)):
        yield ("Table 2", "%s's customers, of the third party's" % name, n, THIRD, "policy_operators.rows[%s].names" % name,
               "broken_providers", "known", of(names("policy_operators", name), count(third_party)))
    for tld, n in (("com", 52641), ("org", 7192)):
        yield ("Figure 12", ".%s: TLS-RPT" % tld, n, TLDS[tld][1], "by_tld.rows[%s].tls_rpt" % tld, "by_tld", "tlds",
               at("by_tld", tld, "tls_rpt"))
    yield from papers_mx.rows(at, of, count)


def third_party(t):
    """Conclusive fetches from a provider's policy host."""
    of_all = at("stages", "ok", "provider")(t)[1]
    return of_all, of_all


class Lab:
    """Scans of populations; each gives a run."""

    def __init__(self, build, work):
        self.build, self.work, self.runs = build, work, {}

    def scan(self, name, rates, lines):
        folder = self.work / name
        folder.mkdir()
        (folder / "names").write_text("".join(lines))
        (folder / "rates").write_text("".join("%s %.9g\n" % pair for pair in rates.items()))
        server = subprocess.Popen([self.build / "datasets" / "labnet", "serve", "--dir", folder, "--seed", SEED,
                                   "--rates", folder / "rates"], stdout=subprocess.PIPE, text=True)
        try:
            ready = dict(part.split("=", 1) for part in server.stdout.readline().split()[1:])
            subprocess.run([self.build / "scanner" / "mtasweep", "scan", folder / "names", "-o", folder / "run", "-q",
                            "-r", ready["dns"], "--https-port", ready["https"],
                            "--ca-file", ready["ca"], "--allow-net", "127.0.0.0/8", "--allow-net", "::1/128",
                            "--host-rate", "0", "--timeout-dns", "1", "--retries", "1", "--workers", "2",
                            "--progress", "none"], stdout=subprocess.DEVNULL, check=True)
        finally:
            server.terminate()
            server.wait()
            server.stdout.close()
        self.runs[name] = folder / "run"

    def names(self, count):
        return subprocess.run([self.build / "datasets" / "labnet", "names", "-n", str(count), "--seed", SEED],
                              stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines(keepends=True)

    def tables(self, *runs):
        """Of the report that merges these."""
        out = subprocess.run([self.build / "scanner" / "mtasweep", "report", "-f", "json",
                              *(self.runs[name] for name in runs)], stdout=subprocess.PIPE, check=True).stdout
        return json.loads(out)["tables"]


def reports(build, work):
    """The merged reports' tables by the names that rows() uses."""
    lab = Lab(build, work)
    lines = lab.names(sum(n for n, _ in POPULATIONS.values()))
    for name, (n, rates) in POPULATIONS.items():
        lab.scan(name, rates, lines[:n])
        lines = lines[n:]
    words = [line.partition(".")[0] for line in lab.names(TLD_NAMES * 2)]
    words = [word for word in words if word != "www"][:TLD_NAMES]
    for tld, (n, everybody) in TLDS.items():
        adoption = n / everybody * MX_SHARE
        lab.scan(tld, {"adoption": adoption, "tlsrpt_adopter": 0.5, "tlsrpt": TLSRPT[tld] - adoption / 2},
                 ["%s.%s\n" % (word, tld) for word in words])
    for first, rate in RANKS.items():
        lines = lab.names(RANK_NAMES + first - 1)[first - 1:] if first == 1 else lab.names(2 * RANK_NAMES)[RANK_NAMES:]
        lab.scan("rank%d" % first, {"adoption": rate}, ["%d,%s" % (first + i, line) for i, line in enumerate(lines)])
    lab.runs.update(papers_mx.runs(work))
    visited = {name: lab.tables(name) for name in ("mx", "tlsa", *("dane_" + tld for tld in papers_mx.INCORRECT))}
    return {**visited, "known": lab.tables("known"), "all": lab.tables(*POPULATIONS), "tlds": lab.tables(*TLDS),
            "ranks": lab.tables(*("rank%d" % first for first in RANKS))}


def percent(share):
    return "%.3g %%" % (100 * share)


def judge(row, tables):
    """(agrees, the line for the page)"""
    place, what, n, everybody, key, query, which, reader = row
    got, out_of = reader(tables[which])
    if out_of == 0:
        return False, "| %s | %s | no such row: %s | |" % (place, what, key)
    low, high = wilson(got, out_of)
    good = got == 0 if n == 0 else chance(got, out_of, n / everybody) >= CHANCE_MIN
    return good, "| %s | %s | `%s`%s | %s of %s: %s | %d of %d: %s (%s to %s) |" % (
        place, what, key, " · `%s`" % query if query else "", "{:,}".format(n), "{:,}".format(everybody),
        percent(n / everybody), got, out_of, percent(got / out_of), percent(low), percent(high))


HEADER = """| where | what | in `report.json`, query | published | here (95 %) |
|---|---|---|---|---|
"""


def without_measured(line):
    return line.rpartition(" | ")[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    if not os.access(options.build / "datasets" / "labnet", os.X_OK):
        print("skipped: labnet is not built")
        return 77
    with tempfile.TemporaryDirectory(prefix="mtasweep-papers-") as work:
        tables = reports(options.build.resolve(), pathlib.Path(work))
    lines, failed = [], 0
    for row in rows():
        good, line = judge(row, tables)
        failed += not good
        lines.append(line)
        print(("ok   " if good else "FAIL ") + line)
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN + "\n")
    committed, _, after = rest.partition(END)
    if options.update:
        PAGE.write_text(before + BEGIN + "\n" + HEADER + "".join(line + "\n" for line in lines) + END + after)
    elif [without_measured(line) for line in committed.splitlines()[2:]] != [without_measured(line) for line in lines]:
        print("FAIL datasets/papers.md has other rows; papers.py BUILD --update writes them")
        failed += 1
    print("%d passed, %d failed" % (len(lines) + 1 - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
