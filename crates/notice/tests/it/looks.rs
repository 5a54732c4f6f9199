//! How it looks, in several languages and densities. `KINESCOPE_PICTURES=folder` keeps what was seen.

use notice::{Content, Kind};
use x11rb::protocol::xproto::{AtomEnum, ConnectionExt as _, PropMode};
use x11rb::wrapper::ConnectionExt as _;

use crate::shown::{END, Shown, User, asks, marks, tells};
use crate::xserver::XServer;

fn notice(language: &str, title: &str, body: &str, dismiss: &str) -> Content {
    let kind = Kind::Notice { dismiss: dismiss.to_owned() };
    Content { language: language.to_owned(), title: title.to_owned(), body: body.to_owned(), kind }
}

/// Shows it, keeps a picture, and gives how many pixels of the mark can be seen and where the first one is.
fn look(server: &XServer, name: &str, content: Content) -> (usize, Option<usize>) {
    let user = User::at(server);
    let title = content.title.clone();
    let _shown = Shown::on(server, content).until_shown();
    user.until("the dialog", |user| marks(&user.picture().2) > 50);
    user.keep(name);
    assert!(user.find(&title).is_some());
    let (width, _, picture) = user.picture();
    let at = picture.chunks_exact(4).position(|pixel| pixel[..3] == [0x0b, 0x19, 0xc9]);
    (marks(&picture), at.map(|at| at % usize::from(width)))
}

#[test]
fn every_script_has_its_own_direction_and_glyphs() {
    let server = XServer::xvfb("1280x800x24");
    look(&server, "english", asks(300));
    let japanese =
        "管理者の方針により、このセッションの画面が記録されます。\n記録は情報セキュリティのために使用されます。";
    look(&server, "japanese", notice("ja", "このセッションは記録されています", japanese, "閉じる"));
    let chinese = "根据管理员的策略，此会话的屏幕内容将被录制。";
    look(&server, "chinese", notice("zh-CN", "此会话正在被录制", chinese, "关闭"));
    let arabic =
        "يتم تسجيل ما يظهر على شاشتك وفقًا لسياسة الإدارة (Kinescope 2026).\nلمزيد من المعلومات: security@example.org";
    let (_, left) = look(&server, "arabic", notice("ar", "يتم تسجيل هذه الجلسة", arabic, "إغلاق"));
    assert!(left.unwrap() > 640, "the mark stands on the right where it is read from right to left");
    let hebrew = "מה שמוצג על המסך שלך מוקלט בהתאם למדיניות.";
    look(&server, "hebrew", notice("he", "הפעלה זו מוקלטת", hebrew, "סגירה"));
}

#[test]
fn letters_grow_with_the_desktops_density() {
    let server = XServer::xvfb("1920x1200x24");
    let (plain, _) = look(&server, "plain", tells());
    let user = User::at(&server);
    let resources = b"Xft.antialias:\t1\nXft.dpi:\t192\n";
    user.conn
        .change_property8(PropMode::REPLACE, user.root, AtomEnum::RESOURCE_MANAGER, AtomEnum::STRING, resources)
        .unwrap();
    user.conn.get_input_focus().unwrap().reply().unwrap();
    let (dense, _) = look(&server, "192dpi", asks(300));
    assert!(dense > plain * 3, "{plain} pixels of the mark at 96 dpi, {dense} at 192");
}

#[test]
fn long_texts_scroll_and_stay_on_small_screens() {
    let server = XServer::xvfb("640x480x24");
    let body = (1..=60).map(|number| format!("{number}. Paragraph of a long text.")).collect::<Vec<_>>().join("\n");
    let user = User::at(&server);
    let shown = Shown::on(&server, Content { body, ..asks(300) }).until_shown();
    user.until("the dialog", |user| marks(&user.picture().2) > 50);
    user.keep("long");
    let before = user.picture().2;
    user.strike(END);
    user.until("the end of the text", |user| {
        let now = user.picture().2;
        // More than the clock has changed.
        now.chunks_exact(4).zip(before.chunks_exact(4)).filter(|(now, before)| now[..3] != before[..3]).count() > 2_000
    });
    user.keep("long-end");
    drop(shown);
}
