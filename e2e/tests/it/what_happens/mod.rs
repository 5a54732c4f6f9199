//! What somebody does at a remote desktop stands in the recording: each kind of event that this machine can produce, with its fields, when it was
//! done, and at its position. What cannot be done here is named, with where it is.

mod accounts;
mod client;
mod deed;
mod desktop;
mod files;
mod machine;
mod scene;
mod table;

use anyhow::{Context as _, ensure};
use nix::unistd::geteuid;

use crate::picture::Picture;
use crate::process::wait_for;
use deed::Deed;
pub use deed::Does;
use deed::Does::Shell;
pub use scene::Scene;
use table::Row;

/// All that is done.
const DEEDS: &[&[Deed]] = &[
    desktop::AT_WORK,
    files::FILES,
    files::CONFIGURATION,
    accounts::ACCOUNTS,
    machine::PACKAGES,
    machine::PRINTING,
    machine::CONNECTIONS,
    desktop::PAGES,
    desktop::AWAY,
    client::OF_A_SCREEN,
];
/// The last of them are done in a session of their own: not every client lends drives.
const OF_A_DRIVE: &[&[Deed]] = &[client::THAT_LENDS];

/// Kinds of events, fields of them (`kind.field`) and values that are not produced here, and where they are instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "usb-storage",
        "there is no stick: the kernel speaks of a device that is one in a sysfs of the test's, crates/agent/tests/it/devices.rs",
    ),
    ("typed", "only where a notice says so: e2e/tests/it/typed_secrets.rs, and crates/agent/tests/it/typed.rs"),
    ("response", "e2e/tests/it/responses.rs, at a remote desktop"),
    ("disturbed", "e2e/tests/it/attacks.rs"),
    ("covered", "crates/agent/tests/it/covered.rs"),
    ("clipboard.title", "crates/capture/tests/it/desktop.rs"),
    ("popup.no_words", "crates/agent/tests/it/accessible.rs"),
    ("events-lost.lost", "crates/detect/tests/it/flood.rs"),
    ("package-changed.manager: flatpak", "crates/detect/tests/it/flatpak.rs"),
    ("package-changed.manager: rpm", "crates/detect/tests/it/rpm.rs"),
    ("file-transfer.way: sftp, scp", "e2e/tests/it/copies.rs"),
    ("file-transfer.way: clipboard", "was not tried: no client here copies files"),
];

/// Kinds that policies cannot ask about.
const NOT_ASKED: &[&str] = &["resize", "monitors", "covered", "recording-paused", "recording-resumed"];

/// What is logged: everything.
const LOGGED: &str = "topmost_window = true\n\
    idle_after_seconds = 5\n\
    clipboard = true\n\
    clipboard_content = true\n\
    not_responding = true\n\
    popups = true\n\
    popup_words = true\n\
    pages = true\n\
    performance = true\n\
    programs = [\"xclock\"]\n\
    program_ends = true\n\
    program_failures = true\n\
    folders = [\"{home}/ledger\"]\n\
    configuration = [\"{home}/settings\", \"dconf:/org/gnome/desktop/\"]\n\
    accounts = true\n\
    packages = true\n\
    connections = true\n\
    usb_storage = true\n\
    printing = true\n\
    printing_copies = true\n\
    client_drives = true\n\
    transfers = true";

/// What is there before anybody looks.
const FURNISHED: &str = "mkdir ledger settings; dconf write /org/kinescope/furnished true; \
    printf '<title>Accounts</title><script>addEventListener(\"keydown\", () => location = \"salaries.html?k=s3cret\")</script>Here' > accounts.html; \
    printf '<title>Salaries</title>There' > salaries.html; \
    xterm -T Before -e sleep 600 & shown Before";

/// Whether accessibility is switched on in the session.
const SWITCHED_ON: &str = "timeout 60 sh -c 'until dbus-send --session --print-reply --dest=org.a11y.Bus /org/a11y/bus \
    org.freedesktop.DBus.Properties.Get string:org.a11y.Status string:IsEnabled | grep -q \"boolean true\"; do sleep 0.2; done'";

#[test]
#[ignore = "adds users to this machine for some minutes, as root; scripts/test-e2e.sh runs it"]
fn what_is_done_at_a_remote_desktop_is_told() -> anyhow::Result<()> {
    if !geteuid().is_root() {
        println!("not tried: only root can start sessions of others");
        return Ok(());
    }
    let mut scene = Scene::of_windows("eva")?;
    scene.does(Shell(FURNISHED))?;
    let spool = scene.machine.cups.path("spool");
    scene.start_agent(LOGGED, &[(&spool, "/var/spool/cups")])?;
    wait_for("the topmost window", || {
        let told = scene.happened()?.events.iter().any(|(_, event)| event.kind == "topmost-window");
        Ok(told.then_some(()))
    })?;
    scene.until_told(Shell("touch ledger/probe; rm ledger/probe"), |event| event.kind == "file-deleted")?;
    scene.does(Shell(SWITCHED_ON))?;
    let rows = table::done(&mut scene, DEEDS)?;
    shown_where_it_is_told(&scene, &rows)?;
    table::print_elsewhere();
    scene.deployment.verify_all()
}

#[test]
#[ignore = "adds a user to this machine for a minute, as root; scripts/test-e2e.sh runs it"]
fn what_is_done_with_a_drive_of_the_client_is_told() -> anyhow::Result<()> {
    if !geteuid().is_root() || !std::path::Path::new("/dev/fuse").exists() {
        println!("not tried: it takes root and FUSE");
        return Ok(());
    }
    let mut scene = Scene::begin("dora", "exec tail -f /dev/null", client::lend)?;
    scene.deployment.person()?.activate("events-only", false)?;
    table::done(&mut scene, OF_A_DRIVE)?;
    scene.deployment.verify_all()
}

/// What the recording shows at an event's position is what the event tells of: the window was not there when it was begun to be opened, and is there
/// half a second later.
fn shown_where_it_is_told(scene: &Scene, rows: &[Row]) -> anyhow::Result<()> {
    let row = rows.iter().find(|row| row.deed == desktop::SHOWS_CANARY).context("a row")?;
    let (file, made) = (scene.file()?.context("the recording")?, scene.deployment.folder.join("moment.png"));
    #[expect(clippy::cast_precision_loss, reason = "minutes")]
    let shows = |at_us: i64| {
        let picture = Picture::of_recording(&file, at_us as f64 / 1e6, &made)?;
        anyhow::Ok(picture.pixels_of(desktop::CANARY) > 1_000)
    };
    ensure!(!shows(row.began_us)?, "the window is shown before it was opened");
    ensure!(shows(row.at_us.cast_signed() + 500_000)?, "the window is not shown where it is told of");
    println!("the recording shows the window where it is told of, and not before");
    Ok(())
}

#[test]
fn every_kind_of_event_is_produced_or_named() {
    let told = || DEEDS.iter().chain(OF_A_DRIVE).copied().flatten().flat_map(|deed| deed.told);
    let elsewhere = |name: &str| ELSEWHERE.iter().any(|(one, _)| *one == name);
    let mut missing: Vec<String> = Vec::new();
    for kind in events::KINDS.iter().map(|kind| kind.name).chain(NOT_ASKED.iter().copied()) {
        let here = told().any(|told| told.0 == kind);
        if here == elsewhere(kind) {
            missing.push(format!("{kind}: produced here: {here}; named: {}", elsewhere(kind)));
        }
        let fields = events::Kind::named(kind).map_or(&[][..], |kind| kind.dimensions);
        let looked_at = |field: &str| told().any(|told| told.0 == kind && told.1.iter().any(|(one, _)| *one == field));
        let open = fields.iter().filter(|_| here).map(|one| one.field);
        let open = open.filter(|field| looked_at(field) == elsewhere(&format!("{kind}.{field}")));
        missing.extend(open.map(|field| format!("{kind}.{field}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
