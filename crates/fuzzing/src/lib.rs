//! Fuzz oracles: plain functions that take any bytes and panic when a promise is broken.
//!
//! `fuzz/` runs them under libFuzzer; this crate's tests run the same functions on the kept recordings and on damaged
//! copies of them, so that a promise broken there fails ordinary tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "an oracle reports by panicking")]

mod container;
mod judge;
mod player;
mod protocol;
mod screen;
mod seal;
mod sealing;

pub use container::{decoder, index, repair, scanner};
pub use judge::judge;
pub use player::player;
pub use protocol::protocol_message;
pub use screen::{pointer, screen_decoder, screen_exact};
pub use seal::sealed;
pub use sealing::sealing;
