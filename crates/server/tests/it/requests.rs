//! Requests that are not what they should be: other sites, other content, too much of it; and the console's files.

use api::Role;
use serde_json::json;

use crate::harness::{Answer, PASSWORD, TestServer};

#[tokio::test]
async fn requests_from_other_sites_change_nothing() {
    let server = TestServer::start().await;
    let caller = server.person("adm", &[Role::PolicyAdministrator]).await;
    let own = server.url("");
    let cases = [
        (Some(own.clone()), None, 200),
        (None, None, 200),
        (Some(own.to_uppercase().replace("HTTPS", "https")), None, 200),
        (None, Some("same-origin"), 200),
        (Some("https://evil.example".to_owned()), None, 403),
        (Some("null".to_owned()), None, 403),
        (Some(own.replace("https", "http")), None, 403),
        (Some(format!("{own}0")), None, 403),
        (Some(format!("{own}.evil.example")), None, 403),
        (None, Some("cross-site"), 403),
        (None, Some("same-site"), 403),
    ];
    for (origin, site, expected) in cases {
        let mut request = caller.request("PUT", "/api/v1/sealing").json(&json!({ "classes": [], "recipients": [] }));
        if let Some(origin) = &origin {
            request = request.header("origin", origin);
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, expected, "{origin:?} {site:?}: {}", answer.body);
        if expected == 403 {
            assert_eq!(answer.code(), "foreign-origin");
        }
    }
    let login = server.client().request("POST", "/api/v1/login").header("origin", "https://evil.example");
    let answer = Answer::of(login.json(&json!({ "user": "adm", "password": PASSWORD })).send().await.unwrap()).await;
    assert_eq!(answer.status, 403, "nobody is signed in by another site");
}

#[tokio::test]
async fn bodies_are_json_and_bounded() {
    let server = TestServer::start().await;
    let caller = server.person("adm", &[Role::PolicyAdministrator]).await;
    let body = json!({ "classes": [], "recipients": [] }).to_string();
    let put = |kind: &str, body: String| {
        let request = caller.request("PUT", "/api/v1/sealing").header("content-type", kind).body(body);
        async { Answer::of(request.send().await.unwrap()).await }
    };
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""] {
        let answer = put(kind, body.clone()).await;
        assert_eq!((answer.status, answer.code()), (415, "not-json"), "{kind}");
    }
    assert_eq!(put("application/json; charset=utf-8", body).await.status, 200);
    let broken = [
        "",
        "{",
        "[]",
        "null",
        r#"{"classes": 1, "recipients": []}"#,
        r#"{"classes":[],"recipients":[],"extra":1}"#,
        "{\"classes\":[\"\\ud800\"],\"recipients\":[]}",
    ];
    for body in broken {
        let answer = put("application/json", body.to_owned()).await;
        assert!(matches!(answer.status, 400 | 415), "{body}: {} {}", answer.status, answer.body);
    }
    assert_eq!(put("application/json", r#"{"classes":["nothing"],"recipients":[]}"#.to_owned()).await.status, 400);
    let huge = format!(r#"{{"classes":["{}"],"recipients":[]}}"#, "x".repeat(100_000));
    let answer = put("application/json", huge).await;
    assert_eq!((answer.status, answer.code()), (413, "too-large"));
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(put("application/json", deep).await.status, 400);
}

#[tokio::test]
async fn rooms_of_the_console_answer_with_its_page_and_strict_headers() {
    let server = TestServer::start().await;
    let client = server.client();
    for path in ["/", "/recordings", "/recordings/0190?t=12", "/login"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval'"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
    for path in
        ["/assets/none.js", "/favicon.none", "/..%2f..%2fCargo.toml", "/assets/..%2f..%2fserver.key", "/api/none"]
    {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.code()), (404, "not-found"), "{path}: {}", answer.body);
    }
    assert_eq!(client.act("POST", "/recordings").await.status, 405);
}
