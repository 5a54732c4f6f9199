//! What an agent keeps of its identity: turns, and certificates that are renewed, in spite of disks that fail.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use protocol::ByeCode;
use rcgen::{CertificateParams, KeyPair};
use spool::{Identity, IdentityKeeper, RenewalError, Spool, UplinkSettings};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::fixture::{create, eventually, settings};
use crate::server::{Agent, Greeting, Server};

/// Keeps things in memory, or fails.
#[derive(Debug, Default)]
struct Keeper {
    server_certificate: [u8; 32],
    turn: Mutex<Option<Vec<u8>>>,
    key: Mutex<Option<KeyPair>>,
    disk_fails: AtomicBool,
}

impl Keeper {
    fn fails(&self) -> io::Result<()> {
        if self.disk_fails.load(Ordering::Relaxed) { Err(io::Error::from_raw_os_error(28)) } else { Ok(()) }
    }
}

impl IdentityKeeper for Keeper {
    fn turn(&self) -> Option<Vec<u8>> {
        self.turn.lock().unwrap().clone()
    }

    fn keep_turn(&self, turn: &[u8]) -> io::Result<()> {
        self.fails()?;
        *self.turn.lock().unwrap() = Some(turn.to_vec());
        Ok(())
    }

    fn request(&self) -> Result<String, RenewalError> {
        let key = KeyPair::generate()?;
        let request = CertificateParams::default().serialize_request(&key)?.pem()?;
        *self.key.lock().unwrap() = Some(key);
        Ok(request)
    }

    fn take(&self, certificate_pem: &str) -> Result<Identity, RenewalError> {
        self.fails()?;
        let key = self.key.lock().unwrap().take().ok_or("no key")?;
        Ok(Identity {
            machine_id: "m-1".to_owned(),
            certificates: vec![CertificateDer::from_pem_slice(certificate_pem.as_bytes())?],
            key: PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes())?,
            server_certificate: self.server_certificate,
        })
    }
}

fn keeping(server: &Server) -> (UplinkSettings, Arc<Keeper>) {
    let settings = server.settings();
    let keeper = Arc::new(Keeper { server_certificate: settings.identity.server_certificate, ..Keeper::default() });
    (UplinkSettings { keeper: Some(Arc::clone(&keeper) as Arc<dyn IdentityKeeper>), ..settings }, keeper)
}

fn hang_up(server: &Server, spool: &Spool, n: u8) {
    server.state().behaviour.hang_up_after = Some(0);
    let (journal, mut source) = create(spool, n);
    source.fill(&journal, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_is_on_disk_before_the_server_is_told_so_and_shown_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(settings(folder.path())).unwrap();
    let server = Server::start().await;
    let (settings, keeper) = keeping(&server);
    let agent = Agent::start(settings, &spool);
    eventually("the first turn is kept", || server.state().kept_turns.len() == 1).await;
    assert_eq!(keeper.turn(), Some(vec![1; 40]));
    // The disk takes nothing any more: the turn before goes on counting.
    keeper.disk_fails.store(true, Ordering::Relaxed);
    hang_up(&server, &spool, 1);
    eventually("a second connection", || server.state().hellos >= 2).await;
    hang_up(&server, &spool, 2);
    eventually("a third connection", || server.state().hellos >= 3).await;
    let shown: Vec<_> = server.state().shown.iter().map(|(_, turn)| turn.clone()).take(3).collect();
    assert_eq!(shown, [None, Some(vec![1; 40]), Some(vec![1; 40])]);
    assert_eq!(server.state().kept_turns, [vec![1; 40]]);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_is_renewed_when_the_server_says_and_the_agent_goes_on_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(settings(folder.path())).unwrap();
    let server = Server::start().await;
    server.state().behaviour.renew_in_secs = Some(0);
    let (settings, _keeper) = keeping(&server);
    let agent = Agent::start(settings, &spool);
    eventually("it comes back", || server.state().hellos == 2).await;
    let (journal, mut source) = create(&spool, 1);
    let recording = journal.recording();
    source.fill(&journal, 5);
    source.end(&journal);
    eventually("what it records arrives", || server.is_closed(recording)).await;
    let certificates: Vec<_> = server.state().shown.iter().map(|(certificate, _)| certificate.clone()).collect();
    assert_eq!(certificates.len(), 2);
    assert_eq!(certificates[0], server.identity.agent_certificate);
    assert_ne!(certificates[1], certificates[0], "with the renewed certificate");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_identity_is_renewed_before_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(settings(folder.path())).unwrap();
    let server = Server::start().await;
    server.state().behaviour.expired = true;
    let (journal, mut source) = create(&spool, 1);
    let recording = journal.recording();
    source.fill(&journal, 5);
    source.end(&journal);
    let (settings, _keeper) = keeping(&server);
    let agent = Agent::start(settings, &spool);
    eventually("what it recorded arrives", || server.is_closed(recording)).await;
    assert!(server.state().violations.is_empty(), "{:?}", server.state().violations);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_that_cannot_be_kept_leaves_the_old_identity_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(settings(folder.path())).unwrap();
    for disk_fails in [true, false] {
        let server = Server::start().await;
        server.state().behaviour.renew_in_secs = Some(0);
        server.state().behaviour.bad_certificate = (!disk_fails).then(|| "no certificate".to_owned());
        let (settings, keeper) = keeping(&server);
        keeper.disk_fails.store(disk_fails, Ordering::Relaxed);
        let agent = Agent::start(settings, &spool);
        eventually("it comes back", || server.state().hellos == 2).await;
        let old = &server.identity.agent_certificate;
        assert!(server.state().shown.iter().all(|(certificate, _)| certificate == old));
        agent.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn being_refused_is_told_from_being_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(settings(folder.path())).unwrap();
    let server = Server::start().await;
    server.state().behaviour.greetings = [Greeting::Copied].into();
    let agent = server.connect(&spool);
    let mut link = agent.handle.link();
    let refused = link.wait_for(|link| link.refused.is_some()).await.unwrap().clone();
    assert_eq!(refused.refused, Some(ByeCode::IdentityCopied));
    assert!(refused.trouble.is_some_and(|why| why.contains("a copy")));
    // The next time it is let in.
    let welcomed = link.wait_for(|link| link.connected).await.unwrap().clone();
    assert_eq!((welcomed.refused, welcomed.trouble), (None, None));
    agent.stop().await;
}
