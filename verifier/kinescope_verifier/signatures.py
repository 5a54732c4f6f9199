"""Who signed a recording: signer blocks and checkpoints. docs/format.md, *Signatures*."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PRIME = 2**255 - 19
# The y coordinates of the eight points of small order.
SMALL = {
    0,
    1,
    PRIME - 1,
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
}
ORDER = 2**252 + 27742317777372353535851937790883648493


def holds(key, signature, statement):
    """Whether an Ed25519 signature (hexadecimal, as the key) is right, the key is sound and S is reduced."""
    key, signature = bytes.fromhex(key), bytes.fromhex(signature)
    if len(key) != 32 or len(signature) != 64:
        return False
    if (int.from_bytes(key, "little") & (1 << 255) - 1) % PRIME in SMALL:
        return False
    if int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def number(value):
    """Eight bytes, little-endian, as they are signed; dates before 1970 as two's complement."""
    return (value & (1 << 64) - 1).to_bytes(8, "little")


def signer_statement(recording, signer, time_us):
    """What the machine's key signs."""
    return b"".join(
        [
            b"kinescope-signer-v1",
            bytes.fromhex(recording),
            number(signer["epoch"]),
            bytes.fromhex(signer["epoch_key"]),
            number(signer["offset"]),
            bytes.fromhex(signer["chain"]),
            number(time_us),
        ]
    )


def checkpoint_statement(recording, payload, time_us):
    """What the key of the epoch signs: the payload but for the signature, which stands last."""
    return b"kinescope-checkpoint-v2" + bytes.fromhex(recording) + number(time_us) + payload[:-64]


class Signatures:
    """Follows the keys of a recording through its blocks."""

    def __init__(self, machine_key=None):
        self.machine_key = machine_key
        self.signers = self.epochs = self.checked = self.not_checked = 0
        self._recording = None
        self._epoch = self._key = None
        self._waiting = []  # signer blocks before the first readable header
        self._unsure = False  # the key may have changed unseen

    def header(self, recording):
        """The recording's identity, from its first readable header; yields faults of signers that waited for it."""
        if self._recording is None:
            self._recording = recording
            for waiting in self._waiting:
                yield from self.signer(*waiting)

    def damaged(self):
        """Bytes that cannot be read."""
        self._unsure = True

    def signer(self, signer, time_us, place, chain):
        """A signer block at its original place; `chain` before it, or None. Yields what is wrong with it."""
        if self._recording is None:
            self._waiting.append((signer, time_us, place, chain))
            return
        if self.machine_key is None:
            self.machine_key = signer["machine_key"]
        if signer["machine_key"] != self.machine_key:
            fault = "the signer block names another machine's key"
        elif not holds(signer["machine_key"], signer["signature"], signer_statement(self._recording, signer, time_us)):
            fault = "the machine's signature is wrong"
        elif signer["offset"] != place or chain is not None and signer["chain"] != chain:
            fault = "the signer block was written for another place"
        else:
            self.signers += 1
            self.epochs += 1
            self._epoch, self._key, self._unsure = signer["epoch"], signer["epoch_key"], False
            return
        self._unsure = True
        yield fault

    def checkpoint(self, checkpoint, payload, time_us):
        """Yields what is wrong with a checkpoint's signature."""
        signed = checkpoint.get("signed")
        if self._key is None:
            self.not_checked += signed is not None
            return
        if signed is not None and signed["epoch"] != self._epoch and self._unsure:
            self.not_checked += 1
            return
        if signed is None:
            yield "a checkpoint of a signed recording is not signed"
        elif signed["epoch"] != self._epoch:
            yield f"the checkpoint bears epoch {signed['epoch']} where {self._epoch} signs"
        elif not holds(self._key, signed["signature"], checkpoint_statement(self._recording, payload, time_us)):
            yield "the checkpoint's signature is wrong"
        else:
            self.checked += 1
            self._unsure = False
            if "next_key" in signed:
                self._epoch, self._key = self._epoch + 1, signed["next_key"]
                self.epochs += 1
            return
        self._unsure = True
