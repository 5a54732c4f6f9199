//! The entries of an evidence file: blocks as in a recording, of kinds of their own, each naming the one before.

use std::fmt;

use recording::{
    ChainValue, EncodeError, Fields, Head, InvalidFields, PublicKey, RawBlock, RecordingId, Signature, encode_beside,
    put_number, put_signed,
};
use sha2::{Digest, Sha256};

use crate::receipt::{Receipt, ReceiptEvent};

/// Which server speaks of which recording from here on.
const WITNESS: u8 = 32;
/// That server's word for bytes.
const RECEIPT: u8 = 33;
/// A time stamp authority's word for a receipt.
const TIME_STAMP: u8 = 34;

/// What entries of this kind are called, if this version knows it.
pub fn entry_name(kind: u8) -> Option<&'static str> {
    match kind {
        WITNESS => Some("witness"),
        RECEIPT => Some("receipt"),
        TIME_STAMP => Some("time stamp"),
        _ => None,
    }
}

/// What an entry is named by: the first 16 bytes of the SHA-256 of its whole block. Zeros where there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct EntryId(pub(crate) [u8; 16]);

impl EntryId {
    pub(crate) fn of(block: &[u8]) -> EntryId {
        EntryId::from_digest(&Sha256::digest(block).into())
    }

    /// The name of the entry that has this digest.
    pub(crate) fn from_digest(digest: &[u8; 32]) -> EntryId {
        EntryId(std::array::from_fn(|at| digest[at]))
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What an entry says, besides the name of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Witness {
        recording: RecordingId,
        server_key: PublicKey,
    },
    Receipt(Receipt),
    TimeStamp {
        /// RFC 3161, DER.
        token: Vec<u8>,
    },
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EvidenceEntry {
    /// The entry before.
    pub(crate) previous: EntryId,
    /// `None` for a kind of a later version.
    pub(crate) said: Option<Said>,
}

impl Said {
    /// The whole block of an entry that says this behind the entry `previous`.
    pub(crate) fn to_block(&self, previous: &EntryId) -> Result<Vec<u8>, EncodeError> {
        let mut payload = previous.0.to_vec();
        let kind = match self {
            Said::Witness { recording, server_key } => {
                payload.extend_from_slice(recording.as_bytes());
                payload.extend_from_slice(&server_key.0);
                WITNESS
            }
            Said::Receipt(Receipt { event, head, unix_us, signature }) => {
                payload.push(event.number());
                put_number(head.offset, &mut payload);
                payload.extend_from_slice(&head.chain.0);
                put_signed(*unix_us, &mut payload);
                payload.extend_from_slice(&signature.0);
                RECEIPT
            }
            Said::TimeStamp { token } => {
                payload.extend_from_slice(token);
                TIME_STAMP
            }
        };
        encode_beside(kind, &payload)
    }
}

impl EvidenceEntry {
    pub(crate) fn from_block(block: &RawBlock) -> Result<EvidenceEntry, InvalidFields> {
        let mut fields = Fields::new(block.payload());
        let previous = EntryId(fields.array()?);
        if !(WITNESS..=TIME_STAMP).contains(&block.kind) {
            return Ok(EvidenceEntry { previous, said: None });
        }
        if block.flags != 0 {
            return Err(InvalidFields::Flags { flags: block.flags });
        }
        let said = match block.kind {
            WITNESS => {
                let recording = RecordingId::from_bytes(fields.array()?).map_err(|_| InvalidFields::Number)?;
                let server_key = PublicKey(fields.array()?);
                fields.end()?;
                Said::Witness { recording, server_key }
            }
            RECEIPT => {
                let event = fields.byte()?;
                let event = ReceiptEvent::from_number(event).ok_or(InvalidFields::Flags { flags: event })?;
                let offset = fields.number()?;
                let head = Head { offset, chain: ChainValue(fields.array()?) };
                let unix_us = fields.signed_number()?;
                let signature = Signature(fields.array()?);
                fields.end()?;
                Said::Receipt(Receipt { event, head, unix_us, signature })
            }
            _ => Said::TimeStamp { token: fields.rest().to_vec() },
        };
        Ok(EvidenceEntry { previous, said: Some(said) })
    }
}
