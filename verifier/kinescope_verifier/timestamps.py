"""What a time stamp token is for. docs/format.md, *Evidence files*; RFC 3161 and RFC 5652.

Only the message imprint is read. The authority's signature and its certificate are not checked here: `openssl ts -verify` and
`kinescope verify --tsa-ca` do that.
"""

from .blocks import Malformed

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
SHA_256 = bytes.fromhex("0609608648016503040201")


def _parts(data):
    """The DER values that stand one behind the other: tag, content and the whole of each."""
    at, out = 0, []
    while at < len(data):
        if at + 2 > len(data):
            raise Malformed("the token is cut off")
        tag, length, start = data[at], data[at + 1], at + 2
        if length >= 0x80:
            size = length & 0x7F
            length, start = int.from_bytes(data[start : start + size], "big"), start + size
        if start + length > len(data):
            raise Malformed("the token is cut off")
        out.append((tag, data[start : start + length], data[at : start + length]))
        at = start + length
    return out


def imprint(token):
    """The SHA-256 that a token is for; raises Malformed where it is for something else."""
    try:
        ((_, outer, _),) = _parts(token)
        kind, content = _parts(outer)
        signed = _parts(_parts(content[1])[0][1])
        held, wrapped = _parts(signed[2][1])
        info = _parts(_parts(_parts(wrapped[1])[0][1])[0][1])
        algorithm, digest = _parts(info[2][1])
    except (ValueError, IndexError) as error:
        raise Malformed(f"no time stamp token: {error}") from error
    if kind[2] != SIGNED_DATA or held[2] != TST_INFO or not algorithm[1].startswith(SHA_256) or len(digest[1]) != 32:
        raise Malformed("no time stamp of a SHA-256")
    return digest[1]
