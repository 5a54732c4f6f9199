//! The recorder's loop: display to blocks to outlet, until something ends it.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use capture::{CaptureError, ConnectionParams, OpenError, Options, Outcome, ServerIdentity, Wait, X11Source};
use recording::{Event, event_kinds};

use super::blocks::{BlockMaker, STALLED};
use super::orders::{Order, SharedOrders};
use super::outlet::{Outlet, OutletError};
use super::pausing::Pausing;
use super::sealed_writer::WriteError;
use super::sight::{Said, Sight};
use super::stop::StopSignals;

/// A lost connection is made again this many times before the display counts as gone.
const REOPEN_ATTEMPTS: u32 = 5;

/// The time between two attempts; also keeps a program that kills our connections from keeping us busy.
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// How a recording ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The X server has ended, and with it the session.
    DisplayGone,
    /// A signal asked for it, or the time is over.
    Stopped,
    /// Nobody takes the blocks any more.
    NotRead,
}

/// Why a recording failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The connection was lost and a server answers, but does not let us in again.
    #[error("the connection to the display was lost and cannot be made again")]
    Reopen(#[source] OpenError),
    /// Reading the display failed in another way.
    #[error("the display can no longer be recorded")]
    Capture(#[source] CaptureError),
    /// The blocks were not taken.
    #[error(transparent)]
    Outlet(OutletError),
    /// The blocks could not be made.
    #[error("what the display shows cannot be written")]
    Write(#[from] WriteError),
}

/// What a recording needs.
pub struct Recorder<'a, O> {
    /// How to open the display again.
    pub params: &'a ConnectionParams,
    /// How to record it.
    pub options: &'a Options,
    /// What makes blocks.
    pub blocks: BlockMaker,
    /// Where they go.
    pub outlet: &'a mut O,
    /// What ends it from outside.
    pub stop: &'a StopSignals,
    /// What the agent says meanwhile.
    pub orders: SharedOrders,
    /// What waits to be encoded, and whether recording is paused.
    pub pausing: Pausing,
    /// When it ends by itself.
    pub until: Option<Instant>,
    /// What the agent was told last of whether the display is seen.
    pub sight: Option<Sight>,
    /// Whether the agent has told that the session ended.
    pub end_told: bool,
}

/// What one step came to.
enum Step {
    Going,
    Finished(Finish),
    Lost,
}

impl<O: Outlet> Recorder<'_, O> {
    /// Records until the display is gone, a signal arrives, the time is over or nobody takes the blocks.
    ///
    /// # Errors
    /// [`RunError`]; what was captured before was given to the outlet.
    pub fn run(&mut self, mut source: X11Source) -> Result<Finish, RunError> {
        let mut out = Vec::new();
        source.look_away(self.pausing.is_paused());
        loop {
            // While nobody is to look, nothing is missed.
            let unseen = source.stalled_since_us().is_some() && !self.pausing.is_paused();
            self.say(if unseen { Sight::Unseen } else { Sight::Seen });
            // Those that came with the start parameters, or while capture waited for an answer, wake nobody.
            let step = match self.follow_orders(&mut source, &mut out)? {
                Step::Going => self.step(&mut source, &mut out)?,
                other => other,
            };
            match step {
                Step::Going => {}
                Step::Finished(finish) => return self.finish(finish, &mut source, &mut out),
                Step::Lost => match self.reopen_and_say(&source)? {
                    Reopened::Same(new) => {
                        self.pausing.lost(source.unseen_since_us(), &mut self.blocks);
                        source = *new;
                        source.look_away(self.pausing.is_paused());
                    }
                    Reopened::Ended(finish) => return self.finish(finish, &mut source, &mut out),
                },
            }
        }
    }

    /// What was told before is followed, and what still waits is written; what was missed when recording ended in the middle of a stall is
    /// declared, too.
    fn finish(&mut self, finish: Finish, source: &mut X11Source, out: &mut Vec<u8>) -> Result<Finish, RunError> {
        if finish == Finish::NotRead {
            return Ok(finish);
        }
        self.follow_orders(source, out)?;
        if finish == Finish::DisplayGone && !self.end_told {
            self.pausing.event(Event::new(event_kinds::SESSION_END), &mut self.blocks, out)?;
        }
        self.pausing.end(&mut self.blocks, out)?;
        // Also where the session ended in a stall: whoever holds the server and then ends it would hide what was done between.
        if let Some(since_us) = source.stalled_since_us().filter(|_| !self.pausing.stands_by()) {
            self.blocks.gap((since_us, capture::boottime_us()), STALLED, out)?;
        }
        match self.write(out) {
            Ok(()) | Err(OutletError::Stopped) => Ok(finish),
            Err(OutletError::NotRead) => Ok(Finish::NotRead),
            Err(error) => Err(RunError::Outlet(error)),
        }
    }

    fn step(&mut self, source: &mut X11Source, out: &mut Vec<u8>) -> Result<Step, RunError> {
        let outcome = {
            let mut interrupts = vec![self.stop.as_fd()];
            interrupts.extend(self.outlet.broken());
            interrupts.extend(self.orders.as_fd());
            let thumbnail =
                self.blocks.thumbnail_due_us().into_iter().chain(self.pausing.due_us()).min().map(instant_of);
            let wanted = self.outlet.deadline().into_iter().chain(thumbnail).chain(self.blocks.document_due());
            let deadline = self.until.into_iter().chain(wanted).min();
            source.next(Wait { deadline, interrupts: &interrupts })
        };
        let result = match outcome {
            Ok(Outcome::Update(update)) => {
                self.pausing.update(&update, &mut self.blocks, out)?;
                self.let_go(out)?
            }
            Ok(Outcome::Idle) => match self.let_go(out)? {
                Ok(()) => self.thumbnail_at_rest(source, out)?,
                error => error,
            },
            Ok(Outcome::Stalled { since_us }) => {
                tracing::warn!(since_us, "pictures are missing until the X server answers again");
                Ok(())
            }
            Ok(Outcome::Interrupted) if self.stop.take() => return Ok(Step::Finished(Finish::Stopped)),
            Ok(Outcome::Interrupted) if self.orders.lock().is_ready() => Ok(()),
            Ok(Outcome::Interrupted) => return Ok(Step::Finished(Finish::NotRead)),
            Err(error @ CaptureError::ConnectionLost { .. }) => {
                tracing::warn!("{:#}", anyhow::Error::from(error));
                return Ok(Step::Lost);
            }
            Err(error) => return Err(RunError::Capture(error)),
        };
        self.after(result)
    }

    /// What writing came to.
    fn after(&mut self, written: Result<(), OutletError>) -> Result<Step, RunError> {
        match written.and_then(|()| self.outlet_rest()) {
            Ok(()) if self.is_over() => Ok(Step::Finished(Finish::Stopped)),
            Ok(()) => Ok(Step::Going),
            Err(OutletError::Stopped) => Ok(Step::Finished(Finish::Stopped)),
            Err(OutletError::NotRead) => Ok(Step::Finished(Finish::NotRead)),
            Err(error) => Err(RunError::Outlet(error)),
        }
    }

    fn follow_orders(&mut self, source: &mut X11Source, out: &mut Vec<u8>) -> Result<Step, RunError> {
        while let Some(order) = self.orders.take() {
            match order {
                Order::Event(event) => {
                    self.end_told |= event.kind == event_kinds::SESSION_END;
                    self.pausing.event(event, &mut self.blocks, out)?;
                }
                Order::Document(document) => self.pausing.document(document, &mut self.blocks),
                Order::Pause { at_us, look_back_us, text } => {
                    self.pausing.pause(at_us, look_back_us, text);
                    // Also where it is over at once: what is dropped with it was the newest of its part of the screen.
                    source.look_away(true);
                }
                Order::Resume { at_us } => self.pausing.resume(at_us),
                Order::Begin { from_us, screen, seal } => {
                    self.blocks.begin(from_us, seal);
                    self.blocks.choose(screen);
                    self.pausing.begin(from_us, &mut self.blocks, out)?;
                }
                // Kept where it is asked for.
                Order::Program(..) => {}
            }
        }
        if self.orders.lock().questions.take_answered() {
            source.programs_answered();
        }
        source.look_away(self.pausing.is_paused());
        if out.is_empty() {
            return Ok(Step::Going);
        }
        let written = self.write(out);
        self.after(written)
    }

    fn let_go(&mut self, out: &mut Vec<u8>) -> Result<Result<(), OutletError>, RunError> {
        self.pausing.let_go(capture::boottime_us(), &mut self.blocks, out)?;
        self.blocks.document_if_due(out)?;
        Ok(self.write(out))
    }

    fn write(&mut self, out: &mut Vec<u8>) -> Result<(), OutletError> {
        let written = if out.is_empty() { Ok(()) } else { self.outlet.write(out) };
        out.clear();
        written
    }

    /// What the screen came to rest with gets its thumbnail, too.
    fn thumbnail_at_rest(
        &mut self,
        source: &X11Source,
        out: &mut Vec<u8>,
    ) -> Result<Result<(), OutletError>, RunError> {
        let frame = self.pausing.frame(source.frame());
        self.blocks.thumbnail_if_due(frame, capture::boottime_us(), out)?;
        Ok(self.write(out))
    }

    fn outlet_rest(&mut self) -> Result<(), OutletError> {
        if self.outlet.deadline().is_some_and(|deadline| deadline <= Instant::now()) {
            self.outlet.rest()?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }

    /// Tells the agent whether the display is seen, if that has changed.
    fn say(&mut self, sight: Sight) {
        if self.sight != Some(sight) {
            self.orders.say(Said::Sight(sight));
            self.sight = Some(sight);
        }
    }

    fn reopen_and_say(&mut self, lost: &X11Source) -> Result<Reopened, RunError> {
        self.say(Sight::Unseen);
        let reopened = self.reopen(lost)?;
        if matches!(reopened, Reopened::Same(_)) {
            self.say(Sight::Cut);
        }
        Ok(reopened)
    }

    /// Tells a killed connection from an ended server by opening the display again.
    fn reopen(&self, lost: &X11Source) -> Result<Reopened, RunError> {
        let mut refused = None;
        for _ in 0..REOPEN_ATTEMPTS {
            if self.pause() {
                return Ok(Reopened::Ended(Finish::Stopped));
            }
            match X11Source::open(self.params, self.options) {
                Ok(new) if is_same(lost.server(), new.server()) => return Ok(Reopened::Same(Box::new(new))),
                // Another server has taken the number: another session, and another recording.
                Ok(_) => return Ok(Reopened::Ended(Finish::DisplayGone)),
                Err(OpenError::Unreachable { .. }) => refused = None,
                Err(error) => refused = Some(error),
            }
        }
        match refused {
            Some(error) => Err(RunError::Reopen(error)),
            None => Ok(Reopened::Ended(Finish::DisplayGone)),
        }
    }

    /// Waits a little. True: asked to stop meanwhile.
    fn pause(&self) -> bool {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        let stop: BorrowedFd<'_> = self.stop.as_fd();
        let timeout = PollTimeout::try_from(REOPEN_PAUSE).unwrap_or(PollTimeout::ZERO);
        // A failing poll is as good as a short pause.
        let _ = poll(&mut [PollFd::new(stop, PollFlags::POLLIN)], timeout);
        self.stop.take()
    }
}

enum Reopened {
    Same(Box<X11Source>),
    Ended(Finish),
}

/// Servers whose process is not known (over TCP) are taken for the same.
fn is_same(before: Option<&ServerIdentity>, now: Option<&ServerIdentity>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => before == now,
        _ => true,
    }
}

/// A moment of CLOCK_BOOTTIME on the clock that waiting goes by.
fn instant_of(boottime_us: u64) -> Instant {
    Instant::now() + Duration::from_micros(boottime_us.saturating_sub(capture::boottime_us()))
}
