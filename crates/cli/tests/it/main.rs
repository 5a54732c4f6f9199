//! The command line as its users meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bundles;
mod check;
mod documents;
mod frame;
mod key;
mod made;
mod numbers;
mod server;
mod time_stamps;
mod tools;

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs `kinescope` with these arguments.
fn kinescope<I: IntoIterator<Item: AsRef<std::ffi::OsStr>>>(arguments: I) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kinescope")).args(arguments).output().unwrap()
}

fn vector(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "v1", &format!("{name}.kin")].iter().collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
