#!/usr/bin/env python3
"""visits.py BUILD_DIR - see visits.sh.

One process here is the resolver and all MX hosts, each at an address of its own in 127.0.0.0/8. What a host does, and so
what must be found, follows from its number.
"""
import asyncio
import collections
import ipaddress
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.abspath(sys.argv[1])
PROGRAM = os.path.join(BUILD, "scanner/mtasweep")
HOSTS = int(os.environ.get("MTASWEEP_VISITS", "300"))
OPERATORS = max(HOSTS // 10, 30)
AT_ONCE, A_OPERATOR, RETRIES = 60, 4, 2
A, NS, SOA, PTR, MX = 1, 2, 6, 12, 15

# Names for EHLO. Where we come from is a matter of this machine: here it is behind a translator, as it were.
OURS = {"fine.scanner.net": "127.0.0.9", "pool.scanner.net": "127.0.0.8", "bare.scanner.net": "127.0.0.7"}


def kind(number):
    """2 % tarpits, 1 % that say "later" once, 1 % always, 1 % that refuse, 5 % without STARTTLS."""
    return {0: "tarpit", 1: "tarpit", 2: "later", 3: "always later", 4: "refuses"}.get(
        number % 100, "plain" if number % 100 < 10 else "fine")


# One certificate serves all: it is self-signed, and before that it has the name of none.
FOUND = {"tarpit": "timeout", "later": "name_mismatch", "always later": "blocked", "refuses": "blocked", "plain": "no_starttls",
         "fine": "name_mismatch"}
VISITS = {"later": 2, "always later": 1 + RETRIES}


def operator(number):
    """Some have many hosts, most have few."""
    return min(number % OPERATORS, (number * 7919) % OPERATORS)


def host_name(number):
    return f"mx{number}.op{operator(number)}.net"


def address(number):
    return f"127.{10 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


# ---- the resolver ------------------------------------------------------------------------------------------------


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def record(name, of_type, data):
    return wire(name) + struct.pack("!HHIH", of_type, 1, 300, len(data)) + data


def answer_to(name, of_type):
    """Return code and answer section."""
    if name.endswith("invalid"):
        return 3, []
    if name == "" and of_type == NS:
        return 0, [record("", NS, wire("ns.net"))]
    if of_type == MX and name.startswith("d") and name.endswith(".org"):
        return 0, [record(name, MX, struct.pack("!H", 10) + wire(host_name(int(name[1:-4]) % HOSTS)))]
    if of_type == A and name in OURS:
        return 0, [record(name, A, socket.inet_aton(OURS[name]))]
    if of_type == PTR and name == "9.0.0.127.in-addr.arpa":
        return 0, [record(name, PTR, wire("fine.scanner.net"))]
    if of_type == PTR and name == "8.0.0.127.in-addr.arpa":
        return 0, [record(name, PTR, wire("pool-8.isp.net"))]
    if of_type == A and name.startswith("mx"):
        return 0, [record(name, A, socket.inet_aton(address(int(name[2:].split(".")[0]))))]
    return 0, []


class Resolver(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode())
            at += 1 + data[at]
        of_type = struct.unpack("!H", data[at + 1:at + 3])[0]
        code, found = answer_to(".".join(labels).lower(), of_type)
        soa = [] if found else [record("net" if labels and labels[-1] == "net" else "org" if labels and labels[-1] == "org" else "", SOA,
                                       wire("ns.net") + wire("admin.net") + struct.pack("!IIIII", 1, 1, 1, 1, 60))]
        head = data[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), len(soa), 0)
        self.transport.sendto(head + data[12:at + 5] + b"".join(found + soa), addr)


# ---- the hosts ---------------------------------------------------------------------------------------------------


class Hosts:
    def __init__(self, folder):
        pem = os.path.join(folder, "host.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "30", "-subj", "/CN=mx", "-addext", "subjectAltName=DNS:*.net", "-keyout", pem, "-out", pem + ".crt"],
                       check=True, capture_output=True)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(pem + ".crt", pem)
        self.forget()
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.run(ready)), daemon=True).start()
        ready.wait(10)

    def forget(self):
        self.visits = collections.Counter()
        self.open_at = collections.Counter()
        self.open_of = collections.Counter()
        self.most_at = self.most_of = self.most = self.open = 0
        self.early = self.greeted = self.quit = self.other = 0

    async def run(self, ready):
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Resolver, local_addr=("127.0.0.1", 0))
        self.dns = transport.get_extra_info("sockname")[1]
        server = await asyncio.start_server(self.serve, "0.0.0.0", 0, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await asyncio.Event().wait()

    async def serve(self, reader, writer):
        part = [int(n) for n in writer.get_extra_info("sockname")[0].split(".")]
        number = (part[1] - 10) * 62500 + part[2] * 250 + part[3] - 1
        self.visits[number] += 1
        for count, key in ((self.open_at, number), (self.open_of, operator(number))):
            count[key] += 1
        self.open += 1
        self.most = max(self.most, self.open)
        self.most_at = max(self.most_at, self.open_at[number])
        self.most_of = max(self.most_of, self.open_of[operator(number)])
        try:
            await self.dialogue(reader, writer, number)
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self.open_at[number] -= 1
            self.open_of[operator(number)] -= 1
            writer.close()

    async def line(self, reader):
        words = (await reader.readline()).split()
        word = words[0].upper() if words else b""
        self.quit += word == b"QUIT"
        self.other += word not in (b"", b"EHLO", b"STARTTLS", b"QUIT")
        return word

    async def pause(self, reader, seconds):
        """Nothing may come before we have answered. False when somebody spoke, or has gone."""
        try:
            self.early += len(await asyncio.wait_for(reader.read(1), seconds))
            return False
        except asyncio.TimeoutError:
            return True

    async def dialogue(self, reader, writer, number):
        what = kind(number)
        if not await self.pause(reader, 0.05):
            return
        if what == "tarpit":
            await reader.read()
            return
        self.greeted += 1
        if what == "always later" or what == "later" and self.visits[number] == 1:
            writer.write(b"421 4.7.0 later\r\n")
        elif what == "refuses":
            writer.write(b"554 5.7.1 no\r\n")
        else:
            writer.write(b"220 " + host_name(number).encode() + b" ESMTP\r\n")
        while word := await self.line(reader):
            if word == b"EHLO":
                if not await self.pause(reader, 0.2):  # so that many are in the middle of it when somebody is killed
                    return
                writer.write(b"250-mx\r\n250 SIZE\r\n" if what == "plain" else b"250-mx\r\n250 STARTTLS\r\n")
            elif word == b"STARTTLS":
                writer.write(b"220 go\r\n")
                await writer.start_tls(self.tls)
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                await writer.drain()
                return


# ---- what is found -----------------------------------------------------------------------------------------------


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, what, got, want):
        self.passed += got == want
        self.failed += got != want
        if got != want:
            print(f"FAIL {what}: {str(got)[:500]}, wanted {str(want)[:300]}")


def rows(path):
    text = subprocess.run(["zstdcat", path], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def truth(count, what, run):
    """Every name has one record, and what it says of its host is what the host does."""
    records = rows(os.path.join(run, "results.ndjson.zst"))
    count.equal(f"{what}: in == out", sorted(r["line"] for r in records), list(range(1, 2 * HOSTS + 1)))
    wrong = [(r["domain"], r["mx"]["hosts"][0]["tls"]) for r in records
             if r["mx"]["hosts"][0]["tls"] != FOUND[kind(int(r["domain"][1:-4]) % HOSTS)]]
    count.equal(f"{what}: records that are not the truth", wrong, [])
    hosts = rows(os.path.join(run, "hosts.ndjson.zst"))
    count.equal(f"{what}: each host once", sorted(h["host"] for h in hosts), sorted(host_name(n) for n in range(HOSTS)))
    count.equal(f"{what}: names of each", {h["names"] for h in hosts}, {2})


def limits(count, what, hosts):
    count.equal(f"{what}: at a time at one address", hosts.most_at, 1)
    count.equal(f"{what}: at a time at one operator, beyond the limit", max(hosts.most_of - A_OPERATOR, 0), 0)
    count.equal(f"{what}: at a time in all, beyond the limit", max(hosts.most - AT_ONCE, 0), 0)
    count.equal(f"{what}: bytes before it was their turn", hosts.early, 0)
    count.equal(f"{what}: other commands", hosts.other, 0)
    if HOSTS >= 300:  # that the limits are reached tells that they are seen
        count.equal(f"{what}: several at a time", hosts.most > 4 and hosts.most_of > 1, True)


def command(folder, hosts, name):
    return [PROGRAM, "scan", os.path.join(folder, "names"), "-o", os.path.join(folder, name), "-r", f"127.0.0.1:{hosts.dns}",
            "--allow-net", "127.0.0.0/8", "--mx-tls=all", "--contact", "https://scanner.example.net/", "--ehlo",
            "fine.scanner.net", "--smtp-port", str(hosts.port), "--timeout-smtp", "4", "--visits", str(AT_ONCE),
            "--smtp-concurrency", str(A_OPERATOR), "--smtp-rate", "20", "--smtp-pause", "1", "--smtp-retries", str(RETRIES),
            "--workers", "2", "--dns-rate", "1500", "--timeout-dns", "10"]


def whole(count, folder, hosts):
    hosts.forget()
    done = subprocess.run(command(folder, hosts, "whole"), capture_output=True, text=True)
    count.equal("scan", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    truth(count, "whole", os.path.join(folder, "whole"))
    limits(count, "whole", hosts)
    wrong = [(n, kind(n), hosts.visits[n]) for n in range(HOSTS) if hosts.visits[n] != VISITS.get(kind(n), 1)]
    count.equal("one connection a host, and one each time it said later", wrong, [])
    count.equal("QUIT", hosts.quit, hosts.greeted)
    with open(os.path.join(folder, "whole/run.json"), encoding="utf-8") as f:
        told = json.load(f)["mx_hosts"]
    count.equal("run.json tells it", (told["hosts"], told["visits"], told["again"]),
                (HOSTS, sum(hosts.visits.values()), sum(VISITS.get(kind(n), 1) - 1 for n in range(HOSTS))))


def stopped(count, folder, hosts):
    """SIGTERM: who is being visited is taken leave of, and --resume does the rest."""
    hosts.forget()
    run = os.path.join(folder, "stopped")
    process = subprocess.Popen(command(folder, hosts, "stopped"), stderr=subprocess.PIPE, text=True)
    while sum(hosts.visits.values()) < HOSTS // 4 and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate()
    count.equal("stopped", (process.returncode, "--resume" in said), (130, True))
    count.equal("stopped: before the end", sum(hosts.visits.values()) < HOSTS, True)
    count.equal("stopped: QUIT", hosts.quit, hosts.greeted)
    done = subprocess.run([PROGRAM, "scan", "--resume", "-o", run, "-q"], capture_output=True, text=True)
    count.equal("stopped: to the end", (done.returncode, done.stderr), (0, ""))
    truth(count, "stopped", run)
    limits(count, "stopped", hosts)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(n) for n in f.read().split()]
    except OSError:
        return []


def killed(count, folder, hosts):
    """Three times the supervisor, and workers in between; what was sure before is not visited again."""
    hosts.forget()
    run, kills, workers = os.path.join(folder, "killed"), 0, 0
    process = subprocess.Popen(command(folder, hosts, "killed"), stderr=subprocess.DEVNULL)
    while kills < 3 and process.poll() is None:
        while not os.path.exists(f"{run}/hosts.ndjson.zst") and process.poll() is None:
            time.sleep(0.02)
        for how in (signal.SIGKILL, signal.SIGSEGV):
            time.sleep(0.7)
            for pid in children(process.pid)[:1]:
                os.kill(pid, how)
                workers += 1
        time.sleep(0.7)
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            kills += 1
        process = subprocess.Popen([PROGRAM, "scan", "--resume", "-o", run, "-q"], stderr=subprocess.PIPE, text=True)
    _, said = process.communicate()
    count.equal("killed: to the end", (process.returncode, said if process.returncode else ""), (0, ""))
    count.equal("killed: there were", kills > 1 and workers > 2, True)
    truth(count, "killed", run)
    most = [n for n in range(HOSTS) if hosts.visits[n] > VISITS.get(kind(n), 1) + kills * VISITS.get(kind(n), 1) + workers]
    count.equal("killed: visits beyond one a death", most, [])
    limits(count, "killed", hosts)
    print(f"killed: {kills} supervisors, {workers} workers; {sum(hosts.visits.values())} visits at {HOSTS} hosts")


def ehlo(count, folder, hosts):
    """Whether the name at EHLO is ours is looked at, and said with its consequence."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
            if ipaddress.ip_address(s.getsockname()[0]).is_global:
                print("EHLO: this machine has an address of its own in the world, to which no name of the lab leads")
                return
        except OSError:
            pass
    with open(os.path.join(folder, "one"), "w", encoding="utf-8") as out:
        out.write("d11.org\n")
    for name, said in (("fine.scanner.net", None), ("FINE.scanner.net", None),
                       ("pool.scanner.net", "is pool-8.isp.net and not pool.scanner.net"),
                       ("bare.scanner.net", "reverse name of 127.0.0.7 is not there"), ("none.scanner.net", "has no address"),
                       ("[192.0.2.1]", "an address is no name")):
        full = [a if a != "fine.scanner.net" else name for a in command(folder, hosts, "ehlo")]
        full[2] = os.path.join(folder, "one")
        done = subprocess.run(full, capture_output=True, text=True)
        shutil.rmtree(os.path.join(folder, "ehlo"), ignore_errors=True)
        warned = [line for line in done.stderr.splitlines() if "warning: " in line and "EHLO" in line]
        count.equal(f"EHLO {name}", (done.returncode, len(warned), said is None or said in warned[0]),
                    (0, int(said is not None), True))


def main():
    folder = tempfile.mkdtemp(prefix="mtasweep-visits-")
    count = Count()
    try:
        hosts = Hosts(folder)
        with open(os.path.join(folder, "names"), "w", encoding="utf-8") as out:
            out.writelines(f"d{n}.org\n" for n in range(2 * HOSTS))
        ehlo(count, folder, hosts)
        whole(count, folder, hosts)
        stopped(count, folder, hosts)
        killed(count, folder, hosts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count.passed} passed, {count.failed} failed")
    sys.exit(1 if count.failed else 0)


main()
