//! Pictures in which windows are covered.

use std::time::{Duration, Instant};

use covering::Region;
use screen::{Frame, Rect};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::ConnectionExt as _;

use super::{X11Source, boottime_us};
use crate::cover::CoverWatch;
use crate::error::ExchangeError;
use crate::rects::shorten;

/// How often a picture is taken again because windows changed meanwhile, before the server is held.
const FREE_ATTEMPTS: u32 = 4;

/// Announcements taken at once. Only a program that floods us makes more; the picture then has to wait.
const MANY_EVENTS: u32 = 100_000;

/// What is kept about covered windows.
pub(super) struct Covered {
    pub(super) watch: CoverWatch,
    /// What is covered in the frame.
    shown: Region,
    /// What of the frame may differ from what was handed out, and may show anything.
    owed: Region,
    /// The frame holds what nobody may see yet.
    unsettled: bool,
}

impl Covered {
    pub(super) fn new(watch: CoverWatch) -> Self {
        Self { watch, shown: Region::new(), owed: Region::new(), unsettled: true }
    }

    pub(super) fn is_settled(&self) -> bool {
        !self.unsettled
    }

    pub(super) fn is_due(&self, now_us: u64) -> bool {
        self.watch.is_stale() || self.watch.due_us().is_some_and(|due_us| due_us <= now_us)
    }

    pub(super) fn due(&self) -> Option<Instant> {
        let left = self.watch.due_us()?.saturating_sub(boottime_us());
        Some(Instant::now() + Duration::from_micros(left))
    }
}

impl X11Source {
    /// Reads what changed, and covers what must not be seen. The answer is where the frame may differ from before.
    pub(super) fn fetch_covered_picture(&mut self) -> Result<Vec<Rect>, ExchangeError> {
        for _ in 0..FREE_ATTEMPTS {
            if let Some(changed) = self.take_covered(false)? {
                return Ok(changed);
            }
        }
        let failed = |e| ExchangeError::from_connection("holding the server", e);
        self.link.conn.grab_server().map_err(failed)?.ignore_error();
        let taken = self.take_held();
        // Whatever came of it: nobody else is served meanwhile.
        self.link.conn.ungrab_server().map_err(failed)?.ignore_error();
        self.link.flush()?;
        Ok(taken?.unwrap_or_default())
    }

    fn take_held(&mut self) -> Result<Option<Vec<Rect>>, ExchangeError> {
        let doing = "holding the server";
        let cookie = self.link.conn.get_input_focus().map_err(|e| ExchangeError::from_connection(doing, e))?;
        self.link.reply(doing, cookie)?;
        self.take_covered(true)
    }

    /// One attempt. `None`: windows changed meanwhile, which cannot be where the server is `held`.
    fn take_covered(&mut self, held: bool) -> Result<Option<Vec<Rect>>, ExchangeError> {
        self.take_all_events()?;
        let Self { link, frame, covered, damage, pictures, monitors, .. } = self;
        let Some(covered) = covered else { return Ok(Some(Vec::new())) };
        let size = (frame.width(), frame.height());
        let windows = covered.watch.fetch(link, size)?;
        // Asked for in any case, after the windows: what is drawn from here on is drawn with them where they are.
        let cookie = damage.ask(link)?;
        let answer = damage.answer(link, cookie, size);
        // Until the pixels are here too, what was damaged is known to nobody else.
        let whole = std::mem::replace(&mut self.whole, true);
        let drawn = Region::of_disjoint(answer?);
        covered.watch.look(windows, &drawn, size, monitors);
        let cover = covered.watch.region().clone();
        let mut uncovered = covered.shown.clone();
        uncovered.subtract(&cover);
        covered.owed.add(&uncovered);
        shorten(drawn.rects().to_vec()).into_iter().for_each(|rect| covered.owed.add_rect(rect));
        if whole {
            covered.owed = Region::from(frame.bounds());
        }
        let mut visible = covered.owed.clone();
        visible.subtract(&cover);
        let rects = shorten(visible.rects().to_vec());
        covered.unsettled = true;
        // Rounded up, they may reach into what is covered.
        rects.iter().for_each(|rect| covered.owed.add_rect(*rect));
        pictures.read(link, &rects, frame)?;
        // Owed remembers what was damaged from here on.
        self.whole = whole;
        self.take_all_events()?;
        let Self { frame, covered, .. } = self;
        let Some(covered) = covered else { return Ok(Some(Vec::new())) };
        if covered.watch.has_moved_on() && !held {
            return Ok(None);
        }
        let changed = covered.settle(frame, cover, whole);
        self.whole = false;
        Ok(Some(changed))
    }

    fn take_all_events(&mut self) -> Result<(), ExchangeError> {
        for _ in 0..MANY_EVENTS {
            let event = self.link.conn.poll_for_event();
            match event.map_err(|error| ExchangeError::from_connection("reading events", error))? {
                Some(event) => self.on_event(&event)?,
                None => return Ok(()),
            }
        }
        if let Some(covered) = &mut self.covered {
            covered.watch.announce();
        }
        Ok(())
    }
}

impl Covered {
    /// Covers what must not be seen in a frame that was just read. The answer is where it differs from what was handed out.
    fn settle(&mut self, frame: &mut Frame, cover: Region, whole: bool) -> Vec<Rect> {
        let mut fresh = cover.clone();
        fresh.subtract(&self.shown);
        self.watch.keep();
        let mut fill = self.owed.intersection(&cover);
        fill.add(&fresh);
        paint(frame, &fill, self.watch.colour());
        let stays = cover.intersection(&self.shown);
        let mut changed = std::mem::take(&mut self.owed);
        changed.subtract(&stays);
        changed.add(&fresh);
        self.shown = cover;
        self.unsettled = false;
        if whole { vec![frame.bounds()] } else { shorten(changed.rects().to_vec()) }
    }
}

fn paint(frame: &mut Frame, region: &Region, colour: u32) {
    for rect in region.rects() {
        for y in rect.y..rect.y + rect.height {
            frame.row_mut(y)[rect.x as usize..(rect.x + rect.width) as usize].fill(colour);
        }
    }
}
