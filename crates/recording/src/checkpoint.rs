//! Checkpoints: the chain, both clocks and the writer's signature, in few bytes, as one stands every two seconds.
//!
//! `docs/format.md` gives every byte. There is one way only to write a checkpoint, so that the signature can be over the
//! payload's own bytes.

use serde::Serialize;

use crate::anchor::Anchor;
use crate::block::{BlockKind, RawBlock};
use crate::chain::{ChainValue, Head};
use crate::fields::{Fields, InvalidFields, put_signed};
use crate::signing::{CheckpointSignature, PublicKey, Signature, Witnessed};
use crate::varint;

/// The payload ends in a signature.
const SIGNED: u8 = 0x01;
/// It names the key that signs next.
const NEXT_KEY: u8 = 0x02;
/// It states the boot id: another than the header's, or the writer does not know the header's.
const BOOT_ID: u8 = 0x04;

/// What a checkpoint block says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// The chain over all blocks before this one.
    pub chain: ChainValue,
    /// Where this block starts, as it was first written. A repaired copy may hold it elsewhere.
    pub offset: u64,
    /// Both clocks now.
    pub anchor: Clocks,
    /// The writer's signature; absent in recordings that are not signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<CheckpointSignature>,
}

/// An [`Anchor`] that says which boot it is of only where that is not the header's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clocks {
    /// Wall clock: microseconds since 1970, UTC.
    pub unix_us: i64,
    /// CLOCK_BOOTTIME at the same moment, in microseconds.
    pub boottime_us: u64,
    /// The machine's boot id; `None` for the one in the header's `started`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
    /// How far apart the two readings may be, in microseconds.
    pub uncertainty_us: u64,
}

impl Clocks {
    /// The same reading, `boot_id` being the header's, where it is known.
    pub fn new(anchor: &Anchor, boot_id: Option<&str>) -> Clocks {
        Clocks {
            unix_us: anchor.unix_us,
            boottime_us: anchor.boottime_us,
            boot_id: (boot_id != Some(&anchor.boot_id)).then(|| anchor.boot_id.clone()),
            uncertainty_us: anchor.uncertainty_us,
        }
    }

    /// The anchor that this is in a recording whose header has `started`.
    pub fn anchor(&self, started: &Anchor) -> Anchor {
        Anchor {
            unix_us: self.unix_us,
            boottime_us: self.boottime_us,
            boot_id: self.boot_id.clone().unwrap_or_else(|| started.boot_id.clone()),
            uncertainty_us: self.uncertainty_us,
        }
    }
}

impl Witnessed<'_> {
    /// A checkpoint's payload up to its signature: what is signed of it. Without `signer`, epoch and next key, all of it.
    pub fn payload(&self, signer: Option<(u64, Option<&PublicKey>)>) -> Vec<u8> {
        let Witnessed { head: Head { offset, chain }, clocks, .. } = *self;
        let next_key = signer.and_then(|(_, next_key)| next_key);
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let flags = flag(signer.is_some(), SIGNED)
            | flag(next_key.is_some(), NEXT_KEY)
            | flag(clocks.boot_id.is_some(), BOOT_ID);
        let mut out = vec![flags];
        out.extend_from_slice(&chain.0);
        varint::write(offset, &mut out);
        put_signed(clocks.unix_us, &mut out);
        varint::write(clocks.boottime_us, &mut out);
        varint::write(clocks.uncertainty_us, &mut out);
        if let Some(boot_id) = &clocks.boot_id {
            varint::write(boot_id.len() as u64, &mut out);
            out.extend_from_slice(boot_id.as_bytes());
        }
        if let Some((epoch, _)) = signer {
            varint::write(epoch, &mut out);
        }
        out.extend_from_slice(next_key.map_or(&[], |key| &key.0));
        out
    }
}

impl Checkpoint {
    /// What its signature covers, besides the recording.
    pub fn witnessed(&self, time_us: u64) -> Witnessed<'_> {
        let head = Head { offset: self.offset, chain: self.chain };
        Witnessed { head, time_us, clocks: &self.anchor }
    }

    pub(crate) fn to_payload(&self) -> Vec<u8> {
        let signer = self.signed.as_ref().map(|signed| (signed.epoch, signed.next_key.as_ref()));
        let mut out = self.witnessed(0).payload(signer);
        if let Some(signed) = &self.signed {
            out.extend_from_slice(&signed.signature.0);
        }
        out
    }

    pub(crate) fn from_payload(payload: &[u8]) -> Result<Checkpoint, InvalidFields> {
        let mut fields = Fields::new(payload);
        let flags = fields.byte()?;
        if flags & !(SIGNED | NEXT_KEY | BOOT_ID) != 0 || flags & (SIGNED | NEXT_KEY) == NEXT_KEY {
            return Err(InvalidFields::Flags { flags });
        }
        let chain = ChainValue(fields.array()?);
        let offset = fields.number()?;
        let unix_us = fields.signed_number()?;
        let boottime_us = fields.number()?;
        let uncertainty_us = fields.number()?;
        let boot_id = if flags & BOOT_ID != 0 { Some(fields.text()?) } else { None };
        let signed = if flags & SIGNED != 0 {
            let epoch = fields.number()?;
            let next_key = if flags & NEXT_KEY != 0 { Some(PublicKey(fields.array()?)) } else { None };
            Some(CheckpointSignature { epoch, next_key, signature: Signature(fields.array()?) })
        } else {
            None
        };
        fields.end()?;
        let anchor = Clocks { unix_us, boottime_us, boot_id, uncertainty_us };
        Ok(Checkpoint { chain, offset, anchor, signed })
    }
}

/// The checkpoint that a block is, if it is one and can be read.
pub fn checkpoint_of(block: &RawBlock) -> Option<Checkpoint> {
    let is_one = block.known_kind() == Some(BlockKind::Checkpoint);
    is_one.then(|| Checkpoint::from_payload(block.payload()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{Checkpoint, Clocks};
    use crate::chain::ChainValue;
    use crate::signing::{CheckpointSignature, PublicKey, Signature};

    fn every_form() -> Vec<Checkpoint> {
        let signed = |next_key| CheckpointSignature { epoch: 300, next_key, signature: Signature([7; 64]) };
        let mut forms = Vec::new();
        for boot_id in [None, Some(String::new()), Some("8d7f0e0a-55b3".to_owned())] {
            for signed in [None, Some(signed(None)), Some(signed(Some(PublicKey([9; 32]))))] {
                for unix_us in [0, -1, i64::MIN, i64::MAX, 1_795_000_000_000_000] {
                    let boot_id = boot_id.clone();
                    let anchor = Clocks { unix_us, boottime_us: 5, boot_id, uncertainty_us: 1 << 40 };
                    forms.push(Checkpoint {
                        chain: ChainValue([3; 32]),
                        offset: 70_000,
                        anchor,
                        signed: signed.clone(),
                    });
                }
            }
        }
        forms
    }

    #[test]
    fn each_form_reads_back_and_no_other_bytes_mean_the_same() {
        for checkpoint in every_form() {
            let payload = checkpoint.to_payload();
            assert_eq!(Checkpoint::from_payload(&payload).as_ref(), Ok(&checkpoint));
            for cut in 0..payload.len() {
                assert!(Checkpoint::from_payload(&payload[..cut]).is_err(), "{checkpoint:?} cut at {cut}");
            }
            assert!(Checkpoint::from_payload(&[&payload[..], &[0]].concat()).is_err());
            for bit in 0..8 {
                let mut other = payload.clone();
                other[0] ^= 1 << bit;
                if let Ok(read) = Checkpoint::from_payload(&other) {
                    assert_eq!(read.to_payload(), other);
                }
            }
        }
    }
}
