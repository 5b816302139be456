"""oddities.py - what no real server can be configured to do wrong, scripted.

A DNS forwarder that spoils the answers to chosen questions, an HTTPS server that breaks off, and two
listeners that never serve. Threads; all end with stop() or the process.
"""
import socket
import socketserver
import ssl
import struct
import threading
import time

TYPES = {1: "A", 15: "MX", 16: "TXT", 28: "AAAA"}
TYPE_TXT = 16
RCODE_SERVFAIL, RCODE_REFUSED = 2, 5
FLAG_QR_RD_RA, FLAG_TC = 0x8180, 0x0200


# ---- DNS --------------------------------------------------------------------------------------------------

def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.strip(".").split(".")) + b"\0"


def query(name, qtype):
    return struct.pack("!6H", 4711, 0x0100, 1, 0, 0, 0) + encode_name(name) + struct.pack("!2H", qtype, 1)


def answers(port, name, qtype):
    """True when a server on loopback answers this question without an error."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        try:
            sock.connect(("127.0.0.1", port))
            sock.send(query(name, qtype))
            answer = sock.recv(4096)
        except OSError:
            return False
    return len(answer) >= 12 and answer[3] & 15 == 0


def read_question(message):
    """("name type", end of the question section)."""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("ascii", "replace"))
        at += 1 + message[at]
    qtype = struct.unpack("!H", message[at + 1:at + 3])[0]
    return f"{'.'.join(labels).lower()} {TYPES.get(qtype, qtype)}", at + 5


def reply(message, end, rcode=0, flags=0, answer=b"", number=None, question=None):
    number = message[:2] if number is None else number
    counts = struct.pack("!5H", FLAG_QR_RD_RA | flags | rcode, 1, 1 if answer else 0, 0, 0)
    return number + counts + (message[12:end] if question is None else question) + answer


def record(rdata, length=None, owner=b"\xc0\x0c"):
    return owner + struct.pack("!HHIH", TYPE_TXT, 1, 300, len(rdata) if length is None else length) + rdata


class DnsOddity:
    """Decides what happens to a question: an answer, b"" for silence, or None to forward it."""

    def __init__(self, actions):
        self.actions = actions
        self.seen = set()
        self.lock = threading.Lock()

    def first_time(self, question):
        with self.lock:
            fresh = question not in self.seen
            self.seen.add(question)
        return fresh

    def __call__(self, message, tcp):
        question, end = read_question(message)
        action = self.actions.get(question)
        if action is None:
            return None
        if action.endswith("_once"):
            if not self.first_time(question):
                return None
            action = action.removesuffix("_once")
        text = b"\x1cv=STSv1; id=20260101000000;"
        return {
            "drop": lambda: b"",
            "servfail": lambda: reply(message, end, RCODE_SERVFAIL),
            "refuse": lambda: reply(message, end, RCODE_REFUSED),
            "truncate": lambda: b"" if tcp else reply(message, end, flags=FLAG_TC),
            "cut_rdata": lambda: reply(message, end, answer=record(text, len(text) + 40)),
            "pointer_loop": lambda: reply(message, end, answer=record(
                text, owner=b"\xc0" + bytes([end]))),
            "wrong_id": lambda: reply(message, end, answer=record(text),
                                      number=bytes([message[0] ^ 0x55, message[1]])),
            "wrong_question": lambda: reply(message, end, answer=record(text),
                                            question=encode_name("_mta-sts.other.lab") + b"\0\x10\0\x01"),
        }[action]()


def forward(message, port, tcp):
    if tcp:
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            sock.sendall(struct.pack("!H", len(message)) + message)
            return read_framed(sock.makefile("rb"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect(("127.0.0.1", port))
        sock.send(message)
        return sock.recv(65535)


def read_framed(stream):
    head = stream.read(2)
    return stream.read(struct.unpack("!H", head)[0]) if len(head) == 2 else b""


class UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


# ---- HTTPS -------------------------------------------------------------------------------------------------

DRIP = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 500\r\n\r\n"


def serve_oddly(sock, action):
    """sock has finished its handshake and sent its request."""
    if action == "cut_body":
        sock.sendall(DRIP + b"version: STSv1\n")
    elif action == "not_http":
        sock.sendall(b"220 mail.example ESMTP\r\n")
    elif action == "drip":
        sock.sendall(DRIP)
        for _ in range(60):
            sock.sendall(b"#")
            time.sleep(0.2)
    # "close_after_request" does nothing more.


# ---- all of it ----------------------------------------------------------------------------------------------

class Oddities:
    def __init__(self, dns_port, upstream, actions, web, web_actions, certificate):
        decide = DnsOddity(actions)

        class Udp(socketserver.BaseRequestHandler):
            def handle(self):
                message, sock = self.request
                try:
                    answer = decide(message, False)
                    answer = forward(message, upstream, False) if answer is None else answer
                except (OSError, IndexError, struct.error):
                    return
                if answer:
                    sock.sendto(answer, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            timeout = 10

            def handle(self):
                try:
                    while message := read_framed(self.rfile):
                        answer = decide(message, True)
                        answer = forward(message, upstream, True) if answer is None else answer
                        if not answer:
                            return
                        self.wfile.write(struct.pack("!H", len(answer)) + answer)
                except (OSError, IndexError, struct.error):
                    return

        class Https(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.settimeout(10)
                try:
                    hello = self.request.recv(4096, socket.MSG_PEEK)
                    action = next((a for name, a in web_actions.items() if name.encode() in hello), None)
                    if action == "close_in_handshake":
                        return
                    with tls.wrap_socket(self.request, server_side=True) as sock:
                        sock.recv(4096)
                        serve_oddly(sock, action)
                except OSError:
                    return

        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        tls.set_alpn_protocols(["http/1.1"])
        self.servers = [UdpServer(("127.0.0.1", dns_port), Udp), TcpServer(("127.0.0.1", dns_port), Tcp),
                        TcpServer(web, Https)]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()


def listens(address, port):
    try:
        with socket.create_connection((address, port), 1):
            return True
    except OSError:
        return False


class Held:
    """Sockets that are kept open and not served."""

    def __init__(self, sockets):
        self.sockets = sockets

    def close(self):
        for sock in self.sockets:
            sock.close()


def silent_listener(address, port):
    """The kernel completes connections; nobody reads them."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(128)
    return Held([sock])


def full_listener(address, port):
    """A listener whose queue is full: further SYNs get no answer, as from behind a filter."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(0)
    held = [sock]
    for _ in range(8):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex((address, port))
        held.append(client)
    time.sleep(0.2)
    return Held(held)
