//! Several monitors, some of which come, go and change while something is shown. On Xorg each is a real one to the X server; a screen
//! there can be larger than its monitors together.

use std::process::Command;
use std::time::Duration;

use notice::{Answer, Content, Kind};
use x11rb::protocol::xproto::{AtomEnum, ConfigureWindowAux, ConnectionExt as _, PropMode};
use x11rb::wrapper::ConnectionExt as _;

use crate::shown::{END, RETURN, Shown, TAB, User, asks, marks, tells};
use crate::xserver::XServer;

const NOTICE: &str = "This session is recorded";
/// Two monitors beside each other: from the left, from the top, width, height.
const LEFT: [i32; 4] = [0, 0, 1280, 1024];
const RIGHT: [i32; 4] = [1280, 0, 1024, 768];

/// Two monitors, the pointer on the right one.
fn two() -> (XServer, User) {
    let server = XServer::xorg_with_monitors();
    let user = User::at(&server);
    xrandr(&server, "--addmode DUMMY1 1024x768");
    xrandr(&server, "--addmode DUMMY1 640x480");
    xrandr(&server, "--output DUMMY0 --mode 1280x1024 --primary --output DUMMY1 --mode 1024x768 --right-of DUMMY0");
    point(&user, 1500, 300);
    (server, user)
}

fn xrandr(server: &XServer, arguments: &str) {
    let done = Command::new("xrandr").arg("-d").arg(server.display()).args(arguments.split(' ')).output().unwrap();
    assert!(done.status.success(), "xrandr {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

fn point(user: &User, x: i16, y: i16) {
    user.conn.warp_pointer(x11rb::NONE, user.root, 0, 0, 0, 0, x, y).unwrap();
    user.conn.get_input_focus().unwrap().reply().unwrap();
}

fn lies_in([x, y, width, height]: [i32; 4], window: (i16, i16, u16, u16)) -> bool {
    let (left, top) = (i32::from(window.0), i32::from(window.1));
    let (right, bottom) = (left + i32::from(window.2), top + i32::from(window.3));
    left >= x && top >= y && right <= x + width && bottom <= y + height
}

fn notice(user: &User) -> Option<(i16, i16, u16, u16)> {
    user.find(NOTICE).map(|window| user.place(window))
}

/// Whether the dialog of a question is drawn there, all of it: around it nothing is as white.
fn is_asked_in(user: &User, [x, y, width, height]: [i32; 4]) -> bool {
    let (all, _, picture) = user.picture();
    let all = usize::from(all);
    let dialog = picture.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[..3] == [0xff; 3]);
    let mut seen = dialog.map(|(at, _)| (i32::try_from(at % all).unwrap(), i32::try_from(at / all).unwrap()));
    marks(&picture) > 50 && seen.all(|(left, top)| (x..x + width).contains(&left) && (y..y + height).contains(&top))
}

#[test]
fn a_notice_is_shown_where_the_user_looks_and_stays_while_that_monitor_does() {
    let (server, user) = two();
    let shown = Shown::on(&server, tells()).until_shown();
    let there = notice(&user).unwrap();
    assert!(lies_in(RIGHT, there), "{there:?}");
    user.until("the dialog", |user| marks(&user.picture().2) > 50);
    user.keep("two-monitors");
    // Neither a pointer that goes elsewhere nor another monitor takes it along.
    point(&user, 100, 100);
    xrandr(&server, "--addmode DUMMY2 640x480");
    xrandr(&server, "--output DUMMY2 --mode 640x480 --pos 2304x0");
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(notice(&user), Some(there));
    // One that is resized keeps it, in its middle.
    xrandr(&server, "--output DUMMY1 --mode 640x480 --pos 1280x0");
    user.until("it to be on a smaller monitor", |user| {
        notice(user).is_some_and(|window| lies_in([1280, 0, 640, 480], window) || lies_in(LEFT, window))
    });
    assert!(!shown.is_answered());
}

#[test]
fn a_notice_comes_back_from_a_monitor_that_is_gone() {
    let (server, user) = two();
    let shown = Shown::on(&server, tells()).until_shown();
    assert!(lies_in(RIGHT, notice(&user).unwrap()));
    // The screen stays as large as it was.
    xrandr(&server, "--output DUMMY1 --off --fb 2304x1024");
    user.until("it to be on the other monitor", |user| {
        notice(user).is_some_and(|window| lies_in(LEFT, window)) && marks(&user.picture().2) > 50
    });
    user.keep("one-is-gone");
    // And where the screen shrinks, too.
    xrandr(&server, "--output DUMMY1 --mode 1024x768 --right-of DUMMY0");
    point(&user, 1500, 300);
    xrandr(&server, "--output DUMMY0 --off");
    user.until("it to be on what is left", |user| {
        notice(user).is_some_and(|window| lies_in([0, 0, 1024, 768], window))
    });
    user.insist(&shown, |user| user.strike(RETURN));
    assert_eq!(shown.answer().unwrap(), Answer::Dismissed);
}

#[test]
fn a_notice_that_is_moved_where_no_monitor_is_comes_back() {
    let (server, user) = two();
    let _shown = Shown::on(&server, tells()).until_shown();
    let window = user.find(NOTICE).unwrap();
    let there = user.place(window);
    let put = |x, y| {
        user.conn.configure_window(window, &ConfigureWindowAux::new().x(x).y(y)).unwrap();
        user.conn.get_input_focus().unwrap().reply().unwrap();
    };
    // Below the lower edge of the smaller monitor nothing is shown.
    for (x, y) in [(5_000, 10), (1_500, 800)] {
        put(x, y);
        user.until("it to come back", |user| user.place(window) == there);
    }
    // Where it can be seen its user may put it.
    put(20, 20);
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!((user.place(window).0, user.place(window).1), (20, 20));
}

#[test]
fn a_question_goes_to_a_monitor_that_is_there_and_is_not_answered_on_one_that_is_not() {
    let (server, user) = two();
    let shown = Shown::on(&server, asks(60)).until_shown();
    user.until("the question", |user| is_asked_in(user, RIGHT));
    user.keep("question-on-two");
    std::thread::sleep(Duration::from_millis(1_500));
    xrandr(&server, "--output DUMMY1 --off --fb 2304x1024");
    // It could be answered a moment ago; where it is now it has not been seen for a second.
    user.strike(TAB);
    user.strike(RETURN);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!shown.is_answered(), "answered on a monitor that is gone");
    user.until("the question on the other monitor", |user| is_asked_in(user, LEFT));
    user.keep("question-on-one");
    user.insist(&shown, |user| {
        user.strike(TAB);
        user.strike(RETURN);
    });
    assert!(matches!(shown.answer().unwrap(), Answer::Accepted | Answer::Declined));
}

#[test]
fn monitors_that_programs_make_up_hide_no_question() {
    let (server, user) = two();
    xrandr(&server, "--output DUMMY1 --off --fb 2304x1024");
    // Each in the place of the real one: a single pixel under the pointer, one that reaches far beyond what is shown, one that nothing shows.
    for (name, monitor) in
        [("tiny", "1/1x1/1+300+300"), ("wide", "2304/600x1024/270+0+0"), ("ghost", "1000/300x1024/270+1290+0")]
    {
        xrandr(&server, &format!("--setmonitor {name} {monitor} DUMMY0"));
        point(&user, 300, 300);
        let shown = Shown::on(&server, asks(60)).until_shown();
        user.until(name, |user| is_asked_in(user, LEFT));
        user.keep(&format!("monitor-{name}"));
        drop(shown);
        xrandr(&server, &format!("--delmonitor {name}"));
    }
    // One that is made up while it is asked changes nothing either.
    let shown = Shown::on(&server, asks(60)).until_shown();
    xrandr(&server, "--setmonitor tiny 1/1x1/1+300+300 DUMMY0");
    std::thread::sleep(Duration::from_millis(700));
    assert!(is_asked_in(&user, LEFT) && !shown.is_answered());
}

#[test]
fn halves_of_one_screen_are_monitors_when_the_desktop_says_so() {
    let server = XServer::xvfb("1600x900x24");
    let user = User::at(&server);
    xrandr(&server, "--setmonitor left 800/210x900/240+0+0 screen");
    xrandr(&server, "--setmonitor right 800/210x900/240+800+0 none");
    point(&user, 1000, 100);
    let _shown = Shown::on(&server, tells()).until_shown();
    assert!(lies_in([800, 0, 800, 900], notice(&user).unwrap()));
    // The server tells nobody of it.
    xrandr(&server, "--delmonitor right");
    xrandr(&server, "--delmonitor left");
    let whole = |user: &User| {
        notice(user).is_some_and(|(x, _, width, _)| (i32::from(x) * 2 + i32::from(width) - 1600).abs() < 4)
    };
    user.until("it to be in the middle of the whole screen", whole);
}

/// How texts of several scripts look on the second of two dense monitors: for people to look at, and that all of each is there.
#[test]
fn long_texts_of_all_scripts_stay_on_their_monitor_at_twice_the_size() {
    let (server, user) = two();
    let resources = b"Xft.dpi:\t192\n";
    user.conn
        .change_property8(PropMode::REPLACE, user.root, AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING, resources)
        .unwrap();
    user.conn.get_input_focus().unwrap().reply().unwrap();
    for (language, title, line, labels) in TEXTS {
        let body = [line; 12].join("\n");
        let kind = Kind::Question { accept: labels.0.into(), decline: labels.1.into(), patience_secs: 300 };
        let content = Content { language: language.into(), title: title.into(), body, kind };
        let _shown = Shown::on(&server, content).until_shown();
        user.until(language, |user| is_asked_in(user, RIGHT));
        user.keep(&format!("dense-{language}"));
        user.strike(END);
        let before = user.picture().2;
        user.until("the end of the text", |user| user.picture().2 != before);
        user.keep(&format!("dense-{language}-end"));
    }
}

type Text = (&'static str, &'static str, &'static str, (&'static str, &'static str));

const TEXTS: [Text; 5] = [
    (
        "de",
        "Darf diese Sitzung aufgezeichnet werden?",
        "Nach den Richtlinien der Verwaltung wird aufgezeichnet, was Ihr Bildschirm zeigt; Datenschutzbeauftragte: 040 123456.",
        ("Einverstanden", "Ablehnen und abmelden"),
    ),
    (
        "ar",
        "هل يجوز تسجيل هذه الجلسة؟",
        "يتم تسجيل ما يظهر على شاشتك وفقًا لسياسة الإدارة (Kinescope 2026).",
        ("أوافق", "أرفض"),
    ),
    (
        "he",
        "האם מותר להקליט את ההפעלה הזו?",
        "מה שמוצג על המסך שלך מוקלט בהתאם למדיניות (Kinescope 2026).",
        ("אישור", "סירוב"),
    ),
    (
        "ja",
        "このセッションを記録してもよろしいですか？",
        "管理者の方針により、このセッションの画面が記録されます。記録は情報セキュリティのために使用されます。",
        ("同意する", "拒否する"),
    ),
    (
        "zh-CN",
        "是否允许录制此会话？",
        "根据管理员的策略，此会话的屏幕内容将被录制，录制内容仅用于信息安全目的。",
        ("同意", "拒绝"),
    ),
];
