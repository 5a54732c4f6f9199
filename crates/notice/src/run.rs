//! Shows a window until it is answered.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::reexports::x11rb_protocol::parse_display::parse_display;
use x11rb::reexports::x11rb_protocol::xauth::get_auth;
use x11rb::rust_connection::{DefaultStream, RustConnection};

use crate::content::Content;
use crate::error::ShowError;
use crate::showing::Showing;

const COOKIE_PROTOCOL: &[u8] = b"MIT-MAGIC-COOKIE-1";

/// Which display, and what opens it.
#[derive(Clone)]
pub struct Display {
    /// Its name, such as `:10`.
    pub name: String,
    /// The `MIT-MAGIC-COOKIE-1`; `None` looks it up where every program does.
    pub cookie: Option<Vec<u8>>,
}

/// What came of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The user dismissed the notice.
    Dismissed,
    /// A program of the session took the notice away.
    TakenAway,
    /// The user agreed.
    Accepted,
    /// The user did not agree.
    Declined,
    /// The user could have answered and did not.
    NoAnswer,
    /// The question could not be seen or reached long enough to be one.
    NotSeen,
}

/// What happens meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The window is on the screen, for the first time.
    Shown {
        /// The language of its text.
        language: String,
    },
}

/// Shows a window until it is answered: the first content that the machine has fonts for. Ends without an answer when `hangup` becomes readable or breaks.
///
/// # Errors
/// [`ShowError`] if it cannot be shown, or the display is lost.
pub fn show(
    display: &Display,
    contents: Vec<Content>,
    hangup: BorrowedFd<'_>,
    mut progress: impl FnMut(Progress),
) -> Result<Answer, ShowError> {
    let (conn, screen) = connect(display)?;
    let mut showing = Showing::new(&conn, screen, contents)?;
    loop {
        while let Some(event) = conn.poll_for_event()? {
            if let Some(answer) = hear(&mut showing, &event)? {
                conn.flush()?;
                return Ok(answer);
            }
        }
        let now = Instant::now();
        if showing.due() <= now {
            if let Some(answer) = showing.look(now)? {
                return Ok(answer);
            }
            if showing.appeared() {
                progress(Progress::Shown { language: showing.language() });
            }
            // The answers to what was asked may have brought events with them.
            continue;
        }
        showing.paint_if_needed(now)?;
        conn.flush()?;
        wait(&conn, hangup, showing.due().saturating_duration_since(now))?;
    }
}

fn hear(showing: &mut Showing<'_>, event: &Event) -> Result<Option<Answer>, ShowError> {
    // Keys and clicks that another program made up with SendEvent are nobody's answer. Window managers speak that way, too.
    match event {
        Event::ClientMessage(message) => Ok(showing.told(message)),
        event if event.sent_event() => Ok(None),
        event => showing.hear(event),
    }
}

fn wait(conn: &RustConnection, hangup: BorrowedFd<'_>, longest: Duration) -> Result<(), ShowError> {
    let timeout = PollTimeout::try_from(longest.max(Duration::from_millis(1))).unwrap_or(PollTimeout::MAX);
    let mut fds = [
        PollFd::new(conn.stream().as_fd(), PollFlags::POLLIN),
        PollFd::new(hangup, PollFlags::POLLIN | PollFlags::POLLHUP),
    ];
    match poll(&mut fds, timeout) {
        Ok(_) if fds[1].any().unwrap_or(true) => Err(ShowError::NotWaited),
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(_) => Err(ShowError::Lost),
    }
}

pub(crate) fn connect(display: &Display) -> Result<(RustConnection, usize), ShowError> {
    let name = display.name.as_str();
    let bad_name = || ShowError::BadName(name.to_owned());
    let parsed = parse_display(Some(name)).map_err(|_| bad_name())?;
    let mut first_error = None;
    for address in parsed.connect_instruction() {
        let (stream, (family, peer)) = match DefaultStream::connect(&address) {
            Ok(connected) => connected,
            Err(error) => {
                first_error.get_or_insert(error);
                continue;
            }
        };
        let (protocol, cookie) = match &display.cookie {
            Some(cookie) => (COOKIE_PROTOCOL.to_vec(), cookie.clone()),
            None => get_auth(family, &peer, parsed.display).ok().flatten().unwrap_or_default(),
        };
        let screen = usize::from(parsed.screen);
        let conn = RustConnection::connect_to_stream_with_auth_info(stream, screen, protocol, cookie)
            .map_err(ShowError::Refused)?;
        return Ok((conn, screen));
    }
    Err(match first_error {
        Some(source) => ShowError::Unreachable { display: name.to_owned(), source },
        None => bad_name(),
    })
}
