//! A recorder started as the supervisor starts it, with its stdout read by the test.

use std::fs::File;
use std::io::{IoSlice, Read as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::painter::Painter;
use crate::playback::Playback;
use crate::xserver::XServer;

/// No test waits longer than this for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running recorder and what it wrote so far.
pub struct RecorderProcess {
    pub child: Child,
    stdin: Option<UnixStream>,
    stdout: Option<ChildStdout>,
    pub playback: Playback,
}

impl RecorderProcess {
    /// Starts one for a display, with further start parameters in JSON.
    pub fn start(server: &XServer, more: &str) -> Self {
        let cookie = server.cookie().map(|cookie| {
            let digits: String = cookie.iter().map(|byte| format!("{byte:02x}")).collect();
            format!(",\"cookie\":\"{digits}\"")
        });
        let display = server.display();
        let line =
            format!("{{\"display\":\"{display}\",\"origin_boottime_us\":0{}{more}}}\n", cookie.unwrap_or_default());
        Self::start_with(&line)
    }

    /// Starts one with this on stdin.
    pub fn start_with(line: &str) -> Self {
        let (mut stdin, theirs) = UnixStream::pair().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"))
            .arg("recorder")
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The socket stays open, as the supervisor's does: a recorder reads one line and does not wait for the end.
        stdin.write_all(line.as_bytes()).unwrap();
        let stdout = child.stdout.take();
        Self { child, stdin: Some(stdin), stdout, playback: Playback::default() }
    }

    /// Writes to its stdin.
    pub fn tell(&mut self, line: &str) {
        self.stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// The same, and hands over a file beside it.
    pub fn hand_over(&mut self, line: &str, file: &File) {
        let descriptors = [file.as_raw_fd()];
        let handed = [ControlMessage::ScmRights(&descriptors)];
        let stdin = self.stdin.as_ref().unwrap().as_raw_fd();
        let said = sendmsg::<()>(stdin, &[IoSlice::new(line.as_bytes())], &handed, MsgFlags::empty(), None).unwrap();
        assert_eq!(said, line.len());
    }

    /// Closes its stdin.
    pub fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// Reads until something is true of what was played.
    pub fn until(&mut self, what: &str, condition: impl Fn(&Playback) -> bool) {
        let limit = Instant::now() + PATIENCE;
        let mut bytes = vec![0; 1 << 16];
        while !condition(&self.playback) {
            assert!(Instant::now() < limit, "waited in vain for {what}");
            let stdout = self.stdout.as_mut().unwrap();
            let ready = poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)], PollTimeout::from(200_u8)).unwrap();
            if ready > 0 {
                let length = stdout.read(&mut bytes).unwrap();
                assert!(length > 0, "the recorder ended while the test waited for {what}");
                self.playback.push(&bytes[..length]);
            }
        }
    }

    /// Reads until the picture is the server's.
    pub fn catch_up(&mut self, painter: &Painter) {
        painter.settle();
        let shown = painter.servers_picture();
        self.until("the server's picture", |playback| playback.picture().as_ref() == Some(&shown));
    }

    /// Closes our end of its stdout.
    pub fn stop_reading(&mut self) {
        self.stdout = None;
    }

    /// Reads what is left, then returns how it ended.
    pub fn read_to_end(&mut self) -> ExitStatus {
        if let Some(mut stdout) = self.stdout.take() {
            let mut rest = Vec::new();
            stdout.read_to_end(&mut rest).unwrap();
            self.playback.push(&rest);
        }
        self.wait()
    }

    /// Waits for its end without reading.
    pub fn wait(&mut self) -> ExitStatus {
        let limit = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < limit, "the recorder did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its resident memory in KiB.
    pub fn memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for RecorderProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal by name.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}
