"""Signatures, receipts and links are judged as the first implementation judges them."""

import json
import unittest
from pathlib import Path

from kinescope_verifier import evidence, verify

FOLDER = Path(__file__).parents[2] / "vectors" / "evidence"
VECTORS = sorted(FOLDER.glob("*.judgement.json"))


def load(path):
    """The verifier of a vector, its receipts compared, the faults of the evidence, and what is expected."""
    expected = json.loads(path.read_text("utf-8"))
    name = path.name.removesuffix(".judgement.json")
    done = verify.verify((FOLDER / f"{name}.kin").read_bytes(), expected["machine_key"])
    kev = (FOLDER / f"{name}.kev").read_bytes()
    receipts, faults = evidence.read(kev, done.report.recording, expected["server_key"])
    witnessed, wrong = evidence.compare(receipts, done.places, done.end, done.unknown)
    return done, witnessed, faults + wrong, expected["judgement"]


class Evidence(unittest.TestCase):
    def each(self, check):
        """Runs a check on every vector."""
        self.assertGreaterEqual(len(VECTORS), 9)
        for path in VECTORS:
            with self.subTest(path.name):
                check(*load(path))

    def test_the_verdict_is_the_same(self):
        def check(done, _, faults, judgement):
            found = not done.report.intact or bool(faults)
            self.assertEqual(found, judgement["verdict"] == "broken")

        self.each(check)

    def test_the_same_signatures_are_right(self):
        def check(done, _, __, judgement):
            wanted, found = judgement["signatures"], done.signatures
            self.assertEqual(found.machine_key, wanted["machine_key"])
            self.assertEqual((found.checked, found.signers, found.not_checked), (wanted["right"], wanted["signers"], wanted["not_checked"]))

        self.each(check)

    def test_the_same_receipts_are_confirmed(self):
        def check(_, witnessed, __, judgement):
            wanted = judgement["receipts"]
            self.assertEqual((witnessed.confirmed, witnessed.not_compared), (wanted["confirmed"], wanted["not_compared"]))
            self.assertEqual(witnessed.newest.offset, wanted["witnessed_bytes"])

        self.each(check)

    def test_a_link_holds_in_one_direction(self):
        earlier, later = (load(FOLDER / f"{name}.judgement.json")[0] for name in ("earlier", "later"))
        self.assertEqual(verify.check_link(earlier, later), "holds")
        self.assertNotEqual(verify.check_link(later, earlier), "holds")

    def test_another_server_is_told_apart(self):
        done = load(FOLDER / "finished.judgement.json")[0]
        kev = (FOLDER / "finished.kev").read_bytes()
        receipts, faults = evidence.read(kev, done.report.recording, server_key="22" * 32)
        self.assertFalse(receipts)
        self.assertTrue(faults)


if __name__ == "__main__":
    unittest.main()
