//! From Hello to Welcome: who this is, and what it keeps of that.

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::{AgentMessage, Hello, Limits, Renew, ServerMessage, VERSION, Welcome};
use tokio_tungstenite::tungstenite::Message;

use super::connection::Socket;
use super::conversation::{Conversation, Ended, live};

impl Conversation<'_> {
    /// Says Hello, and gives the answer with the turn that is on disk.
    pub(crate) async fn greet(&self, socket: &mut Socket) -> Result<(Welcome, Option<Vec<u8>>), Ended> {
        let not_welcome = |why: String| Ended::failed(why, false);
        let keeper = self.settings.keeper.as_ref();
        let hello = AgentMessage::Hello(Hello {
            versions: vec![VERSION],
            machine_id: self.settings.identity.machine_id.clone(),
            machine: self.settings.machine.clone(),
            software: self.settings.software.clone(),
            os: self.settings.os.clone(),
            limits: Limits::default(),
            live: live(self.spool),
            signing_key: self.settings.signing_key,
            // The recorders of every agent that is built with this crate do.
            can_seal: true,
            takes_control: self.settings.takes_control,
            recording_off: self.settings.recording_off,
            turn: keeper.and_then(|keeper| keeper.turn()),
            host_id: self.settings.host_id.clone(),
            hardware_id: self.settings.hardware_id.clone(),
            keeps_identity: keeper.is_some(),
            takes_detection: true,
        });
        send(socket, &hello).await?;
        match receive(socket).await? {
            ServerMessage::Welcome(welcome) if welcome.version == VERSION => {
                let turn = self.keep_turn(welcome.turn.clone()).await;
                Ok((welcome, turn))
            }
            ServerMessage::Welcome(welcome) => {
                Err(not_welcome(format!("the server chose unknown version {}", welcome.version)))
            }
            ServerMessage::Bye(bye) => Err(Ended::bye(&bye, false)),
            ServerMessage::RenewFirst(first) => Err(self.renew_first(socket, &first.text).await?),
            _ => Err(not_welcome("the server did not answer Hello with Welcome".to_owned())),
        }
    }

    /// Has the turn on disk, before the server is told so. Where it cannot be kept the one before counts on.
    async fn keep_turn(&self, turn: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let (keeper, turn) = (self.settings.keeper.clone()?, turn?);
        let kept = tokio::task::spawn_blocking(move || keeper.keep_turn(&turn).map(|()| turn)).await;
        match kept.map_err(std::io::Error::from).and_then(|kept| kept) {
            Ok(turn) => Some(turn),
            Err(error) => {
                tracing::warn!(%error, "the turn that the server gave could not be kept");
                None
            }
        }
    }

    /// The identity has expired: it is renewed, and nothing else is done on this connection.
    async fn renew_first(&self, socket: &mut Socket, text: &str) -> Result<Ended, Ended> {
        let Some(keeper) = self.settings.keeper.as_ref().filter(|_| self.may_renew) else {
            return Err(Ended::failed(text, false));
        };
        tracing::warn!("{text}");
        let request = keeper.request().map_err(|error| Ended::failed(error, false))?;
        send(socket, &AgentMessage::Renew(Renew { request })).await?;
        match receive(socket).await? {
            ServerMessage::Renewed(renewed) => Ok(Ended::renewed(renewed.certificate)),
            ServerMessage::Bye(bye) => Err(Ended::bye(&bye, false)),
            _ => Err(Ended::failed("the server did not answer Renew", false)),
        }
    }
}

/// Sends one message of the greeting.
async fn send(socket: &mut Socket, message: &AgentMessage) -> Result<(), Ended> {
    let bytes = message.encode().map_err(|error| Ended::failed(error, false))?;
    socket.send(Message::Binary(bytes.into())).await.map_err(|error| Ended::failed(error, false))
}

/// The next message of the greeting.
async fn receive(socket: &mut Socket) -> Result<ServerMessage, Ended> {
    loop {
        let message = socket.next().await.ok_or_else(|| Ended::failed("the server hung up after Hello", false))?;
        match message.map_err(|error| Ended::failed(error, false))? {
            Message::Binary(bytes) => {
                return ServerMessage::decode(&bytes).map_err(|error| Ended::failed(error, false));
            }
            Message::Ping(_) | Message::Pong(_) => {}
            _ => return Err(Ended::failed("the server did not answer Hello", false)),
        }
    }
}
