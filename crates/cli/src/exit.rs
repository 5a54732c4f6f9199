//! Exit codes, the same for every subcommand.

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use recording::DecodeError;

/// The list of codes, shown under `--help`.
pub const HELP: &str = "\
Exit codes:
  0  done
  1  failed: the message says what and what to do
  2  the command line was wrong
  3  the recording is damaged or was altered (verify)
  4  the file is no recording, or one of a later version";

/// The recording is not what was written.
pub const NOT_INTACT: u8 = 3;
/// The file cannot be read as a recording at all.
const NOT_A_RECORDING: u8 = 4;

/// Prints an error for people and chooses the code. Whoever closed our output wants to hear no more: that is no error.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    eprintln!("kinescope: {error:#}");
    match error.downcast_ref::<DecodeError>() {
        Some(_) => ExitCode::from(NOT_A_RECORDING),
        None => ExitCode::FAILURE,
    }
}
