//! What activating a policy would change: for sessions that run now and for those of the last days.

use std::collections::HashSet;
use std::sync::Arc;

use api::{Forecast, ForecastPolicy};
use axum::Json;
use axum::extract::State;
use policy::{Policy, PreparedPolicy};
use uuid::Uuid;

use super::Body;
use crate::app::App;
use crate::clock::{self, DAY_US};
use crate::failure::Failure;
use crate::forecast::{Comparison, Tally};
use crate::policies;

const DEFAULT_DAYS: u32 = 30;
const MOST_DAYS: u32 = 92;
/// Sessions that are looked at; the newest ones.
const MOST_SESSIONS: usize = 20_000;
/// Sessions that are held at a time.
const BATCH: u32 = 500;

/// Decides by a policy and by the active one on sessions that run now, and on those of the last days.
///
/// # Errors
/// There is no such policy, or what was given makes no sense.
pub async fn forecast(
    State(app): State<Arc<App>>,
    Body(wanted): Body<ForecastPolicy>,
) -> Result<Json<Forecast>, Failure> {
    let days = wanted.days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Failure::bad_request(format!("days is 1 to {MOST_DAYS}.")));
    }
    let other = match (&wanted.policy, &wanted.document) {
        (Some(id), None) => policies::find(&app.catalogue, id).await?.ok_or_else(|| Failure::not_found("policy"))?,
        (None, Some(document)) => Policy::Custom(policies::checked(document)?),
        _ => return Err(Failure::bad_request("Give either policy or document.")),
    };
    let id = policies::active_id::<policies::Recording>(&app.catalogue).await?;
    // Of a policy that is gone or cannot be read nothing is recorded.
    let active = policies::find(&app.catalogue, &id).await?.unwrap_or_default();
    let comparison = Comparison::new(PreparedPolicy::new(active), PreparedPolicy::new(other));
    compare(&app, comparison, days).await.map(Json)
}

async fn compare(app: &App, mut comparison: Comparison, days: u32) -> Result<Forecast, Failure> {
    let from_us = clock::now_us().saturating_sub(i64::from(days) * DAY_US);
    let mut untold: HashSet<(Uuid, String)> =
        app.ingest.sessions().into_iter().map(|(machine, _, session)| (machine, session.session)).collect();
    let (mut running, mut past) = (Tally::default(), Tally::default());
    let (mut below, mut looked_at) = (i64::MAX, 0);
    let is_cut = loop {
        let batch = app.catalogue.past_sessions(from_us, below, BATCH).await?;
        let Some(last) = batch.last() else { break false };
        below = last.id;
        looked_at += batch.len();
        let is_running: Vec<bool> = batch
            .iter()
            .map(|session| session.is_running && untold.remove(&(session.machine, session.session.clone())))
            .collect();
        // Deciding on hundreds of sessions by hundreds of rules takes a while.
        let decided = tokio::task::spawn_blocking(move || {
            for (session, is_running) in batch.iter().zip(is_running) {
                if is_running {
                    comparison.add(session, &mut running);
                } else if session.began_us >= from_us {
                    comparison.add(session, &mut past);
                }
            }
            (comparison, running, past)
        });
        (comparison, running, past) = decided.await.map_err(|error| Failure::internal(&error))?;
        if looked_at >= MOST_SESSIONS {
            break true;
        }
    };
    Ok(Forecast {
        running: running.into(),
        running_unknown: i64::try_from(untold.len()).unwrap_or(i64::MAX),
        past: past.into(),
        from_us,
        known_since_us: app.catalogue.oldest_account_us().await?,
        newest_only: is_cut,
    })
}
