//! Regions and stacks against pictures of single pixels, and hidden windows that move over programs that draw late.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod desktop;
mod regions;
