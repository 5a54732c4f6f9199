//! Asks a time stamp authority (RFC 3161) to stamp the last receipt of each recording that ends, if the operator has named
//! one. An authority that does not answer is asked again, less and less often, for a week; nothing else waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evidence::{EvidenceLog, time_stamp_answer, time_stamp_request};
use recording::RecordingId;
use tokio::sync::{Notify, watch};

use super::desk::Desk;
use super::diagnosis::Finding;
use crate::outgoing::{self, with_causes};

/// Recordings that may wait; what comes beyond is asked for at the next start.
const MAX_WAITING: usize = 10_000;
/// From one attempt to the next at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// Nobody is asked any more so long after a recording ended, or after this server started if that was later.
const GIVE_UP_AFTER: Duration = Duration::from_secs(7 * 24 * 3_600);
/// An authority that takes longer is asked again.
const PATIENCE: Duration = Duration::from_secs(15);
/// An answer that is longer fits no entry.
const MAX_ANSWER_BYTES: usize = 60_000;
/// How often it is looked whether an attempt is due.
const TURN: Duration = Duration::from_secs(1);

/// Which authority is asked, and how.
#[derive(Debug, Clone)]
pub struct TimeStampOptions {
    /// Where requests are sent: `http` or `https`.
    pub url: String,
    /// From the first attempt that failed to the next; each pause after it is twice as long, up to an hour.
    pub first_pause: Duration,
}

impl TimeStampOptions {
    /// The usual times.
    #[must_use]
    pub fn new(url: String) -> TimeStampOptions {
        TimeStampOptions { url, first_pause: Duration::from_secs(30) }
    }
}

/// When a recording is next asked for.
#[derive(Debug, Clone, Copy)]
struct Due {
    since: Instant,
    at: Instant,
    pause: Duration,
}

impl Due {
    fn now(options: &TimeStampOptions) -> Due {
        let now = Instant::now();
        Due { since: now, at: now, pause: options.first_pause }
    }

    /// The next attempt after one that failed; none after a week.
    fn again(self) -> Option<Due> {
        let again = Due { at: Instant::now() + self.pause, pause: (self.pause * 2).min(LONGEST_PAUSE), ..self };
        (self.since.elapsed() < GIVE_UP_AFTER).then_some(again)
    }
}

/// Recordings whose last receipt is to be stamped.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    due: Mutex<HashMap<RecordingId, Due>>,
    more: Notify,
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, HashMap<RecordingId, Due>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, id: RecordingId, next: Due) {
        let mut due = self.lock();
        if due.len() < MAX_WAITING {
            due.insert(id, next);
        }
        drop(due);
        self.more.notify_one();
    }
}

/// Has the last receipt of a recording stamped that has just ended.
pub(super) fn want(desk: &Desk, id: RecordingId) {
    if let Some(options) = &desk.options.time_stamps {
        desk.unstamped.put(id, Due::now(options));
    }
}

/// Runs until `stopping` is true. What is not stamped then is found again at the next start.
pub(super) async fn run(desk: Arc<Desk>, mut stopping: watch::Receiver<bool>) {
    let Some(options) = desk.options.time_stamps.clone() else { return };
    let client = match outgoing::client(PATIENCE).build() {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "time stamps cannot be asked for"),
    };
    find_earlier(&desk, &options).await;
    let mut turns = tokio::time::interval(TURN);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = desk.unstamped.more.notified() => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        let now = Instant::now();
        let due: Vec<_> =
            desk.unstamped.lock().iter().filter(|(_, due)| due.at <= now).map(|(id, due)| (*id, *due)).collect();
        for (id, due) in due {
            if *stopping.borrow() {
                return;
            }
            desk.unstamped.lock().remove(&id);
            let outcome = stamp(&desk, &client, &options.url, id).await;
            settle(&desk, id, due, outcome).await;
        }
        desk.metrics.unstamped_recordings.set(desk.unstamped.lock().len() as f64);
    }
}

async fn settle(desk: &Desk, id: RecordingId, due: Due, outcome: Result<bool, String>) {
    match outcome {
        Ok(true) => desk.metrics.time_stamps.increment(1),
        Ok(false) => {}
        Err(why) => {
            desk.metrics.failed_time_stamps.increment(1);
            let again = due.again();
            let end = if again.is_some() { "it is asked again" } else { "it is not asked again" };
            let text = format!("The time stamp authority gave no time stamp: {why}; {end}.");
            desk.diagnosis.report(Finding::NoTimeStamp, None, Some(id), text).await;
            if let Some(again) = again {
                desk.unstamped.put(id, again);
            }
        }
    }
}

/// Recordings of the last days that ended before this server started, and were not stamped then.
async fn find_earlier(desk: &Arc<Desk>, options: &TimeStampOptions) {
    let at = Arc::clone(desk);
    let found = tokio::task::spawn_blocking(move || {
        let recent = at.store.list().into_iter().filter(|id| at.tracked(*id).is_none() && is_recent(&at, *id));
        recent.filter(|id| unstamped(&at, *id).is_ok_and(|digest| digest.is_some())).collect::<Vec<_>>()
    });
    for id in found.await.unwrap_or_default() {
        desk.unstamped.put(id, Due::now(options));
    }
}

/// Whether anything was written into its evidence file lately.
fn is_recent(desk: &Desk, id: RecordingId) -> bool {
    let path = desk.store.path(id).map(|path| path.with_extension("kev"));
    let changed = path.and_then(|path| std::fs::metadata(path).ok()?.modified().ok());
    changed.is_some_and(|changed| changed.elapsed().map_or(true, |age| age < GIVE_UP_AFTER))
}

/// The digest of the newest receipt, if no time stamp is on it.
fn unstamped(desk: &Desk, id: RecordingId) -> Result<Option<[u8; 32]>, String> {
    let _writing = desk.writing_evidence();
    let tail = desk.store.evidence_tail(id).map_err(|error| error.to_string())?;
    Ok(EvidenceLog::after(&tail).wants_time_stamp())
}

/// Asks for one recording; false where there was nothing to stamp.
async fn stamp(desk: &Arc<Desk>, client: &reqwest::Client, url: &str, id: RecordingId) -> Result<bool, String> {
    let at = Arc::clone(desk);
    let digest = blocking(move || unstamped(&at, id)).await?;
    let Some(digest) = digest else { return Ok(false) };
    let nonce = rand::random();
    let request = time_stamp_request(&digest, nonce).map_err(|error| error.to_string())?;
    let answer = ask(client, url, request).await?;
    let token = time_stamp_answer(&answer, &digest, nonce).map_err(|error| error.to_string())?;
    let at = Arc::clone(desk);
    blocking(move || append(&at, id, digest, &token)).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, String> + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

/// A recording that went on meanwhile is stamped when it ends again.
fn append(desk: &Desk, id: RecordingId, digest: [u8; 32], token: &[u8]) -> Result<bool, String> {
    let _writing = desk.writing_evidence();
    let tail = desk.store.evidence_tail(id).map_err(|error| error.to_string())?;
    let mut log = EvidenceLog::after(&tail);
    if log.wants_time_stamp() != Some(digest) {
        return Ok(false);
    }
    let entry = log.time_stamp(token).map_err(|error| error.to_string())?;
    let tracked = desk.tracked(id);
    let mut kept = tracked.as_ref().map(|tracked| tracked.evidence());
    // Forgotten until it is written: after a failure the file says what is in it.
    if let Some(kept) = &mut kept {
        **kept = None;
    }
    desk.store.append_evidence(id, &entry).map_err(|error| error.to_string())?;
    desk.store.sync_evidence(id).map_err(|error| error.to_string())?;
    Ok(true)
}

async fn ask(client: &reqwest::Client, url: &str, request: Vec<u8>) -> Result<Vec<u8>, String> {
    // Addresses may hold passwords.
    let failed = |error: reqwest::Error| with_causes(&error.without_url());
    let asked = client.post(url).header("content-type", "application/timestamp-query").body(request);
    let mut answer = asked.send().await.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(format!("it answered {}", answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(failed)? {
        if bytes.len() + piece.len() > MAX_ANSWER_BYTES {
            return Err("its answer is too long".to_owned());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
