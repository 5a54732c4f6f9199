//! The spool and its connection through the crate's public doors: files on disk on one side, a small server in the same
//! process on the other.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod fixture;
mod histories;
mod keys;
mod limits;
mod recovery;
mod renewing;
mod server;
mod storing;
mod uplink;
mod uplink_faults;
