//! Finds sessions and attends to each on its own: whatever happens to one of them, its recorder or its X server, the
//! others and this loop go on.

mod accessible;
mod accounting;
mod accounts;
mod again;
mod anew;
mod attend;
mod belonging;
mod configuration;
mod confined;
mod custom_events;
mod decider;
mod desktop_watch;
mod detected;
mod disconnect;
mod disturbed;
mod drives;
pub mod ending;
mod facts;
mod files_watch;
mod heed;
mod host;
mod host_events;
mod keep;
mod lock;
mod log_off;
mod logged;
mod memory;
mod observe;
mod opened;
mod orders;
mod pausing;
mod performance;
mod printed;
mod recorder;
mod responding;
mod running;
mod sight;
mod standby;
mod tell;
mod typed;
mod uids;
mod wanted;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use policy::Notices;
use protocol::{Notice, Severity};
use recording::{End, EndReason, RecordingId, SessionFacts};
use spool::{Journal, Spool, UplinkHandle};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

pub use accounts::Accounts;
pub use attend::with_words;
pub use belonging::{named_by, seats};
pub use confined::{Part, hear};
pub use custom_events::{CustomEvents, Refused, say};
pub use decider::Decider;
pub use facts::{header, static_facts};
pub use logged::Detections;
pub use memory::Memory;
pub use orders::{Asked, Asker, Ear, Order, Refusal, Reply, StartedBy, next, permit};
pub use pausing::{Wish, pause};
pub use recorder::RecorderProcess;
pub use running::{LocalFile, Running, Session, State};
pub use uids::{HeldUid, RecorderUids};

use crate::clock;
use crate::hotkeys::Hotkeys;
use crate::in_session::{Shows, keep_sign};
use crate::sessions::{Desktop, DisplayServer, Finder};
use crate::settings::Settings;
use attend::attend;
use facts::Source;

/// How long recordings may take to come to rest when the agent stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// What all sessions share.
pub struct Context {
    /// How the agent is configured.
    pub settings: Settings,
    /// Where recordings go.
    pub spool: Spool,
    /// For telling the operator.
    pub uplink: UplinkHandle,
    /// For asking whether to record.
    pub decider: Arc<Decider>,
    /// For asking what of a session is logged.
    pub detections: Detections,
    /// User ids for recorders; `None` where the agent is not root and everything runs as its user.
    pub uids: Option<RecorderUids>,
    /// The machine's identity.
    pub machine_id: String,
    /// The identity of this boot.
    pub boot_id: String,
    /// What was settled about sessions.
    pub memory: Arc<Memory>,
    /// What became of sessions, for the server.
    pub accounts: Arc<Accounts>,
    /// The sessions that are attended to.
    pub running: Running,
}

impl Context {
    /// Tells the operator something, on the machine and at the server.
    pub fn notice(&self, severity: Severity, number: u16, recording: Option<RecordingId>, text: String) {
        match severity {
            Severity::Information => tracing::info!(number, "{text}"),
            _ => tracing::warn!(number, "{text}"),
        }
        let unix_us = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        let unix_us = i64::try_from(unix_us).unwrap_or(i64::MAX);
        let text = text.chars().take(protocol::limits::MAX_TEXT_BYTES / 4).collect();
        self.uplink.notice(Notice { severity, number, unix_us, recording, text });
    }

    /// Has the server's log of recording reasons say why a session is recorded no longer, or not at all.
    pub fn reason(&self, number: u16, recording: Option<RecordingId>, session: &SessionFacts, why: &str) {
        let display = session.display.as_deref().unwrap_or("no display");
        self.notice(Severity::Information, number, recording, format!("{} on {display}: {why}", session.user));
    }
}

impl Context {
    /// Notes what became of a session, for the server; waits for the disk where it holds nobody up.
    pub async fn account_for(
        &self,
        server: &DisplayServer,
        note: impl FnOnce(&Accounts, &DisplayServer) + Send + 'static,
    ) {
        let (accounts, server) = (Arc::clone(&self.accounts), server.clone());
        if tokio::task::spawn_blocking(move || note(&accounts, &server)).await.is_err() {
            tracing::error!("what became of a session cannot be noted");
        }
    }
}

impl Shows for Context {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    fn uid(&self) -> anyhow::Result<Option<HeldUid>> {
        RecorderUids::one_of(self.uids.as_ref())
    }

    fn notices(&self) -> anyhow::Result<Notices> {
        Ok(self.decider.notices()?)
    }

    fn hotkeys(&self) -> Hotkeys {
        self.settings.hotkeys
    }

    fn warn(&self, number: u16, text: String) {
        self.notice(Severity::Warning, number, None, text);
    }
}

/// Finds sessions and attends to them.
pub struct Supervisor {
    context: Arc<Context>,
    finder: Finder,
    sessions: JoinSet<()>,
    host: Arc<performance::Host>,
    stop: watch::Receiver<bool>,
}

impl Supervisor {
    /// A supervisor that runs until `stop` turns true.
    pub fn new(context: Arc<Context>, stop: watch::Receiver<bool>) -> Self {
        let host = Arc::new(performance::Host::start());
        Self { context, finder: Finder::default(), sessions: JoinSet::new(), host, stop }
    }

    /// Goes on with the recordings that are still open, then looks for sessions until it is told to stop. Recordings stay
    /// open then: the next start goes on with them, or ends them if their session is gone.
    pub async fn run(mut self) {
        self.resume();
        let mut scans = interval(self.context.settings.scan_interval);
        scans.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = self.stop.clone();
        let mut host = pin!(host::watch_host(Arc::clone(&self.context)));
        loop {
            tokio::select! {
                () = &mut host => break,
                _ = scans.tick() => self.scan(),
                () = stopped(&mut stop) => break,
            }
            while let Some(attended) = self.sessions.try_join_next() {
                if let Err(error) = attended {
                    tracing::error!(%error, "attending to a session failed");
                }
            }
        }
        let all = async { while self.sessions.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_TIMEOUT, all).await.is_err() {
            tracing::warn!("not every recorder came to rest in time");
        }
    }

    fn resume(&mut self) {
        for journal in self.context.spool.journals() {
            if journal.has_ended() {
                continue;
            }
            let source = serde_json::from_value::<Source>(journal.source()).ok();
            let desktop = source.and_then(|source| source.desktop(&self.context.boot_id));
            match desktop.filter(|desktop| desktop.server.process.is_alive() && desktop.is_ours()) {
                Some(desktop) => {
                    self.finder.knows(&desktop.server);
                    self.attend(desktop, Some(journal));
                }
                None => end_abandoned(&journal),
            }
        }
    }

    fn scan(&mut self) {
        let Settings { displays, exclude, .. } = &self.context.settings;
        for desktop in self.finder.scan(displays, exclude) {
            tracing::info!(display = desktop.server.display, uid = desktop.uid, "found a session");
            self.attend(desktop, None);
        }
    }

    fn attend(&mut self, desktop: Desktop, journal: Option<Arc<Journal>>) {
        let (context, host) = (Arc::clone(&self.context), Arc::clone(&self.host));
        let (session, ear) = context.running.enter(desktop, self.stop.clone());
        self.sessions.spawn(async move {
            let resumed = journal.is_some();
            let (standby, keeper) = standby::standby();
            tokio::select! {
                () = attend(Arc::clone(&context), &session, journal, standby, ear) => {}
                () = keeper.keep(&context, &session) => {}
                () = keep_sign(&context, &session) => {}
                () = logged::keep_logging(&context, &session) => {}
                () = desktop_watch::tell_desktop(&context, &session) => {}
                () = accessible::tell_accessible(&context, &session) => {}
                () = typed::tell_typed(&context, &session) => {}
                () = performance::tell_performance(&context, &host, &session) => {}
                () = responding::keep_responding(&context, &session, resumed) => {}
                () = session.tell_counts() => {}
            }
            // A session that is still there is gone on with at the next start.
            if !session.desktop.server.process.is_alive() {
                context.account_for(&session.desktop.server, |accounts, server| accounts.over(server)).await;
            }
        });
    }
}

/// Waits until the agent stops; whoever could say so being gone says it too.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Ends a recording whose session ended while no agent ran. It ends where it was last seen.
fn end_abandoned(journal: &Journal) {
    let (same_boot, anchor) = clock::anchor_after(&journal.header().started);
    let (reason, text) = if same_boot {
        (EndReason::AgentRestarted, "the session ended while the agent was not running")
    } else {
        (EndReason::Lost, "the machine was restarted")
    };
    let end = End { reason, text: text.to_owned(), successor: None };
    let recording = journal.recording();
    match journal.end(&end, journal.last_time_us(), &anchor) {
        Ok(()) => tracing::info!(%recording, text, "an open recording was ended"),
        Err(error) => tracing::warn!(%recording, %error, "an open recording cannot be ended; trying at the next start"),
    }
}
