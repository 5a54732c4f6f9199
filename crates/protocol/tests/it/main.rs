//! Messages through the crate's public door.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod hostile;
mod messages;
mod token;
mod vectors;
