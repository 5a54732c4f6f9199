//! Whether anything happens: somebody types or moves the pointer (the server's own idle time), or the screen changes by more than a
//! caret again and again (DAMAGE).
//!
//! What is drawn is not looked at for a while after something happened, as nothing can be idle by then: a display at work
//! costs a look every few seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use x11rb::protocol::Event;

use super::{Desk, Sighting, Source};
use crate::activity::ActivityWatch;
use crate::damage::DamageWatch;
use crate::error::ExchangeError;

/// After something happened, what is drawn is not looked at for so long; never longer than a half of what makes a session idle.
const REST: Duration = Duration::from_secs(5);
/// So many changes of the screen within [`WITHIN`] are work, or an animation; fewer are a clock.
const CHANGES: usize = 3;
const WITHIN: Duration = Duration::from_secs(2);
/// What is drawn in so short a time is one change. Three of them and two pauses lie within [`WITHIN`].
const ONE_CHANGE: Duration = Duration::from_millis(600);
/// A caret, of a terminal with large letters: width and height in pixels.
const CARET: (u32, u32) = (32, 64);

pub(super) struct Idle {
    after: Duration,
    input: ActivityWatch,
    /// While drawing is looked at.
    drawing: Option<Drawing>,
    /// When something happened last.
    happened: Instant,
    is_idle: bool,
    /// When to look next besides what is announced.
    check: Instant,
    due: Option<Instant>,
}

struct Drawing {
    damage: DamageWatch,
    /// What a new watch is told first is the whole screen.
    is_first: bool,
    looked: Option<Instant>,
    changes: VecDeque<Instant>,
}

impl Idle {
    /// `None`: this server does not count idle time.
    pub(super) fn new(desk: &Desk, after: Duration) -> Result<Option<Self>, ExchangeError> {
        let Some(input) = ActivityWatch::new(&desk.link)? else { return Ok(None) };
        let now = Instant::now();
        Ok(Some(Self { after, input, drawing: None, happened: now, is_idle: false, check: now, due: Some(now) }))
    }

    fn look_at_input(&mut self, desk: &Desk, now: Instant) -> Result<(), ExchangeError> {
        if !self.is_idle {
            let idle = Duration::from_millis(self.input.idle_ms(&desk.link)?);
            self.happened = now.checked_sub(idle).map_or(self.happened, |input| self.happened.max(input));
            return Ok(());
        }
        // Sets the alarm that tells of the next input.
        self.input.look(&desk.link)?;
        if self.input.pending {
            self.happened = now;
        }
        Ok(())
    }

    /// Looks at what was drawn, if something was.
    fn look_at_drawing(&mut self, desk: &Desk, now: Instant) -> Result<(), ExchangeError> {
        let Some(drawing) = self.drawing.as_mut().filter(|drawing| drawing.is_due(now)) else { return Ok(()) };
        if drawing.change(desk, now)? {
            self.happened = now;
        }
        Ok(())
    }

    fn rest(&self) -> Duration {
        REST.min(self.after / 2)
    }
}

impl Source for Idle {
    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, _desk: &Desk, event: &Event) {
        match event {
            Event::SyncAlarmNotify(_) if self.is_idle => self.due = Some(Instant::now()),
            Event::DamageNotify(_) => {
                let Some(drawing) = &mut self.drawing else { return };
                drawing.damage.pending = true;
                let look = drawing.next_look();
                self.due = Some(self.due.map_or(look, |due| due.min(look)));
            }
            _ => {}
        }
    }

    fn look(&mut self, desk: &Desk, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError> {
        let now = Instant::now();
        let before = self.happened;
        self.look_at_drawing(desk, now)?;
        if self.is_idle || now >= self.check {
            self.look_at_input(desk, now)?;
        }
        if self.is_idle && self.happened > before {
            self.is_idle = false;
            news.push_back(Sighting::IdleEnd { seconds: now.duration_since(before).as_secs() });
        } else if !self.is_idle && now >= self.check && now >= self.happened + self.after {
            self.is_idle = true;
            news.push_back(Sighting::Idle { seconds: now.duration_since(self.happened).as_secs() });
            self.input.look(&desk.link)?;
        }
        if !self.is_idle {
            let looking = self.happened + self.rest();
            if now < looking {
                if let Some(drawing) = self.drawing.take() {
                    drawing.damage.end(&desk.link)?;
                }
                self.check = looking;
            } else {
                self.check = self.happened + self.after;
            }
        }
        if self.drawing.is_none() && now >= self.happened + self.rest() {
            self.drawing = Some(Drawing::begin(desk)?);
        }
        let drawn = self.drawing.as_ref().filter(|drawing| drawing.damage.pending).map(Drawing::next_look);
        let check = if !self.is_idle { Some(self.check) } else { self.input.pending.then_some(now) };
        self.due = drawn.into_iter().chain(check).min();
        Ok(())
    }
}

impl Drawing {
    fn begin(desk: &Desk) -> Result<Self, ExchangeError> {
        let damage = DamageWatch::new(&desk.link, desk.root)?;
        Ok(Self { damage, is_first: true, looked: None, changes: VecDeque::new() })
    }

    fn next_look(&self) -> Instant {
        let now = Instant::now();
        self.looked.map_or(now, |looked| now.max(looked + ONE_CHANGE))
    }

    fn is_due(&self, now: Instant) -> bool {
        self.damage.pending && self.looked.is_none_or(|looked| now >= looked + ONE_CHANGE)
    }

    /// Takes in what was drawn. Whether that makes it work.
    fn change(&mut self, desk: &Desk, now: Instant) -> Result<bool, ExchangeError> {
        let asked = self.damage.ask(&desk.link)?;
        // How large a change is matters, not where.
        let drawn = self.damage.answer(&desk.link, asked, (u32::from(u16::MAX), u32::from(u16::MAX)))?;
        self.looked = Some(now);
        let is_large = drawn.iter().any(|rect| rect.width > CARET.0 || rect.height > CARET.1);
        if std::mem::take(&mut self.is_first) || !is_large {
            return Ok(false);
        }
        self.changes.push_back(now);
        self.changes.retain(|change| now.duration_since(*change) <= WITHIN);
        Ok(self.changes.len() >= CHANGES)
    }
}
