//! Letting machines in, and putting them out again.

use api::Role;
use catalogue::CatalogueError;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use server::AGENT_ALPN;

use crate::harness::{Answer, Caller, TestServer, client_config, eventually};

/// A certificate request as an agent makes it; the names in it are wishes that the server does not grant.
fn request() -> (KeyPair, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = params.serialize_request(&key).unwrap().pem().unwrap();
    (key, pem)
}

fn body(token: &str, csr_pem: &str) -> Value {
    json!({ "token": token, "csr_pem": csr_pem, "machine": { "name": "fin-03", "os": "Debian 12", "machine_id": "abc" } })
}

async fn token(admin: &Caller) -> String {
    let made = admin.send("POST", "/api/v1/enrolment-tokens", json!({ "note": "the fin machines" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["token"].as_str().unwrap().to_owned()
}

async fn enrol(server: &TestServer, token: &str) -> Answer {
    server.client().send("POST", "/api/v1/enrol", body(token, &request().1)).await
}

#[tokio::test]
async fn a_token_lets_one_machine_in_once() {
    let server = TestServer::start().await;
    let admin = server.person("adm", &[Role::PolicyAdministrator]).await;
    let token = token(&admin).await;
    let (secret, fingerprint) = token.split_once('.').unwrap();
    assert_eq!(fingerprint, server::authority::fingerprint(&server.certificate()));

    let (key, csr) = request();
    let answer = server.client().send("POST", "/api/v1/enrol", body(&token, &csr)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.body["machine_id"].as_str().unwrap().to_owned();
    let listed = admin.get("/api/v1/machines").await.body;
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["name"]), (&json!(id), &json!("fin-03")));
    let tokens = admin.get("/api/v1/enrolment-tokens").await.body;
    assert_eq!(tokens["items"][0]["used_by"], json!(id));
    assert!(!tokens.to_string().contains(secret), "the secret is not listed");

    let again = enrol(&server, &token).await;
    assert_eq!((again.status, again.code()), (403, "bad-token"));

    // The certificate opens the agents' door, and says nothing of what the request wished for.
    let pem = answer.body["certificate_pem"].as_str().unwrap();
    assert!(connects_as_agent(&server, pem, &key).await);
    assert!(pem_text(pem).contains(&id));
    assert!(!pem_text(pem).contains("localhost"));
}

/// Names in a certificate stand in it as plain text.
fn pem_text(pem: &str) -> String {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    String::from_utf8_lossy(&der).into_owned()
}

#[tokio::test]
async fn tokens_that_are_wrong_removed_or_expired_let_nobody_in() {
    let server = TestServer::start().await;
    let admin = server.person("adm", &[Role::PolicyAdministrator]).await;
    let removed = token(&admin).await;
    let id = admin.get("/api/v1/enrolment-tokens").await.body["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.act("DELETE", &format!("/api/v1/enrolment-tokens/{id}")).await.status, 204);
    assert_eq!(admin.act("DELETE", &format!("/api/v1/enrolment-tokens/{id}")).await.status, 404);
    let expired = server::enrolment::NewToken::make(String::new(), String::new(), 60, "00");
    let past = catalogue::EnrolmentToken { expires_us: server::clock::now_us() - 1, ..expired.token };
    let hash = server::enrolment::secret_at_rest(&expired.text);
    server.catalogue().add_token(&past, &hash).await.unwrap();
    for token in [removed.as_str(), expired.text.as_str(), "", "x", "' OR 1=1 --"] {
        let answer = enrol(&server, token).await;
        assert_eq!((answer.status, answer.code()), (403, "bad-token"), "{token}");
    }
    assert_eq!(enrol(&server, "guess").await.status, 429, "guessing is slowed down");
    assert!(server.catalogue().machines().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_bad_request_does_not_use_the_token_up() {
    let server = TestServer::start().await;
    let admin = server.person("adm", &[Role::PolicyAdministrator]).await;
    let token = token(&admin).await;
    let (_, csr) = request();
    let forged = forge(&csr);
    let nameless = json!({ "token": token, "csr_pem": csr, "machine": { "name": "", "os": "", "machine_id": "" } });
    let huge = "-".repeat(9000);
    let cases =
        [(body(&token, "rubbish"), 400), (body(&token, &forged), 400), (nameless, 400), (body(&token, &huge), 413)];
    for (body, expected) in cases {
        let answer = server.client().send("POST", "/api/v1/enrol", body).await;
        assert_eq!(answer.status, expected, "{}", answer.body);
    }
    assert_eq!(enrol(&server, &token).await.status, 200);
}

/// The same request with one bit of its signature changed.
fn forge(pem: &str) -> String {
    let mut lines: Vec<String> = pem.lines().map(str::to_owned).collect();
    let line = lines.len() - 3;
    let at = 10;
    let old = lines[line].as_bytes()[at];
    lines[line].replace_range(at..=at, if old == b'A' { "B" } else { "A" });
    lines.join("\n")
}

#[tokio::test]
async fn a_revoked_machine_is_turned_away() {
    let server = TestServer::start().await;
    let admin = server.person("adm", &[Role::PolicyAdministrator]).await;
    let (key, csr) = request();
    let answer = server.client().send("POST", "/api/v1/enrol", body(&token(&admin).await, &csr)).await;
    let id = answer.body["machine_id"].as_str().unwrap();
    let pem = answer.body["certificate_pem"].as_str().unwrap().to_owned();
    assert!(connects_as_agent(&server, &pem, &key).await);
    let revoked = admin.act("POST", &format!("/api/v1/machines/{id}/revoke")).await;
    assert_eq!(revoked.status, 200);
    assert!(revoked.body["revoked_us"].is_i64());
    let before = refused(&server).await;
    connects_as_agent(&server, &pem, &key).await;
    eventually("the revoked machine is refused", async || refused(&server).await > before).await;
}

async fn refused(server: &TestServer) -> u64 {
    let text = server.app().metrics.render();
    let line = text.lines().find(|line| line.starts_with("kinescope_refused_connections_total")).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

async fn connects_as_agent(server: &TestServer, certificate_pem: &str, key: &KeyPair) -> bool {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(server.certificate()).unwrap();
    let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = client_config().with_root_certificates(roots).with_client_auth_cert(vec![certificate], key).unwrap();
    server.connect_with(config, &[AGENT_ALPN]).await.is_ok()
}

#[tokio::test]
async fn bounds_of_tokens() {
    let server = TestServer::start().await;
    let admin = server.person("adm", &[Role::PolicyAdministrator]).await;
    for body in [json!({ "valid_secs": 59 }), json!({ "valid_secs": 2_592_001 }), json!({ "note": "x".repeat(201) })] {
        assert_eq!(admin.send("POST", "/api/v1/enrolment-tokens", body).await.status, 400);
    }
    assert!(matches!(server.catalogue().remove_token(uuid::Uuid::nil()).await, Err(CatalogueError::NotFound { .. })));
}

#[tokio::test]
async fn the_key_that_vouches_for_recordings_is_kept_at_enrolment() {
    let server = TestServer::start().await;
    let admin = server.person("adm", &[Role::PolicyAdministrator]).await;
    let token = token(&admin).await;
    let mut body = body(&token, &request().1);
    body["signing_key"] = json!("ABC");
    assert_eq!(server.client().send("POST", "/api/v1/enrol", body.clone()).await.status, 400);
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    body["signing_key"] = json!(key);
    let answer = server.client().send("POST", "/api/v1/enrol", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(admin.get("/api/v1/machines").await.body["items"][0]["signing_key"], json!(key));
}
