//! What speaks for recordings besides themselves: evidence files, and the key that signs receipts.

use std::sync::Arc;

use api::EvidenceKey;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Id;
use super::data::pieces;
use super::recordings::find_to_play;
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

/// Reads a recording's evidence file as it is now.
///
/// # Errors
/// There is no such recording, the person may not see it, or there is no evidence file.
pub async fn file(State(app): State<Arc<App>>, viewer: Viewer, id: Id) -> Result<Response, Failure> {
    let recording = find_to_play(&app, &viewer, id.recording()?).await?;
    let (store, id) = (app.store.clone(), recording.id);
    let opened = tokio::task::spawn_blocking(move || store.evidence_reader(id)).await;
    let reader = opened.map_err(|error| Failure::internal(&error))??.ok_or_else(|| Failure::not_found("evidence"))?;
    let length = reader.length();
    let mut response = Body::from_stream(pieces(Arc::clone(&app), reader, 0..length)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let name = format!("attachment; filename=\"{id}.kev\"");
    let name = HeaderValue::try_from(name).map_err(|error| Failure::internal(&error))?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// Says which key signs this server's receipts.
pub async fn key(State(app): State<Arc<App>>) -> Json<EvidenceKey> {
    Json(EvidenceKey { server_key: app.receipt_public_key.to_string() })
}
