#!/usr/bin/env python3
"""polite.py BUILD_DIR - whom a scan contacts, how often, and what it says of itself, as the servers see it.

Must run in a network namespace of its own (polite.sh): all addresses lead to this machine there, so that a
connection to any of them is seen. The addresses and what is to become of them are those of the unit test's table.
"""
import argparse
import json
import multiprocessing
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import attack_certs
from attack_dns import A, AAAA, MX, NS, NXDOMAIN, TXT, Question, rr, strings, sts, wire
from scale import Count

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "parsers", "test_netaddr.c")
ROW = re.compile(r'^\s*\{"([0-9a-fA-F.:]+)", (NULL|"[^"]*")\}', re.MULTILINE)
OWN = ["20.9.9.9", "2a00:9::9"]  # global, and an interface's
OWN_INSIDE = ["64:ff9b::20.9.9.9", "2002:1409:909::1", "::ffff:20.9.9.9"]  # forms that lead to it
HTTPS, SMTP = 443, 25
SO_TIMESTAMPNS = 35
# A connection is granted, made and noticed by three processes that wait for the processor, and a worker's first one
# waits for its CA certificates to be read: it may be seen so many seconds after its turn.
HOST_LATE_S = 0.35
SHARDS = 4
# A worker reads its clock, may wait so long for the processor, and then sends: what is due of one second is seen with
# the next one's. (That the rate holds to the question is tests/scenario/test_resolvers.c, where the clock is ours.)
DNS_LATE_S = 0.05
POLICY = b"version: STSv1\nmode: enforce\nmx: mail.%s\nmax_age: 604800\n"
NAME = re.compile(rb"mta-sts\.([a-z0-9-]+\.lab)")


def ip(*arguments, must=True):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if must and done.returncode:
        raise SystemExit(f"polite: ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.returncode == 0


def build_world():
    """True when there is IPv6 as well."""
    ip("link", "set", "lo", "up")
    ip("route", "add", "local", "0.0.0.0/0", "dev", "lo")
    ip("addr", "add", OWN[0] + "/32", "dev", "lo")
    return ip("-6", "route", "add", "local", "::/0", "dev", "lo", must=False) and \
        ip("addr", "add", OWN[1] + "/128", "dev", "lo", must=False)


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def plain(address):
    """Without the form in which a dual-stack socket shows IPv4. (Nothing can be mapped twice.)"""
    return address.removeprefix("::ffff:") if "." in address else address


# ---- servers -------------------------------------------------------------------------------------------------

class Dns:
    """One port: when each question came (by the kernel's clock), and which."""

    def __init__(self, port, addresses, delay):
        self.addresses, self.delay, self.log = addresses, delay, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.sock.bind(("127.0.0.1", port))
        self.late = []
        threading.Thread(target=self.serve, daemon=True).start()
        if delay:
            threading.Thread(target=self.send_late, daemon=True).start()

    def serve(self):
        while True:
            message, ancillary, _, peer = self.sock.recvmsg(1024, 64)
            seconds, nano = struct.unpack("qq", ancillary[0][2][:16])
            q = Question(message, False)
            self.log.append((seconds + nano / 1e9, ".".join(q.labels), q.kind))
            if self.delay:
                self.late.append((time.monotonic() + self.delay, self.answer(q), peer))
            else:
                self.sock.sendto(self.answer(q), peer)

    def send_late(self):
        while True:
            while self.late and self.late[0][0] <= time.monotonic():
                _, answer, peer = self.late.pop(0)
                self.sock.sendto(answer, peer)
            time.sleep(0.001)

    def answer(self, q):
        if not q.labels:
            return q.answer(rr(NS, wire("ns.lab")))
        domain = ".".join(q.labels[-2:])
        if domain not in self.addresses:
            return q.answer(rcode=NXDOMAIN)
        if q.labels[0] == "_mta-sts" and q.kind == TXT:
            return q.answer(sts()) if self.addresses[domain] else q.answer()
        if q.kind == MX:
            return q.answer(rr(MX, b"\0\x01" + wire("mail." + domain)))
        if q.labels[0] in ("mta-sts", "mail") and q.kind in (A, AAAA):
            return q.answer(*(rr(q.kind, packed(a)) for a in self.addresses[domain] if (":" in a) == (q.kind == AAAA)))
        return q.answer()


class Web:
    """Policy hosts on every address; and somebody who waits for mail there."""

    def __init__(self, bundle, delays, v6):
        self.delays, self.log, self.mail = delays, [], []
        self.lock = threading.Lock()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(bundle)
        for port, serve in ((HTTPS, self.serve), (SMTP, self.serve_mail)):
            sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if v6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind(("::" if v6 else "0.0.0.0", port))
            sock.listen(1024)
            threading.Thread(target=self.accept, args=(sock, serve), daemon=True).start()

    def accept(self, listener, serve):
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=serve, args=(sock, time.monotonic()), daemon=True).start()

    def serve_mail(self, sock, _):
        self.mail.append(plain(sock.getsockname()[0]))
        sock.close()

    def serve(self, sock, begin):
        """Open until the answer is about to leave: what the client does after that is not yet known here."""
        address = plain(sock.getsockname()[0])
        entry = {"begin": begin, "end": None, "address": address, "domain": None, "agent": None}
        with self.lock:
            self.log.append(entry)
        try:
            sock.settimeout(20)
            with self.tls.wrap_socket(sock, server_side=True) as tls:
                request = tls.recv(8192)
                entry["domain"] = NAME.search(request).group(1).decode()
                entry["agent"] = re.search(rb"(?i)user-agent: (.*?)\r", request).group(1).decode()
                body = POLICY % entry["domain"].encode()
                time.sleep(self.delays.get(address, 0))
                entry["end"] = time.monotonic()
                tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except (OSError, AttributeError):
            entry["end"] = entry["end"] or time.monotonic()


def serve_dns(pipe, port, addresses, delay):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = Dns(port, addresses, delay)
    pipe.send("ready")
    pipe.recv()
    pipe.send(server.log)


def serve_web(pipe, bundle, delays, v6):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = Web(bundle, delays, v6)
    pipe.send("ready")
    pipe.recv()
    pipe.send((server.log, server.mail))


class Child:
    """A server in a process of its own; its log is what it says at the end."""

    def __init__(self, target, *args):
        fork = multiprocessing.get_context("fork")
        self.pipe, theirs = fork.Pipe()
        self.process = fork.Process(target=target, args=(theirs, *args), daemon=True)
        self.process.start()
        theirs.close()
        self.pipe.recv()

    def end(self):
        self.pipe.send("end")
        log = self.pipe.recv()
        self.process.terminate()
        self.process.join()
        return log


# ---- what is measured ------------------------------------------------------------------------------------------

def most_within(times, seconds):
    """How many of the sorted times fell into the fullest window."""
    most = first = 0
    for last, moment in enumerate(times):
        while moment - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def mean_rate(times):
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def least_lateness(times, rate):
    """How many seconds late one of the sorted times must have been seen, if no more than the rate were granted."""
    behind = [moment - turn / rate for turn, moment in enumerate(times)]
    return max(max(behind[:i + 1]) - moment for i, moment in enumerate(behind))


def most_open(entries):
    changes = sorted([(e["begin"], 1) for e in entries] + [(e["end"], -1) for e in entries if e["end"]])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


class Lab:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.program = os.path.join(os.path.abspath(options.build), "scanner", "mtasweep")
        self.v6 = build_world()
        self.addresses = {}  # domain -> addresses of its policy host; [] without a record
        self.delays = {}  # address -> seconds
        self.servers = {}

    def publish(self, prefix, addresses):
        """A name for each list of addresses."""
        domains = [f"{prefix}-{i}.lab" for i in range(len(addresses))]
        self.addresses.update(zip(domains, addresses))
        return domains

    def start(self, ports):
        authority = attack_certs.Authority(self.folder)
        self.ca_file = authority.ca_file
        hosts = [f"mta-sts.{domain}".encode() for domain, addresses in self.addresses.items() if addresses]
        bundle = authority.issue("all", hosts)
        self.servers = {port: Child(serve_dns, port, self.addresses, delay) for port, delay in ports.items()}
        self.servers["web"] = Child(serve_web, bundle, self.delays, self.v6)

    def end(self):
        return {name: child.end() for name, child in self.servers.items()}

    def scan(self, title, port, domains, *more):
        names, run = os.path.join(self.folder, f"{title}.txt"), os.path.join(self.folder, title)
        with open(names, "w", encoding="ascii") as out:
            out.writelines(f"{domain}\n" for domain in domains)
        done = subprocess.run([self.program, "scan", names, "-o", run, "-r", f"127.0.0.1:{port}", "--ca-file",
                               self.ca_file, "--workers", "2", "--progress", "none", "--timeout-dns", "2",
                               "--timeout-fetch", "20", *more], capture_output=True, text=True, timeout=300, check=False)
        text = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], capture_output=True,
                              check=False).stdout
        records = {r["domain"]: r for r in map(json.loads, text.splitlines())}
        return records, done.returncode and f"{done.returncode}: {done.stderr}"


def rows(v6):
    """(address, whether it may be contacted) of the unit test's table, as far as this kernel can carry it."""
    with open(TABLE, encoding="utf-8") as file:
        text = file.read().partition("} addresses[] = {")[2].partition("\n};")[0]
        found = [(address, why == "NULL") for address, why in ROW.findall(text)]
    found += [(a, False) for a in OWN + OWN_INSIDE]
    return [(a, may) for a, may in found if v6 or ":" not in a]


def reachable(address):
    """Whether this machine's kernel would carry a connection there at all."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as sock:
        sock.settimeout(2)
        try:
            sock.connect((address, SMTP + 1))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return True


def guard(count, table, scans, contacted):
    plan, records, problem = scans["guard"]
    count.check("guard: the scan ends well", problem)
    seen = contacted("guard")
    blocked = [a for a, may in table if not may]
    wrong = [a for a in blocked if packed(a) in seen]
    count.check(f"{len(blocked)} special addresses are never contacted ({sum(map(reachable, blocked))} could be)",
                (wrong or len(blocked) < 80) and f"{len(blocked)}, {wrong}")
    missed = [a for a, may in table if may and packed(a) not in seen]
    count.check(f"{sum(may for _, may in table)} global ones beside them are", missed)
    # A mapped form in an AAAA record is no address of anybody, whatever it holds.
    ours = [a for a in OWN + OWN_INSIDE if not a.startswith("::ffff:")]

    def said(address):
        return None if address not in blocked else \
            "policy_host_own_address" if address in ours else "policy_host_private_address"
    codes = ("policy_host_own_address", "policy_host_private_address")
    wrong = [f"{d} {address[0]}: {records[d]['verdict']}" for d, address in plan.items() if [
        i["code"] for i in records[d]["issues"] if i["code"] in codes] != [c for c in [said(address[0])] if c]]
    count.check("and the records say which", wrong[:5])


def choices(count, scans, contacted, asked):
    _, records, problem = scans["allow"]
    seen = {socket.inet_ntop(socket.AF_INET, a) for a in contacted("allow") if len(a) == 4}
    count.check("--allow-net opens its network, --exclude closes addresses in it, and elsewhere",
                problem or (seen != {"10.1.1.1", "1.1.1.1"} and seen))
    verdicts = [records[f"allow-{i}.lab"]["verdict"] for i in range(len(records))]
    count.check("and of several addresses those that may be",
                verdicts != ["enforce", "inconclusive", "broken", "enforce", "inconclusive", "enforce", "excluded", "excluded"] and verdicts)
    names = [name for name in asked("allow") if "allow-6." in name or "allow-7." in name]
    count.check("for an excluded name nothing is asked", names[:3])


def rates(options, count, scans, logs, contacted_by):
    times = sorted(moment for moment, *_ in logs[options.port + 1])
    rate = options.dns_rate
    most, spent, mean = most_within(times, 1.0), times[-1] - times[0], mean_rate(times)
    count.check(f"--dns-rate {rate}: {most} in the fullest second, {mean:.0f} a second over {spent:.1f} s",
                (scans["rate"][2] or most > rate * (1 + DNS_LATE_S) + 2 or not 0.5 * rate < mean <= rate) and "not so")
    first = most_within([t for t in times if t - times[0] < 0.1], 0.1)
    count.check(f"--dns-rate {rate}: {first} in the first tenth of a second", first > rate * 0.1 * 1.5 + 4 and "a burst")
    host_rates(count, contacted_by("hosts"), "--host-rate 10", 10)
    host_rates(count, contacted_by("default"), "without options", 20)
    host_rates(count, contacted_by("shards"), f"{SHARDS} shards at --host-rate 20 together", 20)
    for title, text, at_once in (("open", "--host-concurrency 3", 3), ("default", "without options", 10),
                                 ("shards", f"{SHARDS} shards together", 10)):
        for address, entries in contacted_by(title).items():
            found = most_open(entries)
            count.check(f"{text}: {found} open to {address}, of {len(entries)}", found > at_once and "more")
            if title == "open":
                count.check("as many as may be", found < at_once and "fewer")


def sharded(count, lab, parts, n):
    """Machines that scan one list together: each has its share of the names and of the rates, and says so."""
    records = sum(len(records) for records, _ in parts)
    count.check(f"{SHARDS} shards have {records} of {n} names", [p for _, p in parts if p] or records != n and "not all")
    shares = []
    for k in range(1, SHARDS + 1):
        with open(os.path.join(lab.folder, f"shards-{k}", "run.json"), encoding="utf-8") as info:
            shares.append(json.load(info)["configuration"]["share"])
    count.check("run.json says the share", shares != [{"dns_rate": 0, "host_rate": 5, "host_concurrency": 2.5}] * SHARDS and shares)


def host_rates(count, per_host, text, rate):
    for address, entries in per_host.items():
        times = sorted(e["begin"] for e in entries)
        mean, late_s = mean_rate(times), least_lateness(times, rate)
        count.check(f"{text}: {len(times)} connections to {address}, {mean:.1f} a second, {late_s:.2f} s late at most",
                    (late_s > HOST_LATE_S or mean < 0.5 * rate or len(times) < 40) and f"{rate} a second?")


def late(count, scans, contacted_by):
    """Nobody answers there: the address is left alone soon, and the names are not lost."""
    _, records, problem = scans["late"]
    entries = contacted_by("late").get("20.0.0.6", [])
    verdicts = Counter(r["verdict"] for r in records.values())
    over = sum(r["policy"]["evidence"]["passed_over"] for r in records.values())
    count.check(f"an address that lets connections time out: {len(entries)} made for {len(records)} names, {over} passed over",
                problem or (verdicts != {"inconclusive": 300} or not 20 <= len(entries) <= 45 or
                            len(entries) + over != 300) and f"{verdicts}")


def ramp(options, count, logs, delay):
    """The window: 32 questions a resolver and worker at first, twice as many a round trip later."""
    times = sorted(moment for moment, name, _ in logs[options.port + 2] if name.startswith(("_", "ramp")))
    trips = Counter(int((t - times[0]) / delay) for t in times)
    text = ", ".join(str(trips[i]) for i in range(6))
    count.check(f"start: {text} questions a round trip of {1000 * delay:.0f} ms",
                (trips[0] > 72 or trips[0] + trips[1] > 3 * 72 or max(trips.values()) < 200) and "not ramped")


def sent(options, count, scans, logs, web, mail):
    names = Counter((name, kind) for _, name, kind in logs[options.port + 1])
    wanted = {}
    for domain in scans["rate"][0]:
        wanted |= {(f"_mta-sts.{domain}", TXT): 1, (f"_smtp._tls.{domain}", TXT): 1, (domain, MX): 1}
    more = {key for key in names if key not in wanted and not key[0].endswith("invalid") and key[0] and key != ("ipv4only.arpa", AAAA)}
    again = sum(names[key] - 1 for key in wanted if names[key] > 1)
    count.check("three questions for a name without a record, and no others", (more or again or any(
        key not in names for key in wanted)) and f"{sorted(more)[:3]}, {again} again")
    hosts = {name for port in logs if port != "web" for _, name, _ in logs[port] if name.startswith("mail.")}
    count.check("MX hosts are neither looked up nor contacted", (hosts or mail) and f"{hosts} {mail}")
    version = subprocess.run([options.program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    agents = Counter((e["domain"] or "").startswith("default") and e["agent"] for e in web)
    wanted = {f"mtasweep/{version} (+https://example.net/scan)", False, None}
    count.check("User-Agent: version and contact", (set(agents) - wanted or len(set(agents) & wanted) < 2) and f"{agents}")
    agents = {e["agent"] for e in web if (e["domain"] or "").startswith("open")}
    count.check("User-Agent: version alone", agents != {f"mtasweep/{version}"} and agents)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--dns-rate", type=int, default=1500)
    parser.add_argument("--seconds", type=float, default=3, help="of scanning at --dns-rate")
    parser.add_argument("--port", type=int, default=21600)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    count = Count()
    with tempfile.TemporaryDirectory(prefix="mtasweep-polite-") as folder:
        lab = Lab(options, folder)
        options.program = lab.program
        table = rows(lab.v6)
        trip = 0.05
        plan = {"guard": [[a] for a, _ in table],
                "allow": [["10.1.1.1"], ["10.255.1.1"], ["192.168.1.1"], ["192.168.1.1", "1.1.1.1"], ["9.9.9.9"],
                          ["10.255.1.1", "1.1.1.1"], ["1.1.1.1"], ["1.1.1.1"]],
                "rate": [[]] * int(options.dns_rate * options.seconds / 3),
                "ramp": [[]] * 800,
                "hosts": [["20.0.0.1"], ["20.0.0.2"]] * 45,
                "open": [["20.0.0.3"], ["20.0.0.4"]] * 15,
                "default": [["20.0.0.5"]] * 90,
                "late": [["20.0.0.6"]] * 300, "shards": [["20.0.0.7"]] * 200}
        domains = {title: lab.publish(title, addresses) for title, addresses in plan.items()}
        lab.delays = {"20.0.0.3": 0.3, "20.0.0.4": 0.3, "20.0.0.5": 0.1, "20.0.0.6": 30, "20.0.0.7": 0.1}
        exclude = os.path.join(folder, "exclude.txt")
        with open(exclude, "w", encoding="ascii") as out:
            out.write("# no\n10.255.0.0/16\n9.9.9.9\nallow-6.lab\nallow-7.lab\n")
        ports = {"rate": options.port + 1, "ramp": options.port + 2}
        more = {"guard": ["--host-rate", "0"], "rate": ["--dns-rate", str(options.dns_rate)], "hosts": ["--host-rate", "10"],
                "allow": ["--allow-net", "10.0.0.0/8", "--exclude", exclude],
                "open": ["--host-rate", "0", "--host-concurrency", "3"],
                "late": ["--host-rate", "0", "--host-concurrency", "10", "--timeout-fetch", "1"],
                "default": ["--contact", "https://example.net/scan"]}
        lab.start({options.port: 0, options.port + 1: 0, options.port + 2: trip})
        with ThreadPoolExecutor(len(plan) + SHARDS) as pool:
            runs = {title: pool.submit(lab.scan, title, ports.get(title, options.port), domains[title], *more.get(title, []))
                    for title in plan if title != "shards"}
            parts = [pool.submit(lab.scan, f"shards-{k}", options.port, domains["shards"], "--shard", f"{k}/{SHARDS}",
                                 "--host-rate", "20", "--host-concurrency", "10") for k in range(1, SHARDS + 1)]
            sharded(count, lab, [part.result() for part in parts], len(domains["shards"]))
            scans = {title: (dict(zip(domains[title], plan[title])), *run.result()) for title, run in runs.items()}
        logs = lab.end()
        web, mail = logs["web"]

        def contacted(title):
            return {packed(e["address"]) for e in web if (e["domain"] or title).startswith(title)}

        def contacted_by(title):
            found = {}
            for entry in web:
                if (entry["domain"] or "").startswith(title):
                    found.setdefault(entry["address"], []).append(entry)
            return found

        guard(count, table, scans, contacted)
        choices(count, scans, contacted, lambda title: [name for _, name, _ in logs[options.port] if title in name])
        rates(options, count, scans, logs, contacted_by)
        late(count, scans, contacted_by)
        ramp(options, count, logs, trip)
        sent(options, count, scans, logs, web, mail)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
