//! Runs one program that says something: with nothing of the agent's, for a short time.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

/// How long a program may take.
const TIMEOUT: Duration = Duration::from_secs(3);
/// What it may write.
const MAX_OUTPUT_BYTES: usize = 64 << 10;
/// Read at once.
const READ_BYTES: usize = 4_096;
const POLL: Duration = Duration::from_millis(10);

/// A program that is to say something.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub program: &'a Path,
    pub arguments: &'a [&'a str],
    /// What it reads from its stdin.
    pub input: &'a [u8],
    /// Variables besides the usual few.
    pub environment: &'a [(&'a str, &'a str)],
    /// As whom it runs, without any group; `None`: as the agent.
    pub uid: Option<u32>,
}

/// Returns what it writes, if it ends well in time.
///
/// # Errors
/// If it cannot be started, takes too long, writes too much, or fails.
pub fn ask(question: &Question<'_>) -> anyhow::Result<Vec<u8>> {
    let Question { program, arguments, input, environment, uid } = *question;
    // A file, so that a program that does not read it waits for nobody and nobody for it.
    let mut stdin = memory_file(input).context("its question cannot be written")?;
    std::io::Seek::rewind(&mut stdin)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LANG", "C.UTF-8")
        .envs(environment.iter().copied())
        .current_dir("/")
        // A group of its own, so that what it started is ended with it.
        .process_group(0);
    if let Some(uid) = uid {
        command.uid(uid).gid(uid);
    }
    let mut child = command.spawn().context("it cannot be started")?;
    let group = Pid::from_raw(i32::try_from(child.id())?);
    let until = Instant::now() + TIMEOUT;
    let stdout = child.stdout.take().context("it has no stdout")?;
    let said = read(stdout, until).and_then(|said| ended_well(group, until).map(|()| said));
    // Not waited for yet, so that the number is still its own.
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.wait();
    said
}

fn read(mut stdout: ChildStdout, until: Instant) -> anyhow::Result<Vec<u8>> {
    let mut said = Vec::new();
    let mut buffer = [0; READ_BYTES];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        match poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) => bail!("it took longer than {} s", TIMEOUT.as_secs()),
            Ok(_) => {}
            Err(nix::errno::Errno::EINTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        match stdout.read(&mut buffer)? {
            0 => return Ok(said),
            count => said.extend_from_slice(&buffer[..count]),
        }
        ensure!(said.len() <= MAX_OUTPUT_BYTES, "it wrote more than {MAX_OUTPUT_BYTES} bytes");
    }
}

fn ended_well(pid: Pid, until: Instant) -> anyhow::Result<()> {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    loop {
        match waitid(Id::Pid(pid), look)? {
            WaitStatus::Exited(_, 0) => return Ok(()),
            WaitStatus::StillAlive => {}
            WaitStatus::Exited(_, code) => bail!("it ended with exit code {code}"),
            other => bail!("it ended otherwise than it should: {other:?}"),
        }
        ensure!(Instant::now() < until, "it took longer than {} s", TIMEOUT.as_secs());
        std::thread::sleep(POLL);
    }
}

fn memory_file(input: &[u8]) -> anyhow::Result<std::fs::File> {
    use nix::sys::memfd::{MFdFlags, memfd_create};
    let file = memfd_create("question", MFdFlags::MFD_CLOEXEC)?;
    let mut file = std::fs::File::from(file);
    file.write_all(input)?;
    Ok(file)
}
