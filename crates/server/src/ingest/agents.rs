//! Which machines' agents are connected, and a way to speak to their connections.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::limits::MAX_SESSIONS;
use protocol::{Bye, ByeCode, Control, Controlled, SessionNow};
use recording::RecordingId;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Commands that may wait for a connection. A connection that does not take them is given up by its own time limits.
const MAX_COMMANDS: usize = 64;

/// Something a connection is told from outside.
#[derive(Debug)]
pub(super) enum Command {
    /// End with this message.
    End(Bye),
    /// The active policy has changed.
    Policy { document: String, at_once: u64 },
    /// The active detection policy has changed.
    Detection(String),
    /// Have a session recorded, or not; the connection numbers it.
    Control(Control, oneshot::Sender<Controlled>),
    /// The same machine has connected anew: show that you live, or end. Whoever asks is told of a sign of life.
    Probe(Option<oneshot::Sender<()>>),
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
    switches: Switches,
    /// Sessions as the agent tells of them.
    sessions: HashMap<String, SessionNow>,
}

/// What a connected agent says of its machine's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Administrators may have sessions recorded or not.
    pub takes_control: bool,
    /// Recording is switched off on the machine.
    pub recording_off: bool,
}

impl Agents {
    /// Enters a connection; others of the same machine are asked for a sign of life. It is out when the guard goes.
    pub(super) fn enter(
        self: &Arc<Self>,
        connection: u64,
        machine: Uuid,
        switches: Switches,
    ) -> (Registration, mpsc::Receiver<Command>) {
        let mut connected = self.lock();
        for entry in connected.values().filter(|entry| entry.machine == machine) {
            let _ = entry.commands.try_send(Command::Probe(None));
        }
        self.insert(&mut connected, connection, machine, switches)
    }

    /// The same for a connection that must be its machine's only one. If there are others they are asked for a sign of life:
    /// each answers with it, or lets go of the question when it ends.
    pub(super) fn enter_alone(
        self: &Arc<Self>,
        connection: u64,
        machine: Uuid,
        switches: Switches,
    ) -> Result<(Registration, mpsc::Receiver<Command>), Vec<oneshot::Receiver<()>>> {
        let mut connected = self.lock();
        let mut probes = Vec::new();
        for entry in connected.values().filter(|entry| entry.machine == machine) {
            let (sign, shown) = oneshot::channel();
            if let Err(mpsc::error::TrySendError::Full(Command::Probe(Some(sign)))) =
                entry.commands.try_send(Command::Probe(Some(sign)))
            {
                // So much is asked of it that it lives.
                let _ = sign.send(());
            }
            probes.push(shown);
        }
        if probes.is_empty() { Ok(self.insert(&mut connected, connection, machine, switches)) } else { Err(probes) }
    }

    fn insert(
        self: &Arc<Self>,
        connected: &mut HashMap<u64, Entry>,
        connection: u64,
        machine: Uuid,
        switches: Switches,
    ) -> (Registration, mpsc::Receiver<Command>) {
        let (commands, received) = mpsc::channel(MAX_COMMANDS);
        connected
            .insert(connection, Entry { machine, commands, live: HashSet::new(), switches, sessions: HashMap::new() });
        (Registration { agents: Arc::clone(self), connection }, received)
    }

    /// Notes what an agent says it is making.
    pub(super) fn note_live(&self, connection: u64, live: &[RecordingId]) {
        if let Some(entry) = self.lock().get_mut(&connection) {
            entry.live = live.iter().copied().collect();
        }
    }

    /// Notes how a session stands. What is more than a machine may have is left out.
    pub(super) fn note_session(&self, connection: u64, session: SessionNow) {
        let mut connected = self.lock();
        let Some(entry) = connected.get_mut(&connection) else { return };
        if session.gone {
            entry.sessions.remove(&session.session);
        } else if entry.sessions.len() < MAX_SESSIONS || entry.sessions.contains_key(&session.session) {
            entry.sessions.insert(session.session.clone(), session);
        }
    }

    /// The sessions of connected machines, with their machines and those machines' switches.
    pub(super) fn sessions(&self) -> Vec<(Uuid, Switches, SessionNow)> {
        let connected = self.lock();
        let of_entry = |entry: &Entry| {
            let (machine, switches) = (entry.machine, entry.switches);
            entry.sessions.values().map(|session| (machine, switches, session.clone())).collect::<Vec<_>>()
        };
        connected.values().flat_map(of_entry).collect()
    }

    /// What a machine says of its settings; `None` unless its agent is connected.
    pub(super) fn switches(&self, machine: Uuid) -> Option<Switches> {
        self.lock().values().find(|entry| entry.machine == machine).map(|entry| entry.switches)
    }

    /// Gives a command to the connection that told of a session. `None`: there is none, or it does not take it.
    pub(super) fn control(&self, machine: Uuid, control: Control) -> Option<oneshot::Receiver<Controlled>> {
        let (answer, answered) = oneshot::channel();
        let connected = self.lock();
        let told = |entry: &&Entry| entry.machine == machine && entry.sessions.contains_key(&control.session);
        let entry = connected.values().find(told)?;
        entry.commands.try_send(Command::Control(control, answer)).ok()?;
        Some(answered)
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
        self.tell_all(|| Command::End(bye.clone()));
    }

    pub(super) fn tell_all(&self, command: impl Fn() -> Command) {
        for entry in self.lock().values() {
            let _ = entry.commands.try_send(command());
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
