"""attack_certs.py - a CA that issues what no honest CA would: NULs, odd wildcards, endless chains and lists.

All certificates share one key, so that hundreds of them cost a second. Subject alternative names are written
byte by byte, because libraries refuse to write some of these.
"""
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

SAN = ObjectIdentifier("2.5.29.17")
PRIVATE = ObjectIdentifier("1.3.6.1.4.1.32473.1")  # the arc for examples (RFC 5612)


def der(tag, content):
    n = len(content)
    if n < 128:
        return bytes([tag, n]) + content
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def alternative_names(names):
    """The extension's value; a name is bytes and may hold anything."""
    return der(0x30, b"".join(der(0x82, name) for name in names))


class Authority:
    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.rsa_key = rsa.generate_private_key(65537, 2048)
        self.serial = 1
        self.root = self.sign("Hostile Lab Root", None, ca=True)
        self.ca_file = os.path.join(folder, "root.pem")
        with open(self.ca_file, "wb") as out:
            out.write(self.pem(self.root))

    def sign(self, subject, issuer, ca=False, names=(), padding=0, constrained=False, key=None):
        """issuer None: signed by itself. padding: bytes of an extension nobody knows. key: not ours."""
        def name(text):
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
        start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
        self.serial += 1
        builder = x509.CertificateBuilder(
            issuer_name=issuer.subject if issuer else name(subject), subject_name=name(subject),
            public_key=(key or self.key).public_key(), serial_number=self.serial, not_valid_before=start,
            not_valid_after=start + datetime.timedelta(days=60))
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=ca)
        if names:
            builder = builder.add_extension(x509.UnrecognizedExtension(SAN, alternative_names(names)), critical=False)
        if padding:
            builder = builder.add_extension(x509.UnrecognizedExtension(PRIVATE, bytes(padding)), critical=False)
        if constrained:  # each is compared with each name: a product, if nobody limits it
            trees = [x509.DNSName(f"c{i}.example") for i in range(1500)]
            builder = builder.add_extension(x509.NameConstraints([x509.DNSName("lab")], trees), critical=True)
        return builder.sign(self.key, hashes.SHA256())

    @staticmethod
    def pem(certificate):
        return certificate.public_bytes(serialization.Encoding.PEM)

    def bundle(self, file, chain, key=None):
        """A file with the key and these certificates, the leaf first."""
        path = os.path.join(self.folder, f"{file}.pem")
        with open(path, "wb") as out:
            out.write((key or self.key).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                      serialization.NoEncryption()))
            for certificate in chain:
                out.write(self.pem(certificate))
        return path

    def chain(self, length, same_name=False):
        """Intermediate certificates from the one below the root to the one that issues."""
        made = []
        for i in range(length):
            subject = "Hostile Lab Issuer" if same_name else f"Hostile Lab {i}"
            made.append(self.sign(subject, made[-1] if made else self.root, ca=True))
        return made

    def issue(self, file, names, common_name="policy host", padding=0, intermediates=(), extra=()):
        """A bundle with a leaf for these names under the last of the intermediates."""
        issuer = intermediates[-1] if intermediates else self.root
        leaf = self.sign(common_name, issuer, names=names, padding=padding)
        return self.bundle(file, [leaf, *reversed(intermediates), *extra])


# certificate -> what to issue for the policy host h of domain d (both bytes), given the authority
def many_names(host, count, length):
    return [*(b"n%0*d" % (length - 1, i) for i in range(count)), host]


KINDS = {
    "good": lambda a, f, h, d: a.issue(f, [h]),
    "rsa": lambda a, f, h, d: a.bundle(f, [a.sign("policy host", a.root, names=[h], key=a.rsa_key)], a.rsa_key),
    "chain-16": lambda a, f, h, d: a.issue(f, [h], intermediates=a.chain(16)),
    "chain-17": lambda a, f, h, d: a.issue(f, [h], intermediates=a.chain(17)),
    "chain-100": lambda a, f, h, d: a.issue(f, [h], intermediates=a.chain(98)),
    "chain-300": lambda a, f, h, d: a.issue(f, [h], intermediates=a.chain(300)),
    "chain-same-name": lambda a, f, h, d: a.issue(f, [h], intermediates=a.chain(98, same_name=True)),
    "chain-unrelated": lambda a, f, h, d: a.issue(f, [h], extra=a.chain(98)),
    "huge": lambda a, f, h, d: a.issue(f, [h], padding=90000),
    "huge-beyond": lambda a, f, h, d: a.issue(f, [h], padding=4000000),
    "names-8000": lambda a, f, h, d: a.issue(f, many_names(h, 8000, 6)),
    "names-10000": lambda a, f, h, d: a.issue(f, many_names(h, 10000, 12)),
    "names-constrained": lambda a, f, h, d: a.issue(
        f, many_names(h, 5000, 6), intermediates=[a.sign("Constrained", a.root, ca=True, constrained=True)]),
    "nul-after": lambda a, f, h, d: a.issue(f, [h + b"\0.evil.example"]),
    "nul-before": lambda a, f, h, d: a.issue(f, [b"\0" + h]),
    "nul-end": lambda a, f, h, d: a.issue(f, [h + b"\0"]),
    "nul-cn": lambda a, f, h, d: a.issue(f, [], common_name=h.decode() + "\0.evil.example"),
    "star": lambda a, f, h, d: a.issue(f, [b"*"]),
    "star-dot": lambda a, f, h, d: a.issue(f, [b"*."]),
    "star-tld": lambda a, f, h, d: a.issue(f, [b"*.lab"]),
    "star-star": lambda a, f, h, d: a.issue(f, [b"*.*.lab", b"*.*"]),
    "star-right": lambda a, f, h, d: a.issue(f, [b"mta-sts.*", b"mta-sts.*.lab"]),
    "star-part": lambda a, f, h, d: a.issue(f, [b"mta*." + d]),
    "star-part-end": lambda a, f, h, d: a.issue(f, [b"*sts." + d]),
    "star-good": lambda a, f, h, d: a.issue(f, [b"*." + d]),
    "dot-first": lambda a, f, h, d: a.issue(f, [b"." + d]),
    "escapes": lambda a, f, h, d: a.issue(f, [b"\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>"],
                                          common_name="\x1b[31m"),
    "empty-name": lambda a, f, h, d: a.issue(f, [b""]),
}
