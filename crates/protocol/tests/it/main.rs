//! Messages through the crate's public door.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

mod messages;
mod token;
