//! What can go wrong when opening a display and while reading it.

use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};

/// Why a display could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text is not the name of a display.
    #[error("`{display}` is not the name of a display; write it as :0, :10.0 or host:0")]
    BadName {
        /// What was given.
        display: String,
    },
    /// Nothing listens there: the X server is not running (any more).
    #[error("no X server answers on display {display}; check that it is running and that the number is right")]
    Unreachable {
        /// The display's name.
        display: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The server is there and does not let us in.
    #[error(
        "the X server of display {display} refused the connection: {reason}; give its cookie (the owner's XAUTHORITY file)"
    )]
    Refused {
        /// The display's name.
        display: String,
        /// The server's own words.
        reason: String,
    },
    /// The server lacks an extension without which nothing can be recorded.
    #[error(
        "the X server of display {display} offers no {extension} extension in version {version} or later, which recording needs"
    )]
    MissingExtension {
        /// The display's name.
        display: String,
        /// The extension's name.
        extension: &'static str,
        /// The least version that is needed.
        version: &'static str,
    },
    /// The root window's pixels are in a layout that is not read.
    #[error(
        "display {display} has pixels that cannot be recorded ({found}); a TrueColor screen of depth 24 or 32 with 32 bits a pixel, blue first, is needed"
    )]
    UnsupportedPixels {
        /// The display's name.
        display: String,
        /// What was found.
        found: String,
    },
    /// Windows are to be covered, and nobody says which.
    #[error(
        "the X server of display {display} does not tell which programs windows belong to, so none can be covered; it needs the X-Resource extension 1.2, and process numbers that mean the same here"
    )]
    UnknownPrograms {
        /// The display's name.
        display: String,
    },
    /// The connection was made and something failed while setting up.
    #[error("setting up the recording of display {display} failed")]
    Setup {
        /// The display's name.
        display: String,
        /// What failed.
        #[source]
        source: CaptureError,
    },
}

/// Why reading a display that was opened has failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The connection is gone: the server ended, or somebody had it killed. A new [`X11Source`](crate::X11Source) may be opened.
    #[error("the connection to the X server was lost while {doing}")]
    ConnectionLost {
        /// What was being done.
        doing: &'static str,
        /// What the connection said.
        source: ConnectionError,
    },
    /// The server answered a request with an error that it should not have given.
    #[error("the X server refused {doing}: {reason}")]
    Request {
        /// What was asked.
        doing: &'static str,
        /// The server's error.
        reason: String,
    },
    /// A reply did not come in time. Only while opening; later it is an [`Outcome::Stalled`](crate::Outcome).
    #[error("the X server left {doing} unanswered for {} ms", crate::REPLY_PATIENCE.as_millis())]
    NoAnswer {
        /// What was asked.
        doing: &'static str,
    },
    /// The screen became larger than a recording can hold.
    #[error(
        "the screen is {width}×{height} pixels, which is more than can be recorded ({} a side, {} in all)",
        screen::MAX_SIDE,
        screen::MAX_PIXELS
    )]
    ScreenTooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The memory that is shared with the server could not be made or read.
    #[error("the memory shared with the X server could not be {doing}")]
    SharedMemory {
        /// made or read.
        doing: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// How one exchange with the server can fail, before it is decided what that means for the recording.
#[derive(Debug)]
pub(crate) enum ExchangeError {
    /// No reply within the patience: the server is stalled, the connection is sound.
    Late(&'static str),
    /// The server answered with an error.
    Refused(&'static str, Box<x11rb::x11_utils::X11Error>),
    /// Anything after which the connection or the recording cannot go on.
    Fatal(CaptureError),
}

impl ExchangeError {
    /// Sorts the library's error for a request described by `doing`.
    pub(crate) fn from_reply(doing: &'static str, error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(source) => Self::from_connection(doing, source),
            ReplyError::X11Error(error) => Self::Refused(doing, Box::new(error)),
        }
    }

    /// The same for errors of sending.
    pub(crate) fn from_connection(doing: &'static str, source: ConnectionError) -> Self {
        match &source {
            ConnectionError::IoError(io) if io.kind() == std::io::ErrorKind::TimedOut => Self::Late(doing),
            _ => Self::Fatal(CaptureError::ConnectionLost { doing, source }),
        }
    }

    /// The same for requests that also need a resource number.
    pub(crate) fn from_id(doing: &'static str, error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::ConnectionError(source) => Self::from_connection(doing, source),
            ReplyOrIdError::X11Error(error) => Self::Refused(doing, Box::new(error)),
            ReplyOrIdError::IdsExhausted => {
                Self::Fatal(CaptureError::Request { doing, reason: "no resource numbers are left".to_owned() })
            }
        }
    }

    /// Takes every failure as final, for the time before the recording runs.
    pub(crate) fn into_final(self) -> CaptureError {
        match self {
            Self::Late(doing) => CaptureError::NoAnswer { doing },
            Self::Refused(doing, error) => CaptureError::Request { doing, reason: format!("{:?}", error.error_kind) },
            Self::Fatal(error) => error,
        }
    }
}

/// Sorts the errors of connecting by what the operator has to do about them.
pub(crate) fn connect_error(display: &str, error: ConnectError) -> OpenError {
    let display = display.to_owned();
    match error {
        ConnectError::IoError(source) => OpenError::Unreachable { display, source },
        ConnectError::SetupFailed(failed) => {
            OpenError::Refused { display, reason: String::from_utf8_lossy(&failed.reason).trim().to_owned() }
        }
        ConnectError::SetupAuthenticate(asked) => {
            OpenError::Refused { display, reason: String::from_utf8_lossy(&asked.reason).trim().to_owned() }
        }
        ConnectError::DisplayParsingError(_) | ConnectError::InvalidScreen => OpenError::BadName { display },
        other => OpenError::Refused { display, reason: other.to_string() },
    }
}
