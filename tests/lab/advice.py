"""advice.py - reads the recommendations off a printed page of `check`, and carries them out.

What is printed is all that is used: the records and the file are published byte for byte, and each sentence
that asks for something else has to be one that OTHER_WORK knows how to do. A sentence it does not know is an
error, so that advice which nobody could follow is noticed.
"""
import re
from dataclasses import dataclass, field, replace

from situations import NGINX, Web

SECTION = "\nRecommendations\n"
STEP = re.compile(r"  (\d+)\. (.*)")
RECORD = re.compile(r'     (_mta-sts|_smtp\._tls)\.(\S+)\. IN TXT (".*")')
URL = re.compile(r"     https://mta-sts\.(\S+)/\.well-known/mta-sts\.txt")
SERVE = re.compile(r"(Stop the loss of mail: s|S)erve this ")
POLICY_LINE = re.compile(r"     ([a-z_]+: \S+)")


@dataclass
class Step:
    """One numbered recommendation."""
    text: str  # its sentences in one line
    records: dict = field(default_factory=dict)  # owner without the domain -> value in quotes
    policy: str = ""


def read_steps(page, domain):
    """The steps of a page, in their order."""
    steps, serving = [], False
    for line in page[page.index(SECTION) + len(SECTION):].splitlines():
        if begin := STEP.fullmatch(line):
            steps.append(Step(begin[2]))
            serving = False
        elif not line.startswith("     "):
            if line == "":
                break  # what stands apart is no step: how to withdraw
        elif found := RECORD.fullmatch(line):
            assert found[2] == domain, f"a record for {found[2]}"
            steps[-1].records[found[1]] = found[3]
        elif (found := URL.fullmatch(line)) and SERVE.match(steps[-1].text):
            assert found[1] == domain, f"a policy for {found[1]}"
            serving = True
        elif serving and POLICY_LINE.fullmatch(line):
            steps[-1].policy += line[5:] + "\n"
        else:
            serving = False
            steps[-1].text += " " + line.strip()
    return steps


def publish_policy(situation, policy):
    """The file is served as the step says; certificate and address are other steps' business."""
    server = "haproxy" if situation.web.server == "haproxy" else "nginx"
    web = replace(situation.web, body=policy, type="text/plain", reply="", headers="", server=server)
    return replace(situation, web=web)


def new_certificate(situation):
    return replace(situation, web=replace(situation.web, certificate="good"))


def new_server(situation):
    """An address of a web server that is set up as usual; what it serves is another step."""
    return new_certificate(replace(situation, host=[f"A {NGINX}"], group="main",
                                   web=replace(situation.web, server="nginx", reply="")))


def plain_headers(situation):
    return replace(situation, web=replace(situation.web, type="text/plain; charset=utf-8", headers=""))


def new_mode(situation, mode, max_age, now):
    """The words in quotes go into what is published."""
    body = re.sub(r"mode: \w+", f"mode: {mode}", situation.web.body)
    body = re.sub(r"max_age: \d+", f"max_age: {max_age}", body)
    return replace(publish_policy(situation, body), sts=[f'TXT "v=STSv1; id={now}"'])


LATER = re.compile(r'After two weeks without failures in the reports, change the policy to "mode: enforce", and then '
                   r'the record to a new id\.|When that has gone well for two (?:more )?weeks, change the policy to '
                   r'"max_age: 2592000", and then the record to a new id\.')
STRAYS = re.compile(r'Delete the TXT records at (_mta-sts|_smtp\._tls)\.\S+ (?:but one|that are not the \S+ record); (".*?") stays:.*')
PLACES = {"_mta-sts": "sts", "_smtp._tls": "tlsrpt"}

# What a sentence asks for beside records and policy -> what is done about it.
OTHER_WORK = {
    r"(Have|Renew|Use|Configure|Check the clock|Install) .*(certificate|full chain|reissued).*": new_certificate,
    r"Enable TLS 1\.2 and 1\.3\.": new_server,
    r"(Add A and AAAA records|Publish a public address|Give mta-sts\.\S+ an address|Enrol with the service again|"
    r"Start the web server|Repair the web server|Check the web server's TLS|Have a certificate issued).*": new_server,
    r"((Stop the redirect: serve|Serve) the file with status 200|Allow anonymous GET requests).*": new_server,
    r'(Serve the file as "text/plain; charset=utf-8"|Send Content-Encoding only when .*)\.': plain_headers,
    r'The policy file says "mode: none", which withdraws MTA-STS\. If that is meant, .*': lambda s: replace(s, sts=[]),
    r'Stop the loss of mail: change the policy that is served to "mode: testing", and then .*':
        lambda s: new_mode(s, "testing", re.search(r"max_age: (\d+)", s.web.body)[1], "20270101000000"),
    r"Set a small max_age, for example 86400\.": lambda s: s,  # it is gone with the next step
    r".*remove the record at _mta-sts, (and the policy last|after it the policy)\..*": lambda s: replace(s, sts=[]),
}


def carry_out(situation, steps):
    """The situation after the steps, without what is due later."""
    for step in steps:
        if LATER.fullmatch(step.text):
            continue
        known = bool(step.records or step.policy)
        if step.policy:
            situation = publish_policy(situation, step.policy)
        for owner, value in step.records.items():
            situation = replace(situation, **{PLACES[owner]: [f"TXT {value}"]})
        if found := STRAYS.fullmatch(step.text):
            # A record of several strings is named by what they are together.
            stays = [r for r in getattr(situation, PLACES[found[1]]) if r.replace('" "', "").endswith(found[2])]
            situation, known = replace(situation, **{PLACES[found[1]]: stays}), True
        for pattern, do in OTHER_WORK.items():
            if re.fullmatch(pattern, step.text):
                situation, known = do(situation), True
        if not known:
            raise ValueError(f"nobody knows how to follow: {step.text}")
    return situation
