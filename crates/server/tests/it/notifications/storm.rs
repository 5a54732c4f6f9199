//! Many mails: none is lost, none comes twice, and no more come in a second than were asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::sink::MailSink;
use super::{administrator, mail, queue, set};
use crate::harness::TestServer;

/// What a mail is known by.
fn id(mail: &Value) -> String {
    let data = mail["data"].as_str().unwrap();
    data.lines().find(|line| line.starts_with("Message-ID: ")).unwrap().to_owned()
}

async fn until_sent(server: &TestServer, patience: Duration) {
    let all = async {
        while server.catalogue().waiting_deliveries().await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(patience, all).await.expect("not everything was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_mails_come_once_each_no_faster_than_said_through_a_restart_in_the_middle() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let sink = MailSink::start(&[]);
    set(&ada, json!({ "mail": mail(sink.port) }), json!({})).await;
    queue(&server, 1, 300, "soc@example.org").await;
    crate::harness::eventually("some are there", async || sink.mails().len() > 50).await;
    let server = server.restart(|_| {}).await;
    assert!(server.catalogue().waiting_deliveries().await.unwrap() > 100, "it stopped in the middle");
    until_sent(&server, Duration::from_secs(30)).await;
    let mails = sink.mails();
    let ids: BTreeSet<String> = mails.iter().map(id).collect();
    assert_eq!((mails.len(), ids.len()), (300, 300));
    let at: Vec<f64> = mails.iter().map(|mail| mail["at"].as_f64().unwrap()).collect();
    let in_a_second = at.iter().map(|from| at.iter().filter(|at| (*from..from + 1.0).contains(*at)).count()).max();
    // Those on their way at the same time may come closer together than they were sent.
    assert!(in_a_second.unwrap() <= 100 + 4, "{in_a_second:?} in a second");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_wait_for_a_server_that_is_away_and_come_when_it_is_there() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let sink = MailSink::start(&[]);
    let port = sink.port;
    set(&ada, json!({ "mail": mail(port) }), json!({})).await;
    drop(sink);
    queue(&server, 1, 10, "soc@example.org").await;
    let tried = async || super::deliveries(&server).await.iter().any(|row| row.attempts > 0);
    crate::harness::eventually("it was tried", tried).await;
    let rows = super::deliveries(&server).await;
    assert!(rows.iter().all(|row| row.outcome == catalogue::DeliveryOutcome::Waiting), "{rows:?}");
    let tried: Vec<_> = rows.iter().filter(|row| row.attempts > 0).collect();
    assert!(tried.len() <= 4, "a server that is away is not asked for each mail: {}", tried.len());
    assert!(tried.iter().all(|row| row.words.to_lowercase().contains("connect")), "{tried:?}");
    let sink = MailSink::start(&["--port", &port.to_string()]);
    // Those that were tried meanwhile need not wait for their time.
    for row in super::deliveries(&server).await {
        server.catalogue().postpone_delivery(row.number, "", 0).await.unwrap();
    }
    until_sent(&server, Duration::from_secs(60)).await;
    assert_eq!(sink.mails().len(), 10);
}

/// What `benches/mail-storm.sh` prints.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn ten_thousand_mails() {
    let server = TestServer::start().await;
    let ada = administrator(&server).await;
    let sink = MailSink::start(&[]);
    set(&ada, json!({ "mail": mail(sink.port) }), json!({})).await;
    let began = std::time::Instant::now();
    for machine in 1..=10 {
        queue(&server, machine, 1_000, "soc@example.org").await;
    }
    let queued = began.elapsed();
    let server = server.restart(|_| {}).await;
    let began = std::time::Instant::now();
    until_sent(&server, Duration::from_secs(600)).await;
    let sent = began.elapsed();
    let mails = sink.mails();
    let ids: BTreeSet<String> = mails.iter().map(id).collect();
    let (waiting, page) = (server.catalogue().waiting_deliveries().await.unwrap(), super::deliveries(&server).await);
    let lost = 10_000 - ids.len();
    println!(
        "10,000 mails of ten machines: queued in {queued:.1?}, sent in {sent:.1?} ({:.1} a second, 100 allowed); \
         {lost} lost, {} doubled, {waiting} waiting, newest: {:?}",
        10_000.0 / sent.as_secs_f64(),
        mails.len() - ids.len(),
        page[0].outcome,
    );
    assert_eq!((mails.len(), ids.len()), (10_000, 10_000));
}
