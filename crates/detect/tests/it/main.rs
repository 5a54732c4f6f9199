//! What is detected on a machine, tried with real processes on the real kernel.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod files;
mod flood;
mod programs;
mod watching;
