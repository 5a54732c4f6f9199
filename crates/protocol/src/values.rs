//! Identities and positions that messages carry: the recording format's own.

pub use recording::{ChainValue, Head, InvalidRecordingId, PublicKey, RecordingId, SessionFacts, SessionKind};
