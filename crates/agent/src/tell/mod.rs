//! `kinescope-agent notice`: the process that shows a session's user a window. Started by the agent, one for each window, under
//! a uid of its own, as recorders are; whoever attacks it gains nothing.
//!
//! * stdin: one line of JSON, [`Start`]; then it stays open. When it is closed, the window goes.
//! * stdout: lines of JSON, [`Said`].
//! * stderr: diagnostics.
//! * exit code: see [`exit`].

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use capture::ConnectionParams;
use notice::{Answer, Content, Display, Progress, ShowError};
use serde::{Deserialize, Serialize};

use crate::first_line::{DisplayAccess, first_line};

/// A line on stdin longer than this is refused.
const MAX_START_BYTES: u64 = 1 << 20;

/// What its exit code says.
pub mod exit {
    /// It was answered, or nobody waits any more.
    pub const ENDED: u8 = 0;
    /// It cannot be shown; stderr says why.
    pub const FAILED: u8 = 1;
    /// It was shown, and the connection to the display was lost.
    pub const LOST: u8 = 3;
    /// This machine has no font for any of the texts.
    pub const NO_FONT: u8 = 4;
}

/// What it is told.
#[derive(Serialize, Deserialize)]
pub struct Start {
    /// The display.
    #[serde(flatten)]
    pub access: DisplayAccess,
    /// What to show: the first that the machine has fonts for.
    pub contents: Vec<Content>,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// The text in this language is on the screen.
    Shown(String),
    /// What came of it.
    Answer(Answer),
}

/// Runs the subcommand.
pub fn run() -> ExitCode {
    let code = match show() {
        Ok(answer) => {
            say(&Said::Answer(answer));
            exit::ENDED
        }
        Err(error) => {
            let code = match error.downcast_ref::<ShowError>() {
                Some(ShowError::NotWaited) => exit::ENDED,
                Some(ShowError::Lost) => exit::LOST,
                Some(ShowError::NoFont) => exit::NO_FONT,
                _ => exit::FAILED,
            };
            if code != exit::ENDED {
                tracing::warn!("{error:#}");
            }
            code
        }
    };
    ExitCode::from(code)
}

fn show() -> anyhow::Result<Answer> {
    let start: Start = first_line(MAX_START_BYTES)?;
    let ConnectionParams { display: name, cookie } = start.access.params()?;
    let display = Display { name, cookie };
    let stdin = std::io::stdin();
    let progress = |Progress::Shown { language }: Progress| say(&Said::Shown(language));
    Ok(notice::show(&display, start.contents, stdin.as_fd(), progress)?)
}

/// Whoever should read it may be gone; then the window goes as well, by itself.
fn say(said: &Said) {
    let line = serde_json::to_string(said).unwrap_or_default();
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
