"""Time stamps: what a token of OpenSSL's time stamp authority is for is read from it."""

import hashlib
import subprocess
import tempfile
import unittest
from pathlib import Path

from kinescope_verifier import blocks, evidence, verify

FOLDER = Path(__file__).parents[2] / "vectors" / "evidence"
SETTINGS = "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ndefault_policy=1.2.3.4.1\ndigests=sha256\n"


def token(digest):
    """A token for this digest, by an authority made for it."""
    with tempfile.TemporaryDirectory() as folder:

        def openssl(words):
            subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)

        (Path(folder) / "ext.cnf").write_text("extendedKeyUsage=critical,timeStamping\n")
        (Path(folder) / "serial").write_text("01\n")
        (Path(folder) / "tsa.cnf").write_text(SETTINGS)
        openssl("req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=stamps")
        openssl("x509 -req -in tsa.csr -signkey tsa.key -out tsa.pem -days 30 -extfile ext.cnf")
        openssl(f"ts -query -digest {digest.hex()} -sha256 -cert -out query")
        openssl("ts -reply -config tsa.cnf -queryfile query -signer tsa.pem -inkey tsa.key -sha256 -token_out -out token")
        return (Path(folder) / "token").read_bytes()


def entry(previous, payload):
    """A time stamp's block behind another."""
    body = hashlib.sha256(previous).digest()[:16] + payload
    length = bytes([len(body) & 0x7F | 0x80, len(body) >> 7]) if len(body) < 1 << 14 else None
    head = blocks.SYNC + bytes([evidence.TIME_STAMP, 0, 0, 0]) + length
    head += blocks.crc32c(head).to_bytes(4, "little")
    return head + body + blocks.crc32c(head + body).to_bytes(4, "little")


class TimeStamps(unittest.TestCase):
    def setUp(self):
        self.kev = (FOLDER / "finished.kev").read_bytes()
        self.last = list(blocks.scan(self.kev))[-1].bytes
        self.recording = verify.verify((FOLDER / "finished.kin").read_bytes()).report.recording

    def read(self, payload):
        """What is found with this token behind the last receipt."""
        return evidence.scan(self.kev + entry(self.last, payload), self.recording)

    def test_a_token_for_a_receipt_counts(self):
        found = self.read(token(hashlib.sha256(self.last).digest()))
        self.assertEqual((found.faults, found.stamps), ([], 1))

    def test_a_token_for_something_else_is_a_fault(self):
        for payload in (token(bytes(32)), b"", bytes(40), token(hashlib.sha256(self.last).digest())[:300]):
            found = self.read(payload)
            self.assertEqual((len(found.faults), found.stamps), (1, 0))


if __name__ == "__main__":
    unittest.main()
