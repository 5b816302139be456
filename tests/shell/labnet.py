#!/usr/bin/env python3
"""labnet.py BUILD_DIR - asks every server of labnet and compares the answers with labnet's truth.

One name of every situation is looked up (own DNS packets, so that truncation, silence, duplicates and
malformed answers can be seen; kdig as a second reader) and fetched with curl, over HTTP/1.1 and 2.
Then MX hosts over STARTTLS, the resolvers' fault profiles and the command line.
"""
import json
import os
import random
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

MIX = ["--error-mix", "full", "--adoption", "0.9", "--tlsrpt", "0.2", "--ipv6", "0.5"]
SLOW = ["zone_silent", "record_silent", "record_tc_only", "host_silent", "host_dropped", "http_hang", "http_drip"]
SLOW += ["mx_hanging"]
MIX += [word for kind in SLOW for word in ("--rate", f"{kind}=1")]
PER_SITUATION = 2
PER_MAIL_OUTCOME = 3
NAMES = 12000
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
VERIFY = {"expired": 10, "not_yet_valid": 9, "self_signed": 18, "untrusted": 19, "incomplete_chain": 20}


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, problem):
        """problem: what is wrong, or something false."""
        if problem:
            self.failed += 1
            print(f"FAIL {name}: {problem}")
        else:
            self.passed += 1

    def equal(self, name, seen, wanted):
        self.check(name, seen != wanted and f"{seen!r} instead of {wanted!r}")


# ---- DNS -----------------------------------------------------------------------------------------

def query(name, rtype, edns=True, flags=0x0120):
    wire = struct.pack("!6H", random.randrange(65536), flags, 1, 0, 0, int(edns))
    for label in filter(None, name.encode().split(b".")):
        wire += bytes([len(label)]) + label
    wire += b"\0" + struct.pack("!HH", TYPES[rtype], 1)
    return wire + (b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0) if edns else b"")


def read_name(wire, at):
    labels, end = [], None
    while wire[at]:
        if wire[at] >= 0xC0:
            end = end or at + 2
            at = (wire[at] & 0x3F) << 8 | wire[at + 1]
        else:
            labels.append(wire[at + 1:at + 1 + wire[at]].decode())
            at += 1 + wire[at]
    return ".".join(labels), end or at + 1


class Answer:
    """Raises ValueError or IndexError when the message cannot be read."""

    def __init__(self, wire):
        _, flags, questions, answers, authority, additional = struct.unpack("!6H", wire[:12])
        self.rcode, self.tc, self.ad = flags & 15, bool(flags & 0x200), bool(flags & 0x20)
        self.records, self.ede, self.soa, at = [], None, False, 12
        for _ in range(questions):
            at = read_name(wire, at)[1] + 4
        for i in range(answers + authority + additional):
            owner, at = read_name(wire, at)
            rtype, _, _, n = struct.unpack("!HHIH", wire[at:at + 10])
            at += 10
            if at + n > len(wire):
                raise ValueError("record beyond the message")
            self.add(wire, owner, rtype, at, n, i < answers)
            at += n

    def add(self, wire, owner, rtype, at, n, is_answer):
        rdata = wire[at:at + n]
        if rtype == 41 and n >= 6:
            self.ede = struct.unpack("!H", rdata[4:6])[0]
        self.soa |= rtype == TYPES["SOA"]
        if not is_answer:
            return
        value = rdata
        if rtype == TYPES["CNAME"]:
            value = read_name(wire, at)[0]
        elif rtype == TYPES["MX"]:
            value = (struct.unpack("!H", rdata[:2])[0], read_name(wire, at + 2)[0])
        elif rtype == TYPES["TXT"]:
            value, i = [], 0
            while i < n:
                value.append(rdata[i + 1:i + 1 + rdata[i]])
                i += 1 + rdata[i]
        elif rtype == TYPES["A"]:
            value = socket.inet_ntoa(rdata)
        self.records.append((owner, rtype, value))

    def chase(self, name, rtype):
        """Records of the type at the end of the CNAME chain; None for a circle."""
        seen = set()
        while name not in seen:
            seen.add(name)
            target = [v for o, t, v in self.records if o == name and t == TYPES["CNAME"]]
            if not target:
                return [v for o, t, v in self.records if o == name and t == TYPES[rtype]]
            name = target[0]
        return None


class Resolver:
    def __init__(self, port, timeout=0.7):
        self.port, self.timeout = int(port), timeout
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", self.port))

    def udp(self, wire):
        self.socket.send(wire)
        self.socket.settimeout(self.timeout)
        while True:
            got = self.socket.recv(4096)
            if got[:2] == wire[:2]:
                return got

    def tcp(self, wire):
        with socket.create_connection(("127.0.0.1", self.port), self.timeout) as s:
            s.sendall(struct.pack("!H", len(wire)) + wire)
            head = s.recv(2, socket.MSG_WAITALL)
            if len(head) < 2:
                raise ConnectionError("closed")
            return s.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)

    def ask(self, name, rtype):
        """(outcome in the contract's words, records)"""
        wire, cut = query(name, rtype), False
        try:
            answer = Answer(self.udp(wire))
            cut = answer.tc
            if cut:
                answer = Answer(self.tcp(wire))
        except (socket.timeout, ConnectionError):
            return "truncated" if cut else "timeout", []
        except (ValueError, IndexError):
            return "malformed", []
        if answer.rcode == 2:
            return ("bogus" if answer.ede == 6 else "servfail"), []
        if answer.rcode:
            return {3: "nxdomain", 5: "refused"}.get(answer.rcode, str(answer.rcode)), []
        records = answer.chase(name, rtype)
        if records is None:
            return "malformed", []
        return ("ok" if records else "nodata"), records


# ---- one name of each situation ------------------------------------------------------------------

def sample(truths):
    taken = {}
    for t in truths:
        taken.setdefault(t["situation"], [])
        if len(taken[t["situation"]]) < PER_SITUATION:
            taken[t["situation"]].append(t)
    return [t for some in taken.values() for t in some]


def check_dns(count, resolver, t):
    name, label = t["domain"], f"{t['situation']} {t['domain']}"
    outcome, records = resolver.ask("_mta-sts." + name, "TXT")
    count.equal(f"{label} sts_dns", outcome, t["sts_dns"])
    usable = [r for r in records if b"".join(r).startswith(b"v=STSv1;")]
    if t["verdict"] in ("enforce", "testing", "none"):
        count.equal(f"{label} usable records", len(usable), 1)
    outcome, hosts = resolver.ask(name, "MX")
    count.equal(f"{label} mx_dns", outcome, t["mx_dns"])
    _, reports = resolver.ask("_smtp._tls." + name, "TXT")
    reports = [b"".join(r) for r in reports if b"".join(r).startswith(b"v=TLSRPTv1;")]
    valid = len(reports) == 1 and re.search(rb"rua=(mailto|https):", reports[0]) is not None
    count.equal(f"{label} tlsrpt", valid, t["tlsrpt"])
    if t.get("policy_dns", "skipped") == "skipped":
        return hosts, None
    outcome, addresses = resolver.ask("mta-sts." + name, "A")
    six = resolver.ask("mta-sts." + name, "AAAA")
    if outcome == "nodata" and six[0] == "ok":
        outcome, addresses = "ok", ["[::1]"]
    count.equal(f"{label} policy_dns", outcome, t["policy_dns"])
    return hosts, addresses[0] if addresses else None


def covers(pattern, host):
    return host.partition(".")[2] == pattern[2:] if pattern.startswith("*.") else host == pattern


def check_policy(count, t, hosts, body):
    label = f"{t['situation']} {t['domain']}"
    lines = [line.partition(":") for line in body.decode("latin-1").splitlines()]
    mode = [v.strip() for k, _, v in lines if k == "mode"]
    count.equal(f"{label} mode", mode[0] if mode else None, t["mode"])
    patterns = [v.strip() for k, _, v in lines if k == "mx"]
    names = [host for _, host in hosts] or [t["domain"]]
    matched = [any(covers(p, host) for p in patterns) for host in names]
    seen = "all" if all(matched) else "partial" if any(matched) else "none"
    if t["mx_match"]:
        count.equal(f"{label} mx_match", seen, t["mx_match"])


def fetch(ready, wanted, folder):
    """One curl for all; a dict by domain of what curl says and the body."""
    config = []
    for i, (t, address) in enumerate(wanted):
        host = f"mta-sts.{t['domain']}"
        config.append(f'url="https://{host}/.well-known/mta-sts.txt"\noutput="{folder}/{i}"\n'
                      f'connect-to="::{address}:{ready["https"]}"\ncacert="{ready["ca"]}"\n'
                      f'connect-timeout=1.5\nmax-time=3\nwrite-out="%{{json}}\\n"\n')
    with open(os.path.join(folder, "config"), "w", encoding="ascii") as out:
        out.write("next\n".join(config))
    done = subprocess.run(["curl", "-s", "--parallel", "--parallel-max", "20", "-K", f"{folder}/config"],
                          capture_output=True, text=True, check=False)
    results = {}
    for line in done.stdout.splitlines():
        seen = json.loads(line)
        i = int(os.path.basename(seen["filename_effective"]))
        try:
            with open(f"{folder}/{i}", "rb") as body:
                seen["body"] = body.read()
        except FileNotFoundError:
            seen["body"] = b""
        results[wanted[i][0]["domain"]] = seen
    return results


def check_fetch(count, t, hosts, seen):
    kind, label = t["situation"], f"{t['situation']} {t['domain']}"
    code, status = seen["exitcode"], seen["http_code"]
    if kind == "host_closed":
        count.equal(f"{label} refused", code, 7)
    elif kind in ("host_dropped", "http_hang", "http_drip"):
        count.equal(f"{label} times out", code, 28)
    elif kind in ("tls_alert", "tls_old"):
        count.equal(f"{label} handshake fails", code, 35)
    elif kind == "tls_cn_only":  # curl still takes the common name; a sender may not
        count.equal(f"{label} curl", code, 0)
    elif t["tls_reason"]:
        count.equal(f"{label} not verified", code, 60)
        # 1: no chain error, the name did not fit
        count.equal(f"{label} reason", seen["ssl_verify_result"], VERIFY.get(t["tls_reason"], 1))
    elif kind in ("http_cut", "http_garbage"):
        count.check(f"{label} broken HTTP", code in (0, 7, 28, 35, 60) and f"curl says {code}")
    else:
        count.equal(f"{label} curl", code, 0)
        count.equal(f"{label} status", status, t["http_status"])
    if t["stage"] == "ok":
        wanted = {"fine_no_type": None, "fine_other_type": "application/octet-stream"}
        count.equal(f"{label} type", seen["content_type"], wanted.get(kind, "text/plain"))
    if t["http_status"] in (301, 302):
        count.check(f"{label} location", not seen["redirect_url"])
    if code == 0 and t["stage"] == "ok":
        check_policy(count, t, hosts, seen["body"])
    if t["situation"] == "http_too_large":
        count.check(f"{label} size", len(seen["body"]) <= 65536 and len(seen["body"]))


def check_situations(count, ready, truths, folder):
    resolver = Resolver(ready["dns"].rpartition(":")[2])
    chosen, wanted, mail = sample(truths), [], {}
    kinds = {t["situation"] for t in chosen}
    for t in chosen:
        hosts, address = check_dns(count, resolver, t)
        mail[t["domain"]] = [h for h in hosts if h != (0, "")]
        if address and not address.startswith("10."):
            wanted.append((t, address))
    results = fetch(ready, wanted, folder)
    for t, _ in wanted:
        if t["domain"] not in results:
            count.check(f"{t['situation']} {t['domain']}", "curl said nothing")
        else:
            check_fetch(count, t, mail[t["domain"]], results[t["domain"]])
    versions = {seen["http_version"] for seen in results.values()}
    count.check("HTTP/2 and HTTP/1.1", not {"2", "1.1"} <= versions and versions)
    addresses = {seen["remote_ip"] for seen in results.values()}
    count.check("many addresses", len(addresses) < 10 and addresses)
    return kinds


def check_all_kinds(count, labnet, kinds):
    listed = subprocess.run([labnet, "rates"], capture_output=True, text=True, check=True).stdout
    listed = listed[listed.index("Situations"):listed.index("Mail (")]
    rows = re.findall(r"^  (\w+) +\d+", listed, re.M)
    count.check("every situation was tried", set(rows) - kinds)
    count.check("situations are many", len(rows) < 80 and len(rows))


def check_kdig(count, ready, truths):
    """A second reader agrees with the packets read above."""
    t = next(t for t in truths if t["verdict"] == "enforce" and t["operator"] and t["mail"] == "regular")
    port = ready["dns"].rpartition(":")[2]
    for tcp in ([], ["+tcp"]):
        out = subprocess.run(["kdig", "@127.0.0.1", "-p", port, "+short", *tcp, "TXT", "_mta-sts." + t["domain"]],
                             capture_output=True, text=True, check=True).stdout
        count.check(f"kdig {tcp}", "v=STSv1;" not in out.replace('" "', "") and out)
    out = subprocess.run(["kdig", "@127.0.0.1", "-p", port, "A", "mta-sts." + t["domain"]],
                         capture_output=True, text=True, check=True).stdout
    count.check("kdig sees the delegation", "CNAME" not in out and out)
    count.check("kdig finds nothing odd", ("WARNING" in out or "rd ra" not in out) and out)


# ---- mail hosts ----------------------------------------------------------------------------------

MX_VERIFY = {"name_mismatch": 62, "expired": 10, "not_yet_valid": 9, "self_signed": 18, "untrusted": 19}


def dialogue(s, command):
    """Sends a command (or nothing, for the greeting) and reads the reply."""
    if command:
        s.sendall(command.encode() + b"\r\n")
    text = b""
    while not re.search(rb"^\d{3} .*\r\n\Z", text, re.M):
        got = s.recv(4096)
        if not got:
            raise ConnectionError("closed")
        text += got
    return text.decode()


def probe(address, port, host, context):
    """What a sender that insists on STARTTLS finds, in the contract's words; one dialogue."""
    try:
        with socket.create_connection((address, port), 1) as s:
            greeting = dialogue(s, None)
            if not greeting.startswith("220"):
                return "blocked" if greeting[0] in "45" else "smtp"
            if "STARTTLS" not in dialogue(s, "EHLO test.example"):
                dialogue(s, "QUIT")
                return "no_starttls"
            dialogue(s, "STARTTLS")
            with context.wrap_socket(s, server_hostname=host) as tls:
                again = dialogue(tls, "EHLO test.example")
                bye = dialogue(tls, "QUIT")
                return "ok" if "STARTTLS" not in again and bye.startswith("221") else f"{again}{bye}"
    except ConnectionRefusedError:
        return "connect"
    except socket.timeout:
        return "timeout"
    except ssl.SSLCertVerificationError as error:
        return next((k for k, v in MX_VERIFY.items() if v == error.verify_code), str(error))
    except ssl.SSLError as error:
        # What an old protocol comes to is called differently by each version of OpenSSL.
        return "protocol" if re.search("protocol|sigalg", str(error), re.I) else str(error)


def check_mail(count, ready, truths):
    resolver = Resolver(ready["dns"].rpartition(":")[2])
    context = ssl.create_default_context(cafile=ready["ca"])
    taken = {}
    for t in truths:
        if not t["mx_tls"] or all(taken.get(outcome, 0) >= PER_MAIL_OUTCOME for outcome in t["mx_tls"]):
            continue
        _, hosts = resolver.ask(t["domain"], "MX")
        seen = []
        for _, host in sorted(hosts):
            outcome, addresses = resolver.ask(host, "A")
            seen.append(probe(addresses[0], int(ready["smtp"]), host, context) if outcome == "ok" else "dns")
        count.equal(f"MX hosts of {t['domain']}", seen, t["mx_tls"])
        for outcome in t["mx_tls"]:
            taken[outcome] = taken.get(outcome, 0) + 1
    count.check("every kind of MX host was tried", set(MX_VERIFY) | {"ok", "no_starttls", "protocol", "blocked", "dns",
                                                                     "connect", "timeout"} != set(taken) and taken)


# ---- profiles ------------------------------------------------------------------------------------

PROFILES = ["good", "lying", "dead", "loss=0.5", "delay=200..300", "dup=1", "servfail=1", "qps=20",
            "qps=20,drop", "reorder=0.5", "denying"]


def burst(port, names, wait=1.0):
    """Sends all at once; ids in the order of the answers, and the answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", int(port)))
        for i, name in enumerate(names):
            s.send(struct.pack("!H", i) + query(name, "MX")[2:])
        got, end = [], time.monotonic() + wait
        while time.monotonic() < end:
            s.settimeout(max(0.01, end - time.monotonic()))
            try:
                got.append(s.recv(4096))
            except socket.timeout:
                break
        return [struct.unpack("!H", g[:2])[0] for g in got], [Answer(g) for g in got]


def check_profiles(count, ports, names):
    port = dict(zip(PROFILES, ports))
    order, answers = burst(port["good"], names)
    count.equal("good: all answered, in order", order, list(range(len(names))))
    count.equal("good: NXDOMAIN for .invalid", Resolver(port["good"]).ask("a.invalid", "A")[0], "nxdomain")
    count.equal("lying: an address for .invalid", Resolver(port["lying"]).ask("a.invalid", "A")[0], "ok")
    count.equal("good: the root exists", Resolver(port["good"]).ask("", "NS")[0], "ok")
    count.equal("denying: no root", Resolver(port["denying"]).ask("", "NS")[0], "nxdomain")
    count.equal("denying: nobody", {a.rcode for a in burst(port["denying"], names[:20], 0.3)[1]}, {3})
    count.equal("dead: silence", burst(port["dead"], names[:20], 0.3)[0], [])
    order, _ = burst(port["loss=0.5"], names)
    count.check("loss: about half", not 0.3 * len(names) < len(order) < 0.7 * len(names) and len(order))
    begin = time.monotonic()
    Resolver(port["delay=200..300"]).ask(names[0], "MX")
    count.check("delay", not 0.19 < time.monotonic() - begin < 0.5 and time.monotonic() - begin)
    order, _ = burst(port["dup=1"], names)
    count.equal("dup: all twice", sorted(order), sorted(2 * list(range(len(names)))))
    _, answers = burst(port["servfail=1"], names[:20])
    count.equal("servfail", {a.rcode for a in answers}, {2})
    time.sleep(1 - time.monotonic() % 1)  # limits count by the second
    _, answers = burst(port["qps=20"], names)
    count.equal("qps: the rest is refused", sum(a.rcode != 5 for a in answers), 20)
    order, _ = burst(port["qps=20,drop"], names, 0.3)
    count.equal("qps,drop: the rest is dropped", len(order), 20)
    order, _ = burst(port["reorder=0.5"], names)
    count.check("reorder: all, out of order", (sorted(order) != list(range(len(names))) or
                                               order == sorted(order)) and len(order))


# ---- command line --------------------------------------------------------------------------------

def check_command_line(count, labnet, folder):
    def run(*words, stdin=None):
        return subprocess.run([labnet, *words], capture_output=True, text=True, input=stdin, check=False)

    names = run("names", "-n", "5000", "--seed", "7").stdout.split()
    count.equal("names: as many as asked, all different", len(set(names)), 5000)
    ranked = run("names", "-n", "3", "--seed", "7", "--ranked").stdout.split()
    count.equal("names --ranked", ranked, [f"{i + 1},{names[i]}" for i in range(3)])
    count.check("names: the seed counts", run("names", "-n", "3", "--seed", "8").stdout.split() == names[:3])
    listing = os.path.join(folder, "list.csv")
    with open(listing, "w", encoding="ascii") as out:
        out.write("# a comment\n\n1,WWW.Example.COM.\r\n2,a.b.c.d.example.org\nexample.net\n")
    one = run("truth", "--adoption", "0.5", listing).stdout
    domains = [json.loads(line)["domain"] for line in one.splitlines()]
    count.equal("truth: any list", domains, ["www.example.com", "a.b.c.d.example.org", "example.net"])
    with open(listing, encoding="ascii") as text:
        count.equal("truth -: the same", run("truth", "--adoption", "0.5", "-", stdin=text.read()).stdout, one)
    everyone = run("truth", "-n", "2000", "--adoption", "1", "--rate", "fine=1000000000").stdout
    count.check("rates: all adopters", '"absent"' in everyone and "absent names")
    mail = {share: run("truth", "-n", "20000", "--mail_mx_servfail", share).stdout for share in ("0", "80")}
    count.check("rates: no MX question fails", '"mail":"mx_servfail"' in mail["0"] and "servfail")
    count.check("rates: some do", '"mail":"mx_servfail"' not in mail["80"] and "no servfail")
    for bad in (["--adoption", "2"], ["--adoption"], ["--rate", "nonsense=1"], ["--profile", "x=1"],
                ["--dns-port", "65536"], ["--rates", "/nonexistent"], ["--mail_nonsense", "1"],
                ["--mail_mx_servfail", "-1"]):
        done = run("truth", *bad)
        count.check(f"refuses {' '.join(bad)}", (done.returncode != 2 or not done.stderr) and done)


def start(labnet, folder, more=()):
    command = [labnet, "serve", "--dir", folder, *MIX, *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    ready = process.stdout.readline()
    if not ready.startswith("ready "):
        raise SystemExit(f"labnet did not start: {ready!r}")
    return process, dict(part.split("=", 1) for part in ready.split()[1:])


def check_only_loopback(count, process):
    inodes = set()
    for fd in os.listdir(f"/proc/{process.pid}/fd"):
        target = os.readlink(f"/proc/{process.pid}/fd/{fd}")
        inodes.add(target[8:-1] if target.startswith("socket:") else None)
    listening = []
    for table in ("udp", "tcp", "udp6", "tcp6"):
        with open(f"/proc/net/{table}", encoding="ascii") as lines:
            for fields in (line.split() for line in list(lines)[1:]):
                if fields[9] in inodes:
                    listening.append(fields[1].partition(":")[0])
    six = "00000000000000000000000001000000"
    count.check("bound to loopback only", not listening or
                [a for a in listening if not (len(a) == 8 and a.endswith("7F")) and a != six])


def main():
    labnet = os.path.join(os.path.abspath(sys.argv[1]), "datasets", "labnet")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    count = Count()
    with tempfile.TemporaryDirectory(prefix="labnet-test-") as folder:
        check_command_line(count, labnet, folder)
        more = [word for profile in PROFILES for word in ("--resolver", "0:" + profile)]
        process, ready = start(labnet, folder, more)
        try:
            text = subprocess.run([labnet, "truth", "-n", str(NAMES), *MIX], capture_output=True, text=True,
                                  check=True).stdout
            truths = [json.loads(line) for line in text.splitlines()]
            count.equal("truth: a line a name", len(truths), NAMES)
            check_only_loopback(count, process)
            kinds = check_situations(count, ready, truths, folder)
            check_all_kinds(count, labnet, kinds)
            check_kdig(count, ready, truths)
            check_mail(count, ready, truths)
            plain = [t["domain"] for t in truths if t["mx_dns"] == "ok" and t["mail"] != "mx_tc"][:60]
            check_profiles(count, [r.rpartition(":")[2] for r in ready["resolvers"].split(",")], plain)
        finally:
            process.terminate()
            status = process.wait(timeout=10)
        count.equal("SIGTERM ends it well", status, 0)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
