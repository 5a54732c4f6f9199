//! The console's files, embedded when the server is built. They hold no secrets: what they show comes from the interface.

use std::borrow::Cow;

use api::ProblemCode;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::failure::Failure;
use crate::router;
use crate::secret;

#[derive(RustEmbed)]
#[folder = "../../web/apps/console/dist"]
#[allow_missing = true]
struct Files;

/// The page that every address of the console shows; the console reads the address itself.
const PAGE: &str = "index.html";
/// Where the build puts files whose names change with their content.
const NAMED_BY_CONTENT: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Kinescope</title>\
    <h1>The console is not in this server</h1>\
    <p>The server works, but was built without its console. Build both with <code>make build</code> \
    (or the console alone with <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>, then the server).</p>\
    <p>The interface for programs is described at <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p></html>";

/// Answers everything that is no operation of the interface.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if router::is_for_programs(uri.path()) {
        return Failure::not_found("address").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Failure::new(ProblemCode::MethodNotAllowed, "Pages can only be read.", "Use GET.").into_response();
    }
    let name = uri.path().trim_start_matches('/');
    if let Some(file) = Files::get(name).filter(|_| !name.is_empty()) {
        return answer(name, &file, &headers);
    }
    // A missing file is missing; only addresses of rooms fall back to the page.
    let is_file = name.starts_with(NAMED_BY_CONTENT) || name.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file {
        return Failure::not_found("file").into_response();
    }
    match Files::get(PAGE) {
        Some(page) => answer(PAGE, &page, &headers),
        None => (StatusCode::OK, Html(NOT_BUILT)).into_response(),
    }
}

fn answer(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash = secret::hex(&file.metadata.sha256_hash());
    let tag = format!("\"{}\"", &hash[..32]);
    let caching = if name.starts_with(NAMED_BY_CONTENT) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = match &file.data {
            Cow::Borrowed(embedded) => Bytes::from_static(embedded),
            Cow::Owned(read) => Bytes::copy_from_slice(read),
        };
        Body::from(bytes).into_response()
    };
    let headers = response.headers_mut();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, &tag);
    set(header::CACHE_CONTROL, caching);
    set(header::CONTENT_TYPE, file.metadata.mimetype());
    response
}
