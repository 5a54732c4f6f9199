//! What was done in response to events, as far as a person may see the recordings that say it.

use std::sync::Arc;

use api::{ResponseDay, ResponseItem, ResponseOutcome, ResponsePage, ResponseQuery};
use axum::Json;
use axum::extract::State;
use catalogue::{ListedResponse, ResponseListing};
use events::Action;

use super::{Asked, signed};
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

const DEFAULT_LIMIT: u32 = 50;
const MOST_LIMIT: u32 = 500;
/// Longest text that is searched for, characters.
const MOST_TEXT_CHARS: usize = 256;
const OUTCOMES: [ResponseOutcome; 3] = [ResponseOutcome::Done, ResponseOutcome::Asked, ResponseOutcome::Refused];
const MOST_OFFSET_MINUTES: i32 = 1_440;

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
    let wanted = ResponseListing {
        visibility: viewer.visibility(),
        text: query.text,
        from_us: query.from,
        to_us: query.to,
        action: query.action.map(|action| action.name().to_owned()),
        outcome: query.outcome.map(|outcome| word(outcome).to_owned()),
        offset_us: i64::from(offset_minutes) * 60_000_000,
        skipped: query.offset.unwrap_or(0).into(),
        limit,
    };
    let found = app.catalogue.responses(&wanted).await?;
    let days = found.days.into_iter().map(|day| ResponseDay {
        start_us: day.start_us,
        action: day.action.as_deref().and_then(action),
        count: day.count,
    });
    let mut days: Vec<ResponseDay> = days.collect();
    // Those of one day in the order of actions, not of their words.
    days.sort_by_key(|day| (day.start_us, day.action));
    Ok(Json(ResponsePage { items: found.items.into_iter().map(item).collect(), total: found.total, days }))
}

fn action(name: &str) -> Option<Action> {
    Action::ALL.iter().copied().find(|action| action.name() == name)
}

/// As the catalogue keeps it.
fn word(outcome: ResponseOutcome) -> &'static str {
    match outcome {
        ResponseOutcome::Done => "done",
        ResponseOutcome::Asked => "asked",
        ResponseOutcome::Refused => "refused",
    }
}

fn item(listed: ListedResponse) -> ResponseItem {
    let ListedResponse { recording, user, machine, at_us, time_us, text, said } = listed;
    let known = said.is_some();
    let said = said.unwrap_or_default();
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    ResponseItem {
        recording: recording.to_string(),
        time_us: signed(time_us),
        at_us,
        user,
        machine,
        action: action(&said.action),
        outcome: OUTCOMES.into_iter().find(|outcome| word(*outcome) == said.outcome),
        trigger: known.then_some(said.trigger),
        of: some(said.of),
        detail: some(said.detail),
        rule: some(said.rule),
        policy: some(said.policy),
        text,
    }
}
