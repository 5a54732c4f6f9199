//! What is detected on a machine, tried with real processes on the real kernel.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod connections;
mod cups;
mod files;
mod flood;
mod packages;
mod printing;
mod programs;
mod stick;
mod usb;
mod watching;
