//! Which window is topmost and what its title says, as the session's window manager tells (EWMH: `_NET_ACTIVE_WINDOW`,
//! `_NET_WM_NAME`, `_NET_WM_VISIBLE_NAME`; ICCCM 4.1.2.1: `WM_NAME`). Where none does, nothing is known.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window};

use crate::connection::{ConnectionParams, Link};
use crate::error::{CaptureError, ExchangeError, OpenError};
use crate::server::ServerIdentity;
use crate::watch::Watch;

/// Programs may change a title as fast as they like: no two are told faster than this.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);
/// How much of a title is read, in words of four bytes.
const MAX_TITLE_WORDS: u32 = 256;
/// Begins a change of characters (ISO 2022).
const ESCAPE: u8 = 0x1b;
/// Characters of a title that are told.
const MAX_TITLE_CHARS: usize = 200;

/// A window on top of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topmost {
    /// What its title says, at most 200 characters.
    pub title: String,
    /// Whose it is, by the X server's word; none over TCP.
    pub pid: Option<u32>,
}

/// Watches which window is topmost.
pub struct TopmostWatch {
    link: Link,
    root: Window,
    names: Names,
    watched: Window,
    told: Option<Topmost>,
    told_at: Option<Instant>,
    /// When to look.
    due: Option<Instant>,
}

struct Names {
    active: Atom,
    /// Where titles stand, the best one first: the program's own, what the window manager shows, that of old programs.
    titles: [Atom; 3],
}

impl TopmostWatch {
    /// Opens a display.
    ///
    /// # Errors
    /// [`OpenError`] if it cannot be opened.
    pub fn open(params: &ConnectionParams) -> Result<Self, OpenError> {
        let link = Link::open(params)?;
        let setup =
            |error: ExchangeError| OpenError::Setup { display: params.display.clone(), source: error.into_final() };
        let root = link.conn.setup().roots[link.screen].root;
        let names = Names::of(&link, root).map_err(setup)?;
        Ok(Self { link, root, names, watched: x11rb::NONE, told: None, told_at: None, due: Some(Instant::now()) })
    }

    /// Who serves the display.
    pub fn server(&self) -> Option<&ServerIdentity> {
        self.link.server.as_ref()
    }

    /// Waits until another window is topmost or its title is another. `None`: interrupted. The first one is told at once; of those that
    /// come faster than one a second, the last.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn next(&mut self, interrupts: &[BorrowedFd<'_>]) -> Result<Option<Topmost>, CaptureError> {
        self.wait_for_news(interrupts)
    }

    fn topmost(&mut self) -> Result<Option<Topmost>, ExchangeError> {
        let active = self.property(self.root, self.names.active, AtomEnum::WINDOW.into(), 1)?;
        let window = active.try_into().map_or(x11rb::NONE, u32::from_ne_bytes);
        if window != self.watched {
            self.watch(self.watched, EventMask::NO_EVENT)?;
            self.watched = window;
            // Before the title is asked for: what changes later is announced.
            self.watch(window, EventMask::PROPERTY_CHANGE)?;
        }
        if window == x11rb::NONE {
            return Ok(None);
        }
        let mut title = String::new();
        for name in self.names.titles {
            let text = self.property(window, name, AtomEnum::ANY.into(), MAX_TITLE_WORDS)?;
            let is_old = name == u32::from(AtomEnum::WM_NAME);
            title = if is_old { old_text(&text) } else { String::from_utf8_lossy(&text).into_owned() };
            if !title.is_empty() {
                break;
            }
        }
        let title: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TITLE_CHARS).collect();
        Ok(Some(Topmost { title: title.trim().to_owned(), pid: self.link.pid_of(window)? }))
    }

    fn watch(&self, window: Window, what: EventMask) -> Result<(), ExchangeError> {
        if window == x11rb::NONE || window == self.root {
            return Ok(());
        }
        let aux = ChangeWindowAttributesAux::new().event_mask(what);
        let asked = self.link.conn.change_window_attributes(window, &aux);
        // A window that is gone announces nothing.
        asked.map_err(|error| ExchangeError::from_connection("titles", error))?.ignore_error();
        Ok(())
    }

    fn property(&self, window: Window, name: Atom, kind: Atom, words: u32) -> Result<Vec<u8>, ExchangeError> {
        let doing = "titles";
        let asked = self.link.conn.get_property(false, window, name, kind, 0, words);
        Ok(self.link.reply(doing, asked.map_err(|error| ExchangeError::from_connection(doing, error))?)?.value)
    }
}

impl Watch for TopmostWatch {
    type News = Topmost;

    fn link(&self) -> &Link {
        &self.link
    }

    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, event: &Event) {
        let Event::PropertyNotify(changed) = event else { return };
        let matters = (changed.window == self.root && changed.atom == self.names.active)
            || (changed.window == self.watched && self.names.titles.contains(&changed.atom));
        if matters {
            let now = Instant::now();
            self.due.get_or_insert(self.told_at.map_or(now, |told_at| now.max(told_at + LEAST_INTERVAL)));
        }
    }

    fn look(&mut self) -> Result<Option<Topmost>, ExchangeError> {
        let now = self.topmost()?;
        let news = now.filter(|now| self.told.as_ref() != Some(now));
        if news.is_some() {
            self.told_at = Some(Instant::now());
            self.told.clone_from(&news);
        }
        Ok(news)
    }
}

impl Names {
    fn of(link: &Link, root: Window) -> Result<Self, ExchangeError> {
        let doing = "announcements of titles";
        let failed = |error| ExchangeError::from_connection(doing, error);
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        link.check(doing, link.conn.change_window_attributes(root, &aux).map_err(failed)?)?;
        link.begin_resources()?;
        let atom = |name: &str| -> Result<Atom, ExchangeError> {
            Ok(link.reply(doing, link.conn.intern_atom(false, name.as_bytes()).map_err(failed)?)?.atom)
        };
        let titles = [atom("_NET_WM_NAME")?, atom("_NET_WM_VISIBLE_NAME")?, AtomEnum::WM_NAME.into()];
        Ok(Self { active: atom("_NET_ACTIVE_WINDOW")?, titles })
    }
}

/// Text of programs that know no UTF-8: Latin-1, or compound text, of which only what is Latin-1, too, can be told.
fn old_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut is_latin = true;
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != ESCAPE {
            text.push(if is_latin { char::from(*byte) } else { char::REPLACEMENT_CHARACTER });
            continue;
        }
        // ISO 2022: which characters follow.
        let last = rest.iter().position(|byte| !(0x20..0x30).contains(byte));
        let (designation, after) = rest.split_at(last.map_or(rest.len(), |last| last + 1));
        is_latin = matches!(designation, b"(B" | b"-A");
        rest = after;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_titles_are_told_as_far_as_they_are_latin() {
        assert_eq!(old_text(b"\xdcberweisung"), "\u{dc}berweisung");
        assert_eq!(old_text(b"a \x1b$(B=\x1b(B b"), "a \u{fffd} b");
        assert_eq!(old_text(b"a\x1b"), "a");
    }
}
