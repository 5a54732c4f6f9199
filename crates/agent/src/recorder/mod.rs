//! `kinescope-agent recorder`: the process that records one display. Started by the agent, one for each session, under
//! a uid of its own; whatever happens to it harms no other session.
//!
//! * stdin: one line of JSON, [`StartParameters`]; then, for as long as it stays open, lines of JSON that are [`Order`]s. From the agent
//!   it is a socket, over which the recorder says, in lines of JSON too ([`Said`]), whether it sees the display, and asks whose windows it sees
//!   where some are covered. Documents of which a copy is kept are handed over beside their line.
//! * stdout: blocks of the recording, whole and self-delimiting. Each group begins with its Group block, a key frame of the
//!   screen and a snapshot of the pointer. Nothing else is ever written there.
//! * stderr: diagnostics.
//! * SIGTERM or SIGINT: what was captured is flushed, then it ends. So it does when stdout is closed.
//! * exit code: see [`exit`].
//!
//! If stdout is not read fast enough, fewer pictures are taken; damage adds up in the X server's region, nowhere here.

mod asked;
mod blocks;
mod documents;
mod events_only;
mod hold;
mod inlet;
mod orders;
mod outlet;
mod pausing;
mod run;
mod screens;
mod sealed_writer;
mod sight;
mod start;
mod stop;
mod thumbnail;

pub use asked::MAX_QUESTION_BYTES;
pub use blocks::BlockMaker;
pub use documents::{Content, Document};
pub use orders::{Order, Orders, SharedOrders};
pub use outlet::{Outlet, OutletError};
pub use pausing::Pausing;
pub use run::{Finish, Recorder, RunError};
pub use sealed_writer::{SealedWriter, WriteError};
pub use sight::{Said, Sight};
pub use start::{Hide, RecordingStart, SealStart, StartError, StartParameters, from_hex, interval};
pub use stop::StopSignals;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use capture::{ConnectionParams, OpenError, Options, ServerIdentity, X11Source};

use outlet::PipeOutlet;

/// What a recorder's exit code says.
pub mod exit {
    /// The session ended (its display is gone), or a signal asked to stop; everything was written.
    pub const ENDED: u8 = 0;
    /// Something failed that has no code of its own; stderr says what.
    pub const FAILED: u8 = 1;
    /// The start parameters could not be read, or make no sense.
    pub const BAD_START: u8 = 2;
    /// The connection to the display was lost and could not be made again, though a server answers.
    pub const CONNECTION_LOST: u8 = 3;
    /// The display could not be opened, or became something that cannot be recorded.
    pub const CANNOT_RECORD: u8 = 4;
    /// Nobody reads stdout any more.
    pub const NOT_READ: u8 = 5;
    /// The session has not all of the screens that are to be recorded.
    pub const NO_SUCH_SCREEN: u8 = 6;
}

/// Runs the subcommand.
pub fn run() -> ExitCode {
    let code = match record_to_stdout() {
        Ok(Finish::DisplayGone | Finish::Stopped) => exit::ENDED,
        Ok(Finish::NotRead) => exit::NOT_READ,
        Err(error) => {
            tracing::error!("{error:#}");
            exit_code(&error)
        }
    };
    ExitCode::from(code)
}

fn record_to_stdout() -> anyhow::Result<Finish> {
    let stop = StopSignals::catch().context("signals cannot be caught")?;
    let (parameters, orders) = Orders::stdin()?;
    if parameters.events_only {
        return events_only::record(parameters, orders, &stop);
    }
    let orders = SharedOrders::new(orders).context("stdin cannot be listened to")?;
    let params = ConnectionParams { display: parameters.display.clone(), cookie: parameters.cookie_bytes()? };
    let cover = parameters.hide.as_ref().map(|hide| hide.options(Arc::new(Mutex::new(orders.clone()))));
    let options = Options { interval: parameters.interval()?, cover, single_monitor: true, ..Options::default() };
    let mut outlet = PipeOutlet::stdout(&stop).context("stdout is not open")?;
    let source = X11Source::open(&params, &options)?;
    check_server(parameters.server_pid, source.server())?;
    let mut blocks = BlockMaker::new(parameters.start, SealedWriter::new(parameters.seal));
    blocks.note(parameters.hide.as_ref().map(Hide::event));
    if parameters.documents {
        blocks.keep_documents();
    }
    parameters.screen.into_iter().for_each(|choice| blocks.choose(choice));
    let hold = Duration::from_micros(parameters.hold_us);
    let pausing = match parameters.stand_by_us {
        0 => Pausing::new(hold, parameters.paused),
        time_us => Pausing::standing_by(Duration::from_micros(time_us), hold),
    };
    let (params, options, outlet, stop) = (&params, &options, &mut outlet, &stop);
    let mut recorder =
        Recorder { params, options, blocks, outlet, stop, orders, pausing, until: None, sight: None, end_told: false };
    Ok(recorder.run(source)?)
}

/// A user may put another server's socket in the place of the session's own, and show there what he likes.
///
/// # Errors
/// If another process serves the display.
pub fn check_server(expected: Option<u32>, found: Option<&ServerIdentity>) -> anyhow::Result<()> {
    let other = expected.zip(found).filter(|(expected, found)| u32::try_from(found.pid) != Ok(*expected));
    ensure!(other.is_none(), "another program listens in the place of the session's X server");
    Ok(())
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<StartError>() {
        return exit::BAD_START;
    }
    if error.is::<OpenError>() {
        return exit::CANNOT_RECORD;
    }
    match error.downcast_ref::<RunError>() {
        Some(RunError::Reopen(_)) => exit::CONNECTION_LOST,
        Some(RunError::Write(WriteError::Screens(_))) => exit::NO_SUCH_SCREEN,
        Some(RunError::Capture(_) | RunError::Write(_)) => exit::CANNOT_RECORD,
        Some(RunError::Outlet(_)) | None => exit::FAILED,
    }
}
