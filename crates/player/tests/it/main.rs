//! The engine through its public doors, on recordings made here whose every picture is known.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bases;
mod damaged;
mod documents;
mod expected;
mod growing;
mod performance;
mod sample;
mod sealed;
mod seeking;
mod stepping;
mod thumbnails;
