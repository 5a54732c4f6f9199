//! Orders of administrators that an agent has not answered yet.

use std::collections::HashMap;

use protocol::{Control, Controlled};
use tokio::sync::oneshot;

/// Orders that one agent may leave unanswered.
const MAX_WAITING: usize = 256;

/// Who waits for what became of an order, by the number that the connection gave it.
#[derive(Debug, Default)]
pub(super) struct Controls {
    waiting: HashMap<u32, oneshot::Sender<Controlled>>,
    next: u32,
}

impl Controls {
    /// Numbers an order. `None` if too many wait already.
    pub(super) fn take(&mut self, control: Control, answer: oneshot::Sender<Controlled>) -> Option<Control> {
        self.waiting.retain(|_, waiting| !waiting.is_closed());
        if self.waiting.len() >= MAX_WAITING {
            return None;
        }
        let request = self.next;
        self.next = self.next.wrapping_add(1);
        self.waiting.insert(request, answer);
        Some(Control { request, ..control })
    }

    /// Tells whoever waits.
    pub(super) fn answered(&mut self, controlled: Controlled) {
        if let Some(answer) = self.waiting.remove(&controlled.request) {
            // Whoever asked may have stopped waiting.
            let _ = answer.send(controlled);
        }
    }
}
