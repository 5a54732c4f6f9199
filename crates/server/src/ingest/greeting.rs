//! From Hello to Welcome: who connects, and whether it is who it says it is.

use std::time::Duration;

use catalogue::Machine;
use protocol::{AgentMessage, Bye, ByeCode, Heartbeat, Hello, Limits, ServerMessage, Welcome};
use recording::RecordingId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::agents::{Command, Registration, Switches};
use super::connection::{Conversation, Ending, GREETING_TIMEOUT, PROBE_TIMEOUT, Source, say};
use super::copies::{self, Copied};
use super::diagnosis::Finding;
use super::renewal;
use crate::clock;

/// Beyond the time that a connection has to show that it lives: its own task takes it off the list.
const PROBE_SLACK: Duration = Duration::from_secs(2);

/// After so many seconds an agent comes again whose earlier connection was not known to be gone.
const PLACE_RETRY_SECS: u32 = 5;
const NOT_KNOWN_TO_BE_GONE: &str = "this machine's earlier connection neither answers nor has ended yet; try again";

/// What a machine whose right was withdrawn is told.
pub(super) fn revoked() -> Bye {
    let text = "this machine's right to send was withdrawn at the server; if that was a mistake, enrol it anew with a token: \
        kinescope-agent enrol --again --server https://… --token-file FILE; then start the agent again";
    Bye { code: ByeCode::IdentityRefused, retry_after_secs: 3600, text: text.to_owned() }
}

/// What an agent is told that is connected with what its machine was known by before it was enrolled again.
pub(super) fn enrolled_again() -> Bye {
    let text = "this machine was enrolled again after its agent was started; start the agent again";
    Bye { code: ByeCode::IdentityRefused, retry_after_secs: 3600, text: text.to_owned() }
}

/// What is told whoever shows a certificate of this server's authority that the catalogue does not know.
pub(super) fn unknown() -> Bye {
    let text = "this server does not know this machine's identity; enrol it anew with a token: kinescope-agent enrol --again \
        --server https://… --token-file FILE; then start the agent again";
    Bye { code: ByeCode::IdentityRefused, retry_after_secs: 600, text: text.to_owned() }
}

/// A machine that is let in.
pub(super) struct Greeted {
    /// What it says it is recording.
    pub(super) live: Vec<RecordingId>,
    /// Keeps it on the list.
    pub(super) registration: Registration,
    /// What its connection is told from outside.
    pub(super) commands: mpsc::Receiver<Command>,
}

impl Conversation {
    /// Hears Hello and answers it.
    pub(super) async fn greet<S>(&mut self, source: &mut Source<S>) -> Result<Greeted, Ending>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let hello = loop {
            match timeout(GREETING_TIMEOUT, source.next_frame()).await {
                Err(_) => return Err(say(ByeCode::ProtocolViolation, 0, "no Hello came in time")),
                Ok(frame) => match self.message(frame)? {
                    Some(AgentMessage::Hello(hello)) => break hello,
                    Some(_) => return Err(say(ByeCode::ProtocolViolation, 0, "the first message must be Hello")),
                    None => {}
                },
            }
        };
        self.check_hello(&hello)?;
        // A copy is told so at once, and disturbs nobody.
        self.check_identity(&hello).await?;
        let (registration, commands) = self.take_place(&hello).await?;
        // The machine's connection that has just ended may have moved it on.
        self.check_identity(&hello).await?;
        if self.has_expired() {
            return Err(self.only_renew(hello.keeps_identity, source).await);
        }
        self.take_up_certificate().await?;
        self.bind(&hello).await?;
        if let Some(key) = &hello.signing_key {
            self.take_signing_key(&key.to_string()).await;
        }
        let welcome = self.welcome(&hello);
        self.software = hello.software;
        self.can_seal = hello.can_seal;
        self.takes_detection = hello.takes_detection;
        self.report(&Heartbeat { live: hello.live.clone(), ..Heartbeat::default() }).await;
        let detection = self.desk.active_policy().setting.detection.clone();
        self.send(ServerMessage::Welcome(welcome)).await?;
        self.tell_detection(detection).await?;
        Ok(Greeted { live: hello.live, registration, commands })
    }

    fn welcome(&mut self, hello: &Hello) -> Welcome {
        let active = self.desk.active_policy();
        let mut welcome = Welcome {
            version: protocol::VERSION,
            limits: hello.limits.agreed_with(Limits::default()),
            heartbeat_secs: self.desk.options.heartbeat_secs,
            policy: active.document.clone(),
            takes_sessions: true,
            takes_accounts: true,
            at_once: active.setting.at_once,
            turn: None,
            renew_in_secs: None,
        };
        if let Some(identities) = self.desk.options.identities.as_deref().filter(|_| hello.keeps_identity) {
            let shown = hello.turn.as_deref().and_then(|turn| identities.turn_number(self.machine.id, turn));
            let next = shown.unwrap_or(0).max(self.machine.turn).saturating_add(1);
            let turn = identities.turn(self.machine.id, next);
            self.turn_given = Some((next, turn.clone()));
            welcome.turn = Some(turn);
            let not_after_us = self.certificate.not_after_us;
            welcome.renew_in_secs = Some(identities.renew_in_secs(clock::now_us(), not_after_us, rand::random()));
        }
        welcome
    }

    fn check_hello(&self, hello: &Hello) -> Result<(), Ending> {
        if !hello.versions.contains(&protocol::VERSION) {
            let text = format!("this server speaks protocol version {}", protocol::VERSION);
            return Err(say(ByeCode::VersionUnsupported, 0, text));
        }
        if uuid::Uuid::try_parse(&hello.machine_id) != Ok(self.machine.id) {
            let text = "Hello names another machine than the certificate; enrol this machine anew";
            return Err(say(ByeCode::IdentityRefused, 0, text));
        }
        Ok(())
    }

    /// Looks the machine up as it is now: it may have been revoked, or have moved on, since the connection was made.
    async fn check_identity(&mut self, hello: &Hello) -> Result<(), Ending> {
        let known = self.desk.catalogue.certificate(&self.certificate.fingerprint).await;
        let known = known.map_err(|error| renewal::failed(&error))?;
        let Some(known) = known.filter(|known| known.machine.id == self.machine.id) else {
            return Err(Ending::Said(unknown()));
        };
        if known.machine.revoked_us.is_some() {
            return Err(Ending::Said(revoked()));
        }
        let retired = known.standing == catalogue::Standing::Retired;
        self.machine = known.machine.clone();
        self.certificate = known;
        let identities = self.desk.options.identities.as_deref();
        let copied = if retired { Some(Copied::RETIRED) } else { copies::find(&self.machine, hello, identities) };
        match copied {
            None => Ok(()),
            Some(copied) => Err(self.refuse_copy(copied).await),
        }
    }

    async fn refuse_copy(&self, copied: Copied) -> Ending {
        Ending::Said(copies::refuse(&self.desk, &self.machine, self.peer, &copied).await)
    }

    /// Enters the connection as the machine's only one. One that stands and lives is never ended for a newcomer.
    ///
    /// Agents that keep no turns may be there twice, as they always could: of them, it is each recording that has one holder.
    async fn take_place(&mut self, hello: &Hello) -> Result<(Registration, mpsc::Receiver<Command>), Ending> {
        self.switches = Switches { takes_control: hello.takes_control, recording_off: hello.recording_off };
        let agents = &self.desk.agents;
        if !hello.keeps_identity {
            return Ok(agents.enter(self.connection, self.machine.id, self.switches));
        }
        loop {
            let probes = match agents.enter_alone(self.connection, self.machine.id, self.switches) {
                Ok(entered) => return Ok(entered),
                Err(probes) => probes,
            };
            for probe in probes {
                match timeout(PROBE_TIMEOUT + PROBE_SLACK, probe).await {
                    // It is gone.
                    Ok(Err(_)) => {}
                    Ok(Ok(())) => return Err(self.refuse_copy(Copied::TWICE).await),
                    // It waits for something and comes to nothing else: whether it lives is not known, and it ends in time if not.
                    Err(_) => return Err(say(ByeCode::Overloaded, PLACE_RETRY_SECS, NOT_KNOWN_TO_BE_GONE)),
                }
            }
        }
    }

    /// What the machine says of its system and hardware is kept the first time.
    async fn bind(&self, hello: &Hello) -> Result<(), Ending> {
        let Machine { id, host_id, hardware_id, .. } = &self.machine;
        let said = hello.host_id.as_deref().unwrap_or_default();
        if (host_id.is_empty() && !said.is_empty()) || (hardware_id.is_none() && hello.hardware_id.is_some()) {
            let bound = self.desk.catalogue.bind_machine(*id, said, hello.hardware_id.as_deref()).await;
            bound.map_err(|error| renewal::failed(&error))?;
        }
        Ok(())
    }

    /// The machine has the turn of this connection on disk: an earlier one is of a copy from now on.
    pub(super) async fn note_turn(&mut self, turn: &[u8]) {
        let Some((number, _)) = self.turn_given.take_if(|(_, given)| given == turn) else { return };
        if let Err(error) = self.desk.catalogue.note_turn(self.machine.id, number).await {
            tracing::error!(machine = %self.machine.name, %error, "a machine's turn could not be noted");
        }
    }

    /// The first key that a machine names is kept; another one later is a machine that was restored, cloned or taken over.
    async fn take_signing_key(&self, key: &str) {
        match self.desk.catalogue.take_signing_key(self.machine.id, key).await {
            Ok(kept) if kept == key => {}
            Ok(kept) => {
                let text = format!(
                    "{} signs its recordings with the key {key}, and {kept} is known for it; if nobody made it a new \
                     one, somebody else records under its name. Enrol the machine anew to accept a new key",
                    self.machine.name
                );
                self.desk.diagnosis.report(Finding::OtherSigningKey, Some(self.machine.id), None, text).await;
            }
            Err(error) => {
                tracing::error!(machine = %self.machine.name, %error, "a machine's signing key could not be kept");
            }
        }
    }
}
