//! What is known of sessions that people reach from elsewhere, by RDP and by VNC: who sits there, what was opened, how it ended.

use std::net::Ipv4Addr;
use std::process::Command;

use anyhow::{Context as _, ensure};
use api::{RecordingItem, RecordingState};
use nix::sys::signal::Signal;
use nix::unistd::geteuid;
use serde_json::json;

use crate::deployment::{Deployment, Person as Administrator};
use crate::desktop::Desktop;
use crate::process::{Program, free_port, wait_for};
use crate::remote::{Person, Xrdp, relay};

/// A program without a desktop, as where single applications are published.
const PROGRAM: &str = "exec xterm -geometry 40x10 -e sleep 600\n";
const DESKTOP: &str = "exec openbox\n";

#[test]
#[ignore = "adds users to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn sessions_are_known_by_who_sits_there_and_what_was_opened() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let (ana, ben) = (Person::add("ana", PROGRAM)?, Person::add("ben", DESKTOP)?);
    let mut deployment = Deployment::new()?;
    let administrator = deployment.person()?;
    // Long before anybody is decided on: the server needs a second to hand it out.
    activate_rules(&administrator, &ana.name, &ben.name)?;
    let xrdp = Xrdp::start(&deployment.folder)?;
    let elsewhere = relay(Ipv4Addr::new(127, 0, 0, 2), xrdp.port)?;
    let mut desk_a = Desktop::start(&folder(&deployment, "desk-a")?, 1000, 800)?;
    let mut desk_b = Desktop::start(&folder(&deployment, "desk-b")?, 1000, 800)?;
    ana.connect(&mut desk_a, elsewhere, "640x480", "desk-a")?;
    let of_ana = wait_for("a display of ana's", || ana.display())?;
    ben.connect(&mut desk_b, xrdp.port, "640x480", "desk-b")?;
    let of_ben = wait_for("a display of ben's", || ben.display())?;
    let vnc = Vnc::start(&deployment)?;

    deployment.start_agent_for(&[&of_ana, &of_ben, &vnc.display])?;
    let row = row_of(&administrator, &of_ana, "desk-a")?;
    ensure!(row.client_address.as_deref() == Some("127.0.0.2") && row.opened.as_deref() == Some("xterm"), "{row:?}");
    ensure!(row.user == ana.name && row.start_reason.rule.as_deref() == Some("From elsewhere"), "{row:?}");
    let row = row_of(&administrator, &of_ben, "desk-b")?;
    ensure!(row.client_address.as_deref() == Some("127.0.0.1") && row.opened.as_deref() == Some("desktop"), "{row:?}");
    ensure!(row.user == ben.name && row.start_reason.rule.as_deref() == Some("Desktops"), "{row:?}");

    // Somebody comes to a session that is recorded already; somebody comes back to one, from another computer.
    wait_for("the recording of the VNC session", || at(&administrator, &vnc.display))?;
    desk_b.client("xtigervncviewer", &["-SecurityTypes", "None", &format!("127.0.0.1::{}", vnc.port)])?;
    wait_for("the viewer's address", || {
        Ok(at(&administrator, &vnc.display)?.filter(|row| row.client_address.as_deref() == Some("127.0.0.1")))
    })?;
    desk_a.end_clients();
    ana.connect(&mut desk_a, xrdp.port, "640x480", "desk-c")?;
    let row = row_of(&administrator, &of_ana, "desk-c")?;
    ensure!(row.client_address.as_deref() == Some("127.0.0.1") && row.state == RecordingState::Live, "{row:?}");
    ensure!(row.start_reason.rule.as_deref() == Some("From elsewhere"), "what was decided stays: {row:?}");

    ana.end("xterm", Signal::SIGTERM)?;
    let row = ended(&administrator, &of_ana)?;
    ensure!(row.state == RecordingState::Finished, "ana has logged out: {row:?}");
    ben.end("Xorg", Signal::SIGSEGV)?;
    let row = ended(&administrator, &of_ben)?;
    let why = row.end_reason.clone().unwrap_or_default();
    ensure!(row.state == RecordingState::Crashed && why.contains("crashed"), "ben's X server has crashed: {row:?}");
    drop(vnc);
    let rows = administrator.recordings()?;
    ensure!(rows.len() == 3, "each session is one recording, reconnected or not: {rows:?}");
    deployment.verify_all()
}

fn folder(deployment: &Deployment, name: &str) -> anyhow::Result<std::path::PathBuf> {
    let folder = deployment.folder.join(name);
    std::fs::create_dir(&folder)?;
    Ok(folder)
}

fn at(administrator: &Administrator, display: &str) -> anyhow::Result<Option<RecordingItem>> {
    Ok(administrator.recordings()?.into_iter().find(|row| row.display.as_deref() == Some(display)))
}

fn row_of(administrator: &Administrator, display: &str, computer: &str) -> anyhow::Result<RecordingItem> {
    wait_for(&format!("{display} to be known as used from {computer}"), || {
        let row = at(administrator, display)?;
        Ok(row.filter(|row| row.client_name.as_deref() == Some(computer) && row.opened.is_some()))
    })
}

fn ended(administrator: &Administrator, display: &str) -> anyhow::Result<RecordingItem> {
    wait_for(&format!("the recording of {display} to end"), || {
        Ok(at(administrator, display)?.filter(|row| row.end_reason.is_some() && row.end_us.is_some()))
    })
}

/// Rules that look at where a user comes from and at what was opened.
fn activate_rules(administrator: &Administrator, ana: &str, ben: &str) -> anyhow::Result<()> {
    let rule =
        |name: &str, when| json!({ "name": name, "action": { "do": "record-screen", "notice": false }, "when": when });
    let document = json!({ "version": 1, "name": "Facts", "rules": [
        rule("From elsewhere", json!({ "who": [{ "user": ana }], "client": ["127.0.0.2"] })),
        rule("Desktops", json!({ "who": [{ "user": ben }], "opened": ["desktop"] })),
        rule("Others", json!({ "who": [{ "user": "root" }] })),
    ] });
    let kept = administrator.post("policies", &json!({ "document": document }))?;
    let id = kept["policy"]["id"].as_str().context("the policy has no id")?;
    let active = administrator.get("policies")?["active"].clone();
    administrator.post(&format!("policies/{id}/activate"), &json!({ "revision": 1, "instead_of": active })).map(drop)
}

/// TigerVNC's server, with a terminal in it.
struct Vnc {
    display: String,
    port: u16,
    _terminal: Program,
    _server: Program,
}

impl Vnc {
    fn start(deployment: &Deployment) -> anyhow::Result<Self> {
        let (port, number) = (free_port()?, deployment.folder.join("vnc-display"));
        let command = format!(
            "exec Xtigervnc -displayfd 3 -geometry 640x480 -rfbport {port} -localhost -SecurityTypes None 3>{}",
            number.display()
        );
        let server = Program::start("xvnc", &deployment.folder, Command::new("sh").args(["-c", &command]))?;
        let number = wait_for("Xvnc to name its display", || {
            let text = std::fs::read_to_string(&number).unwrap_or_default();
            Ok(text.ends_with('\n').then(|| text.trim().to_owned()))
        })?;
        let display = format!(":{number}");
        let mut terminal = Command::new("xterm");
        terminal.args(["-display", &display, "-e", "sleep", "600"]);
        let terminal = Program::start("terminal", &deployment.folder, &mut terminal)?;
        Ok(Self { display, port, _terminal: terminal, _server: server })
    }
}
