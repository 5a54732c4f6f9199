//! A recorder that keeps what is shown in memory, and writes nothing before somebody asks for a recording.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Basic;
use super::gate::Gate;
use super::values::ScreenChoice;
use crate::in_session::Shows as _;
use crate::recorder::{Order, RecordingStart, StartParameters};
use crate::sessions::Desktop;
use crate::supervisor::RecorderProcess;

/// Waits before a recorder that ended is started again.
const FIRST_RESTART: Duration = Duration::from_secs(1);
const LONGEST_RESTART: Duration = Duration::from_secs(60);
/// A recorder that ran so long is not one that cannot start.
const SETTLED: Duration = Duration::from_secs(60);

/// A recorder and its gate.
pub struct Recorder {
    /// The process.
    pub process: RecorderProcess,
    /// Where its blocks go.
    pub gate: Arc<Gate>,
    /// Since when it keeps what is shown, as `CLOCK_BOOTTIME` in microseconds.
    pub since_us: u64,
}

/// The recorder of a session that stands by, if there is to be one.
#[derive(Default)]
pub struct Standby {
    recorder: Option<(Recorder, Duration)>,
    failed: Option<(Instant, Duration)>,
}

impl Standby {
    /// Sees to it that a recorder stands by for so long, or none at all.
    pub async fn see_to(&mut self, basic: &Arc<Basic>, desktop: &Desktop, time: Option<Duration>) {
        if self.recorder.as_ref().map(|(_, time)| *time) == time {
            return;
        }
        self.end().await;
        let Some(time) = time else { return };
        if self.failed.is_some_and(|(at, pause)| at.elapsed() < pause) {
            return;
        }
        match start(basic, desktop, Gate::closed(), How::StandingBy(time)).await {
            Ok(recorder) => self.recorder = Some((recorder, time)),
            Err(error) => {
                tracing::warn!(display = desktop.server.display, "nothing is kept from before a recording: {error:#}");
                self.fail();
            }
        }
    }

    /// Waits until the recorder ends, which it should not; for ever without one.
    pub async fn failed(&mut self) {
        let Some((recorder, _)) = &mut self.recorder else { return std::future::pending().await };
        let finish = recorder.process.finished().await;
        if recorder.process.age() > SETTLED {
            self.failed = None;
        }
        tracing::warn!(?finish, "a recorder that stood by has ended");
        self.recorder = None;
        self.fail();
    }

    /// The recorder, which stands by no longer, and how much it may hold.
    pub fn take(&mut self) -> Option<(Recorder, Duration)> {
        self.recorder.take()
    }

    /// Ends it; what it held is gone.
    pub async fn end(&mut self) {
        if let Some((mut recorder, _)) = self.recorder.take() {
            recorder.process.end().await;
        }
    }

    fn fail(&mut self) {
        let pause = self.failed.map_or(FIRST_RESTART, |(_, pause)| (pause * 2).min(LONGEST_RESTART));
        self.failed = Some((Instant::now(), pause));
    }
}

/// What a recorder is to do.
pub enum How {
    /// Keep what is shown for so long.
    StandingBy(Duration),
    /// Record these screens from here on.
    At(RecordingStart, ScreenChoice, Option<String>),
}

/// Starts a recorder.
pub async fn start(basic: &Arc<Basic>, desktop: &Desktop, gate: Arc<Gate>, how: How) -> anyhow::Result<Recorder> {
    let uid = basic.uid()?;
    let (basic, desktop) = (Arc::clone(basic), desktop.clone());
    let start = move || {
        let cookie = desktop.cookie();
        let since_us = capture::boottime_us();
        let (start, screen, paused, stand_by) = match how {
            How::StandingBy(time) => (RecordingStart::at(since_us), None, None, time),
            How::At(start, screen, paused) => (start, Some(screen), paused, Duration::ZERO),
        };
        let hold_us = u64::try_from(basic.settings.custom_events.hold().as_micros()).unwrap_or_default();
        let parameters = StartParameters {
            display: desktop.server.display.clone(),
            server_pid: Some(desktop.server.process.pid),
            cookie,
            start,
            fps: basic.settings.fps,
            seal: None,
            hide: None,
            hold_us,
            paused,
            events_only: false,
            screen,
            documents: false,
            stand_by_us: u64::try_from(stand_by.as_micros()).unwrap_or_default(),
        };
        let into = Arc::clone(&gate);
        let take = move |blocks: &[recording::RawBlock]| into.take(blocks);
        let process = RecorderProcess::start(&basic.settings.recorder_program, uid, &parameters, take, Arc::default())?;
        Ok(Recorder { process, gate, since_us })
    };
    tokio::task::spawn_blocking(start).await?
}

impl Recorder {
    /// Has a recorder that stands by write from this moment on.
    ///
    /// # Errors
    /// If it does not listen.
    pub fn begin(&mut self, from_us: u64, screen: ScreenChoice) -> std::io::Result<()> {
        self.process.order(&Order::Begin { from_us, screen, seal: None })
    }
}
