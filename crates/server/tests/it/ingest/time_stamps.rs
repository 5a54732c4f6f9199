//! Time stamps on the last receipts of recordings, by OpenSSL's time stamp authority behind a small HTTP server.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use evidence::{Expected, Judge, TimeStampsFound};
use recording::EndReason;
use server::ingest::{IngestOptions, TimeStampOptions};

use super::scripted::Agent;
use super::site::{Site, eventually};
use super::tape::Tape;

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Refuses so many requests, then stamps; gives its address.
async fn authority(refusals: usize) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    std::fs::write(path.join("ext.cnf"), "extendedKeyUsage=critical,timeStamping\n").unwrap();
    std::fs::write(path.join("serial"), "01\n").unwrap();
    let settings = "[tsa]\ndefault_tsa=one\n[one]\nserial=serial\ndefault_policy=1.2.3.4.1\ndigests=sha256\n";
    std::fs::write(path.join("tsa.cnf"), settings).unwrap();
    openssl(&path, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=ca");
    openssl(&path, "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=stamps");
    openssl(
        &path,
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile ext.cnf",
    );
    let asked = Arc::new(AtomicUsize::new(0));
    let answer = move |headers: HeaderMap, query: Bytes| async move {
        assert_eq!(headers["content-type"], "application/timestamp-query");
        if asked.fetch_add(1, Ordering::Relaxed) < refusals {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        std::fs::write(path.join("query"), query).unwrap();
        openssl(&path, "ts -reply -config tsa.cnf -queryfile query -signer tsa.pem -inkey tsa.key -sha256 -out reply");
        Ok(std::fs::read(path.join("reply")).unwrap())
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/stamp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/stamp", post(answer))).await });
    (folder, url)
}

fn asking(url: String) -> IngestOptions {
    let time_stamps = Some(TimeStampOptions { url, first_pause: Duration::from_millis(50) });
    IngestOptions { time_stamps, ..IngestOptions::default() }
}

async fn recorded(site: &Site) -> Tape {
    let mut tape = Tape::new(1, site.machine(1).await.id);
    let mut agent = Agent::connect(site, 1).await;
    let opened = agent.open(&tape).await;
    tape.record(2, 500);
    tape.end(EndReason::Logout);
    agent.send(&tape, opened.head).await;
    agent.close(&tape).await;
    tape
}

fn stamps(site: &Site, tape: &Tape) -> TimeStampsFound {
    let mut judge = Judge::new(Expected::default());
    judge.push_evidence(&std::fs::read(site.store.path(tape.id).unwrap().with_extension("kev")).unwrap_or_default());
    judge.push(&site.stored(tape.id)).unwrap();
    let judgement = judge.finish().unwrap();
    assert_eq!(judgement.faults, []);
    judgement.time_stamps
}

async fn stamped(site: &Site, tape: &Tape) {
    let found = eventually("a time stamp", async || {
        let found = stamps(site, tape);
        (found.tokens > 0).then_some(found)
    })
    .await;
    assert_eq!((found.tokens, found.confirmed, found.stamped_bytes), (1, 1, tape.bytes.len() as u64));
    assert_eq!(found.authority.as_deref(), Some("CN=stamps"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_receipt_is_stamped_also_by_an_authority_that_fails_at_first() {
    let (_folder, url) = authority(2).await;
    let site = Site::with(asking(url)).await;
    let tape = recorded(&site).await;
    stamped(&site, &tape).await;
    let text = site.diagnostic(2040).await;
    assert!(text.contains("503") && text.contains("asked again"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_that_ended_unstamped_are_found_at_the_next_start() {
    let site = Site::new().await;
    let tape = recorded(&site).await;
    assert_eq!(stamps(&site, &tape).tokens, 0);
    let (_folder, url) = authority(0).await;
    let site = site.restart_with(asking(url)).await;
    stamped(&site, &tape).await;
}
