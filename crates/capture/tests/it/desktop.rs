//! What happens on a display besides its picture: programs that are honest, slow, silent, or liars.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use capture::{ConnectionParams, Copied, DesktopWatch, Sighting, Sort, Wanted};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, PropMode};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::wrapper::ConnectionExt as _;

use crate::follower::PATIENCE;
use crate::owner::{Owner, Says, text};
use crate::painter::Painter;
use crate::xserver::XServer;

/// Somebody who watches, until dropped.
struct Watcher {
    seen: Receiver<Sighting>,
    interrupt: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    fn of(server: &XServer, wanted: Wanted) -> Self {
        let (interrupt, interrupted) = UnixStream::pair().unwrap();
        let ((tell, seen), (tell_begun, begun)) = (channel(), channel());
        let params = ConnectionParams { display: server.display().to_owned(), cookie: None };
        let thread = std::thread::spawn(move || {
            let mut watch = DesktopWatch::open(&params, &wanted).unwrap();
            tell_begun.send(()).unwrap();
            while let Ok(Some(sighting)) = watch.next(&[interrupted.as_fd()]) {
                let _ = tell.send(sighting);
            }
        });
        begun.recv_timeout(PATIENCE).unwrap();
        Self { seen, interrupt: Some(interrupt), thread: Some(thread) }
    }

    fn next(&self) -> Sighting {
        self.seen.recv_timeout(PATIENCE).expect("something is seen")
    }

    /// Nothing is seen for so long.
    fn rests(&self, time: Duration) {
        assert_eq!(self.seen.recv_timeout(time), Err(RecvTimeoutError::Timeout));
    }

    fn copied(&self) -> Copied {
        match self.next() {
            Sighting::Copied(copied) => copied,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.interrupt.take());
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

/// Says what a window manager says: which window is topmost.
fn make_topmost(painter: &Painter, title: &str) {
    let atom = |name: &str| painter.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let (name, utf8, active) = (atom("_NET_WM_NAME"), atom("UTF8_STRING"), atom("_NET_ACTIVE_WINDOW"));
    painter.conn.change_property8(PropMode::REPLACE, painter.window, name, utf8, title.as_bytes()).unwrap();
    let window = [painter.window];
    painter.conn.change_property32(PropMode::REPLACE, painter.root, active, AtomEnum::WINDOW, &window).unwrap();
    painter.settle();
}

/// Draws as often as this, in steps of a quarter of a second.
fn draw(painter: &Painter, times: u32, size: (u16, u16)) {
    for time in 0..times {
        painter.fill(40, 40, size.0, size.1, if time % 2 == 0 { 0x00ff_ffff } else { 0 });
        painter.settle();
        std::thread::sleep(Duration::from_millis(250));
    }
}

#[test]
fn nothing_happens_until_somebody_moves_or_something_is_drawn_again_and_again() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let began = Instant::now();
    let watcher = Watcher::of(&server, Wanted { idle_after_seconds: Some(2), ..Wanted::default() });
    assert_eq!(watcher.next(), Sighting::Idle { seconds: 2 });
    assert!(began.elapsed() >= Duration::from_secs(2));
    // A caret that blinks is nothing, nor is a clock.
    draw(&painter, 12, (12, 24));
    draw(&painter, 1, (200, 40));
    watcher.rests(Duration::from_millis(1_500));
    draw(&painter, 1, (200, 40));
    watcher.rests(Duration::from_millis(1_500));
    // An animation is something, and goes on being it.
    draw(&painter, 16, (200, 40));
    let Sighting::IdleEnd { seconds } = watcher.next() else { panic!("no end") };
    assert!((7..=15).contains(&seconds), "{seconds}");
    assert_eq!(watcher.next(), Sighting::Idle { seconds: 2 });
    // Somebody moves the pointer, and goes on for longer than what makes it idle.
    let moving = Instant::now();
    let mut ends = Vec::new();
    while moving.elapsed() < Duration::from_secs(4) {
        let at = i16::try_from(moving.elapsed().as_millis() / 40).unwrap();
        painter.conn.xtest_fake_input(6, 0, 0, painter.root, at, at, 0).unwrap();
        painter.settle();
        std::thread::sleep(Duration::from_millis(100));
        ends.extend(watcher.seen.try_recv().ok().map(|seen| (seen, moving.elapsed())));
    }
    let [(Sighting::IdleEnd { .. }, after)] = ends[..] else { panic!("{ends:?}") };
    assert!(after < Duration::from_secs(1), "{after:?}");
    assert_eq!(watcher.next(), Sighting::Idle { seconds: 2 });
}

#[test]
fn a_session_is_told_to_be_locked_when_it_is_and_when_it_is_no_longer() {
    let server = XServer::xvfb("320x240x24");
    let watcher = Watcher::of(&server, Wanted { locked: true, ..Wanted::default() });
    assert_eq!(watcher.next(), Sighting::Locked(false));
    let mut locker = std::process::Command::new("i3lock");
    let mut locker = locker.arg("--nofork").env("DISPLAY", server.display()).spawn().unwrap();
    assert_eq!(watcher.next(), Sighting::Locked(true));
    let late = Watcher::of(&server, Wanted { locked: true, ..Wanted::default() });
    assert_eq!(late.next(), Sighting::Locked(true));
    locker.kill().unwrap();
    locker.wait().unwrap();
    assert_eq!((watcher.next(), late.next()), (Sighting::Locked(false), Sighting::Locked(false)));
    // One that goes on in the background has ended as the process that began.
    let locked = std::process::Command::new("i3lock").env("DISPLAY", server.display()).status().unwrap();
    assert!(locked.success());
    assert_eq!(watcher.next(), Sighting::Locked(true));
}

fn clipboard(content: bool) -> Wanted {
    Wanted { clipboard: true, clipboard_content: content, ..Wanted::default() }
}

#[test]
fn what_is_copied_is_told_with_its_window() {
    let server = XServer::xvfb("320x240x24");
    let owner = Owner::new(&server);
    let watcher = Watcher::of(&server, clipboard(false));
    make_topmost(&owner.painter, "Letters");
    owner.copies(&[("UTF8_STRING", text(b"Dear Sir")), ("image/png", text(b"x"))]);
    let copied = watcher.copied();
    assert_eq!((copied.sort, copied.content.as_deref(), copied.bytes), (Some(Sort::Text), None, None));
    assert_eq!((copied.window.title.as_str(), copied.window.pid), ("Letters", Some(std::process::id())));
    // Nobody asked for the text.
    assert_eq!(owner.asked(), ["TARGETS"]);
    owner.copies(&[("image/png", text(b"x"))]);
    assert_eq!(watcher.copied().sort, Some(Sort::Bitmap));
    let list = b"file:///srv/a%20b\r\nfile:///srv/c\r\n";
    owner.copies(&[("text/uri-list", text(list)), ("UTF8_STRING", text(b"/srv/a b"))]);
    let copied = watcher.copied();
    assert_eq!((copied.sort, copied.files), (Some(Sort::File), 2));
    assert_eq!(copied.paths, ["/srv/a b", "/srv/c"]);
    assert_eq!(owner.asked()[1..], ["TARGETS", "TARGETS", "text/uri-list"]);
    owner.copies(&[("application/x-own", text(b"x"))]);
    assert_eq!(watcher.copied().sort, None);
    // What is marked is not copied.
    owner.marks();
    watcher.rests(Duration::from_millis(800));
}

#[test]
fn text_is_told_where_it_is_wanted_unless_it_is_a_secret() {
    let server = XServer::xvfb("320x240x24");
    let owner = Owner::new(&server);
    let watcher = Watcher::of(&server, clipboard(true));
    let long = "\u{1b}\u{fc}".repeat(2_000);
    owner.copies(&[("UTF8_STRING", text(&long))]);
    let copied = watcher.copied();
    let content = copied.content.unwrap();
    assert_eq!((content.chars().count(), copied.bytes), (1_000, Some(6_000)));
    assert!(content.starts_with(" \u{fc} \u{fc}"), "{content}");
    let seen = owner.asked().len();
    owner.copies(&[("UTF8_STRING", text(b"hunter2")), ("x-kde-passwordManagerHint", text(b"secret"))]);
    let copied = watcher.copied();
    assert_eq!((copied.is_secret, copied.content, copied.sort), (true, None, Some(Sort::Text)));
    assert_eq!(owner.asked()[seen..], ["TARGETS"], "a secret is not asked for");
    // A secret that takes the place of a text while that is asked for.
    owner.copies(&[("UTF8_STRING", Says::SecretInstead(b"hunter2".to_vec()))]);
    let copied = watcher.copied();
    assert_eq!((copied.is_secret, copied.content), (true, None));
    watcher.rests(Duration::from_millis(800));
}

#[test]
fn owners_that_are_silent_or_lie_harm_nothing() {
    let server = XServer::xvfb("320x240x24");
    let owner = Owner::new(&server);
    let watcher = Watcher::of(&server, clipboard(true));
    let began = Instant::now();
    owner.copies(&[("TARGETS", Says::Nothing)]);
    assert_eq!(watcher.copied().sort, None);
    assert!(began.elapsed() < Duration::from_secs(10));
    owner.copies(&[("UTF8_STRING", Says::Nothing)]);
    let copied = watcher.copied();
    assert_eq!((copied.sort, copied.content), (Some(Sort::Text), None));
    owner.copies(&[("TARGETS", text(b"these are no atoms at all"))]);
    assert_eq!(watcher.copied().sort, None);
    // A gigabyte in pieces, of which the first is never fetched.
    owner.copies(&[("UTF8_STRING", Says::Pieces(1 << 30))]);
    let copied = watcher.copied();
    assert_eq!((copied.content, copied.bytes), (None, Some(1 << 30)));
    owner.copies(&[("UTF8_STRING", text([0xff; 200_000]))]);
    let copied = watcher.copied();
    assert_eq!((copied.content.unwrap().chars().count(), copied.bytes), (1_000, Some(200_000)));
    owner.copies(&[("UTF8_STRING", Says::Refuses)]);
    assert_eq!(watcher.copied().content, None);
    // As fast as it can: of many the last is told.
    for number in 0..2_000 {
        owner.copies(&[(if number < 1_999 { "image/png" } else { "UTF8_STRING" }, text(b"last"))]);
    }
    let mut told = 0;
    while watcher.copied().content.as_deref() != Some("last") {
        told += 1;
        assert!(told < 100);
    }
    owner.copies(&[("UTF8_STRING", text(b"and on"))]);
    assert_eq!(watcher.copied().content.as_deref(), Some("and on"));
}

#[test]
fn a_program_that_does_not_answer_is_told_once_and_when_it_answers_again() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let atom = |name: &str| painter.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let (protocols, ping) = (atom("WM_PROTOCOLS"), atom("_NET_WM_PING"));
    painter.conn.change_property32(PropMode::REPLACE, painter.window, protocols, AtomEnum::ATOM, &[ping]).unwrap();
    make_topmost(&painter, "Busy");
    let watcher = Watcher::of(&server, Wanted { responding: true, ..Wanted::default() });
    let Sighting::NotResponding(window) = watcher.next() else { panic!("it is told") };
    assert_eq!((window.title.as_str(), window.pid), ("Busy", Some(std::process::id())));
    assert_eq!(crate::owner::answer_pings(&painter, ping), 1, "who does not answer is not asked again");
    let Sighting::RespondsAgain { window, seconds } = watcher.next() else { panic!("it is told") };
    assert!(window.title == "Busy" && seconds >= 5, "{seconds}");
    // One that never said that it answers is not asked.
    painter.conn.delete_property(painter.window, protocols).unwrap();
    painter.settle();
    watcher.rests(Duration::from_secs(12));
    assert_eq!(crate::owner::answer_pings(&painter, ping), 0);
}

#[test]
fn a_dialog_that_has_the_number_of_one_that_has_just_gone_is_told() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let atom = |name: &str| painter.conn.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let (list, types) = (atom("_NET_CLIENT_LIST"), atom("_NET_WM_WINDOW_TYPE"));
    let dialog = [atom("_NET_WM_WINDOW_TYPE_DIALOG")];
    painter.conn.change_property32(PropMode::REPLACE, painter.window, types, AtomEnum::ATOM, &dialog).unwrap();
    make_topmost(&painter, "Again?");
    let lists = |windows: &[u32]| {
        painter.conn.change_property32(PropMode::REPLACE, painter.root, list, AtomEnum::WINDOW, windows).unwrap();
        painter.settle();
    };
    lists(&[]);
    let watcher = Watcher::of(&server, Wanted { popups: true, ..Wanted::default() });
    // It is looked at first what is there already.
    watcher.rests(Duration::from_secs(1));
    let told = |sighting| matches!(sighting, Sighting::Popup(window) if window.title == "Again?");
    lists(&[painter.window]);
    assert!(told(watcher.next()));
    lists(&[]);
    // Less than windows are given to settle, and more than it takes to hear of it.
    std::thread::sleep(Duration::from_millis(150));
    lists(&[painter.window]);
    assert!(told(watcher.next()));
}
