//! What was opened in a session: a whole desktop, or programs without one.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, MapState, Window, WindowClass,
};

use crate::connection::{ConnectionParams, Link};
use crate::error::{CaptureError, ExchangeError, OpenError};

/// Windows that are looked at; a session's first program has no thousand.
const MAX_WINDOWS: usize = 256;
/// A program and its window manager are started at the same moment: this long a manager may come later.
const SETTLING: Duration = Duration::from_secs(1);
/// A window smaller than this shows nobody anything.
const LEAST_SIDE: u16 = 8;

/// What was opened first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Somebody manages the windows: a desktop.
    Desktop,
    /// Nobody does; these processes, by the X server's word, show windows.
    Programs(Vec<u32>),
}

/// Waits until something is opened on a display. `None` if nothing was until the deadline, or `quit` became readable.
///
/// # Errors
/// [`OpenError`] if the display cannot be opened; a display that ends later has nothing opened.
pub fn wait_for_opened(
    params: &ConnectionParams,
    deadline: Instant,
    quit: BorrowedFd<'_>,
) -> Result<Option<Opened>, OpenError> {
    let link = Link::open(params)?;
    Ok(Onlooker { root: link.conn.setup().roots[link.screen].root, link }.wait(deadline, quit).unwrap_or_default())
}

struct Onlooker {
    link: Link,
    root: Window,
}

impl Onlooker {
    fn wait(&self, deadline: Instant, quit: BorrowedFd<'_>) -> Result<Option<Opened>, CaptureError> {
        self.listen().map_err(ExchangeError::into_final)?;
        let mut settled_at: Option<Instant> = None;
        loop {
            while self.link.announced()?.is_some() {}
            let seen = self.look().map_err(ExchangeError::into_final)?;
            let now = Instant::now();
            match &seen {
                Some(Opened::Desktop) => return Ok(seen),
                Some(Opened::Programs(_)) if settled_at.is_some_and(|at| at <= now) => return Ok(seen),
                Some(Opened::Programs(_)) => {
                    settled_at.get_or_insert(now + SETTLING);
                }
                None => settled_at = None,
            }
            if deadline <= now && settled_at.is_none() {
                return Ok(None);
            }
            self.link.flush().map_err(ExchangeError::into_final)?;
            if self.link.wait(&[quit], Some(settled_at.unwrap_or(deadline))) {
                return Ok(None);
            }
        }
    }

    /// Asks to be told of new windows and of what a window manager writes when it begins.
    fn listen(&self) -> Result<(), ExchangeError> {
        let events = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::PROPERTY_CHANGE;
        let asked = ChangeWindowAttributesAux::new().event_mask(events);
        let sent = self.link.conn.change_window_attributes(self.root, &asked);
        self.link.check("listening", sent.map_err(|error| ExchangeError::from_connection("listening", error))?)?;
        self.link.begin_resources()
    }

    fn look(&self) -> Result<Option<Opened>, ExchangeError> {
        if self.attributes(self.root)?.all_event_masks.contains(EventMask::SUBSTRUCTURE_REDIRECT) {
            // One program only may ask for that, and it is what managing windows is.
            return Ok(Some(Opened::Desktop));
        }
        let asked = self.link.conn.query_tree(self.root);
        let tree =
            self.link.reply("windows", asked.map_err(|error| ExchangeError::from_connection("windows", error))?)?;
        let mut programs = Vec::new();
        for window in tree.children.into_iter().rev().take(MAX_WINDOWS) {
            // Windows come and go while they are looked at: what cannot be asked of one is no trouble.
            if let (Ok(true), Ok(Some(pid))) = (self.is_shown(window), self.link.pid_of(window))
                && !programs.contains(&pid)
            {
                programs.push(pid);
            }
        }
        Ok((!programs.is_empty()).then_some(Opened::Programs(programs)))
    }

    fn attributes(&self, window: Window) -> Result<x11rb::protocol::xproto::GetWindowAttributesReply, ExchangeError> {
        let asked = self.link.conn.get_window_attributes(window);
        self.link.reply("a window", asked.map_err(|error| ExchangeError::from_connection("a window", error))?)
    }

    /// Whether it is a window of its own that can be seen; menus and the like are not.
    fn is_shown(&self, window: Window) -> Result<bool, ExchangeError> {
        let about = self.attributes(window)?;
        if about.map_state != MapState::VIEWABLE || about.override_redirect || about.class != WindowClass::INPUT_OUTPUT
        {
            return Ok(false);
        }
        let asked = self.link.conn.get_geometry(window);
        let asked = asked.map_err(|error| ExchangeError::from_connection("a window's size", error))?;
        let size = self.link.reply("a window's size", asked)?;
        Ok(size.width >= LEAST_SIDE && size.height >= LEAST_SIDE)
    }
}
