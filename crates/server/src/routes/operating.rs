//! For those who run the server: health, figures, and the interface's own description.

use std::sync::Arc;

use api::{EventKindList, Health};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::failure::Failure;

/// Says whether the server works. Nothing about what it holds.
pub async fn health(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    let (status, word) = match app.catalogue.ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(%error, "the catalogue does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "degraded")
        }
    };
    (status, Json(Health { status: word.to_owned() }))
}

/// Says which kinds of events there are.
pub async fn event_kinds() -> Json<EventKindList> {
    Json(EventKindList::known())
}

/// The server's figures.
///
/// # Errors
/// The catalogue cannot be read.
pub async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    // Agents report it in passing and the catalogue keeps it, so it is added up only when somebody asks.
    let machines = app.catalogue.machines().await?;
    let connected = machines.iter().filter(|machine| app.ingest.is_online(machine.id));
    let waiting = connected.map(|machine| machine.spool_bytes).fold(0, u64::saturating_add);
    app.metrics.agent_spool_bytes.set(waiting as f64);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response())
}

/// The interface's description.
///
/// # Errors
/// Never in practice; see [`api::document_json`].
pub async fn open_api() -> Result<Response, Failure> {
    let text = api::document_json().map_err(|error| Failure::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}
