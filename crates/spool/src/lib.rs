//! Keeps recordings on the machine until the server has them, and brings them there.
//!
//! The spool is the journal of the whole system: what a recorder wrote is forgotten only when the server has said
//! *durable*. A [`Spool`] holds one [`Journal`] per recording, each a row of files with whole blocks; it survives the agent's end
//! at any moment, a full disk and a server that stays away, and declares in the recording whatever could not be kept.
//! The [`Uplink`] sends it over one connection.

mod adopt;
mod error;
mod intake;
mod journal;
mod keeping;
mod note;
mod recover;
mod segments;
mod spool;
mod uplink;

pub use error::SpoolError;
pub use journal::{Chunk, Journal, Position};
pub use spool::{Loss, Spool, SpoolSettings};
pub use uplink::{
    ConnectError, Identity, IdentityKeeper, Link, RenewalError, ServerAddress, Uplink, UplinkHandle, UplinkSettings,
    agent_tls, enrolment_tls, notices,
};
