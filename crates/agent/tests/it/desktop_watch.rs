//! What happens on a display stands in recordings where the machine's configuration wants it: real programs that copy, ask, hang and
//! rest.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use recording::{Event, event_kinds as kinds};
use x11rb::protocol::xtest::ConnectionExt as _;

use crate::painter::Painter;
use crate::pausing::{ask, machine};
use crate::playback::Playback;
use crate::recorder_process::{PATIENCE, signal};
use crate::supervised::{Agent, Machine, groups};
use crate::topmost::Programs;
use crate::xserver::XServer;

fn events_of(bytes: &[u8], kind: &str) -> Vec<Event> {
    Playback::of(bytes).events.into_iter().filter(|event| event.kind == kind).collect()
}

/// Waits for one more event of a kind than these.
fn until_another(machine: &Machine, kind: &str, before: usize) -> Event {
    machine.until(kind, |bytes| events_of(bytes, kind).len() > before);
    events_of(&machine.recording(), kind).swap_remove(before)
}

/// The processes that the agent has look at displays.
fn watchers(agent: &Agent) -> Vec<u32> {
    let listed = Command::new("pgrep").args(["-f", "desktop-watch", "-P"]).arg(agent.child.id().to_string()).output();
    String::from_utf8(listed.unwrap().stdout).unwrap().lines().map(|pid| pid.parse().unwrap()).collect()
}

fn until_watched(agent: &Agent, machine: &Machine) {
    let limit = Instant::now() + PATIENCE;
    while watchers(agent).is_empty() {
        assert!(Instant::now() < limit, "{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Copies something by a program that stays as long as it owns the clipboard.
fn copy(programs: &mut Programs, server: &XServer, target: &str, what: &str) {
    let mut xclip = Command::new("xclip");
    xclip.args(["-quiet", "-selection", "clipboard", "-t", target]).env("DISPLAY", server.display());
    let mut xclip = xclip.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    xclip.stdin.take().unwrap().write_all(what.as_bytes()).unwrap();
    programs.0.push(xclip);
}

#[test]
fn what_is_copied_stands_in_the_recording() {
    let server = XServer::xvfb("320x240x24");
    let mut programs = Programs::managed(&server);
    let wanted = "custom_events = { allowed = true }\nevents = { clipboard = true, clipboard_content = true }";
    let machine = machine(&server, wanted);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    until_watched(&agent, &machine);
    let limit = Instant::now() + PATIENCE;
    // What is copied before somebody looks is nowhere.
    while events_of(&machine.recording(), kinds::CLIPBOARD).is_empty() {
        assert!(Instant::now() < limit, "{}", machine.log());
        copy(&mut programs, &server, "UTF8_STRING", "IBAN 振替");
        std::thread::sleep(Duration::from_millis(700));
    }
    let event = until_another(&machine, kinds::CLIPBOARD, 0);
    assert_eq!((&event.fields["type"], &event.fields["content"]), (&"text".into(), &"IBAN 振替".into()), "{event:?}");
    assert!(event.fields["program"].as_str().unwrap().ends_with("/xclip"), "{event:?}");
    copy(&mut programs, &server, "text/uri-list", "file:///srv/a%20b\r\nfile:///srv/c\r\n");
    let is_file = |event: &Event| event.fields.get("type") == Some(&"file".into());
    machine.until("files", |bytes| events_of(bytes, kinds::CLIPBOARD).iter().any(is_file));
    let event = events_of(&machine.recording(), kinds::CLIPBOARD).into_iter().find(is_file).unwrap();
    assert_eq!(event.fields["files"], 2);
    assert_eq!(event.fields["paths"], "/srv/a b\n/srv/c");
    assert_eq!(event.fields["text"], "xclip: /srv/a b and 1 more");
    // Nobody looks while the recording is paused.
    assert!(ask(&machine, &["pause"]).status.success());
    let limit = Instant::now() + PATIENCE;
    while !watchers(&agent).is_empty() {
        assert!(Instant::now() < limit, "somebody looks while the recording is paused");
        std::thread::sleep(Duration::from_millis(20));
    }
    copy(&mut programs, &server, "UTF8_STRING", "a salary");
    std::thread::sleep(Duration::from_millis(1_000));
    assert!(ask(&machine, &["resume"]).status.success());
    until_watched(&agent, &machine);
    assert!(agent.stop().success());
    let told = events_of(&machine.recording(), kinds::CLIPBOARD);
    let content = |event: &Event| event.fields.get("content").and_then(|content| Some(content.as_str()?.to_owned()));
    assert!(told.iter().filter_map(content).all(|content| content == "IBAN 振替"), "{told:?}");
}

#[test]
fn dialogs_and_programs_that_hang_are_told() {
    let server = XServer::xvfb("640x480x24");
    let mut programs = Programs::managed(&server);
    let machine = machine(&server, "events = { popups = true, not_responding = true, topmost_window = true }");
    let agent = machine.start();
    programs.open(&server, "Accounts", "read _");
    machine.until("a window", |bytes| !events_of(bytes, kinds::TOPMOST_WINDOW).is_empty());
    let mut zenity = Command::new("zenity");
    zenity
        .args(["--question", "--title", "Delete everything?", "--text", "No way back"])
        .env("DISPLAY", server.display());
    programs.0.push(zenity.stderr(Stdio::null()).spawn().unwrap());
    let popup = until_another(&machine, kinds::POPUP, 0);
    let pid = programs.0.last().unwrap().id();
    assert_eq!((&popup.fields["title"], &popup.fields["process"]), (&"Delete everything?".into(), &pid.into()));
    assert!(popup.fields["program"].as_str().unwrap().ends_with("/zenity"), "{popup:?}");
    machine.until("the dialog on top", |bytes| {
        events_of(bytes, kinds::TOPMOST_WINDOW).iter().any(|event| event.fields["title"] == "Delete everything?")
    });
    signal(programs.0.last().unwrap(), "STOP");
    let hangs = until_another(&machine, kinds::NOT_RESPONDING, 0);
    assert_eq!((&hangs.fields["title"], &hangs.fields["process"]), (&"Delete everything?".into(), &pid.into()));
    signal(programs.0.last().unwrap(), "CONT");
    let again = until_another(&machine, kinds::RESPONDS_AGAIN, 0);
    assert_eq!(again.fields["process"], pid);
    assert!(agent.stop().success());
    let bytes = machine.recording();
    assert_eq!(events_of(&bytes, kinds::POPUP).len(), 1, "a window that is none is no dialog");
    assert_eq!(events_of(&bytes, kinds::NOT_RESPONDING).len(), 1);
}

#[test]
fn that_nothing_happens_is_told_and_how_long_nothing_did() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let machine = machine(&server, "events = { idle_after_seconds = 5 }");
    let agent = machine.start();
    let idle = until_another(&machine, kinds::IDLE, 0);
    assert_eq!(idle.fields["seconds"], 5);
    painter.conn.xtest_fake_input(6, 0, 0, painter.root, 30, 30, 0).unwrap();
    painter.settle();
    let end = until_another(&machine, kinds::IDLE_END, 0);
    assert!(end.fields["seconds"].as_u64().unwrap() >= 5 && end.fields["minutes"] == 0, "{end:?}");
    assert!(agent.stop().success());
}

#[test]
fn nobody_looks_while_a_recording_is_paused() {
    let server = XServer::xvfb("320x240x24");
    let machine = machine(&server, "events = { idle = false }\ncustom_events = { allowed = true }");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let until = |count| {
        let limit = Instant::now() + PATIENCE;
        while watchers(&agent).len() != count {
            assert!(Instant::now() < limit, "{:?} look\n{}", watchers(&agent), machine.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    // Whether the session is locked is always told.
    until(1);
    assert!(ask(&machine, &["pause"]).status.success());
    until(0);
    assert!(ask(&machine, &["resume"]).status.success());
    until(1);
    assert!(agent.stop().success());
}

#[test]
fn how_busy_the_machine_is_stands_in_the_recording() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = XServer::xvnc_for_viewers("320x240", port);
    // A viewer that says its version and no more.
    let mut viewer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    viewer.read_exact(&mut [0; 12]).unwrap();
    viewer.write_all(b"RFB 003.008\n").unwrap();
    let machine = machine(&server, "events = { idle = false, performance = true }");
    let agent = machine.start();
    let busy = until_another(&machine, kinds::PERFORMANCE, 0);
    assert!(agent.stop().success());
    let list = |name: &str| {
        busy.fields[name].as_array().unwrap().iter().map(|value| value.as_u64().unwrap()).collect::<Vec<_>>()
    };
    for name in ["cpu_percents", "memory_megabytes", "received", "sent"] {
        assert_eq!(list(name).len(), 15, "{busy:?}");
    }
    assert!(list("cpu_percents").iter().all(|percent| *percent <= 100), "{busy:?}");
    assert!(busy.fields["memory_bytes"].as_u64().unwrap() > 1 << 20, "{busy:?}");
    assert!(busy.fields["round_trip_ms"].as_u64().unwrap() < 1_000, "{busy:?}");
    drop(viewer);
}

#[test]
fn who_looks_and_is_ended_is_followed_by_another() {
    let server = XServer::xvfb("320x240x24");
    let mut programs = Programs::managed(&server);
    let machine = machine(&server, "events = { topmost_window = true }");
    let agent = machine.start();
    programs.open(&server, "Accounts", "read _");
    machine.until("a window", |bytes| !events_of(bytes, kinds::TOPMOST_WINDOW).is_empty());
    let ended = watchers(&agent)[0];
    assert!(Command::new("kill").args(["-9", &ended.to_string()]).status().unwrap().success());
    programs.open(&server, "Letters", "read _");
    machine.until("a window", |bytes| {
        events_of(bytes, kinds::TOPMOST_WINDOW).iter().any(|event| event.fields["title"] == "Letters")
    });
    assert_ne!(watchers(&agent), [ended]);
    machine.until_logged("is not known");
    assert!(agent.stop().success());
}
