//! How a part of the agent's own program is started that looks at a session: it gives up what it does not need by itself
//! ([`crate::confine`]).

use std::path::Path;
use std::process::{Command, Stdio};

use super::uids::HeldUid;

/// A command for one part of the program, as a user id of its own where there is one, with pipes at its standard input and output. Of the
/// agent's environment it has what it logs by, and nothing else.
pub fn part_of(program: &Path, part: &str, uid: Option<&HeldUid>) -> Command {
    let mut command = Command::new(program);
    command.arg(part).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).env_clear();
    if let Some(uid) = uid {
        command.arg("--run-as").arg(uid.uid().to_string());
    }
    if let Some(filter) = std::env::var_os("RUST_LOG") {
        command.env("RUST_LOG", filter);
    }
    command
}
