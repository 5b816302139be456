#!/usr/bin/env python3
"""turns.py BUILD - the longest turn of a worker's loop while it visits MX hosts, in processor time.

The hosts make a handshake as dear as they can (tests/lab/attack_costly.py), here behind STARTTLS. Status 1 when a turn takes
more than 20 ms in each of three visits: what is dear is dear every time, and an interrupt is not.
"""
import argparse
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

import measure

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "lab"))
import attack_certs  # noqa: E402
import attack_costly  # noqa: E402

TURN_MS = 20
VISITS = 3


class Server:
    """Speaks SMTP as far as STARTTLS at one address, then as its kind says."""

    def __init__(self, kind, number, port, bundle, exchange):
        self.kind, self.bundle, self.exchange = kind, bundle, exchange
        self.address = f"127.0.3.{number}"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind not in attack_costly.RAW:
            self.context.load_cert_chain(bundle)
        self.listener = socket.create_server((self.address, port))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            sock, _ = self.listener.accept()
            with sock:
                try:
                    self.serve(sock)
                except (OSError, ValueError):
                    pass

    def serve(self, sock):
        for reply in (b"220 mx ESMTP\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"):
            if reply[:3] != b"220" or b"go" in reply:
                self.line(sock)
            sock.sendall(reply)
        if self.kind in attack_costly.RAW:
            self.exchange.serve(sock, self.kind, self.bundle)
            return
        with self.context.wrap_socket(sock, server_side=True) as tls:
            self.line(tls)
            tls.sendall(b"221 bye\r\n")

    @staticmethod
    def line(sock):
        while not sock.recv(4096).endswith(b"\n"):
            pass


def servers(folder):
    authority = attack_certs.Authority(folder)
    exchange = attack_costly.KeyExchange(authority)
    kinds = {**attack_certs.KINDS, **attack_costly.CERTIFICATES}
    wanted = ["good", "rsa", "chain-16", "chain-17", "names-8000", "names-constrained", *attack_costly.CERTIFICATES,
              *attack_costly.RAW]
    with socket.create_server(("127.0.3.1", 0)) as free:
        port = free.getsockname()[1]
    made = []
    for number, kind in enumerate(wanted, 1):
        issue = kinds["rsa" if kind in attack_costly.RAW else kind]
        made.append(Server(kind, number, port, issue(authority, kind, f"{kind}.lab".encode(), b"lab"), exchange))
    return authority.ca_file, port, made


def run(build):
    """Rows for the table, and what is over the limit."""
    with tempfile.TemporaryDirectory(prefix="mtasweep-turns-") as folder:
        ca_file, port, made = servers(folder)
        lines = "".join(f"{s.kind}.lab {s.address}\n" for s in made) * VISITS
        done = subprocess.run([build.bench("bench_turn"), ca_file, str(port)], input=lines, capture_output=True, text=True, check=True)
    turns, outcome = {}, {}
    for visit in map(json.loads, done.stdout.splitlines()):
        turns.setdefault(visit["host"], []).append(visit["turn_us"] / 1000)
        outcome[visit["host"]] = visit["error"] or visit["tls"]
    for host in sorted(turns, key=lambda h: -min(turns[h])):
        print(f"{host:24s} {min(turns[host]):7.2f} ms, {max(turns[host]):7.2f} at most   {outcome[host]}")
    worst = max(turns, key=lambda h: min(turns[h]))
    rows = [measure.row("longest turn of the loop", min(turns[worst]), "ms CPU", worst, TURN_MS, 1.0)]
    problems = [f"{host}: a turn of {min(took):.1f} ms, at most {TURN_MS}" for host, took in turns.items() if min(took) > TURN_MS]
    return rows, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    options = parser.parse_args()
    rows, problems = run(measure.Build(options.build))
    measure.table(rows)
    print(json.dumps(rows))
    for problem in problems:
        print(f"FAIL {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
