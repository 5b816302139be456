"""attack_dns.py - a resolver whose answers mean harm; for names that are not under attack, a good one.

Which attack it is stands in the name: "dns-ATTACK-N.lab". Each attack is a function of the question; it gives the
answers to send, in order, and may use other sockets first.
"""
import os
import socket
import struct
import threading
import time

A, NS, CNAME, SOA, MX, TXT, AAAA, OPT = 1, 2, 5, 6, 15, 16, 28, 41
QR, TC, RD, RA, AD = 0x8000, 0x0200, 0x0100, 0x0080, 0x0020
SERVFAIL, NXDOMAIN, REFUSED = 2, 3, 5
OWNER = b"\xc0\x0c"  # the question's name
STS = b"v=STSv1; id=20260101000000;"
PIECES = b"".join(b"\x01%c" % c for c in STS)  # a string a letter
LONGEST = 65535


def wire(name):
    labels = [label for label in name.strip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def rr(kind, rdata, owner=OWNER, ttl=300, klass=1, length=None):
    return owner + struct.pack("!HHIH", kind, klass, ttl, len(rdata) if length is None else length) + rdata


def strings(text):
    return b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, len(text), 255)) or b"\0"


def sts(owner=OWNER):
    return rr(TXT, strings(STS), owner)


class Question:
    def __init__(self, message, tcp):
        self.message, self.tcp = message, tcp
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]].decode("ascii", "replace").lower())
            at += 1 + message[at]
        self.labels = labels
        self.end = at + 5
        self.kind = struct.unpack("!H", message[at + 1:at + 3])[0]

    def answer(self, *records, rcode=0, flags=0, number=None, question=None, counts=None, more=b"", extra=0):
        """A reply; counts: (questions, answers, authority, additional) when they shall lie."""
        counts = counts or (1, len(records), 0, extra)
        head = (self.message[:2] if number is None else number) + struct.pack(
            "!5H", QR | RD | RA | flags | rcode, *counts)
        return head + (self.message[12:self.end] if question is None else question) + b"".join(records) + more

    def truncated(self):
        return self.answer(flags=TC)

    def pointer(self):
        """One to the place where the first answer starts."""
        return struct.pack("!H", 0xc000 | self.end)

    def full(self, record, limit=LONGEST):
        """The record as often as a message takes it."""
        n = (limit - self.end) // len(record)
        return self.answer(record * n, counts=(1, n, 0, 0))


def over_tcp(make):
    """Truncated over UDP, and this over TCP."""
    return lambda q, s: [make(q) if q.tcp else q.truncated()]


def forged_first(*forge):
    """Wrong answers before the right one, as somebody who guesses would send them."""
    return lambda q, s: [f(q) for f in forge] + [q.answer(sts())]


def from_elsewhere(address):
    def attack(q, s):
        forged = q.answer(rcode=NXDOMAIN)
        if q.tcp:
            return [q.answer(sts())]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind((address, 0))
            for _ in range(20):
                other.sendto(forged, s.peer)
        time.sleep(0.02)
        return [q.answer(sts())]
    return attack


def chain(length, ends=True):
    def attack(q, _):
        names = [OWNER] + [wire(f"c{i}.chain.lab") for i in range(length)]
        links = [rr(CNAME, names[i + 1], names[i]) for i in range(length)]
        links += [sts(names[-1])] if ends else []
        if len(b"".join(links)) > 1100 and not q.tcp:
            return [q.truncated()]
        return [q.answer(*links)]
    return attack


def wrong_ids(q):
    number = struct.unpack("!H", q.message[:2])[0]
    return [q.answer(rcode=NXDOMAIN, number=struct.pack("!H", (number + i) & 0xffff)) for i in range(1, 40)]


def other_question(q, name="other.lab", kind=TXT):
    return q.answer(rr(TXT, strings(STS)), question=wire(name) + struct.pack("!2H", kind, 1))


def echo(q, _):
    return [q.message]


def options(q):
    """An OPT record with as many options as there is room for."""
    body = struct.pack("!HH", 65001, 0) * 900
    return b"\0" + struct.pack("!HHIH", OPT, 1232, 0, len(body)) + body


def worst(q, _):
    """Everything at its largest, in bytes that cost most when they are written down."""
    if q.kind == TXT and not q.tcp:
        return [q.truncated()]
    if q.kind == TXT:
        text = (STS if q.labels[0] == "_mta-sts" else b"v=TLSRPTv1;rua=mailto:a@b.c;") + b" x=" + b"\x01" * 65000
        return [q.answer(rr(TXT, strings(text[:LONGEST - 700])))]
    return None


# attack -> (first labels of the questions it concerns, function)
STS_ONLY, MX_ONLY, HOST = ("_mta-sts",), ("",), ("mta-sts",)
ATTACKS = {
    "loop-owner": (STS_ONLY, lambda q, s: [q.answer(sts(q.pointer()))]),
    "loop-two": (STS_ONLY, lambda q, s: [q.answer(
        rr(CNAME, struct.pack("!H", 0xc000 | q.end + 14)), rr(TXT, b"", q.pointer()))]),
    "loop-forward": (STS_ONLY, lambda q, s: [q.answer(sts(b"\xff\xff"), sts(b"\xc0\xff"))]),
    "loop-labels": (STS_ONLY, lambda q, s: [q.answer(sts(b"\x01a" + q.pointer()))]),
    "loop-mx": (MX_ONLY, lambda q, s: [q.answer(rr(MX, b"\0\x01" + struct.pack("!H", 0xc000 | q.end + 14)))]),
    "label-kinds": (STS_ONLY, lambda q, s: [q.answer(sts(b"\x41a\0"), sts(b"\x80a\0"))]),
    "rdata-cut": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, strings(STS), length=200))]),
    "rdata-beyond": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, b"\xff" + STS))]),
    "counts-lie": (STS_ONLY, lambda q, s: [q.answer(sts(), counts=(1, 65535, 65535, 65535))]),
    "question-none": (STS_ONLY, lambda q, s: [q.answer(sts(), question=b"", counts=(0, 1, 0, 0))]),
    "question-two": (STS_ONLY, lambda q, s: [q.answer(
        sts(), question=2 * q.message[12:q.end], counts=(2, 1, 0, 0))]),
    "txt-longest": (STS_ONLY, over_tcp(lambda q: q.answer(
        rr(TXT, strings(STS + b" x=" + b"a" * (LONGEST - 700)))))),
    "txt-longest-junk": (STS_ONLY, over_tcp(lambda q: q.answer(
        rr(TXT, strings(b"\x1b[2J\0" * 10850))))),
    "txt-many": (STS_ONLY, over_tcp(lambda q: q.full(rr(TXT, b"\x01x")))),
    "txt-many-last": (STS_ONLY, over_tcp(lambda q: q.answer(
        rr(TXT, b"\x01x") * 3000 + rr(TXT, PIECES), counts=(1, 3001, 0, 0)))),
    "txt-many-sts": (STS_ONLY, over_tcp(lambda q: q.full(sts()))),
    "txt-empty-strings": (STS_ONLY, over_tcp(lambda q: q.answer(rr(TXT, bytes(60000))))),
    "txt-pieces": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, PIECES))]),
    "mx-many": (MX_ONLY, over_tcp(lambda q: q.full(rr(MX, b"\0\x01\x01a" + OWNER)))),
    "mx-many-long": (MX_ONLY, over_tcp(lambda q: q.full(rr(MX, b"\0\x01" + wire(".".join(["x" * 63] * 3)))))),
    "mx-escapes": (MX_ONLY, lambda q, s: [q.answer(rr(MX, b"\0\x01\x14\x1b]0;o\x07<script>\"'\\\x00..\0"))]),
    "host-many": (HOST, over_tcp(lambda q: q.full(
        rr(A, b"\x7f\0\x4d\x63") if q.kind == A else rr(AAAA, b"\xfe\x80" + bytes(13) + b"\x01")))),
    "host-half-refused": (HOST, lambda q, s: [
        q.answer(rr(A, b"\x7f\0\x4d\x63")) if q.kind == A else q.answer(rcode=SERVFAIL)]),
    "host-half-blocked": (HOST, lambda q, s: [
        q.answer(rcode=SERVFAIL) if q.kind == A else q.answer(rr(AAAA, b"\xfe\x80" + bytes(13) + b"\x01"))]),
    "wrong-id": (STS_ONLY, lambda q, s: wrong_ids(q) + [q.answer(sts())]),
    "wrong-id-only": (STS_ONLY, lambda q, s: wrong_ids(q)),
    "wrong-question": (STS_ONLY, forged_first(other_question, lambda q: other_question(q, kind=A))),
    "wrong-question-only": (STS_ONLY, lambda q, s: [other_question(q), other_question(q, kind=A)]),
    "wrong-port": (STS_ONLY, from_elsewhere("127.0.0.1")),
    "wrong-address": (STS_ONLY, from_elsewhere("127.0.77.9")),
    "extra-owner": (STS_ONLY, lambda q, s: [q.answer(sts(wire("other.lab")), sts(wire("lab")))]),
    "extra-additional": (STS_ONLY, lambda q, s: [q.answer(more=sts(), extra=1)]),
    "extra-class": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, strings(STS), klass=3))]),
    "extra-type": (STS_ONLY, lambda q, s: [q.answer(rr(99, strings(STS)), rr(MX, b"\0\0\0"))]),
    "extra-cname": (STS_ONLY, lambda q, s: [q.answer(sts(), rr(CNAME, wire("evil.lab"), wire("a.lab")),
                                                     sts(wire("evil.lab")))]),
    "echo": (STS_ONLY, echo),
    "cname-self": (STS_ONLY, lambda q, s: [q.answer(rr(CNAME, OWNER))]),
    "cname-loop": (STS_ONLY, lambda q, s: [q.answer(
        rr(CNAME, wire("a.lab")), rr(CNAME, wire("b.lab"), wire("a.lab")), rr(CNAME, wire("a.lab"), wire("b.lab")))]),
    "cname-two": (STS_ONLY, lambda q, s: [q.answer(
        rr(CNAME, wire("a.lab")), rr(CNAME, wire("b.lab")), sts(wire("a.lab")))]),
    "cname-16": (STS_ONLY, chain(16)),
    "cname-20": (STS_ONLY, chain(20)),
    "cname-1400": (STS_ONLY, chain(1400)),
    "cname-dangling": (STS_ONLY, chain(3, ends=False)),
    "junk": (STS_ONLY, lambda q, s: [q.message[:2] + os.urandom(500)]),
    "tiny": (STS_ONLY, lambda q, s: [b"", q.message[:2], q.message[:11], q.answer()[:13]]),
    "udp-longest": (STS_ONLY, lambda q, s: [q.full(rr(TXT, b"\x01x"), limit=60000)]),
    "udp-empty-first": (STS_ONLY, lambda q, s: [b"", q.answer(sts())]),
    "twice": (STS_ONLY, lambda q, s: [q.answer(sts())] * 30),
    "options": (STS_ONLY, lambda q, s: [q.answer(sts(), more=options(q), extra=1)]),
    "rcode-15": (STS_ONLY, lambda q, s: [q.answer(rcode=15)]),
    "formerr": (STS_ONLY, lambda q, s: [q.answer(rcode=1)]),
    "formerr-tcp": (STS_ONLY, over_tcp(lambda q: q.answer(rcode=1))),
    "not-recursive": (STS_ONLY, lambda q, s: [bytes(
        b & 0x7f if i == 3 else b for i, b in enumerate(q.answer()))]),
    "tcp-close": (STS_ONLY, lambda q, s: [] if q.tcp else [q.truncated()]),
    "tcp-silent": (STS_ONLY, lambda q, s: s.wait(8) if q.tcp else [q.truncated()]),
    "tcp-again": (STS_ONLY, lambda q, s: [q.truncated()]),
    "tcp-short": (STS_ONLY, lambda q, s: s.raw(struct.pack("!H", LONGEST) + q.answer(sts())) if q.tcp
                  else [q.truncated()]),
    "tcp-length-0": (STS_ONLY, lambda q, s: s.raw(bytes(4000)) if q.tcp else [q.truncated()]),
    "tcp-drip": (STS_ONLY, lambda q, s: s.drip(q.answer(sts())) if q.tcp else [q.truncated()]),
    "tcp-flood": (STS_ONLY, lambda q, s: s.flood(q.full(rr(TXT, b"\x01x"))) if q.tcp else [q.truncated()]),
    "opcode-notify": (STS_ONLY, lambda q, s: [q.answer(sts(), flags=4 << 11)]),
    "opcode-update": (STS_ONLY, lambda q, s: [q.answer(rcode=NXDOMAIN, flags=5 << 11)]),
    "class-any": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, strings(STS), klass=255))]),
    "rdata-none": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, b""))]),
    "ttl-negative": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, strings(STS), ttl=0xffffffff))]),
    "opt-two": (STS_ONLY, lambda q, s: [q.answer(sts(), more=2 * (b"\0" + struct.pack("!HHIH", OPT, 512, 0, 0)), extra=2)]),
    "opt-owned": (STS_ONLY, lambda q, s: [q.answer(sts(), more=wire("x.lab") + struct.pack("!HHIH", OPT, 512, 0, 0), extra=1)]),
    "opt-rcode": (STS_ONLY, lambda q, s: [q.answer(more=b"\0" + struct.pack("!HHIH", OPT, 512, 0xff000000, 0), extra=1)]),
    "tsig": (STS_ONLY, lambda q, s: [q.answer(sts(), more=rr(250, wire("hmac-md5") + bytes(16), wire("key"), klass=255), extra=1)]),
    "dname": (STS_ONLY, lambda q, s: [q.answer(rr(39, wire("evil.lab"), wire("lab")), sts(wire("evil.lab")))]),
    "nxdomain-answered": (STS_ONLY, lambda q, s: [q.answer(sts(), rcode=NXDOMAIN)]),
    "servfail-answered": (STS_ONLY, lambda q, s: [q.answer(sts(), rcode=SERVFAIL)]),
    "owner-long": (STS_ONLY, lambda q, s: [q.answer(sts(wire(".".join(["a"] * 130))))]),
    "owner-header": (STS_ONLY, lambda q, s: [q.answer(sts(b"\xc0\x00"))]),
    "question-capitals": (STS_ONLY, lambda q, s: [q.answer(sts(), question=q.message[12:q.end - 4].upper() + q.message[q.end - 4:q.end])]),
    "authority-only": (STS_ONLY, lambda q, s: [q.answer(more=sts(), counts=(1, 0, 1, 0))]),
    "behind-the-end": (STS_ONLY, lambda q, s: [q.answer(sts(), more=b"\0" * 300)]),
    "reserved-bit": (STS_ONLY, lambda q, s: [q.answer(sts(), flags=0x40)]),
    "txt-nul": (STS_ONLY, lambda q, s: [q.answer(rr(TXT, strings(STS + b"\0")))]),
    "mx-root-and-more": (MX_ONLY, lambda q, s: [q.answer(rr(MX, b"\0\0\0"), rr(MX, b"\0\1" + wire("a.lab")))]),
    "mx-short": (MX_ONLY, lambda q, s: [q.answer(rr(MX, b"\0"))]),
    "mx-far": (MX_ONLY, lambda q, s: [q.answer(rr(MX, b"\0\1\xc0\xff"))]),
    "signatures": (STS_ONLY, over_tcp(lambda q: q.full(rr(46, bytes(18) + b"\0" + bytes(64))))),
    "worst": (("_mta-sts", "_smtp._tls"), worst),
}


# ---- the server --------------------------------------------------------------------------------------------

class Way:
    """How an answer goes back."""

    def __init__(self, send, peer):
        self.send, self.peer = send, peer

    def wait(self, seconds):
        time.sleep(seconds)
        raise ConnectionError

    def raw(self, data):
        """Bytes that are no answers; nothing good can follow them on this connection."""
        self.send(data)
        raise ConnectionError

    def drip(self, answer):
        for byte in (struct.pack("!H", len(answer)) + answer)[:5]:
            self.send(bytes([byte]))
            time.sleep(0.1)
        raise ConnectionError

    def flood(self, answer):
        """Answers that nobody asked for."""
        for i in range(200):
            self.send(struct.pack("!HH", len(answer), i * 251 & 0xffff) + answer[2:])
        return []


class Server:
    def __init__(self, port, addresses_of, closes=False):
        """addresses_of: attack -> the policy host's IPv4 addresses as text. closes: a connection carries one answer,
        and all answers go over TCP."""
        self.addresses_of, self.closes = addresses_of, closes
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.udp.bind(("127.0.0.1", port))
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(("127.0.0.1", port))
        self.tcp.listen(512)
        for loop in (self.udp_loop, self.tcp_loop):
            threading.Thread(target=loop, daemon=True).start()

    def good(self, q, label, prefix):
        domain = label + ".lab"
        if q.labels[-1:] == ["invalid"]:
            return q.answer(rcode=NXDOMAIN)
        if not q.labels:
            return q.answer(rr(NS, wire("ns.lab")))
        if (prefix, q.kind) == ("_mta-sts", TXT):
            return q.answer(sts())
        if (prefix, q.kind) == ("_smtp._tls", TXT):
            return q.answer(rr(TXT, strings(b"v=TLSRPTv1; rua=mailto:tls@" + domain.encode())))
        if (prefix, q.kind) == ("", MX):
            return q.answer(rr(MX, b"\0\x0a" + wire("mail." + domain)))
        if (prefix, q.kind) == ("mta-sts", A):
            return q.answer(*(rr(A, socket.inet_aton(a)) for a in self.addresses_of(label.rpartition("-")[0])))
        return q.answer()

    def answers(self, message, tcp, way):
        q = Question(message, tcp)
        label = q.labels[-2] if len(q.labels) > 1 else ""
        prefix = ".".join(q.labels[:-2])
        attack = label.rpartition("-")[0]
        if attack.startswith("dns-"):
            concerned, make = ATTACKS[attack[4:]]
            if prefix in concerned:
                made = make(q, way)
                if made is not None:
                    return made
        return [q.truncated() if self.closes and not tcp and label else self.good(q, label, prefix)]

    def udp_loop(self):
        while True:
            message, peer = self.udp.recvfrom(4096)
            way = Way(None, peer)
            try:
                for answer in self.answers(message, False, way):
                    self.udp.sendto(answer, peer)
            except (OSError, IndexError, struct.error) as error:
                print(f"attack_dns: {error!r} for {message!r}", flush=True)

    def tcp_loop(self):
        while True:
            sock, peer = self.tcp.accept()
            threading.Thread(target=self.tcp_serve, args=(sock, peer), daemon=True).start()

    def tcp_serve(self, sock, peer):
        """As resolvers do it: a question that takes long does not hold up the next (RFC 7766 6.2.1.1)."""
        sock.settimeout(20)
        way, lock = Way(sock.sendall, peer), threading.Lock()
        try:
            with sock, sock.makefile("rb") as stream:
                while len(head := stream.read(2)) == 2:
                    message = stream.read(struct.unpack("!H", head)[0])
                    threading.Thread(target=self.tcp_answer, args=(sock, message, way, lock), daemon=True).start()
        except OSError:
            return

    def tcp_answer(self, sock, message, way, lock):
        try:
            answers = self.answers(message, True, way)
            with lock:
                for answer in answers:
                    sock.sendall(struct.pack("!H", len(answer)) + answer)
            if answers and not self.closes:
                return
        except (OSError, IndexError, struct.error):
            pass
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
