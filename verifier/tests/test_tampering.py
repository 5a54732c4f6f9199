"""What was altered is found, also where whoever altered it made all checksums and the chain right again."""

import unittest
from pathlib import Path

from kinescope_verifier import blocks, signatures, verify
from kinescope_verifier.crc32c import crc32c

SIGNED = sorted(Path(__file__).parents[2].glob("vectors/v*/every-kind.kin"))[-1].read_bytes()


def sealed(block, payload):
    """A block with another payload of the same length, its checksums right."""
    start = len(block.bytes) - 4 - len(block.payload)
    whole = block.bytes[:start] + payload
    return whole + crc32c(whole).to_bytes(4, "little")


def rewritten(data, change):
    """The recording with the payloads of some blocks changed, and every later statement of the chain made to fit."""
    was = chain = verify.ORIGIN
    out = []
    for block in blocks.scan(data):
        payload = change(block).replace(was.encode(), chain.encode()).replace(bytes.fromhex(was), bytes.fromhex(chain))
        whole = sealed(block, payload)
        was = verify.extend(was, block)
        chain = verify.extend(chain, blocks.Block(0, 0, 0, 0, 0, b"", whole))
        out.append(whole)
    return b"".join(out)


class Tampering(unittest.TestCase):
    def test_a_flip_anywhere_is_found(self):
        for at in range(0, len(SIGNED), 211):
            flipped = bytearray(SIGNED)
            flipped[at] ^= 1 << at % 8
            with self.subTest(at=at):
                self.assertFalse(verify.verify(flipped).report.intact)

    def test_a_rewritten_chain_needs_the_keys(self):
        first = next(block for block in blocks.scan(SIGNED) if block.kind == blocks.DATA)

        def change(block):
            return bytes(len(block.payload)) if block.offset == first.offset else block.payload

        findings = verify.verify(rewritten(SIGNED, change)).report.findings
        self.assertTrue(findings)
        self.assertEqual({finding.kind for finding in findings} - {"index-wrong"}, {"signature-wrong"})
        # Nothing was changed before the first data, so the first complaint stands behind it.
        self.assertGreater(findings[0].offset, first.offset)

    def test_another_machine_is_told_apart(self):
        done = verify.verify(SIGNED, machine_key="11" * 32)
        self.assertIn("signature-wrong", {finding.kind for finding in done.report.findings})

    def test_keys_of_small_order_sign_nothing(self):
        # With the identity as key, R the identity and S zero, this signature is right for every message.
        identity = (1).to_bytes(32, "little").hex()
        self.assertFalse(signatures.holds(identity, identity + "00" * 32, b"anything"))


if __name__ == "__main__":
    unittest.main()
