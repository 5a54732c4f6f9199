//! Whether a recorder sees its display: said to the agent at once, as the recording can declare what was missed only when it is over.

use std::io::Write as _;

use serde::{Deserialize, Serialize};

use super::asked::Whose;
use super::orders::SharedOrders;

/// What a recorder says to its agent: one line of JSON each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// A question: what is known of the program behind a window?
    Whose(Whose),
    /// Whether it sees the display, from now on.
    Sight(Sight),
}

/// Whether the display is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// It is.
    Seen,
    /// The X server does not answer, or the connection to it was lost.
    Unseen,
    /// The connection had been ended by somebody, as the same X server lives and lets us in again: it is seen again.
    Cut,
}

impl Said {
    pub(super) fn line(self) -> Vec<u8> {
        // Numbers and words always are JSON.
        let mut line = serde_json::to_vec(&self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

impl SharedOrders {
    /// Says it, where there is an agent that listens.
    pub fn say(&self, said: Said) {
        let orders = self.lock();
        if orders.input().is_some_and(|mut input| input.write_all(&said.line()).is_err()) {
            tracing::debug!("the agent cannot be told whether the display is seen");
        }
    }
}
