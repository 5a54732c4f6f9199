//! How the server's tasks learn that it stops.

use tokio::sync::watch;

/// Becomes true once; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

/// Tells every [`Stopping`] that the server stops.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// A pair of the two.
    #[must_use]
    pub fn new() -> (Stop, Stopping) {
        let (stop, stopping) = watch::channel(false);
        (Stop(stop), Stopping(stopping))
    }

    /// From now on the server stops.
    pub fn begin(&self) {
        // Fails only if nobody listens any more, which is what is wanted.
        let _ = self.0.send(true);
    }
}

impl Stopping {
    /// Whether the server stops.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once the server stops; also if whoever could say so is gone.
    pub async fn begun(&mut self) {
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
