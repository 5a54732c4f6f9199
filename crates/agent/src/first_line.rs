//! How a part of the agent is told what to do: by one line of JSON on its stdin, which then stays open; and which display to look at.

use std::io::{BufRead as _, Read as _};

use anyhow::Context as _;
use capture::ConnectionParams;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sessions::Desktop;

/// Which display to look at, and what opens it.
#[derive(Serialize, Deserialize)]
pub struct DisplayAccess {
    /// The display, such as `:10`.
    display: String,
    /// Its `MIT-MAGIC-COOKIE-1` in hexadecimal digits; none if it needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cookie: Option<String>,
}

impl DisplayAccess {
    /// That of a desktop.
    pub fn of(desktop: &Desktop) -> Self {
        Self { display: desktop.server.display.clone(), cookie: desktop.cookie() }
    }

    /// To connect with.
    ///
    /// # Errors
    /// If the cookie is none.
    pub fn params(self) -> anyhow::Result<ConnectionParams> {
        let cookie = self
            .cookie
            .as_deref()
            .map(|cookie| crate::recorder::from_hex(cookie).context("the display's cookie is not hexadecimal"));
        Ok(ConnectionParams { display: self.display, cookie: cookie.transpose()? })
    }
}

/// Reads it; a line longer than this is refused.
///
/// # Errors
/// It is not as the agent writes it. What it says is not repeated: it may hold a display's cookie.
pub fn first_line<T: DeserializeOwned>(most_bytes: u64) -> anyhow::Result<T> {
    let mut line = Vec::new();
    std::io::stdin().lock().take(most_bytes).read_until(b'\n', &mut line)?;
    serde_json::from_slice(&line).ok().context("the first line on stdin is not as the agent writes it")
}
