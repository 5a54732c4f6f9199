//! Storage through its public doors, on real files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod crash;
mod faults;
mod growing;
mod model;
mod recovery;
mod sample;
