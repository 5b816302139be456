#!/usr/bin/env python3
"""letters.py BUILD_DIR - see letters.sh: however a resolver treats the letters that we mix into names, every verdict is what it is
through a resolver on this machine, which is asked in small letters; and the letters are mixed where that keeps forgers out.

192.0.2.53 is not this machine for the scan. Behind it a relay passes questions on to labnet.
"""
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from counting import Count  # noqa: E402

BUILD = os.path.abspath(sys.argv[1])
PROGRAM, LABNET = os.path.join(BUILD, "scanner/mtasweep"), os.path.join(BUILD, "datasets/labnet")
POPULATION = ["--seed", "7", "--adoption", "0.2"]
NAMES, FAR = 600, "192.0.2.53"


def small(message):
    """With the name of its question in small letters."""
    end = 12
    while message[end]:
        end += 1 + message[end]
    return message[:12] + message[12:end].lower() + message[end:]


class Relay:
    """Passes questions on. `keeps(n)`: whether the answer to the n-th is spelt as it was asked."""

    def __init__(self, to):
        self.to, self.keeps, self.asked, self.mixed = ("127.0.0.1", int(to.rsplit(":", 1)[1])), lambda n: True, 0, 0
        self.near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.near.bind((FAR, 53))
        self.tcp = socket.create_server((FAR, 53))
        threading.Thread(target=self.serve, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    def one(self, query, asker):
        self.asked += 1
        self.mixed += small(query) != query
        keeps, number = self.keeps, self.asked
        up = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        up.connect(self.to)
        up.send(query)
        self.waiting[up] = (asker, keeps(number))

    def serve(self):
        self.waiting = {}
        while True:
            for ready in select.select([self.near, *self.waiting], [], [])[0]:
                if ready is self.near:
                    self.one(*self.near.recvfrom(4096))
                    continue
                asker, keeps = self.waiting.pop(ready)
                answer = ready.recv(65535)
                self.near.sendto(answer if keeps else small(answer), asker)
                ready.close()
            for late in list(self.waiting)[:-400]:  # those that labnet does not answer
                late.close()
                del self.waiting[late]

    def serve_tcp(self):
        while True:
            asker = self.tcp.accept()[0]
            up = socket.create_connection(self.to)
            for a, b in ((asker, up), (up, asker)):
                threading.Thread(target=pour, args=(a, b), daemon=True).start()


def pour(source, to):
    try:
        while data := source.recv(65535):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def scan(folder, lab, names, resolver, output):
    run = os.path.join(folder, output)
    subprocess.run([PROGRAM, "scan", names, "-o", run, "-r", resolver, "--https-port", lab["https"], "--ca-file", lab["ca"], "--allow-net",
                    "127.0.0.0/8", "--timeout-fetch", "5", "--workers", "2", "-q"], check=True)
    lines = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], capture_output=True, check=True).stdout
    records = map(json.loads, lines.splitlines())
    return {r["domain"]: (r["verdict"], r["mx"]["hosts"], [i["code"] for i in r["issues"]]) for r in records}


def treat(relay, count, run, truth, case, keeps, mixed):
    relay.keeps, relay.asked, relay.mixed = keeps, 0, 0
    found = run(f"{FAR}:53", case.split()[0])
    differ = {n: (truth[n], found.get(n)) for n in truth if truth[n] != found.get(n)}
    count.check(f"{case}: every record says what it says through a near one", differ and f"{len(differ)}: {list(differ.items())[:3]}")
    low, high = mixed
    count.check(f"{case}: letters are mixed in {low} to {high} of the questions",
                not low <= relay.mixed / relay.asked <= high and f"{relay.mixed} of {relay.asked}")


def main():
    count = Count()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "addr", "add", f"{FAR}/32", "dev", "lo"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([LABNET, "serve", "--dir", folder, *POPULATION], stdout=subprocess.PIPE, text=True)
        try:
            lab = dict(pair.split("=", 1) for pair in server.stdout.readline().split() if "=" in pair)
            names = os.path.join(folder, "names")
            with open(names, "w", encoding="ascii") as out:
                subprocess.run([LABNET, "names", "-n", str(NAMES), *POPULATION], stdout=out, check=True)
            relay = Relay(lab["dns"])

            def run(resolver, output):
                return scan(folder, lab, names, resolver, output)

            truth = run(lab["dns"], "near")
            treat(relay, count, run, truth, "one that keeps letters", lambda n: True, (0.8, 1))
            treat(relay, count, run, truth, "another that changes them", lambda n: False, (0, 0.2))
            treat(relay, count, run, truth, "ten-keep and then half are changed", lambda n: n < 40 or n % 2, (0.01, 0.6))
        finally:
            server.terminate()
            server.wait()
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
