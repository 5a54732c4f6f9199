//! Dialogs that appear, as the window manager lists windows (EWMH: `_NET_CLIENT_LIST`): those that call themselves dialogs
//! (`_NET_WM_WINDOW_TYPE`), or belong to another window and do not say what they are (ICCCM: `WM_TRANSIENT_FOR`).

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, AtomEnum, Window};

use super::{Desk, Sighting, Source};
use crate::error::ExchangeError;

/// A window that has just appeared may get its title a little later; many that appear together are looked at once.
const SETTLING: Duration = Duration::from_millis(300);
/// Windows that are known.
const MAX_WINDOWS: u32 = 1_024;
/// New windows that are looked at in one look; of more nothing is told.
const MAX_NEW: usize = 64;
/// Words that a window says of what it is.
const MAX_TYPES: u32 = 16;

pub(super) struct Popups {
    list: Atom,
    types: Atom,
    dialog: Atom,
    /// Windows that are no news. `None`: nobody has looked yet.
    known: Option<BTreeSet<Window>>,
    due: Option<Instant>,
}

impl Popups {
    pub(super) fn new(desk: &Desk) -> Result<Self, ExchangeError> {
        let (list, types) = (desk.atom("_NET_CLIENT_LIST")?, desk.atom("_NET_WM_WINDOW_TYPE")?);
        let dialog = desk.atom("_NET_WM_WINDOW_TYPE_DIALOG")?;
        Ok(Self { list, types, dialog, known: None, due: Some(Instant::now()) })
    }

    fn is_dialog(&self, desk: &Desk, window: Window) -> Result<bool, ExchangeError> {
        let types = desk.numbers(window, self.types, MAX_TYPES)?;
        if !types.is_empty() {
            return Ok(types.contains(&self.dialog));
        }
        let above = desk.numbers(window, AtomEnum::WM_TRANSIENT_FOR.into(), 1)?;
        Ok(above.first().is_some_and(|above| *above != x11rb::NONE))
    }
}

impl Source for Popups {
    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, desk: &Desk, event: &Event) {
        let Event::PropertyNotify(changed) = event else { return };
        if changed.window == desk.root && changed.atom == self.list {
            self.due.get_or_insert(Instant::now() + SETTLING);
            // The next program may get the number of a window that has just gone.
            if let (Some(known), Ok(now)) = (&mut self.known, desk.numbers(desk.root, self.list, MAX_WINDOWS)) {
                known.retain(|window| now.contains(window));
            }
        }
    }

    fn look(&mut self, desk: &Desk, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError> {
        let now: BTreeSet<Window> = desk.numbers(desk.root, self.list, MAX_WINDOWS)?.into_iter().collect();
        let Some(known) = &self.known else {
            self.known = Some(now);
            return Ok(());
        };
        for window in now.difference(known).take(MAX_NEW) {
            // One that is gone again is no news, and no trouble for the others.
            match self.is_dialog(desk, *window) {
                Ok(true) => match desk.titled(*window) {
                    Ok(titled) => news.push_back(Sighting::Popup(titled)),
                    Err(ExchangeError::Refused(..)) => {}
                    Err(error) => return Err(error),
                },
                Ok(false) | Err(ExchangeError::Refused(..)) => {}
                Err(error) => return Err(error),
            }
        }
        self.known = Some(now);
        Ok(())
    }
}
