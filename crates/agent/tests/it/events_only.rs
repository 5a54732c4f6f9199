//! Sessions of which only events are recorded: begin, end and lock, and not one picture.

use std::fs;
use std::process::{Child, Command, Stdio};

use recording::{Decoder, Entry, TrackKind};

use crate::supervised::{Machine, outline, verify};
use crate::xserver::XServer;

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
