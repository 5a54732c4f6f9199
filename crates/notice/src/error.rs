//! Why a window cannot be shown.

use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};

/// Why a window cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// The display's name makes no sense.
    #[error("{0} is no display's name")]
    BadName(String),
    /// Nothing answers there.
    #[error("nothing answers at {display}")]
    Unreachable {
        /// The display.
        display: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The server does not let us in.
    #[error("the X server does not let us in")]
    Refused(#[source] ConnectError),
    /// Its pixels are laid out in a way that is not drawn.
    #[error("the screen's pixels are not 32 bits wide with eight bits a colour, blue first")]
    Pixels,
    /// There is no font on this machine that has the characters of the text.
    #[error("no font of this machine can write the text; install one, such as fonts-noto-core or fonts-noto-cjk")]
    NoFont,
    /// The connection was ended: by the server's end, or by a program that killed it.
    #[error("the connection to the display was lost")]
    Lost,
    /// The server refused something that it should not refuse.
    #[error("the X server refused {0}")]
    Server(String),
    /// Whoever waits for the answer is gone.
    #[error("nobody waits for the answer any more")]
    NotWaited,
}

impl From<ConnectionError> for ShowError {
    fn from(_: ConnectionError) -> Self {
        Self::Lost
    }
}

impl From<ReplyError> for ShowError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(_) => Self::Lost,
            ReplyError::X11Error(error) => Self::Server(format!("{error:?}")),
        }
    }
}

impl From<ReplyOrIdError> for ShowError {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::X11Error(error) => Self::Server(format!("{error:?}")),
            ReplyOrIdError::ConnectionError(_) | ReplyOrIdError::IdsExhausted => Self::Lost,
        }
    }
}

/// What was asked of something, or nothing if it is not there any more.
pub fn there<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ShowError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
