#!/usr/bin/env python3
"""probe.py BUILD_DIR - see probe.sh. labnet stands behind a proxy that counts the connections and commands of each address."""
import asyncio
import collections
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

try:
    import jsonschema
except ImportError:
    jsonschema = None

BUILD = os.path.abspath(sys.argv[1])
PROGRAM = os.path.join(BUILD, "scanner/mtasweep")
LABNET = os.path.join(BUILD, "datasets/labnet")
LAB = ["--adoption", "0.9", "--mx_no_starttls", "3000", "--mx_self_signed", "3000", "--seed", "7"]
FAST = ["--ehlo", "scanner.example.net", "--timeout-smtp", "6", "--smtp-rate", "10", "--smtp-pause", "1"]


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, what, got, want):
        if got == want:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}: {str(got)[:300]}, wanted {str(want)[:300]}")


class Proxy:
    """Port 25 of every address of labnet's MX hosts, on 127.0.2.0/24: counts, and can refuse the first visits."""

    def __init__(self, target):
        self.target = target
        self.visits = collections.Counter()
        self.open = collections.Counter()
        self.most = collections.Counter()
        self.early = 0
        self.quit = 0
        self.greeted = 0
        self.later = set()  # addresses whose first visit ends in 421
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.run(ready)), daemon=True).start()
        ready.wait(10)

    async def run(self, ready):
        server = await asyncio.start_server(self.serve, "0.0.0.0", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await asyncio.Event().wait()

    async def serve(self, reader, writer):
        address = writer.get_extra_info("sockname")[0]
        self.visits[address] += 1
        self.open[address] += 1
        self.most[address] = max(self.most[address], self.open[address])
        try:
            if address in self.later and self.visits[address] == 1:
                writer.write(b"421 4.7.0 later\r\n")
                self.greeted += 1
                said = await asyncio.wait_for(reader.read(100), 5)
                self.quit += said == b"QUIT\r\n"
            else:
                await self.forward(reader, writer, address)
        except (OSError, asyncio.TimeoutError):
            pass
        self.open[address] -= 1
        writer.close()

    async def forward(self, reader, writer, address):
        try:
            from_host, to_host = await asyncio.open_connection(address, self.target)
        except OSError:
            return
        said = []
        task = asyncio.create_task(self.copy(from_host, writer, said, True))
        try:
            await self.copy(reader, to_host, said, False)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def copy(self, reader, writer, said, of_host):
        while data := await reader.read(65536):
            if of_host and not said:
                said.append("220")
                self.greeted += 1
            elif not of_host and not said:
                self.early += 1
            writer.write(data)
        writer.close()


class Lab:
    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen([LABNET, "serve", "--dir", folder, *LAB], stdout=subprocess.PIPE, text=True)
        ready = self.process.stdout.readline()
        self.dns, self.https, self.smtp = re.match(r"ready dns=(\S+) https=(\d+) smtp=(\d+)", ready).groups()
        self.args = ["-r", self.dns, "--ca-file", os.path.join(folder, "ca.pem"), "--allow-net", "127.0.0.0/8",
                     "--allow-net", "::1/128"]

    def names(self, count):
        """Names with a policy in force, and labnet's truth."""
        text = subprocess.run([LABNET, "names", "-n", str(count)], capture_output=True, text=True, check=True).stdout
        path = os.path.join(self.folder, "names")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        truth = subprocess.run([LABNET, "truth", path, *LAB], capture_output=True, text=True, check=True).stdout
        return path, {r["domain"]: r for r in map(json.loads, truth.splitlines())}

    def path(self, name):
        return os.path.join(self.folder, name)


def rows(path):
    text = subprocess.run(["zstdcat", path], capture_output=True, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def probe(lab, port, *more):
    return subprocess.run([PROGRAM, "probe", lab.path("run"), *lab.args, *FAST, "--smtp-port", str(port), *more],
                          capture_output=True, text=True)


def compare(count, what, folder, truth):
    records = rows(os.path.join(folder, "results.ndjson.zst"))
    wrong = []
    for r in records:
        if r["verdict"] not in ("enforce", "testing"):
            wrong += [r["domain"]] if any(h["tls"] for h in r["mx"]["hosts"]) else []
            continue
        want = truth[r["domain"]]["mx_tls"]
        if want and [h["tls"] for h in r["mx"]["hosts"]] != [{"dns": "no_address"}.get(w, w) for w in want]:
            wrong.append((r["domain"], [h["tls"] for h in r["mx"]["hosts"]], want))
    count.equal(f"{what}: names whose hosts are not labnet's truth", wrong, [])
    count.equal(f"{what}: one record a name", len(records), len(truth))
    return records


def polite(count, what, proxy):
    count.equal(f"{what}: nothing before the greeting", proxy.early, 0)
    count.equal(f"{what}: at one address at a time", max(proxy.most.values()), 1)


def of_schema(count, hosts):
    """Each line is what `schema json hosts` says: all keys, in that order, and of those types."""
    text = subprocess.run([PROGRAM, "schema", "json", "hosts"], capture_output=True, text=True, check=True).stdout
    schema = json.loads(text)
    count.equal("keys of a host", {tuple(h) for h in hosts}, {tuple(schema["properties"])})
    if jsonschema:
        validator = jsonschema.Draft202012Validator(schema)
        count.equal("lines that the schema refuses", [e.message for h in hosts for e in validator.iter_errors(h)], [])


def whole(count, lab, truth):
    proxy = Proxy(int(lab.smtp))
    done = probe(lab, proxy.port, "-o", lab.path("mx"))
    count.equal("probe", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    records = compare(count, "whole", lab.path("mx"), truth)
    hosts = rows(lab.path("mx/hosts.ndjson.zst"))
    of_schema(count, hosts)
    count.equal("each host once in the file", len({h["host"] for h in hosts}), len(hosts))
    visited = sum(h["probe"]["addresses_tried"] for h in hosts if h["probe"])
    count.equal("each address of a host visited once", (sum(proxy.visits.values()), "a worker ended" not in done.stderr),
                (visited, True))
    polite(count, "whole", proxy)
    count.equal("names are counted", sum(h["names"] for h in hosts),
                sum(len(r["mx"]["hosts"]) for r in records if r["verdict"] in ("enforce", "testing")
                    and r["mx"]["null_mx"] is False))
    bad = {"no_starttls", "self_signed", "name_mismatch", "untrusted", "expired", "not_yet_valid", "handshake", "protocol"}
    lost = {r["domain"] for r in records if r["verdict"] == "enforce" and any(h["matched"] for h in r["mx"]["hosts"])
            and all(h["tls"] in bad for h in r["mx"]["hosts"] if h["matched"])}
    told = {r["domain"] for r in records if any(i["code"] == "mx_none_usable" for i in r["issues"])}
    count.equal("mail that is lost is told", told, lost)
    count.equal("there is such mail", len(lost) > 0, True)
    again = subprocess.run([PROGRAM, "recheck", lab.path("mx"), "-o", lab.path("mx-again")], capture_output=True)
    count.equal("recheck", again.returncode, 0)
    count.equal("recheck changes nothing", rows(lab.path("mx-again/results.ndjson.zst")) == records, True)
    count.equal("recheck keeps the hosts", rows(lab.path("mx-again/hosts.ndjson.zst")), hosts)
    rejudged(count, lab, records)
    recount(count, lab.path("mx"))
    recount(count, lab.path("mx-again"))
    expiring(count, lab.path("mx"), records)
    return hosts


def certificates(record):
    """Of policy host and MX hosts: when they end, where, and whose they are."""
    policy = record["policy"]
    ends = [(policy["cert_not_after"], "mta-sts." + record["domain"], policy["cert_issuer"])]
    ends += [(h["probe"]["cert_not_after"], h["host"], h["probe"]["cert_issuer"]) for h in record["mx"]["hosts"] if h["probe"]]
    return [end for end in ends if end[0]]


def expiring(count, folder, records):
    """Names of which any certificate ends, with the one that does first."""
    done = subprocess.run([PROGRAM, "report", "--expiring", "3650d", "--select", "verdict=enforce or verdict!=enforce", folder], capture_output=True,
                          text=True, check=True)
    got = [(row["domain"], (row["expires"], row["expires_at"], row["expires_issuer"])) for row in csv.DictReader(io.StringIO(done.stdout))]
    firsts = {r["domain"]: min(certificates(r), key=lambda end: end[0]) for r in records if certificates(r)}
    count.equal("--expiring has the names with certificates", sorted(d for d, _ in got), sorted(firsts))
    count.equal("... the one that ends first", {d: end[0] for d, end in got}, {d: end[0] for d, end in firsts.items()})
    count.equal("... as policy host or MX host showed it", [d for d, end in got if end not in certificates(next(r for r in records if r["domain"] == d))], [])
    count.equal("... in order", [end[0] for _, end in got], sorted(end[0] for _, end in got))


def rejudged(count, lab, records):
    """What was concluded is concluded again from what the hosts showed; another rule gives another judgement."""
    os.mkdir(lab.path("bare"))
    shutil.copy(lab.path("mx/run.json"), lab.path("bare/run.json"))
    shutil.copy(lab.path("mx/hosts.ndjson.zst"), lab.path("bare/hosts.ndjson.zst"))
    lines = []
    for record in json.loads(json.dumps(records)):
        record.update(issues=[], impact="none")
        for host in record["mx"]["hosts"]:
            host["sts_usable"] = None
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    subprocess.run(["zstd", "-q", "-o", lab.path("bare/results.ndjson.zst")], input="".join(lines).encode(), check=True)
    for name, more in (("judged", []), ("milder", ["-s", "mx_starttls_missing=info"])):
        done = subprocess.run([PROGRAM, "recheck", lab.path("bare"), "-o", lab.path(name), *more], capture_output=True, text=True)
        count.equal(f"recheck of evidence alone: {name}", (done.returncode, done.stderr), (0, ""))
    count.equal("recheck concludes the same from the evidence", rows(lab.path("judged/results.ndjson.zst")) == records, True)
    with open(lab.path("judged/report.json"), encoding="utf-8") as one, open(lab.path("mx/report.json"), encoding="utf-8") as other:
        count.equal("and reports the same", json.load(one)["tables"]["mx_tls"], json.load(other)["tables"]["mx_tls"])
    milder = [(i["code"], i["severity"]) for r in rows(lab.path("milder/results.ndjson.zst")) for i in r["issues"]
              if i["code"] == "mx_starttls_missing"]
    count.equal("recheck with another severity", set(milder), {("mx_starttls_missing", "info")})


WORDS_BAD = {"no_starttls", "name_mismatch", "expired", "not_yet_valid", "self_signed", "untrusted", "protocol",
             "incomplete_chain", "starttls_refused", "cleartext", "handshake"}
WORDS_KNOWN = WORDS_BAD | {"ok", "weak"}


def reported(folder):
    text = subprocess.run([PROGRAM, "report", "-f", "json", folder], capture_output=True, text=True, check=True).stdout
    return json.loads(text)["tables"]


def share(cell):
    return cell["n"], cell["of"]


def recount(count, folder):
    """The report's tables of MX hosts are what its own records and host rows come to, by names and by hosts."""
    with open(os.path.join(folder, "report.json"), encoding="utf-8") as file:
        t = json.load(file)["tables"]
    count.equal("`report` makes the same tables", reported(folder), t)
    names = [[h for h in r["mx"]["hosts"] if h["tls"]] for r in rows(os.path.join(folder, "results.ndjson.zst"))]
    names = [hosts for hosts in names if hosts]
    alone = [[h] for h in rows(os.path.join(folder, "hosts.ndjson.zst"))]
    for column, groups in (("names", names), ("hosts", alone)):
        known = [[h for h in g if h["tls"] in WORDS_KNOWN] for g in groups]
        known = [g for g in known if g]
        for row, test in (("offered", lambda g: all(h["tls"] != "no_starttls" for h in g)),
                          ("none", lambda g: all(h["tls"] == "no_starttls" for h in g)),
                          ("usable", lambda g: all(h["tls"] not in WORDS_BAD for h in g))):
            count.equal(f"mx_starttls {row} {column}", share(t["mx_starttls"]["rows"][row][column]),
                        (sum(map(test, known)), len(known)))
        count.equal(f"mx_starttls inconclusive {column}", share(t["mx_starttls"]["rows"]["inconclusive"][column]),
                    (len(groups) - len(known), len(groups)))
        for word, row in t["mx_tls"]["rows"].items():
            count.equal(f"mx_tls {word} {column}", share(row[column]),
                        (sum(any(h["tls"] == word for h in g) for g in groups), len(groups)))
        for word, row in t["mx_cert_reasons"]["rows"].items():
            count.equal(f"mx_cert_reasons {word} {column}", row[column]["n"],
                        sum(any(h["tls"] in WORDS_BAD and word in h["tls_reasons"] for h in g) for g in groups))
        spoke = [[h["probe"] for h in g if h["probe"] and h["probe"]["tls_version"]] for g in groups]
        spoke = [g for g in spoke if g]
        for word, row in t["mx_tls_versions"]["rows"].items():
            count.equal(f"mx_tls_versions {word} {column}", share(row[column]),
                        (sum(any(p["tls_version"] == word for p in g) for g in spoke), len(spoke)))
        count.equal(f"mx_keys {column}", t["mx_keys"]["rows"]["ec_256"][column]["of"],
                    sum(any(p["cert_key_bits"] for p in g) for g in spoke))
        count.equal(f"mx_cert_days {column}", sum(row[column]["n"] for row in t["mx_cert_days"]["rows"].values()),
                    sum(any(p["cert_not_after"] for p in g) for g in spoke))
        count.equal(f"there is something of everything: {column}", all(t[k]["rows"][r][column]["n"] for k, r in (
            ("mx_tls", "ok"), ("mx_tls", "no_starttls"), ("mx_cert_reasons", "self_signed"))), True)
    visits = t["probe_run"]["rows"]
    count.equal("probe_run hosts", visits["hosts"]["n"], len(alone))
    count.equal("probe_run uses", visits["uses"]["n"], sum(g[0]["names"] for g in alone))
    both = reported_twice(folder)
    count.equal("a host of two runs counts once", (both["probe_run"], both["mx_tls"]["rows"]["ok"]["hosts"]),
                (t["probe_run"], t["mx_tls"]["rows"]["ok"]["hosts"]))
    count.equal("a name of two runs counts twice", both["mx_tls"]["rows"]["ok"]["names"]["of"], 2 * len(names))


def reported_twice(folder):
    text = subprocess.run([PROGRAM, "report", "-f", "json", folder, folder], capture_output=True, text=True).stdout
    return json.loads(text)["tables"]


def killed(count, lab, truth, wanted):
    """kill -9, SIGTERM, then to the end: every host once in the file, and what is known is not asked again."""
    proxy = Proxy(int(lab.smtp))
    command = [PROGRAM, "probe", lab.path("run"), *lab.args, *FAST, "--smtp-port", str(proxy.port), "-o", lab.path("mx2")]
    for number, how in enumerate((signal.SIGKILL, signal.SIGTERM)):
        process = subprocess.Popen(command + (["--resume"] if number else []), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        time.sleep(3)
        process.send_signal(how)
        _, said = process.communicate()
        count.equal(f"after {how.name}", process.returncode, -9 if number == 0 else 130)
    count.equal("how to go on is said", "--resume" in said, True)
    known = {h["host"] for h in rows(lab.path("mx2/hosts.ndjson.zst"))}
    before = sum(proxy.visits.values())
    done = subprocess.run(command + ["--resume"], capture_output=True, text=True)
    count.equal("resumed", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    hosts = rows(lab.path("mx2/hosts.ndjson.zst"))
    count.equal("the same hosts", sorted(h["host"] for h in hosts), sorted(wanted))
    fresh = sum(h["probe"]["addresses_tried"] for h in hosts if h["probe"] and h["host"] not in known)
    count.equal("only what was not known is visited", sum(proxy.visits.values()) - before, fresh)
    compare(count, "resumed", lab.path("mx2"), truth)
    count.equal("done is done", subprocess.run(command + ["--resume"], capture_output=True).returncode, 2)


def later(count, lab, truth):
    """Hosts that say 421 are visited again, and QUIT is said to them."""
    proxy = Proxy(int(lab.smtp))
    proxy.later = {f"127.0.2.{n}" for n in range(1, 17)}
    done = probe(lab, proxy.port, "-o", lab.path("mx3"))
    count.equal("later", done.returncode, 0)
    compare(count, "later", lab.path("mx3"), truth)
    first = sum(1 for a in proxy.visits if a in proxy.later)
    count.equal("QUIT after 421", proxy.quit, first)
    polite(count, "later", proxy)


def closed(count, lab):
    """Nobody listens at all: that is our own network's doing, and nobody is blamed."""
    done = probe(lab, 1, "-o", lab.path("mx4"))
    count.equal("closed port", done.returncode, 3)
    count.equal("closed port: why", "nobody answers on port 1" in done.stderr, True)
    count.equal("closed port: no results", os.path.exists(lab.path("mx4/results.ndjson.zst")), False)
    count.equal("closed port: no hosts", rows(lab.path("mx4/hosts.ndjson.zst")), [])


def strip(records):
    """Without what a clock says, and without labnet's certificates, which are made anew for each handshake."""
    records = json.loads(json.dumps(records))
    for r in records:
        for part in [r, r["policy"], r["policy"]["evidence"] or {}] + [h["probe"] for h in r["mx"]["hosts"] if h["probe"]]:
            for key in ("scanned_at", "took_ms", "at", "cert_sha256", "cert_not_before", "cert_not_after"):
                part.pop(key, None)
    return sorted(records, key=lambda r: r["line"])


def scan(lab, proxy, name, program=PROGRAM, names="names"):
    return [program, "scan", lab.path(names), "-o", lab.path(name), *lab.args, "--https-port", lab.https, *FAST,
            "--mx-tls", "--smtp-port", str(proxy.port), "--workers", "2"]


def finished(count, lab, what, name, want):
    """A run that is over, with the records of `probe`, and nothing left of how it came about."""
    got = strip(rows(lab.path(f"{name}/results.ndjson.zst")))
    count.equal(f"{what}: one record a line", [r["line"] for r in got], [r["line"] for r in want])
    count.equal(f"{what}: records that are not as of probe",
                [(w["domain"], key, g[key], w[key]) for g, w in zip(got, want) for key in w if g[key] != w[key]], [])
    count.equal(f"{what}: nothing is left over", sorted(os.listdir(lab.path(name))),
                ["hosts.ndjson.zst", "report.html", "report.json", "report.txt", "results.ndjson.zst", "run.json"])
    with open(lab.path(f"{name}/run.json"), encoding="utf-8") as f:
        run = json.load(f)
    count.equal(f"{what}: run.json", (run["completed"], run["totals"]["records"], run["mx_hosts"]["hosts"]),
                (True, len(want), len(rows(lab.path(f"{name}/hosts.ndjson.zst")))))
    count.equal(f"{what}: command", "--mx-tls" in run["command"], True)


def scanned(count, lab, want):
    """One command does both."""
    proxy = Proxy(int(lab.smtp))
    done = subprocess.run(scan(lab, proxy, "all"), capture_output=True, text=True)
    count.equal("scan --mx-tls", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    finished(count, lab, "scan", "all", want)
    polite(count, "scan", proxy)
    hosts = rows(lab.path("all/hosts.ndjson.zst"))
    count.equal("scan: each address of a host visited once", sum(proxy.visits.values()),
                sum(h["probe"]["addresses_tried"] for h in hosts if h["probe"]))
    count.equal("scan: in == out is told", "in == out: " in done.stderr and "hosts    " in done.stderr, True)
    done = subprocess.run(scan(lab, proxy, "all") + ["--resume"], capture_output=True, text=True)
    count.equal("scan: done is done", (done.returncode, "complete" in done.stderr), (2, True))


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(n) for n in f.read().split()]


def scan_killed(count, lab, want):
    """kill -9 and SIGTERM in the pass over the hosts, and where the files are replaced: --resume goes on."""
    proxy = Proxy(int(lab.smtp))
    command, kills = scan(lab, proxy, "all2"), 0
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while True:
        while not os.path.exists(lab.path("all2/hosts.ndjson.zst")) and process.poll() is None:
            time.sleep(0.05)
        time.sleep(3 if kills < 2 else 9)
        if process.poll() is not None or kills == 4:
            break
        process.send_signal(signal.SIGTERM if kills % 2 else signal.SIGKILL)
        process.wait()
        kills += 1
        with open(lab.path("all2/run.json"), encoding="utf-8") as f:
            count.equal("killed: not complete", json.load(f)["completed"], False)
        process = subprocess.Popen([PROGRAM, "scan", "--resume", "-o", lab.path("all2")], stderr=subprocess.PIPE, text=True)
    _, said = process.communicate()
    count.equal("killed: resumed", (process.returncode, said if process.returncode else "", kills > 1), (0, "", True))
    finished(count, lab, "killed", "all2", want)
    polite(count, "killed", proxy)


def put_in_place(count, lab, want):
    """Broken off while the judged files are moved: what is left is done, and no host visited."""
    whole, half = lab.path("all"), lab.path("all3")
    for moved in range(6):
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(whole, half)
        os.mkdir(f"{half}/judged")
        for name in ["results.ndjson.zst", "report.html", "report.json", "report.txt", "run.json"][moved:]:
            os.replace(f"{half}/{name}", f"{half}/judged/{name}")
            shutil.copy(f"{lab.path('run')}/{name}", f"{half}/{name}")  # as it was before
        with open(f"{half}/checkpoint", "w", encoding="utf-8") as f:
            json.dump({"schema": 1, "next": 61, "bytes": 1, "frames": 1, "records": 60, "seed": 1, "configuration": "{}",
                       "inputs": [], "pending": [], "names_done": True}, f)
        done = subprocess.run([PROGRAM, "scan", "--resume", "-o", half, lab.path("names"), "-q"], capture_output=True, text=True)
        count.equal(f"in place after {moved}", (done.returncode, done.stderr), (0, ""))
        finished(count, lab, f"in place after {moved}", "all3", want)


def workers_die(count, lab, want):
    """Workers are killed and crash: others visit their hosts."""
    proxy = Proxy(int(lab.smtp))
    process = subprocess.Popen(scan(lab, proxy, "all4"), stderr=subprocess.PIPE, text=True)
    while not os.path.exists(lab.path("all4/hosts.ndjson.zst")):
        time.sleep(0.05)
    died = set()
    for how in (signal.SIGKILL, signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT):
        time.sleep(0.8)
        while not (alive := [pid for pid in children(process.pid) if pid not in died]):  # a killed one may still be there
            time.sleep(0.05)
        os.kill(alive[0], how)
        died.add(alive[0])
    _, said = process.communicate()
    count.equal("workers die", (process.returncode, said if process.returncode else "", len(died)), (0, "", 4))
    count.equal("workers die: told", said.count("a worker ended ("), len(died))
    count.equal("workers die: what is said of EHLO, once", said.count("the name that is said at EHLO"), 1)
    finished(count, lab, "workers die", "all4", want)


def crasher(count, lab):
    """A host that kills whoever visits it: that is our own fault, the others are as they are."""
    hooks = os.path.join(BUILD, "scanner/mtasweep_hooks")
    if not os.path.exists(hooks):
        return
    with open(lab.path("names"), encoding="utf-8") as f:
        names = f.read().splitlines()[:12]
    bad = [f"www.crash-test-{n}.org" for n in range(6)]
    with open(lab.path("names5"), "w", encoding="utf-8") as out:
        out.write("\n".join(names + bad) + "\n")
    truth = subprocess.run([LABNET, "truth", lab.path("names5"), *LAB], capture_output=True, text=True, check=True).stdout
    truth = {r["domain"]: r for r in map(json.loads, truth.splitlines())}
    proxy = Proxy(int(lab.smtp))
    done = subprocess.run(scan(lab, proxy, "all5", hooks, "names5"), capture_output=True, text=True)
    count.equal("crasher", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    records = {r["domain"]: r for r in rows(lab.path("all5/results.ndjson.zst"))}
    hosts = {h["host"]: h for h in rows(lab.path("all5/hosts.ndjson.zst"))}
    killers = sorted(h for h in hosts if "crash-test-" in h)
    count.equal("crasher: there are", len(killers) > 1, True)
    count.equal("crasher: not tried", [(hosts[h]["tls"], hosts[h]["probe"]) for h in killers], [("not_tried", None)] * len(killers))
    count.equal("crasher: told", all(f"MX host {h} kills" in done.stderr for h in killers), True)
    wrong = [d for d, r in records.items() if d in names and r["verdict"] in ("enforce", "testing") and truth[d]["mx_tls"]
             and [h["tls"] for h in r["mx"]["hosts"]] != [{"dns": "no_address"}.get(w, w) for w in truth[d]["mx_tls"]]]
    count.equal("crasher: the others", wrong, [])
    blamed = [i["code"] for d in bad for i in records[d]["issues"] if i["code"] in ("mx_none_usable", "mx_tls_failure")]
    count.equal("crasher: nobody is blamed", blamed, [])
    with open(lab.path("all5/run.json"), encoding="utf-8") as f:
        count.equal("crasher: counted", json.load(f)["mx_hosts"]["crashed"], len(killers))


def shard(lab, proxy, k, *more, folder="dealt"):
    return probe(lab, proxy.port, "--shard", f"{k}/3", "-o", lab.path(f"{folder}/shard-{k}-of-3"), *more)


def put_together(lab, name, *dirs):
    arguments = [a for d in dirs for a in ("--visited", lab.path(d))]
    return subprocess.run([PROGRAM, "probe", lab.path("run"), "-o", lab.path(name), *arguments], capture_output=True, text=True)


def shards(count, lab, want):
    """Three machines: an operator is visited by one of them, and what they found together is what one finds alone."""
    proxy = Proxy(int(lab.smtp))
    os.mkdir(lab.path("dealt"))
    for k in (1, 2):
        done = shard(lab, proxy, k)
        count.equal(f"shard {k}", (done.returncode, f"shard {k} of 3: " in done.stdout), (0, True))
    done = put_together(lab, "joined", "dealt")
    count.equal("a shard is missing", (done.returncode, "shard 3 of 3 is missing" in done.stderr, os.path.exists(lab.path("joined"))),
                (2, True, False))
    process = subprocess.Popen([PROGRAM, "probe", lab.path("run"), *lab.args, *FAST, "--smtp-port", str(proxy.port), "--shard", "3/3",
                                "-o", lab.path("dealt/shard-3-of-3")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(lab.path("dealt/shard-3-of-3/hosts.ndjson.zst")):
        time.sleep(0.02)
    process.kill()
    process.wait()
    done = put_together(lab, "joined", "dealt")
    count.equal("a shard is not finished", (done.returncode, "is not finished" in done.stderr), (2, True))
    done = shard(lab, proxy, 3, "--resume")
    count.equal("shard 3", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    hosts = [rows(lab.path(f"dealt/shard-{k}-of-3/hosts.ndjson.zst")) for k in (1, 2, 3)]
    count.equal("shards: none is idle", all(hosts), True)
    count.equal("shards: each host once", sorted(h["host"] for part in hosts for h in part),
                sorted(h["host"] for h in rows(lab.path("mx/hosts.ndjson.zst"))))
    operators = [{h["pace_key"] for h in part} for part in hosts]
    count.equal("shards: an operator is one machine's", sum(map(len, operators)), len(set().union(*operators)))
    count.equal("shards: no results", [f for k in (1, 2, 3) for f in os.listdir(lab.path(f"dealt/shard-{k}-of-3")) if f.startswith("results")], [])
    with open(lab.path("dealt/shard-2-of-3/run.json"), encoding="utf-8") as f:
        run = json.load(f)
    pace = run["configuration"]["mx_hosts_pace"]
    count.equal("shards: an operator's rate is whole", pace["share"]["smtp_rate"], pace["smtp_rate"])
    count.equal("shards: run.json", (run["completed"], run["mx_hosts"]["hosts"]), (True, len(hosts[1])))
    visits = sum(proxy.visits.values())
    done = put_together(lab, "joined", "dealt")
    count.equal("put together", (done.returncode, done.stderr), (0, ""))
    count.equal("put together: nobody is visited", sum(proxy.visits.values()), visits)
    count.equal("put together: as by one machine", strip(rows(lab.path("joined/results.ndjson.zst"))) == want, True)
    count.equal("put together: the hosts", len(rows(lab.path("joined/hosts.ndjson.zst"))), sum(map(len, hosts)))
    one_by_one = put_together(lab, "joined2", *(f"dealt/shard-{k}-of-3" for k in (3, 1, 2)))
    count.equal("one by one", (one_by_one.returncode, strip(rows(lab.path("joined2/results.ndjson.zst"))) == want), (0, True))
    shards_refused(count, lab, proxy)


def shards_refused(count, lab, proxy):
    """What cannot be one probe."""
    os.mkdir(lab.path("other"))
    count.equal("another probe", shard(lab, proxy, 2, "--timeout-smtp", "7", folder="other").returncode, 0)
    names = [f"dealt/shard-{k}-of-3" for k in (1, 2, 3)]
    for what, dirs, text in (("twice", [*names, names[0]], "is there twice"), ("other options", [names[0], "other/shard-2-of-3", names[2]], "other options"),
                             ("no shard", ["run"], "is no shard of a probe"), ("nothing there", ["other/shard-2-of-3/nowhere"], "holds no shard")):
        done = put_together(lab, "refused", *dirs)
        count.equal(f"shards: {what}", (done.returncode, text in done.stderr, os.path.exists(lab.path("refused"))), (2, True, False))
    empty = rows(lab.path("dealt/shard-2-of-3/hosts.ndjson.zst"))[:-1]  # of other runs, say
    shutil.copytree(lab.path("dealt"), lab.path("less"))
    os.unlink(lab.path("less/shard-2-of-3/hosts.ndjson.zst"))
    subprocess.run(["zstd", "-q", "-o", lab.path("less/shard-2-of-3/hosts.ndjson.zst")], input="".join(json.dumps(h) + "\n" for h in empty).encode(),
                   check=True)
    done = put_together(lab, "refused", "less")
    count.equal("shards: a host that nobody visited", (done.returncode, "no shard has visited" in done.stderr), (2, True))


def validating(count, lab, proxy):
    """labnet's resolver does not validate: --dane says so before anything is asked or visited."""
    done = subprocess.run(scan(lab, proxy, "dane") + ["--dane"], capture_output=True, text=True)
    count.equal("scan --dane", (done.returncode, "needs a resolver that validates DNSSEC" in done.stderr), (3, True))
    with open(lab.path("dane/run.json"), encoding="utf-8") as f:
        run = json.load(f)
    count.equal("scan --dane: no name was asked about", (run["totals"]["records"], os.path.getsize(lab.path("dane/results.ndjson.zst"))), (0, 0))
    done = probe(lab, proxy.port, "--dane", "-o", lab.path("dane-mx"))
    count.equal("probe --dane", (done.returncode, "validates DNSSEC" in done.stderr), (3, True))
    count.equal("probe --dane: no host is known for it", rows(lab.path("dane-mx/hosts.ndjson.zst")), [])
    done = subprocess.run([PROGRAM, "check", "example.org", "-r", lab.dns, "--dane"], capture_output=True, text=True)
    count.equal("check --dane", (done.returncode, "needs a resolver that validates DNSSEC" in done.stderr), (3, True))


def usage(count, lab):
    dry = subprocess.run([PROGRAM, "probe", lab.path("run"), "--dry-run"], capture_output=True, text=True)
    count.equal("--dry-run", re.match(r"(\d+) distinct MX hosts of (\d+) operators to be visited; \S+ has most, \d+: at 2 a second that is .* at least\n$", dry.stdout) is not None, True)
    for arguments, text in ((["-o", "x"], "which runs?"), ([lab.path("run")], "where to?"),
                            ([lab.path("run"), "-o", lab.path("x"), "--scope", "all"], "--contact"),
                            ([lab.path("run"), "-o", lab.path("run")], "exists already"),
                            ([lab.path("run"), "-o", lab.path("x"), "--shard", "4/3"], "K/N"),
                            ([lab.path("run"), "-o", lab.path("x"), "--shard", "1/3", "--visited", "x"], "visits nobody"),
                            (["nowhere", "-o", lab.path("x")], "nowhere")):
        done = subprocess.run([PROGRAM, "probe", *arguments], capture_output=True, text=True)
        count.equal(f"probe {arguments}", (done.returncode, text in done.stderr), (2, True))


def main():
    folder = tempfile.mkdtemp(prefix="mtasweep-probe-")
    count, lab = Count(), Lab(folder)
    try:
        path, truth = lab.names(60)
        subprocess.run([PROGRAM, "scan", path, "-o", lab.path("run"), *lab.args, "--https-port", lab.https, "-q"], check=True)
        usage(count, lab)
        hosts = whole(count, lab, truth)
        killed(count, lab, truth, [h["host"] for h in hosts])
        later(count, lab, truth)
        closed(count, lab)
        want = strip(rows(lab.path("mx/results.ndjson.zst")))
        shards(count, lab, want)
        validating(count, lab, Proxy(int(lab.smtp)))
        scanned(count, lab, want)
        put_in_place(count, lab, want)
        scan_killed(count, lab, want)
        workers_die(count, lab, want)
        crasher(count, lab)
    finally:
        lab.process.terminate()
        lab.process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count.passed} passed, {count.failed} failed")
    sys.exit(1 if count.failed else 0)


main()
