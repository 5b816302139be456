#!/usr/bin/env python3
"""asked.py BUILD_DIR - whom `check` asks and visits, and whom `scan` does: every question and every connection.

`check` looks where no sender would: at every address of a host, at TLSA that cannot count, at a policy without a record.
`scan` must not: it would be a burden, and find nothing that counts. The resolver and the hosts stand in this program.
"""
import json
import os
import random
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from counting import Count  # noqa: E402

A, NS, CNAME, MX, TXT, AAAA, TLSA = 1, 2, 5, 15, 16, 28, 52
TYPES = {A: "A", NS: "NS", CNAME: "CNAME", MX: "MX", TXT: "TXT", AAAA: "AAAA", TLSA: "TLSA"}
ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
NAME, HOST, POLICY_HOST = "a.example", "mail.a.example", "mta-sts.a.example"


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def text(value):
    return bytes([len(value)]) + value.encode()


class Resolver(threading.Thread):
    """Answers from a table (name, type) -> rdata; what is not in it does not exist. The root is signed, the rest as `secure` says."""

    def __init__(self, zone, secure):
        super().__init__(daemon=True)
        self.zone, self.secure, self.asked = zone, secure, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.start()

    def answer(self, query):
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        name, (kind,) = ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])
        question = query[12:at + 5]
        if not name:
            rows, rcode, ad = [wire("ns.root")], 0, True
        else:
            rows, ad = self.zone.get((name, kind), []), self.secure
            rcode = 0 if any(known == name for known, _ in self.zone) else 3
            if labels[-1] not in ("invalid", "arpa"):  # what the resolver is tried with; the network's prefix
                self.asked.append((name, TYPES.get(kind, str(kind))))
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(row)) + row for row in rows)
        return query[:2] + bytes([0x81, 0x80 | (0x20 if ad else 0) | rcode]) + struct.pack(">HHHH", 1, len(rows), 0, 0) + question + body

    def run(self):
        while True:
            try:
                query, who = self.socket.recvfrom(4096)
                self.socket.sendto(self.answer(query), who)
            except OSError:  # closed
                return


class Visited(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.visited.append(self.server.server_address[0])
        if self.server.speaks:
            self.smtp()

    def smtp(self):
        """An MX host without STARTTLS."""
        self.request.sendall(b"220 mail ESMTP\r\n")
        for line in self.request.makefile("rb"):
            self.request.sendall(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 mail\r\n")
            if line.upper().startswith(b"QUIT"):
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def serve(speaks):
    """One at each address, all at one port; one that does not speak closes at once. (port, who was visited, servers)"""
    while True:
        servers, visited, port = [], [], 0
        try:
            for address in ADDRESSES:
                servers.append(Server((address, port), Visited))
                port = servers[0].server_address[1]
        except OSError:  # the port is taken at another address
            for server in servers:
                server.server_close()
            continue
        for server in servers:
            server.speaks, server.visited = speaks, visited
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return str(port), visited, servers


def zone_of(record):
    addresses = [socket.inet_aton(a) for a in ADDRESSES]
    zone = {(NAME, MX): [struct.pack(">H", 10) + wire(HOST)], (HOST, A): addresses, (POLICY_HOST, A): addresses}
    if record:
        zone["_mta-sts." + NAME, TXT] = [text("v=STSv1; id=1;")]
    return zone


def look(program, folder, command, hosts, record, secure):
    """What one name costs: (questions, connections to the policy host, visits to the MX host, the record)"""
    https, fetched, first = serve(False)
    smtp, visited, second = serve(True)
    resolver = Resolver(zone_of(record), secure)
    options = ["-r", resolver.at, "--https-port", https, "--smtp-port", smtp, "--allow-net", "127.0.0.0/8", "--ehlo", "scanner.example", "--timeout-dns", "2",
               "--timeout-fetch", "5", "--timeout-smtp", "5", "--host-rate", "0", "--retries", "0"]
    try:
        if command == "check":
            done = subprocess.run([program, "check", "--json", *options, *("--" + h for h in hosts.split()), NAME], stdout=subprocess.PIPE, timeout=120, check=False)
            row = json.loads(done.stdout)
        else:
            run, names = (os.path.join(folder, f"{what}-{https}-{smtp}") for what in ("run", "names"))
            with open(names, "w", encoding="utf-8") as f:
                f.write(NAME + "\n")
            subprocess.run([program, "scan", *options, *(f"--{h}=all" for h in hosts.split()), "--contact", "https://scanner.example/", "--workers", "1", "--smtp-retries", "0",
                            "--sandbox", "off", "-q", "-o", run, names], stderr=subprocess.DEVNULL, timeout=120, check=False)
            row = json.loads(subprocess.run(["zstd", "-dcq", os.path.join(run, "results.ndjson.zst")], stdout=subprocess.PIPE, check=True).stdout)
    finally:
        resolver.socket.close()
        for server in first + second:
            server.shutdown()
            server.server_close()
    return sorted(resolver.asked), sorted(fetched), sorted(visited), row


# What is asked of every name, about the policy host, the MX host, its keys, and the name that we give ourselves there.
PLAIN = [("_mta-sts.a.example", "TXT"), ("_smtp._tls.a.example", "TXT"), (NAME, "MX")]
LOCATE, HOSTS, OWN = ([(name, kind) for kind in ("A", "AAAA")] for name in (POLICY_HOST, HOST, "scanner.example"))
KEYS = [("_25._tcp." + HOST, "TLSA")]
FIRST = ADDRESSES[:1]
ALL = ADDRESSES + FIRST  # what fails like that is tried once more
# (command, what of the MX hosts, is there a record, is DNS secure) -> questions, connections to the policy host, visits
SCENES = {
    ("check", "", True, True): (PLAIN + LOCATE, ALL, []),
    ("check", "", False, False): (PLAIN + LOCATE, ALL, []),
    ("check", "dane", True, False): (PLAIN + LOCATE + HOSTS + KEYS, ALL, []),
    ("check", "mx-tls", True, True): (PLAIN + LOCATE + HOSTS, ALL, ADDRESSES),
    ("check", "mx-tls dane", True, True): (PLAIN + LOCATE + HOSTS + KEYS, ALL, ADDRESSES),
    ("check", "mx-tls dane", False, False): (PLAIN + LOCATE + HOSTS + KEYS, ALL, ADDRESSES),
    ("scan", "", True, True): (PLAIN + LOCATE, FIRST * 2, []),
    ("scan", "", False, True): (PLAIN, [], []),
    ("scan", "dane", True, True): (PLAIN + LOCATE + HOSTS + KEYS, FIRST * 2, []),
    ("scan", "dane", True, False): (PLAIN + LOCATE + HOSTS, FIRST * 2, []),
    ("scan", "mx-tls", True, True): (PLAIN + LOCATE + HOSTS + OWN, FIRST * 2, FIRST),
    ("scan", "mx-tls dane", True, True): (PLAIN + LOCATE + HOSTS + KEYS + OWN, FIRST * 2, FIRST),
    ("scan", "mx-tls dane", False, False): (PLAIN + HOSTS + OWN, [], FIRST),
}


# Resolvers that are not there (nothing is sent to the second: it is an address to shout at) -> what is said of them.
NOWHERE, SHOUT = "127.0.0.1:1", "255.255.255.255:1"
ABSENT = {
    (NOWHERE,): "no resolver can be used: 127.0.0.1:1 does not answer; name another one with --resolver ADDR",
    (SHOUT,): "no network: there is no route to the resolver 255.255.255.255:1",
    (SHOUT, "255.255.255.255:2"): "no network: there is no route to the resolver 255.255.255.255:1, nor to the others",
    (SHOUT, NOWHERE): "no resolver can be used: 255.255.255.255:1 does not answer (the others are no better); name another one with --resolver ADDR",
    (NOWHERE, SHOUT): "no resolver can be used: 127.0.0.1:1 does not answer (the others are no better); name another one with --resolver ADDR",
}


def nobody(program, resolvers):
    options = [word for resolver in resolvers for word in ("-r", resolver)]
    done = subprocess.run([program, "check", *options, "--timeout-dns", "0.1", "--retries", "0", NAME], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def orders(program, count):
    """MX hosts are in the record by preference, then by name, however the answer has them."""
    chance, zone, wanted = random.Random(5), {}, {}
    labels = ["a", "aa", "ab", "b", "a.b", "a-b", "mx", "mx1", "mx10", "mx2"]
    for i in range(24):
        hosts = [(chance.choice((0, 1, 10, 256, 65535)), chance.choice(labels) + "." + chance.choice(("x", "x.y"))) for _ in range(i % 8 + 1)]
        hosts = list(dict.fromkeys(hosts))
        zone[f"n{i}.example", MX] = [struct.pack(">H", preference) + wire(host) for preference, host in hosts]
        wanted[f"n{i}.example"] = sorted(hosts)
    resolver = Resolver(zone, False)
    done = subprocess.run([program, "check", "--json", "-r", resolver.at, "--timeout-dns", "5", *wanted], stdout=subprocess.PIPE, timeout=120, check=False)
    resolver.socket.close()
    got = {row["domain"]: [(h["preference"], h["host"]) for h in row["mx"]["hosts"]] for row in map(json.loads, done.stdout.splitlines())}
    for name, hosts in wanted.items():
        count.check(f"{name}: {len(hosts)} MX hosts are in order", got.get(name) != hosts and f"{got.get(name)}, wanted {hosts}")


def main():
    count = Count()
    program = os.path.join(os.path.abspath(sys.argv[1]), "scanner/mtasweep")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(SCENES)) as pool:
        for (scene, wanted), got in zip(SCENES.items(), pool.map(lambda scene: look(program, folder, *scene), SCENES)):
            for what, want, is_so in zip(("questions", "the policy host", "visits"), wanted, got):
                count.check(f"{' '.join(map(str, scene))}: {what}", is_so != sorted(want) and f"{is_so}, wanted {sorted(want)}")
            probes = [host["probe"] or {} for host in got[3]["mx"]["hosts"]]
            seen = [(p.get("addresses", 0), p.get("addresses_tried", 0)) for p in probes]
            want = [(len(ADDRESSES), len(wanted[2])) if wanted[2] else (0, 0)]
            count.check(f"{' '.join(map(str, scene))}: addresses of the host", seen != want and f"{seen}, wanted {want}")
        orders(program, count)
        for (resolvers, said), got in zip(ABSENT.items(), pool.map(lambda resolvers: nobody(program, resolvers), ABSENT)):
            count.check(f"{' '.join(resolvers)}: is told", got != (3, "", f"mtasweep check: {said}\n") and got)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
