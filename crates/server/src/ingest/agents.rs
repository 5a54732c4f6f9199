//! Which machines' agents are connected, and a way to speak to their connections.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::{Bye, ByeCode};
use recording::RecordingId;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Commands that may wait for a connection. A connection that does not take them is given up by its own time limits.
const MAX_COMMANDS: usize = 16;

/// Something a connection is told from outside.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// End with this message.
    End(Bye),
    /// The active policy has changed.
    Policy(String),
    /// The same machine has connected anew: show that you live, or end.
    Probe,
}

/// The connections of all machines.
#[derive(Debug, Default)]
pub(super) struct Agents {
    connected: Mutex<HashMap<u64, Entry>>,
}

#[derive(Debug)]
struct Entry {
    machine: Uuid,
    commands: mpsc::Sender<Command>,
    /// Recordings that the agent says it is making.
    live: HashSet<RecordingId>,
}

impl Agents {
    /// Enters a connection; others of the same machine are asked for a sign of life. It is out when the guard goes.
    pub(super) fn enter(self: &Arc<Self>, connection: u64, machine: Uuid) -> (Registration, mpsc::Receiver<Command>) {
        let (commands, received) = mpsc::channel(MAX_COMMANDS);
        let mut connected = self.lock();
        for entry in connected.values().filter(|entry| entry.machine == machine) {
            let _ = entry.commands.try_send(Command::Probe);
        }
        connected.insert(connection, Entry { machine, commands, live: HashSet::new() });
        (Registration { agents: Arc::clone(self), connection }, received)
    }

    /// Notes what an agent says it is making.
    pub(super) fn note_live(&self, connection: u64, live: &[RecordingId]) {
        if let Some(entry) = self.lock().get_mut(&connection) {
            entry.live = live.iter().copied().collect();
        }
    }

    pub(super) fn is_online(&self, machine: Uuid) -> bool {
        self.lock().values().any(|entry| entry.machine == machine)
    }

    /// Whether a connected agent of this machine says that it is making the recording.
    pub(super) fn is_making(&self, machine: Uuid, recording: RecordingId) -> bool {
        self.lock().values().any(|entry| entry.machine == machine && entry.live.contains(&recording))
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Ends the connections of one machine.
    pub(super) fn end(&self, machine: Uuid, bye: &Bye) {
        for entry in self.lock().values().filter(|entry| entry.machine == machine) {
            let _ = entry.commands.try_send(Command::End(bye.clone()));
        }
    }

    /// Ends all connections.
    pub(super) fn end_all(&self) {
        let bye = Bye { code: ByeCode::ShuttingDown, retry_after_secs: 0, text: "the server stops".to_owned() };
        self.tell_all(&Command::End(bye));
    }

    pub(super) fn tell_all(&self, command: &Command) {
        for entry in self.lock().values() {
            let _ = entry.commands.try_send(command.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Entry>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a connection entered.
#[derive(Debug)]
pub(super) struct Registration {
    agents: Arc<Agents>,
    connection: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.agents.lock().remove(&self.connection);
    }
}
