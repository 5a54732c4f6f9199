//! What is detected on a machine, tried with real processes on the real kernel.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod connections;
mod files;
mod flood;
mod packages;
mod programs;
mod watching;
