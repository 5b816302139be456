"""servers.py - publishes the situations on real servers: knot behind unbound, nginx and haproxy.

Everything lives in one temporary folder and on loopback addresses with high ports, and ends with the test.
What real servers refuse to do wrong is done by oddities.py.
"""
import os
import re
import shutil
import socket
import subprocess
import time

import oddities
from situations import FULL, HAPROXY, NGINX, ODD, OLD_TLS, PLAIN, SILENT, SITUATIONS

PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
WELL_KNOWN = "/.well-known/mta-sts.txt"
ZONES = ("lab", "secure", "expired")
START_LIMIT_S = 20

# certificate -> (issuer, names ({host} is the policy host, {domain} the domain), start, end, what is sent).
# Times are the CA's YYYYMMDDHHMMSSZ; None: valid now. A first name "CN=" means a common name alone.
CERTIFICATES = {
    "good": ("issuing", ["{host}"], None, None, "chain"),  # one for all the hosts that have it
    "own": ("issuing", ["{host}"], None, None, "chain"),
    "wildcard": ("issuing", ["*.{domain}"], None, None, "chain"),
    "name": ("issuing", ["www.{domain}", "{domain}"], None, None, "chain"),
    "parent_wildcard": ("issuing", ["*.lab"], None, None, "chain"),
    "partial_wildcard": ("issuing", ["mta*.{domain}"], None, None, "chain"),
    "cn_only": ("issuing", ["CN={host}"], None, None, "chain"),
    "expired": ("issuing", ["{host}"], "20250101000000Z", "20250601000000Z", "chain"),
    "expired_name": ("issuing", ["www.{domain}"], "20250101000000Z", "20250601000000Z", "chain"),
    "future": ("issuing", ["{host}"], "20990101000000Z", "20990601000000Z", "chain"),
    "soon": ("issuing", ["{host}"], -87, 3, "chain"),  # days: what is soon depends on the whole life
    "self_signed": ("self", ["{host}"], None, None, "leaf"),
    "untrusted": ("foreign", ["{host}"], None, None, "leaf"),
    "incomplete": ("issuing", ["{host}"], None, None, "leaf"),
}


class LabError(Exception):
    """The lab itself could not be set up."""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PATH": PATH}, **more)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def free_ports(count, addresses=("127.0.0.1",)):
    """Ports that are free for UDP and TCP on all the addresses, and held by nobody when we return."""
    found = []
    while len(found) < count:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            for address in addresses:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(family, kind) as probe:
                        probe.bind((address, port))
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found


def have_v6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class Authority:
    """The test CA: a root, an issuing CA under it, and a root nobody trusts."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self.ca_file = os.path.join(folder, "root.pem")
        self.serial = 1
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self._path("key"))
        self._config()
        for name, common_name in (("root", "Lab Root CA"), ("foreign", "Foreign CA")):
            self._request(name, common_name)
            self._sign(name, "self", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
        self._request("issuing", "Lab Issuing CA")
        self._sign("issuing", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _config(self):
        with open(self._path("ca.conf"), "w", encoding="ascii") as out:
            out.write(f"""[ca]
default_ca = lab
[lab]
database = {self._path("index.txt")}
serial = {self._path("serial")}
new_certs_dir = {self.folder}
private_key = {self._path("key")}
default_md = sha256
unique_subject = no
policy = any
rand_serial = yes
[any]
commonName = optional
[req]
distinguished_name = dn
prompt = no
[dn]
""")

    def _request(self, name, common_name):
        run("openssl", "req", "-new", "-key", self._path("key"), "-subj",
            f"/CN={common_name}" if common_name else "/", "-config", self._path("ca.conf"),
            "-out", self._path(f"{name}.csr"))

    def _sign(self, name, issuer, extensions, start=None, end=None):
        with open(self._path("index.txt"), "w", encoding="ascii"):
            pass
        with open(self._path("ext"), "w", encoding="ascii") as out:
            out.write(extensions)
        command = ["openssl", "ca", "-config", self._path("ca.conf"), "-batch", "-notext",
                   "-in", self._path(f"{name}.csr"), "-out", self._path(f"{name}.pem"),
                   "-extfile", self._path("ext")]
        command += ["-selfsign"] if issuer == "self" else ["-cert", self._path(f"{issuer}.pem")]
        if isinstance(start, int):
            start = time.strftime("%Y%m%d000000Z", time.gmtime(time.time() + start * 86400))
        command += ["-startdate", start] if start else []
        command += ["-days", str(end or 90)] if not isinstance(end, str) else ["-enddate", end]
        run(*command)

    def issue(self, name, kind, host_names):
        """A PEM file with key and certificates of this kind; host_names as in CERTIFICATES, filled in."""
        issuer, _, start, end, sends = CERTIFICATES[kind]
        common = [n[3:] for n in host_names if n.startswith("CN=")]
        alternative = ",".join(f"DNS:{n}" for n in host_names if not n.startswith("CN="))
        extensions = "authorityInfoAccess=caIssuers;URI:http://ca.lab.invalid/issuing.crt\n" \
            if issuer == "issuing" else "basicConstraints=CA:FALSE\n"
        extensions += f"subjectAltName={alternative}\n" if alternative else ""
        self._request(name, common[0] if common else "")
        self._sign(name, issuer, extensions, start, end)
        parts = [self._path("key"), self._path(f"{name}.pem")]
        parts += [self._path("issuing.pem")] if sends == "chain" else []
        bundle = self._path(f"{name}-bundle.pem")
        with open(bundle, "w", encoding="ascii") as out:
            for part in parts:
                with open(part, encoding="ascii") as text:
                    out.write(text.read())
        return bundle


def policy_host(situation):
    return f"mta-sts.{situation.domain}"


class Lab:
    """All servers of one test run. Use as a context manager."""

    def __init__(self, folder, situations=SITUATIONS):
        """What is published are the situations of the table, or the same ones otherwise set up."""
        self.folder = folder
        self.situations = situations
        self.v6 = have_v6()
        self.processes = []
        self.odd = None
        self.holders = []
        web = [NGINX, HAPROXY, PLAIN, OLD_TLS, FULL, SILENT, ODD] + (["::1"] if self.v6 else [])
        self.port, self.port_v4_only = free_ports(2, web)
        knot, unbound, no_tcp, odd, nobody = free_ports(5)
        self.ports = {"knot": knot, "unbound": unbound, "unbound_no_tcp": no_tcp, "odd": odd,
                      "nobody": nobody}

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        return path

    def _start(self):
        self.ca = Authority(self.path("ca"))
        self._write_zones()
        self._start_knot()
        self._start_unbound("unbound", "yes")
        self._start_unbound("unbound_no_tcp", "no")
        self._issue_certificates()
        self._start_nginx()
        self._start_haproxy()
        self._start_oddities()

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.odd:
            self.odd.stop()
        for holder in self.holders:
            holder.close()

    def _spawn(self, name, *command):
        program = shutil.which(command[0], path=PATH)
        if program is None:
            raise LabError(f"{command[0]} is not installed")
        with open(self.path(f"{name}.log"), "wb") as log:
            self.processes.append(subprocess.Popen([program, *command[1:]], cwd=self.folder, stdout=log,
                                                   stderr=log, stdin=subprocess.DEVNULL))
        return self.processes[-1]

    def _await(self, name, process, test):
        limit = time.monotonic() + START_LIMIT_S
        while not test():
            if process.poll() is not None or time.monotonic() > limit:
                with open(self.path(f"{name}.log"), encoding="utf-8", errors="replace") as log:
                    raise LabError(f"{name} did not start: {log.read()[-2000:]}")
            time.sleep(0.05)

    # ---- DNS -------------------------------------------------------------------------------------------

    def _zone_lines(self, situation):
        domain = situation.domain
        sections = (("_mta-sts", situation.sts), ("_smtp._tls", situation.tlsrpt), ("", situation.mx),
                    ("mta-sts", situation.host))
        for owner, lines in sections:
            for line in lines:
                yield f"{owner}.{domain}.".lstrip(".") + " " + line.format(domain=domain)
        for line in situation.extra:
            owner, rest = line.split(" ", 1)
            yield f"{owner}.{domain}. {rest.format(domain=domain)}"

    def _write_zones(self):
        for zone in ZONES:
            lines = [f"$TTL 300\n{zone}. SOA ns.{zone}. admin.{zone}. 1 3600 600 86400 60",
                     f"{zone}. NS ns.{zone}.", f"ns.{zone}. A 127.0.0.1"]
            for situation in self.situations:
                if situation.zone == zone and situation.published:
                    lines += self._zone_lines(situation)
            self.write(f"zones/{zone}", "\n".join(lines) + "\n")
        now = int(time.time())
        self._sign_zone("secure", now - 3600, now + 30 * 86400)
        self._sign_zone("expired", now - 60 * 86400, now - 30 * 86400)
        self.write("zones/root", ". 300 SOA ns.lab. admin.lab. 1 3600 600 86400 60\n. 300 NS ns.lab.\n")
        # A signature that does not fit its data: the data is changed after signing.
        path = self.path("zones/secure")
        with open(path, encoding="ascii") as text:
            signed = text.read()
        changed, count = re.subn(r'(_mta-sts\.badsig\.secure\.\s+\d+\s+IN\s+TXT\s+"v=STSv1; id=)2026', r"\g<1>2027",
                                 signed)
        if count != 1:
            raise LabError("no record to spoil in the signed zone")
        self.write("zones/secure", changed)

    def _sign_zone(self, zone, start, end):
        def stamp(moment):
            return time.strftime("%Y%m%d%H%M%S", time.gmtime(moment))
        key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", f"{zone}.", cwd=self.path("zones")).strip()
        run("ldns-signzone", "-i", stamp(start), "-e", stamp(end), "-f", f"{zone}.signed", zone, key,
            cwd=self.path("zones"))
        os.replace(self.path("zones", f"{zone}.signed"), self.path("zones", zone))
        os.replace(self.path("zones", f"{key}.key"), self.path("zones", f"{zone}.anchor"))

    def _start_knot(self):
        # A zone without a file is what knot answers SERVFAIL for.
        files = {f"{zone}.": zone for zone in ZONES} | {".": "root", "dead.": "not-there"}
        zones = "".join(f"  - domain: {name}\n    file: {self.path('zones', file)}\n"
                        for name, file in files.items())
        config = self.write("knot.conf", f"""server:
    rundir: {self.folder}
    listen: 127.0.0.1@{self.ports["knot"]}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    udp-max-payload: 4096
database:
    storage: {self.folder}
log:
  - target: stderr
    any: warning
template:
  - id: default
    zonefile-load: whole
    journal-content: none
zone:
{zones}""")
        knot = self._spawn("knot", "knotd", "-c", config)
        self._await("knot", knot, lambda: all(oddities.answers(self.ports["knot"], f"{zone}.", 6)
                                              for zone in ZONES))

    def _start_unbound(self, name, tcp):
        stubs = "".join(f"stub-zone:\n  name: {zone}\n  stub-addr: 127.0.0.1@{self.ports['knot']}\n"
                        for zone in (*(f"{z}." for z in ZONES), "dead.", "."))
        config = self.write(f"{name}.conf", f"""server:
  interface: 127.0.0.1@{self.ports[name]}
  port: {self.ports[name]}
  do-ip6: no
  do-tcp: {tcp}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  num-threads: 1
  rrset-roundrobin: no
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  module-config: "validator iterator"
  edns-buffer-size: 4096
  max-udp-size: 4096
  ede: yes
  trust-anchor-file: "{self.path('zones/secure.anchor')}"
  trust-anchor-file: "{self.path('zones/expired.anchor')}"
  local-zone: "_mta-sts.deny.lab." deny
  local-zone: "_mta-sts.refuse.lab." refuse
{stubs}remote-control:
  control-enable: no
""")
        unbound = self._spawn(name, "unbound", "-d", "-c", config)
        self._await(name, unbound, lambda: oddities.answers(self.ports[name], "enforce.lab.", 15))

    # ---- the web ----------------------------------------------------------------------------------------

    def _issue_certificates(self):
        """One certificate for all good hosts, and one for each host that needs its own."""
        self.certificates = {}
        shared = []
        for situation in self.situations:
            kind, host = situation.web.certificate, policy_host(situation)
            if kind == "good":
                shared.append(host)
                continue
            names = [n.format(host=host, domain=situation.domain) for n in CERTIFICATES[kind][1]]
            self.certificates[host] = self.ca.issue(situation.name, kind, names)
        self.good = self.ca.issue("good", "good", [*shared, "web.provider.lab"])
        self.certificates |= dict.fromkeys(shared, self.good)

    def _policy_file(self, situation):
        body = situation.web.body
        if isinstance(body, str):
            body = body.format(domain=situation.domain) if "{domain}" in body else body
        return self.write(f"www/{situation.domain}", body)

    def _nginx_host(self, situation):
        host, web = policy_host(situation), situation.web
        reply = web.reply or f"alias {self._policy_file(situation)};"
        # An empty default_type sends no Content-Type at all.
        kind = f'types {{}} default_type "{web.type or ""}";'
        v6 = f"listen [::1]:{self.port} ssl http2;" if self.v6 else ""
        return f"""server {{
  listen {NGINX}:{self.port} ssl http2;
  listen {NGINX}:{self.port_v4_only} ssl http2;
  {v6}
  server_name {host};
  ssl_certificate {self.certificates[host]};
  ssl_certificate_key {self.certificates[host]};
  location = {WELL_KNOWN} {{ {kind} {web.headers} {reply} }}
}}
"""

    def _start_nginx(self):
        hosts = "".join(self._nginx_host(s) for s in self.situations if s.web.server == "nginx")
        v6 = f"listen [::1]:{self.port} ssl http2 default_server;" if self.v6 else ""
        temp = "".join(f"{kind}_temp_path {self.folder}/nginx-{kind};\n"
                       for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.getuid() == 0 else ""
        config = self.write("nginx.conf", f"""{user}
daemon off;
worker_processes 1;
pid {self.folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 512; }}
http {{
access_log off;
{temp}
server_names_hash_bucket_size 128;
ssl_protocols TLSv1.2 TLSv1.3;
proxy_read_timeout 60s;
server {{
  listen {NGINX}:{self.port} ssl http2 default_server;
  listen {NGINX}:{self.port_v4_only} ssl http2 default_server;
  {v6}
  server_name _;
  ssl_reject_handshake on;
}}
server {{
  listen {PLAIN}:{self.port};
  return 200 "no TLS here";
}}
server {{
  listen {OLD_TLS}:{self.port} ssl;
  server_name _;
  ssl_protocols TLSv1.1;
  ssl_ciphers ALL:@SECLEVEL=0;
  ssl_certificate {self.good};
  ssl_certificate_key {self.good};
  return 200 "old";
}}
{hosts}}}
""")
        nginx = self._spawn("nginx", "nginx", "-c", config, "-e", "stderr", "-p", self.folder)
        self._await("nginx", nginx, lambda: oddities.listens(NGINX, self.port))

    def _start_haproxy(self):
        rules = []
        for situation in self.situations:
            if situation.web.server == "haproxy":
                when = f"if {{ hdr(host),field(1,:) {policy_host(situation)} }}"
                if situation.web.reply:
                    rules.append(f"  http-request return status {situation.web.reply} {when}")
                else:
                    rules.append(f"  http-request return status 200 content-type {situation.web.type} "
                                 f"file {self._policy_file(situation)} {when}")
        config = self.write("haproxy.conf", f"""global
  maxconn 200
defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend policy
  bind {HAPROXY}:{self.port} ssl crt {self.good} alpn http/1.1
{chr(10).join(rules)}
  http-request return status 404
""")
        haproxy = self._spawn("haproxy", "haproxy", "-db", "-q", "-f", config)
        self._await("haproxy", haproxy, lambda: oddities.listens(HAPROXY, self.port))

    # ---- what real servers do not do ----------------------------------------------------------------------

    def _start_oddities(self):
        actions = {}
        for situation in self.situations:
            for question, action in situation.odd.items():
                actions[question.format(domain=situation.domain)] = action
        webs = {policy_host(s): s.web.body for s in self.situations if s.web.server == "odd"}
        self.odd = oddities.Oddities(
            dns_port=self.ports["odd"], upstream=self.ports["unbound"], actions=actions,
            web=(ODD, self.port), web_actions=webs, certificate=self.good)
        self.holders = [oddities.full_listener(FULL, self.port),
                        oddities.silent_listener(SILENT, self.port)]
