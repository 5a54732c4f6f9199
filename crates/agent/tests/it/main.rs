//! The agent's programs, started as its users and its supervisor start them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "made for the tests of capture, which use all of it")]
#[path = "../../../capture/tests/it/painter.rs"]
mod painter;
#[allow(dead_code, reason = "made for the tests of accessibility, which use all of it")]
#[path = "../../../accessibility/tests/it/session.rs"]
mod session;
#[allow(dead_code, reason = "made for the tests of capture, which use all of it")]
#[path = "../../../capture/tests/it/xserver.rs"]
mod xserver;

#[path = "../../../detect/tests/it/cups.rs"]
mod cups;
#[allow(dead_code, reason = "made for the tests of detect, which use all of it")]
#[path = "../../../detect/tests/it/sshd.rs"]
mod sshd;
#[allow(dead_code, reason = "made for the tests of detect, which use all of it")]
#[path = "../../../detect/tests/it/stick.rs"]
mod stick;

mod accessible;
mod accounts;
mod asked;
mod basic;
mod basic_killed;
mod basic_limits;
mod basic_settings;
mod basic_sign;
#[allow(dead_code, reason = "made for the tests of notice, which use all of it")]
#[path = "../../../notice/tests/it/shown.rs"]
mod shown;

mod check;
mod configuration;
mod connections;
mod covered;
mod custom_events;
mod decided;
mod desktop_watch;
mod devices;
mod events_only;
mod files;
mod handover;
mod kept_before;
mod kept_how;
mod logged;
mod machine_changes;
mod pausing;
mod pictures;
mod playback;
mod printed;
mod programs;
mod record;
mod recorder;
mod recorder_process;
mod responses;
mod responses_to_sessions;
mod rolling;
mod sealed;
mod sign;
mod supervised;
mod supervising;
mod told;
mod topmost;
mod typed;
mod typed_prompts;
