//! An sshd of a test's own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What folders of these tests are called: others run at the same time.
pub const PREFIX: &str = "kinescope-ssh-";
/// No test waits longer for one.
const PATIENCE: Duration = Duration::from_secs(20);

/// An sshd of its own, with its keys and all else in a folder.
pub struct Sshd {
    pub folder: tempfile::TempDir,
    pub port: u16,
    child: Child,
}

impl Sshd {
    /// Starts one with settings besides, a line each.
    pub fn start(more: &str) -> Self {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for key in ["host", "key"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]).status();
            assert!(made.unwrap().success());
        }
        // Where it shuts in what is not logged in yet; a system that starts sshd makes it.
        fs::create_dir_all("/run/sshd").unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\n{more}\n",
            at("host"),
            at("key.pub"),
        );
        fs::write(at("settings"), settings).unwrap();
        let log = fs::File::create(at("log")).unwrap();
        let mut command = Command::new("/usr/sbin/sshd");
        let child = command.args(["-D", "-e", "-f", &at("settings")]).stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let sshd = Self { folder, port, child };
        let limit = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < limit, "{}", fs::read_to_string(sshd.at("log")).unwrap());
            std::thread::sleep(Duration::from_millis(10));
        }
        sshd
    }

    /// Where a file of its folder is.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same, in words.
    pub fn word(&self, name: &str) -> String {
        self.at(name).display().to_string()
    }

    /// One of OpenSSH's programs, at this sshd.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let known = format!("UserKnownHostsFile={}", self.word("known"));
        command.args(["-q", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", &known, "-i", &self.word("key")]);
        command.args([if program == "ssh" { "-p" } else { "-P" }, &self.port.to_string()]);
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// A file of its folder, as clients call it.
    pub fn remote(&self, name: &str) -> String {
        format!("root@127.0.0.1:{}", self.word(name))
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
