"""delegations.py - a tree of delegations on real servers, and real recursive resolvers with cold caches in front of it.

Root, registry and the domains' servers are knot on addresses of 127.0.0.0/8, port 53, where referrals send a resolver;
so this wants a network namespace of its own (recursion.py makes one). Every server counts the questions it gets.
Registries are signed, as real ones are: .com with NSEC3 and opt-out, which denies nothing ahead, .se with NSEC.

A name's first letter says how it is:
  e  exists: MX hosts, no TXT records; nor is its zone signed
  g  the same in a signed zone
  d  denied by its registry
  r  lame: its servers answer REFUSED
  s  lame: its servers answer SERVFAIL
  t  lame: its servers answer nothing
"""
import base64
import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import threading
import time

import measure

os.environ["PATH"] += ":/usr/sbin:/sbin"
ROOT, REGISTRY, CHILD, REFUSING, FAILING, SILENT, RESOLVER = (f"127.10.{n}.1" for n in range(7))
LAME = {"r": "refusing", "s": "failing", "t": "silent"}
REGISTRIES = "com", "se", "net"
# Delegations with a DS that nobody asks for. Without them one NSEC3 record of a registry would cover nearly all names,
# and resolvers ask for the DS of names whose hash comes before the first.
SIGNED = 500
HOSTERS = 20  # with two name servers each, which the domains share
START_LIMIT_S = 60
CONFIG = """server:
    listen: [{listen}]
    rundir: "{folder}"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 2
control:
    listen: "{folder}/control"
database:
    storage: "{folder}"
log:
  - target: stderr
    server: error
    zone: critical
mod-stats:
  - id: count
    request-protocol: on
policy:
  - id: nsec
    single-type-signing: on
    ksk-shared: on
    algorithm: ecdsap256sha256
  - id: nsec3
    single-type-signing: on
    ksk-shared: on
    algorithm: ecdsap256sha256
    nsec3: on
    nsec3-opt-out: on
template:
  - id: default
    global-module: mod-stats/count
    storage: "{folder}"
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
{zones}
"""
ZONE = """@ 3600 SOA a.nic.{tld} hostmaster.nic.{tld} 1 3600 600 86400 900
@ 3600 NS {server}
"""
CHILD_ZONE = """@ 3600 SOA ns1.host0.net. hostmaster.host0.net. 1 3600 600 86400 900
@ 3600 NS ns1.host0.net.
@ 3600 MX 10 mail
@ 3600 MX 20 mail2
mail 3600 A 192.0.2.1
mail2 3600 A 192.0.2.2
"""


def wait_for(test, what):
    until = time.monotonic() + START_LIMIT_S
    while not test():
        if time.monotonic() > until:
            raise SystemExit(f"recursion: {what}")
        time.sleep(0.05)


def kdig(server, name, kind):
    done = subprocess.run(["kdig", f"@{server}", "+short", "+time=1", "+retry=0", name, kind], capture_output=True, text=True,
                          check=False)
    return done.stdout.split("\n")[0].strip()


def name_wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def ds_of(zone, key):
    """DS record data (RFC 4034 5.1.4) of a DNSKEY as kdig prints it."""
    flags, protocol, algorithm, text = key.split(maxsplit=3)
    rdata = int(flags).to_bytes(2, "big") + bytes([int(protocol), int(algorithm)]) + base64.b64decode(text)
    total = sum(byte << 8 if at % 2 == 0 else byte for at, byte in enumerate(rdata))
    tag = total + (total >> 16) & 0xffff
    return f"{tag} {algorithm} 2 {hashlib.sha256(name_wire(zone) + rdata).hexdigest()}"


class Knot:
    """One knot server: zones is name -> (text or a file's path, policy or None)."""

    def __init__(self, folder, addresses, zones):
        self.folder = folder
        os.mkdir(folder)
        rows = []
        for zone, (text, policy) in zones.items():
            path = text
            if "\n" in text:
                path = os.path.join(folder, f"{zone or 'root'}.zone")
                with open(path, "w", encoding="ascii") as out:
                    out.write(text)
            rows.append(f"  - domain: {zone}.\n    file: \"{path}\"\n")
            if policy:
                rows.append(f"    dnssec-signing: on\n    dnssec-policy: {policy}\n")
        config = os.path.join(folder, "knot.conf")
        with open(config, "w", encoding="ascii") as out:
            listen = ", ".join(f"{address}@53" for address in addresses)
            out.write(CONFIG.format(listen=listen, folder=folder, zones="".join(rows)).replace("zone:\n\n", "\n"))
        self.log = os.path.join(folder, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([shutil.which("knotd"), "-c", config], stdout=log, stderr=log)
        wait_for(lambda: os.path.exists(os.path.join(folder, "control")), f"knot does not start, see {self.log}")

    def questions(self):
        done = subprocess.run(["knotc", "-s", os.path.join(self.folder, "control"), "stats", "mod-stats.request-protocol"],
                              capture_output=True, text=True, check=True)
        return sum(int(line.rpartition("=")[2]) for line in done.stdout.splitlines() if "=" in line)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Silent:
    """Takes questions and answers none."""

    def __init__(self):
        self.count = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((SILENT, 53))
        self.thread = threading.Thread(target=self.take, daemon=True)
        self.thread.start()

    def take(self):
        with contextlib.suppress(OSError):
            while True:
                if self.socket.recv(4096) == b"stop":
                    return
                self.count += 1

    def questions(self):
        return self.count

    def stop(self):
        self.socket.sendto(b"stop", (SILENT, 53))
        self.thread.join()
        self.socket.close()


def hoster_of(name):
    return sum(name.encode()) % HOSTERS


def delegation(name, key):
    kind = name[0]
    if kind == "d":
        return ""
    label = name.partition(".")[0]
    if kind in LAME:
        return f"{label} 3600 NS ns1.{LAME[kind]}.net.\n"
    lines = "".join(f"{label} 3600 NS ns{n}.host{hoster_of(name)}.net.\n" for n in (1, 2))
    return lines + (f"{label} 3600 DS {ds_of(name, key)}\n" if kind == "g" else "")


def registry_zone(tld, names, key):
    text = ZONE.format(tld=f"{tld}.", server=f"a.nic.{tld}.") + f"a.nic {3600} A {REGISTRY}\n"
    if tld == "net":
        for host, address in [*((f"host{n}", CHILD) for n in range(HOSTERS)), ("refusing", REFUSING), ("failing", FAILING),
                              ("silent", SILENT)]:
            servers = (1,) if host in LAME.values() else (1, 2)
            text += "".join(f"{host} 3600 NS ns{n}.{host}\nns{n}.{host} 3600 A {address}\n" for n in servers)
    text += "".join(f"f{n} 3600 NS ns1.host0.net.\nf{n} 3600 DS {n + 1} 13 2 {'00' * 32}\n" for n in range(SIGNED))
    return text + "".join(delegation(name, key) for name in names if name.endswith(f".{tld}"))


class Tree:
    """The servers, for these names."""

    def __init__(self, folder, names):
        self.servers = {}
        child_path, host_path = os.path.join(folder, "child.zone"), os.path.join(folder, "host.zone")
        with open(child_path, "w", encoding="ascii") as out:
            out.write(CHILD_ZONE)
        with open(host_path, "w", encoding="ascii") as out:
            out.write(CHILD_ZONE.partition("@ 3600 MX")[0] + f"ns1 3600 A {CHILD}\nns2 3600 A {CHILD}\n")
        zones = {f"host{n}.net": (host_path, None) for n in range(HOSTERS)}
        zones |= {name: (child_path, "nsec" if name[0] == "g" else None) for name in names if name[0] in "eg"}
        try:
            self._start(folder, names, zones)
        except BaseException:
            self.stop()
            raise

    def _key(self, server, zone):
        wait_for(lambda: kdig(server, zone, "DNSKEY"), f"no key of {zone} at {server}")
        return kdig(server, zone, "DNSKEY")

    def _start(self, folder, names, zones):
        self.servers["child"] = Knot(os.path.join(folder, "child"), [CHILD], zones)
        signed = [zone for zone in zones if zone[0] == "g"]
        key = self._key(CHILD, signed[0]) if signed else None
        for zone in signed:
            if self._key(CHILD, zone) != key:
                raise SystemExit("recursion: knot signs two zones with different keys")
        self.servers["refusing"] = Knot(os.path.join(folder, "refusing"), [REFUSING], {})
        missing = {name: (os.path.join(folder, "missing.zone"), None) for name in names if name[0] == "s"}
        self.servers["failing"] = Knot(os.path.join(folder, "failing"), [FAILING], missing)
        self.servers["silent"] = Silent()
        policy = {"com": "nsec3", "se": "nsec", "net": "nsec3"}
        registry = {tld: (registry_zone(tld, names, key), policy[tld]) for tld in REGISTRIES}
        self.servers["registry"] = Knot(os.path.join(folder, "registry"), [REGISTRY], registry)
        root = ZONE.format(tld="", server="a.root.") + f"a.root. 3600 A {ROOT}\n"
        for tld in REGISTRIES:
            root += f"{tld}. 3600 NS a.nic.{tld}.\na.nic.{tld}. 3600 A {REGISTRY}\n"
            root += f"{tld}. 3600 DS {ds_of(tld, self._key(REGISTRY, tld))}\n"
        self.servers["root"] = Knot(os.path.join(folder, "root"), [ROOT], {"": (root, "nsec")})
        self.anchor = ". 3600 IN DS " + ds_of("", self._key(ROOT, "."))
        self.hints = os.path.join(folder, "root.hints")
        with open(self.hints, "w", encoding="ascii") as out:
            out.write(f". 3600 NS a.root.\na.root. 3600 A {ROOT}\n")

    def questions(self):
        """Questions so far: at the root, the registry, and the domains' servers of all sorts."""
        seen = {name: server.questions() for name, server in self.servers.items()}
        return {"root": seen["root"], "registry": seen["registry"],
                "child": seen["child"] + sum(seen[name] for name in LAME.values())}

    def stop(self):
        for server in self.servers.values():
            server.stop()


@contextlib.contextmanager
def tree(folder, names):
    os.mkdir(folder)
    made = Tree(folder, names)
    try:
        yield made
    finally:
        made.stop()


UNBOUND = """server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    logfile: "{folder}/log"
    interface: {address}
    do-not-query-localhost: no
    root-hints: "{hints}"
    trust-anchor: "{anchor}"
    do-ip6: no
    access-control: 127.0.0.0/8 allow
    num-threads: 1
    outgoing-range: 8192
    num-queries-per-thread: 4096
    so-rcvbuf: 8m
    msg-cache-size: 64m
    rrset-cache-size: 128m
    infra-cache-numhosts: 100000
    neg-cache-size: 16m
    qname-minimisation: {minimise}
    aggressive-nsec: {aggressive}
remote-control:
    control-enable: yes
    control-interface: "{folder}/control"
    control-use-cert: no
"""


class Unbound:
    """A fresh one, its cache empty."""
    name = "unbound"
    more = ""

    def __init__(self, folder, delegations, minimise, aggressive):
        os.mkdir(folder)
        self.config = os.path.join(folder, "unbound.conf")
        with open(self.config, "w", encoding="ascii") as out:
            out.write(UNBOUND.format(folder=folder, address=RESOLVER, hints=delegations.hints, anchor=delegations.anchor,
                                     minimise="yes" if minimise else "no", aggressive="yes" if aggressive else "no"))
            out.write(self.more)
        self.process = subprocess.Popen([shutil.which("unbound"), "-d", "-c", self.config], stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(os.path.join(folder, "control")), f"unbound does not start, see {folder}/log")

    @staticmethod
    def available():
        return shutil.which("unbound") is not None

    def questions(self):
        done = subprocess.run(["unbound-control", "-c", self.config, "stats_noreset"], capture_output=True, text=True,
                              check=True)
        return int(dict(line.split("=") for line in done.stdout.splitlines())["total.num.queries"].partition(".")[0])

    def cpu_s(self):
        return measure.running_cpu_s(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Shipped(Unbound):
    """With the configuration that comes with us, whatever the setting."""
    name = "shipped"
    more = f'include: "{os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "datasets", "resolver", "unbound.conf"))}"\n'


KRESD = """
log_level('crit')
cache.open(200 * MB, 'lmdb://{folder}/cache')
net.listen('{address}', 53)
net.ipv6 = false
modules = {{ 'hints > iterate', 'policy', 'stats' }}
hints.root({{ ['a.root.'] = '{root}' }})
trust_anchors.remove('.')
trust_anchors.add('{anchor}')
policy.add(policy.all(policy.FLAGS({{{flags}}})))
"""


class Kresd:
    """Knot Resolver; it has no switch for aggressive NSEC, which is always on."""
    name = "knot-resolver"

    def __init__(self, folder, delegations, minimise, aggressive):
        del aggressive
        os.mkdir(folder)
        self.folder = folder
        config = os.path.join(folder, "config.lua")
        with open(config, "w", encoding="ascii") as out:
            out.write(KRESD.format(folder=folder, address=RESOLVER, root=ROOT, anchor=delegations.anchor,
                                   flags="" if minimise else "'NO_MINIMIZE'"))
        with open(os.path.join(folder, "log"), "wb") as log:
            self.process = subprocess.Popen([shutil.which("kresd"), "-n", "-c", config, folder], stdout=log, stderr=log)
        wait_for(lambda: os.path.exists(self.control()), f"kresd does not start, see {folder}/log")

    @staticmethod
    def available():
        return shutil.which("kresd") is not None

    def control(self):
        return os.path.join(self.folder, "control", str(self.process.pid))

    def questions(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.control())
            s.settimeout(5)
            s.sendall(b"stats.get('answer.total')\n")
            text = ""
            while not any(word.isdigit() for word in text.split()):
                text += s.recv(4096).decode().replace(">", " ")
        return int(next(word for word in text.split() if word.isdigit()))

    def cpu_s(self):
        return measure.running_cpu_s(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()


RESOLVERS = {made.name: made for made in (Unbound, Shipped, Kresd)}
