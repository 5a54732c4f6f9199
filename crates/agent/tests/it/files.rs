//! Files that change below listed folders stand in recordings where the machine's configuration wants it.

use std::path::Path;
use std::process::Command;

use recording::{Event, event_kinds as kinds};

use crate::pausing::machine;
use crate::playback::Playback;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

fn events(machine: &Machine) -> Vec<Event> {
    let kinds = [kinds::FILE_CREATED, kinds::FILE_RENAMED, kinds::FILE_MOVED, kinds::FILE_DELETED];
    let all = Playback::of(&machine.recording()).events;
    all.into_iter().filter(|event| kinds.contains(&event.kind.as_str())).collect()
}

fn run(display: &str, folder: &Path, script: &str) {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(folder).env("DISPLAY", display);
    assert!(command.status().unwrap().success());
}

/// Whether the process that watches is told what it is to tell.
fn is_watched(machine: &Machine, server: &XServer, folder: &Path) {
    let limit = std::time::Instant::now() + crate::recorder_process::PATIENCE;
    while !events(machine).iter().any(|event| event.fields["path"].as_str().unwrap().contains("probe")) {
        assert!(std::time::Instant::now() < limit, "nothing is told: {}", machine.log());
        run(server.display(), folder, "mkdir probe; sleep 1; rmdir probe");
    }
    // Of a flood of probes the rest would be counted with what comes next.
    std::thread::sleep(std::time::Duration::from_secs(2));
}

#[test]
fn files_below_listed_folders_are_events_of_the_session_that_changed_them() {
    let (server, elsewhere) = (XServer::xvfb("320x240x24"), XServer::xvfb("320x240x24"));
    let folder = tempfile::tempdir().unwrap();
    let listed = folder.path().join("accounts");
    std::fs::create_dir(&listed).unwrap();
    let more = format!("custom_events = {{ allowed = true }}\nevents = {{ folders = [\"{}\"] }}", listed.display());
    let machine = machine(&server, &more);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    is_watched(&machine, &server, &listed);
    run(elsewhere.display(), &listed, "touch theirs");
    run(server.display(), folder.path(), "touch outside");
    run(
        server.display(),
        &listed,
        "printf 12345 > one; mkdir 2026; mv one 2026/two; mv 2026/two 2026/three; rm 2026/three",
    );
    machine.until("the last", |_| {
        events(&machine).iter().any(|event| event.kind == kinds::FILE_DELETED && event.fields["item"] == "file")
    });
    assert!(agent.stop().success());
    let told: Vec<Event> = events(&machine)
        .into_iter()
        .filter(|event| !event.fields["path"].as_str().unwrap().contains("probe"))
        .collect();
    let path = |name: &str| listed.join(name).to_str().unwrap().to_owned();
    let said: Vec<(String, String, Option<String>)> = told
        .iter()
        .map(|event| {
            let field = |name: &str| event.fields.get(name).and_then(|field| field.as_str()).map(str::to_owned);
            (event.kind.clone(), field("path").unwrap(), field("to"))
        })
        .collect();
    let moved = |kind: &str, from: &str, to: &str| (kind.to_owned(), path(from), Some(path(to)));
    assert!(said.contains(&(kinds::FILE_CREATED.to_owned(), path("one"), None)), "{said:?}");
    assert!(said.contains(&(kinds::FILE_CREATED.to_owned(), path("2026"), None)), "{said:?}");
    assert!(said.contains(&moved(kinds::FILE_MOVED, "one", "2026/two")), "{said:?}");
    assert!(said.contains(&moved(kinds::FILE_RENAMED, "2026/two", "2026/three")), "{said:?}");
    assert!(said.contains(&(kinds::FILE_DELETED.to_owned(), path("2026/three"), None)), "{said:?}");
    assert_eq!(said.len(), 5, "{said:?}");
    assert!(told.iter().all(|event| event.fields.contains_key("process")));
}

#[test]
fn files_that_are_copied_out_of_listed_folders_are_events_of_the_session_that_copied_them() {
    let (server, elsewhere) = (XServer::xvfb("320x240x24"), XServer::xvfb("320x240x24"));
    let (folder, stick) = (tempfile::tempdir().unwrap(), tempfile::tempdir_in("/dev/shm").unwrap());
    let listed = folder.path().join("plans");
    std::fs::create_dir(&listed).unwrap();
    std::fs::write(listed.join("probe"), "this is not it").unwrap();
    std::fs::write(listed.join("plan.odt"), "of the year to come").unwrap();
    let more = format!("events = {{ folders = [\"{}\"] }}", listed.display());
    let machine = machine(&server, &more);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let copies = || {
        let all = Playback::of(&machine.recording()).events;
        all.into_iter().filter(|event| event.kind == kinds::FILE_COPIED).collect::<Vec<Event>>()
    };
    let limit = std::time::Instant::now() + crate::recorder_process::PATIENCE;
    while copies().is_empty() {
        assert!(std::time::Instant::now() < limit, "nothing is told: {}", machine.log());
        run(server.display(), &listed, &format!("cp probe {}/probe; sleep 1", stick.path().display()));
    }
    run(elsewhere.display(), &listed, &format!("cp plan.odt {}/theirs", stick.path().display()));
    run(
        server.display(),
        &listed,
        &format!("cp plan.odt copy.odt; cp plan.odt {}/ours; sleep 0.2", stick.path().display()),
    );
    machine.until("the copy", |_| {
        copies().iter().any(|event| event.fields["path"] != listed.join("probe").to_str().unwrap())
    });
    assert!(agent.stop().success());
    let told: Vec<Event> = copies().into_iter().filter(|event| event.fields["size"] == 19).collect();
    let [copied] = told.as_slice() else { panic!("{told:?}") };
    let path = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    assert_eq!(copied.fields["path"], path(listed.join("plan.odt")));
    assert_eq!(copied.fields["to"], path(stick.path().join("ours")));
}
