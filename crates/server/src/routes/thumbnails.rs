//! Small pictures of a recording, from its beginning to its end, in one answer that is itself small.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use recording::{Thumbnail, thumbnail_stretches};
use storage::{RecordingReader, StorageError};

use super::Id;
use super::recordings::find_to_play;
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

/// Browsers may keep an answer for the person, and ask each time whether it is still the same.
const KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Reads the thumbnails of what is stored now, as whole blocks: group blocks, each before the thumbnails under it.
///
/// # Errors
/// There is no such recording, the person may not see it, or storage cannot be read.
pub async fn read(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let recording = find_to_play(&app, &viewer, id.recording()?).await?;
    let turn = Arc::clone(&app.scans).acquire_owned().await.map_err(|error| Failure::internal(&error))?;
    let known = headers.get(header::IF_NONE_MATCH).cloned();
    let store = app.store.clone();
    let answer = tokio::task::spawn_blocking(move || {
        let listed = store.look(recording.id, |survey| survey.index().thumbnails.clone())?;
        let tag = tag(&listed);
        if known.is_some_and(|known| known == tag) {
            return Ok((tag, None));
        }
        let blocks = blocks(&store.reader(recording.id)?, &listed)?;
        drop(turn);
        Ok::<_, StorageError>((tag, Some(blocks)))
    });
    let (tag, blocks) = answer.await.map_err(|error| Failure::internal(&error))??;
    let mut response = match blocks {
        Some(blocks) => {
            app.metrics.played_bytes.increment(blocks.len() as u64);
            ([(header::CONTENT_TYPE, "application/octet-stream")], blocks).into_response()
        }
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Names the answer: the list only grows, and its newest entry says how far it has come.
fn tag(listed: &[Thumbnail]) -> String {
    let newest = listed.last().map_or(0, |thumbnail| thumbnail.offset);
    format!("\"{}-{newest}\"", listed.len())
}

fn blocks(reader: &RecordingReader, listed: &[Thumbnail]) -> Result<Vec<u8>, StorageError> {
    let mut blocks = Vec::new();
    for (offset, length) in thumbnail_stretches(listed) {
        let block = reader.read_up_to(offset, length)?;
        if block.len() < length {
            // The recording became shorter (a failed sync): what was read before is still there.
            break;
        }
        blocks.extend_from_slice(&block);
    }
    Ok(blocks)
}
