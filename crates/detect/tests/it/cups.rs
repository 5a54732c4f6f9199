//! A CUPS of a test's own, with printers that are scripts.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// It answers by then.
const PATIENCE: Duration = Duration::from_secs(30);
/// CUPS looks for what it starts there.
const SERVER: &str = "/usr/lib/cups";

/// A CUPS with a printer that counts pages, one that fails, and one that holds what it gets.
pub struct Cups {
    folder: tempfile::TempDir,
    daemon: Child,
}

impl Cups {
    /// `None`: CUPS is not installed, or this is not root.
    pub fn start() -> Option<Self> {
        if !Path::new("/usr/sbin/cupsd").exists() || !Path::new("/usr/bin/lp").exists() || !is_root() {
            eprintln!("not tried: it takes cupsd, lp and root");
            return None;
        }
        // Sockets have short names.
        let folder = tempfile::Builder::new().prefix("cups").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["etc/ppd", "spool/tmp", "cache", "log", "state", "bin/backend"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        for name in ["daemon", "filter", "monitor", "notifier", "cgi-bin"] {
            symlink(Path::new(SERVER).join(name), path("bin").join(name)).unwrap();
        }
        backend(&path("bin/backend/pages"), "cat \"${6:--}\" > /dev/null; echo 'PAGE: 1 3' >&2; echo 'PAGE: 2 3' >&2");
        backend(&path("bin/backend/broken"), "exit 1");
        // What waits is noted after 30 s where nothing is said.
        let settings = format!(
            "Listen {}\nDirtyCleanInterval 1\nBrowsing Off\nMaxLogSize 0\n<Location />\nAllow all\n</Location>\n<Policy default>\n<Limit All>\nOrder deny,allow\n\
             </Limit>\n</Policy>\n",
            path("sock").display()
        );
        fs::write(path("etc/cupsd.conf"), settings).unwrap();
        let folders = [
            ("ServerRoot", "etc"),
            ("RequestRoot", "spool"),
            ("CacheDir", "cache"),
            ("StateDir", "state"),
            ("TempDir", "spool/tmp"),
            ("ErrorLog", "log/error"),
            ("AccessLog", "log/access"),
            ("PageLog", "log/page"),
            ("ServerBin", "bin"),
        ];
        let folders = folders.map(|(setting, name)| format!("{setting} {}\n", path(name).display())).concat();
        fs::write(path("etc/cups-files.conf"), folders + "Sandboxing relaxed\n").unwrap();
        let printer = |name: &str, address: &str, more: &str| {
            format!("<Printer {name}>\nDeviceURI {address}\nState Idle\nAccepting Yes\nShared No\n{more}</Printer>\n")
        };
        let printers = printer("office", "pages:/x", "")
            + &printer("broken", "broken:/x", "ErrorPolicy abort-job\n")
            + &printer("later", "pages:/x", "").replace("Idle", "Stopped");
        fs::write(path("etc/printers.conf"), printers).unwrap();
        let mut daemon = Command::new("/usr/sbin/cupsd");
        daemon.args(["-f", "-c"]).arg(path("etc/cupsd.conf")).arg("-s").arg(path("etc/cups-files.conf"));
        let daemon = daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let cups = Self { folder, daemon };
        cups.until_it_answers();
        Some(cups)
    }

    /// A file of it; its spool is `spool`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn until_it_answers(&self) {
        let limit = Instant::now() + PATIENCE;
        while std::os::unix::net::UnixStream::connect(self.path("sock")).is_err() {
            assert!(Instant::now() < limit, "CUPS does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs one of its programs.
    pub fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(program);
        command.args(arguments).env("CUPS_SERVER", self.path("sock")).stdout(Stdio::null());
        assert!(command.status().unwrap().success(), "{command:?}");
    }
}

impl Drop for Cups {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn backend(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n[ $# -gt 0 ] || exit 0\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").unwrap()) == 0
}
