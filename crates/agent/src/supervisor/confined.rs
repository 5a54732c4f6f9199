//! How a part of the agent's own program is started that looks at a session: it gives up what it does not need by itself
//! ([`crate::confine`]).

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::uids::HeldUid;

/// Bytes of one line that a part says.
const MAX_SAID_BYTES: u64 = 64 << 10;

/// A command for one part of the program, as another user id where there is one, with pipes at its standard input and output. Of the
/// agent's environment it has what it logs by, and nothing else.
pub fn part_of(program: &Path, part: &str, uid: Option<u32>) -> Command {
    let mut command = Command::new(program);
    command.arg(part).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).env_clear();
    if let Some(uid) = uid {
        command.arg("--run-as").arg(uid.to_string());
    }
    if let Some(filter) = std::env::var_os("RUST_LOG") {
        command.env("RUST_LOG", filter);
    }
    command
}

/// A part that runs and was told what to do. Gone when dropped; it ends by itself, too, when it is told nothing more.
pub struct Part {
    /// Its process.
    pub child: Child,
    stdin: ChildStdin,
    _uid: Option<HeldUid>,
}

impl Part {
    /// Starts one, and says the first line to it. The other is what it says.
    ///
    /// # Errors
    /// If it cannot be started or does not listen.
    pub async fn start(
        program: &Path,
        name: &str,
        uid: Option<HeldUid>,
        first: &impl Serialize,
    ) -> anyhow::Result<(Self, ChildStdout)> {
        Self::start_by(part_of(program, name, uid.as_ref().map(HeldUid::uid)), name, uid, first).await
    }

    /// The same as a user who may have other processes; `None`: as the agent's.
    ///
    /// # Errors
    /// If it cannot be started or does not listen.
    pub async fn start_as(
        program: &Path,
        name: &str,
        run_as: Option<u32>,
        first: &impl Serialize,
    ) -> anyhow::Result<(Self, ChildStdout)> {
        Self::start_by(part_of(program, name, run_as), name, None, first).await
    }

    /// The same by a command that [`part_of`] has begun.
    ///
    /// # Errors
    /// If it cannot be started or does not listen.
    pub async fn start_by(
        command: Command,
        name: &str,
        uid: Option<HeldUid>,
        first: &impl Serialize,
    ) -> anyhow::Result<(Self, ChildStdout)> {
        let mut command = tokio::process::Command::from(command);
        let mut child = command.kill_on_drop(true).spawn().with_context(|| format!("cannot start the {name}"))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) = pipes.with_context(|| format!("the {name} has no pipes"))?;
        let mut part = Self { child, stdin, _uid: uid };
        part.tell(first).await.with_context(|| format!("the {name} does not listen"))?;
        Ok((part, stdout))
    }

    /// Says a line of JSON to it.
    ///
    /// # Errors
    /// If it does not listen.
    pub async fn tell(&mut self, what: &impl Serialize) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        Ok(self.stdin.write_all(&line).await?)
    }
}

/// The next line of JSON that a part says.
///
/// # Errors
/// If it has ended, or says what is none.
pub async fn hear<T: DeserializeOwned>(stdout: &mut (impl AsyncBufRead + Unpin)) -> anyhow::Result<T> {
    hear_within(stdout, MAX_SAID_BYTES).await
}

/// The same of a part that says more in a line.
///
/// # Errors
/// If it has ended, or says what is none.
pub async fn hear_within<T: DeserializeOwned>(
    stdout: &mut (impl AsyncBufRead + Unpin),
    most_bytes: u64,
) -> anyhow::Result<T> {
    let mut line = Vec::new();
    let count = stdout.take(most_bytes).read_until(b'\n', &mut line).await?;
    ensure!(count > 0, "its process has ended");
    Ok(serde_json::from_slice(&line)?)
}
