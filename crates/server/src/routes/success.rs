//! What became of sessions: how many that were to be recorded were, and which were not.

use std::sync::Arc;

use api::{
    OutcomeCounts, OutcomeQuery, RecordingSuccess, RecordingSuccessDay, SessionOutcome, SessionOutcomeItem,
    SessionOutcomePage, SuccessQuery,
};
use axum::Json;
use axum::extract::State;
use catalogue::{ListedAccount, OutcomesOfDay};

use super::{Asked, signed};
use crate::app::App;
use crate::clock::{self, DAY_US};
use crate::failure::Failure;

const DEFAULT_DAYS: i64 = 30;
const MINUTE_US: i64 = 60_000_000;
const MOST_OFFSET_MINUTES: i32 = 840;
const DEFAULT_LIMIT: u32 = 50;
const MOST_LIMIT: u32 = 500;
/// What a list shows unless something else is asked for.
const TROUBLE: [SessionOutcome; 3] = [SessionOutcome::Failed, SessionOutcome::Missing, SessionOutcome::Interrupted];

/// Counts what became of sessions, by day.
///
/// # Errors
/// A part of the query is out of bounds.
pub async fn rate(
    State(app): State<Arc<App>>,
    Asked(query): Asked<SuccessQuery>,
) -> Result<Json<RecordingSuccess>, Failure> {
    let now_us = clock::now_us();
    let offset = query.offset_minutes.unwrap_or(0);
    if offset.abs() > MOST_OFFSET_MINUTES {
        return Err(Failure::bad_request(format!(
            "offset_minutes is {} to {MOST_OFFSET_MINUTES}.",
            -MOST_OFFSET_MINUTES
        )));
    }
    let time = period(query.from, query.to, now_us);
    let counted = app.catalogue.outcomes_by_day(time, i64::from(offset) * MINUTE_US, now_us).await?;
    let known_since_us = app.catalogue.oldest_account_us().await?;
    let mut sessions = OutcomeCounts::default();
    let mut days: Vec<RecordingSuccessDay> = Vec::new();
    for OutcomesOfDay { day_us, outcome, sessions: count } in counted {
        let Some(outcome) = outcome_of(&outcome) else { continue };
        *field(&mut sessions, outcome) += signed(count);
        if days.last().is_none_or(|day| day.day_us != day_us) {
            days.push(RecordingSuccessDay { day_us, sessions: OutcomeCounts::default() });
        }
        if let Some(day) = days.last_mut() {
            *field(&mut day.sessions, outcome) += signed(count);
        }
    }
    Ok(Json(RecordingSuccess { sessions, days, known_since_us }))
}

/// Lists sessions by what became of them.
///
/// # Errors
/// A part of the query is out of bounds, or there is no such outcome.
pub async fn sessions(
    State(app): State<Arc<App>>,
    Asked(query): Asked<OutcomeQuery>,
) -> Result<Json<SessionOutcomePage>, Failure> {
    let now_us = clock::now_us();
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err(Failure::bad_request(format!("limit is 1 to {MOST_LIMIT}.")));
    }
    let outcomes = match query.outcomes.as_deref() {
        None => TROUBLE.to_vec(),
        Some(words) => {
            let known = |word: &str| {
                outcome_of(word.trim()).ok_or_else(|| Failure::bad_request("outcomes names one that there is not."))
            };
            words.split(',').map(known).collect::<Result<_, _>>()?
        }
    };
    let words: Vec<&str> = outcomes.into_iter().map(SessionOutcome::as_str).collect();
    let place = (limit, u64::from(query.offset.unwrap_or(0)));
    let page = app.catalogue.accounts(period(query.from, query.to, now_us), &words, place, now_us).await?;
    let items = page.items.into_iter().filter_map(item).collect();
    Ok(Json(SessionOutcomePage { items, total: signed(page.total) }))
}

fn period(from: Option<i64>, to: Option<i64>, now_us: i64) -> (i64, i64) {
    // A session that begins this very moment is in it, too.
    let to_us = to.unwrap_or_else(|| now_us.saturating_add(1));
    (from.unwrap_or_else(|| now_us.saturating_sub(DEFAULT_DAYS * DAY_US)), to_us)
}

/// Agents of later versions may say more; that is passed over.
fn outcome_of(word: &str) -> Option<SessionOutcome> {
    SessionOutcome::ALL.into_iter().find(|outcome| outcome.as_str() == word)
}

fn field(counts: &mut OutcomeCounts, outcome: SessionOutcome) -> &mut i64 {
    match outcome {
        SessionOutcome::Recorded => &mut counts.recorded,
        SessionOutcome::Interrupted => &mut counts.interrupted,
        SessionOutcome::Failed => &mut counts.failed,
        SessionOutcome::Missing => &mut counts.missing,
        SessionOutcome::Beginning => &mut counts.beginning,
        SessionOutcome::Declined => &mut counts.declined,
        SessionOutcome::SwitchedOff => &mut counts.switched_off,
        SessionOutcome::Undecided => &mut counts.undecided,
        SessionOutcome::NotWanted => &mut counts.not_wanted,
    }
}

fn item(account: ListedAccount) -> Option<SessionOutcomeItem> {
    let machine_id = account.machine.simple().to_string();
    Some(SessionOutcomeItem {
        id: account.id.to_string(),
        machine: account.machine_name.unwrap_or_else(|| machine_id.clone()),
        machine_id,
        user: account.user,
        display: account.display,
        began_us: account.began_us,
        over: account.is_over,
        outcome: outcome_of(&account.outcome)?,
        reason: account.reason,
        policy: (!account.policy.is_empty()).then_some(account.policy),
        rule: account.rule,
        recording: account.recording.map(|id| id.to_string()),
    })
}
