#!/usr/bin/env python3
"""parsers.py BUILD_DIR - everything that the parsers find in the corpora, in names and in addresses, to the byte.

tests/support/parse_all.c prints it. What it must be stands in tests/golden/parsers; GOLDEN_UPDATE=1 writes it anew, see
tests/support/golden.py.
"""
import glob
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/support"))
from golden import Golden  # noqa: E402

PARSE_ALL = os.path.join(os.path.abspath(sys.argv[1]), "tests/parse_all")
CORPORA = {"sts_record": "sts", "policy": "policy", "tlsrpt": "tlsrpt", "dnsmsg": "dns"}
LARGE = 2000

NAMES = """
example.com|EXAMPLE.com.|example.com..|.example.com|example..com| example.com |example.com\t|exa mple.com|-a.example|a-.example|a--b.example|xn--a.example
xn--bcher-kva.example|XN--BCHER-KVA.example|b\u00fccher.example|B\u00dcCHER.example|b\u00fccher\u3002example|fa\u00df.example|\u200d.example|\u0301a.example|xn--.example|xn--0.example
http://example.com|https://example.com/|https://user@example.com:443/x?y#z|HTTPS://EXAMPLE.COM:8443|ftp://example.com|//example.com|example.com/|example.com/path|example.com:25|example.com:
http://[2001:db8::1]/|http://192.0.2.1/|joe@example.com|joe@example.com.|"a b"@example.com|@example.com|joe@|a@b@example.com|<joe@example.com>|mailto:joe@example.com|joe@[192.0.2.1]
_dmarc.example.com|a_b.example|*.example.com|example|com|localhost|.|..|-|_|@|:|/|a|1|1.example|example.1|1.2.3|1.2.3.4|1.2.3.4.|1.2.3.4.5|01.2.3.4|256.1.1.1|0x7f.1
""" + "|".join(["a" * 63 + ".example", "a" * 64 + ".example", ".".join(["a" * 49] * 5) + ".ab", ".".join(["a" * 49] * 5) + ".abc", ".".join(["a" * 49] * 5) + ".abcd", "a." * 126 + "a",
                "a." * 127 + "a", "\u00fc" * 20 + ".example", "\u00fc" * 63 + ".example", "xn--" + "a" * 59 + ".example"])
ADDRESSES = """
0.0.0.0|0.255.255.255|1.0.0.0|9.255.255.255|10.0.0.0|10.255.255.255|11.0.0.0|100.63.255.255|100.64.0.0|100.127.255.255|100.128.0.0|126.255.255.255|127.0.0.0|127.255.255.255|128.0.0.0
169.253.255.255|169.254.0.0|169.254.255.255|169.255.0.0|172.15.255.255|172.16.0.0|172.31.255.255|172.32.0.0|191.255.255.255|192.0.0.0|192.0.0.8|192.0.0.9|192.0.0.10|192.0.0.11
192.0.0.170|192.0.0.255|192.0.1.0|192.0.2.0|192.0.2.255|192.0.3.0|192.31.196.0|192.52.193.0|192.88.98.255|192.88.99.0|192.88.99.2|192.88.100.0|192.167.255.255|192.168.0.0|192.168.255.255
192.169.0.0|192.175.48.0|198.17.255.255|198.18.0.0|198.19.255.255|198.20.0.0|198.51.99.255|198.51.100.0|198.51.101.0|203.0.112.255|203.0.113.0|203.0.114.0|223.255.255.255|224.0.0.0
239.255.255.255|240.0.0.0|255.255.255.254|255.255.255.255|1.2.3|1.2.3.4.5|1.2.3.256|1.2.3.04|1.2.3.|.1.2.3|1..2.3| 1.2.3.4|1.2.3.4 |+1.2.3.4
::|::1|::2|::1.2.3.4|::ffff:1.2.3.4|::ffff:127.0.0.1|::ffff:10.0.0.1|::fffe:1.2.3.4|64:ff9b::8.8.8.8|64:ff9b::10.0.0.1|64:ff9b:1::8.8.8.8|64:ff9b:2::8.8.8.8|100::|100::1|100:0:0:1::
100:0:0:2::|2000::|2001::|2001:0:a:b:c:d:f5ff:fffe|2001:0:a:b:c:d:f7f7:f7f7|2001:1::1|2001:1::2|2001:1::3|2001:1::4|2001:2::|2001:2:1::|2001:3::|2001:4:112::|2001:5::|2001:10::|2001:1f:ffff::
2001:20::|2001:2f:ffff::|2001:30::|2001:3f:ffff::|2001:40::|2001:1ff:ffff::|2001:200::|2001:db7:ffff::|2001:db8::|2001:db8:ffff::|2001:db9::|2002::|2002:0808:0808::|2002:0a00:0001::|2003::
3ffe:ffff::|3fff::|3fff:fff::|3fff:1000::|4000::|5f00::|5f01::|fbff::|fc00::|fdff::|fe00::|fe7f::|fe80::|febf::|fec0::|feff::|ff00::|ff02::1|2606:4700::5efe:10.0.0.1|2606:4700::200:5efe:8.8.8.8
2606:4700::200:5efe:10.0.0.1|1:2:3:4:5:6:7:8|1:2:3:4:5:6:7::|::2:3:4:5:6:7:8|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|1::2::3|:::|1:|:1|12345::|g::|::1%lo|::ffff:1.2.3|1.2.3.4::|A:B::C:D
10.0.0.0/8|10.0.0.1/8|10.0.0.0/0|10.0.0.0/32|10.0.0.0/33|10.0.0.0/|10.0.0.0/a|10.0.0.0/08|10.0.0.0/-1|0.0.0.0/0|::/0|::/128|::/129|2001:db8::/32|2001:db8::1/32|2001:db8::/31|::ffff:0:0/96|/8
"""


def found(*arguments):
    return subprocess.run([PARSE_ALL, *arguments], stdout=subprocess.PIPE, check=True).stdout.decode("ascii")


def only(text, kind):
    """Of each value what that parser says, and its findings."""
    kept, keep = [], False
    for line in text.splitlines(keepends=True):
        if not line.startswith("  "):
            keep = line.startswith(("# ", kind + " "))
        if keep:
            kept.append(line)
    return "".join(kept)


def main():
    golden = Golden("parsers")
    for corpus, kind in CORPORA.items():
        paths = sorted(p for p in glob.glob(os.path.join(ROOT, "tests/fuzz/corpus", corpus, "*")) if os.path.getsize(p) < LARGE)
        golden.expect(f"{corpus}: there are values", len(paths) > 10, paths)
        golden.check(corpus + ".txt", only(found(*paths), kind))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("names", NAMES), ("addresses", ADDRESSES)):
            values = [value for value in text.replace("\n", "|").split("|") if value]
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as f:
                f.write("".join(value + "\n" for value in values))
            said = only(found("-l", path), "name").splitlines()[1:]
            golden.expect(f"{name}: one line each", len(said) == len(values), (len(said), len(values)))
            golden.check(name + ".txt", "".join(f"{value}\n  {line}\n" for value, line in zip(values, said)))
    sys.exit(golden.finish())


if __name__ == "__main__":
    main()
