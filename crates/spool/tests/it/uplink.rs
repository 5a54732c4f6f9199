//! Sending: everything arrives, once and in order, and is then forgotten here.

use std::time::Duration;

use protocol::{Notice, SessionAccount, SessionFacts, Severity};
use recording::Head;
use spool::Spool;
use tokio::net::TcpListener;

use crate::fixture::{anchor, create, eventually, header, payload_numbers, read_from, settings, verify};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_arrives_while_it_is_made_and_leaves_the_spool_when_it_is_durable() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    let agent = server.connect(&spool);
    let (journal, mut source) = create(&spool, 1);
    let recording = journal.recording();
    source.fill(&journal, 20);
    let head = journal.position().head;
    eventually("the server has all of a live recording", || {
        server.stored(recording).is_some_and(|stored| stored.head == head)
    })
    .await;
    assert!(!server.is_closed(recording));
    for _ in 0..100 {
        let data = source.data();
        journal.accept(&data, &anchor(source.time_us)).expect("there is room");
    }
    source.end(&journal);
    let whole = journal.position().head;
    eventually("the spool is empty", || spool.journals().is_empty()).await;
    let stored = server.stored(recording).expect("it arrived");
    assert!(stored.closed && stored.head == whole);
    assert!(verify(&stored.bytes).intact);
    assert_eq!(payload_numbers(1, &stored.bytes), (0..120).collect::<Vec<_>>());
    assert_eq!(spool.used_bytes(), 0);
    assert!(server.state().violations.is_empty(), "{:?}", server.state().violations);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_late_gets_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 200);
    source.end(&journal);
    let bytes = read_from(&journal, Head::start());
    // The port is known, but nobody listens on it yet.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let template = Server::start().await;
    let mut settings = template.settings();
    settings.server = format!("https://{address}").parse().expect("an address");
    let agent = crate::server::Agent::start(settings, &spool);
    let mut link = agent.handle.link();
    link.wait_for(|link| link.trouble.is_some()).await.expect("it tries");
    let server = template.move_to(TcpListener::bind(address).await.expect("the port is free"));
    eventually("the spool is empty", || spool.journals().is_empty()).await;
    assert_eq!(server.stored(journal.recording()).expect("it arrived").bytes, bytes);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_forgotten_before_the_server_says_durable() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    server.state().behaviour.durable = false;
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 100);
    source.end(&journal);
    let bytes = read_from(&journal, Head::start());
    let agent = server.connect(&spool);
    eventually("the server has it", || server.is_closed(journal.recording())).await;
    assert_eq!(journal.position().base, Head::start());
    // It forgets everything that it never called durable, as if it had crashed.
    server.state().recordings.clear();
    server.state().behaviour.durable = true;
    agent.stop().await;
    let agent = server.connect(&spool);
    eventually("the spool is empty", || spool.journals().is_empty()).await;
    assert_eq!(server.stored(journal.recording()).expect("it arrived again").bytes, bytes);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_recordings_go_before_what_is_left_of_old_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (old, mut source) = create(&spool, 1);
    source.fill(&old, 1_500);
    source.end(&old);
    let (live, mut source) = create(&spool, 2);
    source.fill(&live, 100);
    let server = Server::start().await;
    let agent = server.connect(&spool);
    eventually("everything arrived", || {
        let head = live.position().head;
        server.is_closed(old.recording()) && server.stored(live.recording()).is_some_and(|stored| stored.head == head)
    })
    .await;
    let order = server.state().order.clone();
    let last_live = order.iter().rposition(|recording| *recording == live.recording()).expect("it was sent");
    let old_before = order[..last_live].iter().filter(|recording| **recording == old.recording()).count();
    let old_appends = order.iter().filter(|recording| **recording == old.recording()).count();
    assert!(old_before * 4 < old_appends, "{old_before} of {old_appends} appends of the old one came first");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_asked_for_and_the_policy_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    let agent = server.connect(&spool);
    let mut link = agent.handle.link();
    let known = link.wait_for(|link| link.connected).await.expect("it connects").policy.clone();
    assert_eq!(known.as_deref(), Some("record-everything"));
    let mira = header(1).session;
    let other = recording::SessionFacts { user: "other".to_owned(), ..mira.clone() };
    let wait = Duration::from_secs(10);
    let decided = |decision: Option<protocol::Decision>| decision.map(|decision| decision.record);
    assert_eq!(decided(agent.handle.decide(mira.clone(), None, wait).await), Some(true));
    assert_eq!(decided(agent.handle.decide(other, None, wait).await), Some(false));
    drop(server);
    link.wait_for(|link| !link.connected).await.expect("it notices");
    assert_eq!(decided(agent.handle.decide(mira, None, wait).await), None, "nobody can be asked");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_wait_for_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    let agent = server.connect(&spool);
    for number in 1..=40 {
        let text = format!("notice {number}");
        agent.handle.notice(Notice { severity: Severity::Warning, number, unix_us: 1, recording: None, text });
    }
    eventually("all notices arrived", || server.state().notices.len() == 40).await;
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_kept_only_when_the_server_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    server.state().behaviour.overhears_accounts = 1;
    let agent = server.connect(&spool);
    agent.handle.link().wait_for(|link| link.takes_accounts).await.expect("it is told");
    let account = SessionAccount {
        session: "10-4711-88912".to_owned(),
        boot_id: "a-boot".to_owned(),
        revision: 1,
        began_unix_us: 1,
        over: false,
        facts: SessionFacts::desktop("m-1", "desk-7", "mira"),
        policy: "Finance".to_owned(),
        rule: None,
        wanted: "screen".to_owned(),
        outcome: "beginning".to_owned(),
        reason: String::new(),
        recording: None,
    };
    assert!(!agent.handle.account(account.clone(), Duration::from_millis(300)).await, "nobody answered");
    assert!(agent.handle.account(account.clone(), Duration::from_secs(10)).await);
    assert_eq!(server.state().accounts, [account]);
    agent.stop().await;
}
