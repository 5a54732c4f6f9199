//! Servers and networks that fail: nothing is lost, mixed or sent twice, and no recording waits for another.

use protocol::RefusalCode;
use recording::{GapReason, Head};
use spool::{Journal, Spool, SpoolSettings, notices};

use crate::fixture::{anchor, create, eventually, gap_reasons, payload_numbers, read_from, settings, verify};
use crate::server::{Behaviour, Greeting, Server};

/// Sends one recording of 300 payloads through a server that misbehaves, and checks that it arrives all the same.
async fn arrives_through(misbehave: impl FnOnce(&mut Behaviour), at_least_hellos: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    misbehave(&mut server.state().behaviour);
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 300);
    source.end(&journal);
    let bytes = read_from(&journal, Head::start());
    let agent = server.connect(&spool);
    eventually("the spool is empty", || spool.journals().is_empty()).await;
    assert_eq!(server.stored(journal.recording()).expect("it arrived").bytes, bytes);
    agent.stop().await;
    let state = server.state();
    assert!(state.hellos >= at_least_hellos, "{} connections", state.hellos);
    assert!(state.violations.is_empty(), "{:?}", state.violations);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_up() {
    arrives_through(|behaviour| behaviour.hang_up_after = Some(2), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_freezes_with_the_connection_open() {
    arrives_through(|behaviour| behaviour.freeze_after = Some(2), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_sends_rubbish() {
    arrives_through(|behaviour| behaviour.rubbish_after = Some(1), 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_greets_badly() {
    arrives_through(|behaviour| behaviour.greetings = [Greeting::Rubbish, Greeting::Bye, Greeting::Text].into(), 4)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_for_a_while() {
    let codes = [RefusalCode::StorageFull, RefusalCode::Held, RefusalCode::Unknown(999)];
    arrives_through(|behaviour| behaviour.refusals = codes.into(), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_little_credit() {
    arrives_through(|behaviour| behaviour.credit = 2_000, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_acknowledges_what_was_not_sent_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    server.state().behaviour.overstate = 1 << 30;
    server.state().behaviour.durable = false;
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 50);
    let agent = server.connect(&spool);
    let mut link = agent.handle.link();
    let trouble = link.wait_for(|link| link.trouble.is_some()).await.expect("it notices").trouble.clone();
    assert!(trouble.as_deref().is_some_and(|why| why.contains("acknowledged")), "{trouble:?}");
    assert_eq!(journal.position().base, Head::start(), "nothing was forgotten");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impostor_learns_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (_journal, _) = create(&spool, 1);
    let server = Server::start().await;
    let mut settings = server.settings();
    settings.identity.server_certificate[0] ^= 1;
    let agent = crate::server::Agent::start(settings, &spool);
    let mut link = agent.handle.link();
    let trouble = link.wait_for(|link| link.trouble.is_some()).await.expect("it tries").trouble.clone();
    assert!(trouble.as_deref().is_some_and(|why| why.contains("no trusted connection")), "{trouble:?}");
    assert_eq!(server.state().hellos, 0);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_starved_recording_does_not_stop_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    let (starved, mut source) = create(&spool, 1);
    source.fill(&starved, 300);
    source.end(&starved);
    let (other, mut source) = create(&spool, 2);
    source.fill(&other, 300);
    source.end(&other);
    {
        let mut state = server.state();
        state.behaviour.credit = 70_000;
        state.behaviour.starved = vec![starved.recording()];
    }
    let agent = server.connect(&spool);
    eventually("the other arrived", || spool.journal(other.recording()).is_none()).await;
    assert!(!server.is_closed(starved.recording()));
    assert!(spool.journal(starved.recording()).is_some());
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_removed_is_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    server.state().behaviour.refusals = [RefusalCode::Removed].into();
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 5);
    let agent = server.connect(&spool);
    eventually("the spool is empty", || spool.journals().is_empty()).await;
    eventually("the operator is told", || {
        server.state().notices.iter().any(|notice| notice.number == notices::RECORDING_REMOVED)
    })
    .await;
    agent.stop().await;
}

/// Copies a folder as a backup would.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() { copy(&path, &target) } else { std::fs::copy(&path, &target).map(|_| ()).expect("a copy") }
    }
}

/// What the server has after a change of hands: intact, one more incarnation, the given payloads and gaps.
fn changed_hands(server: &Server, journal: &Journal, numbers: &[u64], reasons: &[&str]) {
    let stored = server.stored(journal.recording()).expect("it arrived");
    let report = verify(&stored.bytes);
    assert!(report.intact, "{report:?}");
    assert_eq!((report.incarnations, stored.number), (1, 1));
    assert_eq!(gap_reasons(&stored.bytes), reasons);
    assert_eq!(payload_numbers(1, &stored.bytes), numbers);
    assert!(server.state().violations.is_empty(), "{:?}", server.state().violations);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_older_spool_goes_on_as_a_new_incarnation() {
    let folder = tempfile::tempdir().expect("a folder");
    let backup = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    let agent = server.connect(&spool);
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 20);
    copy(folder.path(), backup.path());
    source.fill(&journal, 20);
    let head = journal.position().head;
    let at_server = || server.stored(journal.recording()).is_some_and(|stored| stored.head == head);
    eventually("the server has both groups", at_server).await;
    agent.stop().await;
    let restored = Spool::open(settings(backup.path())).expect("the backup is a spool");
    let older = restored.journal(journal.recording()).expect("found");
    let agent = server.connect(&restored);
    eventually("a new incarnation began", || older.position().number == 1).await;
    source.continue_at(older.next_group().max(2));
    older.set_live(true);
    source.fill(&older, 20);
    source.end(&older);
    eventually("the spool is empty", || restored.journals().is_empty()).await;
    changed_hands(&server, &older, &(0..60).collect::<Vec<_>>(), &["spool-behind"]);
    let told = server.state().notices.iter().any(|notice| notice.number == notices::NEW_INCARNATION);
    assert!(told, "the operator is told");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_lost_is_declared_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    let agent = server.connect(&spool);
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 200);
    let head = journal.position().head;
    eventually("what is durable was forgotten here", || journal.position().base.offset * 2 > head.offset).await;
    agent.stop().await;
    // Restored from before it ever saw the recording.
    server.state().recordings.clear();
    let agent = server.connect(&spool);
    eventually("a new incarnation began", || journal.position().number == 1).await;
    // The recorder's group began in what was lost: its blocks are of no use until the next.
    assert!(journal.wants_group());
    journal.recorder_ended(GapReason::RecorderRestarted);
    source.continue_at(journal.next_group());
    source.fill(&journal, 20);
    source.end(&journal);
    eventually("the spool is empty", || spool.journals().is_empty()).await;
    changed_hands(&server, &journal, &(200..220).collect::<Vec<_>>(), &["server-lost"]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_quota_cost_is_declared_when_the_server_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let quota_bytes = 256 << 10;
    let spool = Spool::open(SpoolSettings { quota_bytes, ..settings(folder.path()) }).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    for _ in 0..10 {
        source.fill(&journal, 50);
    }
    source.end(&journal);
    let server = Server::start().await;
    let agent = server.connect(&spool);
    eventually("the spool is empty", || spool.journals().is_empty()).await;
    let stored = server.stored(journal.recording()).expect("it arrived");
    let numbers = payload_numbers(1, &stored.bytes);
    // From the first whole group that was left.
    let first = numbers.first().copied().expect("something was left");
    assert!(first % 50 == 0 && first > 200, "{first}");
    changed_hands(&server, &journal, &(first..500).collect::<Vec<_>>(), &["spool-full"]);
    eventually("the operator is told", || {
        server.state().notices.iter().any(|notice| notice.number == notices::SPOOL_FULL)
    })
    .await;
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_that_was_overtaken_is_not_mixed_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let clone_folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let server = Server::start().await;
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 20);
    copy(folder.path(), clone_folder.path());
    // The clone records other things under the same name, and more of them, while the original is the one that sends.
    let clone = Spool::open(settings(clone_folder.path())).expect("the clone's spool");
    let cloned = clone.journal(journal.recording()).expect("found");
    let mut other = crate::fixture::Source::new(1);
    other.next = 1_000;
    other.time_us = source.time_us;
    other.continue_at(cloned.next_group());
    other.fill(&cloned, 60);
    for _ in 0..20 {
        let data = source.data();
        journal.accept(&data, &anchor(source.time_us)).expect("there is room");
    }
    let head = journal.position().head;
    let agent = server.connect(&spool);
    let at_server = || server.stored(journal.recording()).is_some_and(|stored| stored.head == head);
    eventually("the server has the original", at_server).await;
    agent.stop().await;
    let agent = server.connect(&clone);
    other.end(&cloned);
    eventually("the clone is sent", || clone.journals().is_empty()).await;
    let stored = server.stored(journal.recording()).expect("it arrived");
    assert!(verify(&stored.bytes).intact);
    assert_eq!(stored.number, 1);
    let numbers = payload_numbers(1, &stored.bytes);
    assert_eq!(numbers[..40], (0..40).collect::<Vec<_>>(), "the original's bytes are untouched");
    assert!(numbers[40..].iter().all(|number| *number >= 1_000), "what follows is the clone's alone");
    agent.stop().await;
}
