#!/usr/bin/env python3
"""hosts.py BUILD_DIR - see hosts.sh, which gives it a network of its own.

SITUATIONS says of each host how it is served, what its TLSA records are and what must be found. Certificates that Postfix
serves come from a CA made here; what Postfix refuses to do wrong is done by `Odd`.
"""
import asyncio
import datetime
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from advice import LATER, read_steps
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

RESOLVER = "127.0.0.53"
NOW = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
DAY = datetime.timedelta(days=1)
DER = serialization.Encoding.DER
PEM = serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo

# ---- certificates ------------------------------------------------------------------------------------------------


class Cert:
    def __init__(self, by, cn, names, start=-9, end=90, bits=0, ca=False, key=None):
        self.key = key or (rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1()))
        self.by = by
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)])
        made = (x509.CertificateBuilder().subject_name(subject)
                .issuer_name(by.x509.subject if by else subject).public_key(self.key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(NOW + start * DAY).not_valid_after(NOW + end * DAY))
        if ca:
            made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
        if by and not ca:
            made = made.add_extension(x509.AuthorityInformationAccess([x509.AccessDescription(
                x509.oid.AuthorityInformationAccessOID.CA_ISSUERS,
                x509.UniformResourceIdentifier("http://pki.sec/ca.cer"))]), critical=False)
        self.x509 = made.sign((by or self).key, hashes.SHA256())

    def pem(self):
        return self.x509.public_bytes(PEM)

    def tlsa(self, usage, selector, matching):
        der = self.x509.public_bytes(DER) if selector == 0 else self.key.public_key().public_bytes(DER, SPKI)
        data = {0: der, 1: hashlib.sha256(der).digest(), 2: hashlib.sha512(der).digest()}[matching]
        return f"{usage} {selector} {matching} {data.hex()}"


ROOT = Cert(None, "Lab Root", None, ca=True)
ISSUING = Cert(ROOT, "Lab Issuing", None, ca=True)
FOREIGN = Cert(None, "Foreign Root", None, ca=True)


class Host:
    """What SITUATIONS' functions are asked with: the host's certificate is made when its name is known."""

    def __init__(self, number, name):
        self.number, self.name = number, name
        self.domain = f"{name}.sec"
        self.fqdn = f"mx.{self.domain}"
        self.address = f"127.0.7.{number}"


CERTS = {  # kind -> (certificate, what is sent behind it)
    "good": lambda h: (Cert(ISSUING, h.fqdn, [h.fqdn]), [ISSUING]),
    "rooted": lambda h: (Cert(ISSUING, h.fqdn, [h.fqdn]), [ISSUING, ROOT]),
    "incomplete": lambda h: (Cert(ISSUING, h.fqdn, [h.fqdn]), []),
    "expired": lambda h: (Cert(ISSUING, h.fqdn, [h.fqdn], -90, -2), [ISSUING]),
    "future": lambda h: (Cert(ISSUING, h.fqdn, [h.fqdn], 5, 90), [ISSUING]),
    "soon": lambda h: (Cert(ISSUING, h.fqdn, [h.fqdn], -80, 3), [ISSUING]),
    "self": lambda h: (Cert(None, h.fqdn, [h.fqdn]), []),
    "self_bad": lambda h: (Cert(None, "x", ["other.example"], -90, -2), []),
    "foreign": lambda h: (Cert(FOREIGN, h.fqdn, [h.fqdn]), [FOREIGN]),
    "name": lambda h: (Cert(ISSUING, "www", ["www." + h.domain]), [ISSUING]),
    "domain": lambda h: (Cert(ISSUING, h.domain, [h.domain]), [ISSUING]),
    "cn": lambda h: (Cert(ISSUING, h.fqdn, None), [ISSUING]),
    "wildcard": lambda h: (Cert(ISSUING, "w", ["*." + h.domain]), [ISSUING]),
    "partial": lambda h: (Cert(ISSUING, "w", ["m*." + h.domain]), [ISSUING]),
    "weak": lambda h: (Cert(ISSUING, h.fqdn, [h.fqdn], bits=1024), [ISSUING]),
}
EE = [(3, 1, 1)]


# name, server ("postfix", "postfix -o x=y", or a kind of Odd), certificate, TLSA (parameters of the leaf; "i" in front: of
# the issuer, "r": of the root; or texts), tls, dane, codes that must be there.
SITUATIONS = [
    ("good", "postfix", "good", [], "ok", "none", ["sts_ready"]),
    ("old-version", "postfix -o smtpd_tls_protocols=TLSv1 -o tls_medium_cipherlist=ALL:@SECLEVEL=0", "weak", [], "protocol",
     "none", []),
    ("tls12", "postfix -o smtpd_tls_protocols=TLSv1.2", "good", [], "ok", "none", []),
    ("clear", "postfix -o smtpd_tls_security_level=none", "good", [], "no_starttls", "none", ["mx_cleartext_only"]),
    ("expired", "postfix", "expired", [], "expired", "none", ["mx_certs_would_fail"]),
    ("future", "postfix", "future", [], "not_yet_valid", "none", []),
    ("self", "postfix", "self", [], "self_signed", "none", []),
    ("foreign", "postfix", "foreign", [], "untrusted", "none", []),
    ("incomplete", "postfix", "incomplete", [], "incomplete_chain", "none", []),
    ("name", "postfix", "name", [], "name_mismatch", "none", []),
    ("domain-only", "postfix", "domain", [], "name_mismatch", "none", []),
    ("cn-only", "postfix", "cn", [], "name_mismatch", "none", []),
    ("wildcard", "postfix", "wildcard", [], "ok", "none", []),
    ("partial", "postfix", "partial", [], "name_mismatch", "none", []),
    ("weak", "postfix", "weak", [], "weak", "none", []),
    ("dane", "postfix", "good", EE, "ok", "ok", ["dane_ok", "dane_single_record"]),
    ("dane-self", "postfix", "self_bad", EE, "name_mismatch", "ok", ["dane_only_certificate"]),
    ("dane-cert", "postfix", "good", [(3, 0, 1)], "ok", "ok", ["dane_pins_certificate"]),
    ("dane-512", "postfix", "good", [(3, 1, 2)], "ok", "ok", ["dane_no_sha256"]),
    ("dane-full", "postfix", "good", [(3, 1, 0)], "ok", "ok", ["dane_full_record"]),
    ("dane-issuer", "postfix", "good", [("i", 2, 1, 1)], "ok", "ok", []),
    ("dane-root-sent", "postfix", "rooted", [("r", 2, 0, 1)], "ok", "ok", []),
    ("dane-root", "postfix", "good", [("r", 2, 0, 1)], "ok", "ta_not_sent", ["dane_none_deliverable"]),
    ("dane-leaf-as-ta", "postfix", "good", [(2, 1, 1)], "ok", "mismatch", ["dane_ee_usage_ta"]),
    ("dane-ta-name", "postfix", "name", [("i", 2, 0, 1)], "name_mismatch", "name_mismatch", ["dane_name_mismatch"]),
    ("dane-ta-next-hop", "postfix", "domain", [("i", 2, 0, 1)], "name_mismatch", "ok", ["dane_only_certificate"]),
    ("dane-ta-cn", "postfix", "cn", [("i", 2, 0, 1)], "name_mismatch", "ok", []),
    ("dane-ta-expired", "postfix", "expired", [("i", 2, 0, 1)], "expired", "expired", ["dane_cert_expired"]),
    ("dane-mismatch", "postfix", "good", ["3 1 1 " + "00" * 32], "ok", "mismatch",
     ["dane_mismatch", "dane_none_deliverable"]),
    ("dane-two", "postfix", "good", ["3 1 1 " + "00" * 32, (3, 1, 1)], "ok", "ok", ["dane_spare_useless"]),
    ("dane-pkix", "postfix", "good", [(1, 1, 1)], "ok", "unusable", ["dane_unusable"]),
    ("dane-pkix-beside", "postfix", "good", [(1, 1, 1), (3, 1, 1)], "ok", "ok", ["dane_pkix_usage"]),
    ("dane-bad", "postfix", "good", ["3 1 1 " + "00" * 31, (3, 1, 1)], "ok", "ok", ["dane_bad_record"]),
    ("dane-odd-type", "postfix", "good", ["3 1 9 " + "00" * 32], "ok", "unusable", ["dane_unusable"]),
    ("dane-clear", "postfix -o smtpd_tls_security_level=none", "good", EE, "no_starttls", "no_tls",
     ["dane_starttls_missing", "dane_none_deliverable"]),
    ("dane-421", "421", "good", EE, "blocked", "unproven", []),
    ("421", "421", "good", [], "blocked", "none", []),
    ("554", "554", "good", [], "blocked", "none", []),
    ("454", "454", "good", [], "tempfail", "none", []),
    ("502", "502", "good", [], "starttls_refused", "none", []),
    ("lower", "lower", "good", [], "ok", "none", []),
    ("masked", "masked", "good", [], "stripped", "none", []),
    ("inject", "inject", "good", [], "ok", "none", []),
    ("cleartext", "cleartext", "good", [], "cleartext", "none", []),
    ("helo", "helo", "good", [], "no_starttls", "none", []),
    ("ssh", "ssh", "good", [], "smtp", "none", []),
    ("silent", "silent", "good", [], "timeout", "none", []),
    ("slow", "slow", "good", [], "ok", "none", []),
    ("reset", "reset", "good", [], "handshake", "none", []),
    ("quit-hang", "quit-hang", "good", EE, "ok", "ok", []),
    ("nobody", "nobody", "good", EE, "connect", "unproven", []),
]


# ---- servers -----------------------------------------------------------------------------------------------------


class Odd:
    """SMTP as no server should do it. Counts connections and what was said on them."""
    EHLO = b"250-mx\r\n250-STARTTLS\r\n250 SIZE\r\n"

    def __init__(self, host, kind, context):
        self.host, self.kind, self.context = host, kind, context
        self.said = []

    async def line(self, reader):
        text = (await reader.readline()).decode("latin-1").strip()
        if text:
            self.said[-1].append(text.split(" ")[0].upper())
        return text

    async def dialogue(self, reader, writer):
        self.said.append([])
        kind = self.kind
        greeting = {"421": b"421 4.7.0 too many connections\r\n", "554": b"554 5.7.1 not you\r\n",
                    "masked": b"220 ************************\r\n", "ssh": b"SSH-2.0-x\r\n"}.get(kind, b"220 mx ESMTP\r\n")
        if kind == "silent":
            await reader.read()
            return
        await asyncio.sleep(3 if kind == "slow" else 0.05)
        writer.write(greeting)
        while text := await self.line(reader):
            word = text.split(" ")[0].upper()
            if word == "EHLO" and kind == "helo":
                writer.write(b"502 what?\r\n")
            elif word == "EHLO":
                writer.write({"lower": b"250-mx\r\n250-starttls\r\n250 SIZE\r\n",
                              "masked": b"250-mx\r\n250 XXXXXXXA\r\n"}.get(kind, self.EHLO))
            elif word == "HELO":
                writer.write(b"250 mx\r\n")
            elif word == "STARTTLS":
                writer.write({"454": b"454 4.7.0 later\r\n", "502": b"502 no\r\n",
                              "inject": b"220 go\r\n250 injected\r\n"}.get(kind, b"220 go\r\n"))
                if kind not in ("454", "502"):
                    await self.secure(reader, writer)
                    return
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                return

    async def secure(self, reader, writer):
        if self.kind == "cleartext":
            await asyncio.sleep(0.3)
            writer.write(b"250 in clear\r\n")
        elif self.kind == "reset":
            await reader.read(10)
            writer.transport.abort()
        else:
            await writer.start_tls(self.context)
            await self.line(reader)
            if self.kind == "quit-hang":
                await reader.read()
            else:
                writer.write(b"221 bye\r\n")

    async def serve(self, reader, writer):
        try:
            await self.dialogue(reader, writer)
            await writer.drain()
            writer.close()
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            pass


class Lab:
    def __init__(self, folder, hosts=None):
        self.folder = folder
        self.hosts = hosts or []
        self.odd = []
        self.processes = []
        self.policies = []  # domains that have one, and TLS-RPT
        os.chmod(folder, 0o755)
        if hosts:
            return
        for number, row in enumerate(SITUATIONS, 1):
            host = Host(number, row[0])
            host.cert, host.chain = CERTS[row[2]](host)
            host.row = row
            self.hosts.append(host)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "wb" if isinstance(text, bytes) else "w", encoding=None if isinstance(text, bytes)
                  else "utf-8") as out:
            out.write(text)
        return self.path(name)

    def run(self, *command, **more):
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, **more)
        if done.returncode != 0:
            raise SystemExit(f"hosts: {' '.join(command)}: {done.stdout[-500:]}{done.stderr[-1500:]}")
        return done.stdout

    # DNS

    @staticmethod
    def tlsa(host):
        """What the table says, as text."""
        made = []
        for record in host.row[3]:
            if isinstance(record, tuple):
                of = {"i": ISSUING, "r": ROOT}.get(record[0], host.cert)
                record = of.tlsa(*[v for v in record if isinstance(v, int)])
            made.append(record)
        return made

    def records(self):
        lines = []
        for h in self.hosts:
            lines += [f"{h.domain}. 300 MX 10 {h.fqdn}.", f"{h.fqdn}. 300 A {h.address}"]
            lines += [f"_25._tcp.{h.fqdn}. 300 TLSA {record}" for record in getattr(h, "records", self.tlsa(h))]
        for domain in self.policies:
            lines += [f'_mta-sts.{domain}. 300 TXT "v=STSv1; id=20260101"', f"mta-sts.{domain}. 300 A {WEB}",
                      f'_smtp._tls.{domain}. 300 TXT "v=TLSRPTv1; rua=mailto:tls@{domain}"']
        dane = next((h for h in self.hosts if h.row[0] == "dane"), self.hosts[0])
        lines += ["alias.sec. 300 MX 10 name.alias.sec.", f"name.alias.sec. 300 CNAME {dane.fqdn}.",
                  "none.sec. 300 MX 10 gone.none.sec."]
        return lines, [f"open.open. 300 MX 10 {dane.fqdn}.", "plain.open. 300 MX 10 mx.plain.open.",
                       f"mx.plain.open. 300 A {self.hosts[0].address}",
                       f"_25._tcp.mx.plain.open. 300 TLSA 3 1 1 {'00' * 32}"]

    def sign(self, zone, lines):
        soa = f"{zone} 300 SOA ns.sec. admin.sec. 1 3600 600 86400 60\n{zone} 300 NS ns.sec.\n"
        name = "root" if zone == "." else zone.strip(".")
        self.write(f"{name}.zone", soa + "\n".join(lines) + "\n")
        key = self.run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone).strip()
        self.run("ldns-signzone", "-f", f"{name}.signed", f"{name}.zone", key)
        with open(self.path(key + ".ds"), encoding="utf-8") as f:
            return key, f.read()

    def start_dns(self, known="good.sec"):
        signed, plain = self.records()
        _, ds = self.sign("sec.", signed + ["ns.sec. 300 A 127.0.0.54"])
        self.write("open.zone", "open. 300 SOA ns.sec. admin.sec. 1 3600 600 86400 60\nopen. 300 NS ns.sec.\n"
                   + "\n".join(plain) + "\n")
        _, anchor = self.sign(".", ["sec. 300 NS ns.sec.", "open. 300 NS ns.sec.", "ns.sec. 300 A 127.0.0.54", ds.strip()])
        self.write("anchor", anchor)
        zones = {".": "root.signed", "sec.": "sec.signed", "open.": "open.zone"}
        self.write("knot.conf", f"server:\n  rundir: {self.folder}\n  listen: 127.0.0.54@53\n"
                   f"database:\n  storage: {self.folder}\nlog:\n  - target: stderr\n    any: warning\nzone:\n"
                   + "".join(f"  - domain: \"{z}\"\n    file: {self.path(f)}\n    zonefile-load: whole\n"
                             for z, f in zones.items()))
        self.write("unbound.conf", f"""server:
  interface: {RESOLVER}@53
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  trust-anchor-file: "{self.path('anchor')}"
  module-config: "validator iterator"
  root-hints: "{self.write('hints', '. 300 NS ns.sec.' + chr(10) + 'ns.sec. 300 A 127.0.0.54' + chr(10))}"
  access-control: 127.0.0.0/8 allow
remote-control:
  control-enable: no
""")
        for command in (["knotd", "-c", "knot.conf"], ["unbound", "-d", "-c", "unbound.conf"]):
            log = open(self.path(command[0] + ".log"), "w", encoding="utf-8")
            self.processes.append(subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log))
        for _ in range(100):
            time.sleep(0.1)
            out = subprocess.run(["kdig", f"@{RESOLVER}", known, "MX"], capture_output=True, text=True).stdout
            if "mx." + known in out and "ad" in out.split("Flags:")[1].split(";")[0]:
                return
        raise SystemExit("hosts: no signed answer from unbound: " + out + open(self.path("unbound.log")).read()[-2000:])

    def stop_dns(self):
        for p in self.processes:
            p.terminate()
            p.wait()
        self.processes = []

    # SMTP

    def start_postfix(self):
        os.mkdir(self.path("conf"))
        services = ["postlog unix-dgram n - n - 1 postlogd", "rewrite unix - - n - - trivial-rewrite",
                    "cleanup unix n - n - 0 cleanup", "anvil unix - - n - 1 anvil", "tlsmgr unix - - n 1000? 1 tlsmgr",
                    "proxymap unix - - n - - proxymap"]
        for h in self.hosts:
            key = h.cert.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            h.pem = self.write(f"{h.name}.pem", key + b"".join(c.pem() for c in [h.cert, *h.chain]))
            if h.row[1].startswith("postfix"):
                services.append(f"{h.address}:25 inet n - n - - smtpd -o smtpd_tls_chain_files={h.pem}{h.row[1][7:]}")
        for name in ("queue", "data"):
            os.mkdir(self.path(name))
        shutil.chown(self.path("data"), "postfix")
        self.write("conf/master.cf", "\n".join(services) + "\n")
        self.write("conf/main.cf", f"""compatibility_level = 3.6
queue_directory = {self.path('queue')}
data_directory = {self.path('data')}
maillog_file = {self.path('maillog')}
maillog_file_prefixes = {self.folder}
myhostname = mx.sec
mydestination =
smtpd_tls_security_level = may
smtpd_tls_loglevel = 0
smtpd_tls_ciphers = medium
smtpd_client_connection_rate_limit = 0
smtputf8_enable = no
inet_protocols = ipv4
alias_maps =
""")
        self.run("postfix", "-c", self.path("conf"), "start")
        with socket.create_connection((self.hosts[0].address, 25), 5) as s:
            try:
                greeting = s.recv(100)
            except OSError:
                greeting = b""
        if not greeting.startswith(b"220"):
            with open(self.path("maillog"), encoding="utf-8") as log:
                raise SystemExit("hosts: Postfix does not greet: " + log.read()[-2000:])

    def start_odd(self):
        async def start():
            for h in self.hosts:
                if h.row[1].startswith("postfix") or h.row[1] == "nobody":
                    continue
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(h.pem)
                odd = Odd(h, h.row[1], context)
                self.odd.append(odd)
                await asyncio.start_server(odd.serve, h.address, 25)
            started.set()
            await asyncio.Event().wait()
        started = threading.Event()
        threading.Thread(target=lambda: asyncio.run(start()), daemon=True).start()
        if not started.wait(10):
            raise SystemExit("hosts: the odd servers do not start")

    def close(self):
        if os.path.exists(self.path("conf")):
            subprocess.run(["postfix", "-c", self.path("conf"), "stop"], capture_output=True)
        self.stop_dns()


# ---- what is found -----------------------------------------------------------------------------------------------


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, what, got, want):
        if got == want:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {what}: {got}, wanted {want}")


def check(program, lab, domains, text=False):
    """Records by domain, or the pages."""
    done = subprocess.run([program, "check", *([] if text else ["--json"]), "--mx-tls", "--dane", "-r", RESOLVER, "--allow-net", "127.0.0.0/8",
                           "--ca-file", lab.path("root.pem"), "--ehlo", "scanner.sec", "--timeout-smtp", "8", *domains],
                          capture_output=True, text=True)
    if done.returncode not in (0, 1, 4):
        raise SystemExit(f"hosts: check ended with {done.returncode}: {done.stderr}")
    if text:
        return done.stdout
    return {r["domain"]: r for r in map(json.loads, done.stdout.splitlines())}


# What Postfix itself makes of a host that has TLSA records: its words for ours. A trust anchor of the records that issued a
# certificate of another name is "Trusted" since Postfix 3.9, was "Untrusted" before, and never "Verified" (RFC 7671 5.2.3).
FINGER = {"ok": ["Verified"], "mismatch": ["Untrusted"], "ta_not_sent": ["Untrusted"],
          "name_mismatch": ["Untrusted", "Trusted"], "expired": ["Untrusted"]}


def finger(lab, host):
    """The word of posttls-finger at level dane."""
    done = subprocess.run(["posttls-finger", "-c", "-l", "dane", "-t", "5", "-F", lab.path("root.pem"), "-Lsummary", host.domain],
                          capture_output=True, text=True)
    for word in ("Verified", "Trusted", "Untrusted", "Anonymous"):
        if f"{word} TLS connection established" in done.stdout + done.stderr:
            return word
    return (done.stdout + done.stderr).strip()[-300:]


def judge(program, lab, count):
    found = check(program, lab, [h.domain for h in lab.hosts] + ["open.open", "plain.open", "alias.sec", "none.sec"])
    for h in lab.hosts:
        name, _, _, records, tls, dane, codes = h.row
        record = found[h.domain]
        got = record["mx"]["hosts"][0]
        count.equal(f"{name}: tls", got["tls"], tls)
        count.equal(f"{name}: dane", got["dane"], dane)
        have = {i["code"] for i in record["issues"]}
        count.equal(f"{name}: codes", sorted(set(codes) - have), [])
        count.equal(f"{name}: MX signed", record["mx"]["ad"], True)
        if records and dane in FINGER and h.row[1].startswith("postfix"):
            said = finger(lab, h)
            count.equal(f"{name}: posttls-finger", said if said not in FINGER[dane] else "as we", "as we")
    first = found["open.open"]["mx"]["hosts"][0]
    count.equal("unsigned MX, signed host", (first["dane"], found["open.open"]["mx"]["ad"]), ("ok", False))
    count.equal("unsigned MX: told", "dane_mx_insecure" in {i["code"] for i in found["open.open"]["issues"]}, True)
    first = found["plain.open"]["mx"]["hosts"][0]
    count.equal("unsigned host with TLSA", (first["dane"], first["tlsa"], first["tls"]), ("insecure", False, "name_mismatch"))
    first = found["alias.sec"]["mx"]["hosts"][0]
    count.equal("alias", (first["dane"], first["tlsa_base"], first["cname"]), ("ok", "mx.dane.sec", ["mx.dane.sec"]))
    count.equal("no address", found["none.sec"]["mx"]["hosts"][0]["tls"], "no_address")
    count.equal("no address: impact", found["none.sec"]["impact"], "mail_loss")


# ---- what is advised ---------------------------------------------------------------------------------------------

WEB = "127.0.7.250"
# A host that speaks old TLS alone hides its certificate, which is looked at when that is repaired.
BROKEN = """clear expired future self foreign incomplete name domain-only cn-only partial weak 502 inject cleartext reset
    dane-root dane-leaf-as-ta dane-ta-name dane-ta-expired dane-mismatch dane-pkix dane-pkix-beside dane-bad dane-odd-type dane-clear
    dane-512 dane-full""".split()


def new_certificate(host):
    """With a new key, as is usual, unless the page says that it is to be kept."""
    kept = host.cert.key if "keep that key" in " ".join(host.page.split()) else None
    host.cert, host.chain = Cert(ISSUING, host.fqdn, [host.fqdn], key=kept), [ISSUING]


def new_server(host):
    host.row = (host.row[0], "postfix", *host.row[2:])


def full_chain(host):
    host.chain = [ISSUING]


def served_key(host):
    """The record that stands on the page as that of the served key; where none does, a step has it."""
    if found := re.search(r"served key +3 1 1\s+([0-9a-f]{64})", host.page):
        host.records = ["3 1 1 " + found[1]]


def records_that(keep):
    def do(host):
        host.records = [r for r in host.records if keep(r.split())]
    return do


def nothing(_):
    """Another step says it in so many words."""


# What a sentence of the page asks for -> how it is done. A sentence that is not here cannot be followed.
ADVICE = {
    r"(Have|Use|Check|Renew) .*certificate.*": new_certificate,
    r"Configure the full chain .*": full_chain,
    r"Enable (TLS 1\.2 and 1\.3|STARTTLS on the hosts?).*": new_server,
    r"(Look for the TLS error in the host's log|Look what answers on port 25|Update the mail server|Test with \"openssl).*": new_server,
    r"Repair STARTTLS or the certificate of the MX hosts before .*": nothing,
    r"Publish the TLSA record of the key that is served, or remove .*": nothing,
    r"Publish the record of the key that is served now; .*": nothing,
    r"(Let the host send the chain up to that authority|Have the host's name included in the certificate), or publish a .*": nothing,
    r"Publish the record with usage 3\.": nothing,
    r'Publish "3 1 1" records\.|Publish a digest: "3 1 1"\.': served_key,
    r"Remove it, or publish it with usage 2 or 3\.": records_that(lambda r: r[0] in "23"),
    r"Correct it: .*": records_that(lambda r: len(r[3]) == 64),
}
TLSA_STEP = re.compile(r"Publish the TLSA record of the key that the host serves now[;,] .*: _25\._tcp\.(\S+)\. IN TLSA (3 1 1 [0-9a-f]{64})")
OR_USAGE_3 = re.compile(r"Have the host's name included in the certificate, or publish a .*")


def follow(host, count):
    """The steps of the page, in their order, done to the host."""
    for step in read_steps(host.page, host.domain):
        if LATER.fullmatch(step.text):
            continue
        if found := TLSA_STEP.fullmatch(step.text):
            count.equal(f"{host.name}: the record is for the host", found[1], host.fqdn)
            host.records = [found[2]]
            continue
        text = re.sub(r' \(MX ".*\)$', "", step.text)  # which hosts it is about
        known = [do for pattern, do in ADVICE.items() if re.fullmatch(pattern, text)]
        count.equal(f"{host.name}: can be followed: {step.text}", bool(known), True)
        if OR_USAGE_3.fullmatch(text):
            known = [nothing]
        for do in known:
            do(host)


class Policies:
    """One web server with a policy in testing for every domain of the lab."""

    def __init__(self, lab, domains):
        made = Cert(ISSUING, "policies", ["mta-sts." + d for d in domains])
        key = made.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(lab.write("web.pem", key + made.pem() + ISSUING.pem()))
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.run(context, ready)), daemon=True).start()
        ready.wait(10)

    async def run(self, context, ready):
        await asyncio.start_server(self.serve, WEB, 443, ssl=context)
        ready.set()
        await asyncio.Event().wait()

    async def serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            domain = re.search(r"(?i)host: mta-sts\.(\S+)", head)[1]
            body = f"version: STSv1\nmode: testing\nmx: mx.{domain}\nmax_age: 604800\n"
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
                         f"Connection: close\r\n\r\n{body}".encode())
            await writer.drain()
            writer.close()
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError):
            pass


def pages(program, lab, hosts):
    """Each host's own page."""
    text = check(program, lab, [h.domain for h in hosts], text=True)
    parts = re.split(r"^(?=\S+\.sec\n  verdict )", text, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: part for part in parts}


def scanned(program, lab, count):
    """`scan` finds the same, by workers that are confined, each host once."""
    names, run = lab.write("names", "".join(h.domain + "\n" for h in lab.hosts)), lab.path("run")
    done = subprocess.run([program, "scan", names, "-o", run, "--mx-tls=all", "--dane=all", "--contact", "https://scanner.sec/", "-r",
                           RESOLVER, "--allow-net", "127.0.0.0/8", "--ca-file", lab.path("root.pem"), "--ehlo", "scanner.sec",
                           "--timeout-smtp", "8", "--smtp-retries", "0", "--smtp-rate", "100"], capture_output=True, text=True)
    count.equal("scan", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    text = subprocess.run(["zstdcat", f"{run}/results.ndjson.zst"], capture_output=True, text=True).stdout
    found = {r["domain"]: r["mx"]["hosts"][0] for r in map(json.loads, text.splitlines())}
    for h in lab.hosts:
        count.equal(f"{h.row[0]}: scan", (found[h.domain]["tls"], found[h.domain]["dane"]), (h.row[4], h.row[5]))


def advice(program, lab, count):
    """What the page tells to do is done, as printed, on new servers; the next check finds nothing to do."""
    hosts = [h for h in lab.hosts if h.name in BROKEN]
    lab.policies = [h.domain for h in hosts]
    Policies(lab, lab.policies)
    lab.stop_dns()
    lab.start_dns()
    found = pages(program, lab, hosts)
    before = check(program, lab, [h.domain for h in hosts])
    for h in hosts:
        h.page = found[h.domain]
        h.records = lab.tlsa(h)
        bad = [i["code"] for i in before[h.domain]["issues"] if i["severity"] in ("error", "warning")]
        count.equal(f"{h.name}: there is something to do", bad != [], True)
        follow(h, count)
    subprocess.run(["postfix", "-c", lab.path("conf"), "stop"], capture_output=True)
    lab.stop_dns()
    repaired = Lab(tempfile.mkdtemp(prefix="mtasweep-hosts-"), hosts)
    try:
        repaired.policies = lab.policies
        repaired.write("root.pem", ROOT.pem())
        for h in hosts:
            h.address = f"127.0.8.{h.number}"
        repaired.start_dns("expired.sec")
        repaired.start_postfix()
        found = check(program, repaired, [h.domain for h in hosts])
        for h in hosts:
            left = [i["code"] for i in found[h.domain]["issues"] if i["severity"] in ("error", "warning", "inconclusive")]
            count.equal(f"{h.name}: clean when the advice is followed", left, [])
    finally:
        repaired.close()
        shutil.rmtree(repaired.folder, ignore_errors=True)
    print(f"{len(hosts)} kinds of breakage repaired as advised")


def polite(lab, count):
    """Counted at the servers: one connection each, QUIT wherever the server could hear it."""
    for odd in lab.odd:
        words = {"421": ["QUIT"], "554": ["QUIT"], "454": ["EHLO", "STARTTLS", "QUIT"], "502": ["EHLO", "STARTTLS", "QUIT"],
                 "helo": ["EHLO", "HELO", "QUIT"], "masked": ["EHLO", "QUIT"], "ssh": [], "silent": [],
                 "cleartext": ["EHLO", "STARTTLS"], "reset": ["EHLO", "STARTTLS"]}
        want = words.get(odd.kind, ["EHLO", "STARTTLS", "QUIT"])
        count.equal(f"{odd.host.name}: what was said", odd.said, [want])


def main():
    program = os.path.join(os.path.abspath(sys.argv[1]), "scanner/mtasweep")
    folder = tempfile.mkdtemp(prefix="mtasweep-hosts-")
    lab, count = Lab(folder), Count()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    try:
        subprocess.run(["mount", "--bind", lab.write("resolv.conf", f"nameserver {RESOLVER}\noptions edns0 trust-ad\n"),
                        "/etc/resolv.conf"], check=True)
        lab.write("root.pem", ROOT.pem())
        lab.start_dns()
        lab.start_postfix()
        lab.start_odd()
        judge(program, lab, count)
        polite(lab, count)
        scanned(program, lab, count)
        advice(program, lab, count)
    finally:
        lab.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count.passed} passed, {count.failed} failed")
    sys.exit(1 if count.failed else 0)


main()
