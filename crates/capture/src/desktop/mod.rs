//! What a display tells of the work that is done on it, besides its picture: one connection, one loop, and a source for each kind of
//! news. A source says when to look, takes in what the server announces, and looks.

mod clipboard;
mod idle;
mod locked;
mod paths;
mod popups;
mod responding;
mod topmost;

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, GetPropertyReply, Window,
};

use crate::connection::{ConnectionParams, Link};
use crate::error::{CaptureError, ExchangeError, OpenError};
use crate::extensions;
use crate::server::ServerIdentity;
use crate::watch::Watch;

/// A server that is held up is asked again after this.
const LATER: Duration = Duration::from_millis(200);
/// How much of a title is read, in words of four bytes.
const MAX_TITLE_WORDS: u32 = 256;
/// Begins a change of characters (ISO 2022).
const ESCAPE: u8 = 0x1b;
/// Characters of a title that are told.
const MAX_TITLE_CHARS: usize = 200;

/// What is watched for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Whether the session is locked.
    #[serde(default)]
    pub locked: bool,
    /// Which window is topmost.
    pub topmost: bool,
    /// Whether nothing happens for so many seconds.
    pub idle_after_seconds: Option<u32>,
    /// What is copied to the clipboard.
    pub clipboard: bool,
    /// And the text itself.
    pub clipboard_content: bool,
    /// Whether the topmost window's program answers.
    pub responding: bool,
    /// Dialogs that appear.
    pub popups: bool,
}

/// A window, as people and the system know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Titled {
    /// What its title says, at most 200 characters.
    pub title: String,
    /// Whose it is, by the X server's word; none over TCP.
    pub pid: Option<u32>,
}

/// What sort of thing was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Text, formatted or not.
    Text,
    /// Files, by their paths.
    File,
    /// A picture.
    Bitmap,
}

/// What was copied to the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The window in which it was copied. Its title is empty where the topmost window belongs to another program.
    pub window: Titled,
    /// What it is; `None`: nothing of these, or its program did not say in time.
    pub sort: Option<Sort>,
    /// Its program says that it is a secret.
    pub is_secret: bool,
    /// The text, where that is wanted: at most 1,000 characters.
    pub content: Option<String>,
    /// How long the text is, or is at least, where it was asked for.
    pub bytes: Option<u64>,
    /// Where files lie, as far as they are told.
    pub paths: Vec<String>,
    /// How many they are.
    pub files: u64,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sighting {
    /// Another window is topmost, or its title is another.
    Topmost(Titled),
    /// Nothing has happened for so many seconds.
    Idle {
        /// How many.
        seconds: u64,
    },
    /// Something happens again.
    IdleEnd {
        /// How long nothing had.
        seconds: u64,
    },
    /// Something was copied to the clipboard.
    Copied(Copied),
    /// A window's program does not answer.
    NotResponding(Titled),
    /// It answers again.
    RespondsAgain {
        /// The window.
        window: Titled,
        /// How long it had not.
        seconds: u64,
    },
    /// A dialog has appeared.
    Popup(Titled),
    /// Whether the session is locked: told first of all, and when that changes.
    Locked(bool),
}

/// Watches a display.
pub struct DesktopWatch {
    desk: Desk,
    sources: Vec<Box<dyn Source>>,
    news: VecDeque<Sighting>,
    /// When to look.
    due: Option<Instant>,
}

/// One thing that is watched for.
trait Source {
    /// When to look next.
    fn due(&mut self) -> &mut Option<Instant>;

    /// Takes in an announcement: it may make a look due.
    fn hear(&mut self, desk: &Desk, event: &Event);

    /// Looks, because it is due. Called again later where the server does not answer in time.
    fn look(&mut self, desk: &Desk, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError>;
}

impl DesktopWatch {
    /// Opens a display.
    ///
    /// # Errors
    /// [`OpenError`] if it cannot be opened, or lacks what is needed to watch.
    pub fn open(params: &ConnectionParams, wanted: &Wanted) -> Result<Self, OpenError> {
        let link = Link::open(params)?;
        extensions::require(&link, &params.display)?;
        let setup =
            |error: ExchangeError| OpenError::Setup { display: params.display.clone(), source: error.into_final() };
        let desk = Desk::new(link, wanted).map_err(setup)?;
        let sources = sources(&desk, wanted).map_err(setup)?;
        Ok(Self { desk, sources, news: VecDeque::new(), due: Some(Instant::now()) })
    }

    /// Who serves the display.
    pub fn server(&self) -> Option<&ServerIdentity> {
        self.desk.link.server.as_ref()
    }

    /// Waits for something to be seen. `None`: interrupted.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn next(&mut self, interrupts: &[BorrowedFd<'_>]) -> Result<Option<Sighting>, CaptureError> {
        self.wait_for_news(interrupts)
    }

    fn plan(&mut self) {
        let next = self.sources.iter_mut().filter_map(|source| *source.due()).min();
        self.due = if self.news.is_empty() { next } else { Some(Instant::now()) };
    }
}

fn sources(desk: &Desk, wanted: &Wanted) -> Result<Vec<Box<dyn Source>>, ExchangeError> {
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    if wanted.locked {
        sources.push(Box::new(locked::Locked::new(desk)?));
    }
    if wanted.topmost {
        sources.push(Box::new(topmost::Topmost::new(desk)));
    }
    if let Some(seconds) = wanted.idle_after_seconds {
        let idle = idle::Idle::new(desk, Duration::from_secs(u64::from(seconds)))?;
        sources.extend(idle.map(|idle| Box::new(idle) as Box<dyn Source>));
    }
    if wanted.clipboard {
        sources.push(Box::new(clipboard::Clipboard::new(desk, wanted.clipboard_content)?));
    }
    if wanted.responding {
        sources.push(Box::new(responding::Responding::new(desk)?));
    }
    if wanted.popups {
        sources.push(Box::new(popups::Popups::new(desk)?));
    }
    Ok(sources)
}

impl Watch for DesktopWatch {
    type News = Sighting;

    fn link(&self) -> &Link {
        &self.desk.link
    }

    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, event: &Event) {
        for source in &mut self.sources {
            source.hear(&self.desk, event);
        }
        self.plan();
    }

    fn look(&mut self) -> Result<Option<Sighting>, ExchangeError> {
        let now = Instant::now();
        for source in &mut self.sources {
            if !source.due().is_some_and(|due| due <= now) {
                continue;
            }
            *source.due() = None;
            match source.look(&self.desk, &mut self.news) {
                Err(ExchangeError::Late(_)) => *source.due() = Some(Instant::now() + LATER),
                Err(error @ ExchangeError::Fatal(_)) => return Err(error),
                // Windows come and go while they are looked at; what becomes of them is announced.
                Ok(()) | Err(ExchangeError::Refused(..)) => {}
            }
        }
        let first = self.news.pop_front();
        self.plan();
        Ok(first)
    }
}

/// The display, as sources see it.
pub(crate) struct Desk {
    pub(crate) link: Link,
    root: Window,
    active: Atom,
    /// Where titles stand, the best one first: the program's own, what the window manager shows, that of old programs.
    titles: [Atom; 3],
}

impl Desk {
    pub(crate) fn new(link: Link, wanted: &Wanted) -> Result<Self, ExchangeError> {
        let root = link.conn.setup().roots[link.screen].root;
        let mut desk = Self { link, root, active: x11rb::NONE, titles: [AtomEnum::WM_NAME.into(); 3] };
        // Answers of programs go where window managers listen; lockers' windows are the screen's own.
        let answers =
            if wanted.responding || wanted.locked { EventMask::SUBSTRUCTURE_NOTIFY } else { EventMask::NO_EVENT };
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE | answers);
        let asked = desk.link.conn.change_window_attributes(root, &aux);
        desk.link.check("announcements of windows", asked.map_err(|e| lost("announcements of windows", e))?)?;
        desk.link.begin_resources()?;
        desk.active = desk.atom("_NET_ACTIVE_WINDOW")?;
        desk.titles = [desk.atom("_NET_WM_NAME")?, desk.atom("_NET_WM_VISIBLE_NAME")?, AtomEnum::WM_NAME.into()];
        Ok(desk)
    }

    pub(crate) fn root(&self) -> Window {
        self.root
    }

    fn atom(&self, name: &str) -> Result<Atom, ExchangeError> {
        let doing = "the names of properties";
        let asked = self.link.conn.intern_atom(false, name.as_bytes()).map_err(|e| lost(doing, e))?;
        Ok(self.link.reply(doing, asked)?.atom)
    }

    fn property(&self, of: Window, name: Atom, words: u32) -> Result<GetPropertyReply, ExchangeError> {
        let doing = "a window's properties";
        let asked = self.link.conn.get_property(false, of, name, AtomEnum::ANY, 0, words);
        self.link.reply(doing, asked.map_err(|e| lost(doing, e))?)
    }

    /// The numbers that stand in a property.
    fn numbers(&self, of: Window, name: Atom, most: u32) -> Result<Vec<u32>, ExchangeError> {
        Ok(self.property(of, name, most)?.value32().map(Iterator::collect).unwrap_or_default())
    }

    /// The topmost window; `None` where there is none, or nobody says so.
    pub(crate) fn topmost(&self) -> Result<Option<Window>, ExchangeError> {
        let window = self.numbers(self.root, self.active, 1)?.first().copied();
        Ok(window.filter(|window| ![x11rb::NONE, self.root].contains(window)))
    }

    /// A window's title and process.
    pub(crate) fn titled(&self, window: Window) -> Result<Titled, ExchangeError> {
        Ok(Titled { title: self.title(window)?, pid: self.link.pid_of(window)? })
    }

    /// A window's title.
    pub(crate) fn title(&self, window: Window) -> Result<String, ExchangeError> {
        let mut title = String::new();
        for name in self.titles {
            let text = self.property(window, name, MAX_TITLE_WORDS)?.value;
            let is_old = name == u32::from(AtomEnum::WM_NAME);
            title = if is_old { old_text(&text) } else { String::from_utf8_lossy(&text).into_owned() };
            if !title.is_empty() {
                break;
            }
        }
        let title: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TITLE_CHARS).collect();
        Ok(title.trim().to_owned())
    }
}

pub(crate) fn lost(doing: &'static str, error: x11rb::errors::ConnectionError) -> ExchangeError {
    ExchangeError::from_connection(doing, error)
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
