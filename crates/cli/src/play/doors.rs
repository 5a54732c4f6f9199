//! The doors of a recording (`index`, `data`, `thumbnails`, `live`) and the page, on the loopback interface.
//!
//! Other users of the computer can reach the port, and so can any page in the user's browser: nothing is answered
//! without the secret in the path, nor under another name than the loopback address (DNS rebinding).

use std::ops::Range;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use recording::thumbnail_stretches;
use sealing::PrivateKey;
use serde::Deserialize;
use serde_json::json;

use super::file::{Growth, PlayedFile, Progress};
use super::page;

/// Bytes read and held at a time for one viewer.
const PIECE_BYTES: usize = 64 << 10;

const SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Everything that is answered.
pub fn router(played: PlayedFile, keys: Vec<PrivateKey>, port: u16, secret: &str) -> Router {
    let keys: Arc<[PrivateKey]> = keys.into();
    let doors = Router::new()
        .route("/", get(|| async { page::answer("") }))
        .route("/recording/index", get(index))
        .route("/recording/data", get(data))
        .route("/recording/thumbnails", get(thumbnails))
        .route("/recording/live", get(live))
        .route("/recording/name", get(name))
        .route("/recording/verdict", get(verdict))
        .route("/recording/keys", get(move || async move { given(&keys) }))
        .route("/{*file}", get(|Path(file): Path<String>| async move { page::answer(&file) }))
        .with_state(Arc::new(played));
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    Router::new()
        .nest(&format!("/{secret}/"), doors)
        .layer(middleware::from_fn(move |request, next| guard(hosts.clone(), request, next)))
}

/// Refuses requests that came under another name, and says how browsers must treat the answers.
async fn guard(hosts: [String; 2], request: Request, next: Next) -> Response {
    let named = |value: &HeaderValue, of: &dyn Fn(&str) -> String| {
        value.to_str().is_ok_and(|value| hosts.iter().any(|host| value == of(host)))
    };
    let host = request.headers().get(header::HOST).is_some_and(|value| named(value, &str::to_owned));
    let origin = request.headers().get(header::ORIGIN);
    if !host || origin.is_some_and(|value| !named(value, &|host| format!("http://{host}"))) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    let mut response = next.run(request).await;
    let fixed: [(HeaderName, &str); 5] = [
        (header::CONTENT_SECURITY_POLICY, SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn index(State(played): State<Arc<PlayedFile>>) -> Response {
    let (index, progress) = played.index();
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::to_value(&index) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    fields.insert("live".into(), json!(progress.growth != Growth::Ended));
    fields.insert("length".into(), json!(progress.length));
    if progress.growth == Growth::Live {
        fields.insert("rested_us".into(), json!(played.rested().as_micros() as u64));
    }
    axum::Json(fields).into_response()
}

/// Group blocks, each before its thumbnails.
async fn thumbnails(State(played): State<Arc<PlayedFile>>) -> Response {
    let (index, _) = played.index();
    let mut blocks = Vec::new();
    for (offset, length) in thumbnail_stretches(&index.thumbnails) {
        match read(&played, offset, length).await {
            Ok(block) if block.len() == length => blocks.extend_from_slice(&block),
            _ => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
    ([(header::CONTENT_TYPE, "application/octet-stream")], blocks).into_response()
}

/// The keys that were given on the command line: the page opens the recording with them.
fn given(keys: &[PrivateKey]) -> Response {
    let texts: Vec<_> = keys.iter().map(PrivateKey::to_text).collect();
    axum::Json(texts.iter().map(|text| text.as_str()).collect::<Vec<_>>()).into_response()
}

async fn name(State(played): State<Arc<PlayedFile>>) -> Response {
    axum::Json(json!({ "name": played.name() })).into_response()
}

/// Asked for besides the pictures, so that nobody waits for it: a large recording takes seconds to judge.
async fn verdict(State(played): State<Arc<PlayedFile>>) -> Response {
    match tokio::task::spawn_blocking(move || played.verdict()).await {
        Ok(Ok(verdict)) => axum::Json(json!({ "verdict": verdict })).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn data(State(played): State<Arc<PlayedFile>>, headers: HeaderMap) -> Response {
    let length = played.progress().borrow().length;
    let asked =
        headers.get(header::RANGE).map(|range| range.to_str().ok().and_then(|range| parse_range(range, length)));
    let (status, range) = match asked {
        None => (StatusCode::OK, 0..length),
        Some(Some(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(None) => {
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{length}"))])
                .into_response();
        }
    };
    let mut facts = vec![
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        facts.push((header::CONTENT_RANGE, format!("bytes {}-{}/{length}", range.start, range.end - 1)));
    }
    let mut response = (status, Body::from_stream(pieces(played, range))).into_response();
    for (name, value) in facts {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// One range, as browsers ask for it; `None` if nothing of it exists or it is written in another way.
fn parse_range(text: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first, last) {
        ("", suffix) => length.saturating_sub(suffix.parse().ok()?)..length,
        (first, "") => first.parse().ok()?..length,
        (first, last) => first.parse().ok()?..last.parse::<u64>().ok()?.saturating_add(1).min(length),
    };
    (range.start < range.end).then_some(range)
}

fn pieces(played: Arc<PlayedFile>, range: Range<u64>) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold((played, range), |(played, range)| async move {
        let limit = usize::try_from(range.end - range.start).unwrap_or(usize::MAX).min(PIECE_BYTES);
        if limit == 0 {
            return Ok(None);
        }
        let bytes = read(&played, range.start, limit).await?;
        if bytes.is_empty() {
            return Err(std::io::Error::other("the file became shorter"));
        }
        let rest = range.start + bytes.len() as u64..range.end;
        Ok(Some((Bytes::from(bytes), (played, rest))))
    })
}

async fn read(played: &Arc<PlayedFile>, offset: u64, limit: usize) -> std::io::Result<Vec<u8>> {
    let played = Arc::clone(played);
    tokio::task::spawn_blocking(move || played.read(offset, limit)).await.map_err(std::io::Error::other)?
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    from: u64,
}

async fn live(
    State(played): State<Arc<PlayedFile>>,
    Query(From { from }): Query<From>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if from > played.progress().borrow().length {
        return StatusCode::BAD_REQUEST.into_response();
    }
    upgrade.max_message_size(1024).on_upgrade(move |socket| async move {
        // A viewer that leaves is no error.
        let _ = follow(played, from, socket).await;
    })
}

/// Sends what is there and what comes; ends with the recording or the viewer.
async fn follow(played: Arc<PlayedFile>, mut from: u64, mut socket: WebSocket) -> anyhow::Result<()> {
    let mut progress = played.progress();
    let mut told = None;
    loop {
        let Progress { length, growth } = *progress.borrow_and_update();
        while from < length {
            let limit = usize::try_from(length - from).unwrap_or(usize::MAX).min(PIECE_BYTES);
            let bytes = read(&played, from, limit).await?;
            anyhow::ensure!(!bytes.is_empty(), "the file became shorter");
            let mut message = from.to_le_bytes().to_vec();
            message.extend_from_slice(&bytes);
            socket.send(Message::Binary(message.into())).await?;
            from += bytes.len() as u64;
        }
        if told != Some(growth) {
            told = Some(growth);
            let state = match growth {
                Growth::Live => "live",
                Growth::Silent => "silent",
                Growth::Ended => "ended",
            };
            socket.send(Message::Text(json!({ "state": state, "length": length }).to_string().into())).await?;
        }
        if growth == Growth::Ended {
            return Ok(());
        }
        tokio::select! {
            changed = progress.changed() => changed?,
            message = socket.recv() => match message {
                Some(Ok(_)) => {}
                _ => return Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_range;

    #[test]
    fn ranges_as_browsers_write_them() {
        for (text, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=10-", Some(10..100)),
            ("bytes=10-500", Some(10..100)),
            ("bytes=-30", Some(70..100)),
            ("bytes=-500", Some(0..100)),
            ("bytes=100-", None),
            ("bytes=-0", None),
            ("bytes=5-4", None),
            ("bytes=0-18446744073709551615", Some(0..100)),
            ("bytes=0-1,5-6", None),
            ("items=0-1", None),
        ] {
            assert_eq!(parse_range(text, 100), expected, "{text}");
        }
    }
}
