//! Signing in and out, throttling, and the ends of web sessions.

use api::Role;
use serde_json::json;
use server::clock::now_us;

use crate::harness::{Answer, PASSWORD, TestServer};

#[tokio::test]
async fn first_login_signs_in_and_says_who_it_is() {
    let server = TestServer::start().await;
    let first = server.running.first_login().unwrap().clone();
    let client = server.client();
    let answer = client.log_in(&first.user, &first.password).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["user"], "admin");
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-kinescope="), "{cookie}");
    for attribute in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let me = client.get("/api/v1/me").await;
    assert_eq!(me.body, answer.body);
    assert_eq!(me.header("cache-control"), "no-store");
}

#[tokio::test]
async fn wrong_password_and_unknown_user_answer_the_same() {
    let server = TestServer::start().await;
    server.add_person("ana", &[Role::Player]).await;
    let client = server.client();
    let wrong = client.log_in("ana", "not the password").await;
    let unknown = client.log_in("nobody", "not the password").await;
    assert_eq!((wrong.status, wrong.code()), (401, "login-failed"));
    assert_eq!((unknown.status, &unknown.body), (401, &wrong.body));
    assert!(wrong.header("set-cookie").is_empty());
    assert_eq!(client.get("/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_refusals_are_logged() {
    let server = TestServer::start().await;
    server.add_person("ana", &[Role::Player]).await;
    let client = server.client();
    let mut answers: Vec<Answer> = Vec::new();
    for number in 0..6 {
        answers.push(client.log_in("ana", &format!("guess {number}")).await);
    }
    assert!(answers[..5].iter().all(|answer| answer.status == 401));
    assert_eq!((answers[5].status, answers[5].code()), (429, "too-many-attempts"));
    assert_eq!(answers[5].header("retry-after"), "1");
    // The right password does not get around it, and neither does another name from the same address.
    assert_eq!(client.log_in("ana", PASSWORD).await.status, 429);
    assert_eq!(client.log_in("somebody-else", PASSWORD).await.status, 429);
    let log = server.catalogue().administrator_log(catalogue::LogScope::Everything, 100, 0).await.unwrap();
    let failures = log.items.iter().filter(|entry| entry.action.action == "login-failed").count();
    assert_eq!(failures, 5);
    assert!(log.items.iter().all(|entry| !format!("{entry:?}").contains("guess")), "passwords are not logged");
}

#[tokio::test]
async fn logging_out_ends_the_session_and_not_only_the_cookie() {
    let server = TestServer::start().await;
    server.add_person("ana", &[Role::Player]).await;
    let client = server.client();
    let answer = client.log_in("ana", PASSWORD).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let replay = async || {
        let request = server.client().request("GET", "/api/v1/me").header("cookie", &cookie);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(replay().await, 200);
    assert_eq!(client.act("POST", "/api/v1/logout").await.status, 204);
    assert_eq!(replay().await, 401);
}

#[tokio::test]
async fn sessions_end_when_unused_and_in_any_case() {
    let server = TestServer::start().await;
    let user = server.add_person("ana", &[Role::Player]).await;
    let hour = 3600 * 1_000_000;
    // (last used, begun) before now, and whether it still counts: idle end 2 h, absolute end 12 h.
    let cases = [(0, 0, true), (hour, hour, true), (3 * hour, 3 * hour, false), (0, 13 * hour, false)];
    for (number, (used_ago, begun_ago, counts)) in cases.into_iter().enumerate() {
        let value = format!("{number:064x}");
        let session = catalogue::WebSession {
            token_hash: sha256(value.as_bytes()),
            user,
            created_us: now_us() - begun_ago,
            last_used_us: now_us() - used_ago,
            expires_us: now_us() + hour,
            address: "127.0.0.1".to_owned(),
        };
        server.catalogue().add_session(&session).await.unwrap();
        let request =
            server.client().request("GET", "/api/v1/me").header("cookie", format!("__Host-kinescope={value}"));
        let status = request.send().await.unwrap().status().as_u16();
        assert_eq!(status, if counts { 200 } else { 401 }, "case {number}");
    }
}

#[tokio::test]
async fn cookies_are_stored_only_as_hashes() {
    let server = TestServer::start().await;
    server.add_person("ana", &[Role::Player]).await;
    let answer = server.client().log_in("ana", PASSWORD).await;
    let cookie = answer.header("set-cookie");
    let value = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    assert_eq!(value.len(), 64);
    let folder = server.folder.path().to_owned();
    server.running.shutdown().await;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!contains(&bytes, value.as_bytes()), "{} holds the cookie", path.display());
            assert!(!contains(&bytes, PASSWORD.as_bytes()), "{} holds the password", path.display());
        }
    }
}

#[tokio::test]
async fn changing_the_password_ends_other_sessions_and_keeps_this_one() {
    let server = TestServer::start().await;
    let here = server.person("ana", &[Role::Player]).await;
    let elsewhere = server.client();
    elsewhere.sign_in("ana", PASSWORD).await;
    let wrong = json!({ "current": "not it at all", "new": "another horse" });
    assert_eq!(here.send("PUT", "/api/v1/me/password", wrong).await.status, 403);
    let short = json!({ "current": PASSWORD, "new": "short" });
    assert_eq!(here.send("PUT", "/api/v1/me/password", short).await.status, 400);
    let change = json!({ "current": PASSWORD, "new": "another horse" });
    assert_eq!(here.send("PUT", "/api/v1/me/password", change).await.status, 204);
    assert_eq!(here.get("/api/v1/me").await.status, 200);
    assert_eq!(elsewhere.get("/api/v1/me").await.status, 401);
    assert_eq!(server.client().log_in("ana", PASSWORD).await.status, 401);
    assert_eq!(server.client().log_in("ana", "another horse").await.status, 200);
}

#[tokio::test]
async fn disabled_people_cannot_sign_in() {
    let server = TestServer::start().await;
    let id = server.add_person("ana", &[Role::Player]).await;
    server.catalogue().set_user_enabled(id, false).await.unwrap();
    assert_eq!(server.client().log_in("ana", PASSWORD).await.status, 401);
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).to_vec()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
