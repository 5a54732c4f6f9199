//! What detectors see in a session, on its way to the recording: floods become counts.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::Folding;
use recording::Event;
use tokio::sync::Notify;
use tokio::time::sleep;

/// Folds what was detected in one session.
#[derive(Debug, Default)]
pub struct Detected {
    folding: Mutex<Folding>,
    /// Something was folded, which nobody has a date for yet.
    begun: Notify,
}

impl Detected {
    /// Something happens now: `tell` is given what stands whole. What it gives back is counted with what comes later.
    pub fn offer(&self, event: Event, tell: impl Fn(Event) -> Result<(), Event>) {
        let whole = self.fold(|folding| folding.offer(event, capture::boottime_us()));
        if let Some(Err(event)) = whole.map(tell) {
            self.fold(|folding| folding.put_back(event, capture::boottime_us()));
        }
    }

    /// Gives `tell` the counts when they are due, for ever; what it gives back, once more later.
    pub async fn tell_counts(&self, tell: impl Fn(Event) -> Result<(), Event>) {
        loop {
            match self.with(|folding| folding.due_us()) {
                None => self.begun.notified().await,
                Some(due_us) => {
                    sleep(Duration::from_micros(due_us.saturating_sub(capture::boottime_us()))).await;
                    for event in self.with(|folding| folding.take(capture::boottime_us())) {
                        if let Err(event) = tell(event) {
                            self.with(|folding| folding.put_back(event, capture::boottime_us()));
                        }
                    }
                }
            }
        }
    }

    /// Says so where something is due that was not before.
    fn fold<T>(&self, run: impl FnOnce(&mut Folding) -> T) -> T {
        let (done, begun) = self.with(|folding| {
            let before = folding.due_us();
            let done = run(folding);
            (done, folding.due_us() != before)
        });
        if begun {
            self.begun.notify_one();
        }
        done
    }

    fn with<T>(&self, run: impl FnOnce(&mut Folding) -> T) -> T {
        // Every call leaves counts that are true, so a panic elsewhere does not spoil them.
        run(&mut self.folding.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
