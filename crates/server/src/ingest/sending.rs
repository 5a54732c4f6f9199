//! What goes out on one agent's connection.

use std::time::Duration;

use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use protocol::{Seal, ServerMessage};
use sealing::SealPlan;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// An agent that takes nothing for so long is given up.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// The last words have this long to go out.
pub(super) const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);

/// Something to send.
pub(super) enum Outgoing {
    Message(Box<ServerMessage>),
    Ping,
}

/// Sends until there is nothing left to send, ever, or the last word was said.
pub(super) async fn write<S>(mut sink: SplitSink<WebSocketStream<S>, Message>, mut to_send: mpsc::Receiver<Outgoing>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    while let Some(outgoing) = to_send.recv().await {
        let (frame, last) = match outgoing {
            Outgoing::Ping => (Message::Ping(Bytes::new()), false),
            Outgoing::Message(message) => match message.encode() {
                Ok(bytes) => (Message::Binary(bytes.into()), matches!(*message, ServerMessage::Bye(_))),
                Err(error) => {
                    tracing::error!(%error, "a message to an agent is out of bounds and was left out");
                    continue;
                }
            },
        };
        if !matches!(timeout(SEND_TIMEOUT, sink.send(frame)).await, Ok(Ok(()))) {
            return;
        }
        if last {
            break;
        }
    }
    let _ = timeout(FAREWELL_TIMEOUT, sink.close()).await;
}

pub(super) fn wire_seal(plan: &SealPlan) -> Seal {
    Seal {
        classes: plan.classes().iter().map(|class| class.as_str().to_owned()).collect(),
        recipients: plan.recipients().iter().map(ToString::to_string).collect(),
    }
}
