//! What of a session is logged: by the active detection policy, and where none is active by the machine's own settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use events::{Logging, Responses};
use policy::{DetectionPolicy, Facts, PreparedDetection};
use protocol::Severity;
use recording::SessionFacts;
use spool::notices;
use tokio::sync::watch;

use super::Context;
use super::decider::write_policy;
use super::responding::Ruled;
use super::running::Session;
use crate::clock;

/// The last detection policy that a server told, kept between runs.
#[derive(Debug)]
pub struct Detections {
    file: PathBuf,
    /// What the machine's own settings say.
    own: Logging,
    told: watch::Sender<Arc<Told>>,
}

#[derive(Debug)]
struct Told {
    document: String,
    /// `None` where it cannot be read: then nothing is logged.
    policy: Option<PreparedDetection>,
    /// What its rules do in response, each made ready when it decides first.
    ruled: Mutex<BTreeMap<String, Arc<Ruled>>>,
}

impl From<String> for Told {
    fn from(document: String) -> Self {
        let policy = document.parse::<DetectionPolicy>().map(PreparedDetection::new);
        let policy = policy
            .inspect_err(|error| tracing::error!(%error, "the detection policy cannot be read; nothing is logged"))
            .ok();
        Self { document, policy, ruled: Mutex::default() }
    }
}

impl Detections {
    /// Those of a machine with these settings, with what was told last.
    pub fn open(file: PathBuf, own: Logging) -> Self {
        let told = watch::Sender::new(Arc::new(read(&file)));
        Self { file, own, told }
    }

    /// Keeps what a server told. False: it cannot be read.
    fn remember(&self, document: &str) -> bool {
        let known = Arc::clone(&self.told.borrow());
        if known.document == document {
            return known.policy.is_some();
        }
        let told = Told::from(document.to_owned());
        let readable = told.policy.is_some();
        if let Some(policy) = &told.policy {
            tracing::info!(policy = policy.policy().name(), "the active detection policy");
        }
        self.told.send_replace(Arc::new(told));
        // It is kept as it was told: a later version may be able to read it.
        if let Err(error) = write_policy(&self.file, document) {
            tracing::warn!(%error, file = %self.file.display(), "cannot keep the detection policy for the next start");
        }
        readable
    }

    /// How much of the screen is kept in memory of a session of which events only are recorded.
    pub fn before(&self, session: &SessionFacts, began: i64) -> Option<Duration> {
        self.decide(Some((session, began))).1?.before()
    }

    /// Whether what is typed in a session that began then is logged.
    pub fn keystrokes(&self, session: &SessionFacts, began: i64) -> bool {
        self.decide(Some((session, began))).0.keystrokes
    }

    /// What is logged of a session that began then, and what is done in response. Of one of which nothing is known yet nothing is, where
    /// a policy is active.
    fn decide(&self, session: Option<(&SessionFacts, i64)>) -> (Logging, Option<Arc<Ruled>>) {
        let told = Arc::clone(&self.told.borrow());
        match (&told.policy, session) {
            (None, _) => (Logging::default(), Some(Arc::default())),
            (Some(policy), Some((session, began))) => {
                let decided = policy.decide(&Facts::of(session, began));
                let responses = decided.responses();
                let ruled =
                    responses.map(|(rule, responses)| told.ruled(policy.policy().name(), rule.as_str(), responses));
                (decided.logging(&self.own), Some(ruled.unwrap_or_default()))
            }
            (Some(policy), None) if *policy.policy() == DetectionPolicy::default() => (self.own.clone(), None),
            (Some(_), None) => (Logging::default(), None),
        }
    }
}

impl Told {
    fn ruled(&self, policy: &str, rule: &str, responses: &Responses) -> Arc<Ruled> {
        let mut ruled = self.ruled.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = ruled.entry(rule.to_owned()).or_insert_with(|| Arc::new(Ruled::new(policy, rule, responses)));
        Arc::clone(ready)
    }
}

/// Where a server never told any, none is active. What was kept and cannot be read logs nothing.
fn read(file: &Path) -> Told {
    match std::fs::read_to_string(file) {
        Ok(document) => document.into(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => DetectionPolicy::default().document().into(),
        Err(error) => {
            tracing::error!(%error, file = %file.display(), "the last known detection policy cannot be read; nothing is logged");
            Told { document: String::new(), policy: None, ruled: Mutex::default() }
        }
    }
}

impl Context {
    /// Remembers every detection policy that the server tells, for as long as the agent runs.
    pub async fn remember_detections(&self) {
        let mut link = self.uplink.link();
        let mut told: Option<String> = None;
        loop {
            let document = link.borrow_and_update().detection.clone();
            if let Some(document) = document.filter(|document| told.as_ref() != Some(document)) {
                if !self.detections.remember(&document) {
                    let text = "the active detection policy cannot be read by this agent: nothing is logged; \
                                install a newer one";
                    self.notice(Severity::Error, notices::DETECTION_UNREADABLE, None, text.to_owned());
                }
                told = Some(document);
            }
            if link.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Keeps noted what of a session is logged and what is done in response, for as long as it is polled: a new policy holds at once, for sessions that run, too.
pub(super) async fn keep_logging(context: &Context, session: &Session) {
    let (mut states, mut told) = (session.states(), context.detections.told.subscribe());
    loop {
        told.mark_unchanged();
        let facts = states.borrow_and_update().facts.clone();
        let began = context.memory.of(&session.desktop.server).began_unix_us.unwrap_or_else(clock::unix_us);
        let (logging, responses) = context.detections.decide(facts.as_ref().map(|facts| (facts, began)));
        session.note(|state| {
            if *state.logging != logging {
                state.logging = Arc::new(logging);
            }
            if state.responses != responses {
                let pause_us = responses.as_ref().map_or(0, |responses| responses.pause_us());
                let passed_us = u64::try_from(clock::unix_us().saturating_sub(began)).unwrap_or_default();
                state.quiet_until_us = capture::boottime_us() + pause_us.saturating_sub(passed_us);
                state.responses = responses;
            }
        });
        let changed = tokio::select! {
            changed = states.wait_for(|state| state.facts != facts) => changed.is_ok(),
            changed = told.changed() => changed.is_ok(),
        };
        if !changed {
            std::future::pending::<()>().await;
        }
    }
}
