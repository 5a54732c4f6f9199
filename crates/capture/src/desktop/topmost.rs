//! Which window is topmost and what its title says, as the session's window manager tells (EWMH: `_NET_ACTIVE_WINDOW`,
//! `_NET_WM_NAME`, `_NET_WM_VISIBLE_NAME`; ICCCM 4.1.2.1: `WM_NAME`). Where none does, nothing is known.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window};

use super::{Desk, Sighting, Source, Titled, lost};
use crate::error::ExchangeError;

/// Programs may change a title as fast as they like: no two are told faster than this.
const LEAST_INTERVAL: Duration = Duration::from_secs(1);

/// Watches which window is topmost. The first is told at once; of those that come faster than one a second, the last.
pub(super) struct Topmost {
    watched: Window,
    told: Option<Titled>,
    told_at: Option<Instant>,
    due: Option<Instant>,
}

impl Topmost {
    pub(super) fn new(_desk: &Desk) -> Self {
        Self { watched: x11rb::NONE, told: None, told_at: None, due: Some(Instant::now()) }
    }

    fn watch(desk: &Desk, window: Window, what: EventMask) -> Result<(), ExchangeError> {
        if window == x11rb::NONE {
            return Ok(());
        }
        let aux = ChangeWindowAttributesAux::new().event_mask(what);
        let asked = desk.link.conn.change_window_attributes(window, &aux);
        // A window that is gone announces nothing.
        asked.map_err(|error| lost("titles", error))?.ignore_error();
        Ok(())
    }
}

impl Source for Topmost {
    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, desk: &Desk, event: &Event) {
        let Event::PropertyNotify(changed) = event else { return };
        let matters = (changed.window == desk.root && changed.atom == desk.active)
            || (changed.window == self.watched && desk.titles.contains(&changed.atom));
        if matters {
            let now = Instant::now();
            self.due.get_or_insert(self.told_at.map_or(now, |told_at| now.max(told_at + LEAST_INTERVAL)));
        }
    }

    fn look(&mut self, desk: &Desk, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError> {
        let window = desk.topmost()?;
        let watched = window.unwrap_or(x11rb::NONE);
        if watched != self.watched {
            Self::watch(desk, self.watched, EventMask::NO_EVENT)?;
            self.watched = watched;
            // Before the title is asked for: what changes later is announced.
            Self::watch(desk, watched, EventMask::PROPERTY_CHANGE)?;
        }
        let Some(window) = window else { return Ok(()) };
        let now = desk.titled(window)?;
        if self.told.as_ref() != Some(&now) {
            self.told_at = Some(Instant::now());
            self.told = Some(now.clone());
            news.push_back(Sighting::Topmost(now));
        }
        Ok(())
    }
}
