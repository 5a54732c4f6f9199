//! `kinescope-agent onlooker`: waits until something is opened on a display and says what. A process of its own, under a uid of
//! its own, like a recorder: an X server that hangs or lies harms nobody but it.
//!
//! * stdin: one line of JSON, [`Watched`]; when it is closed, the onlooker ends.
//! * stdout: one line of JSON, [`Sight`], or nothing if nothing was opened in time.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use capture::{ConnectionParams, Opened, wait_for_opened};
use serde::{Deserialize, Serialize};

use crate::first_line::first_line;

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// Which display to look at.
#[derive(Clone, Serialize, Deserialize)]
pub struct Watched {
    /// The display, such as `:10`.
    pub display: String,
    /// Its cookie in hexadecimal digits.
    #[serde(default)]
    pub cookie: Option<String>,
    /// How long to wait.
    pub wait_secs: u64,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// A desktop.
    Desktop,
    /// Processes with windows, no desktop.
    Programs(Vec<u32>),
}

/// Runs the subcommand.
pub fn run() -> ExitCode {
    match look() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::debug!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn look() -> anyhow::Result<()> {
    let watched: Watched = first_line(MAX_LINE_BYTES)?;
    let cookie = watched.cookie.as_deref().and_then(crate::recorder::from_hex);
    let params = ConnectionParams { display: watched.display, cookie };
    let deadline = Instant::now() + Duration::from_secs(watched.wait_secs);
    let sight = match wait_for_opened(&params, deadline, std::io::stdin().as_fd())? {
        Some(Opened::Desktop) => Sight::Desktop,
        Some(Opened::Programs(programs)) => Sight::Programs(programs),
        None => return Ok(()),
    };
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &sight)?;
    Ok(stdout.write_all(b"\n")?)
}
