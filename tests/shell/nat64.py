#!/usr/bin/env python3
"""nat64.py BUILD_DIR - see nat64.sh: what a policy host behind the network's own NAT64 prefix comes to is what it comes to behind the
well-known one, and with the prefix unknown or no IPv6 of our own nothing is different from before.
"""
import collections
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from counting import Count  # noqa: E402

PROGRAM = os.path.join(os.path.abspath(sys.argv[1]), "scanner/mtasweep")
A, NS, SOA, MX, TXT, AAAA = 1, 2, 6, 15, 16, 28
HOSTS = {"own": "2606:4700:64::10.0.0.1", "known": "64:ff9b::10.0.0.1", "elsewhere": "2606:4700:65::10.0.0.1"}


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def rr(name, of_type, data):
    return wire(name) + struct.pack("!HHIH", of_type, 1, 300, len(data)) + data


class Resolver:
    def __init__(self):
        self.asked, self.prefix = collections.Counter(), None
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self.sock.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def answer(self, name, of_type):
        if name == "ipv4only.arpa":
            self.asked[of_type] += 1
            return [rr(name, AAAA, socket.inet_pton(socket.AF_INET6, self.prefix))] if self.prefix and of_type == AAAA else []
        labels = name.split(".")
        if name == "" and of_type == NS:
            return [rr("", NS, wire("ns.example"))]
        if of_type == TXT and labels[0] == "_mta-sts":
            return [rr(name, TXT, b"\x10v=STSv1; id=2026")]
        if of_type == AAAA and labels[0] == "mta-sts" and labels[1] in HOSTS:
            return [rr(name, AAAA, socket.inet_pton(socket.AF_INET6, HOSTS[labels[1]]))]
        return [rr(name, MX, b"\0\x0a" + wire("mx." + name))] if of_type == MX else []

    def serve(self):
        while True:
            query, asker = self.sock.recvfrom(4096)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
                at += 1 + query[at]
            found, code = self.answer(".".join(labels), struct.unpack("!H", query[at + 1:at + 3])[0]), 3 if labels[-1:] == ["invalid"] else 0
            soa = [] if found else [rr(labels[-1] if labels else "", SOA, wire("ns.example") * 2 + struct.pack("!5I", 1, 1, 1, 1, 60))]
            self.sock.sendto(query[:2] + struct.pack("!5H", 0x8180 | code, 1, len(found), len(soa), 0) + query[12:at + 5] +
                             b"".join(found + soa), asker)


def told(record):
    return record["policy"]["stage"], record["policy"]["dns"], [i["code"] for i in record["issues"] if i["code"].startswith("policy_")]


def check(resolver, prefix):
    """What is told of each host, and how often the prefix was asked for."""
    resolver.prefix = prefix
    resolver.asked.clear()
    done = subprocess.run([PROGRAM, "check", "--json", "-r", resolver.at, "--timeout-fetch", "1", *(f"{h}.example" for h in HOSTS)],
                          capture_output=True, text=True)
    return {r["domain"].split(".")[0]: told(r) for r in map(json.loads, done.stdout.splitlines())}, dict(resolver.asked)


def scan(resolver, prefix, folder):
    resolver.prefix = prefix
    resolver.asked.clear()
    names, run = os.path.join(folder, "names"), os.path.join(folder, f"run-{prefix is None}")
    with open(names, "w", encoding="ascii") as out:
        out.write("".join(f"{h}.example\n" for h in HOSTS))
    subprocess.run([PROGRAM, "scan", names, "-o", run, "-r", resolver.at, "--timeout-fetch", "1", "--workers", "2", "-q"], check=True)
    lines = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], capture_output=True, check=True).stdout
    return {r["domain"].split(".")[0]: told(r) for r in map(json.loads, lines.splitlines())}, dict(resolver.asked)


def main():
    count = Count()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    resolver, shown = Resolver(), "2606:4700:64::192.0.0.170"
    _, asked = check(resolver, shown)
    count.check("without IPv6 of our own nobody is asked", asked and f"{asked}")
    subprocess.run(["ip", "-6", "addr", "add", "2606:4700:99::1/64", "dev", "lo", "nodad"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        for how, run, times in (("check", lambda p: check(resolver, p), 1), ("scan", lambda p: scan(resolver, p, folder), 2)):
            found, asked = run(shown)
            count.check(f"{how}: what is behind the network's own prefix is what is behind the well-known one",
                        found["own"] != found["known"] and f"{found}")
            count.check(f"{how}: what is not behind it is not", found["elsewhere"] == found["known"] and f"{found}")
            count.check(f"{how}: it is asked for once by each that reads the network", asked != {AAAA: times} and f"{asked}")
            found, asked = run(None)
            count.check(f"{how}: where there is none all is as it was", (found["own"] != found["elsewhere"] or asked != {AAAA: times}) and f"{found} {asked}")
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
