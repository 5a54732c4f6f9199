//! Answers by keyboard and mouse, with and without a window manager.

use std::process::{Child, Command, Stdio};

use notice::{Answer, ShowError};

use crate::shown::{ESCAPE, RETURN, SPACE, Shown, TAB, User, asks, marks, tells};
use crate::xserver::XServer;

const SCREEN: &str = "1024x768x24";

/// A window manager, ended when dropped.
struct Manager(Child);

impl Manager {
    fn on(server: &XServer, user: &User) -> Self {
        let mut command = Command::new("openbox");
        command.env("DISPLAY", server.display()).stdout(Stdio::null()).stderr(Stdio::null());
        let manager = Self(command.spawn().unwrap());
        let atom = |name: &[u8]| {
            use x11rb::protocol::xproto::ConnectionExt as _;
            user.conn.intern_atom(false, name).unwrap().reply().unwrap().atom
        };
        let check = atom(b"_NET_SUPPORTING_WM_CHECK");
        user.until("the window manager", |user| {
            use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _};
            let value = user.conn.get_property(false, user.root, check, AtomEnum::WINDOW, 0, 1).unwrap().reply();
            value.is_ok_and(|value| !value.value.is_empty())
        });
        manager
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_notice_is_dismissed_by_the_keyboard_with_and_without_a_window_manager() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    for (managed, key) in [(false, RETURN), (false, ESCAPE), (true, SPACE)] {
        let _manager = managed.then(|| Manager::on(&server, &user));
        let shown = Shown::on(&server, tells()).until_shown();
        let window = user.find("This session is recorded").unwrap();
        let (x, y, width, height) = user.place(window);
        let middle = (i32::from(x) + i32::from(width) / 2, i32::from(y) + i32::from(height) / 2);
        assert!((middle.0 - 512).abs() < 20 && (middle.1 - 384).abs() < 40, "in the middle of the screen: {middle:?}");
        user.keep(if managed { "managed" } else { "unmanaged" });
        user.insist(&shown, |user| user.strike(key));
        assert_eq!(shown.answer().unwrap(), Answer::Dismissed);
        user.until("the window to go", |user| user.find("This session is recorded").is_none());
    }
}

#[test]
fn a_question_is_answered_by_the_keyboard() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    // Enter alone answers nothing: somebody may have been typing.
    for (keys, answer) in [
        (&[TAB, RETURN][..], Answer::Accepted),
        (&[TAB, TAB, SPACE], Answer::Declined),
        (&[ESCAPE, RETURN], Answer::Declined),
    ] {
        let shown = Shown::on(&server, asks(60)).until_shown();
        for _ in 0..15 {
            user.strike(RETURN);
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        assert!(!shown.is_answered(), "Enter answered something");
        keys.iter().for_each(|key| user.strike(*key));
        assert_eq!(shown.answer().unwrap(), answer, "{keys:x?}");
    }
}

#[test]
fn a_question_is_answered_by_the_mouse_and_not_beside_its_buttons() {
    let server = XServer::xvfb(SCREEN);
    let user = User::at(&server);
    for (primary, answer) in [(true, Answer::Accepted), (false, Answer::Declined)] {
        let shown = Shown::on(&server, asks(60)).until_shown();
        user.until("the dialog", |user| marks(&user.picture().2) > 50);
        let (x, y) = button(&user);
        user.insist(&shown, |user| {
            user.click(x, y - 60);
            user.click(if primary { x } else { x + 110 }, y);
        });
        assert_eq!(shown.answer().unwrap(), answer);
    }
}

#[test]
fn silence_is_no_consent_and_a_parent_that_goes_takes_the_window_with_it() {
    let server = XServer::xvfb(SCREEN);
    assert_eq!(Shown::on(&server, asks(8)).answer().unwrap(), Answer::NoAnswer);
    let mut shown = Shown::on(&server, asks(60)).until_shown();
    shown.hang_up();
    assert!(matches!(shown.answer(), Err(ShowError::NotWaited)));
}

/// The middle of the primary button: the only large area of its colour.
fn button(user: &User) -> (i16, i16) {
    let (width, _, picture) = user.picture();
    let of_button: Vec<usize> = picture
        .chunks_exact(4)
        .enumerate()
        .filter(|(_, pixel)| pixel[..3] == [0xc4, 0x5f, 0x00])
        .map(|(at, _)| at)
        .collect();
    let width = usize::from(width);
    let bottom = of_button.iter().map(|at| at / width).max().unwrap() - 12;
    let row: Vec<usize> = of_button.iter().filter(|at| *at / width == bottom).map(|at| at % width).collect();
    let left = *row.iter().min().unwrap();
    (i16::try_from(left + 40).unwrap(), i16::try_from(bottom).unwrap())
}
