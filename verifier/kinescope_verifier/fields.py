"""Fields of binary payloads: numbers, texts and bytes, one after the other. docs/format.md, *Binary payloads*."""

from .blocks import Malformed, read_varint


class Fields:
    """What is left of a payload; every method raises Malformed where the field is not there or not in its one form."""

    def __init__(self, payload):
        self._payload, self.at = payload, 0

    def bytes(self, length):
        """The next so many bytes."""
        if self.at + length > len(self._payload):
            raise Malformed("it is too short")
        self.at += length
        return self._payload[self.at - length : self.at]

    def byte(self):
        """The next byte."""
        return self.bytes(1)[0]

    def number(self):
        """A varint of up to 64 bits."""
        value, self.at = read_varint(self._payload, self.at, 10)
        if value >> 64:
            raise Malformed("a number in it is too large")
        return value

    def signed(self):
        """A number that may be negative."""
        folded = self.number()
        return folded >> 1 ^ -(folded & 1)

    def text(self):
        """UTF-8 behind its length."""
        return self.bytes(self.number()).decode("utf-8")

    def rest(self):
        """All that is left."""
        return self.bytes(len(self._payload) - self.at)

    def end(self):
        """Nothing may be left."""
        if self.at != len(self._payload):
            raise Malformed(f"{len(self._payload) - self.at} bytes follow its last field")


SIGNED, NEXT_KEY, BOOT_ID = 1, 2, 4


def checkpoint(payload):
    """What a checkpoint says."""
    fields = Fields(payload)
    flags = fields.byte()
    if flags & ~(SIGNED | NEXT_KEY | BOOT_ID) or flags & NEXT_KEY and not flags & SIGNED:
        raise Malformed(f"this version does not know the flags {flags:#04x}")
    chain, offset = fields.bytes(32).hex(), fields.number()
    anchor = {"unix_us": fields.signed(), "boottime_us": fields.number(), "uncertainty_us": fields.number()}
    if flags & BOOT_ID:
        anchor["boot_id"] = fields.text()
    said = {"chain": chain, "offset": offset, "anchor": anchor}
    if flags & SIGNED:
        said["signed"] = signed = {"epoch": fields.number()}
        if flags & NEXT_KEY:
            signed["next_key"] = fields.bytes(32).hex()
        signed["signature"] = fields.bytes(64).hex()
    fields.end()
    return said
