//! Makes what was accepted durable, in rounds: however many recordings grow, each round syncs each of them once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use storage::SyncOutcome;
use tokio::sync::watch;

use super::desk::Desk;
use super::diagnosis::Finding;
use super::live_recordings::{Accepted, Liveness};

/// From the start of a round to that of the next at least: what comes in between shares one sync.
const SPACING: Duration = Duration::from_millis(40);
/// Without news a round looks for what became due by time.
const IDLE: Duration = Duration::from_secs(1);

/// Runs until `stopping` is true, and then one round more.
pub(super) async fn run(desk: Arc<Desk>, mut stopping: watch::Receiver<bool>) {
    loop {
        let last = tokio::select! {
            () = desk.unsynced.notified() => false,
            () = tokio::time::sleep(IDLE) => false,
            _ = stopping.wait_for(|stop| *stop) => true,
        };
        let begun = Instant::now();
        round(&desk).await;
        if last {
            return;
        }
        tokio::time::sleep(SPACING.saturating_sub(begun.elapsed())).await;
    }
}

async fn round(desk: &Arc<Desk>) {
    let begun = Instant::now();
    let outcomes = match desk.on_disk(|store| Ok(store.sync_round())).await {
        Ok(outcomes) => outcomes,
        Err(error) => {
            tracing::error!(%error, "a round of making recordings durable did not finish");
            return;
        }
    };
    if outcomes.is_empty() {
        return;
    }
    desk.metrics.sync_seconds.record(begun.elapsed().as_secs_f64());
    let all_well = outcomes.iter().all(|outcome| outcome.result.is_ok());
    for outcome in outcomes {
        settle(desk, outcome).await;
    }
    if all_well && desk.storage_troubled.swap(false, Ordering::Relaxed) {
        let text = "storage takes recordings again".to_owned();
        desk.diagnosis.report(Finding::StorageWorksAgain, None, None, text).await;
    }
    let (mut bytes, mut messages) = (0, 0);
    for tracked in desk.all_tracked() {
        let queued = tracked.facts().queued();
        bytes += queued.0;
        messages += queued.1;
    }
    desk.metrics.queue_bytes.set(bytes as f64);
    desk.metrics.queue_messages.set(messages as f64);
}

async fn settle(desk: &Arc<Desk>, outcome: SyncOutcome) {
    let Some(tracked) = desk.tracked(outcome.recording) else { return };
    match outcome.result {
        Ok(standing) => {
            {
                let mut facts = tracked.facts();
                facts.durable = standing.durable.offset;
                if standing.durable == standing.head {
                    facts.messages = 0;
                }
            }
            tracked.synced.send_modify(|synced| {
                (synced.durable, synced.closed) = (standing.durable, standing.closed);
            });
        }
        Err(error) => {
            desk.storage_trouble(&tracked, &error).await;
            let storage::StorageError::SyncFailed { durable, .. } = &error else { return };
            let length = durable.offset;
            {
                let mut facts = tracked.facts();
                (facts.accepted, facts.durable, facts.messages) = (length, length, 0);
            }
            desk.live.note(tracked.id, Accepted { length, state: Liveness::Silent });
            tracked.synced.send_modify(|synced| {
                synced.durable = *durable;
                synced.closed = false;
                synced.cut_backs += 1;
                synced.full = error.is_full();
            });
        }
    }
}
