//! What is copied to the clipboard (`CLIPBOARD`; what is merely marked with the pointer, `PRIMARY`, is not copied): XFIXES tells who
//! owns it, the owner is asked what it is (`TARGETS`), and for the rest only where that is needed: files for their paths, text
//! where its content is wanted.
//!
//! Owners are programs of the session. One that does not answer is waited for two seconds, one that offers to send in pieces
//! (`INCR`) is not taken up on it, and of what one sends no more is read than is told. What a password manager marks is never asked for.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::{ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, GetPropertyReply, Timestamp, Window, WindowClass,
};

use super::{Copied, Desk, Sighting, Sort, Source, Titled, lost, old_text, paths};
use crate::error::ExchangeError;

const DOING: &str = "the clipboard";
/// Of what is copied faster than this, the last is told.
const LEAST_INTERVAL: Duration = Duration::from_millis(500);
/// An owner that has not answered by then does not.
const PATIENCE: Duration = Duration::from_secs(2);
/// What an owner can offer of one thing, as far as it is read.
const MAX_TARGETS: u32 = 512;
/// Characters of a text that are told.
const MAX_CONTENT_CHARS: usize = 1_000;
/// How much of a text is read, in words of four bytes.
const MAX_CONTENT_WORDS: u32 = 1_000;
/// The same of a list of files.
const MAX_LIST_WORDS: u32 = 16_384;

/// What programs offer of files, texts and pictures, the best one first.
const FILES: [&str; 2] = ["text/uri-list", "x-special/gnome-copied-files"];
const TEXTS: [&str; 6] = ["UTF8_STRING", "text/plain;charset=utf-8", "STRING", "text/plain", "TEXT", "COMPOUND_TEXT"];
const PICTURES: [&str; 7] =
    ["image/png", "image/bmp", "image/jpeg", "image/tiff", "image/gif", "image/webp", "image/svg+xml"];
/// Texts that are asked for: of the others it is not known how they are written.
const READABLE_TEXTS: usize = 3;

pub(super) struct Clipboard {
    names: Names,
    wants_content: bool,
    /// Copied and not looked at yet.
    newest: Option<Copy>,
    asking: Option<Asking>,
    began: Option<Instant>,
    due: Option<Instant>,
}

struct Names {
    clipboard: Atom,
    targets: Atom,
    pieces: Atom,
    secret: Atom,
    files: Vec<Atom>,
    texts: Vec<Atom>,
    pictures: Vec<Atom>,
}

#[derive(Clone, Copy)]
struct Copy {
    owner: Window,
    at: Timestamp,
}

/// An owner that is asked something.
struct Asking {
    copy: Copy,
    /// Where answers go; of this question alone, so that a late answer to another is none.
    window: Window,
    target: Atom,
    until: Instant,
    /// Whether there is an answer, and if so whether the owner gives what it is asked for.
    answer: Option<bool>,
    /// What is known by now.
    copied: Copied,
    /// Nothing more is asked.
    is_done: bool,
}

impl Clipboard {
    pub(super) fn new(desk: &Desk, wants_content: bool) -> Result<Self, ExchangeError> {
        let atoms = |names: &[&str]| names.iter().map(|name| desk.atom(name)).collect::<Result<Vec<_>, _>>();
        let names = Names {
            clipboard: desk.atom("CLIPBOARD")?,
            targets: desk.atom("TARGETS")?,
            pieces: desk.atom("INCR")?,
            secret: desk.atom("x-kde-passwordManagerHint")?,
            files: atoms(&FILES)?,
            texts: atoms(&TEXTS)?,
            pictures: atoms(&PICTURES)?,
        };
        let mask = SelectionEventMask::SET_SELECTION_OWNER;
        let asked = desk.link.conn.xfixes_select_selection_input(desk.root, names.clipboard, mask);
        desk.link.check(DOING, asked.map_err(|error| lost(DOING, error))?)?;
        Ok(Self { names, wants_content, newest: None, asking: None, began: None, due: None })
    }

    /// Begins with what was copied last; whatever was asked about before is no more.
    fn begin(&mut self, desk: &Desk, copy: Copy) -> Result<(), ExchangeError> {
        self.give_up(desk)?;
        self.began = Some(Instant::now());
        let pid = match desk.link.pid_of(copy.owner) {
            // It was copied, even if the window is gone by now.
            Err(ExchangeError::Refused(..)) => None,
            pid => pid?,
        };
        // Owners are mostly windows that nobody sees.
        let seen = desk.topmost()?.map(|window| desk.titled(window)).transpose();
        let title = match seen {
            Ok(seen) => seen.filter(|seen| seen.pid == pid).map_or_else(String::new, |seen| seen.title),
            Err(ExchangeError::Refused(..)) => String::new(),
            Err(error) => return Err(error),
        };
        let window = Titled { title, pid };
        let copied =
            Copied { window, sort: None, is_secret: false, content: None, bytes: None, paths: Vec::new(), files: 0 };
        self.ask(desk, copy, copied, self.names.targets)
    }

    fn ask(&mut self, desk: &Desk, copy: Copy, copied: Copied, target: Atom) -> Result<(), ExchangeError> {
        let conn = &desk.link.conn;
        let window = conn.generate_id().map_err(|error| ExchangeError::from_id(DOING, error))?;
        let (class, aux) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
        let made = conn.create_window(0, window, desk.root, -1, -1, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &aux);
        made.map_err(|error| lost(DOING, error))?.ignore_error();
        let asked = conn.convert_selection(window, self.names.clipboard, target, target, copy.at);
        asked.map_err(|error| lost(DOING, error))?.ignore_error();
        let until = Instant::now() + PATIENCE;
        self.asking = Some(Asking { copy, window, target, until, answer: None, copied, is_done: false });
        self.due = Some(until);
        Ok(())
    }

    /// Forgets what was asked; what comes all the same is refused by the server, as there is no such window.
    fn give_up(&mut self, desk: &Desk) -> Result<(), ExchangeError> {
        let Some(asking) = self.asking.take() else { return Ok(()) };
        desk.link.conn.destroy_window(asking.window).map_err(|error| lost(DOING, error))?.ignore_error();
        Ok(())
    }

    /// Takes in an answer. What is asked next, if anything.
    fn take(&self, desk: &Desk, asking: &mut Asking) -> Result<Option<Atom>, ExchangeError> {
        if asking.answer != Some(true) {
            return Ok(None);
        }
        let read = |words: u32| desk.property(asking.window, asking.target, words);
        let copied = &mut asking.copied;
        if asking.target == self.names.targets {
            let offered: Vec<Atom> = read(MAX_TARGETS)?.value32().map(Iterator::collect).unwrap_or_default();
            return Ok(self.sort(&offered, copied));
        }
        if self.names.files.contains(&asking.target) {
            let list = read(MAX_LIST_WORDS)?;
            if list.type_ != self.names.pieces {
                (copied.paths, copied.files) = paths::listed(&list.value);
            }
        } else {
            (copied.content, copied.bytes) = self.text(&read(MAX_CONTENT_WORDS)?);
        }
        Ok(None)
    }

    /// What it is that has such formats, and what of it is asked for.
    fn sort(&self, offered: &[Atom], copied: &mut Copied) -> Option<Atom> {
        let first = |of: &[Atom]| of.iter().copied().find(|atom| offered.contains(atom));
        copied.is_secret = offered.contains(&self.names.secret);
        let (files, texts) = (first(&self.names.files), first(&self.names.texts));
        copied.sort = if files.is_some() {
            Some(Sort::File)
        } else if texts.is_some() || copied.is_secret {
            Some(Sort::Text)
        } else {
            first(&self.names.pictures).map(|_| Sort::Bitmap)
        };
        match copied.sort {
            _ if copied.is_secret => None,
            Some(Sort::File) => files,
            Some(Sort::Text) if self.wants_content => first(&self.names.texts[..READABLE_TEXTS]),
            _ => None,
        }
    }

    /// A text and its length. One that would come in pieces is told by its length alone.
    fn text(&self, reply: &GetPropertyReply) -> (Option<String>, Option<u64>) {
        if reply.type_ == self.names.pieces {
            let least = reply.value32().and_then(|mut numbers| numbers.next());
            return (None, least.map(u64::from));
        }
        let text = match reply.type_ {
            kind if kind == Atom::from(AtomEnum::STRING) => old_text(&reply.value),
            _ => String::from_utf8_lossy(&reply.value).into_owned(),
        };
        let plain = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c };
        let bytes = reply.value.len() as u64 + u64::from(reply.bytes_after);
        (Some(text.chars().map(plain).take(MAX_CONTENT_CHARS).collect()), Some(bytes))
    }
}

impl Source for Clipboard {
    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, _desk: &Desk, event: &Event) {
        let now = Instant::now();
        match event {
            Event::XfixesSelectionNotify(news) if news.selection == self.names.clipboard => {
                if news.owner == x11rb::NONE {
                    return;
                }
                self.newest = Some(Copy { owner: news.owner, at: news.selection_timestamp });
                self.due = Some(self.began.map_or(now, |began| now.max(began + LEAST_INTERVAL)));
            }
            Event::SelectionNotify(answer) => {
                let Some(asking) = &mut self.asking else { return };
                if answer.requestor == asking.window && answer.target == asking.target && !asking.is_done {
                    asking.answer = Some(answer.property != x11rb::NONE);
                    if self.newest.is_none() {
                        self.due = Some(now);
                    }
                }
            }
            _ => {}
        }
    }

    fn look(&mut self, desk: &Desk, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError> {
        // Something else was copied meanwhile: an answer may already be about that, and that may be a secret.
        if let Some(copy) = self.newest {
            self.begin(desk, copy)?;
            self.newest = None;
            return Ok(());
        }
        let Some(mut asking) = self.asking.take() else { return Ok(()) };
        if asking.is_done {
            news.push_back(Sighting::Copied(asking.copied.clone()));
            self.asking = Some(asking);
            return self.give_up(desk);
        }
        if asking.answer.is_none() && Instant::now() < asking.until {
            self.due = Some(asking.until);
            self.asking = Some(asking);
            return Ok(());
        }
        match self.take(desk, &mut asking) {
            Ok(Some(next)) => {
                let (copy, copied) = (asking.copy, asking.copied.clone());
                self.asking = Some(asking);
                self.give_up(desk)?;
                self.ask(desk, copy, copied, next)
            }
            // Told at the next look: what was announced before this answer came is heard first.
            Ok(None) | Err(ExchangeError::Refused(..)) => {
                asking.is_done = true;
                self.asking = Some(asking);
                self.due = Some(Instant::now());
                Ok(())
            }
            Err(error) => {
                self.asking = Some(asking);
                Err(error)
            }
        }
    }
}
