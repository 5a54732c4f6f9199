//! Sealing through its public doors: keys, key files, groups sealed and opened, and what was altered refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod demand;
mod hpke;
mod key_files;
mod keys;
mod sample;
mod tampering;
mod vectors;
