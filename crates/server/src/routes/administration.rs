//! The two logs: what agents and server reported, and what people did.

use std::sync::Arc;

use api::{AdminLogItem, AdminLogPage, DiagnosticItem, DiagnosticPage, LogQuery, Severity};
use axum::Json;
use axum::extract::State;
use catalogue::DiagnosticQuery;

use super::{Asked, signed};
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

/// Reads what administrators and viewers did, newest first.
///
/// # Errors
/// The limit is out of bounds.
pub async fn log(State(app): State<Arc<App>>, Asked(query): Asked<LogQuery>) -> Result<Json<AdminLogPage>, Failure> {
    let (limit, offset) = bounds(&query)?;
    let page = app.catalogue.administrator_log(limit, offset).await?;
    let some = |text: String| (!text.is_empty()).then_some(text);
    let items = page
        .items
        .into_iter()
        .map(|entry| AdminLogItem {
            time_us: entry.action.at_us,
            user: entry.action.who,
            address: some(entry.action.address),
            action: entry.action.action,
            target: some(entry.action.subject),
            detail: entry.action.detail,
        })
        .collect();
    Ok(Json(AdminLogPage { items, total: signed(page.total) }))
}

fn bounds(query: &LogQuery) -> Result<(u32, u64), Failure> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err(Failure::bad_request(format!("limit is 1 to {MOST_LIMIT}.")));
    }
    Ok((limit, u64::from(query.offset.unwrap_or(0))))
}
