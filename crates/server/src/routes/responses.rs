//! What was done in response to events, as far as a person may see the recordings that say it.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{ResponseDay, ResponseItem, ResponseOutcome, ResponsePage, ResponseQuery};
use axum::Json;
use axum::extract::State;
use catalogue::{Happened, HappenedQuery};
use events::{Action, Came, Said};

use super::{Asked, signed};
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

const DEFAULT_LIMIT: u32 = 50;
const MOST_LIMIT: u32 = 500;
/// Longest text that is searched for, characters.
const MOST_TEXT_CHARS: usize = 256;
const MOST_OFFSET_MINUTES: i32 = 1_440;
const DAY_US: i64 = 86_400_000_000;

/// Lists responses, newest first.
///
/// # Errors
/// A part of the query is out of bounds, or the catalogue cannot be read.
pub async fn list(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Asked(query): Asked<ResponseQuery>,
) -> Result<Json<ResponsePage>, Failure> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err(Failure::bad_request(format!("limit is 1 to {MOST_LIMIT}.")));
    }
    if query.text.as_ref().is_some_and(|text| text.chars().count() > MOST_TEXT_CHARS) {
        return Err(Failure::bad_request(format!("text has at most {MOST_TEXT_CHARS} characters.")));
    }
    let offset_minutes = query.offset_minutes.unwrap_or(0);
    if !(-MOST_OFFSET_MINUTES..=MOST_OFFSET_MINUTES).contains(&offset_minutes) {
        return Err(Failure::bad_request(format!(
            "offset_minutes is -{MOST_OFFSET_MINUTES} to {MOST_OFFSET_MINUTES}."
        )));
    }
    let wanted = HappenedQuery {
        visibility: viewer.visibility(),
        kind: recording::event_kinds::RESPONSE.to_owned(),
        text: query.text,
        from_us: query.from,
        to_us: query.to,
    };
    let found = app.catalogue.happened(&wanted).await?;
    let all: Vec<ResponseItem> = found
        .items
        .into_iter()
        .map(item)
        .filter(|item| query.action.is_none() || item.action == query.action)
        .filter(|item| query.outcome.is_none() || item.outcome == query.outcome)
        .collect();
    let days = days(&all, i64::from(offset_minutes) * 60_000_000);
    let total = signed(all.len() as u64);
    let passed = usize::try_from(query.offset.unwrap_or(0)).unwrap_or(usize::MAX);
    let items = all.into_iter().skip(passed).take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
    Ok(Json(ResponsePage { items, total, days, since_us: found.since_us }))
}

fn item(happened: Happened) -> ResponseItem {
    let Happened { recording, user, machine, at_us, event } = happened;
    let said = Said::by(&event.text);
    ResponseItem {
        recording: recording.to_string(),
        time_us: signed(event.time_us),
        at_us,
        user,
        machine,
        action: said.map(|said| said.action),
        outcome: said.map(|said| match said.came {
            Came::Done | Came::Already => ResponseOutcome::Done,
            Came::Asked => ResponseOutcome::Asked,
            Came::Refused => ResponseOutcome::Refused,
        }),
        trigger: said.map(|said| said.trigger.to_owned()),
        text: event.text,
    }
}

/// How many of each action on each day, the first day first.
fn days(items: &[ResponseItem], offset_us: i64) -> Vec<ResponseDay> {
    let mut counts: BTreeMap<(i64, Option<Action>), i64> = BTreeMap::new();
    for item in items {
        let start_us = (item.at_us.saturating_add(offset_us)).div_euclid(DAY_US) * DAY_US - offset_us;
        *counts.entry((start_us, item.action)).or_default() += 1;
    }
    counts.into_iter().map(|((start_us, action), count)| ResponseDay { start_us, action, count }).collect()
}
