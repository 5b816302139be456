"""attack_web.py - policy hosts that mean harm: below TLS, in TLS, and in HTTP/1. HTTP/2 is in attack_h2.py.

A thread a connection; which attack it is stands in the name that the client asks for. Every attack goes on until
the client leaves or HOLD_S is over, and counts what it could get rid of.
"""
import os
import re
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time

import attack_costly
import attack_h2

HOLD_S = 30
CHUNK = 65536
NAME = re.compile(rb"mta-sts\.((?:[a-z0-9]+-)+[0-9]+)\.lab")
POLICY = "version: STSv1\r\nmode: enforce\r\nmx: mail.{domain}\r\nmax_age: 86400\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def flood(sock, first, piece):
    sock.sendall(first)
    chunk = piece * max(1, CHUNK // len(piece))
    while True:
        sock.sendall(chunk)


def floods(first, piece):
    return lambda sock: flood(sock, first, piece)


def drips(first, piece, pause=0.05):
    def attack(sock):
        sock.sendall(first)
        while True:
            sock.sendall(piece)
            time.sleep(pause)
    return attack


def says(*pieces):
    def attack(sock):
        for piece in pieces:
            sock.sendall(piece)
    return attack


def hold(sock):
    while sock.recv(CHUNK):
        pass


def bomb(piece=b"\0" * CHUNK):
    """Ten megabytes of zeros in ten kilobytes."""
    import gzip
    packed = gzip.compress(piece * 160, 9)
    return says(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed), packed)


def largest_policy(sock):
    """A valid policy that fills all there is: patterns to the last byte."""
    text = b"version: STSv1\nmode: enforce\nmax_age: 86400\nmx: mail.largest-policy-0.lab\n"
    text += b"mx: a.b\n" * ((65536 - len(text)) // 8)
    sock.sendall(HEAD + b"X: " + b"\x01" * 16000 + b"\r\nContent-Length: %d\r\n\r\n" % len(text) + text)


HTTP1 = {
    "body-endless": floods(HEAD + b"\r\n", b"mx: *.example.com\n"),
    "body-chunked-endless": floods(CHUNKED, b"10\r\n0123456789abcdef\r\n"),
    "body-chunk-ones": floods(CHUNKED, b"1\r\nx\r\n"),
    "body-chunk-extension": floods(CHUNKED, b"1;" + b"x" * 4096),
    "body-chunk-huge": floods(CHUNKED + b"ffffffffffffffff\r\n", b"x" * 64),
    "body-chunk-zeros": floods(CHUNKED, b"0" * 64),
    "body-trailers": floods(CHUNKED + b"1\r\nx\r\n0\r\n", b"X-Trailer: " + b"t" * 100 + b"\r\n"),
    "body-trailer-long": floods(CHUNKED + b"1\r\nx\r\n0\r\nX: ", b"t" * 1000),
    "body-drip": drips(HEAD + b"Content-Length: 500\r\n\r\n", b"#"),
    "body-length-huge": floods(HEAD + b"Content-Length: 9223372036854775807\r\n\r\n", b"x: y\n"),
    "body-length-beyond": says(HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nx"),
    "body-length-negative": says(HEAD + b"Content-Length: -1\r\n\r\nx"),
    "body-length-lies": says(HEAD + b"Content-Length: 65000\r\n\r\nversion: STSv1\n"),
    "body-gzip": bomb(),
    "body-gzip-transfer": floods(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", b"10\r\n0123456789abcdef\r\n"),
    "body-largest": largest_policy,
    "head-endless": floods(HEAD, b"X-Endless: " + b"y" * 100 + b"\r\n"),
    "head-empty-values": floods(HEAD, b"X:\r\n"),
    "head-long": floods(HEAD + b"X-Long: ", b"y" * 1000),
    "head-long-once": says(HEAD + b"X-Long: " + b"y" * 30000 + b"\r\n" + b"Content-Length: 1\r\n\r\nx"),
    "head-folded": floods(HEAD + b"X: y\r\n", b" folded\r\n"),
    "head-status-long": floods(b"HTTP/1.1 200 ", b"OK" * 1000),
    "head-continue": floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "head-early-hints": floods(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "head-drip": drips(b"", b"H"),
    "head-line-drip": drips(HEAD, b"X: y\r\n"),
    "head-nul": says(b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 1\r\n\r\nx"),
    "head-switch": floods(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
                          attack_h2.frame(attack_h2.PING, stream=0, payload=b"8 octets")),
    "head-redirect": says(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
    "head-loop": says(b"HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
    "head-auth": says(b"HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n"),
    "head-cookie": says(HEAD + b"Set-Cookie: a=" + b"c" * 8000 + b"\r\nAlt-Svc: h3=\"127.0.0.1:1\"\r\n"
                        b"Strict-Transport-Security: max-age=1\r\nContent-Length: 1\r\n\r\nx"),
    "length-two": says(HEAD + b"Content-Length: 5\r\nContent-Length: 70\r\n\r\n" + b"x" * 70),
    "length-and-chunks": says(CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n") + b"1\r\nx\r\n0\r\n\r\n"),
    "length-plus": says(HEAD + b"Content-Length: +1\r\n\r\nx"),
    "length-hex": says(HEAD + b"Content-Length: 0x1\r\n\r\nx"),
    "length-list": says(HEAD + b"Content-Length: 1, 2\r\n\r\nxy"),
    "status-partial": says(b"HTTP/1.1 206 Part\r\nContent-Range: bytes 0-0/99\r\nContent-Length: 1\r\n\r\nx"),
    "status-not-modified": says(b"HTTP/1.1 304 Same\r\n\r\n"),
    "status-no-content": says(b"HTTP/1.1 204 None\r\nContent-Length: 14\r\n\r\nversion: STSv1"),
    "status-huge": says(b"HTTP/1.1 99999999999 OK\r\nContent-Length: 1\r\n\r\nx"),
    "status-negative": says(b"HTTP/1.1 -200 OK\r\nContent-Length: 1\r\n\r\nx"),
    "status-letters": says(b"HTTP/1.1 2OO OK\r\nContent-Length: 1\r\n\r\nx"),
    "type-two": says(HEAD + b"Content-Type: text/html\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx"),
    "chunk-negative": says(CHUNKED + b"-1\r\nx\r\n0\r\n\r\n"),
    "chunk-empty-size": says(CHUNKED + b"\r\nx\r\n0\r\n\r\n"),
    "chunk-no-end": says(CHUNKED + b"3\r\nxyzNOT\r\n0\r\n\r\n"),
    "head-bare-cr": says(HEAD.replace(b"\r\n", b"\r") + b"Content-Length: 1\r\rx"),
    "head-no-colon": says(HEAD + b"nothing here\r\nContent-Length: 1\r\n\r\nx"),
    "head-answers": says(HEAD + b"Content-Length: 1\r\n\r\nx" + (HEAD + b"Content-Length: 1\r\n\r\ny") * 2000),
    "head-codings": says(HEAD + b"Content-Encoding: " + b"gzip, " * 1000 + b"gzip\r\nContent-Length: 1\r\n\r\nx"),
    "version-09": says(b"version: STSv1\nmode: enforce\n"),
    "version-3": says(b"HTTP/3 200\r\n\r\nx"),
    "nothing": hold,
}


# ---- TLS ----------------------------------------------------------------------------------------------------

def record(kind, payload, version=b"\x03\x03", length=None):
    return bytes([kind]) + version + struct.pack("!H", len(payload) if length is None else length) + payload


def server_hello():
    return b"\x02\0\0\x26\x03\x03" + os.urandom(32) + b"\0\xc0\x2b\0"


def handshake_endless(sock):
    """One message of 16 MB in records of 16 KB."""
    sock.sendall(record(22, server_hello()))
    flood(sock, record(22, b"\x0b\xff\xff\xff"), record(22, b"\0" * 16000))


def hello_requests(sock):
    flood(sock, b"", record(22, b"\0\0\0\0"))


BELOW_TLS = {
    "tls-drip": drips(record(22, b"\x02", length=16000), b"\0"),
    "tls-silent": hold,
    "tls-record-huge": floods(record(22, b"", length=0xffff), b"\0" * 64),
    "tls-handshake-endless": handshake_endless,
    "tls-hello-requests": hello_requests,
    "tls-empty-records": floods(b"", record(22, b"")),
    "tls-alerts": floods(b"", record(21, b"\x01\x5a")),
    "tls-alert-drip": drips(b"", record(21, b"\x01\x5a")),
    "tls-garbage": lambda sock: flood(sock, b"", os.urandom(4096)),
    "tls-echo": lambda sock: [sock.sendall(data) for data in iter(lambda: sock.recv(CHUNK), b"")],
    "tls-change-cipher": floods(b"", record(20, b"\x01")),
    "tls-heartbeat": floods(b"", record(24, b"\x01\xff\xff")),
    "tls-data-first": floods(b"", record(23, b"HTTP/1.1 200 OK\r\n")),
    "tls-type-0": floods(b"", record(0, b"x")),
    "tls-ssl2": floods(b"", b"\x80\x04\x04\x00\x01\x00"),
    "tls-hello-old": says(record(22, server_hello().replace(b"\x03\x03", b"\x03\x01", 1), version=b"\x03\x01")),
    "tls-hello-cut": says(record(22, server_hello()[:20])),
    "tls-fatal": says(record(21, b"\x02\x70")),
    "tls-http": says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "tls-close": lambda sock: None,
}


def renegotiate(sock, bundle):
    """TLS 1.2: asks for a new handshake again and again. openssl does it, behind a relay."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-naccept", "1", "-tls1_2",
                                "-cert", bundle, "-key", bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, bufsize=0)
    try:
        while b"ACCEPT" not in process.stdout.readline():
            pass
        with socket.create_connection(("127.0.0.1", port)) as inner:
            threading.Thread(target=relay, args=(sock, inner), daemon=True).start()
            threading.Thread(target=relay, args=(inner, sock), daemon=True).start()
            while b"GET /" not in (line := process.stdout.readline()) and line:
                pass
            until = time.monotonic() + HOLD_S
            threading.Thread(target=lambda: process.stdout.read(), daemon=True).start()
            while process.poll() is None and time.monotonic() < until:
                process.stdin.write(b"r\n")
                time.sleep(0.002)
    finally:
        process.kill()
        process.wait()


def relay(source, sink):
    try:
        while data := source.recv(CHUNK):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


# ---- the server --------------------------------------------------------------------------------------------

class Counted:
    """A socket that knows how much the client took and when to stop."""

    def __init__(self, sock):
        self.sock, self.sent, self.until = sock, 0, time.monotonic() + HOLD_S

    def sendall(self, data):
        view = memoryview(data)
        while view:
            if time.monotonic() > self.until:
                raise TimeoutError
            n = self.sock.send(view)
            self.sent += n
            view = view[n:]

    def recv(self, n):
        return self.sock.recv(n)

    def shutdown(self, how):
        self.sock.shutdown(how)


class Server:
    """bundle_of: the PEM file for an attack and a label, see attack_certs.KINDS."""

    def __init__(self, addresses, port, authority, bundle_of):
        self.key_exchange, self.bundle_of = attack_costly.KeyExchange(authority), bundle_of
        self.contexts = {}
        self.lock = threading.Lock()
        self.seen = {}  # attack -> [connections, most bytes sent on one]
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                server.handle(self.request)

        class Listener(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 512

            def handle_error(self, *_):
                pass

        self.listeners = [Listener((address, port), Handler) for address in addresses]
        for listener in self.listeners:
            threading.Thread(target=listener.serve_forever, daemon=True).start()

    def context(self, attack, label, protocols):
        bundle = self.bundle_of(attack, label)
        with self.lock:
            key = (bundle, tuple(protocols))
            if key not in self.contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(bundle)
                context.set_alpn_protocols(protocols)
                context.num_tickets = attack_costly.TICKETS.get(attack, 2)
                self.contexts[key] = context
            return self.contexts[key]

    def handle(self, sock):
        sock.settimeout(HOLD_S)
        found = None
        try:
            for _ in range(50):
                found = NAME.search(sock.recv(8192, socket.MSG_PEEK))
                if found:
                    break
                time.sleep(0.01)
        except OSError:
            return
        if not found:
            return
        label = found.group(1).decode()
        attack = label.rpartition("-")[0]
        counted = Counted(sock)
        try:
            self.serve(attack, label, sock, counted)
        except Exception:  # noqa: BLE001 - whatever the client does to us ends this connection only
            pass
        with self.lock:
            entry = self.seen.setdefault(attack, [0, 0])
            entry[0] += 1
            entry[1] = max(entry[1], counted.sent)

    def serve(self, attack, label, sock, counted):
        if attack in BELOW_TLS:
            BELOW_TLS[attack](counted)
            return
        if attack == "renegotiate":
            renegotiate(counted, self.bundle_of("good", label))
            return
        if attack in attack_costly.RAW:
            self.key_exchange.serve(counted, attack, self.bundle_of(attack, label))
            return
        h2 = attack in attack_h2.ATTACKS
        context = self.context(attack, label, ["h2"] if h2 else ["http/1.1"])
        with context.wrap_socket(sock, server_side=True) as tls:
            tls.recv(CHUNK)
            counted.sock = tls
            if h2:
                attack_h2.ATTACKS[attack](counted)
            elif attack in HTTP1:
                HTTP1[attack](counted)
            else:
                body = POLICY.format(domain=label + ".lab").encode()
                counted.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
