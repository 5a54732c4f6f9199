//! What makes a recording evidence: signatures by the machine that recorded, receipts by the server that stored, and a
//! judgement on both that people and programs can read.
//!
//! `docs/format.md`, sections *Signatures* and *Evidence files*, gives every byte. The crate does no I/O and reads no
//! clock; keys are made from random bytes that the caller passes in.
//!
//! * On the machine: [`MachineKey`] vouches for [`EpochSigner`]s, whose keys sign one group each and are then erased.
//! * On the server: [`ReceiptKey`] signs what is durable; [`EvidenceLog`] keeps the entries of a `.kev` file in a chain.
//! * Afterwards: [`Judge`] looks at a recording, its evidence file and the keys that one trusts, and gives a [`Judgement`];
//!   [`text_report`] and [`html_report`] say it in words. [`judge_link`] looks at two recordings of one session.

mod entry;
mod html;
mod judge;
mod judgement;
mod keys;
mod link;
mod receipt;
mod receipt_check;
mod signer;
mod statement;
mod time_stamp;
mod words;

pub use entry::entry_name;
pub use html::{escaped, html_report};
pub use judge::{Expected, Judge};
pub use judgement::{Fault, FaultKind, Judgement, ReceiptsFound, SignaturesFound, Span, TimeStampsFound, Verdict};
pub use keys::{InvalidSeed, MachineKey, ReceiptKey};
pub use link::{LinkJudgement, LinkState, judge_link};
pub use receipt::{EvidenceLog, Given, MAX_EVIDENCE_BYTES, ReceiptEvent};
pub use signer::EpochSigner;
pub use time_stamp::{TimeStampAuthority, TimeStampError, TimeStampToken, time_stamp_answer, time_stamp_request};
pub use words::{moment, text_report};
