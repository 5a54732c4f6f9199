//! Whether a session is locked, without a look at its pixels: a program that is known to lock sessions shows a window, or
//! XScreenSaver says so on the root window.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, MapState, Window};

use super::{Desk, Sighting, Source, lost};
use crate::error::ExchangeError;

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
/// How much is read of what a window's program calls itself, in words of four bytes.
const MAX_CLASS_WORDS: u32 = 16;
/// Windows that are looked at.
const MAX_WINDOWS: usize = 1_024;
/// Windows come and go together: they are looked at once for all.
const SETTLING: Duration = Duration::from_millis(200);

pub(super) struct Locked {
    status: Atom,
    lock: Atom,
    /// What was told last; `None`: nothing yet.
    told: Option<bool>,
    /// Which windows belong to programs that lock, as far as they were asked.
    known: BTreeMap<Window, bool>,
    due: Option<Instant>,
}

impl Locked {
    pub(super) fn new(desk: &Desk) -> Result<Self, ExchangeError> {
        let (status, lock) = (desk.atom("_SCREENSAVER_STATUS")?, desk.atom("LOCK")?);
        Ok(Self { status, lock, told: None, known: BTreeMap::new(), due: Some(Instant::now()) })
    }

    fn is_locked(&mut self, desk: &Desk) -> Result<bool, ExchangeError> {
        if self.is_locked_by_xscreensaver(desk)? {
            return Ok(true);
        }
        let doing = "windows";
        let asked = desk.link.conn.query_tree(desk.root).map_err(|error| lost(doing, error))?;
        let tree = desk.link.reply(doing, asked)?;
        for window in tree.children.into_iter().rev().take(MAX_WINDOWS) {
            // Windows come and go while they are looked at: what cannot be asked of one is no trouble.
            match self.locks(desk, window) {
                Ok(true) => return Ok(true),
                Ok(false) | Err(ExchangeError::Refused(..)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn is_locked_by_xscreensaver(&self, desk: &Desk) -> Result<bool, ExchangeError> {
        Ok(desk.numbers(desk.root, self.status, 1)?.first() == Some(&self.lock))
    }

    fn locks(&mut self, desk: &Desk, window: Window) -> Result<bool, ExchangeError> {
        let doing = "a window";
        let asked = desk.link.conn.get_window_attributes(window).map_err(|error| lost(doing, error))?;
        if desk.link.reply(doing, asked)?.map_state != MapState::VIEWABLE {
            return Ok(false);
        }
        if let Some(known) = self.known.get(&window) {
            return Ok(*known);
        }
        let pid = desk.link.pid_of(window)?;
        let name = pid.and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok());
        let locks = match name {
            Some(name) => LOCKERS.contains(&name.trim_end()),
            // A locker that goes on in the background is no longer the process that connected: what it calls its window tells.
            None => class(desk, window)?.is_some_and(|class| LOCKERS.contains(&class.as_str())),
        };
        if self.known.len() < MAX_WINDOWS {
            self.known.insert(window, locks);
        }
        Ok(locks)
    }
}

/// What a window's program calls itself (`WM_CLASS`, its first word).
fn class(desk: &Desk, window: Window) -> Result<Option<String>, ExchangeError> {
    let class = desk.property(window, AtomEnum::WM_CLASS.into(), MAX_CLASS_WORDS)?.value;
    Ok(class.split(|byte| *byte == 0).next().map(|name| String::from_utf8_lossy(name).into_owned()))
}

impl Source for Locked {
    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, _desk: &Desk, event: &Event) {
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

    fn look(&mut self, desk: &Desk, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError> {
        let locked = self.is_locked(desk)?;
        if self.told.replace(locked) != Some(locked) {
            news.push_back(Sighting::Locked(locked));
        }
        Ok(())
    }
}
