//! A server that does not answer: waiting for it without losing the connection.

use std::time::Instant;

use x11rb::connection::{Connection as _, RequestConnection, SequenceNumber};
use x11rb::errors::ConnectionError;
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::connection::Link;
use crate::error::CaptureError;

const DOING: &str = "waiting for a stalled server";

/// A question was asked behind everything else; its answer means that the server has caught up.
pub(crate) struct Stall {
    question: SequenceNumber,
}

impl Stall {
    /// Asks the question.
    pub(crate) fn begin(link: &Link) -> Result<Self, CaptureError> {
        let cookie = link.conn.get_input_focus().map_err(lost)?;
        let question = cookie.sequence_number();
        // Dropped, the cookie would have the answer thrown away.
        std::mem::forget(cookie);
        link.conn.flush().map_err(lost)?;
        Ok(Self { question })
    }

    /// Whether the answer is there. Does not wait.
    pub(crate) fn is_over(&self, link: &Link) -> Result<bool, CaptureError> {
        link.conn.stream().set_read_deadline(Some(Instant::now()));
        let answer = link.conn.wait_for_reply_or_raw_error(self.question);
        link.conn.stream().set_read_deadline(None);
        match answer {
            Ok(_) => Ok(true),
            Err(ConnectionError::IoError(io)) if io.kind() == std::io::ErrorKind::TimedOut => Ok(false),
            Err(error) => Err(lost(error)),
        }
    }
}

fn lost(source: ConnectionError) -> CaptureError {
    CaptureError::ConnectionLost { doing: DOING, source }
}
