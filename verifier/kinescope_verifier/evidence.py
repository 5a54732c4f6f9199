"""Receipts: what a server says that it held, compared with a recording. docs/format.md, *Evidence files*."""

import hashlib
from dataclasses import dataclass

from . import blocks as b
from .fields import Fields
from .signatures import holds, number
from .timestamps import imprint

WITNESS, RECEIPT, TIME_STAMP = 32, 33, 34
EVENTS = ("opened", "grown", "closed")


@dataclass(frozen=True)
class Receipt:
    """A receipt whose signature is right, and the entry that it is."""

    entry: int
    event: str
    offset: int
    chain: str
    unix_us: int
    server_key: str


def statement(recording, event, offset, chain, unix_us, previous):
    """What the server's key signs."""
    name = b"kinescope-receipt-v2" + bytes.fromhex(recording)
    return name + bytes([event]) + number(offset) + chain + number(unix_us) + previous


def read(data, recording, server_key=None):
    """The sound receipts of an evidence file, and its faults as words."""
    reader = scan(data, recording, server_key)
    return reader.receipts, reader.faults


def scan(data, recording, server_key=None):
    """The same and the number of time stamps, as a reader's `receipts`, `faults` and `stamps`."""
    reader = _Reader(recording, server_key)
    for found in b.scan(data):
        if isinstance(found, b.Block):
            reader.entry(found)
        elif isinstance(found, b.TornTail):
            reader.faults.append("the last entry of the evidence file is torn")
        else:
            reader.faults.append(f"{found.length} bytes at {found.offset} of the evidence file cannot be read")
            reader.previous = None
    return reader


class _Reader:
    def __init__(self, recording, server_key):
        self.receipts, self.faults, self.previous = [], [], bytes(16)
        self._recording, self._trusted = recording, server_key
        self._witness = None  # whose word the receipts are, and of which recording
        self._count = 0
        self._digests = set()  # of sound receipts
        self.stamps = 0  # time stamps on them; who signed those was not checked

    def entry(self, block):
        """One block of the file."""
        self._count += 1
        before, self.previous = self.previous, hashlib.sha256(block.bytes).digest()[:16]
        fields = Fields(block.payload)
        try:
            previous = fields.bytes(16)
            if before not in (None, previous):
                self._fault("it does not follow the entry before it")
            if block.kind in (WITNESS, RECEIPT, TIME_STAMP) and block.flags:
                raise b.Malformed(f"this version does not know the flags {block.flags:#04x}")
            if block.kind == WITNESS:
                self._witness = fields.bytes(16).hex(), fields.bytes(32).hex()
                fields.end()
            elif block.kind == RECEIPT:
                if self._receipt(fields, previous):
                    self._digests.add(hashlib.sha256(block.bytes).digest())
            elif block.kind == TIME_STAMP:
                self._time_stamp(fields.rest())
        except ValueError as error:
            self._fault(f"it cannot be understood: {error}")

    def _receipt(self, fields, previous):
        event, offset, chain = fields.byte(), fields.number(), fields.bytes(32)
        unix_us, signature = fields.signed(), fields.bytes(64).hex()
        fields.end()
        if event >= len(EVENTS):
            raise b.Malformed(f"this version does not know the event {event}")
        if self._witness is None:
            return self._fault("no entry before it says which server gave this receipt")
        recording, server_key = self._witness
        if recording != self._recording:
            return self._fault("the receipt is another recording's")
        if self._trusted not in (None, server_key):
            return self._fault("the receipt is another server's")
        if not holds(server_key, signature, statement(recording, event, offset, chain, unix_us, previous)):
            return self._fault("the receipt's signature is wrong")
        self.receipts.append(Receipt(self._count, EVENTS[event], offset, chain.hex(), unix_us, server_key))
        return True

    def _time_stamp(self, token):
        if imprint(token) in self._digests:
            self.stamps += 1
        else:
            self._fault("the time stamp is for no receipt that stands before it")

    def _fault(self, what):
        self.faults.append(f"entry {self._count} of the evidence file: {what}")


@dataclass
class Witnessed:
    """What receipts say about a recording."""

    confirmed: int = 0
    not_compared: int = 0
    newest: Receipt | None = None
    unwitnessed_bytes: int | None = None


def compare(receipts, places, end, unknown):
    """Holds receipts against a recording.

    `places`: the chain at the original end of each block, None where it is not known. `end`: the original end of the last
    whole block. `unknown`: whether there are stretches in which places are not known. Returns what is witnessed, and faults.
    """
    seen, faults = Witnessed(), []
    for receipt in receipts:
        if receipt.offset > end:
            faults.append(f"the end was cut off: the server held {receipt.offset} bytes, here are {end} (entry {receipt.entry})")
        elif places.get(receipt.offset) == receipt.chain:
            seen.confirmed += 1
            if seen.newest is None or receipt.offset >= seen.newest.offset:
                seen.newest = receipt
        elif places.get(receipt.offset, "") is None or unknown and receipt.offset not in places:
            seen.not_compared += 1
        else:
            faults.append(f"at {receipt.offset} stands another recording than the server held (entry {receipt.entry})")
    if seen.newest is not None:
        seen.unwitnessed_bytes = end - seen.newest.offset
    return seen, faults
