//! How mail and webhook are set: tried, checked, and without telling a secret.

use api::Role;
use serde_json::{Value, json};

use super::sink::{Listener, MailSink};
use super::{PATH, SECRET, administrator, mail, put, set};
use crate::harness::TestServer;

const PASSWORD: &str = "correct horse battery staple";

fn with(mut mail: Value, more: Value) -> Value {
    mail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    mail
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_the_mail_server_does_not_take_is_refused_and_none_is_told_again() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let sink = MailSink::start(&["--user", "kine", "--password", PASSWORD]);
    let setting = json!({ "mail": with(mail(sink.port), json!({ "user": "kine" })) });
    let refused = put(&ada, setting.clone(), json!({ "password": "wrong wrong" })).await;
    assert_eq!((refused.status, refused.code()), (400, "bad-request"));
    assert!(refused.body["message"].as_str().unwrap().contains("535"), "{}", refused.body);
    assert_eq!(ada.get(PATH).await.body["setting"], json!({}));
    let missing = put(&ada, setting.clone(), json!({})).await;
    assert!(missing.body["message"].as_str().unwrap().contains("password"), "{}", missing.body);

    set(&ada, setting.clone(), json!({ "password": PASSWORD, "test_to": "tess@example.org" })).await;
    assert_eq!(sink.mails().len(), 1);
    // The password stays for the same server alone: nobody can have it sent to another one.
    let slower = json!({ "mail": with(setting["mail"].clone(), json!({ "per_second": 7 })) });
    set(&ada, slower.clone(), json!({})).await;
    let elsewhere = MailSink::start(&[]);
    let moved = json!({ "mail": with(slower["mail"].clone(), json!({ "port": elsewhere.port })) });
    assert_eq!(put(&ada, moved, json!({ "untested": true })).await.status, 400);
    let page = ada.get(PATH).await;
    assert_eq!((&page.body["setting"], &page.body["has_password"]), (&slower, &json!(true)));

    let server = server.restart(|_| {}).await;
    let tested =
        ada_again(&server).await.send("POST", &format!("{PATH}/test"), json!({ "mail_to": "ben@example.org" })).await;
    assert_eq!(tested.body["mail"]["worked"], true, "{}", tested.body);
    let log = ada_again(&server).await.get("/api/v1/admin-log").await.body;
    let mut told = vec![page.body.to_string(), log.to_string(), refused.body.to_string()];
    for item in log["items"].as_array().unwrap() {
        told.push(ada_again(&server).await.get(&format!("/api/v1/admin-log/{}", item["id"])).await.body.to_string());
    }
    assert!(told.iter().all(|text| !text.contains(PASSWORD) && !text.contains("wrong wrong")), "{told:?}");
    server.catalogue().close().await;
    for name in ["catalogue.sqlite", "catalogue.sqlite-wal"] {
        let bytes = std::fs::read(server.folder.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "{name}");
    }
}

async fn ada_again(server: &TestServer) -> crate::harness::Caller {
    let caller = server.client();
    caller.sign_in("ada", crate::harness::PASSWORD).await;
    caller
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_with_a_certificate_that_nobody_vouches_for_is_refused_unless_it_is_trusted_by_name() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["mail.example.org".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let start = |name: &str, made: &rcgen::CertifiedKey<rcgen::KeyPair>| {
        let certificate = file(&format!("{name}.pem"), &made.cert.pem());
        let key = file(&format!("{name}.key"), &made.signing_key.serialize_pem());
        MailSink::start(&["--certificate", &certificate, "--key", &key])
    };
    let (sink, wrong) = (start("localhost", &made), start("other", &other));
    let tls = |port: u16, pem: Option<String>| json!({ "mail": with(mail(port), json!({ "security": "tls", "certificate": pem })) });
    for (port, pem) in [(sink.port, None), (sink.port, Some(other.cert.pem())), (wrong.port, Some(other.cert.pem()))] {
        let refused = put(&ada, tls(port, pem), json!({ "test_to": "tess@example.org" })).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(refused.body["message"].as_str().unwrap().contains("certificate"), "{}", refused.body);
    }
    set(&ada, tls(sink.port, Some(made.cert.pem())), json!({ "test_to": "tess@example.org" })).await;
    assert_eq!((sink.mails().len(), wrong.mails().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_is_insisted_on_before_anything_is_said_and_its_certificate_is_looked_at() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("pem"), folder.path().join("key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let files = ["--certificate", certificate.to_str().unwrap(), "--key", key.to_str().unwrap()];
    // Who wants to sign in at this one must have the connection protected first.
    let login = ["--starttls", "--user", "mail", "--password", "of mail"];
    let sink = MailSink::start(&[&files[..], &login[..]].concat());
    let plain = MailSink::start(&["--user", "mail", "--password", "of mail"]);
    let starttls = |port: u16, pem: Option<String>| {
        let more = json!({ "security": "starttls", "certificate": pem, "user": "mail" });
        json!({ "mail": with(mail(port), more) })
    };
    let more = json!({ "test_to": "tess@example.org", "password": "of mail" });
    let unknown = put(&ada, starttls(sink.port, None), more.clone()).await;
    assert!(unknown.body["message"].as_str().unwrap().contains("certificate"), "{}", unknown.body);
    // One that does not offer it learns neither the password nor the mail.
    let unprotected = put(&ada, starttls(plain.port, Some(made.cert.pem())), more.clone()).await;
    assert_eq!(unprotected.status, 400, "{}", unprotected.body);
    set(&ada, starttls(sink.port, Some(made.cert.pem())), more).await;
    assert_eq!((sink.mails().len(), plain.mails().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_ones_own_is_looked_at_before_it_is_kept_and_shown_as_a_mail() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let preview = async |body: Value| ada.send("POST", "/api/v1/notifications/preview", body).await;
    let built_in = preview(json!({ "language": "de" })).await.body;
    assert!(built_in["built_in"].as_str().unwrap().contains("Benutzer: {user}"), "{built_in}");
    assert!(built_in["shown"].as_str().unwrap().contains("Benutzer: ana"), "{built_in}");
    let own = preview(json!({ "language": "de", "text": "{user} an {machine}\n{rule}" })).await.body;
    assert_eq!(own["shown"], "ana an fin-03\nFinance\n");
    let wrong = preview(json!({ "language": "de", "text": "Hallo\n {nobody}" })).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body["message"].as_str().unwrap().contains("line 2, column 2"), "{}", wrong.body);

    let with_texts = |texts: Value| json!({ "mail": with(mail(2525), json!({ "texts": texts })) });
    let untested = || json!({ "untested": true });
    let refused = put(&ada, with_texts(json!({ "en": "{link", "de": "{user}" })), untested()).await;
    assert_eq!(refused.status, 400, "kept untried is not kept unread");
    let message = refused.body["message"].as_str().unwrap();
    assert!(message.contains("(en)") && message.contains("line 1, column 1"), "{message}");
    assert_eq!(put(&ada, with_texts(json!({ "nl": "{user}" })), untested()).await.status, 400);
    set(&ada, with_texts(json!({ "de": "{user}" })), untested()).await;
    assert_eq!(ada.get(PATH).await.body["setting"]["mail"]["texts"], json!({ "de": "{user}" }));
    set(&ada, json!({ "mail": mail(2525) }), untested()).await;
    assert_eq!(ada.get(PATH).await.body["setting"]["mail"].get("texts"), None, "as built in");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_who_comes_second_too_and_only_administrators_may() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let good = mail(2525);
    let webhook = |url: &str| json!({ "webhook": { "url": url } });
    let cases = [
        json!({ "mail": with(good.clone(), json!({ "host": "mail.example.org" })) }),
        json!({ "mail": with(good.clone(), json!({ "per_second": 0 })) }),
        json!({ "mail": with(good.clone(), json!({ "per_second": 101 })) }),
        json!({ "mail": with(good.clone(), json!({ "sender": "a@b\r\nBcc: c@d" })) }),
        json!({ "mail": with(good.clone(), json!({ "subject": ["user", "user"] })) }),
        json!({ "mail": with(good.clone(), json!({ "certificate": "none" })) }),
        json!({ "public_address": "http://kinescope.example.org" }),
        json!({ "public_address": "https://kinescope.example.org/path" }),
        webhook("http://example.org/"),
        webhook("http://localhost.example.org/"),
        webhook("https://ada:secret@example.org/"),
        webhook("file:///etc/passwd"),
        webhook("nonsense"),
    ];
    for setting in cases {
        let answer = put(&ada, setting.clone(), json!({ "secret": SECRET, "untested": true })).await;
        assert_eq!(answer.status, 400, "{setting}: {}", answer.body);
    }
    let hook = webhook("https://example.org/");
    assert_eq!(put(&ada, hook.clone(), json!({ "untested": true })).await.status, 400, "no secret");
    assert_eq!(put(&ada, hook.clone(), json!({ "untested": true, "secret": "short" })).await.status, 400);
    set(&ada, hook.clone(), json!({ "untested": true, "secret": SECRET })).await;
    let late = json!({ "setting": {}, "instead_of": {}, "untested": true });
    assert_eq!(ada.send("PUT", PATH, late).await.status, 409);
    // Nobody listens there: it is said, and nothing changes.
    let listener = Listener::start(&["500 Internal Server Error"]).await;
    let away = put(&ada, webhook(&format!("http://127.0.0.1:{}/", listener.port)), json!({})).await;
    assert_eq!(away.status, 400);
    assert!(away.body["message"].as_str().unwrap().contains("500"), "{}", away.body);
    assert_eq!(ada.get(PATH).await.body["setting"], hook);

    let reader = server.person("rea", &[Role::LoggingReader, Role::PolicyQuery, Role::PrivilegedPlayer]).await;
    assert_eq!(reader.get(PATH).await.status, 403);
    assert_eq!(reader.get("/api/v1/deliveries").await.status, 200);
    let player = server.person("pia", &[Role::Player]).await;
    assert_eq!(player.get("/api/v1/deliveries").await.status, 403);
}
