"""situations.py - the one table of the lab: what is published, and what the record must say.

Each row is one domain. Unless a row says otherwise the domain has a full and correct set-up: an STS record,
a TLSRPT record, one MX host, and a policy host behind nginx with a good certificate that serves an enforce
policy for that MX host. A row changes one thing and lists what must follow from it in the record.

  sts, tlsrpt, mx, host   rdata lines at _mta-sts, _smtp._tls, the domain and mta-sts; [] for none
  extra                   further lines, owner names relative to the domain
  web                     what the policy host serves, see Web
  group                   which scan it belongs to, see GROUPS
  input                   the line of the list, when it is not the domain
  expect                  path in the record -> value; a value may also be one of the matchers below
"""
import re
from dataclasses import dataclass, field

# Addresses of the servers; all listen on the policy port.
NGINX = "127.0.0.2"  # HTTP/2 and HTTP/1.1, one virtual host a policy host; ::1 is the same server
HAPROXY = "127.0.0.3"  # HTTP/1.1 only
PLAIN = "127.0.0.4"  # HTTP without TLS on the HTTPS port
OLD_TLS = "127.0.0.5"  # TLS 1.1 at most
FULL = "127.0.0.6"  # takes no new connections: SYNs vanish
SILENT = "127.0.0.7"  # accepts and says nothing
ODD = "127.0.0.8"  # scripted: TLS is right, HTTP is not
CLOSED = "127.0.0.9"  # nothing listens

STS = '"v=STSv1; id=20260101000000;"'
MX_HOST = "mail.{domain}"

# group -> (resolver, policy port, extra options of scan)
LOCAL = ["--allow-net", "127.0.0.0/8", "--allow-net", "::1/128"]
GROUPS = {
    "main": ("unbound", "port", LOCAL),
    "no_tcp": ("unbound_no_tcp", "port", LOCAL),
    "odd": ("odd", "port", LOCAL),
    "no_v6_server": ("unbound", "port_v4_only", LOCAL),
    "guarded": ("unbound", "port", []),
    "no_resolver": ("nobody", "port", LOCAL),
}


class Matcher:
    """A value of expect that is more than equality."""

    def __init__(self, what, test):
        self.what, self.test = what, test

    def __eq__(self, other):
        return self.test(other)

    def __repr__(self):
        return self.what


def has(*items):
    return Matcher(f"has {items}", lambda v: v is not None and all(i in v for i in items))


def lacks(*items):
    return Matcher(f"lacks {items}", lambda v: v is not None and not any(i in v for i in items))


def like(pattern):
    return Matcher(f"like {pattern}", lambda v: isinstance(v, str) and re.search(pattern, v) is not None)


def one_of(*items):
    return Matcher(f"one of {items}", lambda v: v in items)


GIVEN = Matcher("not null", lambda v: v is not None)


def policy(mode="enforce", mx=(MX_HOST,), max_age=604800, newline="\n"):
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {m}" for m in mx), f"max_age: {max_age}"]
    return newline.join(lines) + newline


@dataclass
class Web:
    """What the policy host answers. certificate: see CERTIFICATES in servers.py."""
    body: str | bytes = policy()
    type: str | None = "text/plain"
    certificate: str = "good"
    reply: str = ""  # nginx directives instead of the file
    headers: str = ""  # nginx directives beside the file
    server: str = "nginx"  # nginx, haproxy, odd (body names the oddity) or none


@dataclass
class Situation:
    name: str
    expect: dict
    zone: str = "lab"
    sts: list = field(default_factory=lambda: [f"TXT {STS}"])
    tlsrpt: list = field(default_factory=lambda: ['TXT "v=TLSRPTv1; rua=mailto:reports@{domain}"'])
    mx: list = field(default_factory=lambda: [f"MX 10 {MX_HOST}."])
    host: list = field(default_factory=lambda: [f"A {NGINX}"])
    extra: list = field(default_factory=list)
    web: Web = field(default_factory=Web)
    group: str = "main"
    input: str | None = None
    published: bool = True  # False: nothing of it is in the zone
    needs_v6: bool = False
    odd: dict = field(default_factory=dict)  # question name -> what the odd resolver does to it

    @property
    def domain(self):
        return f"{self.name}.{self.zone}"


def ok(mode="enforce", **more):
    """Expectations of a valid policy."""
    return {"verdict": mode, "sts.dns": "ok", "sts.valid": True, "policy.stage": "ok",
            "policy.valid": True, "policy.mode": mode, "policy.dns": "ok", "policy.http_status": 200,
            "policy.tls_verified": True, "policy.tls_reason": None} | dots(more)


def broken(stage, *codes, **more):
    return {"verdict": "broken", "impact": "unprotected", "policy.stage": stage, "policy.valid": False,
            "issues": has(*codes)} | dots(more)


def unsure(stage, *codes, **more):
    return {"verdict": "inconclusive", "policy.stage": stage, "issues": has(*codes)} | dots(more)


def no_record(dns, **more):
    return {"verdict": "absent", "sts.dns": dns, "sts.valid": False, "policy.stage": "none",
            "policy.dns": "skipped", "policy.valid": False, "impact": "none"} | dots(more)


def tls(reason, code, **more):
    return broken("tls", code, policy__tls_reason=reason, policy__tls_verified=False, **more)


def dots(more):
    """Keyword arguments cannot hold dots: policy__mode means policy.mode."""
    return {key.replace("__", "."): value for key, value in more.items()}


LONG_TXT = [f'TXT "unrelated {i:03d} {"x" * 100}"' for i in range(25)]

SITUATIONS = [
    # ---- valid policies, by mode, protocol and delegation -------------------------------------------
    Situation("enforce", ok(
        impact="none", interoperable=True, domain="enforce.lab", tld="lab", sts__ad=False,
        sts__ttl=300, sts__id="20260101000000", sts__cname=[], sts__txt=["v=STSv1; id=20260101000000;"],
        policy__http_version="2", policy__address=NGINX, policy__content_type="text/plain",
        policy__max_age=604800, policy__mx=["mail.enforce.lab"], policy__newline="lf",
        policy__tls_version=one_of("TLSv1.3", "TLSv1.2"), policy__cert_issuer="Lab Issuing CA",
        policy__cert_not_after=like("^20.*Z$"), policy__cert_sha256=like("^[0-9a-f]{64}$"),
        policy__body=policy().format(domain="enforce.lab"), policy__body_sha256=GIVEN,
        policy__url="https://mta-sts.enforce.lab/.well-known/mta-sts.txt", policy__cname=[],
        policy__took_ms=GIVEN, tlsrpt__dns="ok", tlsrpt__valid=True,
        tlsrpt__rua=["mailto:reports@enforce.lab"], mx__dns="ok", mx__null_mx=False, mx__implicit=False,
        mx__hosts__0__host="mail.enforce.lab", mx__hosts__0__matched=True,
        mx__hosts__0__preference=10, mx__hosts__0__mismatch=None)),
    Situation("testing", ok("testing", issues=has("policy_mode_testing")), web=Web(policy("testing"))),
    Situation("mode-none", ok("none", issues=has("policy_mode_none")), web=Web(policy("none"))),
    Situation("mode-none-no-mx", ok("none", policy__mx=[]), web=Web(policy("none", mx=[]))),
    Situation("http1", ok(policy__http_version="1.1", policy__address=HAPROXY), host=[f"A {HAPROXY}"],
              web=Web(server="haproxy")),
    Situation("v6-only", ok(policy__address="::1", issues=has("policy_host_ipv6_only")),
              host=["AAAA ::1"], needs_v6=True),
    Situation("v4-and-v6", ok(policy__address="::1", issues=lacks("policy_host_ipv6_only")),
              host=["AAAA ::1", f"A {NGINX}"], needs_v6=True),
    Situation("v6-refused", ok(policy__address=NGINX), group="no_v6_server",
              host=["AAAA ::1", f"A {NGINX}"], needs_v6=True),
    Situation("first-v4-refused", ok(policy__address=NGINX), host=[f"A {CLOSED}", f"A {NGINX}"]),
    Situation("cname-record", ok(sts__cname=["sts.provider.lab"], issues=has("sts_record_cname")),
              sts=["CNAME sts.provider.lab."]),
    Situation("cname-host", ok(policy__cname=["web.provider.lab"]), host=["CNAME web.provider.lab."]),
    Situation("cname-chain", ok(sts__cname=["a.chain.provider.lab", "b.chain.provider.lab",
                                            "sts.provider.lab"]),
              sts=["CNAME a.chain.provider.lab."]),
    Situation("provider", {"verdict": "absent"}, sts=[], extra=[
        f"sts TXT {STS}", f"web A {NGINX}", "a.chain CNAME b.chain.{domain}.", "b.chain CNAME sts.{domain}.",
        f"*.wild TXT {STS}"]),
    Situation("multi-string", ok(sts__txt=["v=STSv1; id=20260101000000;"],
                                 issues=has("sts_record_multi_string")),
              sts=['TXT "v=STS" "v1; id=20260101" "000000;"']),
    Situation("unrelated-txt", ok(issues=has("sts_record_unrelated_txt")),
              sts=[f"TXT {STS}", 'TXT "v=spf1 -all"']),
    Situation("two-mx", ok(mx__hosts__1__host="b.two-mx.lab", mx__hosts__1__matched=True),
              mx=["MX 10 a.two-mx.lab.", "MX 20 b.two-mx.lab."], web=Web(policy(mx=["*.two-mx.lab"]))),
    Situation("long-txt", ok(issues=has("sts_record_unrelated_txt")), sts=[f"TXT {STS}", *LONG_TXT]),
    Situation("crlf", ok(policy__newline="crlf"), web=Web(policy(newline="\r\n"))),
    Situation("no-final-newline", ok(policy__newline="lf"), web=Web(policy().rstrip("\n"))),
    Situation("wrong-type", ok(policy__content_type="text/html", issues=has("policy_content_type_invalid")),
              web=Web(type="text/html")),
    Situation("charset", ok(policy__content_type="text/plain; charset=utf-8"),
              web=Web(type="text/plain; charset=utf-8")),
    Situation("no-type", ok(policy__content_type=None, issues=has("policy_content_type_missing")),
              web=Web(type=None)),
    Situation("encoding", {"policy.http_status": 200, "issues": has("policy_compressed_unasked")},
              web=Web(headers="add_header Content-Encoding gzip;")),
    Situation("wildcard-cert", ok(), web=Web(certificate="wildcard")),
    Situation("upper", ok(domain="upper.lab"), input="UPPER.Lab."),
    Situation("url", ok(domain="url.lab", issues=has("input_from_url")), input="https://url.lab/index.html"),
    Situation("mail", ok(domain="mail.lab", issues=has("input_from_email")), input="someone@mail.lab"),
    Situation("xn--bcher-kva", ok(domain="xn--bcher-kva.lab"), input="b\u00fccher.lab"),
    Situation("signed", ok(sts__ad=True, tlsrpt__ad=True), zone="secure"),

    # ---- MX ------------------------------------------------------------------------------------------
    Situation("mx-mismatch", ok(impact="mail_loss", mx__hosts__0__matched=False,
                                issues=has("mx_none_match")),
              mx=["MX 10 mx.elsewhere.example."]),
    Situation("mx-partial", ok(mx__hosts__0__matched=True, mx__hosts__1__matched=False,
                               issues=has("mx_partial_match")),
              mx=[f"MX 10 {MX_HOST}.", "MX 20 mx.elsewhere.example."]),
    Situation("mx-typo", ok(impact="mail_loss", mx__hosts__0__mismatch="typo",
                            issues=has("mx_none_match", "mx_mismatch_typo")),
              web=Web(policy(mx=["mail.mx-tipo.lab"]))),
    Situation("mx-subdomain", ok(impact="mail_loss", mx__hosts__0__mismatch="subdomain"),
              web=Web(policy(mx=["maill.{domain}"]))),
    Situation("mx-tld", ok(mx__hosts__0__mismatch="tld"), web=Web(policy(mx=["mail.mx-tld.lan"]))),
    Situation("mx-sts-label", ok(mx__hosts__0__mismatch="sts_label"),
              web=Web(policy(mx=["mta-sts.{domain}"]))),
    Situation("null-mx", ok(mx__dns="ok", mx__null_mx=True, issues=has("mx_null")), mx=["MX 0 ."]),
    Situation("implicit-mx", ok(mx__dns="nodata", mx__implicit=True, issues=has("mx_missing_implicit")),
              mx=[f"A {NGINX}"], web=Web(policy(mx=["{domain}"]))),
    Situation("no-mx", ok(mx__dns="nodata", mx__implicit=False, issues=has("mx_missing")), mx=[]),
    Situation("mx-servfail", ok(mx__dns="servfail", issues=has("domain_dns_servfail")), group="odd", odd={"{domain} MX": "servfail"}),

    # ---- no record -------------------------------------------------------------------------------------
    Situation("nxdomain", no_record("nxdomain", tlsrpt__dns="nxdomain", mx__dns="nxdomain",
                                    issues=has("domain_nxdomain")), published=False),
    Situation("nothing", no_record("nxdomain", tlsrpt__dns="ok", tlsrpt__valid=True, mx__dns="ok",
                                   issues=has("sts_record_missing")), sts=[], host=[]),
    Situation("nodata", no_record("nodata"), sts=["A 127.0.0.2"]),
    Situation("no-tlsrpt", ok(tlsrpt__dns="nodata", tlsrpt__valid=False,
                              issues=has("sts_enforce_without_tlsrpt")), tlsrpt=["A 127.0.0.2"]),
    Situation("wildcard-txt", no_record("ok", sts__txt=["v=spf1 -all"], tlsrpt__txt=["v=spf1 -all"],
                                        tlsrpt__valid=False),
              sts=[], tlsrpt=[], extra=['* TXT "v=spf1 -all"']),
    Situation("wildcard-sts", {"verdict": "enforce", "sts.dns": "ok", "sts.valid": True},
              sts=["CNAME any.wild.provider.lab."]),

    # ---- broken records: no policy is asked for --------------------------------------------------------------------------------
    Situation("two-records", broken("none", "sts_record_multiple", sts__valid=False, policy__dns="skipped"),
              sts=[f"TXT {STS}", 'TXT "v=STSv1; id=2;"']),
    Situation("no-id", broken("none", "sts_record_id_missing", sts__valid=False, sts__id=None),
              sts=['TXT "v=STSv1;"']),
    Situation("bad-id", broken("none", "sts_record_id_charset", sts__valid=False),
              sts=['TXT "v=STSv1; id=2026-01-01;"']),
    Situation("dangling-record", no_record("nxdomain", sts__cname=["gone._mta-sts.provider.lab"],
                                           impact="unprotected", issues=has("sts_record_cname_dangling")),
              sts=["CNAME gone._mta-sts.provider.lab."]),
    Situation("cname-to-nothing", no_record("nxdomain", impact="unprotected", issues=has("sts_record_cname_dangling")),
              sts=["CNAME gone.provider.lab."]),
    Situation("bad-tlsrpt", ok(tlsrpt__dns="ok", tlsrpt__valid=False, tlsrpt__rua=[],
                               issues=has("tlsrpt_rua_missing")), tlsrpt=['TXT "v=TLSRPTv1;"']),
    Situation("hostile-txt", no_record("ok", sts__txt__0=like("\ufffd.*not utf-8")),
              sts=['TXT "\\255\\000\\034\\092 not utf-8"']),

    # ---- the policy host in DNS --------------------------------------------------------------------------
    Situation("host-nxdomain", broken("dns", "policy_host_nxdomain", policy__dns="nxdomain"), host=[]),
    Situation("host-nodata", broken("dns", "policy_host_no_address", policy__dns="nodata"),
              host=['TXT "no address"']),
    Situation("host-dangling", broken("dns", "policy_host_cname_dangling", policy__dns="nxdomain",
                                      policy__cname=["gone.provider.lab"]),
              host=["CNAME gone.provider.lab."]),
    Situation("host-servfail", unsure("dns", "policy_host_dns_error", policy__dns="servfail"),
              host=["CNAME www.dead."]),

    # ---- connections -------------------------------------------------------------------------------------
    Situation("refused", broken("tcp", "policy_tcp_refused", policy__address=CLOSED,
                                policy__http_status=None, policy__tls_verified=None),
              host=[f"A {CLOSED}"]),
    Situation("syn-lost", unsure("tcp", "policy_tcp_timeout"), host=[f"A {FULL}"]),
    Situation("tls-silent", unsure("tls", "policy_tls_timeout"), host=[f"A {SILENT}"]),

    # ---- TLS ---------------------------------------------------------------------------------------------
    Situation("cert-name", tls("name_mismatch", "policy_cert_name_mismatch"), web=Web(certificate="name")),
    Situation("cert-parent-wildcard", tls("name_mismatch", "policy_cert_name_mismatch"),
              web=Web(certificate="parent_wildcard")),
    Situation("cert-cn-only", tls("name_mismatch", "policy_cert_cn_only"), web=Web(certificate="cn_only")),
    Situation("cert-partial", tls("name_mismatch", "policy_cert_wildcard_partial"),
              web=Web(certificate="partial_wildcard")),
    Situation("cert-expired", tls("expired", "policy_cert_expired",
                                  policy__cert_not_after="2025-06-01T00:00:00.000Z"),
              web=Web(certificate="expired")),
    Situation("cert-future", tls("not_yet_valid", "policy_cert_not_yet_valid"),
              web=Web(certificate="future")),
    Situation("cert-self-signed", tls("self_signed", "policy_cert_self_signed"),
              web=Web(certificate="self_signed")),
    Situation("cert-untrusted", tls("untrusted", "policy_cert_untrusted_issuer"),
              web=Web(certificate="untrusted")),
    Situation("cert-incomplete", tls("incomplete_chain", "policy_cert_incomplete_chain"),
              web=Web(certificate="incomplete")),
    Situation("cert-expired-name", tls("name_mismatch", "policy_cert_name_mismatch")
              | {"issues": has("policy_cert_name_mismatch", "policy_cert_expired")},
              web=Web(certificate="expired_name")),
    Situation("cert-soon", ok(issues=has("policy_cert_expires_soon")), web=Web(certificate="soon")),
    Situation("tls-alert", tls("alert", "policy_tls_alert"), web=Web(server="none")),
    Situation("tls-old", tls("protocol", "policy_tls_protocol_old"), host=[f"A {OLD_TLS}"],
              web=Web(server="none")),
    Situation("tls-not", broken("tls", policy__tls_reason="protocol"), host=[f"A {PLAIN}"],
              web=Web(server="none")),
    Situation("tls-broken-off", broken("tls", "policy_tls_failure", policy__tls_reason="other"),
              host=[f"A {ODD}"], web=Web("close_in_handshake", server="odd")),

    # ---- HTTP --------------------------------------------------------------------------------------------
    Situation("redirect", broken("http", "policy_http_redirect", policy__http_status=301),
              web=Web(reply="return 301 https://mta-sts.enforce.lab:$server_port$request_uri;")),
    Situation("http-404", broken("http", "policy_http_404", policy__http_status=404),
              web=Web(reply="return 404;")),
    Situation("http-403", broken("http", "policy_http_403", policy__http_status=403),
              web=Web(reply="return 403;")),
    Situation("http-204", broken("http", "policy_http_status", policy__http_status=204),
              web=Web(reply="return 204;")),
    Situation("http-429", unsure("http", "policy_http_429", policy__http_status=429),
              web=Web(reply="return 429;")),
    Situation("http-500", unsure("http", "policy_http_5xx", policy__http_status=500),
              web=Web(reply="return 500;")),
    Situation("http-1-404", broken("http", "policy_http_404", policy__http_status=404,
                                   policy__http_version="1.1"),
              host=[f"A {HAPROXY}"], web=Web(server="haproxy", reply="404")),
    Situation("slow", unsure("http", "policy_http_timeout"),
              web=Web(reply=f"proxy_pass http://{SILENT}:$server_port;")),
    Situation("drip", unsure("http", "policy_http_timeout"),
              web=Web("drip", server="odd"), host=[f"A {ODD}"]),
    Situation("cut-body", broken("http", "policy_http_protocol_error"), host=[f"A {ODD}"],
              web=Web("cut_body", server="odd")),
    Situation("not-http", broken("http", "policy_http_protocol_error"), host=[f"A {ODD}"],
              web=Web("not_http", server="odd")),
    Situation("close", broken("http", "policy_http_protocol_error"), host=[f"A {ODD}"],
              web=Web("close_after_request", server="odd")),
    Situation("too-large", broken("http", "policy_too_large"), web=Web(policy() + "x: y\n" * 16384)),

    # ---- syntax ------------------------------------------------------------------------------------------
    Situation("empty", broken("syntax", "policy_empty", policy__body="", policy__body_bytes=0), web=Web("")),
    Situation("html", broken("syntax", "policy_is_html"),
              web=Web("<!DOCTYPE html><html><body>parked</body></html>\n", type="text/html")),
    Situation("bom", broken("syntax", "policy_bom"), web=Web("\ufeff" + policy())),
    Situation("cr", broken("syntax", "policy_bare_cr", policy__newline="cr"),
              web=Web(policy(newline="\r"))),
    Situation("mode-typo", broken("syntax", "policy_mode_invalid", policy__mode=None),
              web=Web(policy("enforced"))),
    Situation("mx-trailing-dot", broken("syntax", "policy_mx_trailing_dot"),
              web=Web(policy(mx=["mail.{domain}."]))),
    Situation("no-max-age", broken("syntax", "policy_max_age_missing", policy__max_age=None),
              web=Web("version: STSv1\nmode: enforce\nmx: mail.{domain}\n")),
    Situation("not-utf8", broken("syntax", "policy_not_utf8", policy__body=like("\ufffd")),
              web=Web(b"version: STSv1\nmode: enforce\nmx: mail.not-utf8.lab\nmax_age: 86400\nx: \xff\n")),

    # ---- DNS trouble at the record ------------------------------------------------------------------------
    Situation("servfail", unsure("none", "sts_record_dns_error", sts__dns="servfail"),
              sts=["CNAME sts.dead."]),
    Situation("deny", unsure("none", "sts_record_dns_error", sts__dns="timeout")),
    Situation("refuse", unsure("none", "sts_record_dns_error", sts__dns="refused")),
    Situation("badsig", unsure("none", "sts_record_dns_error", sts__dns="bogus", mx__dns="ok"),
              zone="secure"),
    Situation("stale", {"verdict": "inconclusive", "sts.dns": "bogus", "mx.dns": "bogus",
                        "tlsrpt.dns": "skipped", "policy.stage": "none"}, zone="expired"),
    Situation("cname-loop", {"verdict": one_of("inconclusive", "broken"),
                             "sts.dns": one_of("malformed", "servfail"), "policy.stage": "none"},
              sts=["CNAME loop.cname-loop.lab."], extra=["loop CNAME _mta-sts.{domain}."]),
    Situation("truncated", unsure("none", "sts_record_txt_too_large", sts__dns="truncated"),
              sts=[f"TXT {STS}", *LONG_TXT], group="no_tcp"),
    Situation("mx-truncated", ok(mx__dns="truncated", issues=has("mx_answer_truncated")), group="no_tcp",
              mx=[f"MX {i} host-number-{i:03d}.of-many.mx-truncated.lab." for i in range(60)]),
    Situation("short-of-tcp", ok(), group="no_tcp"),
    Situation("tc-without-tcp", unsure("none", "sts_record_txt_too_large", sts__dns="truncated"),
              group="odd", odd={"_mta-sts.{domain} TXT": "truncate"}),
    Situation("malformed", unsure("none", "sts_record_dns_error", sts__dns="malformed"),
              group="odd", odd={"_mta-sts.{domain} TXT": "cut_rdata"}),
    Situation("pointer-loop", unsure("none", "sts_record_dns_error", sts__dns="malformed"),
              group="odd", odd={"_mta-sts.{domain} TXT": "pointer_loop"}),
    Situation("wrong-id", unsure("none", "sts_record_dns_error", sts__dns="timeout"),
              group="odd", odd={"_mta-sts.{domain} TXT": "wrong_id"}),
    Situation("wrong-question", unsure("none", "sts_record_dns_error"),
              group="odd", odd={"_mta-sts.{domain} TXT": "wrong_question"}),
    Situation("retried", ok(), group="odd", odd={"_mta-sts.{domain} TXT": "servfail_once",
                                                 "_smtp._tls.{domain} TXT": "drop_once"}),
    Situation("host-lost", unsure("dns", "policy_host_dns_error", policy__dns="timeout"), group="odd",
              odd={"mta-sts.{domain} A": "drop", "mta-sts.{domain} AAAA": "drop"}),
    Situation("tlsrpt-refused", ok(tlsrpt__dns="refused", issues=has("tlsrpt_dns_error")), group="odd",
              odd={"_smtp._tls.{domain} TXT": "refuse"}),
    Situation("undisturbed", ok(), group="odd"),

    # ---- input -------------------------------------------------------------------------------------------
    Situation("invalid-label", {"verdict": "invalid_input", "domain": None, "sts.dns": "skipped",
                                "tlsrpt.dns": "skipped", "mx.dns": "skipped", "policy.stage": "none",
                                "issues": has("domain_syntax_invalid")},
              published=False, input="a..lab"),
    Situation("invalid-long", {"verdict": "invalid_input", "domain": None}, published=False,
              input="x" * 64 + ".lab"),
    Situation("invalid-address", {"verdict": "invalid_input", "domain": None}, published=False,
              input="192.0.2.1"),
    Situation("excluded", {"verdict": "excluded", "sts.dns": "skipped", "policy.stage": "none",
                           "issues": has("scan_excluded")}),

    # ---- addresses that are never contacted ---------------------------------------------------------------
    *(Situation(f"guard-{name}", broken(one_of("dns", "tcp"), "policy_host_private_address",
                                        policy__http_status=None, policy__tls_verified=None),
                host=[record], group="guarded")
      for name, record in (
          ("loopback", f"A {NGINX}"), ("rfc1918", "A 10.1.2.3"), ("link-local", "A 169.254.169.254"),
          ("cgnat", "A 100.64.0.1"), ("v6-loopback", "AAAA ::1"), ("ula", "AAAA fd00::1"),
          ("mapped", f"AAAA ::ffff:{NGINX}"), ("unspecified", "A 0.0.0.0"))),

    # ---- no resolver at all, and then one ----------------------------------------------------------------------
    *(Situation(f"alone-{i}", {"verdict": "absent", "policy.stage": "none", "sts.dns": "nxdomain"},
                published=False, group="no_resolver") for i in range(20)),
]
