//! Following a recording while it grows: bytes from storage as soon as they are accepted, over a WebSocket.
//!
//! A viewer reads from storage up to the accepted length, so a slow one holds nothing up and costs one piece of memory.
//! The connection outlives its request; the person's right to it is checked again while it lasts.

use std::sync::Arc;
use std::time::Duration;

use api::{LiveMessage, LiveState, Operation};
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use recording::RecordingId;
use serde::Deserialize;
use storage::RecordingReader;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, MissedTickBehavior};

use crate::app::App;
use crate::authorise::{self, Viewer};
use crate::failure::Failure;
use crate::ingest::{Accepted, Liveness};
use crate::routes::recordings::find_to_play;
use crate::routes::{Asked, Id};

/// Bytes of a recording in one message.
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes in front of them: where they stand.
const OFFSET_BYTES: usize = 8;
/// Viewers send nothing but control frames.
const MOST_INCOMING_BYTES: usize = 1024;
/// A viewer that takes nothing for so long is let go.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the right to watch is checked again and the other end is asked for a sign of life.
const CHECK_EVERY: Duration = Duration::from_secs(20);
/// A viewer that gave no sign of life for so long is let go.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(65);

/// Query of the live connection.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Offset of the first byte that is wanted.
    #[serde(default)]
    from: u64,
}

/// Opens a live connection.
///
/// # Errors
/// There is no such recording, the person may not see it, too many watch already, or this is no WebSocket.
pub async fn watch(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    id: Id,
    Asked(Start { from }): Asked<Start>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let recording = find_to_play(&app, &viewer, id.recording()?).await?;
    let upgrade = upgrade.map_err(|rejection| Failure::bad_request(rejection.body_text()))?;
    let reader = app.store.reader(recording.id)?;
    if from > reader.length() {
        return Err(Failure::bad_request(format!("from is beyond the {} bytes stored now.", reader.length())));
    }
    let place = Arc::clone(&app.live_places)
        .try_acquire_owned()
        .map_err(|_| Failure::busy("Too many live recordings are being watched."))?;
    let progress = app.ingest.live().watch(recording.id);
    let watched = Watched { app, viewer, id: recording.id, reader, position: from, progress, _place: place };
    Ok(upgrade
        .max_message_size(MOST_INCOMING_BYTES)
        .max_frame_size(MOST_INCOMING_BYTES)
        .on_upgrade(move |socket| watched.serve(socket)))
}

/// A viewer's connection.
struct Watched {
    app: Arc<App>,
    viewer: Viewer,
    id: RecordingId,
    reader: RecordingReader,
    /// Where the next byte to send stands.
    position: u64,
    /// Absent for a recording that does not grow.
    progress: Option<watch::Receiver<Accepted>>,
    _place: OwnedSemaphorePermit,
}

/// Why a connection ends, as a WebSocket close code and a word.
type Ending = (u16, &'static str);

const ENDED: Ending = (close_code::NORMAL, "the recording has ended");
const STOPPING: Ending = (close_code::AWAY, "the server stops");
const NOT_ALLOWED: Ending = (close_code::POLICY, "not allowed any more");
const SHORTENED: Ending = (close_code::RESTART, "begin again: the recording's newest part was given up");
const FAILED: Ending = (close_code::ERROR, "the recording cannot be read");
const GONE: Ending = (close_code::AWAY, "no sign of life");

impl Watched {
    async fn serve(mut self, mut socket: WebSocket) {
        self.app.metrics.live_viewers.increment(1.0);
        let (code, reason) = self.follow(&mut socket).await;
        self.app.metrics.live_viewers.decrement(1.0);
        tracing::debug!(recording = %self.id, viewer = %self.viewer.name, reason, "a live connection ended");
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        let _ = tokio::time::timeout(SEND_TIMEOUT, socket.send(close)).await;
    }

    async fn follow(&mut self, socket: &mut WebSocket) -> Ending {
        let mut stopping = self.app.stopping.clone();
        let mut check = tokio::time::interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        let mut told = None;
        loop {
            let now = self.accepted();
            if let Err(ending) = self.send_up_to(socket, now.length).await {
                return ending;
            }
            let state = state(now.state);
            if told != Some(state) {
                if let Err(ending) = send(socket, self.message(state, now.length)).await {
                    return ending;
                }
                told = Some(state);
            }
            if state == LiveState::Ended {
                return ENDED;
            }
            tokio::select! {
                () = changed(&mut self.progress) => {}
                () = stopping.begun() => return STOPPING,
                message = socket.recv() => match message {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => heard = Instant::now(),
                    _ => return GONE,
                },
                _ = check.tick() => {
                    if heard.elapsed() > SILENCE_TIMEOUT {
                        return GONE;
                    }
                    if !authorise::still_allowed(&self.app, Operation::WatchRecording, &self.viewer).await {
                        return NOT_ALLOWED;
                    }
                    if let Err(ending) = send(socket, Message::Ping(Bytes::new())).await {
                        return ending;
                    }
                }
            }
        }
    }

    /// What can be read now. Taking it marks it as seen, so that only later changes wake this viewer.
    fn accepted(&mut self) -> Accepted {
        match &mut self.progress {
            Some(progress) => *progress.borrow_and_update(),
            None => Accepted { length: self.reader.length(), state: Liveness::Ended },
        }
    }

    async fn send_up_to(&mut self, socket: &mut WebSocket, length: u64) -> Result<(), Ending> {
        if length < self.position {
            return Err(SHORTENED);
        }
        while self.position < length {
            let (reader, position) = (self.reader.clone(), self.position);
            let limit = usize::try_from(length - position).unwrap_or(usize::MAX).min(PIECE_BYTES);
            let read = tokio::task::spawn_blocking(move || {
                let mut message = vec![0; OFFSET_BYTES + limit];
                message[..OFFSET_BYTES].copy_from_slice(&position.to_le_bytes());
                let read = reader.read(position, &mut message[OFFSET_BYTES..])?;
                message.truncate(OFFSET_BYTES + read);
                Ok::<_, storage::StorageError>((message, read as u64))
            });
            let (message, read) = match read.await {
                Ok(Ok(read)) => read,
                Ok(Err(error)) => {
                    tracing::error!(recording = %self.id, %error, "a live viewer was let go");
                    return Err(FAILED);
                }
                Err(_) => return Err(FAILED),
            };
            if read == 0 {
                return Err(SHORTENED);
            }
            send(socket, Message::Binary(message.into())).await?;
            self.app.metrics.played_bytes.increment(read);
            self.position += read;
        }
        Ok(())
    }

    #[expect(clippy::expect_used, reason = "two plain fields always make JSON")]
    fn message(&self, state: LiveState, length: u64) -> Message {
        Message::Text(serde_json::to_string(&LiveMessage { state, length }).expect("plain fields").into())
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), Ending> {
    match tokio::time::timeout(SEND_TIMEOUT, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(GONE),
    }
}

/// Waits for progress; without any to come, for ever.
async fn changed(progress: &mut Option<watch::Receiver<Accepted>>) {
    let Some(receiver) = progress else { return std::future::pending().await };
    if receiver.changed().await.is_err() {
        // The recording was closed and forgotten: what is stored is all there is.
        *progress = None;
    }
}

fn state(state: Liveness) -> LiveState {
    match state {
        Liveness::Live => LiveState::Live,
        Liveness::Silent => LiveState::Silent,
        Liveness::Ended => LiveState::Ended,
    }
}
