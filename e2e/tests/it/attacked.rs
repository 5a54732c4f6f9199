//! Sessions to be attacked, each of a user of its own, by kind: a program draws in each, and they go on until their users log out.

use std::path::PathBuf;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::deployment::Deployment;
use crate::desktop::{Desktop, server_of, write_cookie};
use crate::process::{Program, wait_for};
use crate::remote::{Person, Xrdp};

/// A program that draws.
const WORK: &str = "xterm -e sh -c 'while :; do date; sleep 0.3; done'";
/// What a session of xrdp is, so that its user can log out: it outlives the loss of the display, as one that an attacker prepared would.
const LEADER: &str = "tail";
/// So many log in at a time: xrdp gives an X server that starts beside too many others up.
const KNOCK_TOGETHER: usize = 4;

/// What a session is shown by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An X server that its user starts alone.
    Xvfb,
    /// Xorg, started by xrdp for somebody who has logged in with FreeRDP.
    Xrdp,
}

/// What sessions of a kind need together.
pub struct Ground {
    /// xrdp, and a desk for the clients' windows.
    remote: Option<(Xrdp, Desktop)>,
}

/// Somebody's session.
pub struct Seat {
    pub display: String,
    pub authority: PathBuf,
    pub kind: Kind,
    server: Pid,
    _programs: Vec<Program>,
    // Last: the account goes when nothing of it runs any more.
    pub user: Person,
}

impl Ground {
    pub fn of(kind: Kind, deployment: &Deployment) -> anyhow::Result<Self> {
        if kind == Kind::Xvfb {
            return Ok(Self { remote: None });
        }
        let folder = deployment.folder.join("desk");
        std::fs::create_dir(&folder)?;
        Ok(Self { remote: Some((Xrdp::start(&deployment.folder)?, Desktop::start(&folder, 1000, 800)?)) })
    }

    pub fn seats(&mut self, deployment: &Deployment, count: usize) -> anyhow::Result<Vec<Seat>> {
        let session = format!("{WORK} &\nexec {LEADER} -f /dev/null\n");
        let users = (0..count).map(|number| Person::add(&format!("s{number}"), &session));
        let users = users.collect::<anyhow::Result<Vec<_>>>()?;
        match &mut self.remote {
            None => {
                users.into_iter().enumerate().map(|(number, user)| on_xvfb(deployment, user, number, count)).collect()
            }
            Some((xrdp, desk)) => {
                for few in users.chunks(KNOCK_TOGETHER) {
                    few.iter().try_for_each(|user| user.connect(desk, xrdp.port, "320x240", "desk"))?;
                    for user in few {
                        wait_for(&format!("the session of {}", user.name), || Ok(user.runs(LEADER).then_some(())))?;
                    }
                }
                users.into_iter().map(on_xorg).collect()
            }
        }
    }
}

/// With a display whose number nobody else takes, not even once its server was killed.
fn on_xvfb(deployment: &Deployment, user: Person, number: usize, count: usize) -> anyhow::Result<Seat> {
    let display = format!(":{}", 3_000 + std::process::id() as usize % 1_000 * count + number);
    let authority = user.home.join(".Xauthority");
    write_cookie(&authority)?;
    std::os::unix::fs::chown(&authority, Some(user.uid), Some(user.gid))?;
    let mut server = user.command("Xvfb", &[&display, "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"]);
    let server = Program::start(&user.name, &deployment.folder, server.arg("-auth").arg(&authority))?;
    wait_for("Xvfb to answer", || Ok(crate::picture::client(&display, &authority).ok().map(drop)))?;
    let mut work = user.command("sh", &["-c", &format!("exec {WORK}")]);
    work.env("DISPLAY", &display).env("XAUTHORITY", &authority);
    let work = Program::start(&format!("{}-work", user.name), &deployment.folder, &mut work)?;
    let pid = server_of(&display)?;
    Ok(Seat { display, authority, kind: Kind::Xvfb, server: pid, _programs: vec![work, server], user })
}

/// Where xrdp put it.
fn on_xorg(user: Person) -> anyhow::Result<Seat> {
    let display = wait_for(&format!("a display of {}", user.name), || user.display())?;
    let (authority, server) = (user.home.join(".Xauthority"), server_of(&display)?);
    Ok(Seat { display, authority, kind: Kind::Xrdp, server, _programs: Vec::new(), user })
}

impl Seat {
    pub fn log_out(&self) -> anyhow::Result<()> {
        match self.kind {
            Kind::Xvfb => Ok(kill(self.server, Signal::SIGTERM)?),
            Kind::Xrdp => self.user.end(LEADER, Signal::SIGTERM),
        }
    }
}
