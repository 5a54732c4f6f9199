//! `kinescope-agent sign`: the process that shows a sign in a session and listens for its hotkeys. Started by the agent, one for a
//! session, under a uid of its own, as recorders are.
//!
//! * stdin: one line of JSON, [`Start`], then lines of JSON, each a [`SignOrder`]. When it is closed, the sign goes.
//! * stdout: lines of JSON, each a [`SignSaid`].
//! * stderr: diagnostics.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use anyhow::Context as _;
use capture::ConnectionParams;
use notice::{Display, ShowError, Sign, SignOrder, SignSaid, run_sign};
use serde::{Deserialize, Serialize};

use crate::first_line::DisplayAccess;

/// Lines on stdin longer than this are refused.
const MAX_LINE_BYTES: usize = 64 << 10;

/// What it is told first.
#[derive(Serialize, Deserialize)]
pub struct Start {
    /// The display.
    #[serde(flatten)]
    pub access: DisplayAccess,
    /// What it is made of.
    pub sign: Sign,
}

/// Runs the subcommand.
pub fn run() -> ExitCode {
    match show() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A session that ends is no trouble; whoever started it knows what else is.
            if !matches!(error.downcast_ref::<ShowError>(), Some(ShowError::Lost)) {
                tracing::warn!("{error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn show() -> anyhow::Result<()> {
    let mut lines = Lines { stdin: std::io::stdin(), kept: Vec::new() };
    let line = lines.first()?;
    // The line holds a cookie: an error must not repeat it.
    let start: Start =
        serde_json::from_slice(&line).ok().context("the first line on stdin is not as the agent writes it")?;
    let ConnectionParams { display: name, cookie } = start.access.params()?;
    let display = Display { name, cookie };
    let stdin = std::io::stdin();
    let first = lines.whole().context("an order on stdin is not as the agent writes it")?;
    Ok(run_sign(&display, start.sign, first, stdin.as_fd(), || lines.more(), |said| say(&said))?)
}

/// Lines, taken from the descriptor itself: what a buffer held back would be seen by no poll.
struct Lines {
    stdin: std::io::Stdin,
    kept: Vec<u8>,
}

impl Lines {
    fn first(&mut self) -> anyhow::Result<Vec<u8>> {
        loop {
            if let Some(line) = self.take() {
                return Ok(line);
            }
            self.read().context("stdin was closed before its first line")?;
        }
    }

    /// Every order that has come. `None`: no more will.
    fn more(&mut self) -> Option<Vec<SignOrder>> {
        self.read()?;
        self.whole()
    }

    /// What is kept of them.
    fn whole(&mut self) -> Option<Vec<SignOrder>> {
        std::iter::from_fn(|| self.take()).map(|line| serde_json::from_slice(&line).ok()).collect()
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let end = self.kept.iter().position(|byte| *byte == b'\n')?;
        Some(self.kept.drain(..=end).collect())
    }

    fn read(&mut self) -> Option<()> {
        let mut bytes = [0; 4_096];
        let mut file = std::fs::File::from(self.stdin.as_fd().try_clone_to_owned().ok()?);
        let count = file.read(&mut bytes).ok().filter(|count| *count > 0)?;
        self.kept.extend_from_slice(&bytes[..count]);
        (self.kept.len() <= MAX_LINE_BYTES).then_some(())
    }
}

/// Whoever should read it may be gone; then the sign goes as well.
fn say(said: &SignSaid) {
    let line = serde_json::to_string(said).unwrap_or_default();
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
