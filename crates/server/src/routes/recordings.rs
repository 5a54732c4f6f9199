//! Finding recordings and reading facts about them.

use std::sync::Arc;

use api::{
    EventHit, EventHits, RecordingIndex, RecordingItem, RecordingPage, RecordingQuery, RecordingState,
    SessionRecordings, SortKey, StartReason, StateFilter,
};
use axum::Json;
use axum::extract::State;
use catalogue::{EventFilter, RecordedEvent, Recording, Sort, SortColumn};
use recording::RecordingId;

use super::bundle;
use super::{Asked, Id, signed};
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

const DEFAULT_LIMIT: u32 = 50;
const MOST_LIMIT: u32 = 500;
/// Longest text that is searched for, characters.
const MOST_TEXT_CHARS: usize = 256;
/// Most kinds of events that are asked for at once, and most characters of one.
const MOST_KINDS: usize = 64;
const MOST_KIND_CHARS: usize = 64;

/// Finds recordings among those that the person may see.
///
/// # Errors
/// A part of the query is out of bounds.
pub async fn list(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Asked(query): Asked<RecordingQuery>,
) -> Result<Json<RecordingPage>, Failure> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err(Failure::bad_request(format!("limit is 1 to {MOST_LIMIT}.")));
    }
    for (name, text) in [("text", &query.text), ("event_text", &query.event_text)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > MOST_TEXT_CHARS) {
            return Err(Failure::bad_request(format!("{name} has at most {MOST_TEXT_CHARS} characters.")));
        }
    }
    let events = event_filter(&query)?;
    let wanted = catalogue::RecordingQuery {
        text: query.text,
        from_us: query.from,
        to_us: query.to,
        states: states(query.state.unwrap_or_default()),
        events_only: query.events_only,
        sort: sort(query.sort.unwrap_or_default()),
        limit,
        offset: u64::from(query.offset.unwrap_or(0)),
        ..catalogue::RecordingQuery::new(viewer.visibility())
    };
    let Some(events) = events else {
        let page = app.catalogue.search(&wanted).await?;
        let items = page.items.into_iter().map(item).collect();
        return Ok(Json(RecordingPage { items, total: signed(page.total), has_more: false, since_us: None }));
    };
    let found = app.catalogue.search_events(&wanted, &events).await?;
    let items =
        found.items.into_iter().map(|(recording, found)| RecordingItem { hits: Some(hits(found)), ..item(recording) });
    Ok(Json(RecordingPage {
        items: items.collect(),
        total: signed(found.total),
        has_more: found.has_more,
        since_us: found.since_us,
    }))
}

/// What is looked for among events, if anything is.
fn event_filter(query: &RecordingQuery) -> Result<Option<EventFilter>, Failure> {
    let text = query.event_text.as_ref().filter(|text| !text.trim().is_empty()).cloned();
    let kinds: Vec<String> = query.event_kinds.iter().flat_map(|kinds| kinds.split(',')).map(unescaped).collect();
    if kinds.len() > MOST_KINDS || kinds.iter().any(|kind| kind.chars().count() > MOST_KIND_CHARS) {
        return Err(Failure::bad_request(format!(
            "event_kinds has at most {MOST_KINDS} kinds of at most {MOST_KIND_CHARS} characters."
        )));
    }
    let kinds: Vec<String> = kinds.into_iter().filter(|kind| !kind.is_empty()).collect();
    Ok((text.is_some() || !kinds.is_empty()).then_some(EventFilter { text, kinds }))
}

/// A kind as it is.
fn unescaped(kind: &str) -> String {
    kind.replace("%2C", ",").replace("%2c", ",").replace("%25", "%")
}

fn hits(found: catalogue::EventHits) -> EventHits {
    let hit = |event: RecordedEvent| EventHit { time_us: signed(event.time_us), kind: event.kind, text: event.text };
    EventHits { first: found.first.into_iter().map(hit).collect(), count: signed(found.count) }
}

/// Reads one recording's facts.
///
/// # Errors
/// There is no such recording, or the person may not see it.
pub async fn one(State(app): State<Arc<App>>, viewer: Viewer, id: Id) -> Result<Json<RecordingItem>, Failure> {
    find(&app, &viewer, id.recording()?).await.map(item).map(Json)
}

/// Lists the recordings of a recording's session.
///
/// # Errors
/// There is no such recording, the person may not see it, or storage cannot be read.
pub async fn session(State(app): State<Arc<App>>, viewer: Viewer, id: Id) -> Result<Json<SessionRecordings>, Failure> {
    let asked_for = find(&app, &viewer, id.recording()?).await?;
    let items = bundle::session(&app, &viewer, asked_for).await?.into_iter().map(item).collect();
    Ok(Json(SessionRecordings { items }))
}

/// Reads where things are in a recording.
///
/// # Errors
/// There is no such recording, the person may not see it, or storage cannot be read.
pub async fn index(State(app): State<Arc<App>>, viewer: Viewer, id: Id) -> Result<Json<RecordingIndex>, Failure> {
    let recording = find_to_play(&app, &viewer, id.recording()?).await?;
    let turn = Arc::clone(&app.scans).acquire_owned().await.map_err(|error| Failure::internal(&error))?;
    let store = app.store.clone();
    let surveyed = tokio::task::spawn_blocking(move || {
        let survey = store.survey(recording.id);
        drop(turn);
        survey
    });
    let survey = surveyed.await.map_err(|error| Failure::internal(&error))??;
    let index = match serde_json::to_value(survey.index()) {
        Ok(serde_json::Value::Object(fields)) => fields,
        Ok(_) => return Err(Failure::internal(&"an index is no JSON object")),
        Err(error) => return Err(Failure::internal(&error)),
    };
    // Asked for last: what came meanwhile makes the rest shorter, never longer than it was.
    let rested_us = app.ingest.rested_us(recording.id);
    Ok(Json(RecordingIndex { live: recording.state.is_open(), length: survey.length(), rested_us, index }))
}

/// The recording, if the person may see it, with the playback in the administrator log. Every route to a recording's
/// content asks this, so that none is played unlogged.
///
/// # Errors
/// There is no such recording, the person may not see it, or the log cannot be written.
pub async fn find_to_play(app: &App, viewer: &Viewer, id: RecordingId) -> Result<Recording, Failure> {
    let recording = find(app, viewer, id).await?;
    if app.playbacks.is_new(&viewer.session, recording.id) {
        let detail = format!("{} on {}", recording.user, recording.machine);
        app.catalogue.log_administrator(&viewer.action("playback", recording.id.to_string(), detail)).await?;
        app.playbacks.remember(&viewer.session, recording.id);
    }
    Ok(recording)
}

/// The recording, if the person may see it; else it does not exist.
///
/// # Errors
/// There is no such recording, or the person may not see it.
pub(super) async fn find(app: &App, viewer: &Viewer, id: RecordingId) -> Result<Recording, Failure> {
    app.catalogue.visible_recording(id, &viewer.visibility()).await?.ok_or_else(|| Failure::not_found("recording"))
}

fn states(filter: StateFilter) -> Vec<catalogue::RecordingState> {
    let open = |wanted: bool| catalogue::RecordingState::ALL.into_iter().filter(move |state| state.is_open() == wanted);
    match filter {
        StateFilter::All => Vec::new(),
        StateFilter::Live => open(true).collect(),
        StateFilter::Finished => open(false).collect(),
    }
}

fn sort(key: SortKey) -> Sort {
    let (column, descending) = match key {
        SortKey::Start => (SortColumn::Start, false),
        SortKey::StartDescending => (SortColumn::Start, true),
        SortKey::User => (SortColumn::User, false),
        SortKey::UserDescending => (SortColumn::User, true),
        SortKey::Machine => (SortColumn::Machine, false),
        SortKey::MachineDescending => (SortColumn::Machine, true),
        SortKey::Duration => (SortColumn::Duration, false),
        SortKey::DurationDescending => (SortColumn::Duration, true),
        SortKey::Size => (SortColumn::Size, false),
        SortKey::SizeDescending => (SortColumn::Size, true),
        SortKey::State => (SortColumn::State, false),
        SortKey::StateDescending => (SortColumn::State, true),
    };
    Sort { column, descending }
}

fn item(recording: Recording) -> RecordingItem {
    RecordingItem {
        id: recording.id.to_string(),
        user: recording.user,
        machine: recording.machine,
        display: recording.display,
        client_name: recording.client_name,
        client_address: recording.client_address,
        opened: recording.application,
        state: match recording.state {
            catalogue::RecordingState::Live => RecordingState::Live,
            catalogue::RecordingState::Silent => RecordingState::Silent,
            catalogue::RecordingState::Finished => RecordingState::Finished,
            catalogue::RecordingState::Crashed => RecordingState::Crashed,
            catalogue::RecordingState::Incomplete => RecordingState::Incomplete,
        },
        start_us: recording.start_us,
        end_us: recording.end_us,
        duration_us: signed(recording.duration_us),
        size_bytes: signed(recording.size_bytes),
        start_reason: StartReason { policy: recording.policy, rule: recording.rule, text: recording.start_text },
        end_reason: recording.end_text.or(recording.end_reason),
        width: recording.width,
        height: recording.height,
        notices: recording.notices,
        events_only: recording.events_only.unwrap_or(false),
        hits: None,
    }
}
