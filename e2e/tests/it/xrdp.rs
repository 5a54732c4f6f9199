//! A desktop that a person reaches by RDP: xrdp, a real Xorg that runs as that person, and FreeRDP as the client. Recorded by
//! root with the person's cookie, through a disconnect and a reconnect with another size.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use nix::unistd::{User, geteuid};

use crate::desktop::Desktop;
use crate::exact::assert_exact;
use crate::process::{Program, free_port, own, wait_for};

const PASSWORD: &str = "only-for-this-test-7";

/// What runs in the session: text that goes on and on.
const SESSION: &str =
    "exec xterm -geometry 90x30 -e sh -c 'while :; do date; ls -l /usr/bin | head -40; sleep 0.3; done'\n";

#[test]
#[ignore = "adds a user to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn a_remote_desktop_is_recorded_exactly_through_reconnects() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let person = Person::add()?;
    let _sesman = Program::start("sesman", folder.path(), Command::new("xrdp-sesman").arg("--nodaemon"))?;
    let port = free_port()?;
    let address = format!("tcp://127.0.0.1:{port}");
    let _xrdp = Program::start("xrdp", folder.path(), Command::new("xrdp").args(["--nodaemon", "--port", &address]))?;
    wait_for("xrdp to listen", || Ok(std::net::TcpStream::connect(("127.0.0.1", port)).ok()))?;

    let mut desk = Desktop::start(folder.path(), 1400, 1000)?;
    person.connect(&mut desk, port, "1024x768")?;
    let display = wait_for("a display of the person", || person.display())?;
    let authority = person.home.join(".Xauthority");
    let file = folder.path().join("remote.kin");
    let mut recorder = own("kinescope-agent")?;
    recorder.args(["record", "--display", &display, "-o"]).arg(&file).env("XAUTHORITY", &authority);
    let recorder = wait_for("the recording to begin", || {
        let mut started = Program::start("recorder", folder.path(), &mut recorder)?;
        std::thread::sleep(std::time::Duration::from_secs(1));
        // The socket is there a moment before the server lets anybody in.
        Ok(started.running().then_some(started))
    })?;
    std::thread::sleep(std::time::Duration::from_secs(2));
    let first = assert_exact(&display, &authority, &file, "connected")?;
    ensure!((first.width, first.height) == (1024, 768), "{}×{}", first.width, first.height);

    desk.end_clients();
    person.connect(&mut desk, port, "800x600")?;
    wait_for("the new size", || {
        let now = crate::picture::Picture::of_server(&display, &authority)?;
        Ok(((now.width, now.height) == (800, 600)).then_some(()))
    })?;
    assert_exact(&display, &authority, &file, "reconnected")?;
    ensure!(recorder.terminate()?.success(), "the recording ended in failure");
    let verified = own("kinescope")?.arg("verify").arg(&file).output()?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    Ok(())
}

/// Somebody with an account on this machine, for as long as this lives.
struct Person {
    name: String,
    uid: u32,
    home: PathBuf,
}

impl Person {
    fn add() -> anyhow::Result<Self> {
        let name = format!("kinescope-e2e-{}", std::process::id());
        run(Command::new("useradd").args(["--create-home", "--shell", "/bin/sh", &name]))?;
        let user = User::from_name(&name)?.context("the user that was just added")?;
        let person = Self { name, uid: user.uid.as_raw(), home: user.dir };
        run(Command::new("sh").args(["-c", "echo \"$0:$1\" | chpasswd", &person.name, PASSWORD]))?;
        std::fs::write(person.home.join(".xsession"), SESSION)?;
        Ok(person)
    }

    fn connect(&self, desk: &mut Desktop, port: u16, size: &str) -> anyhow::Result<()> {
        let arguments = [
            format!("/v:127.0.0.1:{port}"),
            format!("/u:{}", self.name),
            format!("/p:{PASSWORD}"),
            "/cert-ignore".to_owned(),
            "/sec:tls".to_owned(),
            format!("/size:{size}"),
        ];
        desk.client("xfreerdp", &arguments.each_ref().map(String::as_str))
    }

    /// The display whose socket belongs to the person and has somebody behind it. A server that was killed leaves its socket,
    /// and users who come and go share numbers.
    fn display(&self) -> anyhow::Result<Option<String>> {
        let alive = self.sockets()?.into_iter().find(|socket| UnixStream::connect(socket).is_ok());
        let number = alive.and_then(|socket| Some(socket.file_name()?.to_str()?.trim_start_matches('X').to_owned()));
        Ok(number.map(|number| format!(":{number}")))
    }

    /// Sockets of X servers that run, or ran, as the person.
    fn sockets(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut own = Vec::new();
        for entry in std::fs::read_dir("/tmp/.X11-unix")? {
            let entry = entry?;
            if entry.metadata().is_ok_and(|about| about.uid() == self.uid) {
                own.push(entry.path());
            }
        }
        Ok(own)
    }

    /// Numbers of the person's processes.
    fn processes(&self) -> Vec<i32> {
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        let own = |path: &Path| std::fs::metadata(path).is_ok_and(|about| about.uid() == self.uid);
        entries
            .flatten()
            .filter(|entry| own(&entry.path()))
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect()
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let ended = wait_for("the person's programs to end", || {
            let processes = self.processes();
            for process in &processes {
                let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(*process), nix::sys::signal::Signal::SIGKILL);
            }
            Ok(processes.is_empty().then_some(()))
        });
        for socket in self.sockets().unwrap_or_default() {
            let _ = std::fs::remove_file(socket);
        }
        // xrdp mounts a folder in the home for drives of the client.
        let _ = Command::new("umount").arg(self.home.join("thinclient_drives")).output();
        let removed = run(Command::new("userdel").args(["--remove", &self.name]));
        if let Err(error) = ended.and(removed) {
            eprintln!("{} is left on this machine: {error:#}", self.name);
        }
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
