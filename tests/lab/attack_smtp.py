"""attack_smtp.py - MX hosts that mean harm: before STARTTLS, at it, in the handshake, and after.

Each attack is a function of the connection, and stands beside what must come of it: the words that a record may have for
the host, and what else must be so. What TLS allows is what policy hosts do, too (attack_web.py, attack_costly.py,
attack_certs.py): here it comes after STARTTLS.
"""
import socket
import struct
import time

from attack_web import BELOW_TLS, floods, record, says

HARMFUL = b"\x1b[2J\x1b]0;owned\x07 \xe2\x80\xaegpj.exe \xff\xfe \x9b31m \x00"
SMTP, TIMEOUT, GONE = ("smtp",), ("timeout",), ("connect",)
TLS = ("handshake", "timeout", "protocol", "cleartext")


def line(sock):
    """The client's next command."""
    data = b""
    while not data.endswith(b"\n"):
        piece = sock.recv(1)
        if not piece:
            raise ConnectionError
        data += piece
    return data


def drip(sock, piece, pause=0.1):
    while True:
        sock.sendall(piece)
        time.sleep(pause)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def hold(sock):
    while sock.recv(65536):
        pass


def at_ehlo(*then):
    """A greeting as usual; then pieces, or a function."""
    def attack(sock):
        sock.sendall(b"220 mx ESMTP\r\n")
        line(sock)
        run(sock, then)
    return attack


def at_starttls(*then):
    def attack(sock):
        sock.sendall(b"220 mx ESMTP\r\n")
        line(sock)
        sock.sendall(b"250-mx\r\n250 STARTTLS\r\n")
        line(sock)
        run(sock, then)
    return attack


def run(sock, then):
    for what in then:
        if callable(what):
            what(sock)
        else:
            sock.sendall(what)


def hears(sock):
    """The client has begun."""
    if not sock.recv(1, socket.MSG_PEEK):
        raise ConnectionError


def handshake(then):
    return at_starttls(b"220 go ahead\r\n", hears, then)


def bye(sock):
    """QUIT is answered as it should be."""
    line(sock)
    sock.sendall(b"221 bye\r\n")


# ---- in clear: attack -> (what it does, words of the host) ---------------------------------------------------------

CLEAR = {
    "banner-no-end": (floods(b"220 ", b"x" * 64), SMTP),
    "banner-lines": (floods(b"", b"220-x\r\n"), SMTP),
    "banner-blank-lines": (floods(b"", b"\r\n"), SMTP),
    "banner-drips": (lambda s: drip(s, b"2"), (*SMTP, *TIMEOUT)),
    "banner-line-drips": (lambda s: drip(s, b"220-x\r\n", 0.3), TIMEOUT),
    "banner-never": (hold, TIMEOUT),
    "banner-late": (lambda s: (time.sleep(20), s.sendall(b"220 mx\r\n"), hold(s)), TIMEOUT),
    "banner-nul": (lambda s: (s.sendall(b"220 \0\0\0mx\0\r\n"), line(s), s.sendall(b"250 mx\r\n"), bye(s)), ("no_starttls", "smtp")),
    "banner-harmful": (lambda s: (s.sendall(b"220 " + HARMFUL + b"\r\n"), line(s), s.sendall(b"250 mx\r\n"), bye(s)), ("no_starttls", "smtp")),
    "banner-other-code": (says(b"220-mx\r\n250 mx\r\n"), GONE),
    "banner-999": (says(b"999 mx\r\n"), SMTP),
    "banner-000": (says(b"000 mx\r\n"), SMTP),
    "banner-2200": (says(b"2200 mx\r\n"), SMTP),
    "banner-minus": (says(b"-20 mx\r\n"), SMTP),
    "banner-lone-cr": (floods(b"", b"220 mx\r"), SMTP),
    "banner-http": (says(b"HTTP/1.1 200 OK\r\n\r\n"), SMTP),
    "banner-tls": (floods(b"", record(22, b"\x02\0\0\0")), SMTP),
    "banner-421": (floods(b"", b"421 too busy\r\n"), ("blocked",)),
    "banner-554": (floods(b"", b"554 5.7.1 " + HARMFUL + b"\r\n"), ("blocked", "smtp")),
    "banner-521-drips": (lambda s: drip(s, b"521 no\r\n"), ("blocked",)),
    "reset-at-once": (reset, (*GONE, *TIMEOUT)),
    "close-at-once": (lambda s: None, GONE),
    "all-at-once": (lambda s: (s.sendall(b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n221 bye\r\n"), hold(s)), TLS),
    "ehlo-10000-lines": (at_ehlo(b"250-X-MUCH\r\n" * 10000 + b"250 STARTTLS\r\n", hold), SMTP),
    "ehlo-lines": (at_ehlo(floods(b"", b"250-SIZE 1\r\n")), SMTP),
    "ehlo-no-end": (at_ehlo(floods(b"250-", b"STARTTLS ")), SMTP),
    "ehlo-drips": (at_ehlo(lambda s: drip(s, b"250-X\r\n", 0.2)), TIMEOUT),
    "ehlo-never": (at_ehlo(hold), TIMEOUT),
    "ehlo-reset": (at_ehlo(reset), GONE),
    "ehlo-221": (at_ehlo(b"221 bye\r\n"), ("no_starttls", *SMTP, *GONE)),
    "ehlo-421": (at_ehlo(floods(b"", b"421 later\r\n")), ("blocked",)),
    "ehlo-500-for-ever": (at_ehlo(floods(b"", b"500 what?\r\n")), ("blocked", "smtp")),
    "ehlo-harmful": (at_ehlo(b"250-mx " + HARMFUL + b"\r\n250-STARTTLS" + HARMFUL + b"\r\n250 X\r\n", bye), ("no_starttls", "smtp")),
    "ehlo-codes-differ": (at_ehlo(b"250-mx\r\n350-STARTTLS\r\n250 X\r\n"), (*SMTP, *GONE)),
    "ehlo-starttls-in-a-word": (at_ehlo(b"250-mx\r\n250-XSTARTTLS\r\n250-STARTTLSX\r\n250 X STARTTLS\r\n", bye), ("no_starttls",)),
    "starttls-454": (at_starttls(floods(b"", b"454 4.7.0 " + HARMFUL + b"\r\n")), ("tempfail", "smtp")),
    "starttls-501": (at_starttls(floods(b"", b"501 no\r\n")), ("starttls_refused",)),
    "starttls-354": (at_starttls(b"354 go on\r\n", hold), SMTP),
    "starttls-never": (at_starttls(hold), TIMEOUT),
    "starttls-drips": (at_starttls(lambda s: drip(s, b"220-wait\r\n", 0.2)), TIMEOUT),
    "starttls-lines": (at_starttls(floods(b"", b"220-x\r\n")), SMTP),
    "starttls-reset": (at_starttls(b"220 go\r\n", reset), ("handshake", *GONE)),
    "starttls-clear": (at_starttls(b"220 go\r\n", lambda s: (s.recv(1), s.sendall(b"250 in clear\r\n"), hold(s))), ("cleartext",)),
    "starttls-clear-flood": (at_starttls(b"220 go\r\n", lambda s: s.recv(1), floods(b"", b"250 in clear\r\n")), ("cleartext",)),
}
# In the handshake: all that attack_web.py knows below TLS.
HANDSHAKE = {name: (handshake(attack), TLS) for name, attack in BELOW_TLS.items()}

# ---- inside TLS: what is done with the open connection, and the words; ok is what the certificate is ---------------


def pushes(*pieces):
    """Replies that nobody asked for, inside TLS."""
    return lambda tls: (run(tls, pieces), hold(tls))


OK = ("ok",)
INSIDE = {
    "tls-quit-never": (hold, OK),
    "tls-quit-flood": (floods(b"", b"221-x\r\n"), OK),
    "tls-quit-no-end": (floods(b"221 ", b"x" * 1000), OK),
    "tls-quit-drips": (lambda tls: drip(tls, b"2"), OK),
    "tls-quit-harmful": (pushes(HARMFUL * 100 + b"\r\n"), OK),
    "tls-quit-421": (floods(b"", b"421 no\r\n"), OK),
    "tls-reset-inside": (reset, OK),
    "tls-closed-inside": (lambda tls: None, OK),
    "tls-greets-again": (pushes(b"220 mx\r\n250 STARTTLS\r\n"), OK),
}
