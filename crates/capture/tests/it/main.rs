//! Reads real X servers (Xvfb, TigerVNC's Xvnc) and compares with what the server itself says it shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod covering;
mod desktop;
mod follower;
mod monitors;
mod owner;
mod painter;
mod pictures;
mod pointer;
mod refusals;
mod resize;
mod stalls;
#[allow(dead_code, reason = "some of it is for the tests of other crates")]
mod xserver;
