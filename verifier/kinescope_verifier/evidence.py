"""Receipts: what a server says that it held, compared with a recording. docs/format.md, *Evidence files*."""

import hashlib
import json
from dataclasses import dataclass

from .signatures import holds, number

EVENTS = {"opened": 0, "grown": 1, "closed": 2}


@dataclass(frozen=True)
class Receipt:
    """A receipt whose signature is right, and the line that it stands on."""

    line: int
    event: str
    offset: int
    chain: str
    unix_us: int
    server_key: str


def statement(receipt):
    """What the server's key signs."""
    return b"".join(
        [
            b"kinescope-receipt-v1",
            bytes.fromhex(receipt["recording"]),
            bytes([EVENTS[receipt["event"]]]),
            number(receipt["offset"]),
            bytes.fromhex(receipt["chain"]),
            number(receipt["unix_us"]),
            bytes.fromhex(receipt["previous"]),
        ]
    )


def read(data, recording, server_key=None):
    """The sound receipts of an evidence file, and its faults as words."""
    receipts, faults, previous = [], [], "00" * 32
    *lines, torn = data.split(b"\n")
    if torn:
        faults.append("the last line of the evidence file is torn")
    for count, line in enumerate(lines, 1):
        try:
            content = json.loads(line)
            if content["previous"] != previous:
                faults.append(f"line {count} of the evidence file does not follow the line before it")
            if content["kind"] == "receipt":
                fault = _fault(content, recording, server_key)
                if fault:
                    faults.append(f"line {count} of the evidence file: {fault}")
                else:
                    fields = ("event", "offset", "chain", "unix_us", "server_key")
                    receipts.append(Receipt(count, *(content[name] for name in fields)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(f"line {count} of the evidence file cannot be understood: {error}")
        previous = hashlib.sha256(line).hexdigest()
    return receipts, faults


def _fault(receipt, recording, server_key):
    if receipt["recording"] != recording:
        return "the receipt is another recording's"
    if server_key is not None and receipt["server_key"] != server_key:
        return "the receipt is another server's"
    if not holds(receipt["server_key"], receipt["signature"], statement(receipt)):
        return "the receipt's signature is wrong"
    return None


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
            faults.append(f"the end was cut off: the server held {receipt.offset} bytes, here are {end} (line {receipt.line})")
        elif places.get(receipt.offset) == receipt.chain:
            seen.confirmed += 1
            if seen.newest is None or receipt.offset >= seen.newest.offset:
                seen.newest = receipt
        elif places.get(receipt.offset, "") is None or unknown and receipt.offset not in places:
            seen.not_compared += 1
        else:
            faults.append(f"at {receipt.offset} stands another recording than the server held (line {receipt.line})")
    if seen.newest is not None:
        seen.unwitnessed_bytes = end - seen.newest.offset
    return seen, faults
