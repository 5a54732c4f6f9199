//! What happens to the client of a session, and to the session: who sits there comes and goes, and files cross to the client's drive.

use std::os::unix::process::CommandExt as _;

use anyhow::{Context as _, ensure};
use nix::sys::signal::Signal;

use super::deed::Does::{By, Shell};
use super::deed::Told;
use super::deed::When::{AtOnce, Within};
use super::deed::{Deed, NOT_THERE};
use super::scene::Scene;
use crate::deployment::Deployment;
use crate::desktop::Desktop;
use crate::picture::Picture;
use crate::process::wait_for;
use crate::remote::{Person, Xrdp};

/// It is looked who sits there once a second.
const SEEN: u64 = 1_000;
/// Drives are looked at every five.
const LOOKED_AT: u64 = 5_000;

/// Of a session that is recorded with its screen.
pub const OF_A_SCREEN: &[Deed] = &[
    Deed {
        what: "the client disconnects",
        how: By(leave),
        told: &[Told("client", &[("change", "disconnected"), ("connected", "false")], Within(SEEN))],
    },
    Deed {
        what: "another comes, of another size",
        how: By(come_back),
        told: &[
            Told("resize", &[("width", "1000"), ("height", "700")], AtOnce),
            Told(
                "client",
                &[("change", "connected"), ("connected", "true"), ("name", "desk-b"), ("address", "127.0.0.1")],
                Within(SEEN),
            ),
        ],
    },
    LOGS_OUT,
];

/// Its end.
const LOGS_OUT: Deed =
    Deed { what: "the user logs out", how: By(log_out), told: &[Told("session-end", &[], Within(SEEN))] };

/// The client's name for what it lends.
const LENT: (&str, &str) = ("drive", "lent");

/// Of a session whose client lends a drive, from the beginning to the end.
pub const THAT_LENDS: &[Deed] = &[
    Deed {
        what: "recording begins",
        how: By(begin),
        told: &[
            Told("session-start", &[], AtOnce),
            Told("client-drive", &[("change", "mapped"), LENT, ("before", "true")], Within(LOOKED_AT)),
        ],
    },
    Deed {
        what: "a desktop is opened",
        how: Shell(
            "openbox & timeout 60 sh -c 'until xprop -root _NET_SUPPORTING_WM_CHECK | grep -q window; do sleep 0.1; done'",
        ),
        told: &[Told("opened", &[("application", "desktop")], AtOnce)],
    },
    Deed {
        what: "a file comes from the client",
        how: Shell("slowly 'open F, shift; print <F>; close F' thinclient_drives/lent/prices.csv > prices.csv"),
        told: &[Told(
            "file-transfer",
            &[
                ("direction", "host"),
                ("way", "drive"),
                LENT,
                ("path", "prices.csv"),
                ("size", "9"),
                ("program", "…/perl"),
                ("process", ""),
            ],
            AtOnce,
        )],
    },
    Deed {
        what: "a file goes to it",
        how: By(send),
        told: &[Told(
            "file-transfer",
            &[("direction", "client"), ("way", "drive"), LENT, ("path", "out/customers.db"), ("size", "300000")],
            AtOnce,
        )],
    },
    Deed {
        what: "who looks at drives is ended",
        how: By(end_watch),
        // Another looks three seconds later.
        told: &[
            Told("events-lost", &[("of", "transfers")], Within(3_000)),
            Told("client-drive", &[("change", "mapped"), LENT, ("before", "true")], Within(LOOKED_AT)),
        ],
    },
    Deed {
        what: "the client disconnects",
        how: By(leave),
        told: &[
            Told("client", &[("change", "disconnected"), ("connected", "false")], Within(SEEN)),
            Told("client-drive", &[("change", "unmapped"), LENT], Within(LOOKED_AT)),
        ],
    },
    Deed {
        what: "it comes back",
        how: By(come_back_lending),
        told: &[
            Told("client", &[("change", "connected"), ("name", ""), ("address", "127.0.0.1")], Within(SEEN)),
            Told("client-drive", &[("change", "mapped"), LENT, ("before", NOT_THERE)], Within(LOOKED_AT)),
        ],
    },
    LOGS_OUT,
];

/// The client that begins a session whose drive has a file.
pub fn lend(person: &Person, desk: &mut Desktop, xrdp: &Xrdp, deployment: &Deployment) -> anyhow::Result<()> {
    let lent = deployment.folder.join("lent");
    std::fs::create_dir(&lent)?;
    std::fs::write(lent.join("prices.csv"), "apples;3\n")?;
    person.connect_lending(desk, xrdp.port, "800x600", &lent)
}

fn leave(scene: &mut Scene) -> anyhow::Result<()> {
    scene.desk.end_clients();
    Ok(())
}

fn come_back(scene: &mut Scene) -> anyhow::Result<()> {
    scene.person.connect(&mut scene.desk, scene.xrdp.port, "1000x700", "desk-b")?;
    has_size(scene, (1000, 700))
}

fn has_size(scene: &Scene, size: (u32, u32)) -> anyhow::Result<()> {
    wait_for("the new size", || {
        let now = Picture::of_server(&scene.display, &scene.person.home.join(".Xauthority"))?;
        Ok(((now.width, now.height) == size).then_some(()))
    })
}

fn begin(scene: &mut Scene) -> anyhow::Result<()> {
    until_lent(scene)?;
    scene.start_agent("client_drives = true\ntransfers = true", &[])?;
    wait_for("the recording", || Ok((!scene.happened()?.events.is_empty()).then_some(())))
}

/// The drive is there for its user, whom alone the kernel lets look.
fn until_lent(scene: &Scene) -> anyhow::Result<()> {
    let is_there = || scene.person.command("test", &["-e", "thinclient_drives/lent/prices.csv"]).status();
    wait_for("the client's drive", || Ok(is_there()?.success().then_some(())))
}

fn send(scene: &mut Scene) -> anyhow::Result<()> {
    scene.does(Shell(
        "head -c 300000 /dev/zero > all; mkdir thinclient_drives/lent/out; cp all thinclient_drives/lent/out/customers.db",
    ))?;
    let crossed = std::fs::metadata(scene.deployment.folder.join("lent/out/customers.db"))?.len();
    ensure!(crossed == 300_000, "{crossed} bytes of it crossed");
    Ok(())
}

/// Processes of the session's user that watch drives.
fn watches(person: &Person) -> Vec<i32> {
    let is_one = |pid: &i32| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|word| word == b"drive-watch")
    };
    person.processes().into_iter().filter(is_one).collect()
}

/// As its user can, who it acts for.
fn end_watch(scene: &mut Scene) -> anyhow::Result<()> {
    let watches = watches(&scene.person);
    ensure!(!watches.is_empty(), "nobody watches");
    for process in watches {
        let mut kill = scene.person.command("kill", &["-s", Signal::SIGKILL.as_str().trim_start_matches("SIG")]);
        let status = kill.arg(process.to_string()).uid(scene.person.uid).status()?;
        ensure!(status.success(), "kill: {status}");
    }
    Ok(())
}

fn come_back_lending(scene: &mut Scene) -> anyhow::Result<()> {
    let lent = scene.deployment.folder.join("lent");
    scene.person.connect_lending(&mut scene.desk, scene.xrdp.port, "1000x700", &lent)?;
    has_size(scene, (1000, 700))?;
    until_lent(scene)
}

fn log_out(scene: &mut Scene) -> anyhow::Result<()> {
    let session = std::fs::read_to_string(scene.person.home.join("session"))?;
    let session = session.trim().parse().context("the session's process")?;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(session), Signal::SIGTERM)?;
    wait_for("the display to be gone", || Ok(scene.person.display()?.is_none().then_some(())))
}
