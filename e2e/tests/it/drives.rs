//! A drive that a remote-desktop client lends to a session, and what crosses by it, stand in the recording.

use std::path::Path;

use anyhow::{Context as _, ensure};
use nix::sys::signal::Signal;
use nix::unistd::geteuid;
use recording::{Event, event_kinds as kinds};

use crate::deployment::Deployment;
use crate::desktop::Desktop;
use crate::process::{wait_for, wait_or_explain};
use crate::remote::{Person, Xrdp};
use crate::stored;

/// What the session is: it outlives everything that is done in it.
const SESSION: &str = "openbox &\nexec tail -f /dev/null\n";

#[test]
#[ignore = "adds a user to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn a_drive_of_the_client_and_what_crosses_by_it_are_told() -> anyhow::Result<()> {
    if !geteuid().is_root() || !Path::new("/dev/fuse").exists() {
        println!("not tried: it takes root and FUSE");
        return Ok(());
    }
    let dora = Person::add("dora", SESSION)?;
    let mut deployment = Deployment::new()?;
    let xrdp = Xrdp::start(&deployment.folder)?;
    let (folder, lent) = (deployment.folder.join("desk"), deployment.folder.join("lent"));
    std::fs::create_dir(&folder)?;
    std::fs::create_dir(&lent)?;
    std::fs::write(lent.join("prices.csv"), "apples;3\n")?;
    let mut desk = Desktop::start(&folder, 1000, 800)?;
    dora.connect_lending(&mut desk, xrdp.port, &lent)?;
    let display = wait_for("a display of dora's", || dora.display())?;
    wait_for("the window manager", || Ok(dora.runs("openbox").then_some(())))?;
    let settings = deployment.folder.join("agent.toml");
    std::fs::write(&settings, "[events]\nclient_drives = true\ntransfers = true\n")?;
    deployment.start_agent_by(&settings, &[&display])?;

    let mapped = told(&deployment, &display, kinds::CLIENT_DRIVE, &[("drive", "lent")])?;
    ensure!(mapped.fields["change"] == "mapped" && mapped.fields["before"] == true, "{mapped:?}");
    let place = dora.home.join("thinclient_drives/lent");
    do_as(&dora, "cp \"$0/prices.csv\" ~/prices.csv", &place)?;
    let fetched = told(&deployment, &display, kinds::FILE_TRANSFER, &[("direction", "host"), ("path", "prices.csv")])?;
    ensure!(fetched.fields["size"] == 9 && fetched.fields["drive"] == "lent", "{fetched:?}");
    do_as(&dora, "head -c 300000 /dev/zero > ~/all; mkdir \"$0/out\"; cp ~/all \"$0/out/customers.db\"", &place)?;
    let sent = [("direction", "client"), ("path", "out/customers.db")];
    let sent = told(&deployment, &display, kinds::FILE_TRANSFER, &sent)?;
    ensure!(sent.fields["size"] == 300_000 && sent.fields["text"] == "lent/out/customers.db → client", "{sent:?}");
    ensure!(std::fs::metadata(lent.join("out/customers.db"))?.len() == 300_000, "it did not cross");

    // What watches runs as dora, who can end it: that is told, and another begins.
    end_watch(&dora)?;
    told(&deployment, &display, kinds::EVENTS_LOST, &[("of", "transfers")])?;
    wait_for("another to watch", || Ok(watches(&dora).first().map(drop)))?;
    let [mapped, fetched, sent] = [mapped, fetched, sent].map(|event| event.fields["text"].to_string());
    println!("{mapped}, {fetched}, {sent}");
    Ok(())
}

fn do_as(person: &Person, script: &str, place: &Path) -> anyhow::Result<()> {
    let status = person.command("sh", &["-c", script, place.to_str().context("a path")?]).status()?;
    ensure!(status.success(), "{script}: {status}");
    Ok(())
}

/// Processes of hers that watch drives.
fn watches(person: &Person) -> Vec<i32> {
    let is_one = |pid: &i32| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|word| word == b"drive-watch")
    };
    person.processes().into_iter().filter(is_one).collect()
}

fn end_watch(person: &Person) -> anyhow::Result<()> {
    let processes = watches(person);
    ensure!(!processes.is_empty(), "nobody watches");
    for process in processes {
        // As she would: with her rights alone.
        let killed =
            person.command("kill", &["-s", Signal::SIGKILL.as_str().trim_start_matches("SIG"), &process.to_string()]);
        let status = { killed }.status()?;
        ensure!(status.success(), "kill: {status}");
    }
    Ok(())
}

fn told(deployment: &Deployment, display: &str, kind: &str, fields: &[(&str, &str)]) -> anyhow::Result<Event> {
    let all = || format!("; told was {:#?}", events(deployment, display).unwrap_or_default());
    wait_or_explain(&format!("{kind} {fields:?}"), || found(deployment, display, kind, fields), all)
}

fn found(deployment: &Deployment, display: &str, kind: &str, fields: &[(&str, &str)]) -> anyhow::Result<Option<Event>> {
    let is_it = |event: &Event| {
        event.kind == kind
            && fields.iter().all(|(field, value)| event.fields.get(*field).is_some_and(|found| found == value))
    };
    Ok(events(deployment, display)?.into_iter().find(is_it))
}

fn events(deployment: &Deployment, display: &str) -> anyhow::Result<Vec<Event>> {
    let entries = stored::entries(deployment, display)?;
    Ok(stored::events(&entries).into_iter().map(|(_, event)| event).collect())
}
