//! Pausing: what somebody may not have recorded is neither read from the screen nor, as far back as was asked, let out of memory.

use std::time::Duration;

use capture::Update;
use recording::Event;
use screen::Frame;

use super::blocks::BlockMaker;
use super::documents::Document;
use super::hold::{Held, Hold, Paused};
use super::sealed_writer::WriteError;

/// Frames that wait, and whether recording is paused.
#[derive(Debug, Default)]
pub struct Pausing {
    hold: Hold,
    paused: Option<Paused>,
    /// How long frames are held back once it has begun, where it stands by.
    then: Duration,
}

impl Pausing {
    /// Holds frames back for so long, the longest that can be dropped when somebody pauses. `paused` begins with a pause, for this
    /// reason.
    pub fn new(hold: Duration, paused: Option<String>) -> Self {
        let mut hold = Hold::new(hold);
        let from_us = capture::boottime_us();
        if let Some(text) = &paused {
            hold.push(Held::Event(from_us, Event::paused(text)));
        }
        Self { hold, paused: paused.map(|text| Paused { from_us, text }), then: Duration::ZERO }
    }

    /// Keeps what was shown for so long, and lets nothing out of memory before [`Pausing::begin`]. `then` frames are held back
    /// for so long.
    pub fn standing_by(time: Duration, then: Duration) -> Self {
        Self { hold: Hold::forgetting(time), paused: None, then }
    }

    /// Whether it has not begun yet.
    pub fn stands_by(&self) -> bool {
        self.hold.forgets()
    }

    /// From now on everything is encoded, beginning with the screen as it was at this moment.
    ///
    /// # Errors
    /// [`WriteError`] as [`BlockMaker::update`].
    pub fn begin(&mut self, from_us: u64, blocks: &mut BlockMaker, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if !self.stands_by() {
            return Ok(());
        }
        blocks.pass_over(&self.hold.forget_before(from_us));
        self.hold.let_go_from(from_us, self.then);
        self.let_go(capture::boottime_us(), blocks, out)
    }

    /// Whether nothing may be read from the screen.
    pub fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Pauses as of this moment of `CLOCK_BOOTTIME`, dropping what came less than `look_back_us` before.
    pub fn pause(&mut self, at_us: u64, look_back_us: u64, text: String) {
        if self.is_paused() {
            return;
        }
        let from_us = at_us.saturating_sub(look_back_us.min(self.hold.time_us()));
        self.hold.drop_since(from_us);
        self.hold.push(Held::Event(from_us, Event::paused(&text)));
        self.paused = Some(Paused { from_us, text });
    }

    /// Goes on.
    pub fn resume(&mut self, at_us: u64) {
        if let Some(paused) = self.paused.take() {
            let at_us = at_us.max(paused.from_us);
            self.hold.push(Held::Pause(paused, at_us));
        }
    }

    /// The display was lost at this moment, and is there again.
    pub fn lost(&mut self, since_us: u64, blocks: &mut BlockMaker) {
        if self.hold.holds() { self.hold.lost(since_us) } else { blocks.lost(since_us) }
    }

    /// Takes something in that happened now: it stands between the pictures where it belongs.
    ///
    /// # Errors
    /// [`WriteError`] as [`BlockMaker::update`].
    pub fn event(&mut self, event: Event, blocks: &mut BlockMaker, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let now_us = capture::boottime_us();
        if self.hold.holds() {
            self.hold.push(Held::Event(now_us, event));
            return Ok(());
        }
        self.let_go(now_us, blocks, out)?;
        blocks.event(event, now_us, out)
    }

    /// Keeps a copy of a document, of which nothing is written before what was held back by then.
    pub fn document(&mut self, document: Document, blocks: &mut BlockMaker) {
        let now_us = capture::boottime_us();
        if self.hold.holds() {
            self.hold.push(Held::Document(now_us, document));
        } else {
            blocks.document(document, now_us);
        }
    }

    /// Takes an update in: it is encoded at once where nothing is held back.
    ///
    /// # Errors
    /// [`WriteError`] as [`BlockMaker::update`].
    pub fn update(
        &mut self,
        update: &Update<'_>,
        blocks: &mut BlockMaker,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        // What was read when the pause came is of before it, or of nobody's business.
        if self.is_paused() {
            return Ok(());
        }
        if self.hold.holds() {
            self.hold.take(update);
            return Ok(());
        }
        self.let_go(update.time_us, blocks, out)?;
        blocks.update(update, out)
    }

    /// When something may be let go.
    pub fn due_us(&self) -> Option<u64> {
        self.hold.due_us()
    }

    /// Encodes what has waited long enough.
    ///
    /// # Errors
    /// [`WriteError`] as [`BlockMaker::update`].
    pub fn let_go(&mut self, now_us: u64, blocks: &mut BlockMaker, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if self.stands_by() {
            blocks.pass_over(&self.hold.forget_before(now_us.saturating_sub(self.hold.time_us())));
            return Ok(());
        }
        while let Some(held) = self.hold.next(now_us) {
            match held {
                Held::Event(time_us, event) => blocks.event(event, time_us, out)?,
                Held::Document(time_us, document) => blocks.document(document, time_us),
                Held::Pause(paused, to_us) => blocks.pause(&paused, to_us, out)?,
                Held::Picture(picture) => {
                    if let Some(since_us) = picture.lost_us {
                        blocks.lost(since_us);
                    }
                    if let Some((mut update, monitors)) = self.hold.show(picture) {
                        update.monitors = &monitors;
                        blocks.update(&update, out)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Encodes everything that waits: nobody can pause any more.
    ///
    /// # Errors
    /// [`WriteError`] as [`BlockMaker::update`].
    pub fn end(&mut self, blocks: &mut BlockMaker, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if self.stands_by() {
            return Ok(());
        }
        self.resume(capture::boottime_us());
        self.let_go(u64::MAX, blocks, out)?;
        blocks.end_documents(out)
    }

    /// The screen as it was last encoded; `read` is what it was last read as.
    pub fn frame<'a>(&'a self, read: Option<&'a Frame>) -> Option<&'a Frame> {
        if self.hold.holds() { self.hold.frame() } else { read.filter(|_| !self.is_paused()) }
    }
}
