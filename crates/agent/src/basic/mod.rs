//! Basic mode: an agent that has no server. Nothing is recorded until somebody asks for it; then the session goes into a file in its
//! user's own folder.
//!
//! Recorders are those of every agent ([`crate::recorder`]), and the agent signs what they write. The file is written by a process
//! that acts for the user ([`keeper`]): the agent itself, which may be root, opens nothing where users can put something in its way.

mod command;
mod finish;
mod gate;
pub mod keeper;
mod keeper_end;
mod keeping;
mod left;
mod names;
mod recording;
mod session;
mod settings;
mod standby;
mod stored;
mod unfinished;
mod values;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use evidence::MachineKey;
use policy::Notices;
use spool::SpoolError;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

pub use command::{Arguments, run as config};
pub use names::{Level, Name};
pub use values::ScreenChoice;

use crate::control::{self, Answer, ConfigWish, Door, SettingLine};
use crate::hotkeys::Hotkeys;
use crate::in_session::{Shows, keep_sign};
use crate::sessions::{Desktop, Finder};
use crate::settings::Settings;
use crate::supervisor::{HeldUid, Memory, RecorderUids, Running, Session};
use crate::{clock, identity, machine};
use finish::Finisher;
use keeping::AsUser;
use settings::Values;

/// How long recordings may take to end when the agent stops.
const STOP_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(15);

/// How basic mode ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked the agent to stop.
    Stopped,
    /// The machine has been enrolled, and has a server now.
    Enrolled,
}

/// What all sessions share.
pub struct Basic {
    /// How the agent is configured.
    pub settings: Settings,
    /// The sessions that are there.
    pub running: Running,
    /// User ids for recorders; `None` where the agent is not root.
    uids: Option<RecorderUids>,
    boot_id: String,
    machine_file: PathBuf,
    /// What vouches for recordings.
    key: MachineKey,
    /// Held while this agent runs.
    _lock: File,
    /// What was settled about sessions.
    memory: Arc<Memory>,
    /// What is being written, and what was left without an end.
    finisher: Finisher,
    /// What users are to be told of files that were left.
    told: Mutex<BTreeMap<u32, String>>,
    /// What is set for sessions' next recordings, by the session's name.
    wishes: Mutex<BTreeMap<String, Values>>,
}

impl Basic {
    /// Everything that does not change while it runs.
    ///
    /// # Errors
    /// If the machine has no key to sign with, and can have none.
    fn new(settings: Settings) -> anyhow::Result<Self> {
        let folder = settings.identity_folder();
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.with_context(|| format!("cannot create {}", folder.display()))?;
        let lock = lock(&settings.state_folder)?;
        let key = identity::signing_key_or_new(&folder)?;
        tracing::info!(key = %key.public(), "{} has no server: basic mode", machine::name());
        if settings.hotkeys.enabled {
            tracing::warn!(
                "[hotkeys] is for agents with a server; here: kinescope-agent config set hotkeys true --machine"
            );
        }
        let (boot_id, finisher) = (clock::boot_id()?, Finisher::new(&settings, key.clone()));
        Ok(Self {
            running: Running::default(),
            uids: nix::unistd::geteuid().is_root().then(|| RecorderUids::new(settings.recorder_uids.clone())),
            memory: Arc::new(Memory::open(settings.state_folder.join("sessions.json"), &boot_id)),
            boot_id,
            machine_file: stored::machine_file(settings.config_file.as_deref()),
            key,
            _lock: lock,
            finisher,
            told: Mutex::default(),
            wishes: Mutex::default(),
            settings,
        })
    }

    /// What is set for the machine.
    fn machine_values(&self) -> anyhow::Result<Values> {
        stored::read(&self.machine_file, Level::Machine)
    }

    fn as_user(&self, desktop: &Desktop) -> AsUser {
        AsUser { program: self.settings.own_program.clone(), uid: desktop.uid }
    }

    /// Answers what is set for sessions, or changes it.
    pub fn config(&self, sessions: &[Arc<Session>], wish: ConfigWish) -> Answer {
        let mut wishes = self.wishes();
        // What was set for sessions that are gone is of no more use.
        wishes.retain(|id, _| self.running.named(id).is_some());
        let mut answer = Answer::about(Vec::new());
        for session in sessions {
            let values = wishes.entry(session.id.clone()).or_default();
            let mut changed = values.clone();
            let done = match &wish {
                ConfigWish::Get => Ok(()),
                ConfigWish::Set { name, value } => changed.set(*name, value),
                ConfigWish::Clear { name } => {
                    changed.clear(*name);
                    Ok(())
                }
            };
            match done.and_then(|()| changed.check(Level::Session)) {
                Ok(changed) => *values = changed,
                Err(refused) => return Answer::error("bad-request", refused.to_string()),
            }
            let lines = Name::ALL
                .into_iter()
                .filter_map(|name| Some(SettingLine { name, value: values.text(name)?, level: Level::Session }));
            answer.settings.extend(lines);
        }
        answer
    }

    /// Gives an end to what was left without one, of one user or of all, and tells them. Waits for disks.
    fn finish_left(&self, user: Option<u32>) {
        for (uid, text) in self.finisher.see_to(user) {
            self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(uid, text.clone());
            for session in self.running.all().iter().filter(|session| session.desktop.uid == uid) {
                session.note(|state| {
                    if state.recording.is_none() {
                        state.why.clone_from(&text);
                    }
                });
            }
        }
    }

    /// What a user is to be told while nothing is recorded.
    fn told(&self, uid: u32) -> Option<String> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).get(&uid).cloned()
    }

    fn wishes(&self) -> MutexGuard<'_, BTreeMap<String, Values>> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shows for Basic {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    fn uid(&self) -> anyhow::Result<Option<HeldUid>> {
        RecorderUids::one_of(self.uids.as_ref())
    }

    /// The built-in texts: nobody has written others.
    fn notices(&self) -> anyhow::Result<Notices> {
        Ok(Notices::default())
    }

    fn hotkeys(&self) -> Hotkeys {
        self.machine_values().map(|values| values.hotkeys()).unwrap_or_else(|error| {
            tracing::warn!("a session has no hotkeys: {error:#}");
            Hotkeys::default()
        })
    }

    fn warn(&self, number: u16, text: String) {
        tracing::warn!(number, "{text}");
    }
}

/// Keeps other agents from the state folder, and so from the socket.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("basic.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SpoolError::InUse { folder: folder.to_owned() }.into()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Runs until somebody asks the agent to stop, or the machine is enrolled and nothing is recorded any more.
///
/// # Errors
/// If it cannot begin.
pub fn run(settings: Settings) -> anyhow::Result<Ended> {
    let basic = Arc::new(Basic::new(settings)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(work(basic));
    // A keeper that hangs must not keep the agent.
    runtime.shutdown_background();
    ended
}

async fn work(basic: Arc<Basic>) -> anyhow::Result<Ended> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let asked = match control::Socket::open(&basic.settings.socket) {
        Ok(socket) => tokio::spawn(socket.serve(Door::Basic(Arc::clone(&basic)))),
        Err(error) => return Err(error.context("nobody could ask for a recording")),
    };
    let left = Arc::clone(&basic);
    tokio::task::spawn_blocking(move || left.finish_left(None));
    let (stop, stopped) = watch::channel(false);
    let mut sessions = JoinSet::new();
    let mut finder = Finder::default();
    let mut scans = interval(basic.settings.scan_interval);
    scans.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ended = loop {
        tokio::select! {
            _ = scans.tick() => {}
            _ = terminate.recv() => break Ended::Stopped,
            _ = interrupt.recv() => break Ended::Stopped,
        }
        for desktop in finder.scan(&basic.settings.displays, &basic.settings.exclude) {
            tracing::info!(display = desktop.server.display, uid = desktop.uid, "found a session");
            let (session, ear) = basic.running.enter(desktop, stopped.clone());
            let basic = Arc::clone(&basic);
            sessions.spawn(async move {
                tokio::select! {
                    () = session::attend(&basic, &session, ear) => {}
                    () = keep_sign(&basic, &session) => {}
                }
            });
        }
        while sessions.try_join_next().is_some() {}
        let at_rest = || basic.running.all().iter().all(|session| session.state().recording.is_none());
        if identity::exists(&basic.settings.identity_folder()) && at_rest() {
            tracing::info!("this machine has been enrolled");
            break Ended::Enrolled;
        }
    };
    asked.abort();
    stop.send_replace(true);
    let all = async { while sessions.join_next().await.is_some() {} };
    if timeout(STOP_TIMEOUT, all).await.is_err() {
        tracing::warn!("not every recording came to its end in time");
    }
    // The socket is free once the task is gone.
    let _ = asked.await;
    Ok(ended)
}
