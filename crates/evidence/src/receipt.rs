//! Receipts: a server's word that it held a recording up to a place at a moment, and the file that keeps them.
//!
//! An evidence file (`.kev`) stands beside its recording and only grows: entries that each name the one before, so that
//! none can be taken out of the middle.

use recording::{BlockScanner, EncodeError, Head, PublicKey, RecordingId, Scanned, Signature};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::entry::{EntryId, EvidenceEntry, Said};
use crate::keys::{ReceiptKey, holds};
use crate::statement;

/// An evidence file larger than this is none: two receipts a second for a year stay below.
pub const MAX_EVIDENCE_BYTES: u64 = 16 << 30;

/// Why a receipt was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptEvent {
    /// The first one of a recording.
    Opened,
    /// More of it became durable.
    Grown,
    /// It was complete. More may follow: data that comes late opens it again.
    Closed,
}

impl ReceiptEvent {
    /// The number that is stored and signed.
    pub(crate) fn number(self) -> u8 {
        match self {
            ReceiptEvent::Opened => 0,
            ReceiptEvent::Grown => 1,
            ReceiptEvent::Closed => 2,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<ReceiptEvent> {
        [ReceiptEvent::Opened, ReceiptEvent::Grown, ReceiptEvent::Closed].into_iter().find(|e| e.number() == number)
    }
}

/// One receipt, by the server and for the recording that the entry before it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Why it was given.
    pub(crate) event: ReceiptEvent,
    /// Bytes that the server held durably, and the chain over them.
    pub(crate) head: Head,
    /// When, by the server's clock, in microseconds since 1970 UTC.
    pub(crate) unix_us: i64,
    /// The server's signature.
    pub(crate) signature: Signature,
}

impl Receipt {
    /// Whether this key has signed it for this recording, behind the entry `previous`.
    pub(crate) fn is_signed(&self, recording: RecordingId, key: &PublicKey, previous: &EntryId) -> bool {
        holds(key, &self.statement(recording, previous), &self.signature)
    }

    fn statement(&self, recording: RecordingId, previous: &EntryId) -> Vec<u8> {
        statement::receipt(recording, self.event.number(), self.head, self.unix_us, previous)
    }
}

/// A receipt that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What to append to the evidence file: the receipt's entry, and one before it that names the server where needed.
    pub bytes: Vec<u8>,
    /// SHA-256 of the receipt's entry: what a time stamp authority is asked to stamp.
    pub digest: [u8; 32],
}

/// The end of an evidence file, as its writer must know it to go on.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvidenceLog {
    previous: EntryId,
    newest: Option<(Head, ReceiptEvent)>,
    /// The newest receipt's digest.
    digest: Option<[u8; 32]>,
    /// Whom the newest entry of that kind names.
    witness: Option<(RecordingId, PublicKey)>,
    /// A time stamp follows the newest receipt.
    stamped: bool,
}

impl EvidenceLog {
    /// For a file that does not exist yet.
    pub fn new() -> EvidenceLog {
        EvidenceLog::default()
    }

    /// For a file that ends with these bytes; they may begin within an entry.
    pub fn after(end: &[u8]) -> EvidenceLog {
        let (mut log, mut scanner) = (EvidenceLog::new(), BlockScanner::new());
        scanner.push(end);
        while let Some(found) = scanner.next() {
            let Scanned::Block(block) = found else { continue };
            let said = EvidenceEntry::from_block(&block).ok().and_then(|entry| entry.said);
            log.count(&block.bytes, said.as_ref());
        }
        log
    }

    /// Whether a receipt for this place would say anything new.
    pub fn wants(&self, head: Head, closed: bool) -> bool {
        match self.newest {
            None => head.offset > 0,
            Some((newest, event)) => newest != head || (closed && event != ReceiptEvent::Closed),
        }
    }

    /// SHA-256 of the newest receipt's entry, if no time stamp follows it yet: what to have stamped.
    pub fn wants_time_stamp(&self) -> Option<[u8; 32]> {
        self.digest.filter(|_| !self.stamped)
    }

    /// The next receipt. The log counts it as written.
    ///
    /// # Errors
    /// None that can happen: an entry of these fields always fits a block.
    pub fn receipt(
        &mut self,
        key: &ReceiptKey,
        recording: RecordingId,
        head: Head,
        closed: bool,
        unix_us: i64,
    ) -> Result<Given, EncodeError> {
        let event = match (closed, self.newest) {
            (true, _) => ReceiptEvent::Closed,
            (false, None) => ReceiptEvent::Opened,
            (false, Some(_)) => ReceiptEvent::Grown,
        };
        let mut bytes = Vec::new();
        let witness = (recording, key.public());
        if self.witness != Some(witness) {
            bytes = self.append(Said::Witness { recording, server_key: key.public() })?;
        }
        let mut receipt = Receipt { event, head, unix_us, signature: Signature([0; 64]) };
        receipt.signature = key.sign(&receipt.statement(recording, &self.previous));
        let entry = self.append(Said::Receipt(receipt))?;
        bytes.extend_from_slice(&entry);
        Ok(Given { bytes, digest: Sha256::digest(&entry).into() })
    }

    /// The entry for a time stamp authority's answer, as DER. The log counts it as written.
    ///
    /// # Errors
    /// [`EncodeError::TooLarge`] if the token does not fit a block.
    pub fn time_stamp(&mut self, token: &[u8]) -> Result<Vec<u8>, EncodeError> {
        self.append(Said::TimeStamp { token: token.to_vec() })
    }

    fn append(&mut self, said: Said) -> Result<Vec<u8>, EncodeError> {
        let bytes = said.to_block(&self.previous)?;
        self.count(&bytes, Some(&said));
        Ok(bytes)
    }

    fn count(&mut self, block: &[u8], said: Option<&Said>) {
        self.previous = EntryId::of(block);
        match said {
            Some(Said::Witness { recording, server_key }) => self.witness = Some((*recording, *server_key)),
            Some(Said::Receipt(receipt)) => {
                self.newest = Some((receipt.head, receipt.event));
                self.digest = Some(Sha256::digest(block).into());
                self.stamped = false;
            }
            Some(Said::TimeStamp { .. }) => self.stamped = true,
            None => {}
        }
    }
}
