//! Whether the topmost window's program answers: it is asked as window managers ask (EWMH: `_NET_WM_PING`), and its answer goes to the
//! root window, where everybody can hear it who listens. A window manager finds nothing that it had asked in it, and lets it be.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Atom, ClientMessageEvent, ConnectionExt as _, EventMask, Window};

use super::{Desk, Sighting, Source, Titled, lost};
use crate::error::ExchangeError;

/// How often the topmost window's program is asked.
const EVERY: Duration = Duration::from_secs(10);
/// One that has not answered by then does not respond.
const PATIENCE: Duration = Duration::from_secs(5);
/// Windows whose answer is waited for.
const MAX_ASKED: usize = 16;
/// Protocols of a window that are read.
const MAX_PROTOCOLS: u32 = 32;

pub(super) struct Responding {
    protocols: Atom,
    ping: Atom,
    /// Told in every question, and in its answer; never 0, which would mean no time at all.
    stamp: u32,
    asked: Vec<Asked>,
    answered: Vec<Asked>,
    ask_at: Instant,
    due: Option<Instant>,
}

/// A question.
struct Asked {
    window: Window,
    stamp: u32,
    at: Instant,
    /// It was not answered in time.
    hangs: Option<Titled>,
}

impl Responding {
    pub(super) fn new(desk: &Desk) -> Result<Self, ExchangeError> {
        let (protocols, ping) = (desk.atom("WM_PROTOCOLS")?, desk.atom("_NET_WM_PING")?);
        let now = Instant::now();
        // Other programs' questions have the server's time in them, which is far from this.
        let stamp = std::process::id().wrapping_shl(8) | 1 << 31;
        Ok(Self { protocols, ping, stamp, asked: Vec::new(), answered: Vec::new(), ask_at: now, due: Some(now) })
    }

    fn ask(&mut self, desk: &Desk, now: Instant) -> Result<(), ExchangeError> {
        let Some(window) = desk.topmost()? else { return Ok(()) };
        let waits = self.asked.len() >= MAX_ASKED || self.asked.iter().any(|asked| asked.window == window);
        if waits || !desk.numbers(window, self.protocols, MAX_PROTOCOLS)?.contains(&self.ping) {
            return Ok(());
        }
        self.stamp = self.stamp.wrapping_add(1).max(1);
        let question = ClientMessageEvent::new(32, window, self.protocols, [self.ping, self.stamp, window, 0, 0]);
        let sent = desk.link.conn.send_event(false, window, EventMask::NO_EVENT, question);
        sent.map_err(|error| lost("asking a program whether it responds", error))?.ignore_error();
        self.asked.push(Asked { window, stamp: self.stamp, at: now, hangs: None });
        Ok(())
    }

    /// Who should have answered by now, and who of those is gone.
    fn check(&mut self, desk: &Desk, now: Instant, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError> {
        let mut kept = Vec::new();
        for mut asked in std::mem::take(&mut self.asked) {
            if now < asked.at + PATIENCE {
                kept.push(asked);
                continue;
            }
            match desk.titled(asked.window) {
                Ok(titled) if asked.hangs.is_none() => {
                    asked.hangs = Some(titled.clone());
                    news.push_back(Sighting::NotResponding(titled));
                    kept.push(asked);
                }
                // A window that is gone never answers.
                Err(ExchangeError::Refused(..)) => {}
                Ok(_) => kept.push(asked),
                Err(error) => {
                    kept.push(asked);
                    self.asked.append(&mut kept);
                    return Err(error);
                }
            }
        }
        self.asked = kept;
        Ok(())
    }
}

impl Source for Responding {
    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, desk: &Desk, event: &Event) {
        let Event::ClientMessage(message) = event else { return };
        if message.window != desk.root || message.type_ != self.protocols || message.format != 32 {
            return;
        }
        let [what, stamp, window, ..] = message.data.as_data32();
        let of = |asked: &Asked| what == self.ping && asked.stamp == stamp && asked.window == window;
        if let Some(at) = self.asked.iter().position(of) {
            let asked = self.asked.swap_remove(at);
            if asked.hangs.is_some() {
                self.answered.push(asked);
                self.due = Some(Instant::now());
            }
        }
    }

    fn look(&mut self, desk: &Desk, news: &mut VecDeque<Sighting>) -> Result<(), ExchangeError> {
        let now = Instant::now();
        for Asked { at, hangs, .. } in self.answered.drain(..) {
            let seconds = now.duration_since(at).as_secs();
            news.extend(hangs.map(|window| Sighting::RespondsAgain { window, seconds }));
        }
        self.check(desk, now, news)?;
        if now >= self.ask_at {
            self.ask_at = now + EVERY;
            // A window that goes while it is looked at is none to ask.
            match self.ask(desk, now) {
                Ok(()) | Err(ExchangeError::Refused(..)) => {}
                Err(error) => return Err(error),
            }
        }
        let waiting = self.asked.iter().filter(|asked| asked.hangs.is_none()).map(|asked| asked.at + PATIENCE);
        self.due = waiting.chain([self.ask_at]).min();
        Ok(())
    }
}
