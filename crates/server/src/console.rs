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
/// Compressed copies that the build puts beside files: the coding's name, and what is added to the file's. The best one first.
const CODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

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
    // Copies have no addresses of their own.
    let is_copy = CODINGS.iter().any(|(_, ending)| name.ends_with(ending));
    if !is_copy && let Some(response) = answer(name, &headers, Files::get) {
        return response;
    }
    // A missing file is missing; only addresses of rooms fall back to the page.
    let is_file = name.starts_with(NAMED_BY_CONTENT) || name.rsplit('/').next().is_some_and(|last| last.contains('.'));
    if is_file {
        return Failure::not_found("file").into_response();
    }
    answer(PAGE, &headers, Files::get).unwrap_or_else(|| (StatusCode::OK, Html(NOT_BUILT)).into_response())
}

/// A file as it is stored, or in the best coding that the client takes and that there is. Each has a tag of its own.
fn answer(name: &str, headers: &HeaderMap, get: impl Fn(&str) -> Option<EmbeddedFile>) -> Option<Response> {
    let plain = get(name).filter(|_| !name.is_empty())?;
    let kind = plain.metadata.mimetype().to_owned();
    let copies = || CODINGS.into_iter().filter_map(|(coding, ending)| Some((coding, get(&format!("{name}{ending}"))?)));
    let has_copies = copies().next().is_some();
    let (coding, file) = match copies().find(|(coding, _)| takes(headers, coding)) {
        Some((coding, copy)) => (Some(coding), copy),
        None => (None, plain),
    };
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
    set(header::CONTENT_TYPE, &kind);
    if has_copies {
        set(header::VARY, "Accept-Encoding");
    }
    if let (Some(coding), false) = (coding, unchanged) {
        set(header::CONTENT_ENCODING, coding);
    }
    Some(response)
}

/// Whether a client says that it takes a coding. One that it weighs with nothing it does not.
fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.trim().parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(coding) && !refused
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rust_embed::Metadata;

    use super::*;

    fn site(name: &str) -> Option<EmbeddedFile> {
        let (text, number) = match name {
            "assets/a.js" => ("plain", 1),
            "assets/a.js.br" => ("brotli", 2),
            "assets/a.js.gz" => ("gzip", 3),
            "small.svg" => ("small", 4),
            _ => return None,
        };
        let kind = if name.ends_with(".svg") { "image/svg+xml" } else { "text/javascript" };
        let metadata = Metadata::__rust_embed_new([number; 32], None, None, kind);
        Some(EmbeddedFile { data: Cow::Borrowed(text.as_bytes()), metadata })
    }

    fn asked(name: &str, accepted: &[&'static str], known: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        for line in accepted {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(line));
        }
        known.map(|tag| headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(tag).unwrap()));
        answer(name, &headers, site).unwrap()
    }

    fn value<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn the_best_coding_that_is_taken_is_given_and_each_has_a_tag_of_its_own() {
        let cases: [(&[&str], &str); 8] = [
            (&[], ""),
            (&["gzip, deflate, br, zstd"], "br"),
            (&["gzip"], "gzip"),
            (&["deflate", "BR;q=0.5"], "br"),
            (&["br;q=0, gzip;q=1.0"], "gzip"),
            (&["br; q=0.000"], ""),
            (&["identity"], ""),
            (&["brx"], ""),
        ];
        let mut tags = std::collections::BTreeMap::new();
        for (accepted, coding) in cases {
            let response = asked("assets/a.js", accepted, None);
            assert_eq!(value(&response, "content-encoding"), coding, "{accepted:?}");
            assert_eq!(value(&response, "vary"), "Accept-Encoding", "also where it is given as it is");
            assert_eq!(value(&response, "content-type"), "text/javascript");
            tags.insert(coding, value(&response, "etag").to_owned());
        }
        assert_eq!(tags.values().collect::<std::collections::BTreeSet<_>>().len(), 3);
        let known = asked("assets/a.js", &["br"], Some(&tags["br"]));
        assert_eq!((known.status(), value(&known, "content-encoding")), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(asked("assets/a.js", &["gzip"], Some(&tags["br"])).status(), StatusCode::OK);
        let small = asked("small.svg", &["br"], None);
        assert_eq!((value(&small, "vary"), value(&small, "content-encoding")), ("", ""));
        assert!(answer("assets/none.js", &HeaderMap::new(), site).is_none());
    }
}
