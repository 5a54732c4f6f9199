//! Notices and questions on real X servers: seen, answered by keyboard and mouse, and attacked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod attacks;
mod looks;
mod monitors;
#[allow(dead_code, reason = "the agent's tests use the rest")]
mod shown;
mod sign;
#[allow(dead_code, reason = "made for the tests of capture, which use all of it")]
#[path = "../../../capture/tests/it/xserver.rs"]
mod xserver;
