"""papers_mx.py - populations of MX hosts with published rates, as the stored evidence of runs that visited them.

Ashiq, Fiebig and Chung (IMC 2025, figures 6 and 7) and Lee et al. (USENIX Security 2020, table 1; 2022, table 1). Each name and
host is drawn at random with the paper's rate; `report` must give the rate back from records and host lines.
"""
import json
import random
import subprocess

SELF, SELF_BAD, SELF_ALL = 23512, 1046, 993  # names with MX of their own; some host refused; every one
THIRD, THIRD_BAD, THIRD_ALL = 40683, 397, 149
ENFORCE_BAD, MXROUTING = 269, 122
# TLD: names with MX, of them with TLSA (2020).
TLSA = {"com": (72981465, 0.007), "net": (7440488, 0.073), "org": (6112057, 0.070), "nl": (4369343, 0.098), "se": (860413, 0.382)}
# TLD: names with TLSA, hosts of these, share of either where TLSA and certificate do not fit (2022).
INCORRECT = {"com": (707365, 0.0051, 12323, 0.2220), "net": (75921, 0.0106, 2604, 0.2097),
             "org": (61844, 0.0125, 1988, 0.1876), "se": (363192, 0.0001, 354, 0.0791)}
NAMES, TLSA_NAMES, HOSTS = 40000, 12000, 3000
BAD_WORDS = ("name_mismatch", "self_signed", "expired")


def host(name, tls, dane=None):
    """What a record and a host's line share."""
    reasons = [tls] if tls in BAD_WORDS else []
    probe = {"how": "direct", "at": "2026-11-01T00:00:00.000Z", "banner": "mx", "tls_version": "TLSv1.3", "cert_sha256": "00",
             "cert_key_bits": 2048, "cert_not_after": "2027-01-01T00:00:00.000Z", "addresses": 1, "addresses_tried": 1,
             "took_ms": 300}
    records = ["3 1 1 " + "00" * 32] if dane in ("ok", "mismatch") else []
    return {"host": name, "tls": tls, "tls_reasons": reasons, "tlsa": None if dane is None else bool(records), "dane": dane,
            "tlsa_records": records, "probe": probe}


def record(line, domain, verdict, hosts):
    found = [dict(h, preference=10 * (i + 1)) for i, h in enumerate(hosts)]
    return {"schema": 1, "line": line, "input": domain, "domain": domain, "tld": domain.rpartition(".")[2],
            "registrable": domain, "scanned_at": "2026-11-01T00:00:00.000Z", "verdict": verdict,
            "sts": {"dns": "ok" if verdict != "absent" else "nxdomain"}, "tlsrpt": {"dns": "nxdomain"},
            "mx": {"dns": "ok", "null_mx": False, "ad": True, "hosts": found}}


def write(folder, records, hosts):
    """A run: records, and each host once with the number of its names."""
    folder.mkdir()
    uses = {}
    for r in records:
        for h in r["mx"]["hosts"]:
            uses[h["host"]] = uses.get(h["host"], 0) + 1
    lines = [dict(h, schema=1, pace_key=h["host"].partition(".")[2], names=uses.get(h["host"], 0)) for h in hosts]
    for name, rows in (("results", records), ("hosts", lines)):
        text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
        subprocess.run(["zstd", "-q", "-o", folder / (name + ".ndjson.zst")], input=text.encode(), check=True)
    return folder


def imc(folder, dice):
    """Names with a policy and two MX hosts each: figures 6 and 7."""
    records, known = [], {}
    for line in range(1, NAMES + 1):
        own = dice.random() < SELF / (SELF + THIRD)
        many, bad, every = (SELF, SELF_BAD, SELF_ALL) if own else (THIRD, THIRD_BAD, THIRD_ALL)
        is_bad = dice.random() < bad / many
        refused = 2 if is_bad and dice.random() < every / bad else int(is_bad)
        domain = "n%d.example" % line
        operator = domain if own else "mxrouting.net" if is_bad and dice.random() < MXROUTING / THIRD_BAD else \
            "mail%d.net" % dice.randrange(40)
        enforce = dice.random() < (ENFORCE_BAD / (SELF_BAD + THIRD_BAD) if is_bad else 0.5)
        hosts = [host("mx%d-%d.%s" % (line, i, operator), dice.choice(BAD_WORDS) if i < refused else "ok") for i in range(2)]
        known.update({h["host"]: h for h in hosts})
        records.append(record(line, domain, "enforce" if enforce else "testing", hosts))
    return write(folder, records, known.values())


def lee2020(folder, dice):
    """Names of five TLDs, some with TLSA records at their host."""
    records, known = [], {}
    for tld, (_, share) in TLSA.items():
        for i in range(TLSA_NAMES):
            h = host("mx%d.hoster-%s.net" % (i, tld), "ok", "ok" if dice.random() < share else "none")
            known[h["host"]] = h
            records.append(record(len(records) + 1, "n%d.%s" % (i, tld), "absent", [h]))
    return write(folder, records, known.values())


def lee2022(folder, dice, tld):
    """Names with TLSA records: few of them have a host where these do not fit, but many hosts are such."""
    _, name_share, _, host_share = INCORRECT[tld]
    hosts = [host("mx%d.hoster-%s.net" % (i, tld), "ok", "mismatch" if dice.random() < host_share else "ok")
             for i in range(HOSTS)]
    good = [h for h in hosts if h["dane"] == "ok"]
    bad = [h for h in hosts if h["dane"] != "ok"]
    records = [record(i + 1, "n%d.%s" % (i, tld), "absent", [dice.choice(bad if dice.random() < name_share else good)])
               for i in range(TLSA_NAMES)]
    return write(folder, records, hosts)


def runs(work):
    """Folders of runs by the names that rows() uses."""
    dice = random.Random(17)
    made = {"mx": imc(work / "mx", dice), "tlsa": lee2020(work / "tlsa", dice)}
    for tld in INCORRECT:
        made["dane_" + tld] = lee2022(work / ("dane_" + tld), dice, tld)
    return made


def rows(at, of, count):
    """As papers.py has them."""
    certificates = "mx_certificates.rows.%s.%s"
    for column, who, many, bad, every in (("self", "self-managed", SELF, SELF_BAD, SELF_ALL),
                                          ("provider", "third party", THIRD, THIRD_BAD, THIRD_ALL)):
        for row, n in (("some", bad), ("every", every)):
            yield ("Figures 6, 7", "MX certificates, %s: %s host invalid" % (who, row), n, many, certificates % (row, column),
                   "", "mx", at("mx_certificates", row, column))
    yield ("Figures 6, 7", "... some host, in enforce", ENFORCE_BAD, SELF + THIRD, certificates % ("some", "enforce"), "", "mx",
           of(count(at("mx_certificates", "some", "enforce")), lambda t: at("mx_certificates", "some", "all")(t)[1]))
    yield ("Figures 6, 7", "mxrouting.net, of the third party's invalid", MXROUTING, THIRD_BAD,
           "mx_operators_bad.rows[mxrouting.net].names", "operators_bad", "mx", at("mx_operators_bad", "mxrouting.net", "names"))
    for tld, (many, share) in TLSA.items():
        yield ("Lee 2020, 1", ".%s: names with TLSA at an MX host" % tld, round(many * share), many,
               "dane_by_tld.rows[%s].tlsa" % tld, "", "tlsa", at("dane_by_tld", tld, "tlsa"))
    for tld, (names, name_share, hosts, host_share) in INCORRECT.items():
        for column, many, share in (("names", names, name_share), ("hosts", hosts, host_share)):
            yield ("Lee 2022, 1", ".%s: %s whose TLSA and certificate do not fit" % (tld, column), round(many * share), many,
                   "dane_validity.rows.refused." + column, "dane_validity", "dane_" + tld, at("dane_validity", "refused", column))
