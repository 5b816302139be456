#!/usr/bin/env python3
"""hostile_text.py BUILD_DIR - what strangers write comes out harmless everywhere.

Terminal escapes, JSON, HTML, CSV, SQL and formula characters, bytes that are no UTF-8 and characters that reorder
text are served as TXT records, CNAMEs, MX hosts, policies, headers and certificates, and given as names, tags and
file names. Then everything the program prints or stores is looked at: terminals, files, JSON, HTML, CSV.
"""
import csv
import html.parser
import http.server
import io
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from counting import Count  # noqa: E402

FINE = 64  # lines from which the layout of a list is learnt
NASTY = [
    b"\x1b[2J\x1b[1;31mred\x1b]0;title\x07",
    b"\x9b31m\xc2\x9b2J\xc2\x90q\xc2\x9c",
    b"</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    b"\"><svg onload=alert(1)>'\"&<!--",
    b"\"},{\"verdict\":\"enforce\"}\\",
    b"'); DROP TABLE mtasweep; --",
    b"=cmd|' /C calc'!A0",
    b"@SUM(1+1)*cmd|' /C calc'!A0",
    b"\xe2\x80\xae\xe2\x80\x8b\xef\xbb\xbf\xd8\x9c\xc2\xad\xe3\x85\xa4\xf3\xa0\x81\x81gpj.exe",
    b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf5",
    b"a\x00b\x7fc\x08\x08\x08",
    b"one\r\ntwo\nthree\tfour",
    b"%s%n%x%1000d",
]
DECEIVING = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\u3164\ufeff\U000e0000-\U000e007f]")
TYPES = {1: "A", 5: "CNAME", 15: "MX", 16: "TXT", 28: "AAAA"}


# ---- servers ---------------------------------------------------------------------------------------------


def label(text):
    return bytes([min(len(text), 63)]) + text[:63]


def dns_answer(query, number, prefix, rtype):
    """Records of one question, as wire data by type."""
    nasty = NASTY[number]
    txt = {"_mta-sts": b"v=STSv1; id=" + nasty + b"; " + nasty + b"=" + nasty + b";",
           "_smtp": b"v=TLSRPTv1; rua=mailto:" + nasty + b"," + nasty}.get(prefix)
    if rtype == "TXT" and txt:
        if number % 2:  # one that a sender follows, so that the policy is fetched
            txt = txt if prefix == "_smtp" else b"v=STSv1; id=1; x" + str(number).encode() + b"=1;"
        data = b"".join(bytes([len(txt[i:i + 255])]) + txt[i:i + 255] for i in range(0, len(txt), 255))
        if number % 4 == 1:  # by way of an alias
            alias = label(nasty) + label(b"example") + b"\0"
            owner = struct.pack("!H", 0xc000 + len(query) + 12)
            return [(b"\xc0\x0c", 5, alias), (owner, 16, data)]
        return [(b"\xc0\x0c", 16, data)]
    if rtype == "MX" and prefix.startswith("n"):
        return [(b"\xc0\x0c", 15, struct.pack("!H", 10) + label(nasty) + label(b"example") + b"\0"),
                (b"\xc0\x0c", 15, struct.pack("!H", 20) + label(b"mx") + label(nasty) + b"\0")]
    if rtype == "A" and prefix == "mta-sts":
        return [(b"\xc0\x0c", 1, socket.inet_aton("127.0.0.1"))]
    return []


def serve_dns(sock):
    while True:
        try:
            wire, peer = sock.recvfrom(4096)
        except OSError:
            return
        labels, at = [], 12
        while wire[at]:
            labels.append(wire[at + 1:at + 1 + wire[at]].decode("latin1").lower())
            at += 1 + wire[at]
        rtype = TYPES.get(struct.unpack("!H", wire[at + 1:at + 3])[0], "")
        question = wire[12:at + 5]
        number = re.search(r"n(\d+)\.example$", ".".join(labels))
        records = dns_answer(question, int(number[1]), labels[0], rtype) if number else []
        rcode = 0 if number or not labels else 3
        answer = wire[:2] + struct.pack("!5H", 0x8180 | rcode, 1, len(records), 0, 0) + question
        for owner, kind, data in records:
            answer += owner + struct.pack("!HHIH", kind, 1, 300, len(data)) + data
        sock.sendto(answer, peer)


class Policy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802 - the library's name
        number = int(re.search(r"n(\d+)\.", self.headers["Host"])[1])
        nasty = NASTY[number]
        line = re.sub(rb"[\r\n\0]", b"", nasty)
        body = b"version: STSv1\nmode: enforce\nmx: " + nasty + b"\n" + nasty + b": " + nasty + b"\nmax_age: 86400\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; " + line + b"\r\nLocation: " + line + b"\r\n"
        self.wfile.write(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        self.close_connection = True

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass


def make_certificate(folder):
    """Self-signed, with hostile names; the path of one PEM file with its key."""
    path = os.path.join(folder, "cert.pem").encode()
    subject = b"/O=" + NASTY[0].replace(b"/", b"") + "\u009b\u202e<script>".encode() + b"/CN=x"
    san = b"subjectAltName=DNS:mta-sts.n1.example,DNS:\x1b[2J<script>,DNS:\xc2\x9b31m"
    subprocess.run([b"openssl", b"req", b"-x509", b"-newkey", b"ec", b"-pkeyopt", b"ec_paramgen_curve:P-256", b"-nodes",
                    b"-utf8", b"-subj", subject, b"-addext", san, b"-days", b"30", b"-keyout", path + b".key", b"-out",
                    path], check=True, capture_output=True)
    with open(path, "ab") as out, open(path + b".key", "rb") as key:
        out.write(key.read())
    return path.decode()


def start_servers(folder):
    """Ports of DNS and HTTPS, and the certificate's path."""
    cert = make_certificate(folder)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    threading.Thread(target=serve_dns, args=(sock,), daemon=True).start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert)
    server = Server(("127.0.0.1", 0), Policy)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return sock.getsockname()[1], server.server_port, cert


# ---- what is harmless ------------------------------------------------------------------------------------


def wrong_bytes(data, allowed=b"\n", deceiving=True):
    """What in it could drive a terminal, or nothing."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"no UTF-8: {error}, {data[max(0, error.start - 30):error.start + 10]!r}"
    for found in re.finditer("[\0-\x1f\x7f-\x9f]", text):
        if found[0].encode() not in [bytes([b]) for b in allowed]:
            return f"{found[0]!r} in {text[max(0, found.start() - 40):found.start() + 20]!r}"
    found = DECEIVING.search(text) if deceiving else None
    return found and f"{found[0]!r} in {text[max(0, found.start() - 40):found.start() + 20]!r}"


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.wrong, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag in ("script", "img", "iframe", "object", "embed", "form"):
            self.wrong.append(tag)
        self.wrong += [f"{tag} {k}={v}" for k, v in attrs if k.startswith("on") or (v or "").startswith("javascript")]
        self.wrong += [f"{tag} {v}" for k, v in attrs if k in ("src", "href") and not v.startswith(("#", "data:"))]

    def handle_comment(self, data):
        self.wrong.append(f"comment {data[:40]}")


def wrong_page(data):
    page = Page()
    page.feed(data.decode("utf-8"))
    page.close()
    return page.wrong or (len(page.tags) < 10 and f"not much of a page: {page.tags}")


def wrong_table(data, n):
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    odd = [row for row in rows if len(row) != len(rows[0])]
    formulas = [cell for row in rows[1:] for cell in row if cell[:1] in tuple("=+-@\t\r")]
    lines = {row[2] for row in rows[1:]}
    return odd or formulas or (len(lines) != n and f"{len(lines)} lines, not {n}")


# ---- the test --------------------------------------------------------------------------------------------


class Test:
    def __init__(self, build, folder):
        self.program = os.path.join(os.path.abspath(build), "scanner", "mtasweep")
        self.count = Count()
        self.folder = folder
        dns, https, cert = start_servers(folder)
        # A directory whose name is hostile, too; without a NUL and a slash.
        self.home = os.path.join(folder.encode(), re.sub(rb"[\0/]", b"", b"".join(NASTY[:4] + NASTY[8:10])))
        os.mkdir(self.home)
        trust = os.path.join(self.home, b"ca.pem")
        os.link(cert, trust)
        self.net = [b"-r", b"127.0.0.1:%d" % dns, b"--https-port", b"%d" % https, b"--ca-file", trust, b"--allow-net",
                    b"127.0.0.0/8", b"--timeout-dns", b"3", b"--timeout-fetch", b"5"]

    def run(self, *args, stdin=None, env=None):
        args = [a if isinstance(a, bytes) else a.encode() for a in args]
        done = subprocess.run([self.program.encode(), *args], input=stdin, capture_output=True, timeout=120, check=False,
                              env={"ASAN_OPTIONS": "detect_leaks=0", **os.environ, **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def write_names(self):
        names = os.path.join(self.home, b"names.csv")
        with open(names, "wb") as out:
            out.write(b"domain,tag\n")
            # In the first lines a tag that is not UTF-8 would be refused.
            out.writelines(b"fine%d.example,fine\n" % number for number in range(FINE))
            for number, nasty in enumerate(NASTY):
                tag = re.sub(rb"[\r\n]", b"", nasty).replace(b'"', b'""')
                out.write(b'n%d.example,"%s"\n' % (number, tag))
                out.write(b'"%s","%s"\n' % (tag, tag))  # as a name
        return names

    def scan(self):
        names, run = self.write_names(), os.path.join(self.home, b"run")
        status, _, error = self.run("scan", names, "-o", run, "--tag-column", "tag", "--progress", "plain", *self.net)
        self.count.check("the scan ends well", status and f"{status}: {error!r}")
        self.count.check("what the scan says", wrong_bytes(error))
        self.count.check("and where the files are is said", b"report.txt" not in error and f"{error!r}")
        status, out, error = self.run("scan", names, "-o", "-", "--tag-column", "tag", "--progress", "json", *self.net)
        self.count.check("records on standard output", status or wrong_bytes(out))
        self.count.check("progress as JSON", wrong_bytes(error))
        status, out, error = self.run("scan", names, "-o", run, "--dry-run", "--tag-column", "tag", *self.net)
        self.count.check("a dry run", wrong_bytes(out) or wrong_bytes(error))
        return run

    def stored(self, run):
        read = {}
        for name in (b"report.txt", b"report.html", b"report.json", b"run.json"):
            with open(os.path.join(run, name), "rb") as source:
                read[name.decode()] = source.read()
        self.count.check("report.txt", wrong_bytes(read["report.txt"]))
        self.count.check("report.html: bytes", wrong_bytes(read["report.html"]))
        self.count.check("report.html: nothing runs", wrong_page(read["report.html"]))
        for name in ("report.json", "run.json"):
            self.count.check(name, wrong_bytes(read[name]) or not json.loads(read[name]))
        text = subprocess.run(["zstdcat", os.path.join(run, b"results.ndjson.zst")], capture_output=True, check=True).stdout
        self.count.check("the records: bytes", wrong_bytes(text))
        records = [json.loads(line) for line in text.splitlines()]
        lines = sorted(r["line"] for r in records)
        self.count.check("one record a line", lines != list(range(2, 2 + FINE + 2 * len(NASTY))) and f"{lines}")
        shown = {r["domain"]: r for r in records if r["domain"]}
        html_like = [str(shown["n2.example"][key]) for key in ("sts", "tlsrpt", "mx", "tag")]
        html_like.append(str(shown["n3.example"]["policy"]))
        missing = [text for text in html_like if "script>" not in text and "<svg" not in text]
        self.count.check("what was served did arrive", missing)
        bodies = [r["policy"]["cert_issuer"] for r in records if r["policy"]["cert_issuer"]]
        self.count.check("so did the certificate", not any("<script>" in b for b in bodies) and f"{bodies}")

    def reports(self, run):
        status, out, error = self.run("report", run, "--select", "line>0")
        self.count.check("a selection as CSV: bytes", status or wrong_bytes(out, b"\r\n") or wrong_bytes(error))
        self.count.check("a selection as CSV: cells", wrong_table(out, FINE + 2 * len(NASTY)))
        status, out, error = self.run("report", run)
        self.count.check("the report printed", status or wrong_bytes(out) or wrong_bytes(error))
        bad = []
        for nasty in NASTY:
            text = re.sub(rb"[\0/]", b"", nasty)
            for command in (["report", text], ["report", run, "--select", text + b"=" + text],
                            ["scan", text, "-o", "x", *self.net], ["scan", "-", "-o", text + b"/x/y", *self.net],
                            ["scan", "-", "-o", "x", "-r", text], ["scan", "-", "-o", "x", "--allow-net", text, *self.net],
                            ["scan", "-", "-o", "x", "--exclude", text, *self.net], ["lint", "policy", text],
                            ["explain", text], [text], ["scan", b"--" + text], ["recheck", text, "-o", "x"],
                            ["schema", text], ["scan", "-", "-o", "x", *self.net, "--ca-file", text]):
                status, out, error = self.run(*command, stdin=b"")
                wrong = wrong_bytes(out) or wrong_bytes(error, b"\n")
                if wrong or status == 0 or not error:
                    bad.append(f"{command[0]!r} with {text!r}: {wrong or f'status {status} {error!r}'}")
        self.count.check("what is refused is named harmlessly", bad)

    def terminals(self):
        for number, nasty in enumerate(NASTY):
            status, out, error = self.run("check", f"n{number}.example", *self.net, env={"NO_COLOR": "1"})
            wrong = wrong_bytes(out) or wrong_bytes(error) or (len(out) < 300 and f"{status} {out!r} {error!r}")
            self.count.check(f"check of {nasty!r}", wrong)
            for kind in ("sts", "policy", "tlsrpt"):
                status, out, error = self.run("lint", kind, stdin={"sts": b"v=STSv1; id=", "policy": b"version: STSv1\nmx: ",
                                                                   "tlsrpt": b"v=TLSRPTv1; rua="}[kind] + nasty)
                wrong = wrong_bytes(out) or wrong_bytes(error) or (not out and "nothing said")
                if wrong:
                    self.count.check(f"lint {kind} of {nasty!r}", wrong)
        status, out, error = self.run("check", "--json", *[f"n{n}.example" for n in range(len(NASTY))], *self.net)
        self.count.check("check --json", wrong_bytes(out) or wrong_bytes(error) or
                         (len([json.loads(line) for line in out.splitlines()]) != len(NASTY) and f"{status} {error!r}"))


def main():
    with tempfile.TemporaryDirectory(prefix="mtasweep-hostile-") as folder:
        test = Test(sys.argv[1], folder)
        os.chdir(folder)
        run = test.scan()
        test.stored(run)
        test.reports(run)
        test.terminals()
        print(f"{test.count.passed} passed, {test.count.failed} failed, 0 skipped")
        sys.exit(1 if test.count.failed else 0)


if __name__ == "__main__":
    main()
