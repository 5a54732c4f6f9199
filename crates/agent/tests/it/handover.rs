//! While who looks at the machine is followed by another, nothing is missed and nothing told twice; what is missed where nobody looks is declared.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use recording::{Event, event_kinds as kinds};

use crate::pausing::machine;
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::supervised::groups;
use crate::xserver::XServer;

/// Works until it is stopped, a file and a program at a time.
const WORK: &str =
    "n=0; while [ ! -e ../stop ]; do : > file-$n; sleep 0.$((n % 3 + 1)); n=$((n+1)); done; echo $n > ../done";

fn count(events: &[Event], kind: &str, field: &str, words: &str) -> usize {
    let has = |event: &&Event| event.fields.get(field).is_some_and(|field| field.to_string().contains(words));
    events.iter().filter(|event| event.kind == kind).filter(has).count()
}

#[test]
fn what_happens_while_another_begins_to_look_is_told_once() {
    let server = XServer::xvfb("320x240x24");
    let folder = tempfile::tempdir().unwrap();
    let (listed, later) = (folder.path().join("listed"), folder.path().join("later"));
    std::fs::create_dir(&listed).unwrap();
    let more = format!(
        "events = {{ folders = [\"{}\", \"{}\"], programs = [\"sleep\"], program_ends = true }}",
        listed.display(),
        later.display()
    );
    let machine = machine(&server, &more);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let in_session = |script: &str, folder: &Path| {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(folder).env("DISPLAY", server.display()).stdin(Stdio::null());
        command.spawn().unwrap()
    };
    let told = || Playback::of(&machine.recording()).events;
    let until_told = |what: &str, is_told: &dyn Fn(&[Event]) -> bool, act: &dyn Fn()| {
        let limit = Instant::now() + PATIENCE;
        while !is_told(&told()) {
            assert!(Instant::now() < limit, "{what} is not told: {}", machine.log());
            act();
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
    };
    let probe = |folder: &Path| assert!(in_session("mkdir probe; rmdir probe", folder).wait().unwrap().success());
    let is_probed = |folder: &Path, events: &[Event]| {
        count(events, kinds::FILE_CREATED, "path", folder.join("probe").to_str().unwrap()) > 0
    };
    until_told("the first", &|events| is_probed(&listed, events), &|| probe(&listed));
    let mut long = in_session("exec sleep 1234", &listed);
    let mut work = in_session(WORK, &listed);
    until_told("the work", &|events| count(events, kinds::FILE_CREATED, "path", "file-5\"") > 0, &|| {});
    std::fs::create_dir(&later).unwrap();
    until_told("what came later", &|events| is_probed(&later, events), &|| probe(&later));
    let worked = count(&told(), kinds::FILE_CREATED, "path", "/file-");
    until_told("more", &|events| count(events, kinds::FILE_CREATED, "path", "/file-") > worked + 20, &|| {});
    std::fs::write(folder.path().join("stop"), "").unwrap();
    assert!(work.wait().unwrap().success());
    let made: usize = std::fs::read_to_string(folder.path().join("done")).unwrap().trim().parse().unwrap();
    let last = format!("file-{}\"", made - 1);
    until_told("the last", &|events| count(events, kinds::FILE_CREATED, "path", &last) > 0, &|| {});
    long.kill().unwrap();
    long.wait().unwrap();
    let is_long_over = |events: &[Event]| count(events, kinds::PROGRAM_END, "text", "SIGKILL") > 0;
    until_told("the long one's end", &is_long_over, &|| {});
    assert!(agent.stop().success());
    let told = told();
    for number in 0..made {
        assert_eq!(count(&told, kinds::FILE_CREATED, "path", &format!("file-{number}\"")), 1, "file {number}");
    }
    let starts = count(&told, kinds::PROGRAM_START, "command", "\"sleep 0.");
    let ends = count(&told, kinds::PROGRAM_END, "program", "sleep");
    assert_eq!((starts, ends), (made, made + 1));
    assert_eq!(count(&told, kinds::PROGRAM_START, "command", "\"sleep 1234"), 1);
    assert_eq!(count(&told, kinds::EVENTS_LOST, "of", ""), 0);
}

#[test]
fn what_is_missed_when_who_looks_fails_is_declared_and_another_looks() {
    let server = XServer::xvfb("320x240x24");
    let machine = machine(&server, "events = { programs = [\"sleep\"], accounts = true }");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let told = || Playback::of(&machine.recording()).events;
    let until_started = |program: &str| {
        let limit = Instant::now() + PATIENCE;
        while count(&told(), kinds::PROGRAM_START, "command", program) == 0 {
            assert!(Instant::now() < limit, "{program} is not told: {}", machine.log());
            let mut command = Command::new("sh");
            command.args(["-c", &format!("{program}; true")]).env("DISPLAY", server.display()).stdin(Stdio::null());
            assert!(command.status().unwrap().success());
        }
    };
    until_started("sleep 0.5");
    let parent = agent.child.id().to_string();
    let ended = Command::new("pkill").args(["-9", "-P", &parent, "-f", "host-watch"]).status().unwrap();
    assert!(ended.success());
    until_started("sleep 0.6");
    let told = told();
    let lost = |of: &str| count(&told, kinds::EVENTS_LOST, "of", of);
    assert_eq!((lost("programs"), lost("accounts"), lost("files")), (1, 1, 0));
    assert!(agent.stop().success());
}
