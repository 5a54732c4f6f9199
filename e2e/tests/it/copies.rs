//! Files that somebody copies to and from the machine over SSH stand in the recordings of that user's sessions, and of no other's.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use nix::unistd::geteuid;
use recording::{Event, event_kinds as kinds};

use crate::attacked::{Ground, Kind, Seat};
use crate::deployment::Deployment;
use crate::process::{Program, free_port, wait_for, wait_or_explain};
use crate::stored;

/// An sshd of its own, which lets in everybody with its key.
struct Sshd {
    folder: PathBuf,
    port: u16,
    _program: Program,
}

impl Sshd {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all("/run/sshd")?;
        let at = |name: &str| folder.join(name).display().to_string();
        for key in ["host", "key"] {
            run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]))?;
        }
        let port = free_port()?;
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n",
            at("host"),
            at("key.pub"),
        );
        std::fs::write(at("sshd"), settings)?;
        let mut command = Command::new("/usr/sbin/sshd");
        let program = Program::start("sshd", folder, command.args(["-D", "-e", "-f", &at("sshd")]))?;
        wait_for("sshd to listen", || Ok(std::net::TcpStream::connect(("127.0.0.1", port)).ok()))?;
        Ok(Self { folder: folder.to_owned(), port, _program: program })
    }

    /// Copies as somebody at another computer would.
    fn scp(&self, more: &[&str]) -> anyhow::Result<()> {
        self.run(&mut Command::new("scp"), &self.folder.join("key"), more)
    }

    fn run(&self, scp: &mut Command, key: &Path, more: &[&str]) -> anyhow::Result<()> {
        scp.args(["-q", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-i"]);
        run(scp.arg(key).args(["-P", &self.port.to_string()]).args(more).stdin(Stdio::null()))
    }
}

#[test]
#[ignore = "adds users to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn what_a_user_copies_over_ssh_is_told_in_that_users_recording() -> anyhow::Result<()> {
    if !geteuid().is_root() || !Path::new("/usr/sbin/sshd").exists() {
        println!("not tried: it takes root and sshd");
        return Ok(());
    }
    let mut deployment = Deployment::new()?;
    let seats = Ground::of(Kind::Xvfb, &deployment)?.seats(&deployment, 2)?;
    let [seat, other] = &seats[..] else { anyhow::bail!("two sessions") };
    let sshd = Sshd::start(&deployment.folder)?;
    let settings = deployment.folder.join("agent.toml");
    std::fs::write(&settings, "[events]\ntransfers = true\n")?;
    deployment.start_agent_by(&settings, &[&seat.display, &other.display])?;
    std::fs::write(deployment.folder.join("prices"), "apples;3\n")?;
    let local = |name: &str| deployment.folder.join(name).display().to_string();
    let remote = |seat: &Seat, name: &str| format!("{}@127.0.0.1:{name}", seat.user.name);

    // Until somebody looks, in both sessions.
    for seat in [seat, other] {
        wait_or_explain(
            "the first file",
            || {
                sshd.scp(&[&local("prices"), &remote(seat, "first")])?;
                Ok(told(&deployment, seat)?.iter().any(|event| said(event).contains("/first")).then_some(()))
            },
            || format!("{:?}", told(&deployment, seat)),
        )?;
    }
    sshd.scp(&[&local("prices"), &remote(seat, "prices.csv")])?;
    sshd.scp(&[&remote(seat, "prices.csv"), &local("back")])?;
    sshd.scp(&["-O", &local("prices"), &remote(seat, "old.csv")])?;
    sshd.scp(&["-O", &remote(seat, "old.csv"), &local("old-back")])?;
    // The user, in the session, sends a file elsewhere, where somebody else's account is.
    let key = seat.user.home.join("key");
    std::fs::copy(sshd.folder.join("key"), &key)?;
    std::os::unix::fs::chown(&key, Some(seat.user.uid), Some(seat.user.gid))?;
    let mut scp = seat.user.command("scp", &[]);
    sshd.run(scp.env("DISPLAY", &seat.display), &key, &["prices.csv", &remote(other, "sent.csv")])?;

    let home = |seat: &Seat, name: &str| seat.user.home.join(name).display().to_string();
    let expected = [
        format!("host sftp {} 9 sshd", home(seat, "prices.csv")),
        format!("client sftp {} 9 sshd", home(seat, "prices.csv")),
        format!("host scp {} 9 scp", home(seat, "old.csv")),
        format!("client scp {} 9 scp", home(seat, "old.csv")),
        format!("remote scp {} 9 scp", home(seat, "prices.csv")),
    ];
    let all = wait_or_explain(
        "what is copied",
        || Ok(Some(of(&deployment, seat)?).filter(|said| said.len() >= expected.len())),
        || format!("{:?}", told(&deployment, seat)),
    )?;
    ensure!(all == expected, "{all:#?}");
    let theirs =
        wait_for("what comes to the other", || Ok(Some(of(&deployment, other)?).filter(|said| !said.is_empty())))?;
    ensure!(theirs == [format!("host sftp {} 9 sshd", home(other, "sent.csv"))], "{theirs:#?}");
    println!("{all:#?}");
    Ok(())
}

/// What is told of files besides the first.
fn of(deployment: &Deployment, seat: &Seat) -> anyhow::Result<Vec<String>> {
    let all = told(deployment, seat)?;
    Ok(all.iter().map(said).filter(|said| !said.contains("/first ")).collect())
}

/// Direction, way, path, size, and the program's name.
fn said(event: &Event) -> String {
    let field = |name: &str| event.fields[name].as_str().map_or_else(|| event.fields[name].to_string(), str::to_owned);
    let program = field("program");
    let program = program.rsplit('/').next().unwrap_or_default();
    format!("{} {} {} {} {program}", field("direction"), field("way"), field("path"), field("size"))
}

fn told(deployment: &Deployment, seat: &Seat) -> anyhow::Result<Vec<Event>> {
    let entries = stored::entries(deployment, &seat.display)?;
    let events = stored::events(&entries).into_iter().map(|(_, event)| event);
    Ok(events.filter(|event| event.kind == kinds::FILE_TRANSFER).collect())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
