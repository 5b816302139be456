"""come_again.py DIR - a case for ../shared/field/fieldlab.py: policy hosts that refuse HTTP/2 with "come again", each in
another way (RFC 9113 6.8, 7), and serve HTTP/1.1."""
import struct

import fieldlab as f


def frame(kind, stream, payload=b""):
    return struct.pack("!I", len(payload))[1:] + bytes([kind, 0]) + struct.pack("!I", stream) + payload


def speaks(domain, refusal):
    def handler(t):
        http2 = t.selected_alpn_protocol() == "h2"
        print("req: %s %s" % (domain, "2" if http2 else "1.1"), flush=True)
        seen = b""
        if http2:
            t.sendall(frame(4, 0))
        while (len(seen) < 60) if http2 else (b"\r\n\r\n" not in seen):
            more = t.recv(4096)
            if not more:
                return
            seen += more
        t.sendall(refusal if http2 else f.http(f.policy(domain)))
        if http2:
            t.recv(4096)
    return handler


REFUSALS = {
    "refused.test": frame(3, 1, struct.pack("!I", 7)),         # RST_STREAM, REFUSED_STREAM
    "need11.test": frame(3, 1, struct.pack("!I", 13)),         # RST_STREAM, HTTP_1_1_REQUIRED
    "goaway11.test": frame(7, 0, struct.pack("!II", 0, 13)),   # GOAWAY, HTTP_1_1_REQUIRED
    "goaway.test": frame(7, 0, struct.pack("!II", 0, 0)),      # GOAWAY before our stream, NO_ERROR
    "calm.test": frame(7, 0, struct.pack("!II", 0, 11)),       # GOAWAY, ENHANCE_YOUR_CALM
}
for name, refusal in REFUSALS.items():
    f.zone(name)
    f.host(name, handler=speaks(name, refusal), alpn=("h2", "http/1.1"))
f.main()
