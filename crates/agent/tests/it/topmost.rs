//! Which window is topmost stands in recordings where the machine's configuration wants it, and nowhere else.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use recording::{Event, event_kinds};

use x11rb::protocol::xproto::{ConnectionExt as _, EventMask};

use crate::painter::Painter;
use crate::pausing::{ask, machine};
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

/// Programs of a session; gone when dropped.
pub struct Programs(pub Vec<Child>);

impl Programs {
    /// A session whose windows are managed.
    pub fn managed(server: &XServer) -> Self {
        // It reads titles in the letters of its own language.
        let programs = Self(vec![
            Command::new("openbox").env("DISPLAY", server.display()).env("LC_ALL", "C.UTF-8").spawn().unwrap(),
        ]);
        until_managed(server);
        programs
    }

    /// Opens a terminal that gives itself titles.
    pub fn open(&mut self, server: &XServer, title: &str, script: &str) {
        let mut xterm = Command::new("xterm");
        xterm.args(["-display", server.display(), "-T", title, "-e", "sh", "-c", script]).env("LC_ALL", "C.UTF-8");
        self.0.push(xterm.spawn().unwrap());
    }
}

/// Waits until somebody manages the windows of a display.
pub fn until_managed(server: &XServer) {
    let painter = Painter::new(server);
    let limit = Instant::now() + PATIENCE;
    let attributes = || painter.conn.get_window_attributes(painter.root).unwrap().reply().unwrap();
    while !attributes().all_event_masks.contains(EventMask::SUBSTRUCTURE_REDIRECT) {
        assert!(Instant::now() < limit, "nobody manages windows");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        for program in &mut self.0 {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

fn titles(bytes: &[u8]) -> Vec<Event> {
    Playback::of(bytes).events.into_iter().filter(|event| event.kind == event_kinds::TOPMOST_WINDOW).collect()
}

fn until_titled(machine: &Machine, title: &str) {
    machine.until(title, |bytes| titles(bytes).iter().any(|event| event.fields["title"] == title));
}

const WATCHED: &str = "custom_events = { allowed = true }\nevents = { topmost_window = true }";

#[test]
fn each_topmost_window_is_an_event_with_program_and_title() {
    let server = XServer::xvfb("320x240x24");
    let mut programs = Programs::managed(&server);
    programs.open(&server, "Accounts", "read _");
    let machine = machine(&server, WATCHED);
    let agent = machine.start();
    // It is topmost before anybody looks.
    until_titled(&machine, "Accounts");
    programs.open(&server, "Überweisung 振替", "read _");
    until_titled(&machine, "Überweisung 振替");
    let events = titles(&machine.recording());
    let last = events.last().unwrap();
    assert_eq!(last.fields["text"], "xterm: Überweisung 振替");
    assert!(last.fields["program"].as_str().unwrap().ends_with("/xterm"), "{last:?}");
    assert_eq!(last.fields["process"], programs.0.last().unwrap().id());
    // Nobody is told what is topmost while the recording is paused, and afterwards what is then.
    assert!(ask(&machine, &["pause"]).status.success());
    programs.open(&server, "Salaries", "read _");
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(titles(&machine.recording()).iter().all(|event| event.fields["title"] != "Salaries"));
    programs.0.pop().into_iter().for_each(|mut salaries| {
        salaries.kill().unwrap();
        salaries.wait().unwrap();
    });
    programs.open(&server, "Letters", "read _");
    assert!(ask(&machine, &["resume"]).status.success());
    until_titled(&machine, "Letters");
    assert!(agent.stop().success());
    let kept = titles(&machine.recording());
    assert!(kept.iter().all(|event| event.fields["title"] != "Salaries"), "{kept:?}");
}

#[test]
fn a_program_that_changes_its_title_without_end_is_told_once_a_second() {
    let server = XServer::xvfb("320x240x24");
    let mut programs = Programs::managed(&server);
    let machine = machine(&server, WATCHED);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let begin = Instant::now();
    let change = r#"i=0; while [ $i -lt 20000 ]; do i=$((i+1)); printf '\033]2;number %d\007' $i; done; printf '\033]2;the last\007'; read _"#;
    programs.open(&server, "the first", change);
    until_titled(&machine, "the last");
    let seconds = begin.elapsed().as_secs_f64();
    let told = titles(&machine.recording()).len();
    assert!(agent.stop().success());
    assert!((told as f64) < seconds + 3.0, "{told} in {seconds:.1} s");
}

#[test]
fn nothing_is_told_where_it_is_not_wanted() {
    let server = XServer::xvfb("320x240x24");
    let mut programs = Programs::managed(&server);
    let machine = machine(&server, "custom_events = { allowed = true }");
    let agent = machine.start();
    programs.open(&server, "Accounts", "read _");
    machine.until("the desktop", |bytes| Playback::of(bytes).events.iter().any(|event| event.kind == "opened"));
    // Said later, heard later.
    assert!(ask(&machine, &["event", "--type", "afterwards"]).status.success());
    machine.until("the event", |bytes| Playback::of(bytes).events.iter().any(|event| event.kind == "custom"));
    assert!(agent.stop().success());
    assert_eq!(titles(&machine.recording()), []);
}
