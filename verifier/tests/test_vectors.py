"""The kept recordings are read as written down beside them: the same answers as the first implementation gives."""

import json
import unittest
from dataclasses import asdict
from pathlib import Path

from kinescope_verifier import blocks, index, reader, sealing, verify
from kinescope_verifier.crc32c import crc32c

VECTORS = sorted(Path(__file__).parents[2].glob("vectors/v*/*.kin"))
COUNTED = (
    "intact recording bytes blocks groups checkpoints gaps repaired_holes incarnations duration_us unwitnessed_bytes ended chain"
).split()


def described(entry):
    """An entry as the expectations have it, but for words that the document leaves to the writer."""
    content = entry.content
    if entry.kind == "data":
        content = {"track": entry.track, "bytes": len(content), "crc32c": f"{crc32c(content):08x}"}
        if entry.sealed:
            content["sealed"] = True
    elif entry.kind == "copy":
        crc = f"{crc32c(content.payload):08x}"
        sealed = {"sealed": True} if content.sealed else {}
        content = {"group": content.group, "time_us": content.time_us, "bytes": len(content.payload), "crc32c": crc, **sealed}
    elif entry.kind == "damaged":
        content = None
    return {"offset": entry.offset, "len": entry.length, "time_us": entry.time_us, "kind": entry.kind, "content": content}


class Vectors(unittest.TestCase):
    maxDiff = 4000

    def each(self, check):
        """Runs a check on every vector: its path, its bytes, what is expected."""
        self.assertGreaterEqual(len(VECTORS), 9)
        for path in VECTORS:
            with self.subTest(path.stem):
                expected = json.loads(path.with_suffix(".expected.json").read_text("utf-8"))
                check(path, path.read_bytes(), expected)

    def test_entries_are_those_written_down(self):
        def check(_, data, expected):
            entries, tail = reader.read(data)
            for entry in expected["entries"]:
                if entry["kind"] == "damaged":
                    entry["content"] = None
            for found, wanted in zip(map(described, entries), expected["entries"], strict=True):
                self.assertEqual(found, wanted)
            torn = expected["torn_tail"]
            self.assertEqual(tail, torn and blocks.TornTail(torn["offset"], torn["len"]))

        self.each(check)

    def test_a_scan_builds_the_index_written_down(self):
        def check(_, data, expected):
            builder = index.Builder()
            for found in blocks.scan(data):
                if isinstance(found, blocks.Block):
                    builder.block(found)
            self.assertEqual(builder.index(), expected["index"])

        self.each(check)

    def test_the_report_is_the_one_written_down(self):
        def check(_, data, expected):
            report, wanted = verify.verify(data).report, expected["report"]
            for name in COUNTED:
                self.assertEqual(getattr(report, name), wanted[name], name)
            parts = ("kind", "offset", "bytes", "time_us")
            findings = [tuple(asdict(finding)[part] for part in parts) for finding in report.findings]
            self.assertEqual(findings, [tuple(finding[part] for part in parts) for finding in wanted["findings"]])

        self.each(check)

    def test_sealed_recordings_open_with_their_key(self):
        seen = []

        def check(path, data, _):
            if path.with_suffix(".key").exists():
                private = sealing.read_key_file(path.with_suffix(".key").read_text("utf-8"))
                wanted = json.loads(path.with_suffix(".opened.json").read_text("utf-8"))["opened"]
                self.assertEqual(opened(data, private), wanted)
                seen.append(path)

        self.each(check)
        self.assertTrue(seen)


def opened(data, private):
    """Every payload of a recording, opened."""
    out, opener = [], None
    for entry in reader.read(data)[0]:
        if entry.kind == "header":
            opener = opener or sealing.Opener(private, entry.content["recording"])
        elif entry.kind == "group":
            opener.group(entry.content)
        elif entry.kind == "data":
            plain = opener.open(entry)
            out.append({"track": entry.track, "time_us": entry.time_us, "bytes": len(plain), "crc32c": f"{crc32c(plain):08x}"})
    return out


if __name__ == "__main__":
    unittest.main()
