//! What programs of the session may try: none of it is consent.

use std::time::Duration;

use notice::{Answer, ShowError};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ButtonPressEvent, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, GrabStatus,
    KeyPressEvent, StackMode, Window, WindowClass,
};
use x11rb::wrapper::ConnectionExt as _;

use crate::shown::{RETURN, Shown, TAB, User, asks, marks, tells};
use crate::xserver::XServer;

const SCREEN: &str = "800x600x24";
const QUESTION: &str = "May this session be recorded?";

type Trick = fn(&User, Window);

fn cover(user: &User) -> Window {
    let window = user.conn.generate_id().unwrap();
    let aux = CreateWindowAux::new().override_redirect(1).background_pixel(0x0040_8040);
    let class = WindowClass::INPUT_OUTPUT;
    user.conn.create_window(24, window, user.root, 0, 0, 800, 600, 0, class, 0, &aux).unwrap();
    user.conn.map_window(window).unwrap();
    user.conn.sync().unwrap();
    window
}

fn raise(user: &User, window: Window) {
    user.conn.configure_window(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE)).unwrap();
    user.conn.flush().unwrap();
}

/// Tries to accept for three seconds.
fn try_to_accept(user: &User, meanwhile: impl Fn(&User)) {
    for _ in 0..150 {
        meanwhile(user);
        user.strike(TAB);
        user.strike(RETURN);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_covered_window_comes_up_again() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    for content in [tells(), asks(60)] {
        let _shown = Shown::on(&server, content).until_shown();
        user.until("the dialog", |user| marks(&user.picture().2) > 50);
        let cover = cover(&user);
        user.until("the dialog over the cover", |user| marks(&user.picture().2) > 50);
        user.conn.destroy_window(cover).unwrap();
    }
}

#[test]
fn a_question_that_is_covered_again_and_again_is_none() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    let cover = cover(&user);
    let shown = Shown::on(&server, asks(4));
    while !shown.is_answered() {
        raise(&user, cover);
        user.strike(TAB);
        user.strike(RETURN);
        std::thread::sleep(Duration::from_millis(15));
    }
    assert_eq!(shown.answer().unwrap(), Answer::NotSeen);
}

#[test]
fn a_question_without_keyboard_or_pointer_is_none() {
    let server = XServer::xvfb(SCREEN);
    for keyboard in [true, false] {
        let user = User::at(&server);
        let (root, mode) = (user.root, GrabMode::ASYNC);
        let status = if keyboard {
            user.conn.grab_keyboard(true, root, 0_u32, mode, mode).unwrap().reply().unwrap().status
        } else {
            let none = x11rb::NONE;
            user.conn
                .grab_pointer(true, root, EventMask::NO_EVENT, mode, mode, none, none, 0_u32)
                .unwrap()
                .reply()
                .unwrap()
                .status
        };
        assert_eq!(status, GrabStatus::SUCCESS);
        assert_eq!(Shown::on(&server, asks(2)).answer().unwrap(), Answer::NotSeen);
    }
}

#[test]
fn a_grabbed_server_is_no_consent() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    let shown = Shown::on(&server, asks(2)).until_shown();
    user.conn.grab_server().unwrap();
    user.conn.sync().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    // Whoever waits for the answer has given up by now; the window itself does not say yes either.
    try_to_accept(&user, |_| {});
    user.conn.ungrab_server().unwrap();
    user.conn.flush().unwrap();
    assert!(matches!(shown.answer().unwrap(), Answer::NotSeen | Answer::NoAnswer));
}

#[test]
fn made_up_events_answer_nothing() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    let shown = Shown::on(&server, asks(60)).until_shown();
    let window = user.find(QUESTION).unwrap();
    let code = |keysym| user.code(keysym);
    for _ in 0..75 {
        for key in [TAB, RETURN] {
            let event = KeyPressEvent {
                response_type: 2,
                detail: code(key),
                sequence: 0,
                time: 0,
                root: user.root,
                event: window,
                child: 0,
                root_x: 400,
                root_y: 300,
                event_x: 400,
                event_y: 300,
                state: 0_u16.into(),
                same_screen: true,
            };
            user.conn.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
        }
        for response_type in [4, 5] {
            for x in (150..650).step_by(50) {
                let event = ButtonPressEvent {
                    response_type,
                    detail: 1,
                    sequence: 0,
                    time: 0,
                    root: user.root,
                    event: window,
                    child: 0,
                    root_x: x,
                    root_y: 370,
                    event_x: x,
                    event_y: 370,
                    state: 0_u16.into(),
                    same_screen: true,
                };
                user.conn.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
            }
        }
        user.conn.flush().unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!shown.is_answered(), "events that were made up answered the question");
    user.strike(TAB);
    user.strike(RETURN);
    assert_eq!(shown.answer().unwrap(), Answer::Accepted, "and nothing of it was kept");
}

#[test]
fn what_is_done_to_the_window_is_undone_and_counts_for_no_answer() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    let tricks: [(&str, Trick); 5] = [
        ("moved", |user, window| {
            user.conn.configure_window(window, &ConfigureWindowAux::new().x(5_000)).unwrap();
        }),
        ("unmapped", |user, window| {
            user.conn.unmap_window(window).unwrap();
        }),
        ("cut", |user, window| {
            use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
            user.conn.shape_rectangles(SO::SET, SK::BOUNDING, 0_u8.into(), window, 0, 0, &[]).unwrap();
        }),
        ("filled with another window", |user, window| {
            let child = user.conn.generate_id().unwrap();
            let aux = CreateWindowAux::new().background_pixel(0x0040_8040);
            user.conn.create_window(24, child, window, 0, 0, 800, 600, 0, WindowClass::INPUT_OUTPUT, 0, &aux).unwrap();
            user.conn.map_window(child).unwrap();
        }),
        ("destroyed", |user, window| {
            user.conn.destroy_window(window).unwrap();
        }),
    ];
    let shown = Shown::on(&server, asks(120)).until_shown();
    for (name, trick) in tricks {
        let attack = |user: &User| {
            if let Some(window) = user.find(QUESTION) {
                trick(user, window);
                user.conn.sync().unwrap();
            }
        };
        for _ in 0..60 {
            attack(&user);
            user.strike(TAB);
            user.strike(RETURN);
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!shown.is_answered(), "answered while it was {name}");
        user.until(name, |user| user.find(QUESTION).is_some() && marks(&user.picture().2) > 50);
    }
    user.insist(&shown, |user| {
        user.strike(TAB);
        user.strike(RETURN);
    });
    assert!(matches!(shown.answer().unwrap(), Answer::Accepted | Answer::Declined));
}

#[test]
fn a_killed_connection_is_told_from_an_answer() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    for content in [tells(), asks(60)] {
        let title = content.title.clone();
        let shown = Shown::on(&server, content).until_shown();
        user.conn.kill_client(user.find(&title).unwrap()).unwrap();
        user.conn.flush().unwrap();
        assert!(matches!(shown.answer(), Err(ShowError::Lost)));
    }
    let shown = Shown::on(&server, tells()).until_shown();
    user.conn.destroy_window(user.find("This session is recorded").unwrap()).unwrap();
    user.conn.flush().unwrap();
    assert_eq!(shown.answer().unwrap(), Answer::TakenAway);
    assert!(!Shown::on(&server, tells()).was_shown(), "nothing is said to be shown before it is");
}
