//! Receipts: the server's signed word for what it holds durably, in the evidence file beside each recording.
//!
//! One rule serves opening, growing and everything between: whatever is durable and has no receipt gets one with the next
//! turn. So a receipt follows within two seconds, and one that rests costs nothing.

use std::sync::Arc;
use std::time::Duration;

use evidence::EvidenceLog;
use recording::Head;
use storage::StorageError;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::desk::Desk;
use super::time_stamps;
use super::tracked::Tracked;
use crate::clock;

/// From one turn to the next; together with a turn's own time it stays below the promised two seconds.
const EVERY: Duration = Duration::from_millis(1_500);

/// What is to be said of one recording.
struct Due {
    tracked: Arc<Tracked>,
    head: Head,
    closed: bool,
}

/// Runs until `stopping` is true, and then one turn more.
pub(super) async fn run(desk: Arc<Desk>, mut stopping: watch::Receiver<bool>) {
    let mut turns = tokio::time::interval(EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let last = tokio::select! {
            _ = turns.tick() => false,
            _ = stopping.wait_for(|stop| *stop) => true,
        };
        let due = desk.all_tracked().into_iter().filter_map(|tracked| {
            let head = tracked.synced.borrow().durable;
            let known = *tracked.evidence();
            let wanted = known.is_none_or(|log| log.wants(head, false)) && head.offset > 0;
            wanted.then_some(Due { tracked, head, closed: false })
        });
        give(&desk, due.collect()).await;
        if last {
            return;
        }
    }
}

/// The last receipt of a recording that ends; `closed` if its agent said that it is complete.
pub(super) async fn conclude(desk: &Arc<Desk>, tracked: &Arc<Tracked>, closed: bool) {
    let id = tracked.id;
    match desk.on_disk(move |store| store.standing(id)).await {
        Ok(standing) if standing.durable.offset > 0 => {
            give(desk, vec![Due { tracked: Arc::clone(tracked), head: standing.durable, closed }]).await;
            time_stamps::want(desk, id);
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(recording = %id, %error, "a recording ends without a last receipt"),
    }
}

/// A receipt that cannot be written is tried again with the next turn; the recording does not wait for it.
async fn give(desk: &Arc<Desk>, due: Vec<Due>) {
    if due.is_empty() {
        return;
    }
    let at = Arc::clone(desk);
    let given = tokio::task::spawn_blocking(move || {
        for Due { tracked, head, closed } in due {
            if let Err(error) = write(&at, &tracked, head, closed) {
                tracing::warn!(recording = %tracked.id, %error, "a receipt could not be written; it is tried again");
            }
        }
    });
    if let Err(error) = given.await {
        tracing::error!(%error, "giving receipts was interrupted");
    }
}

fn write(desk: &Desk, tracked: &Tracked, head: Head, closed: bool) -> Result<(), StorageError> {
    let _writing = desk.writing_evidence();
    let mut kept = tracked.evidence();
    let mut log = match *kept {
        Some(log) => log,
        None => EvidenceLog::after(&desk.store.evidence_tail(tracked.id)?),
    };
    if !log.wants(head, closed) {
        *kept = Some(log);
        return Ok(());
    }
    // Forgotten until it is written: after a failure the file says what is in it.
    *kept = None;
    let given = match log.receipt(&desk.receipt_key, tracked.id, head, closed, clock::now_us()) {
        Ok(given) => given,
        Err(error) => {
            tracing::error!(recording = %tracked.id, %error, "a receipt cannot be put into words");
            return Ok(());
        }
    };
    desk.store.append_evidence(tracked.id, &given.bytes)?;
    if closed {
        desk.store.sync_evidence(tracked.id)?;
    }
    *kept = Some(log);
    Ok(())
}
