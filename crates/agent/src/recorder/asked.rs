//! Whose windows a recorder sees: it asks the agent, as it has no right to look at processes itself.

use std::collections::HashMap;
use std::io::Write as _;
use std::time::Instant;

use capture::{Class, Client, Programs};
use serde::{Deserialize, Serialize};

use super::orders::{Order, SharedOrders};
use super::sight::Said;

/// A question is never longer.
pub const MAX_QUESTION_BYTES: usize = 4_096;

/// Answers that are kept; connections come and go.
const MAX_ANSWERS: usize = 4_096;

/// A question: what is known of the program behind this connection?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Whose {
    base: u32,
    /// The process that made it.
    pub pid: u32,
    serial: u64,
}

/// What is known of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// Its windows may be seen.
    Open,
    /// They must not.
    Covered,
    /// Nothing.
    Nothing,
}

impl From<Client> for Whose {
    fn from(Client { base, pid, serial }: Client) -> Self {
        Self { base, pid, serial }
    }
}

impl From<Class> for Known {
    fn from(class: Class) -> Self {
        match class {
            Class::Open => Self::Open,
            Class::Covered => Self::Covered,
            Class::OpenMainWindow | Class::Unknown => Self::Nothing,
        }
    }
}

impl From<Known> for Class {
    fn from(known: Known) -> Self {
        match known {
            Known::Open => Self::Open,
            Known::Covered => Self::Covered,
            Known::Nothing => Self::Unknown,
        }
    }
}

/// What was asked, and answered.
#[derive(Debug, Default)]
pub struct Questions {
    asked: HashMap<Whose, Option<Class>>,
    answered: bool,
}

impl Questions {
    /// Takes an answer in; one that nobody asked for is none.
    pub fn answer(&mut self, whose: Whose, known: Known) {
        if let Some(answer) = self.asked.get_mut(&whose) {
            *answer = Some(known.into());
            self.answered = true;
        }
    }

    /// Whether there were answers since this was last asked.
    pub fn take_answered(&mut self) -> bool {
        std::mem::take(&mut self.answered)
    }

    fn is_waiting(&self) -> bool {
        self.asked.values().any(Option::is_none)
    }

    /// What is known; `None`: it has to be asked for now.
    fn known(&mut self, whose: Whose) -> Option<Class> {
        match self.asked.get(&whose) {
            Some(None) => Some(Class::Unknown),
            Some(Some(class)) if *class != Class::Unknown => Some(*class),
            // Nobody knew it the last time.
            _ => {
                if self.asked.len() >= MAX_ANSWERS {
                    self.asked.clear();
                }
                self.asked.insert(whose, None);
                None
            }
        }
    }
}

impl Programs for SharedOrders {
    fn class(&mut self, client: Client) -> Class {
        let whose = Whose::from(client);
        let mut orders = self.lock();
        if let Some(class) = orders.questions.known(whose) {
            return class;
        }
        let line = Said::Whose(whose).line();
        if orders.input().is_none_or(|mut file| file.write_all(&line).is_err()) {
            tracing::debug!("the agent cannot be asked whose a window is");
        }
        Class::Unknown
    }

    fn wait(&mut self, until: Instant) {
        let mut orders = self.lock();
        while orders.questions.is_waiting() && orders.hear_until(until) {}
    }
}

impl Order {
    /// The answer to a question.
    pub fn answer(whose: Whose, class: Class) -> Self {
        Self::Program(whose, class.into())
    }
}
