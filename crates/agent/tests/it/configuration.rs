//! Configuration that changes stands in the recordings of sessions that list it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use recording::{Event, event_kinds as kinds};

use crate::pausing::machine;
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

fn changes(machine: &Machine) -> Vec<Event> {
    let events = Playback::of(&machine.recording()).events.into_iter();
    events.filter(|event| event.kind == kinds::CONFIGURATION_CHANGED).collect()
}

fn run(folder: &Path, script: &str) {
    assert!(Command::new("sh").args(["-ec", script]).current_dir(folder).status().unwrap().success());
}

#[test]
fn configuration_that_changes_is_an_event_of_sessions_that_list_it() {
    let (server, other_server) = (XServer::xvfb("160x120x24"), XServer::xvfb("160x120x24"));
    let root = tempfile::tempdir().unwrap();
    let (listed, other) = (root.path().join("etc"), root.path().join("other"));
    for folder in [&listed, &other] {
        std::fs::create_dir(folder).unwrap();
    }
    let machine = machine(&server, &format!("events = {{ configuration = [\"{}\"] }}", listed.display()));
    let elsewhere =
        crate::pausing::machine(&other_server, &format!("events = {{ configuration = [\"{}\"] }}", other.display()));
    let (agent, other_agent) = (machine.start(), elsewhere.start());
    machine.until("a group", |bytes| groups(bytes) > 0);
    elsewhere.until("a group", |bytes| groups(bytes) > 0);
    // Until somebody looks.
    let limit = Instant::now() + PATIENCE;
    while changes(&machine).is_empty() {
        assert!(Instant::now() < limit, "nothing is told: {}", machine.log());
        run(&listed, "umask 22; echo hunter2 >> rules");
        std::thread::sleep(Duration::from_secs(1));
    }
    run(&listed, "exec chmod 600 rules");
    let is_last = |event: &Event| event.fields.get("mode_before").is_some();
    machine.until("the last", |_| changes(&machine).iter().any(is_last));
    assert!(agent.stop().success() && other_agent.stop().success());
    let last = changes(&machine).into_iter().find(is_last).unwrap();
    let path = listed.canonicalize().unwrap().join("rules");
    assert_eq!(last.fields["text"], format!("{}: mode 0644 → 0600", path.display()));
    assert_eq!((&last.fields["owner"], &last.fields["mode"]), (&"root:root".into(), &"0600".into()));
    assert!(last.fields["program"].as_str().unwrap().ends_with("/chmod"), "{last:?}");
    assert!(changes(&elsewhere).is_empty());
    assert!(!format!("{:?}", changes(&machine)).contains("hunter2"));
}
