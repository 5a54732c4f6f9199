//! How a part of the agent is told what to do: by one line of JSON on its stdin, which then stays open.

use std::io::{BufRead as _, Read as _};

use anyhow::Context as _;
use serde::de::DeserializeOwned;

/// Reads it; a line longer than this is refused.
///
/// # Errors
/// It is not as the agent writes it. What it says is not repeated: it may hold a display's cookie.
pub fn first_line<T: DeserializeOwned>(most_bytes: u64) -> anyhow::Result<T> {
    let mut line = Vec::new();
    std::io::stdin().lock().take(most_bytes).read_until(b'\n', &mut line)?;
    serde_json::from_slice(&line).ok().context("the first line on stdin is not as the agent writes it")
}
