"""From blocks to what stands in a recording: payloads put together, nothing decoded on top of what is missing."""

import json
from dataclasses import dataclass

from . import blocks as b
from .fields import checkpoint

FORMATS = (1,)
COPY = -1
MAX_PAYLOAD = 64 << 20
NAMES = {
    b.HEADER: "header",
    b.GROUP: "group",
    b.CHECKPOINT: "checkpoint",
    b.GAP: "gap",
    b.INCARNATION: "incarnation",
    b.END: "end",
    b.INDEX: "index",
    b.FOOTER: "footer",
    b.SIGNER: "signer",
    b.COPY: "copy",
}
# Where these are damaged no data is lost.
WITHOUT_DATA = (b.HEADER, b.CHECKPOINT, b.END, b.INDEX, b.FOOTER, b.SIGNER, b.COPY)


class Refused(Exception):
    """What the format tells readers to refuse."""


@dataclass(frozen=True)
class Entry:
    """One thing in a recording. `content`: the JSON of a block, the bytes of a payload, or nothing."""

    offset: int
    length: int
    time_us: int
    kind: str
    content: object = None
    track: int = 0
    sealed: bool = False


def load(block):
    """What a block's payload says: its JSON object, or a checkpoint's fields as one."""
    try:
        if block.kind == b.CHECKPOINT:
            return checkpoint(block.payload)
        value = json.loads(block.payload.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(f"the {NAMES[block.kind]} block at {block.offset} cannot be understood: {error}") from error
    if not isinstance(value, dict):
        raise Refused(f"the {NAMES[block.kind]} block at {block.offset} is no object")
    return value


def check_block(block):
    """Refuses what a reader must not guess at."""
    if block.kind not in b.KINDS:
        if not block.flags & b.SKIPPABLE:
            raise Refused(f"the block at {block.offset} is of the unknown kind {block.kind}")
        return
    known = b.MORE | b.CONTINUES | b.SKIPPABLE | (b.SEALED if block.kind == b.DATA else 0)
    if block.flags & ~known:
        raise Refused(f"the block at {block.offset} has flags that this version does not know")


def check_header(header):
    """Refuses other versions, before anything else is looked at."""
    if header.get("format") not in FORMATS:
        raise Refused(f"format {header.get('format')} is not one of those that this program reads")
    return header


@dataclass(frozen=True)
class Copy:
    """What a copy repeats: the base's group, its first picture's time, and that payload as it is stored."""

    group: dict
    time_us: int
    payload: bytes

    @property
    def sealed(self):
        """Whether the payload is sealed."""
        return any(key["class"] == "picture" for key in self.group.get("keys", []))


def copy_numbers(payload):
    """The base's number, the picture's time, the bytes of the group, and where that starts."""
    numbers, at = [], 0
    for _ in range(3):
        number, at = b.read_varint(payload, at, 10)
        numbers.append(number)
    if numbers[1] > b.MAX_TIME_US:
        raise ValueError("a time beyond the bound")
    return *numbers, at


def load_copy(payload, offset):
    """The copy in the payload of copy blocks."""
    try:
        number, time_us, size, at = copy_numbers(payload)
        group = json.loads(payload[at : at + size].decode("utf-8"))
        screen = any(track["kind"] == "screen" for track in group["tracks"])
        right = group["number"] == number and "base" not in group and screen and size <= len(payload) - at
    except (*b.NotANumber, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(f"the copy at {offset} cannot be understood") from error
    if not right:
        raise Refused(f"the copy at {offset} is none of a base")
    return Copy(group, time_us, payload[at + size :])


class Reader:
    """Takes what `scan` yields, in order; gives entries."""

    def __init__(self):
        self._needs_group = True
        self._event_tracks = set()
        self._pending = {}  # track, or -1 for a copy: (offset, stored bytes, time, payload, sealed)
        self.group = None

    def take(self, found):
        """The entries that one block or damaged stretch gives."""
        if isinstance(found, b.Damage):
            out = []
            if found.kind not in WITHOUT_DATA:
                out = self._lose_all()
                self._needs_group = True
            elif found.kind == b.COPY:
                out = self._lose_copy()
            return [*out, Entry(found.offset, found.length, 0, "damaged")]
        check_block(found)
        if found.kind not in b.KINDS:
            return [Entry(found.offset, len(found.bytes), found.time_us, "unknown", {"kind": found.kind})]
        if found.kind == b.DATA:
            return self._data(found)
        if found.kind == b.COPY:
            return self._copy(found)
        return self._structure(found)

    def _structure(self, block):
        content = None if block.kind in (b.INDEX, b.FOOTER) else load(block)
        out = []
        if block.kind == b.HEADER:
            check_header(content)
        elif block.kind == b.GROUP:
            out = self._lose_all()
            tracks = content["tracks"]
            if len(tracks) > 64 or len({track["id"] for track in tracks}) != len(tracks):
                raise Refused(f"the group at {block.offset} declares impossible tracks")
            self.group = content
            self._needs_group = False
            self._event_tracks = {track["id"] for track in tracks if track["kind"] == "events"}
        elif block.kind == b.INCARNATION or block.kind == b.GAP and content["reason"] not in ("capture-lost", "paused"):
            out = self._lose_all()
            self._needs_group = True
        return [*out, Entry(block.offset, len(block.bytes), block.time_us, NAMES[block.kind], content)]

    def _data(self, block):
        size = len(block.bytes)
        if self._needs_group and block.track not in self._event_tracks:
            return [Entry(block.offset, size, 0, "damaged")]
        before = self._pending.pop(block.track, None)
        sealed = bool(block.flags & b.SEALED)
        if not block.flags & b.CONTINUES:
            out = [self._lost(before)] if before else []
            started = (block.offset, size, block.time_us, block.payload, sealed)
        elif before is None or before[4] != sealed:
            self._needs_group = True
            return [Entry(block.offset, size, 0, "damaged")]
        else:
            out = []
            started = (before[0], before[1] + size, before[2], before[3] + block.payload, sealed)
        self._check_unfinished(block, started)
        if block.flags & b.MORE:
            self._pending[block.track] = started
            return out
        offset, length, time_us, payload, sealed = started
        return [*out, Entry(offset, length, time_us, "data", payload, block.track, sealed)]

    def _copy(self, block):
        size = len(block.bytes)
        if not block.flags & b.CONTINUES:
            out = self._lose_copy()
            started = (block.offset, size, block.time_us, block.payload, False)
        elif COPY not in self._pending:
            return [Entry(block.offset, size, 0, "damaged")]
        else:
            out = []
            offset, before, time_us, payload, _ = self._pending.pop(COPY)
            started = (offset, before + size, time_us, payload + block.payload, False)
        self._check_unfinished(block, started)
        if block.flags & b.MORE:
            self._pending[COPY] = started
            return out
        offset, length, time_us, payload, _ = started
        return [*out, Entry(offset, length, time_us, "copy", load_copy(payload, offset))]

    def _lose_copy(self):
        pending = self._pending.pop(COPY, None)
        return [Entry(pending[0], pending[1], 0, "damaged")] if pending else []

    def _check_unfinished(self, block, started):
        if sum(len(pending[3]) for pending in self._pending.values()) + len(started[3]) > MAX_PAYLOAD:
            raise Refused(f"the payloads unfinished at {block.offset} are larger than {MAX_PAYLOAD} bytes")

    def _lost(self, pending):
        self._needs_group = True
        return Entry(pending[0], pending[1], 0, "damaged")

    def _lose_all(self):
        lost = [self._lost(self._pending[track]) for track in sorted(self._pending)]
        self._pending.clear()
        return lost


def read(data):
    """All entries of a recording, and its torn tail if it has one."""
    reader, entries, tail = Reader(), [], None
    for found in b.scan(data):
        if isinstance(found, b.TornTail):
            tail = found
        else:
            entries += reader.take(found)
    return entries, tail
