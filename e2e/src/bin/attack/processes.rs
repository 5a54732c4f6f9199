//! By way of processes, files and sockets.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::display::{A_WHILE, LONG, Session, authority, socket_of};

/// The recorder and the agent that started it.
fn targets(user: &Session) -> anyhow::Result<Vec<i32>> {
    let mut found = Vec::new();
    for (_, recorder) in user.strangers()? {
        let stat = std::fs::read_to_string(format!("/proc/{recorder}/stat"))?;
        let (_, fields) = stat.rsplit_once(") ").context("no name in stat")?;
        found.extend([recorder, fields.split(' ').nth(1).context("no parent in stat")?.parse()?]);
    }
    ensure!(found.len() >= 2, "no recorder is connected");
    Ok(found)
}

/// Signals are refused.
pub fn signal(user: &Session) -> anyhow::Result<()> {
    for pid in targets(user)? {
        for name in [Signal::SIGSTOP, Signal::SIGKILL, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGUSR1] {
            let answer = kill(Pid::from_raw(pid), name);
            ensure!(answer == Err(Errno::EPERM), "{name} to {pid}: {answer:?}");
        }
    }
    Ok(())
}

/// So are debuggers, and what they read.
pub fn trace(user: &Session) -> anyhow::Result<()> {
    for pid in targets(user)? {
        ensure!(ptrace::attach(Pid::from_raw(pid)) == Err(Errno::EPERM), "{pid} can be attached to");
        ensure!(
            ptrace::seize(Pid::from_raw(pid), ptrace::Options::empty()) == Err(Errno::EPERM),
            "{pid} can be seized"
        );
        for file in ["mem", "environ", "maps", "fd", "root", "cwd"] {
            let path = format!("/proc/{pid}/{file}");
            // Whatever it is, it can be neither read, nor listed, nor followed.
            let opened = std::fs::read_dir(&path).is_ok() || std::fs::read(&path).is_ok_and(|bytes| !bytes.is_empty());
            ensure!(!opened, "{path} can be read");
        }
    }
    Ok(())
}

/// So is a look at the agent's folder, and its socket does not do what it should not.
pub fn read() -> anyhow::Result<()> {
    let state = PathBuf::from(std::env::var_os("ATTACK_STATE").context("no ATTACK_STATE")?);
    for path in ["", "spool", "identity", "identity/signing.key", "policy", "sessions.json"] {
        let path = state.join(path);
        ensure!(std::fs::read_dir(&path).is_err() && std::fs::read(&path).is_err(), "{} can be read", path.display());
        ensure!(std::fs::write(path.join("x"), b"x").is_err(), "{} can be written into", path.display());
    }
    let socket = std::env::var_os("ATTACK_SOCKET").context("no ATTACK_SOCKET")?;
    for command in ["stop", "pause", "resume"] {
        let mut agent = UnixStream::connect(&socket)?;
        writeln!(agent, "{{\"command\":\"{command}\"}}")?;
        let mut answer = String::new();
        BufReader::new(agent).read_line(&mut answer)?;
        ensure!(answer.contains("\"ok\":false"), "{command}: {answer}");
    }
    Ok(())
}

/// The disk that the agent's spool is on has no room for a while.
pub fn fill_disk() -> anyhow::Result<()> {
    let path = PathBuf::from(std::env::var_os("ATTACK_DISK").context("no ATTACK_DISK")?).join("filler");
    let mut file = std::fs::File::create(&path)?;
    let until = Instant::now() + LONG;
    let mut was_full = false;
    while Instant::now() < until {
        // What becomes free is taken, too.
        while file.write_all(&[0xA5; 4_096]).is_ok() {}
        was_full = true;
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(file);
    std::fs::remove_file(&path)?;
    ensure!(was_full, "the disk was not filled");
    Ok(())
}

fn server(user: &Session, name: Signal) -> anyhow::Result<()> {
    kill(Pid::from_raw(user.server_pid), name).with_context(|| format!("{name} to the X server"))
}

/// The server stands still for a while.
pub fn stop_server(user: &Session) -> anyhow::Result<()> {
    server(user, Signal::SIGSTOP)?;
    std::thread::sleep(A_WHILE);
    server(user, Signal::SIGCONT)
}

/// The server ends without a word.
pub fn kill_server(user: &Session) -> anyhow::Result<()> {
    server(user, Signal::SIGKILL)
}

/// Another one takes its place, and stays.
pub fn replace_server(user: &Session) -> anyhow::Result<()> {
    server(user, Signal::SIGKILL)?;
    let mut command = Command::new("Xvfb");
    command
        .args([&user.display, "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset", "-auth"])
        .arg(authority()?);
    let until = Instant::now() + LONG;
    let lock = format!("/tmp/.X{}-lock", user.display.trim_start_matches(':'));
    // The old one is a moment in dying.
    while Instant::now() < until {
        for left in [PathBuf::from(&lock), socket_of(&user.display)] {
            let _ = std::fs::remove_file(left);
        }
        let ended = command.stderr(Stdio::null()).spawn()?.wait()?;
        eprintln!("it ended: {ended}");
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("no server starts in the place of the one that was killed")
}

/// Another server listens where the recorder comes to when its connection is ended, and shows what it likes.
pub fn replace_socket(user: &Session) -> anyhow::Result<()> {
    // A number of its own: the first free one may be that of a server which another attack has just killed.
    let own = format!(":{}", 5_000 + std::process::id() % 5_000);
    let mut command = Command::new("Xvfb");
    command.args([
        own.as_str(),
        "-displayfd",
        "1",
        "-screen",
        "0",
        "320x240x24",
        "-nolisten",
        "tcp",
        "-noreset",
        "-auth",
    ]);
    let mut other = command.arg(authority()?).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut number = String::new();
    BufReader::new(other.stdout.take().context("no stdout")?).read_line(&mut number)?;
    std::fs::rename(socket_of(number.trim()), socket_of(&user.display))?;
    user.end_strangers()?;
    other.wait()?;
    Ok(())
}
