"""What was altered is found."""

import unittest
from pathlib import Path

from kinescope_verifier import signatures, verify

SOUND = sorted(Path(__file__).parents[2].glob("vectors/v*/every-kind.kin"))[-1].read_bytes()


class Tampering(unittest.TestCase):
    def test_a_flip_anywhere_is_found(self):
        for at in range(0, len(SOUND), 211):
            flipped = bytearray(SOUND)
            flipped[at] ^= 1 << at % 8
            with self.subTest(at=at):
                self.assertFalse(verify.verify(flipped).report.intact)

    def test_keys_of_small_order_sign_nothing(self):
        # With the identity as key, R the identity and S zero, this signature is right for every message.
        identity = (1).to_bytes(32, "little").hex()
        self.assertFalse(signatures.holds(identity, identity + "00" * 32, b"anything"))


if __name__ == "__main__":
    unittest.main()
