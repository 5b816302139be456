"""refused_why.py DIR - a case for ../shared/field/fieldlab.py: certificates that are refused for reasons of the chain or
the leaf, none of which is a name or a date of the leaf."""
import fieldlab as f
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ObjectIdentifier


def host(domain, *chain):
    """A perfect domain but for its chain: what issues, and what stands above."""
    leaf = f.cert("mta-sts." + domain, chain[0], sans=["mta-sts." + domain])
    f.zone(domain)
    f.host(domain, chain=(leaf, *(one[0] for one in chain)))


def ca(name, above=f.ROOT, **more):
    return f.cert(name, above, ca=True, **more)


host("excluded.test", ca("CA without these", constraints=x509.NameConstraints(None, [x509.DNSName("excluded.test")])))
host("dead.test", ca("CA that has expired", start=-400, days=100))
host("early.test", ca("CA of tomorrow", start=3, days=100))
host("short.test", ca("CA with a short key", key=rsa.generate_private_key(65537, 1024)))
host("critical.test", ca("CA with an extension", extra=[(x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\0"), True)]))
real = ca("CA with two keys")
forged = (real[0], f.cert("another", f.ROOT, ca=True)[1])  # its name, not its key
host("forged.test", (real[0], forged[1]))
f.main()
