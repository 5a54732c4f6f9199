//! Whether an X server is still there, without a look at anything that it shows.

use std::convert::Infallible;
use std::os::fd::BorrowedFd;
use std::time::Instant;

use x11rb::protocol::Event;

use crate::connection::{ConnectionParams, Link};
use crate::error::{CaptureError, ExchangeError, OpenError};
use crate::server::ServerIdentity;
use crate::watch::Watch;

/// A connection to a display that asks for nothing: it is there as long as the X server is.
pub struct PresenceWatch {
    link: Link,
    due: Option<Instant>,
}

impl PresenceWatch {
    /// Opens a display.
    ///
    /// # Errors
    /// [`OpenError`] if it cannot be opened.
    pub fn open(params: &ConnectionParams) -> Result<Self, OpenError> {
        Ok(Self { link: Link::open(params)?, due: None })
    }

    /// Who serves the display.
    pub fn server(&self) -> Option<&ServerIdentity> {
        self.link.server.as_ref()
    }

    /// Waits until one of the interrupts becomes readable or breaks.
    ///
    /// # Errors
    /// The connection was lost.
    pub fn wait(&mut self, interrupts: &[BorrowedFd<'_>]) -> Result<(), CaptureError> {
        self.wait_for_news(interrupts).map(drop)
    }
}

impl Watch for PresenceWatch {
    type News = Infallible;

    fn link(&self) -> &Link {
        &self.link
    }

    fn due(&mut self) -> &mut Option<Instant> {
        &mut self.due
    }

    fn hear(&mut self, _event: &Event) {}

    fn look(&mut self) -> Result<Option<Infallible>, ExchangeError> {
        Ok(None)
    }
}
