//! Programs under test: started, watched, killed, and never left behind.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long anything may take before a test calls it failed. Generous, because machines that test are slow and busy.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A started program. Killed when dropped; what it printed stays in its log.
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts a program with its output in `<folder>/<name>.log` (appended, so that restarts keep the story).
    pub fn start(name: &str, folder: &Path, command: &mut Command) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {name}: {command:?}"))?;
        Ok(Self { name: name.into(), child, log })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits for a clean end.
    pub fn terminate(mut self) -> anyhow::Result<ExitStatus> {
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        wait_for(&format!("{} to end after SIGTERM", self.name), || Ok(self.child.try_wait()?))
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    pub fn running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(25).collect();
            eprintln!("--- {} said last:", self.name);
            for line in tail.iter().rev() {
                eprintln!("    {line}");
            }
        }
    }
}

/// A program of this project, from the folder that the tests themselves were built into.
pub fn own(name: &str) -> anyhow::Result<Command> {
    let tests = std::env::current_exe()?;
    let folder = tests.parent().and_then(Path::parent).context("the test has no target folder")?;
    let program = folder.join(name);
    ensure!(program.exists(), "{} is not built: run cargo build --workspace", program.display());
    Ok(Command::new(program))
}

/// Asks again until there is an answer; fails after [`PATIENCE`], naming what was waited for and the last trouble.
pub fn wait_for<T>(what: &str, ask: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    wait_or_explain(what, ask, String::new)
}

/// The same; when it fails it says, too, what is found out only then.
pub fn wait_or_explain<T>(
    what: &str,
    mut ask: impl FnMut() -> anyhow::Result<Option<T>>,
    explain: impl FnOnce() -> String,
) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        let trouble = match ask() {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if start.elapsed() >= PATIENCE {
            // A panic, not an error: while it unwinds, every program says what it logged last.
            panic!("waited {} s for {what}: {trouble:?}{}", PATIENCE.as_secs(), explain());
        }
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// A port on loopback that was free a moment ago.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Copies a file or folder, with owners, modes and times.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(copied.success(), "cp -a {} {}", from.display(), to.display());
    Ok(())
}
