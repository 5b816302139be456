#!/usr/bin/env python3
"""field.py BUILD_DIR - runs each case of ../shared/field and looks for what is right in what the program says.

A case is a folder with a script that starts a scripted resolver and policy hosts on loopback. SAYS: patterns that must
be found, each once or more; NEVER: patterns that must not.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIELD = os.path.join(ROOT, "../shared/field")
PROGRAM = os.path.join(os.path.abspath(sys.argv[1]), "scanner/mtasweep")
CASES = {
    "01-exclude-address": (
        [r'"good.test","enforce",\[\]', r'"good.test","inconclusive",\["policy_host_excluded: 127.77.1.1"\]',
         r"it is on the exclusion list"], [r"broken", r"Publish a public address", r"Check again"]),
    "02-own-address": (
        [r'"cust.test","inconclusive",\["policy_host_own_address: 11.22.33.44"\]', r"policy_tcp_refused"],
        [r'"broken"', r"Publish a public address"]),
    "04-csv-domain-name": (
        [r'"town.test","absent"', r'"county.test","absent"', r'"state.test","absent"', r"exit status 0"],
        [r"contractor", r"invalid_input"]),
    "05-two-content-types": (
        [r'"addheader.test","enforce",false,\[.*"application/octet-stream",\[.*"policy_content_type_invalid"'], []),
    "07-short-lived-certificate": (
        [r'"six.test","six.test","enforce",\[\]', r'"ninety.test","enforce",\["policy_cert_expires_soon'], []),
    "08-certificate-refused-why": (
        [r'"constraint.test".*name constraints', r'"pathlen.test".*path length', r'"notca.test".*no CA',
         r'"purpose.test".*not for servers', r'"rsa1024.test".*key is too short', r'"critical.test".*critical extension'],
        [r"policy_tls_failure", r"handshake"]),
    "10-mx-without-final-dot": (
        [r'MX "mx1.mailhost.test.dot.test", meant is "mx1.mailhost.test."', r"end the host names of MX records with a dot"],
        [r"Serve this", r"Left out", r'add "mx:']),
    "11-missing-shard": ([r"4 names, 4 records: NOT COMPLETE", r"1 of the 3 shards of names.txt is not here: 3"], []),
    "13-hash-header": (
        [r'"alpha.test","enforce"', r'"beta.test","enforce"', r"exit status 0"], [r"invalid_input"]),
    "14-second-column-is-no-name": (
        [r'"alpha.test","alpha.test","enforce"', r'"joe@alpha.test","alpha.test"', r'"https://beta.test","beta.test"'],
        [r"invalid_input", r'"joe"', r'"acme"']),
    "16-ipv6-other-certificate": (
        [r"policy_addresses_differ", r"127.77.1.1 works, ::1 does not \(name_mismatch\)"],
        [r"no sender that follows", r"Serve this new policy"]),
    "17-lint-recipe": ([r"leave its quotes", r"_smtp._tls.prov.test.\n.*\n-: valid"], []),
    "19-same-domain-again": ([r"100 enforce", r"^1 requests for one file"], []),
    "20-filtered-answer": (
        [r'"ede%s.test","inconclusive"' % n for n in (4, 15, 16, 17, 18)] + [r'"quad9.test","inconclusive"'],
        [r'"absent"']),
    "22-check-lying-resolver": ([r"answers for names that do not exist", r"exit status 3"], [r"does not answer"]),
}
# The recipes of the manual page on the records of case 17, without what takes the quotes off.
RECIPE = r"""cd ../shared/field/17-lint-recipe && . ../lib.sh && lab ./case.py
for d in split alias; do kdig @127.77.0.1 -p 15353 +short _smtp._tls.$d.test TXT | $B lint tlsrpt; done"""

COME_AGAIN = r"""cd ../shared/field/17-lint-recipe && . ../lib.sh && lab "$OLDPWD/tests/lab/come_again.py"
printf 'refused.test\nneed11.test\ngoaway11.test\ngoaway.test\ncalm.test\n' | $B scan -q -o - $A - | rows"""

REFUSED_WHY = r"""cd ../shared/field/17-lint-recipe && . ../lib.sh && lab "$OLDPWD/tests/lab/refused_why.py"
printf '%s.test\n' excluded dead early short critical forged | $B scan -q -o - $A - | rows"""

failed = []


def look(name, said, says, never):
    for pattern in says:
        if not re.search(pattern, said, re.MULTILINE):
            failed.append("%s does not say /%s/" % (name, pattern))
    for pattern in never:
        if re.search(pattern, said, re.MULTILINE):
            failed.append("%s says /%s/" % (name, pattern))


def run(command, folder):
    done = subprocess.run(command, cwd=folder, env=dict(os.environ, B=PROGRAM, COLUMNS="120"), capture_output=True,
                          timeout=120)
    return (done.stdout + done.stderr).decode("utf-8", "replace")


unknown = {d for d in os.listdir(FIELD) if re.match(r"\d\d-", d)} - set(CASES)
for name in sorted(unknown):
    failed.append("%s: no expectation here" % name)
for name, (says, never) in CASES.items():
    if name.startswith("02") and os.geteuid() != 0:
        print("field: %s needs root" % name)
        continue
    before = len(failed)
    said = run(["./run.sh"], os.path.join(FIELD, name))
    look(name, said, says, never)
    if len(failed) > before:
        print(said)
look("the recipe", run(["sh", "-c", RECIPE], ROOT), [r"-: valid\n-: valid"], [r"invalid"])
look("come again", run(["sh", "-c", COME_AGAIN], ROOT),
     [r'"%s.test","enforce"' % name for name in ("refused", "need11", "goaway11", "goaway", "calm")], [r"broken"])
look("refused why", run(["sh", "-c", REFUSED_WHY], ROOT), [
    r'"excluded.test".*name constraints', r'"dead.test".*policy_cert_expired: not the host.s own.*CA that has expired',
    r'"early.test".*not_yet_valid: not the host.s own', r'"short.test".*key of its CA is too short',
    r'"critical.test".*critical extension', r'"forged.test".*CA with two keys'], [r'"enforce"', r"handshake"])
for line in failed:
    print("FAIL", line)
print("field: %d cases, %d failures" % (len(CASES), len(failed)))
sys.exit(1 if failed else 0)
