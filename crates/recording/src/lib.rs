//! The recording container (`.kin`): how a session's tracks are cut into blocks, chained, indexed and read again.
//!
//! A recording is one stream of self-delimiting blocks, from the recorder's first byte to the archive; see
//! `docs/format.md` for every byte. This crate knows nothing of pixels, compression or networks: what stands inside
//! a data block belongs to the codec of its track. It does no I/O, reads no clock and starts no thread; everything is
//! a state machine fed with bytes, in pieces of any size.
//!
//! * Reading: [`Decoder`] yields typed [`Entry`] values; [`BlockScanner`] yields whole blocks without looking inside.
//! * Writing: [`BlockWriter`] is the recorder's side; [`Assembler`] the agent's: it validates what a recorder wrote,
//!   keeps the [`Chain`] and inserts checkpoints. Keys and signatures are the crate `evidence`'s; this one knows where they stand.
//! * Looking after: [`IndexBuilder`], [`Verifier`] and [`Repairer`].

mod anchor;
mod assemble;
mod assemble_error;
mod assembler_state;
mod base_copy;
mod block;
mod chain;
mod checkpoint;
mod decode;
mod decode_error;
mod document;
mod entries;
mod event;
mod fields;
mod fragments;
mod header;
mod id;
mod index;
mod index_builder;
mod index_codec;
mod limits;
mod monitor;
mod repair;
mod scan;
mod sealed;
mod signing;
mod thumbnail;
mod varint;
mod verify;
mod words;
mod write;

pub use anchor::Anchor;
pub use assemble::Assembler;
pub use assemble_error::AssembleError;
pub use assembler_state::{AssemblerState, CHECKPOINT_INTERVAL_US};
pub use base_copy::{BaseCopy, CopyEntry};
pub use block::{
    BlockError, BlockKind, DamageReason, FLAG_CONTINUES, FLAG_MORE, FLAG_SEALED, FLAG_SKIPPABLE, RawBlock, SYNC,
    encode_beside, split_blocks,
};
pub use chain::{Chain, ChainValue, Head, InvalidChainValue};
pub use checkpoint::{Checkpoint, Clocks, checkpoint_of};
pub use decode::{Decoder, Entry, Located, group_of};
pub use decode_error::DecodeError;
pub use document::{DocumentDigest, DocumentPart, DocumentReader, KeptDocument};
pub use entries::{End, EndReason, Gap, GapReason, Group, Incarnation, SessionKind, Track, TrackKind};
pub use event::{Event, EventError, kinds as event_kinds};
pub use fields::{Fields, InvalidFields, put_number, put_signed};
pub use header::{FORMAT_VERSION, Follows, Header, SessionFacts, StartReason};
pub use id::{InvalidRecordingId, RecordingId};
pub use index::{GapEntry, GroupEntry, Index, IndexedEvent, places as base_places};
pub use index_builder::IndexBuilder;
pub use index_codec::{FOOTER_BYTES, Footer, IndexError};
pub use limits::*;
pub use monitor::Monitor;
pub use repair::{RepairSummary, Repairer, Stretch};
pub use scan::{BlockScanner, Damaged, Scanned, TornTail};
pub use sealed::{ClassKeys, SealClass, SealedIndex, WrappedKey, join_sealed, split_sealed};
pub use signing::{CheckpointSignature, InvalidHex, PublicKey, RecordingSigner, Signature, Signer, Witnessed};
pub use thumbnail::{Thumbnail, thumbnail_stretches};
pub use verify::{Finding, FindingKind, Observer, Report, Verifier};
pub use write::{BlockWriter, EncodeError};
