//! What is told of programs, each to the session that it belongs to.

use detect::{ProgramEvent, Started};

use super::telling::{Place, Telling};
use crate::host_watch::Told;
use crate::supervisor::belonging::of_origin;
use crate::supervisor::host_events::{lost, program_end, program_failed, program_start};

/// Programs that run and are known here.
const MAX_LIVING: usize = 64 << 10;

/// A program that runs.
pub struct Living {
    started: Started,
    /// Who told it does not look any longer: whoever looks now will tell it, too.
    pub by_other: bool,
}

impl Telling {
    /// A recording that begins, or goes on after a pause, is told what runs.
    pub fn tell_living(&mut self, at: usize) {
        let mut living: Vec<&Started> = self.living.values().map(|living| &living.started).collect();
        living.sort_by_key(|started| started.number);
        for started in living {
            if of_origin(&self.seats, &started.origin) == Some(at)
                && let Some(place) = self.places.get_mut(at)
            {
                place.started(started, true);
            }
        }
    }

    pub fn tell_program(&mut self, event: &ProgramEvent) {
        match event {
            ProgramEvent::Lost(count) => {
                for place in self.places.iter().filter(|place| place.list != 0 || place.logging.program_failures) {
                    place.session.detected(lost("programs", *count));
                }
            }
            ProgramEvent::Started(started) => {
                if self.is_doubled(started) {
                    return;
                }
                let at = of_origin(&self.seats, &started.origin);
                if let Some(place) = at.and_then(|at| self.places.get_mut(at)) {
                    place.started(started, started.before);
                }
                if self.living.len() < MAX_LIVING {
                    let living = Living { started: (**started).clone(), by_other: false };
                    self.living.insert(started.process, living);
                }
            }
            ProgramEvent::Ended(ended) => {
                let at = of_origin(&self.seats, &ended.origin);
                if let Some(place) = at.and_then(|at| self.places.get_mut(at)) {
                    let was_told = ended.number.is_some() && place.told.remove(&ended.process);
                    if was_told && place.logging.program_ends {
                        place.session.detected(program_end(ended));
                    }
                    if ended.failed() && place.logging.program_failures {
                        place.session.detected(program_failed(ended));
                    }
                }
                self.forget(ended.process);
            }
        }
    }

    /// Whether another has told a program's start, and its end perhaps. What the process ran before, if anything, it does not run any longer.
    fn is_doubled(&mut self, started: &Started) -> bool {
        let same = |living: &Living| {
            let other = &living.started;
            living.by_other && other.program == started.program && other.arguments == started.arguments
        };
        if self.living.get(&started.process).is_some_and(same) {
            // Its lists are others now, and sessions may be.
            return false;
        }
        let told = Told::Program(ProgramEvent::Started(Box::new(started.clone())));
        if self.doubles.have_ended(started.process) || self.doubles.take(&told) {
            return true;
        }
        self.forget(started.process);
        false
    }

    /// A process runs something else, or nothing any longer.
    fn forget(&mut self, process: u32) {
        if self.living.remove(&process).is_some() {
            for place in &mut self.places {
                place.told.remove(&process);
            }
        }
    }
}

impl Place {
    fn started(&mut self, started: &Started, before: bool) {
        let is_wanted = self.list != 0 && (started.shell || started.lists & self.list != 0);
        if is_wanted && self.session.may_be_told() && self.told.insert(started.process) {
            self.session.detected(program_start(started, &self.logging, before));
        }
    }
}
