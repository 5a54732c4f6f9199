//! People with accounts on this machine who reach it by RDP: xrdp, and a real Xorg that runs as each of them.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, connect, socket};
use nix::unistd::User;

use crate::desktop::Desktop;
use crate::process::{Program, free_port, wait_for};

/// Everybody's.
pub const PASSWORD: &str = "only-for-this-test-7";

/// Whoever runs xrdp on this machine holds a lock on this file: its session manager has one port, whatever test starts it.
const ONE_AT_A_TIME: &str = "/tmp/kinescope-e2e-xrdp.lock";

/// xrdp and its session manager.
pub struct Xrdp {
    pub port: u16,
    _xrdp: Program,
    _sesman: Program,
    // Last: let go when the two have ended.
    _lock: File,
}

impl Xrdp {
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let lock = File::options().create(true).append(true).open(ONE_AT_A_TIME)?;
        lock.lock()?;
        let sesman = Program::start("sesman", folder, Command::new("xrdp-sesman").arg("--nodaemon"))?;
        let port = free_port()?;
        let address = format!("tcp://127.0.0.1:{port}");
        let xrdp = Program::start("xrdp", folder, Command::new("xrdp").args(["--nodaemon", "--port", &address]))?;
        wait_for("xrdp to listen", || Ok(TcpStream::connect(("127.0.0.1", port)).ok()))?;
        Ok(Self { port, _xrdp: xrdp, _sesman: sesman, _lock: lock })
    }
}

/// Somebody with an account on this machine, for as long as this lives.
pub struct Person {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
    pub home: PathBuf,
}

impl Person {
    /// `session` is what runs in the person's sessions.
    pub fn add(who: &str, session: &str) -> anyhow::Result<Self> {
        let name = format!("kinescope-{who}-{}", std::process::id());
        run(Command::new("useradd").args(["--create-home", "--shell", "/bin/sh", &name]))?;
        let user = User::from_name(&name)?.context("the user that was just added")?;
        let person = Self { name, uid: user.uid.as_raw(), gid: user.gid.as_raw(), home: user.dir };
        run(Command::new("sh").args(["-c", "echo \"$0:$1\" | chpasswd", &person.name, PASSWORD]))?;
        std::fs::write(person.home.join(".xsession"), session)?;
        Ok(person)
    }

    /// A program as this person, in the person's home.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).uid(self.uid).gid(self.gid).current_dir(&self.home);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &self.home).env("USER", &self.name);
        command
    }

    /// Connects from a computer of this name.
    pub fn connect(&self, desk: &mut Desktop, port: u16, size: &str, computer: &str) -> anyhow::Result<()> {
        let arguments = [
            format!("/v:127.0.0.1:{port}"),
            format!("/u:{}", self.name),
            format!("/p:{PASSWORD}"),
            "/cert-ignore".to_owned(),
            "/sec:tls".to_owned(),
            format!("/size:{size}"),
            format!("/client-hostname:{computer}"),
        ];
        desk.client("xfreerdp", &arguments.each_ref().map(String::as_str))
    }

    /// The same from one that lends a folder of its own as a drive of that name. FreeRDP 2 does not tell xrdp of drives; rdesktop does, and asks
    /// whether the certificate is to be trusted.
    pub fn connect_lending(&self, desk: &mut Desktop, port: u16, size: &str, lent: &Path) -> anyhow::Result<()> {
        let script = "exec rdesktop -u \"$0\" -p \"$1\" -g \"$4\" -r \"disk:${2##*/}=$2\" \"127.0.0.1:$3\" <<answer\nyes\nanswer\n";
        let lent = lent.to_str().context("a folder with a plain name")?;
        desk.client("sh", &["-c", script, &self.name, PASSWORD, lent, &port.to_string(), size])
    }

    /// The display whose socket belongs to the person and has somebody behind it. A server that was killed leaves its socket,
    /// and users who come and go share numbers.
    pub fn display(&self) -> anyhow::Result<Option<String>> {
        let alive = self.sockets()?.into_iter().find(|socket| UnixStream::connect(socket).is_ok());
        let number = alive.and_then(|socket| Some(socket.file_name()?.to_str()?.trim_start_matches('X').to_owned()));
        Ok(number.map(|number| format!(":{number}")))
    }

    /// Ends the person's programs of this name, as a crash would or by asking them to.
    pub fn end(&self, program: &str, signal: nix::sys::signal::Signal) -> anyhow::Result<()> {
        let named =
            |pid: &&i32| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == program);
        let processes = self.processes();
        let found: Vec<_> = processes.iter().filter(named).collect();
        ensure!(!found.is_empty(), "{} has no {program}", self.name);
        for pid in found {
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), signal)?;
        }
        Ok(())
    }

    /// Whether the person runs a program of this name.
    pub fn runs(&self, program: &str) -> bool {
        let named =
            |pid: &i32| std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == program);
        self.processes().iter().any(named)
    }

    /// Sockets of X servers that run, or ran, as the person.
    fn sockets(&self) -> anyhow::Result<Vec<PathBuf>> {
        self.files_in("/tmp/.X11-unix")
    }

    /// The person's own files and sockets in a folder that is everybody's.
    fn files_in(&self, folder: &str) -> anyhow::Result<Vec<PathBuf>> {
        let mut own = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.metadata().is_ok_and(|about| about.uid() == self.uid && !about.is_dir()) {
                own.push(entry.path());
            }
        }
        Ok(own)
    }

    /// Numbers of the person's processes.
    pub fn processes(&self) -> Vec<i32> {
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
        // X servers that were killed leave their sockets and locks.
        for left in ["/tmp/.X11-unix", "/tmp"].into_iter().flat_map(|folder| self.files_in(folder).unwrap_or_default())
        {
            let _ = std::fs::remove_file(left);
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

/// Passes connections on as if they came from another address of this machine. Returns the port to connect to.
pub fn relay(from: Ipv4Addr, to: u16) -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for here in listener.incoming().flatten() {
            let Ok(there) = connect_from(from, to) else { continue };
            for (mut one, mut other) in [(here.try_clone(), there.try_clone()), (there.try_clone(), here.try_clone())]
                .into_iter()
                .filter_map(|(one, other)| Some((one.ok()?, other.ok()?)))
            {
                std::thread::spawn(move || {
                    let _ = io::copy(&mut one, &mut other);
                    let _ = other.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    Ok(port)
}

fn connect_from(from: Ipv4Addr, to: u16) -> anyhow::Result<TcpStream> {
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    bind(socket.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(from, 0)))?;
    connect(socket.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, to)))?;
    let stream = TcpStream::from(socket);
    ensure!(stream.local_addr()? == SocketAddr::from((from, stream.local_addr()?.port())));
    Ok(stream)
}
