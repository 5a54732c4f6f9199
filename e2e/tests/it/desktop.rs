//! A virtual desktop with something on it that changes.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;
use nix::unistd::Pid;

use crate::process::{Program, wait_for};

/// An Xvfb with a cookie of its own.
pub struct Desktop {
    pub display: String,
    pub authority: PathBuf,
    server: Program,
    clients: Vec<Program>,
    folder: PathBuf,
}

impl Desktop {
    /// Starts an X server on a display number that it chooses itself.
    pub fn start(folder: &Path, width: u32, height: u32) -> anyhow::Result<Self> {
        let authority = folder.join("xauthority");
        let number_file = folder.join("display");
        write_cookie(&authority)?;
        let server = Program::start(
            "xvfb",
            folder,
            Command::new("sh").arg("-c").arg(format!(
                "exec Xvfb -displayfd 3 -screen 0 {width}x{height}x24 -nolisten tcp -noreset -auth {} 3>{}",
                authority.display(),
                number_file.display()
            )),
        )?;
        let number = wait_for("Xvfb to name its display", || {
            let text = std::fs::read_to_string(&number_file).unwrap_or_default();
            Ok(text.ends_with('\n').then(|| text.trim().to_owned()))
        })?;
        Ok(Self { display: format!(":{number}"), authority, server, clients: Vec::new(), folder: folder.to_owned() })
    }

    /// Runs a client on it.
    pub fn client(&mut self, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(name);
        command
            .args(arguments)
            .env("DISPLAY", &self.display)
            .env("XAUTHORITY", &self.authority)
            .env("HOME", &self.folder);
        self.clients.push(Program::start(name, &self.folder, &mut command)?);
        Ok(())
    }

    /// Whether every program that was started here has ended.
    pub fn clients_ended(&mut self) -> anyhow::Result<bool> {
        for client in &mut self.clients {
            if client.ended()?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A terminal in which text runs by without end: a steady stream of changes.
    pub fn busy_terminal(&mut self, pause_secs: &str) -> anyhow::Result<()> {
        let script = format!("while :; do head -c 300 /dev/urandom | base64; sleep {pause_secs}; done");
        self.client("xterm", &["-geometry", "100x40+20+20", "-e", "sh", "-c", &script])
    }

    /// Presses a key in the client that has the keyboard.
    pub fn key(&self, key: &str) -> anyhow::Result<()> {
        self.keyboard(&["key", key])
    }

    /// Types a text there.
    pub fn types(&self, text: &str) -> anyhow::Result<()> {
        self.keyboard(&["type", "--delay", "60", text])
    }

    fn keyboard(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new("xdotool");
        command.args(arguments).env("DISPLAY", &self.display).env("XAUTHORITY", &self.authority);
        let pressed = command.status()?;
        ensure!(pressed.success(), "xdotool {arguments:?}: {pressed}");
        Ok(())
    }

    /// Ends all clients; the X server stays.
    pub fn end_clients(&mut self) {
        self.clients.clear();
    }

    /// Ends the session: the X server goes away.
    pub fn end(self) -> anyhow::Result<()> {
        drop(self.clients);
        self.server.terminate().map(drop)
    }
}

/// An authority file with one random MIT-MAGIC-COOKIE-1 that fits any display (family wild).
pub fn write_cookie(path: &Path) -> anyhow::Result<()> {
    let name = b"MIT-MAGIC-COOKIE-1";
    let cookie: [u8; 16] = rand::random();
    let mut entry = vec![0xff, 0xff, 0, 0, 0, 0];
    entry.extend(u16::try_from(name.len())?.to_be_bytes());
    entry.extend(name);
    entry.extend(16_u16.to_be_bytes());
    entry.extend(cookie);
    let mut file = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(&entry).with_context(|| format!("writing {}", path.display()))
}

/// The process that serves a display.
pub fn server_of(display: &str) -> anyhow::Result<Pid> {
    let socket = format!("/tmp/.X11-unix/X{}", display.trim_start_matches(':'));
    Ok(Pid::from_raw(getsockopt(&UnixStream::connect(socket)?, PeerCredentials)?.pid()))
}
