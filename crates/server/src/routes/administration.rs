//! The two logs: what agents and server reported, and what people did.

use std::sync::Arc;

use api::{
    AdminLogEntry, AdminLogItem, AdminLogPage, AdminLogQuery, DiagnosticItem, DiagnosticPage, LogAbout, LogQuery,
    Severity,
};
use axum::Json;
use axum::extract::State;
use catalogue::{AdministratorEntry, DiagnosticQuery, LogScope};

use super::{Asked, Id, signed};
use crate::app::App;
use crate::failure::Failure;

const DEFAULT_LIMIT: u32 = 100;
const MOST_LIMIT: u32 = 500;

/// Reads what agents and server reported, newest first.
///
/// # Errors
/// The limit is out of bounds.
pub async fn diagnostics(
    State(app): State<Arc<App>>,
    Asked(query): Asked<LogQuery>,
) -> Result<Json<DiagnosticPage>, Failure> {
    let (limit, offset) = bounds(&query)?;
    let page = app.catalogue.diagnostics(&DiagnosticQuery { limit, offset, ..DiagnosticQuery::default() }).await?;
    let items = page
        .items
        .into_iter()
        .map(|entry| DiagnosticItem {
            time_us: entry.diagnostic.at_us,
            severity: match entry.diagnostic.severity {
                catalogue::Severity::Information => Severity::Info,
                catalogue::Severity::Warning => Severity::Warning,
                catalogue::Severity::Error => Severity::Error,
            },
            number: entry.diagnostic.number,
            machine: entry.diagnostic.machine.map(|id| id.simple().to_string()),
            recording: entry.diagnostic.recording.map(|id| id.to_string()),
            text: entry.diagnostic.text,
        })
        .collect();
    Ok(Json(DiagnosticPage { items, total: signed(page.total) }))
}

/// Says what the numbers of the logs mean.
pub async fn numbers() -> Json<api::NumberList> {
    Json(api::numbers())
}

/// Reads what administrators and viewers did, or why recordings were made, newest first.
///
/// # Errors
/// The limit is out of bounds.
pub async fn log(
    State(app): State<Arc<App>>,
    Asked(query): Asked<AdminLogQuery>,
) -> Result<Json<AdminLogPage>, Failure> {
    let (limit, offset) = bounds(&LogQuery { limit: query.limit, offset: query.offset })?;
    let scope = match query.about.unwrap_or_default() {
        LogAbout::People => LogScope::People,
        LogAbout::Recordings => LogScope::Recordings,
    };
    let page = app.catalogue.administrator_log(scope, limit, offset).await?;
    let items = page.items.into_iter().map(|entry| described(entry).item).collect();
    Ok(Json(AdminLogPage { items, total: signed(page.total) }))
}

/// Reads one entry of the administrator log, with what was changed.
///
/// # Errors
/// There is no such entry.
pub async fn log_entry(State(app): State<Arc<App>>, id: Id) -> Result<Json<AdminLogEntry>, Failure> {
    let no_entry = || Failure::not_found("entry of the log");
    let id = id.0.parse().map_err(|_| no_entry())?;
    let entry = app.catalogue.administrator_log_entry(id).await?;
    entry.map(described).map(Json).ok_or_else(no_entry)
}

fn described(entry: AdministratorEntry) -> AdminLogEntry {
    let AdministratorEntry { id, action } = entry;
    let some = |text: String| (!text.is_empty()).then_some(text);
    let item = AdminLogItem {
        id,
        time_us: action.at_us,
        user: action.who,
        address: some(action.address),
        action: action.action,
        target: some(action.subject),
        detail: action.detail,
        has_change: action.before.is_some() || action.after.is_some(),
    };
    AdminLogEntry { item, before: action.before, after: action.after }
}

fn bounds(query: &LogQuery) -> Result<(u32, u64), Failure> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err(Failure::bad_request(format!("limit is 1 to {MOST_LIMIT}.")));
    }
    Ok((limit, u64::from(query.offset.unwrap_or(0))))
}
