//! Whether a session is locked, without a look at its pixels: a program that is known to lock sessions shows a window, or
//! XScreenSaver says so on the root window.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, MapState, Window,
};

use crate::connection::{ConnectionParams, Link};
use crate::error::{CaptureError, ExchangeError, OpenError};
use crate::server::ServerIdentity;
use crate::watch::Watch;

/// Programs whose windows lock a session, as the kernel names their processes (15 characters at most).
const LOCKERS: &[&str] = &[
    "i3lock",
    "xtrlock",
    "slock",
    "xsecurelock",
    "xlock",
    "alock",
    "pyxtrlock",
    "xscreensaver-gf",
    "xfce4-screensav",
    "mate-screensave",
    "cinnamon-screen",
    "kscreenlocker_g",
];
/// Windows that are looked at.
const MAX_WINDOWS: usize = 1_024;
/// Windows come and go together: they are looked at once for all.
const SETTLING: Duration = Duration::from_millis(200);

/// What a wait came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOutcome {
    /// The session was locked, or unlocked.
    Changed {
        /// Whether it is locked now.
        locked: bool,
    },
    /// One of the interrupts became readable or broke.
    Interrupted,
}

/// Watches over the lock of one session.
pub struct LockWatch {
    link: Link,
    root: Window,
    status: Atom,
    lock: Atom,
    locked: bool,
    /// Which windows belong to programs that lock, as far as they were asked.
    known: BTreeMap<Window, bool>,
    /// When windows are to be looked at.
    due: Option<Instant>,
}

impl LockWatch {
    /// Opens a display.
    ///
    /// # Errors
    /// [`OpenError`] if it cannot be opened or does not tell whose windows are.
    pub fn open(params: &ConnectionParams) -> Result<Self, OpenError> {
        let link = Link::open(params)?;
        let root = link.conn.setup().roots[link.screen].root;
        let mut watch =
            Self { link, root, status: 0, lock: 0, locked: false, known: BTreeMap::new(), due: Some(Instant::now()) };
        let setup =
            |error: ExchangeError| OpenError::Setup { display: params.display.clone(), source: error.into_final() };
        watch.begin().map_err(setup)?;
        Ok(watch)
    }

    /// Who serves the display.
    pub fn server(&self) -> Option<&ServerIdentity> {
        self.link.server.as_ref()
    }

    /// Waits until the session is locked or unlocked, or an interrupt comes. A session that is locked from the beginning is told so.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn next(&mut self, interrupts: &[BorrowedFd<'_>]) -> Result<LockOutcome, CaptureError> {
        let news = self.wait_for_news(interrupts)?;
        Ok(news.map_or(LockOutcome::Interrupted, |locked| LockOutcome::Changed { locked }))
    }

    fn begin(&mut self) -> Result<(), ExchangeError> {
        let doing = "announcements of windows";
        let failed = |error| ExchangeError::from_connection(doing, error);
        let conn = &self.link.conn;
        let mask = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::PROPERTY_CHANGE;
        let aux = ChangeWindowAttributesAux::new().event_mask(mask);
        self.link.check(doing, conn.change_window_attributes(self.root, &aux).map_err(failed)?)?;
        self.link.begin_resources()?;
        let atom = |name: &str| -> Result<Atom, ExchangeError> {
            Ok(self.link.reply(doing, conn.intern_atom(false, name.as_bytes()).map_err(failed)?)?.atom)
        };
        (self.status, self.lock) = (atom("_SCREENSAVER_STATUS")?, atom("LOCK")?);
        Ok(())
    }

    fn is_locked(&mut self) -> Result<bool, ExchangeError> {
        if self.is_locked_by_xscreensaver()? {
            return Ok(true);
        }
        let doing = "windows";
        let failed = |error| ExchangeError::from_connection(doing, error);
        let tree = self.link.reply(doing, self.link.conn.query_tree(self.root).map_err(failed)?)?;
        for window in tree.children.into_iter().rev().take(MAX_WINDOWS) {
            // Windows come and go while they are looked at: what cannot be asked of one is no trouble.
            match self.locks(window) {
                Ok(true) => return Ok(true),
                Ok(false) | Err(ExchangeError::Refused(..)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn is_locked_by_xscreensaver(&self) -> Result<bool, ExchangeError> {
        let doing = "XScreenSaver's state";
        let asked = self.link.conn.get_property(false, self.root, self.status, AtomEnum::ANY, 0, 1);
        let reply = self.link.reply(doing, asked.map_err(|error| ExchangeError::from_connection(doing, error))?)?;
        Ok(reply.value32().and_then(|mut values| values.next()) == Some(self.lock))
    }

    fn locks(&mut self, window: Window) -> Result<bool, ExchangeError> {
        let doing = "a window";
        let failed = |error| ExchangeError::from_connection(doing, error);
        let asked = self.link.conn.get_window_attributes(window).map_err(failed)?;
        if self.link.reply(doing, asked)?.map_state != MapState::VIEWABLE {
            return Ok(false);
        }
        if let Some(known) = self.known.get(&window) {
            return Ok(*known);
        }
        let pid = self.link.pid_of(window)?;
        let name = pid.and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok());
        let locks = name.is_some_and(|name| LOCKERS.contains(&name.trim_end()));
        if self.known.len() < MAX_WINDOWS {
            self.known.insert(window, locks);
        }
        Ok(locks)
    }
}

impl Watch for LockWatch {
    type News = bool;

    fn link(&self) -> &Link {
        &self.link
    }

    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, event: &Event) {
        let matters = match event {
            Event::DestroyNotify(gone) => {
                self.known.remove(&gone.window);
                true
            }
            Event::MapNotify(_) | Event::UnmapNotify(_) | Event::ReparentNotify(_) => true,
            Event::PropertyNotify(notify) => notify.atom == self.status,
            _ => false,
        };
        if matters {
            self.due.get_or_insert(Instant::now() + SETTLING);
        }
    }

    fn look(&mut self) -> Result<Option<bool>, ExchangeError> {
        let locked = self.is_locked()?;
        let before = std::mem::replace(&mut self.locked, locked);
        Ok((locked != before).then_some(locked))
    }
}
