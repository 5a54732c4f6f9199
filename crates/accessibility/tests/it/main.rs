//! The tree of real sessions, and programs that lie in it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "made for the tests of capture, which use all of it")]
#[path = "../../../capture/tests/it/xserver.rs"]
mod xserver;

mod hostile;
mod session;
mod words;
