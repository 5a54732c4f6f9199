//! A session with a bus of its own, and programs in it; gone when dropped.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::xserver::XServer;

/// How long programs may take to appear, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A display with a bus.
pub struct Session {
    pub server: XServer,
    pub bus: String,
    uid: Option<u32>,
    folder: tempfile::TempDir,
    programs: Vec<Child>,
}

impl Session {
    /// One of the test's own user.
    pub fn new() -> Self {
        Self::of(XServer::xvfb("800x600x24"), None)
    }

    /// One on this display, as this user, that has no bus.
    #[allow(dead_code, reason = "the agent tells of such sessions, too")]
    pub fn without_bus(server: XServer, uid: Option<u32>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some(uid) = uid {
            std::os::unix::fs::chown(folder.path(), Some(uid), Some(uid)).unwrap();
        }
        Self { server, bus: String::new(), uid, folder, programs: Vec::new() }
    }

    /// One on this display, as this user.
    pub fn of(server: XServer, uid: Option<u32>) -> Self {
        let mut session = Self::without_bus(server, uid);
        let mut daemon = session.command("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nosyslog", "--print-address=1"]).stdout(Stdio::piped());
        let mut daemon = daemon.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        session.bus = address.trim().to_owned();
        session.programs.push(daemon);
        session
    }

    /// A program of the session, not yet started.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", self.server.display()).env("XDG_RUNTIME_DIR", self.folder.path());
        command
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        if let Some(cookies) = self.server.cookies() {
            command.env("XAUTHORITY", cookies);
        }
        if self.bus.is_empty() {
            command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("NO_AT_BRIDGE", "1");
        } else {
            command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        }
        if let Some(uid) = self.uid {
            command.uid(uid).gid(uid);
        }
        command
    }

    /// Starts a program; its process.
    pub fn start(&mut self, program: &str, arguments: &[&str]) -> u32 {
        let program = self.command(program).args(arguments).spawn().unwrap();
        let pid = program.id();
        self.programs.push(program);
        pid
    }

    /// Ends a program that was started, as its user would.
    #[allow(dead_code, reason = "the agent tells of programs that end")]
    pub fn end(&self, pid: u32) {
        assert!(Command::new("kill").arg(pid.to_string()).status().unwrap().success());
    }

    /// Where the session's programs may keep files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The bus last: what it started ends with it.
        for program in self.programs.iter_mut().rev() {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

/// Waits for it.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let limit = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < limit, "{what} did not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}
