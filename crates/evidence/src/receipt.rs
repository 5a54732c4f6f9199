//! Receipts: a server's word that it held a recording up to a place at a moment, and the file that keeps them.
//!
//! An evidence file (`.kev`) stands beside its recording and only grows: one JSON object a line, each naming the hash of
//! the line before, so that lines cannot be taken out of the middle.

use recording::{ChainValue, Head, PublicKey, RecordingId, Signature};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::keys::{ReceiptKey, holds};
use crate::statement;

/// An evidence file larger than this is none: two receipts a second for a year stay below.
pub const MAX_EVIDENCE_BYTES: u64 = 32 << 30;
/// A line longer than this is none of this version; a later version's may be as long.
pub(crate) const MAX_LINE_BYTES: usize = 65_536;
/// What the first line names as the one before.
pub(crate) const NO_LINE: ChainValue = ChainValue([0; 32]);

/// Why a receipt was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The number that is signed.
    fn number(self) -> u8 {
        match self {
            ReceiptEvent::Opened => 0,
            ReceiptEvent::Grown => 1,
            ReceiptEvent::Closed => 2,
        }
    }
}

/// One receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The recording.
    pub recording: RecordingId,
    /// Why it was given.
    pub event: ReceiptEvent,
    /// Bytes that the server held durably.
    pub offset: u64,
    /// The chain over them.
    pub chain: ChainValue,
    /// When, by the server's clock, in microseconds since 1970 UTC.
    pub unix_us: i64,
    /// The server's key.
    pub server_key: PublicKey,
    /// SHA-256 of the line before, without its line end; zeros on the first line.
    pub previous: ChainValue,
    /// The server's signature over all of this.
    pub signature: Signature,
}

impl Receipt {
    /// Whether the key that the receipt names has signed it.
    pub fn signature_holds(&self) -> bool {
        holds(&self.server_key, &self.statement(), &self.signature)
    }

    /// The place that it speaks of.
    pub fn head(&self) -> Head {
        Head { offset: self.offset, chain: self.chain }
    }

    fn statement(&self) -> Vec<u8> {
        statement::receipt(self.recording, self.event.number(), self.head(), self.unix_us, &self.previous)
    }
}

/// A line of an evidence file. Lines of other kinds are a later version's; they count in the chain of lines.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Line {
    /// A receipt.
    Receipt(Receipt),
}

/// The end of an evidence file that grows: makes the next line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceLog {
    previous: ChainValue,
    /// The newest receipt's place and event, if there is one.
    newest: Option<(Head, ReceiptEvent)>,
}

impl EvidenceLog {
    /// Before the first line.
    pub fn new() -> EvidenceLog {
        EvidenceLog { previous: NO_LINE, newest: None }
    }

    /// Goes on behind these whole lines; a part of a line at the end must have been cut off.
    pub fn after(lines: &str) -> EvidenceLog {
        let mut log = EvidenceLog::new();
        for line in lines.lines() {
            log.previous = line_hash(line);
            if let Ok(Line::Receipt(receipt)) = serde_json::from_str(line) {
                log.newest = Some((receipt.head(), receipt.event));
            }
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

    /// The next receipt as a line, its line end included. The log counts it as written.
    pub fn receipt(
        &mut self,
        key: &ReceiptKey,
        recording: RecordingId,
        head: Head,
        closed: bool,
        unix_us: i64,
    ) -> Result<String, serde_json::Error> {
        let event = match (closed, self.newest) {
            (true, _) => ReceiptEvent::Closed,
            (false, None) => ReceiptEvent::Opened,
            (false, Some(_)) => ReceiptEvent::Grown,
        };
        let Head { offset, chain } = head;
        let previous = self.previous;
        let mut receipt = Receipt {
            recording,
            event,
            offset,
            chain,
            unix_us,
            server_key: key.public(),
            previous,
            signature: Signature([0; 64]),
        };
        receipt.signature = key.sign(&receipt.statement());
        let mut line = serde_json::to_string(&Line::Receipt(receipt))?;
        self.previous = line_hash(&line);
        self.newest = Some((head, event));
        line.push('\n');
        Ok(line)
    }
}

impl Default for EvidenceLog {
    fn default() -> EvidenceLog {
        EvidenceLog::new()
    }
}

/// What the next line names this one by.
pub(crate) fn line_hash(line: &str) -> ChainValue {
    ChainValue(Sha256::digest(line.as_bytes()).into())
}
