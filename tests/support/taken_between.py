#!/usr/bin/env -S python3 -ISB
"""taken_between.py - stands between the supervisor and an honest worker, and changes what the worker says.

A hook starts it in a worker's place (worker.c), some thousand times in taken.py: so nothing is imported, and nothing large made,
before it is needed.
LC_TAKEN names the attack, the program and its arguments, a line each.
"""
import os
import select
import socket
import struct
import sys
import time

LINE_HEAD = 32
SETUP, LINES, END, STOP, GRANTED, STATS, FRAME, TAKEN, ASK, DONE, FAIL = range(11)


def message(kind, body=b""):
    return struct.pack("=II", len(body), kind) + body


def messages(buffer):
    while len(buffer) >= 8:
        n, kind = struct.unpack_from("=II", buffer)
        if len(buffer) < 8 + n:
            return
        body = bytes(buffer[8:8 + n])
        del buffer[:8 + n]
        yield kind, body


class Frame:
    """Records on their way: line numbers, rows of facts, text."""

    def __init__(self, body):
        n, facts, text, _ = struct.unpack_from("=4I", body)
        at = 16 + 8 * n
        self.lines = list(struct.unpack_from(f"={n}Q", body, 16))
        self.facts, self.text = body[at:at + facts], body[at + facts:at + facts + text]

    def pack(self, text=None, text_n=None, lines=None, facts=None):
        text, facts, lines = (mine if given is None else given for given, mine in
                              ((text, self.text), (facts, self.facts), (lines, self.lines)))
        head = struct.pack("=4I", len(lines), len(facts), len(text) if text_n is None else text_n, 0)
        return message(FRAME, head + struct.pack(f"={len(lines)}Q", *lines) + facts + text)


def one_by_one(body):
    """Bodies with a line each. struct line_head: line, rank, lengths of text and tag, two flags."""
    while body:
        _, _, text, tag = struct.unpack_from("=QqII", body)
        n = LINE_HEAD + text + tag
        yield body[:n]
        body = body[n:]


def renumbered(text, new):
    before, key, rest = text.partition(b'"line":')
    return before + key + b"%d," % new + rest.partition(b",")[2]


def compressed(text):
    import subprocess
    return subprocess.run(["zstd", "-cq"], input=text, capture_output=True, check=True).stdout


def swapped(text):
    lines = text.splitlines(keepends=True)
    return b"".join([*lines[1:], lines[0]]) if len(lines) > 1 else b"x"


ESCAPES = b"\x1b]0;owned\x07"
# How each frame is changed.
FRAMES = {
    "garbage": lambda f: f.pack(b"\xff" * 10),
    "skippable": lambda f: f.pack(struct.pack("<II", 0x184D2A50, 2) + b"hi"),
    "compressed": lambda f: f.pack(compressed(f.text)),
    "zeros": lambda f: f.pack(b"\0" * (15 << 20)),
    "newlines": lambda f: f.pack(b"\n" * (15 << 20)),
    "fewer-lines": lambda f: f.pack(f.text.partition(b"\n")[2] or b"\n"),
    "more-lines": lambda f: f.pack(f.text + f.text),
    "forged-number": lambda f: f.pack(renumbered(f.text, 999999)),
    "forged-both": lambda f: f.pack(renumbered(f.text, 999999), lines=[999999, *f.lines[1:]]),
    "same-twice": lambda f: f.pack(f.text * 2, lines=f.lines * 2, facts=f.facts * 2),
    "sent-twice": lambda f: f.pack() + f.pack(),
    "swapped": lambda f: f.pack(swapped(f.text)),
    "no-records": lambda f: f.pack(b"[]\n" * len(f.lines)),
    "two-in-one": lambda f: f.pack(f.text.replace(b'"input":"', b'"input":"\r', 1)),
    "control": lambda f: f.pack(f.text.replace(b'"input":"', b'"input":"' + ESCAPES, 1)),
    "no-newline": lambda f: f.pack(f.text[:-1]),
    "length-lies": lambda f: f.pack(text_n=len(f.text) + 1),
    "facts-garbage": lambda f: f.pack(facts=b"\xff" * len(f.facts)),
    "facts-short": lambda f: f.pack(facts=f.facts[:-1]),
    "facts-more": lambda f: f.pack(facts=f.facts + f.facts),
    "line-zero": lambda f: f.pack(renumbered(f.text, 0), lines=[0, *f.lines[1:]]),
    "line-max": lambda f: f.pack(renumbered(f.text, 2**64 - 1), lines=[2**64 - 1, *f.lines[1:]]),
    "line-wraps": lambda f: f.pack(renumbered(f.text, 2**64 + f.lines[0])),
    "line-float": lambda f: f.pack(f.text.replace(b'"line":%d,' % f.lines[0], b'"line":%d.0,' % f.lines[0], 1)),
    "line-padded": lambda f: f.pack(f.text.replace(b'"line":', b'"line":0', 1)),
    "line-spaced": lambda f: f.pack(f.text.replace(b'"line":', b'"line": ', 1)),
    "nul": lambda f: f.pack(f.text.replace(b'"input":"', b'"input":"\0', 1)),
    "bom": lambda f: f.pack(b"\xef\xbb\xbf" + f.text),
    "crlf": lambda f: f.pack(f.text.replace(b"\n", b"\r\n")),
    "blank-lines": lambda f: f.pack(b"\n" + f.text),
    "no-utf8": lambda f: f.pack(f.text.replace(b'"tag":null', b'"tag":"\xff\xfe"', 1)),
    "c1": lambda f: f.pack(f.text.replace(b'"tag":null', b'"tag":"\xc2\x9b2J"', 1)),
    "reordered": lambda f: f.pack(f.text.replace(b'"tag":null', '"tag":"\u202egpj"'.encode(), 1)),
    "key-twice": lambda f: f.pack(f.text.replace(b'"tag":null', b'"line":999,"tag":null', 1)),
    "no-json": lambda f: f.pack(f.text.replace(b'"tag":null', b'"tag":nil', 1)),
    "deep": lambda f: f.pack(f.text.replace(b'"tag":null', b'"tag":' + b"[" * 100000 + b"]" * 100000, 1)),
    "two-records": lambda f: f.pack(f.text.replace(b"}\n", b'}{"schema":1,"line":1,"input":"x"}\n', 1)),
    "long-line": lambda f: f.pack(f.text.replace(b'"tag":null', b'"tag":"' + b"a" * (14 << 20) + b'"', 1)),
    "empty": lambda f: message(FRAME, struct.pack("=4I", 0, 0, 0, 0)),
    "head-only": lambda f: message(FRAME, struct.pack("=4I", len(f.lines), len(f.facts), len(f.text), 0)),
    "lines-lie": lambda f: message(FRAME, struct.pack("=4I", 0xffffffff, 0xffffffff, 0xffffffff, 0)),
    "too-many": lambda f: f.pack(f.text * 5000, lines=f.lines * 5000, facts=f.facts * 5000)[:15 << 20],
}


def made(value):
    """What is large is a function that makes it."""
    return value() if callable(value) else value


def put(key, value):
    """The host says another thing there: value is JSON."""
    def change(f):
        import re
        return f.pack(re.sub(rb'("%s":)("[^"]*"|[^,{}\[\]]+)' % key.encode(), lambda m: m[1] + made(value), f.text, count=1))
    return change


# The same of MX hosts: one of them a frame, no facts.
HOST_FRAMES = {
    "garbage": lambda f: f.pack(b"\xff" * 10),
    "compressed": lambda f: f.pack(compressed(f.text)),
    "zeros": lambda f: f.pack(b"\0" * (15 << 20)),
    "newlines": lambda f: f.pack(b"\n" * (15 << 20)),
    "blanks-bomb": lambda f: f.pack(b" " * (15 << 20) + f.text),
    "cut": lambda f: f.pack(f.text[:-20]),
    "nothing": lambda f: f.pack(b""),
    "twice-in-one": lambda f: f.pack(f.text + f.text),
    "sent-twice": lambda f: f.pack() + f.pack(),
    "never-given": lambda f: f.pack(lines=[999999]),
    "line-zero": lambda f: f.pack(lines=[0]),
    "line-max": lambda f: f.pack(lines=[2**64 - 1]),
    "anothers-line": lambda f: f.pack(lines=[f.lines[0] % 20 + 1]),
    "no-line": lambda f: f.pack(lines=[]),
    "two-lines": lambda f: f.pack(lines=f.lines * 2),
    "facts": lambda f: f.pack(facts=b"\0" * 64),
    "length-lies": lambda f: f.pack(text_n=len(f.text) + 1),
    "lines-lie": lambda f: message(FRAME, struct.pack("=4I", 0xffffffff, 0xffffffff, 0xffffffff, 0)),
    "empty": lambda f: message(FRAME, struct.pack("=4I", 0, 0, 0, 0)),
    "no-object": lambda f: f.pack(b"[]"),
    "no-keys": lambda f: f.pack(b"{}"),
    "another-host": put("host", b'"evil.example"'),
    "no-host": put("host", b"null"),
    "long-host": put("host", lambda: b'"' + b"a" * 70000 + b'"'),
    "word-unknown": put("tls", b'"splendid"'),
    "word-number": put("tls", b"7"),
    "deep": put("tls", lambda: b"[" * 100000 + b"]" * 100000),
    "key-unknown": put("tls", b'"ok","evil":{"a":[1,2,{"b":null}]}'),
    "key-twice": put("tls", b'"ok","host":"evil.example"'),
    "text-long": put("text", lambda: b'"' + b"a" * (14 << 20) + b'"'),
    "text-bomb": put("text", lambda: b'"' + b"a" * 900000 + b'"'),
    "text-escapes": put("text", b'"\\u001b]0;owned\\u0007\\u009b2J\\u202e"'),
    "text-raw": put("text", b'"' + ESCAPES + b'"'),
    "text-newline": put("text", b'"x\n{}"'),
    "text-no-utf8": put("text", b'"\xff\xfe\xc0\x80"'),
    "text-surrogate": put("text", b'"\\ud800"'),
    "banner-bomb": put("banner", lambda: b'"' + b"\\u0001" * 150000 + b'"'),
    "names-bomb": put("cert_names", lambda: b'"' + b"a.example " * 90000 + b'"'),
    "records-bomb": lambda f: f.pack(f.text.replace(b'"tlsa_records":[]', b'"tlsa_records":[' + b'"3 1 1 00",' * 90000 + b'"x"]', 1)),
    "tried-max": put("addresses_tried", b"18446744073709551615"),
    "tried-minus": put("addresses_tried", b"-1"),
    "tried-float": put("addresses_tried", b"1e300"),
    "took-max": put("took_ms", b"9223372036854775807"),
    "took-minus": put("took_ms", b"-9223372036854775808"),
    "code-max": put("code", b"2147483647"),
    "time-odd": put("at", b'"9999-99-99T99:99:99.999Z"'),
    "time-max": put("at", b'"292278994-08-17T07:12:55.807Z"'),
    "always-later": lambda f: f.pack(put("code", b"421")(Frame(put("tls", b'"blocked"')(f)[8:]))[24 + 8 * len(f.lines):]),
    "says-listed": lambda f: f.pack(put("text", b'"blocked using spamhaus"')(Frame(put("tls", b'"blocked"')(f)[8:]))[24 + 8 * len(f.lines):]),
    "greets-alike": put("banner", b'"relay.example ESMTP"'),
    "too-many": lambda f: f.pack() * 5000,
}


def ticket(number, family=4):
    return struct.pack("=IB16s3x", number, family, b"\x7f\0\0\1")


# What is said, besides, when the first lines have come.
SAYINGS = {
    "taken-lies": message(TAKEN, struct.pack("=I", 1 << 30)),
    "taken-none": message(TAKEN, struct.pack("=I", 0)),
    "done-unasked": message(DONE, ticket(7, 0)),
    "ask-twice": message(ASK, ticket(3)) * 2,
    "ask-odd": message(ASK, ticket(1 << 31)),
    "ask-family": message(ASK, ticket(3, 9)),
    "stats-short": message(STATS, b"\0" * 10),
    "stats-ones": message(STATS, b"\xff" * 104),
    "unknown-kind": message(4711, b"x"),
    "setup": message(SETUP, b""),
    "end": message(END),
    "granted": message(GRANTED, ticket(3)),
    "fails": message(FAIL, b"\x1b]0;owned\x07\xff\n" * 10),
    "fails-long": lambda: message(FAIL, b"x" * (1 << 20)),
}
OTHERS = ("half-a-head", "half-a-frame", "piecemeal", "hands-descriptors", "shuts-its-pipe", "leaves-a-child", "speaks-on",
          "silence", "keeps", "keeps-and-takes", "drips", "keeps-hosts", "ignores-end", "flood-stats", "flood-asks", "head-lies", "speaks", "exits", "stops-reading")


def between():
    attack, program, *arguments = os.environ["LC_TAKEN"].split("\n")
    hosts = sys.argv[1] == "hosts"
    if attack == "keeps-hosts":
        attack = "keeps"
        if not hosts:  # nothing stands between, so that a busy machine makes nobody late
            del os.environ["MTASWEEP_TEST_WORKER"]
            os.execv(program, [program, os.environ.get("LC_TAKEN_AS", "scan-worker"), *arguments])
    ours, theirs = socket.socketpair()
    up = socket.socket(fileno=3)
    child = os.fork()
    if child == 0:
        os.dup2(theirs.fileno(), 3)
        del os.environ["MTASWEEP_TEST_WORKER"]
        os.execv(program, [program, "scan-hosts-worker" if hosts else os.environ.get("LC_TAKEN_AS", "scan-worker"), *arguments])
    theirs.close()
    try:
        relay(up, ours, attack)
    finally:
        os.kill(child, 9)


def asks(up):
    """The gate is asked and told, without end."""
    ask = struct.pack("=IB16s3x", 0, 4, b"\x7f\0\0\1")
    while True:
        up.sendall(message(ASK, ask) + message(DONE, struct.pack("=IB16s3x", 0, 0, b"")))


def leave(up, attack):
    """It ends, in a way that leaves something behind."""
    if attack == "half-a-head":
        up.sendall(b"\x10\0\0")
    if attack == "shuts-its-pipe":
        up.shutdown(socket.SHUT_RDWR)
        select.select([], [], [], 1000)
    if attack == "leaves-a-child" and os.fork() == 0:
        select.select([], [], [], 60)
    return attack in ("exits", "half-a-head", "shuts-its-pipe", "leaves-a-child")


def pass_on(up, data, attack):
    if attack == "piecemeal":
        for i in range(0, len(data), 97):
            up.sendall(data[i:i + 97])
    elif attack == "hands-descriptors":
        sent = socket.send_fds(up, [data], [0, 1, 2] * 20)
        up.sendall(data[sent:])
    else:
        up.sendall(data)


def relay(up, down, attack):
    from_up, from_down, waiting, given = bytearray(), bytearray(), [], 0
    frames = HOST_FRAMES if "LC_TAKEN_AS" in os.environ else FRAMES
    if attack == "speaks":
        os.write(2, b"\x1b[2J\x1b]0;owned\x07\xff word\n" * 100000)
    if attack == "speaks-on" and os.fork() == 0:
        while True:
            os.write(2, b"word\n" * 1000)
    if leave(up, attack):
        return
    while True:
        if waiting and time.monotonic() > given + 1:
            given = time.monotonic()
            down.sendall(message(LINES, waiting.pop(0)))
        for sock in select.select([up, down], [], [], 0.2)[0]:
            data = sock.recv(1 << 20)
            if not data:
                return
            (from_up if sock is up else from_down).extend(data)
        for kind, body in messages(from_up):
            if attack == "ignores-end" and kind in (END, STOP):
                continue
            if attack == "flood-asks" and kind == SETUP:
                import threading
                threading.Thread(target=asks, args=(up,), daemon=True).start()
            if attack == "stops-reading" and kind == LINES:
                select.select([], [], [], 1000)
            if attack in SAYINGS and kind == LINES:
                up.sendall(made(SAYINGS[attack]))
            if attack == "drips" and kind == LINES:
                waiting.extend(one_by_one(body))
            else:
                down.sendall(message(kind, body))
        for kind, body in messages(from_down):
            if kind == FRAME and attack in frames:
                up.sendall(frames[attack](Frame(body)))
            elif (kind == FRAME and attack.startswith("keeps")) or (kind == TAKEN and attack == "keeps"):
                continue
            elif attack == "silence":
                continue
            elif attack == "head-lies" and kind == FRAME:
                up.sendall(struct.pack("=II", 0xffffffff, FRAME))
            elif attack == "half-a-frame" and kind == FRAME:
                up.sendall(message(kind, body)[:len(body) // 2])
                select.select([], [], [], 1000)
            elif attack == "flood-stats" and kind == STATS:
                up.sendall(message(kind, body) * 5000)
            else:
                pass_on(up, message(kind, body), attack)


if __name__ == "__main__":
    between()
