//! Waiting for news of windows: what the server announces says when to look, never what there is to see.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use x11rb::protocol::Event;

use crate::connection::Link;
use crate::error::{CaptureError, ExchangeError};

/// A server that is held up is asked again after this.
const LATER: Duration = Duration::from_millis(200);

/// Announcements that are heard at once: in a flood of them, somebody who interrupts is heard, too.
const MAX_HEARD: usize = 1_000;

/// Looks at windows when there may be something new.
pub(crate) trait Watch {
    /// What may be new.
    type News;

    fn link(&self) -> &Link;

    /// When to look next.
    fn due(&mut self) -> &mut Option<Instant>;

    /// Takes in an announcement: it may make a look due.
    fn hear(&mut self, event: &Event);

    /// Looks. `None`: all is as it was told last.
    fn look(&mut self) -> Result<Option<Self::News>, ExchangeError>;

    /// Waits for news. `None`: interrupted.
    fn wait_for_news(&mut self, interrupts: &[BorrowedFd<'_>]) -> Result<Option<Self::News>, CaptureError> {
        loop {
            let mut heard = 0;
            while heard < MAX_HEARD
                && let Some(event) = self.link().announced()?
            {
                self.hear(&event);
                heard += 1;
            }
            let due = *self.due();
            if due.is_some_and(|due| due <= Instant::now()) {
                *self.due() = None;
                match self.look() {
                    Ok(Some(news)) => return Ok(Some(news)),
                    Err(ExchangeError::Late(_)) => *self.due() = Some(Instant::now() + LATER),
                    Err(ExchangeError::Fatal(error)) => return Err(error),
                    // Windows come and go while they are looked at; what becomes of them is announced.
                    Ok(None) | Err(ExchangeError::Refused(..)) => {}
                }
                continue;
            }
            self.link().flush().map_err(ExchangeError::into_final)?;
            let until = if heard == MAX_HEARD { Some(Instant::now()) } else { due };
            if self.link().wait(interrupts, until) {
                return Ok(None);
            }
        }
    }
}
