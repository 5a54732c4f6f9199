//! The crate through its public doors.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command_line;
mod folding;
mod kinds;
mod logging;
mod page_address;
mod response;
mod responses;
mod typed;
mod typing;
