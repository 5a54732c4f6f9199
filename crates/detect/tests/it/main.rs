//! What is detected on a machine, tried with real processes on the real kernel.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod compared;
mod configuration;
mod connections;
mod copies;
mod cups;
mod dconf;
mod files;
mod flatpak;
mod flood;
mod groups;
mod packages;
mod printing;
mod programs;
mod rpm;
mod ssh;
mod sshd;
mod stick;
mod usb;
mod watching;
