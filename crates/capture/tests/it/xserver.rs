//! X servers of a test's own, on display numbers that no other of this program's tests has had, ended when dropped.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The user that runs servers of "another user" where the test is root.
pub const NOBODY: u32 = 65534;

/// A screen without hardware that takes any size.
const MONITORS: &str = r#"
Section "ServerFlags"
    Option "AutoAddDevices" "off"
    Option "AutoAddGPU" "off"
EndSection
Section "Device"
    Identifier "card"
    Driver "dummy"
    VideoRam 256000
EndSection
Section "Monitor"
    Identifier "monitor"
    HorizSync 5.0 - 1000.0
    VertRefresh 5.0 - 200.0
EndSection
Section "Screen"
    Identifier "screen"
    Device "card"
    Monitor "monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Modes "1280x1024"
    EndSubSection
EndSection
"#;

/// Display numbers that were given away. One that was free again would be taken by another test's server, which takes away what a
/// killed one has left behind.
static GIVEN: AtomicU32 = AtomicU32::new(0);
/// Numbers are tried until one is free.
const MOST_TRIES: u32 = 200;

/// A number that nobody in this program has had; programs that run beside it begin elsewhere.
fn next_number() -> u32 {
    200 + std::process::id() % 400 * 100 + GIVEN.fetch_add(1, Ordering::Relaxed)
}

/// A running X server.
pub struct XServer {
    process: Child,
    display: String,
    /// Holds the cookie file, if there is one.
    files: tempfile::TempDir,
    cookie: Option<Vec<u8>>,
}

impl XServer {
    /// Xvfb with a screen such as `800x600x24`.
    pub fn xvfb(screen: &str) -> Self {
        Self::start("Xvfb", &["-screen", "0", screen, "-nolisten", "tcp", "-noreset"], None, false)
    }

    /// TigerVNC's Xvnc, which changes its size on demand.
    pub fn xvnc(geometry: &str) -> Self {
        let args = ["-geometry", geometry, "-depth", "24", "-SecurityTypes", "None", "-rfbport", "-1"];
        Self::start("Xtigervnc", &args, None, false)
    }

    /// The same with a port for viewers on this machine.
    pub fn xvnc_for_viewers(geometry: &str, port: u16) -> Self {
        let port = port.to_string();
        let args = ["-geometry", geometry, "-depth", "24", "-SecurityTypes", "None", "-localhost", "-rfbport", &port];
        Self::start("Xtigervnc", &args, None, false)
    }

    /// Xvfb that admits only who has the cookie, run by another user where the test is root.
    pub fn xvfb_of_another_user(screen: &str) -> Self {
        let other = nix::unistd::geteuid().is_root().then_some(NOBODY);
        Self::start("Xvfb", &["-screen", "0", screen, "-nolisten", "tcp", "-noreset"], other, true)
    }

    /// Xorg with up to sixteen monitors, `DUMMY0` to `DUMMY15`, of which the first is there; not run by root, who would need a terminal.
    #[allow(dead_code, reason = "notices are shown on several monitors")]
    pub fn xorg_with_monitors() -> Self {
        let other = nix::unistd::geteuid().is_root().then_some(NOBODY);
        let files = tempfile::tempdir().unwrap();
        let config = files.path().join("xorg.conf");
        std::fs::write(&config, MONITORS).unwrap();
        std::fs::set_permissions(files.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let config = config.to_str().unwrap();
        let args = ["-config", config, "-logfile", "/dev/null", "-noreset", "-nolisten", "tcp"];
        // It has read its configuration when it names its display.
        Self::start("/usr/lib/xorg/Xorg", &args, other, false)
    }

    fn start(program: &str, args: &[&str], uid: Option<u32>, guarded: bool) -> Self {
        let files = tempfile::tempdir().unwrap();
        let mut more = Vec::new();
        let cookie = guarded.then(|| b"0123456789abcdef".to_vec());
        if let Some(cookie) = &cookie {
            let file = files.path().join("cookies");
            std::fs::write(&file, authority_entry(cookie)).unwrap();
            std::fs::set_permissions(files.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
            more.extend(["-auth".to_owned(), file.display().to_string()]);
        } else {
            more.push("-ac".to_owned());
        }
        for _ in 0..MOST_TRIES {
            let display = format!(":{}", next_number());
            let mut command = Command::new(program);
            command.arg(&display).args(["-displayfd", "1"]).args(args).args(&more);
            command.stdout(Stdio::piped()).stderr(Stdio::null());
            if let Some(uid) = uid {
                command.uid(uid);
            }
            let mut process = command.spawn().unwrap_or_else(|error| panic!("{program} did not start: {error}"));
            let mut number = String::new();
            BufReader::new(process.stdout.take().unwrap()).read_line(&mut number).unwrap();
            if !number.trim().is_empty() {
                return Self { process, display, files, cookie };
            }
            // Somebody else's.
            let _ = process.wait();
        }
        panic!("{program} has no display");
    }

    /// The file with its cookie, if there is one.
    #[allow(dead_code, reason = "programs of a session are started with it")]
    pub fn cookies(&self) -> Option<std::path::PathBuf> {
        self.cookie.as_ref().map(|_| self.files.path().join("cookies"))
    }

    /// The display's name.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// What a client must show.
    pub fn cookie(&self) -> Option<&[u8]> {
        self.cookie.as_deref()
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    #[allow(dead_code, reason = "the agent's tests end sessions")]
    /// Whether it has ended by itself, or somebody else ended it.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(Some(_)))
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for XServer {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            // Asked to end, it removes its socket and its lock file.
            let _ = Command::new("kill").arg(self.process.id().to_string()).stderr(Stdio::null()).status();
            let _ = self.process.wait();
        }
    }
}

/// One entry of an XAUTHORITY file for any display (family *wild*).
fn authority_entry(cookie: &[u8]) -> Vec<u8> {
    let mut entry = 0xffff_u16.to_be_bytes().to_vec();
    for field in [&b""[..], b"", b"MIT-MAGIC-COOKIE-1", cookie] {
        entry.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
        entry.extend(field);
    }
    entry
}
