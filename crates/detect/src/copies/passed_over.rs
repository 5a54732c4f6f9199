//! Files that were looked at lately and are nobody's secret: every program that starts opens the same few of the system.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::handles::Handle;

/// So long: then they may not be open to all any longer.
const KNOWN_FOR: Duration = Duration::from_secs(10);
const MAX_FILES: usize = 1 << 10;

/// Some of them.
#[derive(Debug)]
pub struct PassedOver {
    files: HashSet<Handle>,
    since: Instant,
}

impl PassedOver {
    /// None yet.
    pub fn new(now: Instant) -> Self {
        Self { files: HashSet::new(), since: now }
    }

    /// Whether this is one.
    pub fn has(&self, file: &Handle) -> bool {
        self.files.contains(file)
    }

    /// This is one.
    pub fn note(&mut self, file: &Handle) {
        if self.files.len() < MAX_FILES {
            self.files.insert(file.clone());
        }
    }

    /// Forgets them, where it is time.
    pub fn forget_old(&mut self, now: Instant) {
        if now.saturating_duration_since(self.since) >= KNOWN_FOR {
            *self = Self::new(now);
        }
    }
}
