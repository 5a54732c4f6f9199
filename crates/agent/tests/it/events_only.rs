//! Sessions of which only events are recorded: begin, end and lock, and not one picture.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use recording::{Decoder, Entry, TrackKind};
use serde_json::{Value, json};

use crate::asked::{self, ask, is_root};
use crate::recorder_process::PATIENCE;
use crate::supervised::{Machine, groups, header, outline, verify};
use crate::xserver::{NOBODY, XServer};

/// Kinds of the events so far, and of the tracks that groups declare.
fn events(bytes: &[u8]) -> (Vec<String>, Vec<TrackKind>) {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let (mut kinds, mut tracks) = (Vec::new(), Vec::new());
    while let Ok(Some(located)) = decoder.next() {
        match located.entry {
            Entry::Group(group) => tracks.extend(group.tracks.iter().map(|track| track.kind)),
            Entry::Data { payload, .. } => {
                kinds.push(recording::Event::from_payload(&payload).expect("an event").kind);
            }
            _ => {}
        }
    }
    (kinds, tracks)
}

struct Locker(Child);

impl Locker {
    fn on(server: &XServer) -> Self {
        let mut command = Command::new("i3lock");
        command.arg("--nofork").env("DISPLAY", server.display()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }
}

impl Drop for Locker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn begin_lock_unlock_and_end_are_recorded_and_no_picture() {
    let mut server = XServer::xvfb("320x240x24");
    let machine = Machine::new(&[server.display()]);
    fs::write(machine.path().join("policy"), "events-only").unwrap();
    let agent = machine.start();
    machine.until("the session's begin", |bytes| events(bytes).0 == ["session-start"]);
    let locker = Locker::on(&server);
    machine.until("the lock", |bytes| events(bytes).0.last().is_some_and(|kind| kind == "lock"));
    drop(locker);
    machine.until("the unlocking", |bytes| events(bytes).0.last().is_some_and(|kind| kind == "unlock"));
    server.kill();
    machine.until("the end", |bytes| outline(bytes).2.is_some());
    let bytes = machine.recording();
    let (kinds, tracks) = events(&bytes);
    assert_eq!(kinds, ["session-start", "lock", "unlock", "session-end"]);
    assert_eq!(tracks, [TrackKind::Events]);
    assert!(verify(&bytes).intact);
    assert!(agent.stop().success());
}

/// Tracks of the session's file with this number, once it has a group.
fn tracks(machine: &Machine, file: usize) -> Vec<TrackKind> {
    let limit = Instant::now() + PATIENCE;
    loop {
        if let Some((_, bytes)) = machine.recordings().get(file).filter(|(_, bytes)| groups(bytes) > 0) {
            let mut decoder = Decoder::new();
            decoder.push(bytes);
            while let Ok(Some(located)) = decoder.next() {
                if let Entry::Group(group) = located.entry {
                    return group.tracks.iter().map(|track| track.kind).collect();
                }
            }
        }
        assert!(Instant::now() < limit, "no file {file}; the agent's log:\n{}", machine.log());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn an_order_adds_the_screen_and_events_go_on_when_it_is_stopped() {
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    let server = XServer::xvfb_of_another_user("320x240x24");
    let machine = asked::machine(&server, true);
    let rules = json!([{ "name": "events", "action": { "do": "record-events", "notice": false }, "user_may_start": true,
        "when": { "where": [{ "machine": "*" }] } }]);
    let policy = json!({ "version": 1, "name": "Quiet", "rules": rules }).to_string();
    fs::write(machine.path().join("policy"), policy).unwrap();
    let agent = machine.start();
    assert_eq!(tracks(&machine, 0), [TrackKind::Events]);
    let display = server.display();
    let done = |answer: Value| answer["sessions"][0]["done"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    let refused = ask(&machine, NOBODY, display, &["stop"]);
    assert_eq!(refused["error"], "not-allowed", "{refused}");

    // The session's user adds the screen; an administrator wants it, too, and then it is not the user's to stop.
    assert_eq!(done(ask(&machine, NOBODY, display, &["start"])), "started");
    assert!(tracks(&machine, 1).contains(&TrackKind::Screen), "{:?}", tracks(&machine, 1));
    let text = header(&machine.recordings()[1].1).reason.text;
    assert!(text.ends_with("the session's user started it; the policy records events only"), "{text}");
    machine.until_logged("the screen is recorded, too: nobody, the session's user started it");
    assert_eq!(done(ask(&machine, 0, "", &["start", "--all"])), "nothing");
    assert_eq!(ask(&machine, NOBODY, display, &["stop"])["error"], "not-allowed");

    // An agent that is started anew knows what lies below.
    assert!(agent.stop().success());
    let agent = machine.start();
    asked::until_it_answers(&machine);
    assert_eq!(done(ask(&machine, 0, "", &["stop", "--all"])), "stopped");
    assert_eq!(tracks(&machine, 2), [TrackKind::Events]);
    machine.until_logged("root on this machine stopped it; it goes on: ");
    let files: Vec<_> = machine.recordings().into_iter().map(|(_, bytes)| bytes).collect();
    let headers: Vec<_> = files.iter().map(|bytes| header(bytes)).collect();
    assert_eq!(
        headers.iter().map(|header| header.reason.policy.as_str()).collect::<Vec<_>>(),
        ["Quiet", "user", "Quiet"]
    );
    for (before, after) in headers.iter().zip(&headers[1..]) {
        assert_eq!(after.follows.as_ref().unwrap().recording, before.recording);
    }
    assert_eq!(outline(&files[0]).2.as_deref(), Some("rolled-over"));
    assert_eq!(outline(&files[1]).2.as_deref(), Some("rolled-over"));

    // Stopped once more it is the policy's recording that ends.
    assert_eq!(done(ask(&machine, 0, "", &["stop", "--all"])), "stopped");
    assert_eq!(outline(&machine.recordings()[2].1).2.as_deref(), Some("stopped"));
    assert_eq!(ask(&machine, 0, "", &["status", "--all"])["sessions"][0]["recording"], Value::Null);
    assert!(agent.stop().success());
}
