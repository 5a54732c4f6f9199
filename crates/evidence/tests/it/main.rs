//! The crate's public behaviour.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod honest;
mod keys;
mod links;
mod mutations;
mod reports;
mod sample;
mod vectors;
