//! Changes of the machine's accounts and packages stand in the recordings of all sessions that log them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use recording::{Event, event_kinds as kinds};

use crate::pausing::machine;
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

/// A copy of the machine's /etc, and a dpkg that knows of nothing.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    assert!(Command::new("cp").args(["-a", "/etc"]).arg(root.path()).status().unwrap().success());
    for folder in ["dpkg/info", "dpkg/updates", "tiny/DEBIAN", "instances"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    fs::write(root.path().join("dpkg/status"), "").unwrap();
    let control = "Package: tiny\nVersion: 1.0-1\nArchitecture: all\nMaintainer: M <m@example.org>\nDescription: d\n";
    fs::write(root.path().join("tiny/DEBIAN/control"), control).unwrap();
    root
}

fn run(command: &mut Command) {
    assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success(), "{command:?}");
}

fn account(root: &Path, command: &str, arguments: &[&str]) {
    run(Command::new(command).arg("--prefix").arg(root).args(arguments));
}

fn dpkg(root: &Path, arguments: &[&str]) {
    let (admin, instances) = (root.join("dpkg"), root.join("instances"));
    let mut dpkg = Command::new("dpkg");
    dpkg.arg("--admindir").arg(admin).arg("--instdir").arg(instances).args(["--log", "/dev/null"]);
    run(dpkg.args(["--force-script-chrootless"]).args(arguments).current_dir(root));
}

fn of(machine: &Machine, kind: &str) -> Vec<Event> {
    Playback::of(&machine.recording()).events.into_iter().filter(|event| event.kind == kind).collect()
}

/// What is told of this account.
fn changes(machine: &Machine, user: &str) -> Vec<String> {
    let changed = of(machine, kinds::ACCOUNT_CHANGED).into_iter().filter(|event| event.fields["user"] == user);
    changed.map(|event| event.fields["change"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn accounts_and_packages_that_change_are_events_of_sessions_that_log_them() {
    let (server, silent_server) = (XServer::xvfb("160x120x24"), XServer::xvfb("160x120x24"));
    let root = root();
    let machine = machine(&server, "events = { accounts = true, packages = true }");
    let silent = crate::pausing::machine(&silent_server, "events = { program_failures = true }");
    let (agent, silent_agent) = (machine.start_within(root.path()), silent.start_within(root.path()));
    machine.until("a group", |bytes| groups(bytes) > 0);
    silent.until("a group", |bytes| groups(bytes) > 0);
    // Until somebody looks.
    let limit = Instant::now() + PATIENCE;
    while changes(&machine, "probe").is_empty() {
        assert!(Instant::now() < limit, "nothing is told: {}", machine.log());
        account(root.path(), "useradd", &["-M", "probe"]);
        std::thread::sleep(std::time::Duration::from_secs(1));
        account(root.path(), "userdel", &["probe"]);
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    account(root.path(), "useradd", &["-M", "-s", "/bin/bash", "clerk"]);
    machine.until("the account", |_| !changes(&machine, "clerk").is_empty());
    account(root.path(), "usermod", &["-p", "$6$salt$secretsecret", "clerk"]);
    machine.until("its password", |_| changes(&machine, "clerk").len() == 3);
    assert_eq!(changes(&machine, "clerk"), ["created", "password-changed", "unlocked"]);
    let created =
        of(&machine, kinds::ACCOUNT_CHANGED).into_iter().find(|event| event.fields["user"] == "clerk").unwrap();
    assert!(created.fields["program"].as_str().unwrap().ends_with("/useradd"), "{created:?}");
    assert_eq!(created.fields["by"], "root");
    account(root.path(), "usermod", &["-a", "-G", "users", "clerk"]);
    let is_added = |event: &Event| event.fields["change"] == "member-added";
    machine.until("its group", |_| of(&machine, kinds::GROUP_CHANGED).iter().any(is_added));
    let added = of(&machine, kinds::GROUP_CHANGED).into_iter().find(is_added).unwrap();
    assert_eq!((&added.fields["text"], &added.fields["member"]), (&"users: clerk added".into(), &"clerk".into()));
    assert!(added.fields["program"].as_str().unwrap().ends_with("/usermod"), "{added:?}");

    run(Command::new("dpkg-deb").args(["--build", "tiny", "tiny.deb"]).current_dir(root.path()));
    dpkg(root.path(), &["--install", "tiny.deb"]);
    machine.until("the package", |_| of(&machine, kinds::PACKAGE_CHANGED).len() == 1);
    dpkg(root.path(), &["--purge", "tiny"]);
    machine.until("its end", |_| of(&machine, kinds::PACKAGE_CHANGED).len() == 2);
    assert!(agent.stop().success() && silent_agent.stop().success());
    let packages = of(&machine, kinds::PACKAGE_CHANGED);
    let texts: Vec<&str> = packages.iter().map(|event| event.fields["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["tiny 1.0-1: installed", "tiny 1.0-1: removed"]);
    assert_eq!(packages[0].fields["manager"], "dpkg");
    assert!(packages[0].fields["program"].as_str().unwrap().ends_with("/dpkg"), "{packages:?}");
    assert!(
        of(&silent, kinds::GROUP_CHANGED).is_empty()
            && of(&silent, kinds::ACCOUNT_CHANGED).is_empty()
            && of(&silent, kinds::PACKAGE_CHANGED).is_empty()
    );
    assert!(
        !Playback::of(&machine.recording()).events.iter().any(|event| format!("{event:?}").contains("secretsecret"))
    );
}
