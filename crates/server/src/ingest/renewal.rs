//! Renewing a machine's certificate over its own connection. The earlier one counts until the new one is used.

use std::time::Duration;

use catalogue::{AdministratorAction, CatalogueError, Standing};
use protocol::{AgentMessage, ByeCode, Renew, RenewFirst, Renewed, ServerMessage};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout};

use super::connection::{Conversation, Ending, Source, say};
use super::diagnosis::Finding;
use super::greeting;
use crate::clock::{self, DAY_US};

/// An agent whose certificate has expired has this long to ask for another.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections are not timed further ahead than this; a machine that stays on for longer connects anew.
const LONGEST_US: i64 = 365 * DAY_US;

impl Conversation {
    /// When the certificate of this connection expires, and with it the connection.
    pub(super) fn expires(&self) -> Instant {
        let left_us = self.certificate.not_after_us.saturating_sub(clock::now_us()).clamp(0, LONGEST_US);
        Instant::now() + Duration::from_micros(left_us.unsigned_abs())
    }

    pub(super) fn has_expired(&self) -> bool {
        self.certificate.not_after_us <= clock::now_us()
    }

    /// The certificate was issued by a renewal and is used for the first time: what was before counts no more.
    pub(super) async fn take_up_certificate(&mut self) -> Result<(), Ending> {
        if self.certificate.standing != Standing::Next {
            return Ok(());
        }
        let entry = AdministratorAction {
            at_us: clock::now_us(),
            who: String::new(),
            address: self.peer.ip().to_string(),
            action: "machine-identity-renewed".to_owned(),
            subject: self.machine.id.simple().to_string(),
            detail: self.machine.name.clone(),
            before: None,
            after: None,
        };
        let catalogue = &self.desk.catalogue;
        let done = match catalogue.log_administrator(&entry).await {
            Ok(()) => catalogue.use_next_certificate(self.machine.id, &self.certificate.fingerprint, entry.at_us).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => {
                self.certificate.standing = Standing::Current;
                Ok(())
            }
            // It was revoked, or enrolled again, since the connection was made.
            Err(CatalogueError::NotFound { .. }) => Err(Ending::Said(greeting::unknown())),
            Err(error) => Err(failed(&error)),
        }
    }

    /// For a machine whose certificate has expired: it may renew it, and nothing else.
    pub(super) async fn only_renew<S>(&mut self, can_renew: bool, source: &mut Source<S>) -> Ending
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let name = &self.machine.name;
        if !can_renew || self.desk.options.identities.is_none() {
            let text = format!("{name}'s identity has expired and its agent does not renew it; enrol it again");
            self.desk.diagnosis.report(Finding::IdentityExpired, Some(self.machine.id), None, text).await;
            let text = "this machine's identity has expired; install a newer agent, or enrol it again with a token: \
                kinescope-agent enrol --again --server https://… --token-file FILE";
            return say(ByeCode::IdentityExpired, 600, text);
        }
        tracing::info!(machine = name, "an identity that has expired may be renewed");
        let text = "this machine's identity has expired: it is renewed first".to_owned();
        if let Err(ending) = self.send(ServerMessage::RenewFirst(RenewFirst { text })).await {
            return ending;
        }
        let until = Instant::now() + RENEWAL_TIMEOUT;
        loop {
            let frame = match timeout(until.saturating_duration_since(Instant::now()), source.next_frame()).await {
                Err(_) => return say(ByeCode::IdentityExpired, 60, "the identity was not renewed in time"),
                Ok(frame) => frame,
            };
            match self.message(frame) {
                Ok(Some(AgentMessage::Renew(renew))) => {
                    // The agent connects anew with the next one.
                    return self.renew(&renew).await.err().unwrap_or(Ending::Gone);
                }
                Ok(Some(_)) => {
                    let text = "an identity that has expired may do nothing but be renewed";
                    return say(ByeCode::ProtocolViolation, 60, text);
                }
                Ok(None) => {}
                Err(ending) => return ending,
            }
        }
    }

    /// Issues a certificate. Once in a connection, and only when one is due: it costs a signature and a write to disk.
    pub(super) async fn renew(&mut self, renew: &Renew) -> Result<(), Ending> {
        let Some(identities) = self.desk.options.identities.clone() else {
            return Err(say(ByeCode::ProtocolViolation, 0, "this server does not renew identities"));
        };
        let due = identities.is_due(clock::now_us(), self.certificate.not_after_us);
        if !due || std::mem::replace(&mut self.has_renewed, true) {
            return Err(say(ByeCode::ProtocolViolation, 60, "no renewal is due"));
        }
        let issued = identities.renew(&renew.request, self.machine.id);
        let issued = issued.map_err(|error| say(ByeCode::ProtocolViolation, 60, error.to_string()))?;
        let kept =
            self.desk.catalogue.keep_next_certificate(self.machine.id, &issued.fingerprint, issued.not_after_us).await;
        match kept {
            Ok(()) => self.send(ServerMessage::Renewed(Renewed { certificate: issued.pem })).await,
            Err(CatalogueError::NotFound { .. }) => Err(Ending::Said(greeting::revoked())),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// The catalogue does not do what it should: the machine tries again.
pub(super) fn failed(error: &CatalogueError) -> Ending {
    tracing::error!(%error, "a machine's identity could not be looked after");
    say(ByeCode::Overloaded, 10, "the server's catalogue does not answer; try again")
}
