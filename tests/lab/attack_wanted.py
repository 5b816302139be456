"""attack_wanted.py - what the record of an attacked name must say.

What a server does wrong on purpose is "broken", as it would be for a sender; what only keeps us waiting is
"inconclusive"; a DNS answer that cannot be believed never proves an absence.
"""


class Want:
    """verdict and stage (or several that are right), findings that must be there ("one|other"), values by path ("mx__dns")."""

    def __init__(self, verdict, stage="", codes="", **more):
        self.verdict, self.stage, self.codes, self.more = verdict, stage, codes.split(), more

    def problems(self, record):
        wrong = []
        if record["verdict"] not in self.verdict.split():
            wrong.append(f"verdict {record['verdict']}")
        if self.stage and record["policy"]["stage"] not in self.stage.split():
            wrong.append(f"stage {record['policy']['stage']}")
        found = [issue["code"] for issue in record["issues"]]
        wrong += [f"no {code}" for code in self.codes if not set(code.split("|")) & set(found)]
        for path, value in self.more.items():
            seen = record
            for key in path.split("__"):
                seen = seen[key]
            if seen != value:
                wrong.append(f"{path} {seen!r}")
        return wrong + ([f"findings {found}"] if wrong else [])


FINE = Want("enforce", "ok")
LARGE = Want("broken", "http", "policy_too_large")
NOT_HTTP = Want("broken", "http", "policy_http_protocol_error")
LATE = Want("inconclusive", "http", "policy_http_timeout")
TLS_LATE = Want("inconclusive", "tls", "policy_tls_timeout")
NOT_TLS = Want("broken", "tls", "policy_tls_protocol_old")
TLS_FAILS = Want("broken", "tls", "policy_tls_failure", policy__tls_reason="other")
CERT_REFUSED = Want("broken", "tls", "policy_cert_refused", policy__tls_reason="other")
TLS_ALERT = Want("broken", "tls", "policy_tls_alert")
NO_POLICY = Want("broken", "syntax", "policy_not_a_policy")
MISMATCH = Want("broken", "tls", "policy_cert_name_mismatch", policy__tls_reason="name_mismatch")
PARTIAL = Want("broken", "tls", "policy_cert_wildcard_partial")
COSTLY = Want("inconclusive", "tls", "policy_tls_too_costly", policy__tls_verified=None, policy__tls_reason=None)
UNTRUSTED = Want("broken", "tls", "policy_cert_untrusted_issuer")

ABSENT = Want("absent", "none")
DELUGE = Want("absent", "none", "sts_record_wildcard_txt", sts__dns="ok")


def unknown(outcome):
    code = "sts_record_txt_too_large" if outcome == "truncated" else "sts_record_dns_error"
    return Want("inconclusive", "none", code, sts__dns=outcome)


BAD_ANSWER, NO_ANSWER, NO_TCP = unknown("malformed"), unknown("timeout"), unknown("truncated")
SERVFAIL, REFUSED = unknown("servfail"), unknown("refused")

# outcome -> attacks
TABLE = {
    FINE: """cert-chain-16 cert-good cert-rsa cert-huge cert-names-8000 cert-star-good body-largest
             dns-txt-longest dns-txt-many-last dns-txt-pieces dns-mx-many dns-mx-many-long dns-mx-escapes dns-wrong-id
             dns-wrong-question dns-wrong-port dns-wrong-address dns-extra-cname dns-cname-two dns-cname-16
             dns-udp-empty-first dns-twice dns-options dns-ttl-negative dns-opt-two dns-opt-owned dns-tsig
             dns-nxdomain-answered dns-question-capitals dns-behind-the-end dns-reserved-bit""",
    LARGE: "body-endless body-chunked-endless body-chunk-ones body-length-huge head-switch h2-data-endless",
    NOT_HTTP: """body-chunk-extension body-chunk-huge body-chunk-zeros body-trailers body-trailer-long
             body-length-negative body-length-lies body-gzip-transfer head-endless head-empty-values head-long head-folded
             head-status-long head-continue head-early-hints head-drip head-nul version-09 version-3 h2-settings
             h2-settings-empty h2-settings-ack h2-settings-table h2-ping h2-ping-ack h2-priority h2-unknown h2-continuation
             h2-continuation-empty h2-headers h2-hpack-bomb h2-push h2-push-reset h2-reset h2-refused h2-reset-flood h2-reset-idle
             h2-goaway h2-window-overflow h2-window-ones h2-window-zero h2-data-empty h2-data-padding h2-data-early
             h2-data-stream-0 h2-frame-huge h2-garbage renegotiate tickets status-negative status-letters
             chunk-negative chunk-empty-size chunk-no-end head-bare-cr head-no-colon""",
    LATE: "body-drip head-line-drip nothing h2-silent h2-headers-silent",
    NO_POLICY: """body-length-beyond head-long-once head-cookie length-two length-and-chunks length-list
             head-answers""",
    Want("broken", "syntax", "policy_empty"): "length-hex",
    # curl 7.88 and 8.14 take offence at different bytes
    Want("broken", "syntax http", "policy_not_a_policy|policy_http_protocol_error"): "length-plus",
    Want("broken", "http", "policy_http_protocol_error|policy_http_status"): "status-huge",
    Want("broken", "http", "policy_http_status"): "status-partial status-no-content",
    Want("broken", "syntax", "policy_content_type_several policy_not_a_policy"): "type-two",
    Want("broken", "syntax", "policy_compressed_unasked policy_not_a_policy"): "body-gzip head-codings",
    Want("broken", "http", "policy_http_redirect"): "head-redirect head-loop status-not-modified",
    Want("broken", "http", "policy_http_403", policy__http_status=401): "head-auth",
    TLS_LATE: "tls-drip tls-silent dh-3072",
    COSTLY: """dh-10000 dh-8192 dh-6000 dh-4096 list-rsa list-p224 list-p521 list-explicit list-dsa cert-rsa-16384
             cert-rsa-exponent cert-rsa-exponent-64 cert-dsa-10000 cert-sect571 cert-brainpool512 cert-chain-100 cert-chain-unrelated
             cert-chain-300 cert-chain-same-name cert-p384-deep cert-chain-17""",
    NOT_TLS: "tls-garbage tls-ssl2 tls-hello-old tls-http",
    TLS_FAILS: """tls-record-huge tls-handshake-endless tls-hello-requests tls-empty-records tls-echo tls-close
             cert-huge-beyond cert-names-10000 tls-change-cipher tls-heartbeat tls-data-first tls-type-0 tls-hello-cut""",
    CERT_REFUSED: "cert-names-constrained",
    TLS_ALERT: "tls-alerts tls-alert-drip tls-fatal",
    UNTRUSTED: "cert-rsa-8192 cert-rsa-exponent-33 cert-dsa-3072 cert-p521 cert-p384 cert-brainpool512-few",
    MISMATCH: """cert-nul-after cert-nul-before cert-nul-end cert-nul-cn cert-star cert-star-dot cert-star-tld
             cert-star-star cert-star-right cert-dot-first cert-escapes cert-empty-name""",
    PARTIAL: "cert-star-part cert-star-part-end",
    ABSENT: """dns-extra-owner dns-extra-additional dns-extra-class dns-extra-type dns-class-any dns-rdata-none dns-dname
             dns-authority-only dns-signatures""",
    Want("absent", "none", "sts_record_wildcard_cname"): "dns-cname-dangling",
    DELUGE: "dns-txt-longest-junk dns-txt-many dns-txt-empty-strings",
    Want("broken", "none", "sts_record_multiple"): "dns-txt-many-sts",
    Want("broken", "none", "sts_record_ext_value_invalid tlsrpt_ext_value_invalid"): "dns-worst",
    Want("broken", "tcp", "policy_tcp_refused"): "dns-host-many",
    Want("inconclusive", "tcp", "policy_tcp_unreachable"): "dns-host-half-refused",
    Want("inconclusive", "dns", "policy_host_dns_error", policy__dns="servfail"): "dns-host-half-blocked",
    Want("enforce", "ok", "domain_dns_malformed", mx__dns="malformed"): "dns-loop-mx dns-mx-short dns-mx-far",
    Want("enforce", "ok", "mx_null_malformed mx_none_match"): "dns-mx-root-and-more",
    Want("broken", "none", "sts_record_field_no_equals"): "dns-txt-nul",
    BAD_ANSWER: """dns-loop-owner dns-loop-two dns-loop-forward dns-loop-labels dns-label-kinds dns-rdata-cut
             dns-rdata-beyond dns-counts-lie dns-echo dns-cname-self dns-cname-loop dns-cname-20
             dns-cname-1400 dns-udp-longest dns-owner-long dns-owner-header dns-opcode-notify dns-opcode-update""",
    NO_ANSWER: "dns-question-none dns-wrong-id-only dns-wrong-question-only dns-junk",
    SERVFAIL: "dns-rcode-15 dns-formerr dns-formerr-tcp dns-opt-rcode dns-servfail-answered",
    REFUSED: "dns-not-recursive",
    NO_TCP: "dns-tcp-close dns-tcp-silent dns-tcp-again dns-tcp-short dns-tcp-length-0 dns-tcp-drip dns-tcp-flood",
    Want("inconclusive", "none", "sts_record_dns_error"): "dns-tiny dns-question-two",
}
WANTED = {attack: want for want, attacks in TABLE.items() for attack in attacks.split()}
