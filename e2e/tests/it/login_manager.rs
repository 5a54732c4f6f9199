//! A real systemd-logind on a message bus of its own: what it knows of a session stands in the recording.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use nix::unistd::geteuid;

use crate::deployment::Deployment;
use crate::desktop::server_of;
use crate::process::{Program, own, wait_for};

const LOGIND: &str = "/lib/systemd/systemd-logind";
const SESSION: &str = "/run/systemd/sessions/kinescopee2e";

#[test]
#[ignore = "runs systemd-logind as root where systemd does not; scripts/test-e2e.sh runs it"]
fn the_host_that_a_login_came_from_is_known() -> anyhow::Result<()> {
    if !geteuid().is_root() || Path::new("/run/systemd/system").exists() || !Path::new(LOGIND).exists() {
        println!("not tried: needs root, and a machine whose own login manager it does not disturb");
        return Ok(());
    }
    let mut deployment = Deployment::new()?;
    let display = deployment.desktop.as_ref().context("no desktop")?.display.clone();
    let leader = server_of(&display)?.as_raw();
    let _session = Kept::write(leader)?;
    let address = format!("unix:path={}", deployment.folder.join("bus").display());
    let _bus = bus(&deployment.folder, &address)?;
    let mut logind = Command::new(LOGIND);
    let _logind = Program::start("logind", &deployment.folder, logind.env("DBUS_SYSTEM_BUS_ADDRESS", &address))?;
    wait_for("logind to know the session", || {
        let mut ask = Command::new("busctl");
        ask.args(["call", "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"]);
        ask.args(["GetSessionByPID", "u", &leader.to_string()]).env("DBUS_SYSTEM_BUS_ADDRESS", &address);
        Ok(ask.output()?.status.success().then_some(()))
    })?;
    let mut agent = own("kinescope-agent")?;
    agent.arg("run").arg("--state-folder").arg(&deployment.agent_state).args(["--display", &display]);
    deployment.agent =
        Some(Program::start("agent", &deployment.folder, agent.env("DBUS_SYSTEM_BUS_ADDRESS", &address))?);
    let administrator = deployment.person()?;
    wait_for("the host to be known", || {
        Ok(administrator.only_recording()?.filter(|row| row.client_address.as_deref() == Some("10.9.8.7")))
    })
    .map(drop)
}

/// A session as logind keeps it between its runs; removed when dropped.
struct Kept(Vec<PathBuf>);

impl Kept {
    fn write(leader: i32) -> anyhow::Result<Self> {
        let session = format!(
            "UID=0\nUSER=root\nACTIVE=1\nSTATE=active\nREMOTE=1\nTYPE=x11\nCLASS=user\nREMOTE_HOST=10.9.8.7\nIS_DISPLAY=1\nSERVICE=xdm\nSCOPE=session-kinescopee2e.scope\n\
             FIFO={SESSION}.ref\nLEADER={leader}\nREALTIME=1795270000000000\nMONOTONIC=1\n"
        );
        let user = "NAME=root\nSTATE=active\nSTOPPING=no\nSESSIONS=kinescopee2e\nACTIVE_SESSIONS=kinescopee2e\n";
        let files = [(PathBuf::from(SESSION), session.as_str()), (PathBuf::from("/run/systemd/users/0"), user)];
        let mut kept = Self(vec![PathBuf::from(format!("{SESSION}.ref"))]);
        for (file, text) in files {
            std::fs::create_dir_all(file.parent().context("it lies in a folder")?)?;
            std::fs::write(&file, text)?;
            kept.0.push(file);
        }
        Ok(kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.iter().for_each(|file| drop(std::fs::remove_file(file)));
    }
}

/// A message bus at which everybody may say everything.
fn bus(folder: &Path, address: &str) -> anyhow::Result<Program> {
    let config = folder.join("bus.conf");
    let open = r#"<allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
        <allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
        <allow eavesdrop="true"/>"#;
    let text = format!(
        "<busconfig><type>system</type><listen>{address}</listen><auth>EXTERNAL</auth><policy context=\"default\">{open}\
         </policy></busconfig>"
    );
    std::fs::write(&config, text)?;
    let mut daemon = Command::new("dbus-daemon");
    let bus = Program::start("bus", folder, daemon.arg("--nofork").arg("--config-file").arg(&config))?;
    let socket = folder.join("bus");
    wait_for("the bus", || Ok(UnixStream::connect(&socket).ok()))?;
    Ok(bus)
}
