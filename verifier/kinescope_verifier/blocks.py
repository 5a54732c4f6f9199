"""Blocks: finding them in bytes, again after damage. docs/format.md, *Blocks*."""

from dataclasses import dataclass

from .crc32c import crc32c

SYNC = b"\x4b\xd5"
HEADER, GROUP, DATA, CHECKPOINT, GAP, INCARNATION, END, INDEX, FOOTER, SIGNER, COPY = range(1, 12)
KINDS = range(HEADER, COPY + 1)
MORE, CONTINUES, SEALED, SKIPPABLE = 0x01, 0x02, 0x04, 0x80

MAX_BLOCK = 65_536
MAX_TRACK = 65_535
MAX_TIME_US = 31_622_400_000_000


@dataclass(frozen=True)
class Block:
    """A whole block with right checksums."""

    offset: int
    kind: int
    flags: int
    track: int
    time_us: int
    payload: bytes
    bytes: bytes

    @property
    def end(self):
        """Where the next block starts."""
        return self.offset + len(self.bytes)


@dataclass(frozen=True)
class Damage:
    """Bytes in which no block can be read; `kind` where a sound header tells it."""

    offset: int
    length: int
    kind: int | None = None


@dataclass(frozen=True)
class TornTail:
    """Bytes at the end that may be the beginning of a block."""

    offset: int
    length: int


class Malformed(ValueError):
    """A payload, or a number in it, is not what the document says."""


class _Incomplete(Malformed):
    """The bytes may become a header, but end too early."""


class _NoHeader(Malformed):
    """No sound header starts here."""


NotANumber = (_Incomplete, _NoHeader)


def read_varint(data, at, longest):
    """A LEB128 number in its shortest form and where it ends."""
    value = 0
    for count in range(longest):
        if at + count >= len(data):
            raise _Incomplete
        byte = data[at + count]
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            if byte == 0 and count > 0:
                raise _NoHeader
            return value, at + count + 1
    raise _NoHeader


def _header(data, at):
    """Kind, flags, track, time, where the payload starts and its length, of the header at a place."""
    start = data[at : at + 2]
    if start != SYNC[: len(start)]:
        raise _NoHeader
    if len(data) - at < 4:
        raise _Incomplete
    track, here = read_varint(data, at + 4, 3)
    if track > MAX_TRACK:
        raise _NoHeader
    time_us, here = read_varint(data, here, 10)
    if time_us > MAX_TIME_US:
        raise _NoHeader
    length, here = read_varint(data, here, 3)
    if here + 4 + length + 4 - at > MAX_BLOCK:
        raise _NoHeader
    if here + 4 > len(data):
        raise _Incomplete
    if int.from_bytes(data[here : here + 4], "little") != crc32c(data[at:here]):
        raise _NoHeader
    return data[at + 2], data[at + 3], track, time_us, here + 4, length


def scan(data, offset=0):
    """Yields a Block, Damage or TornTail for every byte of `data`, which stands at `offset` of a recording."""
    at, lost = 0, None
    while at < len(data):
        try:
            kind, flags, track, time_us, start, length = _header(data, at)
        except _NoHeader:
            lost = at if lost is None else lost
            found = data.find(SYNC[:1], at + 1)
            at = len(data) if found < 0 else found
            continue
        except _Incomplete:
            break
        end = start + length + 4
        if end > len(data):
            break
        if lost is not None:
            yield Damage(offset + lost, at - lost)
            lost = None
        whole = bytes(data[at:end])
        if int.from_bytes(whole[-4:], "little") == crc32c(whole[:-4]):
            yield Block(offset + at, kind, flags, track, time_us, whole[start - at : -4], whole)
        else:
            yield Damage(offset + at, len(whole), kind)
        at = end
    tail = at if lost is None else lost
    if tail < len(data):
        yield TornTail(offset + tail, len(data) - tail)
