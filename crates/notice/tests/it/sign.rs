//! Signs on real X servers: what they show, where they stand, and the hotkeys that they listen for.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use notice::{Display, Face, Faces, Mark, ShowError, Sign, SignOrder, SignSaid, run_sign};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, MapState,
    ModMask, StackMode, Window, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;

use crate::shown::{PATIENCE, User};
use crate::xserver::XServer;

const F8: u32 = 0xffc5;
const F9: u32 = 0xffc6;
const SHIFT: u32 = 0xffe1;
const CONTROL: u32 = 0xffe3;
const CAPS_LOCK: u32 = 0xffe5;
const NUM_LOCK: u32 = 0xff7f;

fn faces(language: &str, texts: [&str; 4]) -> Faces {
    let marks = [Mark::Disc, Mark::Ring, Mark::Bars, Mark::Warning];
    let faces = marks.into_iter().zip(texts).map(|(mark, text)| Face { mark, text: text.to_owned() }).collect();
    Faces { language: language.to_owned(), faces }
}

fn english() -> Faces {
    faces("en", ["Session recorded", "Events recorded", "Recording paused", "You may not start a recording"])
}

/// A sign in a thread of its own.
struct Signed {
    thread: Option<JoinHandle<Result<(), ShowError>>>,
    /// Its thread's number for the kernel.
    tid: i32,
    orders: Option<(Sender<SignOrder>, UnixStream)>,
    said: Receiver<SignSaid>,
}

impl Signed {
    fn on(server: &XServer, faces: Vec<Faces>, hotkeys: &[u32], first: &[SignOrder]) -> Self {
        let display = Display { name: server.display().to_owned(), cookie: server.cookie().map(<[u8]>::to_vec) };
        let sign = Sign { faces, hotkeys: hotkeys.to_vec() };
        let (wake, woken) = UnixStream::pair().unwrap();
        let ((give, taken), (tell, said), (number, tid)) = (channel(), channel(), channel());
        let first = first.to_vec();
        let thread = std::thread::spawn(move || {
            number.send(nix::unistd::gettid().as_raw()).unwrap();
            let orders = || {
                let count = (&woken).read(&mut [0; 64]).unwrap();
                (count > 0).then(|| taken.try_iter().collect())
            };
            run_sign(&display, sign, first, woken.as_fd(), orders, |word| tell.send(word).unwrap_or_default())
        });
        Self { thread: Some(thread), tid: tid.recv().unwrap(), orders: Some((give, wake)), said }
    }

    fn order(&self, order: SignOrder) {
        let (give, wake) = self.orders.as_ref().unwrap();
        give.send(order).unwrap();
        let mut wake = wake;
        wake.write_all(b"!").unwrap();
    }

    fn heard(&self) -> SignSaid {
        self.said.recv_timeout(PATIENCE).expect("it says something")
    }

    /// How often its thread has waited for something.
    fn waits(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/self/task/{}/status", self.tid)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    }

    fn end(mut self) -> Result<(), ShowError> {
        self.orders = None;
        self.thread.take().unwrap().join().unwrap()
    }
}

/// Presses (true) or lets go of a key.
fn key(user: &User, keysym: u32, pressed: bool) {
    user.conn.xtest_fake_input(if pressed { 2 } else { 3 }, user.code(keysym), 0, user.root, 0, 0, 0).unwrap();
}

fn strike_with_both(user: &User, keysym: u32) {
    key(user, CONTROL, true);
    key(user, SHIFT, true);
    key(user, keysym, true);
    key(user, keysym, false);
    key(user, SHIFT, false);
    key(user, CONTROL, false);
    user.conn.flush().unwrap();
}

/// A program's window that covers part of the screen.
fn window(user: &User, (x, y, width, height): (i16, i16, u16, u16), colour: u32) -> Window {
    let window = user.conn.generate_id().unwrap();
    let aux = CreateWindowAux::new().background_pixel(colour).event_mask(EventMask::EXPOSURE);
    let class = WindowClass::INPUT_OUTPUT;
    user.conn.create_window(0, window, user.root, x, y, width, height, 0, class, 0, &aux).unwrap();
    user.conn.map_window(window).unwrap();
    user.conn.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE)).unwrap();
    user.conn.get_input_focus().unwrap().reply().unwrap();
    window
}

/// Whether nothing that can be seen lies above a window.
fn is_on_top(user: &User, sign: Window) -> bool {
    let children = user.conn.query_tree(user.root).unwrap().reply().unwrap().children;
    let mut top = sign;
    // Below a window manager it may lie in a frame.
    loop {
        let tree = user.conn.query_tree(top).unwrap().reply().unwrap();
        if tree.parent == user.root {
            break;
        }
        top = tree.parent;
    }
    // Window managers have small windows of their own everywhere.
    let is_seen = |child: &Window| {
        let about = user.conn.get_window_attributes(*child).unwrap().reply();
        let size = user.conn.get_geometry(*child).unwrap().reply();
        about.is_ok_and(|about| about.map_state == MapState::VIEWABLE) && size.is_ok_and(|size| size.width > 1)
    };
    let seen: Vec<Window> = children.into_iter().filter(is_seen).collect();
    seen.last() == Some(&top)
}

fn paint_background(user: &User, colour: u32) {
    let aux = ChangeWindowAttributesAux::new().background_pixel(colour);
    user.conn.change_window_attributes(user.root, &aux).unwrap();
    user.conn.clear_area(false, user.root, 0, 0, 0, 0).unwrap();
    user.conn.get_input_focus().unwrap().reply().unwrap();
}

#[test]
fn it_shows_how_things_stand_and_goes_when_nobody_holds_it() {
    let server = XServer::xvfb("640x200x24");
    let user = User::at(&server);
    paint_background(&user, 0x00f5_f5f5);
    let focus = || user.conn.get_input_focus().unwrap().reply().unwrap().focus;
    let before = focus();
    let signed = Signed::on(&server, vec![english()], &[], &[SignOrder::Show(Some(0))]);
    user.until("the sign", |user| user.find("Session recorded").is_some());
    let (x, y, width, height) = user.place(user.find("Session recorded").unwrap());
    assert!((3..=12).contains(&y) && height < 48, "at the upper edge: {y}, {height} high");
    assert!((i32::from(x) + i32::from(width) / 2 - 320).abs() <= 1, "in the middle: {x}, {width} wide");
    user.keep("sign-light");
    paint_background(&user, 0x0012_1417);
    user.keep("sign-dark");
    signed.order(SignOrder::Show(Some(2)));
    user.until("the pause", |user| user.find("Recording paused").is_some());
    user.keep("sign-paused");
    signed.order(SignOrder::Show(Some(1)));
    user.until("the events", |user| user.find("Events recorded").is_some());
    user.keep("sign-events");
    signed.order(SignOrder::Show(None));
    user.until("nothing", |user| user.find("Events recorded").is_none());
    assert_eq!(focus(), before, "it never has the keyboard");
    // What is told is told for a moment, and over what is shown.
    signed.order(SignOrder::Show(Some(0)));
    signed.order(SignOrder::Tell(3));
    user.until("what is told", |user| user.find("You may not start a recording").is_some());
    user.keep("sign-told");
    user.until("how things stand again", |user| user.find("Session recorded").is_some());
    assert!(signed.end().is_ok());
    user.until("nothing", |user| user.find("Session recorded").is_none());
}

#[test]
fn it_is_written_in_the_first_language_that_there_are_fonts_for() {
    let server = XServer::xvfb("640x200x24");
    let user = User::at(&server);
    let unknown = faces("en", ["\u{10fffd}"; 4]);
    let arabic = faces("ar", ["يتم تسجيل الجلسة", "يتم تسجيل الأحداث", "التسجيل متوقف مؤقتًا", "لا"]);
    let signed = Signed::on(&server, vec![unknown.clone(), arabic, english()], &[], &[SignOrder::Show(Some(0))]);
    user.until("the sign", |user| user.find("يتم تسجيل الجلسة").is_some());
    user.keep("sign-arabic");
    assert!(signed.end().is_ok());
    let signed = Signed::on(&server, vec![unknown], &[], &[SignOrder::Show(Some(0))]);
    assert!(matches!(signed.heard(), SignSaid::CannotShow(_)));
    assert!(signed.end().is_ok(), "it goes on without");
}

#[test]
fn it_rests_without_a_timer_comes_up_when_covered_and_can_be_moved() {
    let server = XServer::xvfb("640x400x24");
    let user = User::at(&server);
    let signed = Signed::on(&server, vec![english()], &[F8], &[SignOrder::Show(Some(0))]);
    user.until("the sign", |user| user.find("Session recorded").is_some());
    let sign = user.find("Session recorded").unwrap();
    window(&user, (0, 0, 640, 400), 0x0040_6080);
    user.until("it to come up", |user| is_on_top(user, sign));

    let (x, y, ..) = user.place(sign);
    let move_to = |x, y| user.conn.xtest_fake_input(6, 0, 0, user.root, x, y, 0).unwrap();
    let button = |kind| user.conn.xtest_fake_input(kind, 1, 0, user.root, 0, 0, 0).unwrap();
    move_to(x + 20, y + 10);
    button(4);
    move_to(200, 300);
    button(5);
    move_to(300, 100);
    user.conn.flush().unwrap();
    user.until("it to be moved", |user| user.place(sign).0 == 180 && user.place(sign).1 == 290);
    // Another text stays where this one was.
    signed.order(SignOrder::Show(Some(2)));
    user.until("the pause", |user| user.find("Recording paused").is_some());
    assert_eq!(user.place(sign).1, 290);

    user.conn.get_input_focus().unwrap().reply().unwrap();
    let settled = || {
        let before = signed.waits();
        std::thread::sleep(Duration::from_millis(300));
        signed.waits() == before
    };
    user.until("it to rest", |_| settled());
    let before = signed.waits();
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(signed.waits(), before, "nothing wakes it");
    assert!(signed.end().is_ok());
}

#[test]
fn hotkeys_count_whatever_locks_are_on_and_once_for_each_stroke() {
    let server = XServer::xvfb("320x200x24");
    let user = User::at(&server);
    let signed = Signed::on(&server, vec![english()], &[F8, u32::from(b'q')], &[SignOrder::Show(Some(0))]);
    user.until("the sign", |user| user.find("Session recorded").is_some());
    for locks in [&[][..], &[CAPS_LOCK], &[NUM_LOCK], &[CAPS_LOCK, NUM_LOCK]] {
        let toggle = || locks.iter().for_each(|lock| [true, false].iter().for_each(|down| key(&user, *lock, *down)));
        toggle();
        strike_with_both(&user, F8);
        assert_eq!(signed.heard(), SignSaid::Struck(0), "with {locks:x?}");
        strike_with_both(&user, u32::from(b'q'));
        assert_eq!(signed.heard(), SignSaid::Struck(1), "with {locks:x?}");
        toggle();
        // What is struck again at once is a key that repeats.
        std::thread::sleep(Duration::from_millis(900));
    }
    // Without both modifiers it is an ordinary key.
    key(&user, F8, true);
    key(&user, F8, false);
    strike_with_both(&user, F8);
    strike_with_both(&user, F8);
    assert_eq!(signed.heard(), SignSaid::Struck(0));
    strike_with_both(&user, u32::from(b'q'));
    assert_eq!(signed.heard(), SignSaid::Struck(1), "the second F8 came too soon");
    assert!(signed.end().is_ok());
}

#[test]
fn a_hotkey_that_another_program_holds_is_said_and_the_other_one_works() {
    let server = XServer::xvfb("320x200x24");
    let user = User::at(&server);
    let (both, mode) = (ModMask::CONTROL | ModMask::SHIFT, GrabMode::ASYNC);
    user.conn.grab_key(false, user.root, both, user.code(F9), mode, mode).unwrap().check().unwrap();
    let signed = Signed::on(&server, vec![english()], &[F8, F9, 0x0100_0416], &[]);
    assert_eq!(signed.heard(), SignSaid::Taken(1));
    assert_eq!(signed.heard(), SignSaid::NoSuchKey(2));
    strike_with_both(&user, F8);
    assert_eq!(signed.heard(), SignSaid::Struck(0));
    assert!(signed.end().is_ok());
}

/// A window manager, ended when dropped.
struct Manager(Child);

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_window_manager_keeps_it_above_and_gives_it_no_keyboard() {
    let server = XServer::xvfb("640x400x24");
    let user = User::at(&server);
    let mut command = Command::new("openbox");
    command.env("DISPLAY", server.display()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(manager) = command.spawn() else { return eprintln!("not tried: there is no openbox") };
    let _manager = Manager(manager);
    let check = user.conn.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK").unwrap().reply().unwrap().atom;
    user.until("the window manager", |user| {
        let kind = x11rb::protocol::xproto::AtomEnum::WINDOW;
        user.conn.get_property(false, user.root, check, kind, 0, 1).unwrap().reply().unwrap().value_len == 1
    });
    window(&user, (0, 0, 640, 380), 0x0040_6080);
    let focus = || user.conn.get_input_focus().unwrap().reply().unwrap().focus;
    let signed = Signed::on(&server, vec![english()], &[], &[SignOrder::Show(Some(0))]);
    user.until("the sign", |user| user.find("Session recorded").is_some());
    let sign = user.find("Session recorded").unwrap();
    user.until("it to be above", |user| is_on_top(user, sign));
    assert_ne!(focus(), sign);
    assert!(user.place(sign).1 < 40, "{:?}", user.place(sign));
    user.keep("sign-managed");
    window(&user, (50, 0, 500, 300), 0x0080_6040);
    user.until("it to be above", |user| is_on_top(user, sign));
    assert_ne!(focus(), sign);
    assert!(signed.end().is_ok());
}

#[test]
fn a_sign_whose_monitor_is_gone_comes_to_another_one() {
    let server = XServer::xorg_with_monitors();
    let user = User::at(&server);
    let xrandr = |arguments: &str| {
        let done = Command::new("xrandr").arg("-d").arg(server.display()).args(arguments.split(' ')).status();
        assert!(done.unwrap().success(), "xrandr {arguments}");
    };
    xrandr("--addmode DUMMY1 1024x768");
    xrandr("--output DUMMY1 --mode 1024x768 --right-of DUMMY0");
    user.conn.warp_pointer(x11rb::NONE, user.root, 0, 0, 0, 0, 1500, 300).unwrap();
    user.conn.get_input_focus().unwrap().reply().unwrap();
    let signed = Signed::on(&server, vec![english()], &[], &[SignOrder::Show(Some(0))]);
    let middle = |user: &User| {
        let (x, _, width, _) = user.place(user.find("Session recorded")?);
        Some(i32::from(x) + i32::from(width) / 2)
    };
    user.until("the sign on the right", |user| middle(user).is_some_and(|x| (x - 1792).abs() < 4));
    // The screen stays as large as it was, so that nothing but the monitors tells.
    xrandr("--output DUMMY1 --off --fb 2304x1024");
    user.until("the sign on the left", |user| middle(user).is_some_and(|x| (x - 640).abs() < 4));
    assert!(signed.end().is_ok());
}

#[test]
fn what_a_window_manager_lost_while_it_started_is_asked_for_again() {
    let server = XServer::xvfb("640x400x24");
    let user = User::at(&server);
    let manage = |events| {
        let aux = ChangeWindowAttributesAux::new().event_mask(events);
        user.conn.change_window_attributes(user.root, &aux).unwrap().check().unwrap();
    };
    manage(EventMask::SUBSTRUCTURE_REDIRECT);
    let signed = Signed::on(&server, vec![english()], &[], &[SignOrder::Show(Some(0))]);
    // Asked to show a window, this manager does nothing, and goes.
    user.until("it to ask", |user| {
        matches!(user.conn.poll_for_event().unwrap(), Some(x11rb::protocol::Event::MapRequest(_)))
    });
    assert!(user.find("Session recorded").is_none());
    manage(EventMask::NO_EVENT);
    user.until("the sign", |user| user.find("Session recorded").is_some());
    // Then it rests again.
    let before = signed.waits();
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(signed.waits() - before < 2, "{} waits", signed.waits() - before);
    assert!(signed.end().is_ok());
}
