//! The product as its users have it: the built programs, on real X servers, with real faults.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod attacked;
mod attacks;
mod before_an_event;
mod check;
mod control;
mod copies;
#[allow(dead_code, reason = "made for the tests of detect, which use all of it")]
#[path = "../../../crates/detect/tests/it/cups.rs"]
mod cups;
mod deployment;
mod desktop;
mod exact;
mod exact_desk;
mod faults;
mod first_recording;
mod full_disk;
mod identities;
mod login_manager;
mod many_sessions;
mod picture;
mod process;
mod remote;
mod responses;
mod screen_by_order;
mod session_facts;
mod stored;
mod typed_secrets;
mod what_happens;
mod who_is_recorded;
mod windows;
mod xrdp;
