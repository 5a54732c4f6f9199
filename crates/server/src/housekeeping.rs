//! What a server does by itself from time to time.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::clock::{self, DAY_US};
use crate::stopping::Stopping;

/// How often figures are tidied up, so that samples nobody asks for do not pile up.
const FIGURES_EVERY: Duration = Duration::from_secs(5);
/// Rounds of figures between two looks for what has expired.
const ROUNDS_PER_PRUNING: u32 = 720;
/// For how long the diagnostic log is kept.
const DIAGNOSTICS_KEPT_DAYS: i64 = 30;
/// For how long it is known what became of sessions.
const ACCOUNTS_KEPT_DAYS: i64 = 92;

/// For how long it is known what was sent. Longer than the oldest event that anything is sent for, which is found again when a
/// recording's events are read anew.
const DELIVERIES_KEPT_DAYS: i64 = 30;
const _: () = assert!(DELIVERIES_KEPT_DAYS * DAY_US > 2 * crate::ingest::MOST_ASKED_AGE_US);

/// How often the pieces of the events' index are put together, and the pause between two steps, in which others write.
const INDEX_EVERY: Duration = Duration::from_secs(3_600);
const INDEX_STEP: Duration = Duration::from_millis(250);
/// Not in the first moments, in which machines connect.
const INDEX_FIRST: Duration = Duration::from_secs(60);

/// Runs until the server stops.
pub async fn run(app: Arc<App>, stopping: Stopping) {
    tokio::join!(expire(&app, stopping.clone()), keep_index_together(&app, stopping));
}

async fn keep_index_together(app: &App, mut stopping: Stopping) {
    let mut pause = INDEX_FIRST;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopping.begun() => return,
        }
        pause = match app.catalogue.merge_events().await {
            Ok(true) => INDEX_STEP,
            Ok(false) => INDEX_EVERY,
            Err(error) => {
                tracing::warn!(%error, "the events' index could not be put together, searches take longer; it is tried again later");
                INDEX_EVERY
            }
        };
    }
}

async fn expire(app: &App, mut stopping: Stopping) {
    let mut rounds = 0u32;
    loop {
        if rounds.is_multiple_of(ROUNDS_PER_PRUNING) {
            prune(app).await;
        }
        rounds = rounds.wrapping_add(1);
        app.metrics.tidy();
        tokio::select! {
            () = tokio::time::sleep(FIGURES_EVERY) => {}
            () = stopping.begun() => return,
        }
    }
}

async fn prune(app: &App) {
    let now_us = clock::now_us();
    let pruned = async {
        app.catalogue.prune_sessions(now_us).await?;
        app.catalogue.prune_deliveries(now_us - DELIVERIES_KEPT_DAYS * DAY_US).await?;
        app.catalogue.prune_accounts(now_us - ACCOUNTS_KEPT_DAYS * DAY_US).await?;
        app.catalogue.prune_diagnostics(now_us - DIAGNOSTICS_KEPT_DAYS * DAY_US).await
    };
    if let Err(error) = pruned.await {
        tracing::warn!(%error, "what has expired could not be removed; it is tried again later");
    }
}
