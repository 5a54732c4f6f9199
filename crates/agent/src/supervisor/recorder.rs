//! One recorder process: started, its blocks taken into the spool, ended.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IoSlice, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ChildStdout};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use nix::unistd::Pid;
use recording::{BlockScanner, RawBlock, Scanned};
use sealing::Demand;
use spool::{Journal, SpoolError};
use tokio::sync::oneshot;

use super::confined::part_of;
use super::sight::Sighted;
use super::uids::HeldUid;
use crate::clock;
use crate::programs::{LOOK_EVERY, ProgramWatch};
use crate::recorder::{MAX_QUESTION_BYTES, Order, Said, StartParameters};

/// Read from the pipe at once; a block fits.
const READ_BYTES: usize = 64 << 10;
/// How long a recorder may take to end after its last byte, or after it was asked to.
const GRACE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(20);
/// A thread that only listens.
const LISTENER_STACK_BYTES: usize = 256 << 10;
/// Has the C library ask for large pages: comparing whole pictures in them takes less time. Libraries other than glibc (2.35 or newer)
/// ignore it.
const LARGE_PAGES: (&str, &str) = ("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");

/// How a recorder ended.
#[derive(Debug)]
pub struct Finish {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it did wrong, if it was ended for that.
    pub fault: Option<String>,
}

/// A recorder that runs.
pub struct RecorderProcess {
    child: Arc<Mutex<Child>>,
    stdin: UnixStream,
    finished: oneshot::Receiver<Finish>,
    started: Instant,
}

impl RecorderProcess {
    /// Starts a recorder and gives its blocks away as they come; what it says of its sight goes into `sight`.
    ///
    /// # Errors
    /// If the program or the thread that reads from it cannot be started.
    pub fn start(
        program: &Path,
        uid: Option<HeldUid>,
        parameters: &StartParameters,
        take: impl FnMut(&[RawBlock]) -> Result<(), String> + Send + 'static,
        sight: Arc<Sighted>,
    ) -> anyhow::Result<Self> {
        let mut command = part_of(program, "recorder", uid.as_ref().map(HeldUid::uid));
        let (stdin, theirs) = UnixStream::pair().context("no socket for the recorder")?;
        command.stdin(OwnedFd::from(theirs)).env(LARGE_PAGES.0, LARGE_PAGES.1);
        let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        // Drops our copy of its end, so that the other one is seen to close.
        drop(command);
        let stdout = child.stdout.take();
        let child = Arc::new(Mutex::new(child));
        let (finish, finished) = oneshot::channel();
        let stdout = stdout.context("the recorder has no pipe")?;
        let mut process = Self { child: Arc::clone(&child), stdin, finished, started: Instant::now() };
        tell(&mut process.stdin, parameters).context("the recorder does not take its parameters")?;
        listen(&process.stdin, parameters, sight)?;
        let demand = parameters.seal.as_ref().map(|seal| Demand::new(seal.plan.clone()));
        std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || {
                let fault = take_blocks(stdout, take, demand.as_ref()).err();
                let code = reap(&child, fault.is_some());
                drop(uid);
                // Whoever started it may have stopped caring.
                let _ = finish.send(Finish { code, fault });
            })
            .context("cannot start a thread for the recorder")?;
        Ok(process)
    }

    /// Waits until it has ended and its last block is in the spool.
    pub async fn finished(&mut self) -> Finish {
        (&mut self.finished).await.unwrap_or(Finish { code: None, fault: None })
    }

    /// How long it has been running.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Tells it something; never waits.
    ///
    /// # Errors
    /// If it does not listen: it hangs, or has ended.
    pub fn order(&mut self, order: &Order) -> std::io::Result<()> {
        let line = order.line()?;
        let written = say(&self.stdin, &line, order.file())?;
        if written < line.len() {
            // Half a line makes what follows unreadable; a recorder with a full pipe hangs anyway.
            self.ask_to_end();
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        Ok(())
    }

    /// Asks it to flush and end; does not wait.
    pub fn ask_to_end(&self) {
        signal(&self.child, Signal::SIGTERM);
    }

    /// Asks it to end, and ends it if it takes longer than it may.
    pub async fn end(&mut self) -> Finish {
        self.ask_to_end();
        if let Ok(finish) = tokio::time::timeout(GRACE, self.finished()).await {
            return finish;
        }
        signal(&self.child, Signal::SIGKILL);
        self.finished().await
    }
}

impl Drop for RecorderProcess {
    fn drop(&mut self) {
        signal(&self.child, Signal::SIGKILL);
    }
}

/// Sends a signal, unless the process has ended: its number may belong to another one by then.
fn signal(child: &Mutex<Child>, signal: Signal) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Ok(None), Ok(pid)) = (child.try_wait(), i32::try_from(child.id())) {
        // It cannot have been waited for meanwhile: that takes the lock.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

/// Cookies travel this way only: arguments and environment can be read by others.
fn tell(stdin: &mut UnixStream, parameters: &StartParameters) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(parameters)?;
    line.push(b'\n');
    Ok(stdin.write_all(&line)?)
}

/// Says something without waiting for a recorder that does not listen, and hands over a file. A line goes in one piece, whoever else says
/// something.
fn say(stdin: &UnixStream, line: &[u8], file: Option<&File>) -> std::io::Result<usize> {
    let descriptors: Vec<RawFd> = file.iter().map(|file| file.as_raw_fd()).collect();
    let handed = [ControlMessage::ScmRights(&descriptors)];
    let handed = if descriptors.is_empty() { &[] } else { &handed[..] };
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    Ok(sendmsg::<()>(stdin.as_raw_fd(), &[IoSlice::new(line)], handed, flags, None)?)
}

/// Hears whether the recorder sees the display, and tells it whose windows are private: it may not look at processes itself. What it
/// says is not trusted: it harms its own session at most.
fn listen(stdin: &UnixStream, parameters: &StartParameters, sight: Arc<Sighted>) -> anyhow::Result<()> {
    let watch = parameters.hide.as_ref().map(|hide| ProgramWatch::named(hide.programs.clone()));
    let stream = stdin.try_clone()?;
    // Without programs to look for nobody has to wake.
    stream.set_read_timeout(watch.as_ref().map(|_| LOOK_EVERY))?;
    std::thread::Builder::new()
        .name("listener".to_owned())
        .stack_size(LISTENER_STACK_BYTES)
        .spawn(move || keep_listening(&stream, watch, &sight))
        .context("cannot start a thread that listens to the recorder")?;
    Ok(())
}

fn keep_listening(stream: &UnixStream, mut watch: Option<ProgramWatch>, sight: &Sighted) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    let mut looked = Instant::now();
    loop {
        if let Some(watch) = watch.as_mut().filter(|_| looked.elapsed() >= LOOK_EVERY) {
            watch.look();
            looked = Instant::now();
        }
        let room = MAX_QUESTION_BYTES.saturating_sub(line.len()) as u64;
        match (&mut reader).take(room).read_until(b'\n', &mut line) {
            Ok(_) if line.ends_with(b"\n") => {}
            // What came of a line is kept, and the rest waited for.
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::Interrupted) => {
                continue;
            }
            // It has ended, or says what no recorder says.
            _ => return,
        }
        let Ok(said) = serde_json::from_slice::<Said>(&line) else { return };
        line.clear();
        let answer = match (said, &mut watch) {
            (Said::Sight(seen), _) => {
                sight.said(seen, Instant::now());
                continue;
            }
            (Said::Whose(whose), Some(watch)) => Order::answer(whose, watch.class(whose.pid)),
            (Said::Whose(_), None) => return,
        };
        if !answer.line().is_ok_and(|line| say(stream, &line, None).is_ok_and(|said| said == line.len())) {
            return;
        }
    }
}

/// Takes what the recorder writes until it closes its output, breaks the format, or leaves open what must be sealed.
fn take_blocks(
    mut stdout: ChildStdout,
    mut take: impl FnMut(&[RawBlock]) -> Result<(), String>,
    demand: Option<&Demand>,
) -> Result<(), String> {
    let mut scanner = BlockScanner::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = match stdout.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.to_string()),
        };
        scanner.push(&buffer[..count]);
        let blocks = whole_blocks(&mut scanner)?;
        if blocks.is_empty() {
            continue;
        }
        if let Some(demand) = demand {
            blocks.iter().try_for_each(|block| demand.check(block)).map_err(|error| error.to_string())?;
        }
        take(&blocks)?;
    }
}

/// Puts blocks into a recording of the spool.
pub fn into_journal(journal: Arc<Journal>, boot_id: String) -> impl FnMut(&[RawBlock]) -> Result<(), String> + Send {
    let mut told_full = false;
    move |blocks| {
        match journal.accept(blocks, &clock::anchor(&boot_id)) {
            Ok(()) => told_full = false,
            Err(error @ (SpoolError::Recorder(_) | SpoolError::Ended { .. })) => return Err(error.to_string()),
            // The spool has no room or cannot be written: blocks are dropped and declared, the recorder goes on.
            Err(error) if !told_full => {
                told_full = true;
                tracing::error!(recording = %journal.recording(), %error, "recorded data is being dropped");
            }
            Err(_) => {}
        }
        Ok(())
    }
}

fn whole_blocks(scanner: &mut BlockScanner) -> Result<Vec<RawBlock>, String> {
    let mut blocks = Vec::new();
    while let Some(scanned) = scanner.next() {
        match scanned {
            Scanned::Block(block) => blocks.push(block),
            Scanned::Damaged(damaged) => return Err(format!("it wrote what is no block: {}", damaged.why)),
        }
    }
    match scanner.pending_damage() {
        Some(damaged) => Err(format!("it wrote what is no block: {}", damaged.why)),
        None => Ok(blocks),
    }
}

/// Waits for the process to end, and ends it if it does not, or at once if it did wrong.
fn reap(child: &Mutex<Child>, at_once: bool) -> Option<i32> {
    let deadline = if at_once { Instant::now() } else { Instant::now() + GRACE };
    loop {
        let mut guard = child.lock().unwrap_or_else(PoisonError::into_inner);
        match guard.try_wait() {
            Ok(Some(status)) => return status.code(),
            Ok(None) if Instant::now() >= deadline => {
                let _ = guard.kill();
                return guard.wait().ok().and_then(|status| status.code());
            }
            Ok(None) => {}
            Err(_) => return None,
        }
        drop(guard);
        std::thread::sleep(POLL);
    }
}
