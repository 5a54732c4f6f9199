//! Judges a recording: container, signatures and receipts in one pass over its bytes.

use recording::{
    BlockKind, ChainValue, Checkpoint, CheckpointSignature, DecodeError, Entry, GapReason, Head, Header, MAX_FINDINGS,
    Observer, PublicKey, RawBlock, RecordingId, Report, Signer, Verifier,
};

use crate::judgement::{Fault, FaultKind, Judgement, SignaturesFound, Span, Verdict};
use crate::keys::holds;
use crate::receipt_check::ReceiptCheck;
use crate::statement;
use crate::time_stamp::TimeStampAuthority;

/// Keys that the caller trusts. One that is named must be found; one that is not named is reported and not judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The machine's.
    pub machine_key: Option<PublicKey>,
    /// The server's.
    pub server_key: Option<PublicKey>,
}

/// Push-fed judge. First the evidence file's bytes, if there is one, then the recording's bytes.
#[derive(Debug)]
pub struct Judge {
    verifier: Verifier,
    look: Look,
}

impl Judge {
    /// For a recording from its first byte.
    pub fn new(expected: Expected) -> Judge {
        Judge { verifier: Verifier::new(), look: Look::new(expected) }
    }

    /// Has the signatures of time stamps checked; without it they are taken as they are, and the judgement says so.
    #[must_use]
    pub fn with_authorities(mut self, authorities: Box<dyn TimeStampAuthority>) -> Judge {
        self.look.receipts.authorities = Some(authorities);
        self
    }

    /// Takes the evidence file's next bytes, in pieces of any size; an empty piece says that there is such a file. All of
    /// them come before the recording's first byte.
    pub fn push_evidence(&mut self, bytes: &[u8]) {
        self.look.receipts.found.given = true;
        self.look.receipts.push(bytes, &mut self.look.faults);
    }

    /// Takes the recording's next bytes, in pieces of any size.
    ///
    /// # Errors
    /// [`DecodeError`] if this is no recording, or one of a later version. The error is final.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.verifier.push_observed(bytes, &mut self.look)
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// [`DecodeError`] if not one whole block was there.
    pub fn finish(self) -> Result<Judgement, DecodeError> {
        let Judge { verifier, mut look } = self;
        let container = verifier.finish()?;
        look.finish(&container);
        let recording = look.recording();
        let signatures = look.signatures;
        let partly = signatures.not_checked + signatures.unsigned + container.repaired_holes > 0;
        let verdict = match () {
            () if !container.intact || look.faults.any_but_holes() => Verdict::Broken,
            () if signatures.right == 0 => Verdict::NotSigned,
            () if partly => Verdict::HoldsInPart,
            () => Verdict::Holds,
        };
        let header = look.header.map(|header| *header);
        Ok(Judgement {
            verdict,
            recording,
            follows: header.as_ref().and_then(|header| header.follows),
            successor: container.ended.as_ref().and_then(|end| end.successor),
            header,
            container,
            faults: look.faults.list,
            faults_left_out: look.faults.left_out,
            signatures,
            receipts: look.receipts.found,
            time_stamps: look.receipts.stamps,
        })
    }
}

/// Faults, bounded.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    left_out: u64,
}

impl Faults {
    /// A repaired recording says itself that something is missing; that alone breaks nothing.
    fn any_but_holes(&self) -> bool {
        self.left_out > 0 || self.list.iter().any(|fault| fault.kind != FaultKind::Hole)
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        if self.list.len() < MAX_FINDINGS {
            self.list.push(fault);
        } else {
            self.left_out += 1;
        }
    }
}

/// Looks on while the container is verified.
#[derive(Debug)]
struct Look {
    expected: Expected,
    header: Option<Box<Header>>,
    signatures: SignaturesFound,
    receipts: ReceiptCheck,
    faults: Faults,
    /// The epoch and key that sign at present.
    current: Option<(u64, PublicKey)>,
    /// The key may have changed where nothing could be read, or at a fault that was told: until the next signer block
    /// a signature by another key says nothing.
    keys_lost: bool,
    /// What to add to an offset to get the one at which the block was first written; a repair moves blocks.
    moved: i64,
    /// Where the newest block ends.
    end: u64,
    time_us: u64,
    /// A fault that is told once for checkpoints one after the other.
    telling_unsigned: bool,
    /// The first signer block, until a header says which recording it signs.
    waiting: Option<(Signer, u64)>,
    /// Where the stretch begins for which the next checkpoint speaks.
    stretch: u64,
    /// A `damaged` gap stands in that stretch.
    gap_in_stretch: bool,
    /// Holes of repairs so far.
    holes: u64,
    /// The chain over the bytes before `end` is known.
    chain_known: bool,
}

impl Look {
    fn new(expected: Expected) -> Look {
        Look {
            expected,
            header: None,
            signatures: SignaturesFound::default(),
            receipts: ReceiptCheck::new(expected.server_key),
            faults: Faults::default(),
            current: None,
            keys_lost: false,
            moved: 0,
            end: 0,
            time_us: 0,
            telling_unsigned: false,
            waiting: None,
            stretch: 0,
            gap_in_stretch: false,
            holes: 0,
            chain_known: true,
        }
    }

    fn recording(&self) -> Option<RecordingId> {
        self.header.as_ref().map(|header| header.recording)
    }

    fn find(&mut self, block: &RawBlock, kind: FaultKind, what: String) {
        let (offset, bytes, time_us) = (block.offset, block.bytes.len() as u64, self.time_us);
        self.faults.add(Fault { kind, offset, bytes, time_us, entry: None, what });
    }

    /// Where a block that stands at `offset` was first written.
    fn first_written(&self, offset: u64) -> u64 {
        offset.saturating_add_signed(self.moved)
    }

    fn header(&mut self, block: &RawBlock, header: &Header) {
        match self.recording() {
            None => {
                self.header = Some(Box::new(header.clone()));
                // The first header was damaged; its copy stands before the first change of keys.
                if let Some((signer, time_us)) = self.waiting.take()
                    && signed_by_machine(header.recording, &signer, time_us)
                {
                    self.accept(&signer);
                }
            }
            Some(recording) if recording != header.recording => {
                let what = format!("from here on another recording was put in: {}", header.recording);
                self.find(block, FaultKind::OtherRecording, what);
            }
            Some(_) => {}
        }
    }

    fn signer(&mut self, block: &RawBlock, signer: &Signer, chain: Option<ChainValue>) {
        self.signatures.signers += 1;
        let Some(recording) = self.recording() else {
            self.keys_lost = true;
            self.waiting = Some((signer.clone(), block.time_us));
            return;
        };
        let here = chain.is_none_or(|chain| chain == signer.chain && signer.offset == self.first_written(block.offset));
        if !here || !signed_by_machine(recording, signer, block.time_us) {
            self.keys_lost = true;
            let what = "the machine did not sign that another key takes over here".to_owned();
            return self.find(block, FaultKind::SignerForged, what);
        }
        let known = self.expected.machine_key.or(self.signatures.machine_key);
        if known.is_some_and(|known| known != signer.machine_key) {
            self.keys_lost = true;
            let what = format!("from here on another machine signs, with the key {}", signer.machine_key);
            return self.find(block, FaultKind::OtherMachine, what);
        }
        self.accept(signer);
    }

    fn accept(&mut self, signer: &Signer) {
        self.signatures.machine_key = Some(signer.machine_key);
        self.current = Some((signer.epoch, signer.epoch_key));
        self.keys_lost = false;
    }

    fn checkpoint(&mut self, block: &RawBlock, checkpoint: &Checkpoint, chain: Option<ChainValue>) {
        if chain != Some(checkpoint.chain) {
            // Bytes are missing or others were put in: told by the container, or as a hole. A change of keys may be among them.
            self.keys_lost |= self.signatures.signers > 0;
            self.moved = i64::try_from(i128::from(checkpoint.offset) - i128::from(block.offset)).unwrap_or(0);
            self.receipts.pass_over(checkpoint.offset);
            if self.gap_in_stretch {
                self.hole(block.offset);
            }
        }
        self.gap_in_stretch = false;
        self.stretch = block.end();
        self.chain_known = true;
        match &checkpoint.signed {
            Some(signed) => {
                self.telling_unsigned = false;
                self.signature(block, checkpoint, signed);
            }
            None => {
                self.signatures.unsigned += 1;
                let told = std::mem::replace(&mut self.telling_unsigned, true);
                if self.signatures.signers > 0 && !told {
                    let what = "a checkpoint bears no signature although the recording is signed before it".to_owned();
                    self.find(block, FaultKind::SignatureMissing, what);
                }
            }
        }
    }

    fn signature(&mut self, block: &RawBlock, checkpoint: &Checkpoint, signed: &CheckpointSignature) {
        let key = self.current.filter(|(epoch, _)| *epoch == signed.epoch).map(|(_, key)| key);
        let (Some(key), Some(recording)) = (key, self.recording()) else {
            if self.keys_lost {
                self.signatures.not_checked += 1;
            } else {
                let what = format!("a key of epoch {} signed, for which nothing vouches", signed.epoch);
                self.find(block, FaultKind::KeyUnknown, what);
                self.keys_lost = true;
            }
            return;
        };
        let witnessed = checkpoint.witnessed(block.time_us);
        let statement = statement::checkpoint(recording, signed.epoch, &witnessed, signed.next_key.as_ref());
        if !holds(&key, &statement, &signed.signature) {
            self.keys_lost = true;
            let what = "the signature of this checkpoint is not by the key that signed before".to_owned();
            return self.find(block, FaultKind::SignatureWrong, what);
        }
        self.keys_lost = false;
        self.signatures.right += 1;
        self.signatures.signed_bytes = block.offset;
        self.signatures.span = Some(Span::with(self.signatures.span, checkpoint.anchor.unix_us));
        if let Some(next) = signed.next_key {
            self.current = Some((signed.epoch.saturating_add(1), next));
        }
    }

    /// A repair's gap stands in the stretch that ends here.
    fn hole(&mut self, end: u64) {
        self.holes += 1;
        let offset = self.stretch;
        let what = format!(
            "a repair left out what stood between {offset} and {end}; only checksums speak for what is left there"
        );
        let (bytes, time_us) = (end.saturating_sub(offset), self.time_us);
        self.faults.add(Fault { kind: FaultKind::Hole, offset, bytes, time_us, entry: None, what });
    }

    fn finish(&mut self, container: &Report) {
        if self.gap_in_stretch {
            self.hole(self.end);
        }
        let end = self.first_written(self.end);
        let index_rebuilt = self.holes > 0 && container.ended.is_some();
        let chain = (self.chain_known && !index_rebuilt).then_some(container.chain);
        self.receipts.at(end, chain, self.time_us, &mut self.faults);
        let recording = self.recording();
        self.receipts.finish(recording, end, self.time_us, index_rebuilt, &mut self.faults);
        self.signatures.machine_trusted =
            self.expected.machine_key.map(|trusted| self.signatures.machine_key == Some(trusted));
        // The signer stands before whatever there is to sign; a recording that has just begun holds nothing yet.
        let to_sign = container.checkpoints + container.groups > 0;
        if self.expected.machine_key.is_some() && self.signatures.signers == 0 && to_sign {
            let what = "a machine's key was named, and this recording bears no signature".to_owned();
            self.faults.add(Fault { kind: FaultKind::NotSigned, offset: 0, bytes: 0, time_us: 0, entry: None, what });
        }
    }
}

impl Observer for Look {
    fn block(&mut self, block: &RawBlock, entry: Option<&Entry>, chain: Option<ChainValue>) {
        if let Some(Entry::Checkpoint(checkpoint)) = entry {
            self.checkpoint(block, checkpoint, chain);
        }
        let is_index = matches!(block.known_kind(), Some(BlockKind::Index | BlockKind::Footer));
        let place = self.first_written(block.offset);
        let known = match entry {
            Some(Entry::Checkpoint(checkpoint)) => chain.or(Some(checkpoint.chain)),
            // A repair builds another index than the one that was there.
            _ if self.holes > 0 && is_index => None,
            _ => chain,
        };
        self.receipts.at(place, known, self.time_us, &mut self.faults);
        match entry {
            Some(Entry::Header(header)) => self.header(block, header),
            Some(Entry::Signer(signer)) => self.signer(block, signer, chain),
            Some(Entry::Gap(gap)) if gap.reason == GapReason::Damaged => {
                self.gap_in_stretch = true;
                self.chain_known = false;
            }
            _ => {}
        }
        self.end = block.end();
        if !is_index {
            self.time_us = self.time_us.max(block.time_us);
        }
    }

    fn damaged(&mut self, offset: u64, bytes: u64) {
        self.keys_lost |= self.signatures.signers > 0;
        self.chain_known = false;
        self.end = offset.saturating_add(bytes);
    }
}

/// Whether the machine's key vouches for an epoch key.
fn signed_by_machine(recording: RecordingId, signer: &Signer, time_us: u64) -> bool {
    let at = Head { offset: signer.offset, chain: signer.chain };
    let statement = statement::signer(recording, signer.epoch, &signer.epoch_key, at, time_us);
    holds(&signer.machine_key, &statement, &signer.signature)
}
