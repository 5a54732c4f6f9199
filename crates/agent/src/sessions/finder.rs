//! Finds sessions that were not there before.

use std::collections::BTreeMap;

use super::{Desktop, DisplayServer, Look, Process, display_number, display_numbers, look_at};
use crate::settings::NamedDisplay;

/// Looks for sessions again and again, and tells of each once.
#[derive(Debug, Default)]
pub struct Finder {
    /// Whatever serves a display number now and was looked at already.
    known: BTreeMap<u32, Process>,
}

impl Finder {
    /// This one is known already.
    pub fn knows(&mut self, server: &DisplayServer) {
        self.known.extend(display_number(&server.display).map(|number| (number, server.process)));
    }

    /// New sessions that this agent may record: of these displays if any are named, and never of those.
    pub fn scan(&mut self, displays: &[NamedDisplay], exclude: &[String]) -> Vec<Desktop> {
        self.known.retain(|_, process| process.is_alive());
        let excluded = |number: &u32| exclude.iter().any(|name| display_number(name) == Some(*number));
        let named: Vec<_> = displays
            .iter()
            .filter_map(|named| Some((display_number(&named.name)?, named.xauthority.clone())))
            .collect();
        let candidates = if named.is_empty() {
            display_numbers().into_iter().map(|number| (number, None)).collect()
        } else {
            named.clone()
        };
        let mut found = Vec::new();
        for (number, xauthority) in candidates {
            if self.known.contains_key(&number) || excluded(&number) {
                continue;
            }
            match look_at(number, !named.is_empty(), xauthority.as_deref()) {
                Look::Nobody => {}
                Look::NoDesktop(process) => {
                    self.known.insert(number, process);
                }
                Look::Desktop(desktop) => {
                    self.known.insert(number, desktop.server.process);
                    found.extend(Some(desktop).filter(Desktop::is_ours));
                }
            }
        }
        found
    }
}

impl Desktop {
    /// An ordinary user records his own displays only; root every one.
    pub fn is_ours(&self) -> bool {
        let own = nix::unistd::geteuid();
        own.is_root() || own.as_raw() == self.uid
    }
}
