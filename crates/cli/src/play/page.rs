//! The player's page, embedded when the program is built.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/packages/player/dist"]
#[allow_missing = true]
struct Files;

const PAGE: &str = "index.html";

/// Whether the page was there when the program was built.
pub fn is_built() -> bool {
    Files::get(PAGE).is_some()
}

/// A file of the page; the page itself for the empty name.
pub fn answer(name: &str) -> Response {
    let name = if name.is_empty() { PAGE } else { name };
    let Some(file) = Files::get(name) else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = file.data.into_owned().into_response();
    if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}
