//! In the change from one process that looks at the machine to the next both look for a moment, so that nothing is missed: what both tell is told once.

use std::collections::HashMap;
use std::time::Duration;

use detect::{ChangeEvent, FileEvent, ProgramEvent};
use tokio::time::Instant;

use crate::host_watch::Told;

/// What two have told is known for so long after the first one's end: the second one's words waited meanwhile.
const DOUBLED_FOR: Duration = Duration::from_secs(3);
/// So much of it.
const MAX_DOUBLES: usize = 64 << 10;

/// What one told while another looked already, and will tell.
#[derive(Debug)]
pub struct Doubles {
    told: HashMap<String, usize>,
    until: Instant,
}

impl Default for Doubles {
    fn default() -> Self {
        Self { told: HashMap::new(), until: Instant::now() }
    }
}

impl Doubles {
    /// One has told this.
    pub fn note(&mut self, told: &Told) {
        self.forget_old();
        self.until = Instant::now() + DOUBLED_FOR;
        if let Some(key) = key(told).filter(|_| self.told.len() < MAX_DOUBLES) {
            *self.told.entry(key).or_default() += 1;
        }
    }

    /// Whether this is one of them: the next such is not.
    pub fn take(&mut self, told: &Told) -> bool {
        self.forget_old();
        if self.told.is_empty() {
            return false;
        }
        let count = key(told).and_then(|key| self.told.get_mut(&key)).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    /// Whether the other one has told that this process has ended.
    pub fn have_ended(&mut self, process: u32) -> bool {
        self.forget_old();
        self.told.get(&ended(process)).is_some_and(|count| *count > 0)
    }

    /// What was not told again by then never is: another process may have the number.
    fn forget_old(&mut self) {
        if self.until < Instant::now() {
            self.told.clear();
        }
    }
}

/// The same, whoever tells it: without lists, of which each has its own, and what is looked at a moment later.
fn key(told: &Told) -> Option<String> {
    match told {
        Told::Program(ProgramEvent::Started(started)) => {
            Some(format!("{} {:?} {:?}", started.process, started.program, started.arguments))
        }
        Told::Program(ProgramEvent::Ended(one)) => Some(ended(one.process)),
        Told::File(FileEvent::Changed(file)) => Some(format!("{} {:?} {:?}", file.process, file.path, file.change)),
        Told::Configuration(ChangeEvent::Changed(file)) => Some(format!("{:?} {:?}", file.what.path, file.what.change)),
        Told::Setting(..)
        | Told::Account(_)
        | Told::Group(_)
        | Told::Package(..)
        | Told::Connected(_)
        | Told::Storage(_)
        | Told::Print(_) => Some(format!("{told:?}")),
        _ => None,
    }
}

fn ended(process: u32) -> String {
    format!("{process} ended")
}
