#!/usr/bin/env python3
"""hostile_mx.py BUILD_DIR [ATTACK...] - visits MX hosts that attack the scanner, among others that mean well.

One process here is the resolver and all hosts, each at an address of its own in 127.0.0.0/8, and one scan visits them all. Each
host gets a word that its attack allows, in bounded time; it gets rid of a bounded number of bytes; the others do not notice; the
worker's memory is bounded; and nothing of it reaches a terminal. With attacks named, only those are made, and shown.
"""
import fnmatch
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import tempfile
import threading

import attack_certs
import attack_costly
import attack_smtp
import attack_web
from scale import Count, descendants

PROGRAM = os.path.join(os.path.abspath(sys.argv[1]), "scanner", "mtasweep")
TIMEOUT_S, SLACK_MS, TAKEN_MAX, WORKER_MAX_MB, GOOD = 6, 4000, 8 << 20, 150, 20
A, NS, SOA, MX = 1, 2, 6, 15
# What is refused for its length or its cost is no word about the certificate.
REFUSED = ("handshake", "timeout")
FINE = ("good", "rsa", "chain-16", "names-8000", "star-good")
LONG = ("chain-", "huge", "names-10000")


def certificate_words(kind):
    if kind in FINE:
        return ("ok",)
    return ("untrusted",) if kind == "names-constrained" else REFUSED if kind.startswith(LONG) else ("name_mismatch",)


def everything():
    """attack -> words of the host"""
    known = {name: words for table in (attack_smtp.CLEAR, attack_smtp.HANDSHAKE, attack_smtp.INSIDE) for name, (_, words) in table.items()}
    known["renegotiates"] = ("ok",)
    known["injected"] = ("ok",)
    known.update({f"dear-{name}": REFUSED for name in attack_costly.RAW})
    known.update({f"cert-{name}": certificate_words(name) for name in attack_certs.KINDS})
    known.update({f"good-{n}": ("ok",) for n in range(GOOD)})
    return known


# ---- the resolver ----------------------------------------------------------------------------------------------------


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def rr(name, of_type, data):
    return wire(name) + struct.pack("!HHIH", of_type, 1, 300, len(data)) + data


def answer(query, addresses):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    of_type, name, found, code = struct.unpack("!H", query[at + 1:at + 3])[0], ".".join(labels).lower(), [], 0
    if labels and labels[-1].lower() == "invalid":
        code = 3
    elif not labels and of_type == NS:
        found = [rr("", NS, wire("ns.lab"))]
    elif of_type == MX and len(labels) == 2:
        found = [rr(name, MX, struct.pack("!H", 10) + wire("mx." + name))]
    elif of_type == A and labels[0].lower() == "mx" and labels[1].lower() in addresses:
        found = [rr(name, A, socket.inet_aton(addresses[labels[1].lower()]))]
    soa = [] if found else [rr("lab" if labels and labels[-1].lower() == "lab" else "", SOA, wire("ns.lab") * 2 + struct.pack("!5I", 1, 1, 1, 1, 60))]
    return query[:2] + struct.pack("!5H", 0x8180 | code, 1, len(found), len(soa), 0) + query[12:at + 5] + b"".join(found + soa)


def resolve(sock, addresses):
    while True:
        query, asker = sock.recvfrom(4096)
        sock.sendto(answer(query, addresses), asker)


# ---- the hosts -------------------------------------------------------------------------------------------------------


class Hosts(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 100

    def __init__(self, address, attack, lab):
        self.attack, self.lab, self.taken = attack, lab, 0
        super().__init__((address, lab.port), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass

    def finish_request(self, request, client_address):
        request.settimeout(30)
        counted = Counted(request, self)
        attack, known = self.attack, attack_smtp
        if attack in known.CLEAR:
            known.CLEAR[attack][0](counted)
        elif attack in known.HANDSHAKE:
            known.HANDSHAKE[attack][0](counted)
        elif attack.startswith("dear-"):
            bundle = self.lab.bundle("rsa", attack)
            known.at_starttls(b"220 go\r\n", lambda s: self.lab.dear.serve(s, attack[5:], bundle))(counted)
        elif attack == "renegotiates":
            known.at_starttls(b"220 go\r\n", lambda s: attack_web.renegotiate(s, self.lab.bundle("good", attack)))(counted)
        else:
            words = b"220 go\r\n250 injected\r\n221 bye\r\n" if attack == "injected" else b"220 go\r\n"
            known.at_starttls(words, lambda s: self.inside(s, attack))(counted)

    def inside(self, counted, attack):
        kind = attack[5:] if attack.startswith("cert-") else "good"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.lab.bundle(kind, attack))
        with context.wrap_socket(counted.sock, server_side=True) as tls:
            counted.sock = tls
            attack_smtp.INSIDE.get(attack, (attack_smtp.bye,))[0](counted)


class Counted:
    """Bytes that a host got rid of."""

    def __init__(self, sock, host):
        self.sock, self.host = sock, host

    def sendall(self, data):
        for at in range(0, len(data), 4096):
            self.sock.sendall(data[at:at + 4096])
            self.host.taken += len(data[at:at + 4096])

    def __getattr__(self, name):
        return getattr(self.sock, name)


class Lab:
    def __init__(self, folder, attacks):
        self.folder, self.lock, self.made = folder, threading.Lock(), {}
        self.authority = attack_certs.Authority(folder)
        self.dear = attack_costly.KeyExchange(self.authority)
        self.port = free_port()
        self.addresses = {attack: f"127.0.{90 + n // 200}.{1 + n % 200}" for n, attack in enumerate(attacks)}
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        self.resolver = f"127.0.0.1:{sock.getsockname()[1]}"
        threading.Thread(target=resolve, args=(sock, self.addresses), daemon=True).start()
        for attack in attacks:  # before anybody waits for it
            if attack.startswith(("cert-", "dear-")):
                self.bundle(attack[5:] if attack.startswith("cert-") else "rsa", attack)
        self.hosts = {attack: Hosts(address, attack, self) for attack, address in self.addresses.items()}

    def bundle(self, kind, attack):
        with self.lock:
            if attack not in self.made:
                domain = attack.encode() + b".lab"
                self.made[attack] = attack_certs.KINDS[kind](self.authority, attack, b"mx." + domain, domain)
            return self.made[attack]

    def options(self):
        return ["-r", self.resolver, "--ca-file", self.authority.ca_file, "--allow-net", "127.0.0.0/8", "--smtp-port", str(self.port),
                "--timeout-smtp", str(TIMEOUT_S), "--ehlo", "scanner.example"]

    def scan(self):
        """(status, standard error, hosts by name, the worker's peak in MB)"""
        names, run, peak = os.path.join(self.folder, "names"), os.path.join(self.folder, "run"), 0
        with open(names, "w", encoding="ascii") as out:
            out.write("".join(f"{attack}.lab\n" for attack in self.addresses))
        command = [PROGRAM, "scan", names, "-o", run, *self.options(), "--mx-tls=all", "--contact", "https://scanner.example/", "--workers", "1",
                   "--smtp-rate", "1000", "--smtp-retries", "0", "--progress", "none"]
        with open(os.path.join(self.folder, "said"), "w+b") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said)
            while process.poll() is None:
                for pid in descendants(process.pid):
                    peak = max(peak, peak_kb(pid))
                try:
                    process.wait(0.05)
                except subprocess.TimeoutExpired:
                    pass
            said.seek(0)
            text = said.read()
        lines = subprocess.run(["zstdcat", os.path.join(run, "hosts.ndjson.zst")], capture_output=True, check=False).stdout
        return process.returncode, text, lines, peak >> 10


def peak_kb(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


HARMFUL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")


def judged(count, lab, known, lines):
    hosts = {h["host"].split(".")[1]: h for h in map(json.loads, lines.splitlines())}
    count.check("nothing raw is stored", HARMFUL.search(lines) and lines[HARMFUL.search(lines).start() - 100:][:200])
    for attack, words in known.items():
        h = hosts.get(attack)
        if h is None:
            count.check(attack, "no line")
            continue
        probe = h["probe"] or {}
        took, taken = probe.get("took_ms") or 0, lab.hosts[attack].taken
        wrong = ("another word" if h["tls"] not in words else "it took too long" if took > TIMEOUT_S * 1000 + SLACK_MS else
                 "it got rid of too much" if taken > TAKEN_MAX else None)
        count.check(f"{attack}: {h['tls']}, {took} ms, {taken >> 10} KB", wrong and f"{wrong}; {words} {h}")
    return hosts


def printed(count, lab, attack):
    """As check shows it at a terminal."""
    done = subprocess.run([PROGRAM, "check", "--mx-tls", f"{attack}.lab", *lab.options()], capture_output=True, check=False)
    bad = HARMFUL.search(done.stdout + done.stderr)
    count.check(f"{attack}: check prints nothing harmful", (bad and f"{bad}") or (done.returncode not in (0, 1, 4) and f"{done}"))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    patterns, known = sys.argv[2:], everything()
    if patterns:
        known = {a: w for a, w in known.items() if a.startswith("good-") or any(fnmatch.fnmatch(a, p) for p in patterns)}
    count, folder = Count(), tempfile.mkdtemp(prefix="mtasweep-hostile-mx-")
    try:
        lab = Lab(folder, list(known))
        status, text, lines, peak = lab.scan()
        hosts = judged(count, lab, known, lines)
        count.check(f"the scan ends: {status}", status and f"{text}")
        count.check(f"no worker was lost, and none took more than {peak} MB", (b"worker ended" in text or peak > WORKER_MAX_MB) and f"{text}")
        bad = HARMFUL.search(text)
        count.check("nothing harmful is printed", bad and f"{bad} {text}")
        if "injected" in hosts:
            probe = hosts["injected"]["probe"]
            count.check("what was said between STARTTLS and TLS is told, and counts for nothing", not probe.get("injected_bytes") and f"{hosts['injected']}")
        for attack in ("banner-harmful", "ehlo-harmful", "banner-554", "starttls-454", "cert-escapes"):
            if attack in known:
                printed(count, lab, attack)
        if patterns:
            for attack in (a for a in hosts if not a.startswith("good-")):
                print(json.dumps(hosts[attack]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
