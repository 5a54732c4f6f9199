//! What the interface promises, seen from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
mod document;
mod numbers;
mod roles;
