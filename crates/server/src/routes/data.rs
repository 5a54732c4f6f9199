//! A recording's bytes, whole or one range of them, read in pieces as the client takes them.

use std::ops::Range;
use std::sync::Arc;

use api::ProblemCode;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use storage::RecordingReader;

use super::Id;
use super::recordings::find_to_play;
use crate::app::App;
use crate::authorise::Viewer;
use crate::failure::Failure;

/// Bytes read and held at a time for one answer.
const PIECE_BYTES: u64 = 256 * 1024;

/// Reads a recording's bytes as stored now.
///
/// # Errors
/// There is no such recording, the person may not see it, or no byte of the range exists.
pub async fn read(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let recording = find_to_play(&app, &viewer, id.recording()?).await?;
    let reader = app.store.reader(recording.id)?;
    let length = reader.length();
    let asked = match asked_range(&headers, length) {
        Asked::Whole => None,
        Asked::Part(range) => Some(range),
        Asked::Nothing => return Ok(nothing_there(length)),
    };
    let range = asked.clone().unwrap_or(0..length);
    let mut response = Body::from_stream(pieces(Arc::clone(&app), reader, range.clone())).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    if asked.is_some() {
        let content_range = format!("bytes {}-{}/{length}", range.start, range.end - 1);
        let value = HeaderValue::try_from(content_range).map_err(|error| Failure::internal(&error))?;
        headers.insert(header::CONTENT_RANGE, value);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

pub(super) fn nothing_there(length: u64) -> Response {
    let mut response = Failure::new(
        ProblemCode::RangeNotSatisfiable,
        format!("No byte of that range exists: {length} bytes are stored now."),
        "Ask for one range of bytes below that.",
    )
    .into_response();
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{length}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// A range's bytes, read as the client takes them.
pub(super) fn pieces(
    app: Arc<App>,
    reader: RecordingReader,
    range: Range<u64>,
) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold(range, move |mut left| {
        let (app, reader) = (Arc::clone(&app), reader.clone());
        async move {
            if left.is_empty() {
                return Ok(None);
            }
            let limit = usize::try_from((left.end - left.start).min(PIECE_BYTES)).unwrap_or(usize::MAX);
            let offset = left.start;
            let piece = tokio::task::spawn_blocking(move || reader.read_up_to(offset, limit))
                .await?
                .map_err(std::io::Error::other)?;
            if piece.is_empty() {
                // What was promised in the head is gone (a failed sync): the connection ends early, which clients see.
                return Err(std::io::Error::other("the recording became shorter"));
            }
            app.metrics.played_bytes.increment(piece.len() as u64);
            left.start += piece.len() as u64;
            Ok(Some((Bytes::from(piece), left)))
        }
    })
}

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Whole,
    Part(Range<u64>),
    Nothing,
}

/// One range of bytes. As HTTP demands, a header that is no such thing is ignored; several ranges are refused, since
/// an answer to them could be larger than the recording.
pub(super) fn asked_range(headers: &HeaderMap, length: u64) -> Asked {
    // There is nothing by which a client could know that the recording is still the same: it only grows.
    if headers.contains_key(header::IF_RANGE) {
        return Asked::Whole;
    }
    let Some(text) = headers.get(header::RANGE) else { return Asked::Whole };
    let Some(text) = text.to_str().ok().and_then(|text| text.strip_prefix("bytes=")) else { return Asked::Whole };
    if text.contains(',') {
        return Asked::Nothing;
    }
    let Some((first, last)) = text.trim().split_once('-') else { return Asked::Whole };
    let (Some(first), Some(last)) = (number(first), number(last)) else { return Asked::Whole };
    let range = match (first, last) {
        (None, None) => return Asked::Whole,
        (Some(first), Some(last)) if last < first => return Asked::Whole,
        (Some(first), None) => first..length,
        (Some(first), Some(last)) => first..length.min(last.saturating_add(1)),
        (None, Some(last)) => length.saturating_sub(last)..length,
    };
    if range.is_empty() { Asked::Nothing } else { Asked::Part(range) }
}

/// A number, nothing (`Some(None)`), or something else (`None`).
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    // `parse` alone would take a sign.
    if text.bytes().all(|digit| digit.is_ascii_digit()) { text.parse().ok().map(Some) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let cases = [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=10-19", Asked::Part(10..20)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=90-5000", Asked::Part(90..100)),
            ("bytes=90-18446744073709551615", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=-0", Asked::Nothing),
            ("bytes=100-", Asked::Nothing),
            ("bytes=18446744073709551615-", Asked::Nothing),
            ("bytes=0-1,5-6", Asked::Nothing),
            ("bytes=5-4", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("bytes=99999999999999999999-", Asked::Whole),
            ("lines=1-2", Asked::Whole),
            ("bytes", Asked::Whole),
        ];
        for (text, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_static(text));
            assert_eq!(asked_range(&headers, 100), expected, "{text}");
        }
        assert_eq!(asked_range(&HeaderMap::new(), 100), Asked::Whole);
    }
}
