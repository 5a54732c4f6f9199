//! Users are told that they are recorded, or asked: what the agent does with the notice's window and with its answer.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::painter::Painter;
use crate::playback::Playback;
use crate::shown::{ESCAPE, PATIENCE, RETURN, TAB, User};
use crate::supervised::{Machine, groups, header, outline};
use crate::xserver::XServer;

const QUESTION: &str = "Do you agree to this session being recorded?";
const NOTICE: &str = "Your session is being recorded";
/// A colour that nothing else on the screen has.
const CANARY: u32 = 0x00c0_ffee;

/// A machine whose last known policy tells users, or asks them.
fn machine(server: &XServer, consent: bool) -> Machine {
    let machine = Machine::new(&[server.display()]);
    let notices = format!("{{\"consent\":{consent},\"patience_secs\":30}}");
    fs::write(machine.path().join("policy"), format!("record-with-notice\n\n{notices}")).unwrap();
    machine
}

/// A program of the session that was started with a language.
struct Program(Child);

impl Program {
    fn of(server: &XServer, language: &str) -> Self {
        let mut command = Command::new("sleep");
        command.arg("1000").env_clear().env("DISPLAY", server.display()).env("LANG", language);
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }

    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until(what: &str, machine: &Machine, condition: impl Fn() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < limit, "waited in vain for {what}; the agent's log:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_user_is_told_in_the_sessions_language_and_the_recording_says_so() {
    let server = XServer::xvfb("800x600x24");
    let user = User::at(&server);
    let _program = Program::of(&server, "de_AT.UTF-8");
    let machine = machine(&server, false);
    let agent = machine.start();
    until("the notice", &machine, || user.find("Ihre Sitzung wird aufgezeichnet").is_some());
    machine.until("a group", |bytes| groups(bytes) > 0);
    let reason = header(&machine.recording()).reason;
    assert_eq!(reason.policy, "record-with-notice");
    assert!(reason.text.ends_with("; its user was told (de)"), "{}", reason.text);
    // It goes when it is read, and the recording goes on.
    until("the notice to go", &machine, || {
        user.strike(RETURN);
        user.find("Ihre Sitzung wird aufgezeichnet").is_none()
    });
    machine.until_logged("a notice was read");
    until("its process to end", &machine, || agent.recorders().len() == 1);
    assert!(agent.stop().success());
}

#[test]
fn a_notice_that_is_taken_away_is_shown_again_and_the_recording_goes_on() {
    let server = XServer::xvfb("800x600x24");
    let user = User::at(&server);
    let machine = machine(&server, false);
    let _agent = machine.start();
    for _ in 0..2 {
        until("the notice", &machine, || user.find(NOTICE).is_some());
        let window = user.find(NOTICE).unwrap();
        user.conn.kill_client(window).unwrap();
        user.conn.flush().unwrap();
        until("the notice to go", &machine, || user.find(NOTICE) != Some(window));
    }
    until("the notice", &machine, || user.find(NOTICE).is_some());
    machine.until("a group", |bytes| groups(bytes) > 0);
    assert_eq!(outline(&machine.recording()).1, Vec::<String>::new(), "the recording has no gap");
}

#[test]
fn nothing_is_recorded_before_its_user_agrees() {
    let server = XServer::xvfb("800x600x24");
    let user = User::at(&server);
    let painter = Painter::new(&server);
    painter.fill(0, 0, 800, 600, CANARY);
    painter.settle();
    let machine = machine(&server, true);
    let agent = machine.start();
    until("the question", &machine, || user.find(QUESTION).is_some());
    for _ in 0..20 {
        assert!(machine.recordings().is_empty(), "something was recorded without consent");
        std::thread::sleep(Duration::from_millis(100));
    }
    // What lay on the screen is gone when the user agrees; were it in any picture, it would have been seen before.
    painter.fill(0, 0, 800, 600, 0x0030_5070);
    painter.settle();
    until("the question to be answered", &machine, || {
        user.strike(TAB);
        user.strike(RETURN);
        user.find(QUESTION).is_none()
    });
    machine.until("a group", |bytes| groups(bytes) > 0);
    let reason = header(&machine.recording()).reason.text;
    assert!(reason.ends_with("; its user agreed (en)"), "{reason}");
    painter.fill(100, 100, 50, 50, 0x0011_2233);
    painter.settle();
    machine.until("the new picture", |bytes| Playback::of(bytes).picture() == Some(painter.servers_picture()));
    assert_eq!(pictures_with(&machine.recording(), CANARY), 0);
    assert_ne!(pictures_with(&machine.recording(), 0x0011_2233), 0, "the test sees what is in pictures");
    assert!(agent.stop().success());
}

#[test]
fn who_declines_is_logged_off_and_nothing_was_recorded() {
    let mut server = XServer::xvfb_of_another_user("800x600x24");
    let user = User::with_cookie(&server);
    let machine = machine(&server, true);
    let _agent = machine.start();
    until("the question", &machine, || user.find(QUESTION).is_some());
    let limit = Instant::now() + PATIENCE;
    while !server.has_ended() {
        assert!(Instant::now() < limit, "the session goes on:\n{}", machine.log());
        // The server may go at any moment.
        let _ = user.try_strike(&[ESCAPE, RETURN]);
        std::thread::sleep(Duration::from_millis(1_200));
    }
    machine.until_logged("its user did not agree");
    assert!(machine.recordings().is_empty());
}

#[test]
fn a_question_that_is_taken_away_again_and_again_ends_the_session_with_its_programs() {
    let mut server = XServer::xvfb("800x600x24");
    let mut program = Program::of(&server, "C");
    let machine = machine(&server, true);
    let _agent = machine.start();
    let limit = Instant::now() + PATIENCE + PATIENCE;
    while !server.has_ended() {
        assert!(Instant::now() < limit, "the session goes on:\n{}", machine.log());
        if let Some(user) = User::try_at(&server)
            && let Some(window) = user.try_find(QUESTION)
        {
            let _ = user.conn.kill_client(window).map(|cookie| cookie.check());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    machine.until_logged("took the question away again and again");
    until("the session's programs to end", &machine, || {
        !std::path::Path::new(&format!("/proc/{}/exe", program.0.id())).exists()
    });
    assert!(!program.is_alive());
    assert!(machine.recordings().is_empty());
}

/// How many pictures of a recording have a pixel of this colour.
fn pictures_with(bytes: &[u8], colour: u32) -> usize {
    let mut decoder = recording::Decoder::new();
    decoder.push(bytes);
    let (mut screen, mut found) = (screen::Decoder::new(), 0);
    let mut tracks = Vec::new();
    while let Ok(Some(located)) = decoder.next() {
        match located.entry {
            recording::Entry::Group(group) => {
                screen = screen::Decoder::new();
                tracks = group.tracks;
            }
            recording::Entry::Data { track, payload, .. } => {
                let kind = tracks.iter().find(|known| known.id == track).unwrap().kind;
                if kind == recording::TrackKind::Screen {
                    screen.decode(&payload).unwrap();
                    let frame = screen.frame().unwrap();
                    found += usize::from(frame.pixels().iter().any(|pixel| pixel & 0x00ff_ffff == colour));
                }
            }
            _ => {}
        }
    }
    found
}
