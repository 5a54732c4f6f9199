//! The container through its public doors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod sample;

mod assembler;
mod attack;
mod bad_input;
mod bases;
mod damage;
mod document;
mod index;
mod pictures;
mod properties;
mod repair;
mod round_trip;
mod sealed;
mod vectors;
