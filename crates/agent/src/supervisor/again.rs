//! How long a part of the program that ended is left alone before it is started again.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(60);
/// One that lived for so long lasted.
const LASTED: Duration = Duration::from_secs(60);

/// A few seconds at first, and twice as long after each time that it did not last, up to a minute.
#[derive(Debug)]
pub struct Again {
    started: Instant,
    pause: Duration,
}

impl Default for Again {
    fn default() -> Self {
        Self { started: Instant::now(), pause: FIRST }
    }
}

impl Again {
    /// It is started now.
    pub fn starts(&mut self) {
        self.started = Instant::now();
    }

    /// It ended now: so long it stays so.
    pub fn ended(&mut self) -> Duration {
        let pause = if self.started.elapsed() < LASTED { self.pause } else { FIRST };
        self.pause = (pause * 2).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_last_is_started_ever_later_and_what_does_soon_again() {
        let mut again = Again::default();
        let mut pauses = Vec::new();
        for lived_secs in [0, 1, 1, 1, 1, 1, 1, 59, 60, 1] {
            again.starts();
            tokio::time::advance(Duration::from_secs(lived_secs)).await;
            pauses.push(again.ended().as_secs());
        }
        assert_eq!(pauses, [3, 6, 12, 24, 48, 60, 60, 60, 3, 6]);
    }
}
