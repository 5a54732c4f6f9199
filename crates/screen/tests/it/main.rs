//! The codec through its public doors.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod economy;
mod hostile;
mod ledger;
mod pointer;
mod round_trip;
mod scene;
mod vectors;
