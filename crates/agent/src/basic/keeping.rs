//! The process that acts for a user, from the agent's side: it may hang or lie, and harms nobody but its own recording.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::keeper::{Said, Task};
use super::names::Level;
use super::settings::Values;
use super::stored::{self, FILE_NAME, USERS_FOLDERS};
use crate::record::file::Place;

/// How long it may take for anything.
const PATIENCE: Duration = Duration::from_secs(10);
/// Everything that it says.
const MAX_SAID_BYTES: u64 = 256 << 10;

/// Who acts, and how it is started.
#[derive(Debug, Clone)]
pub struct AsUser {
    /// The agent's own program.
    pub program: PathBuf,
    /// The user.
    pub uid: u32,
}

/// A file that a process of its user writes. Gone when dropped; what was written stays.
pub struct Keeper {
    child: Option<Child>,
    agent: UnixStream,
    said: Receiver<Said>,
    /// Where the file is.
    pub path: PathBuf,
}

impl AsUser {
    /// Reads the user's own settings, which say nothing that only the machine's may.
    ///
    /// # Errors
    /// If they cannot be read or used.
    pub fn settings(&self) -> anyhow::Result<Values> {
        let Some(home) = stored::home(self.uid) else { return Ok(Values::default()) };
        let file = USERS_FOLDERS.iter().fold(home.clone(), |path, name| path.join(name)).join(FILE_NAME);
        let (child, agent) = self.start(&Task::Settings { home })?;
        let mut line = String::new();
        let said = BufReader::new(agent.take(MAX_SAID_BYTES)).read_line(&mut line);
        end(child);
        said.context("your settings cannot be read in time")?;
        match serde_json::from_str(&line) {
            Ok(Said::Settings(None)) => Ok(Values::default()),
            Ok(Said::Settings(Some(text))) => stored::parse(&text, Level::User, &file),
            Ok(Said::Failed(why)) => bail!(why),
            _ => bail!("your settings cannot be read"),
        }
    }

    /// Begins a file. `full` is called once there is no more room than what the recording's end needs.
    ///
    /// # Errors
    /// If it cannot be made; the text says why.
    pub fn keep(&self, task: &Task, full: impl Fn(String) + Send + 'static) -> anyhow::Result<Keeper> {
        let (child, agent) = self.start(task)?;
        let mut keeper =
            Keeper { child: Some(child), said: channel().1, agent: agent.try_clone()?, path: PathBuf::new() };
        let mut lines = BufReader::new(agent.take(MAX_SAID_BYTES));
        let mut line = String::new();
        lines.read_line(&mut line).context("the folder cannot be opened in time")?;
        keeper.path = match serde_json::from_str(&line) {
            Ok(Said::Opened(path)) => path,
            Ok(Said::Failed(why)) => bail!(why),
            _ => bail!("the folder cannot be opened"),
        };
        keeper.agent.set_read_timeout(None)?;
        let (tell, said) = channel();
        keeper.said = said;
        std::thread::Builder::new().name("keeper".to_owned()).spawn(move || {
            for line in lines.lines() {
                let Some(said) = line.ok().and_then(|line| serde_json::from_str(&line).ok()) else { return };
                match said {
                    Said::Full(why) => full(why),
                    // Nobody waits for it where the recording ended otherwise.
                    said => drop(tell.send(said)),
                }
            }
        })?;
        Ok(keeper)
    }

    /// Starts it with a task.
    ///
    /// # Errors
    /// If it does not take that.
    pub fn start(&self, task: &Task) -> anyhow::Result<(Child, UnixStream)> {
        let (agent, theirs) = UnixStream::pair().context("no socket for the keeper")?;
        let mut command = Command::new(&self.program);
        command.arg("keeper").stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::inherit()).env_clear();
        if nix::unistd::geteuid().is_root() {
            command.arg("--run-as").arg(self.uid.to_string());
        }
        let child = command.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        // Drops our copy of its end, so that the other one is seen to close.
        drop(command);
        agent.set_read_timeout(Some(PATIENCE))?;
        agent.set_write_timeout(Some(PATIENCE))?;
        let mut line = serde_json::to_vec(task)?;
        line.push(b'\n');
        match (&agent).write_all(&line) {
            Ok(()) => Ok((child, agent)),
            Err(error) => {
                end(child);
                Err(error).context("the keeper does not take its task")
            }
        }
    }
}

impl Keeper {
    /// Its name in its folder.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The file, as people are told of it.
    pub fn shown_path(&self) -> String {
        Path::new(&self.path).display().to_string()
    }

    /// What it said of its end, in words.
    fn failure(&self) -> std::io::Error {
        let why = match self.said.recv_timeout(Duration::from_secs(1)) {
            Ok(Said::Failed(why)) => why,
            _ => "the folder does not take what is recorded".to_owned(),
        };
        std::io::Error::other(why)
    }
}

impl Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.agent.write(bytes).map_err(|_| self.failure())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Place for Keeper {
    fn close(&mut self) -> std::io::Result<()> {
        self.agent.shutdown(Shutdown::Write)?;
        let closed = self.said.recv_timeout(PATIENCE);
        if let Some(child) = self.child.take() {
            end(child);
        }
        match closed {
            Ok(Said::Closed(_)) => Ok(()),
            Ok(Said::Failed(why)) => Err(std::io::Error::other(why)),
            _ => Err(std::io::Error::other("the folder did not take the recording's end in time")),
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // It takes the end of what it reads for the end of the file.
        let _ = self.agent.shutdown(Shutdown::Write);
        if let Some(child) = self.child.take() {
            let _ = self.said.recv_timeout(PATIENCE);
            end(child);
        }
    }
}

/// Ends a process without waiting for it here: one that hangs in the kernel ends when it can.
pub fn end(mut child: Child) {
    let _ = std::thread::Builder::new().name("keeper's end".to_owned()).spawn(move || {
        let _ = child.kill();
        let _ = child.wait();
    });
}
