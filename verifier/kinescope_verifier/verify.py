"""Whether a recording is what was written, and if not, where it breaks. docs/format.md, *The chain*."""

import hashlib
from dataclasses import dataclass, field

from . import blocks as b
from . import index as indexes
from .reader import Refused, check_block, check_header, load
from .signatures import Signatures

ORIGIN = hashlib.sha256(b"kinescope-recording").hexdigest()


@dataclass(frozen=True)
class Finding:
    """One fault: its kind, where it starts, its bytes, the latest time before it, and words."""

    kind: str
    offset: int
    bytes: int
    time_us: int
    what: str


@dataclass
class Report:
    """What a verification found."""

    recording: str | None = None
    findings: list = field(default_factory=list)
    bytes: int = 0
    blocks: int = 0
    groups: int = 0
    checkpoints: int = 0
    gaps: int = 0
    repaired_holes: int = 0
    incarnations: int = 0
    duration_us: int = 0
    unwitnessed_bytes: int = 0
    ended: dict | None = None
    chain: str = ORIGIN

    @property
    def intact(self):
        """Nothing was found; declared gaps are no faults."""
        return not self.findings


def extend(chain, block):
    """The chain's value after one more block."""
    return hashlib.sha256(bytes.fromhex(chain) + block.bytes).hexdigest()


class Verifier:
    """Takes what `scan` yields, in order."""

    def __init__(self, machine_key=None):
        self.report = Report()
        self.builder = indexes.Builder()
        self.signatures = Signatures(machine_key)
        # The chain at the original end of every block, None where it is not known.
        self.places = {0: ORIGIN}
        self.end = 0  # the original end of the last whole block
        self.unknown = False  # whether there is a stretch whose places are not known
        self.follows = None
        self._adopt = False  # the chain of this stretch cannot be known
        self._holes = 0  # `damaged` gaps in this stretch, which may be holes of a repair
        self._shift = 0  # original place less present place, as of the last checkpoint
        self._span, self._span_start_us = 0, 0  # where the blocks start that the next checkpoint speaks for
        self._damaged = False
        self._found = []

    def take(self, found):
        """One block, damaged stretch or torn tail."""
        report = self.report
        self._found.append(found)
        if isinstance(found, b.TornTail):
            report.bytes += found.length
            self._find("torn-tail", found.offset, found.length, "the last write was cut off")
        elif isinstance(found, b.Damage):
            report.bytes += found.length
            self._damage(found)
        else:
            report.bytes += len(found.bytes)
            report.blocks += 1
            try:
                check_block(found)
                self._block(found)
            except (Refused, KeyError, TypeError, ValueError, AttributeError) as error:
                self._find("malformed", found.offset, len(found.bytes), str(error))
            report.chain = extend(report.chain, found)
            report.duration_us = max(report.duration_us, found.time_us)
            self._place(found)

    def _damage(self, found):
        self._adopt = self.unknown = True
        self.signatures.damaged()
        if found.kind in (b.INDEX, b.FOOTER):
            self._find("index-wrong", found.offset, found.length, "damaged bytes of the index")
        else:
            self._damaged = True
            self._find("damage", found.offset, found.length, "bytes that cannot be read")

    def _place(self, block):
        """Notes the chain behind a block, for receipts."""
        self.end = block.end + self._shift
        moved_index = block.kind in (b.INDEX, b.FOOTER) and self.report.repaired_holes
        known = not self._adopt and not self._holes and not moved_index
        self.places[self.end] = self.report.chain if known else None

    def _block(self, block):
        report = self.report
        self.builder.block(block)
        if block.kind not in (b.INDEX, b.FOOTER, b.CHECKPOINT):
            report.unwitnessed_bytes += len(block.bytes)
        if block.kind == b.HEADER:
            header = check_header(load(block))
            if report.recording is None:
                report.recording, self.follows = header["recording"], header.get("follows")
                self._faults("signature-wrong", block, self.signatures.header(report.recording))
        elif block.kind == b.SIGNER:
            chain = None if self._adopt or self._holes else report.chain
            faults = self.signatures.signer(load(block), block.time_us, block.offset + self._shift, chain)
            self._faults("signature-wrong", block, faults)
        elif block.kind == b.GROUP:
            report.groups += 1
            report.ended = None
        elif block.kind == b.CHECKPOINT:
            self._checkpoint(block, load(block))
        elif block.kind == b.GAP:
            gap = load(block)
            report.gaps += 1
            report.duration_us = max(report.duration_us, gap["to_us"])
            self._holes += gap["reason"] == "damaged"
        elif block.kind == b.INCARNATION:
            self._incarnation(block, load(block))
        elif block.kind == b.END:
            report.ended = load(block)

    def _incarnation(self, block, incarnation):
        self.report.incarnations += 1
        self.report.ended = None
        follows = incarnation.get("follows")
        if follows and not self._adopt and not self._holes and follows["chain"] != self.report.chain:
            self._find("chain-broken", block.offset, len(block.bytes), "the writer follows other bytes")

    def _checkpoint(self, block, checkpoint):
        report = self.report
        report.checkpoints += 1
        report.unwitnessed_bytes = 0
        same = checkpoint["chain"] == report.chain
        if self._holes and not same:
            self._close_holes()
        elif not self._adopt and not same:
            what = f"the blocks before the checkpoint at {block.offset} are not those that it speaks of"
            report.findings.append(Finding("chain-broken", self._span, block.offset - self._span, self._span_start_us, what))
            self.signatures.damaged()
        self._faults("signature-wrong", block, self.signatures.checkpoint(checkpoint, block.payload, block.time_us))
        # Where the chain is not known, the checkpoint says the one of its own place.
        if self._adopt or self._holes and not same:
            self.places[checkpoint["offset"]] = checkpoint["chain"]
        # Each stretch is judged by itself: from here on, by the next checkpoint.
        report.chain = checkpoint["chain"]
        self._shift = checkpoint["offset"] - block.offset
        self._adopt, self._holes = False, 0
        self._span, self._span_start_us = block.end, block.time_us

    def _close_holes(self):
        self.report.repaired_holes += self._holes
        self.unknown = True
        self.signatures.damaged()

    def _faults(self, kind, block, faults):
        for what in faults:
            self._find(kind, block.offset, len(block.bytes), what)

    def _find(self, kind, offset, length, what):
        self.report.findings.append(Finding(kind, offset, length, self.report.duration_us, what))

    def finish(self):
        """The report, after everything was taken."""
        if self._holes:
            self._close_holes()
        if self.report.recording is None:
            self.report.findings.insert(0, Finding("header-missing", 0, 0, 0, "no header can be read"))
        try:
            found = indexes.stored(self._found)
            if found is not None and not self._damaged and found != self.builder.index():
                raise Refused("the index does not describe what is there")
        except Refused as error:
            of_index = [found for found in self._found if isinstance(found, b.Block) and found.kind == b.INDEX]
            size = sum(len(found.bytes) for found in of_index if found.offset >= self.builder.index()["content_bytes"])
            self._find("index-wrong", self.builder.index()["content_bytes"], size, str(error))
        return self.report


def verify(data, machine_key=None):
    """The verifier of a whole recording, done."""
    verifier = Verifier(machine_key)
    for found in b.scan(data):
        verifier.take(found)
    verifier.finish()
    return verifier


def check_link(earlier, later):
    """Whether one recording goes on with another's session: "holds", "not confirmed", or what is wrong."""
    successor = (earlier.report.ended or {}).get("successor")
    follows = later.follows or {}
    if successor != later.report.recording or follows.get("recording") != earlier.report.recording:
        return "the recordings do not name each other"
    if follows["chain"] == earlier.report.chain:
        return "holds"
    return "not confirmed" if earlier.report.incarnations else "the later recording followed other bytes"
