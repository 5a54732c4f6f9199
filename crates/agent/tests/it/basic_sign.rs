//! What sessions show in basic mode: the sign, what hotkeys come to, and the notice.

use std::fs;

use serde_json::Value;

use crate::basic::{Basic, assert_complete, files, is_root, user};
use crate::painter::Painter;
use crate::shown::User;
use crate::sign::{F8, F9, SIGN, signs, strike_until, until};
use crate::supervised::status_line;
use crate::xserver::XServer;

const NOTICE: &str = "Your session is being recorded";

#[test]
fn hotkeys_record_into_the_users_folder_and_a_sign_says_so() {
    let server = XServer::xvfb_of_another_user("800x600x24");
    let basic = Basic::new(&server, "hotkeys = true\nhotkey_stop = \"K\"\n");
    let agent = basic.start();
    let user = User::with_cookie(&server);
    strike_until(&user, &basic.machine, u32::from(b'k'), "This session is not recorded");
    assert!(files(&basic.videos()).is_empty());
    assert_eq!(signs(agent.child.id()).len(), 1);
    assert!(agent.recorders().is_empty(), "listening is not recording");
    strike_until(&user, &basic.machine, F8, "Recording started");
    until("the sign", &basic.machine, || user.find(SIGN).is_some());
    basic.file();
    strike_until(&user, &basic.machine, u32::from(b'k'), "Recording stopped");
    until("nothing to be shown", &basic.machine, || {
        user.find(SIGN).is_none() && user.find("Recording stopped").is_none()
    });
    let header = assert_complete(&basic.file()).header.unwrap();
    assert_eq!(header.reason.policy, "user");
    assert!(!header.reason.text.contains("told"), "{}", header.reason.text);
    assert!(user.find(NOTICE).is_none(), "who starts it knows");

    // Another setting holds for sessions that begin later, whatever becomes of the agent meanwhile.
    basic.set(&format!("folder = \"{}\"\nhotkeys = false\n", basic.videos().display()));
    assert!(agent.stop().success());
    assert!(user.find(SIGN).is_none());
    let agent = basic.start();
    strike_until(&user, &basic.machine, u32::from(b'k'), "This session is not recorded");
    assert_eq!(signs(agent.child.id()).len(), 1);
}

#[test]
fn who_shows_and_listens_has_no_rights() {
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    let server = XServer::xvfb_of_another_user("800x600x24");
    let basic = Basic::new(&server, "");
    let agent = basic.start();
    assert!(signs(agent.child.id()).is_empty(), "nothing is to be shown or listened for");
    assert_eq!(basic.session(&["start"])["done"], "started");
    let seen = User::with_cookie(&server);
    until("the sign", &basic.machine, || seen.find(SIGN).is_some());
    let pids = signs(agent.child.id());
    let [sign] = &pids[..] else { panic!("{pids:?}") };
    let uid: u32 = status_line(*sign, "Uid").split_whitespace().next().unwrap().parse().unwrap();
    assert!((61_000..=61_999).contains(&uid), "{uid}");
    assert_eq!(status_line(*sign, "NoNewPrivs"), "1");
    assert_eq!(status_line(*sign, "CapEff"), "0000000000000000");
    assert_eq!(basic.session(&["stop"])["done"], "stopped");
    until("the sign to go", &basic.machine, || seen.find(SIGN).is_none());
    assert_complete(&basic.file());
}

#[test]
fn hotkeys_do_no_more_than_their_user_may_and_the_sign_can_be_left_out() {
    let server = XServer::xvfb_of_another_user("800x600x24");
    let painter = Painter::new(&server);
    let basic = Basic::new(&server, "hotkeys = true\nuser_start = false\n");
    let agent = basic.start();
    let user = User::with_cookie(&server);
    strike_until(&user, &basic.machine, F8, "You may not start a recording");
    assert!(files(&basic.videos()).is_empty());
    until("nothing to be shown", &basic.machine, || user.find("You may not start a recording").is_none());
    // It is looked at every second, and again when somebody starts.
    basic.set(&format!("folder = \"{}\"\n", basic.videos().display()));
    let set = basic.run(&["config", "set", "sign", "false", "--session"]);
    assert!(set.status.success(), "{set:?}");
    assert_eq!(basic.session(&["start"])["done"], "started");
    painter.fill(0, 0, 100, 100, 0x30_6090);
    painter.settle();
    basic.until_recorded(&painter);
    assert!(user.find(SIGN).is_none());
    assert_eq!(signs(agent.child.id()).len(), 1, "it listens all the same");
    strike_until(&user, &basic.machine, F9, "Recording stopped");
    assert_complete(&basic.file());
}

#[test]
fn who_is_recorded_because_root_wants_it_is_told_unless_the_machine_says_otherwise() {
    if !is_root() {
        return eprintln!("not tried: only root can be several users");
    }
    let server = XServer::xvfb_of_another_user("800x600x24");
    let basic = Basic::new(&server, "hotkeys = true\n");
    let _agent = basic.start();
    let session = User::with_cookie(&server);
    let started = || {
        let output = basic.run_as(0, &["start", "--display", server.display(), "--json"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["sessions"][0]["done"], "started", "{answer}\n{}", basic.machine.log());
    };
    started();
    until("the notice", &basic.machine, || session.find(NOTICE).is_some());
    until("the sign", &basic.machine, || session.find(SIGN).is_some());
    strike_until(&session, &basic.machine, F9, "You can stop only what you started");
    assert!(basic.run_as(0, &["stop", "--all"]).status.success());
    assert!(session.find(NOTICE).is_some(), "it is there until it is read");
    let playback = assert_complete(&basic.file());
    assert_eq!(playback.header.unwrap().reason.policy, "administrator");
    until("the notice to go", &basic.machine, || {
        session.strike(crate::shown::RETURN);
        session.find(NOTICE).is_none()
    });

    fs::remove_file(basic.file()).unwrap();
    basic.set(&format!("folder = \"{}\"\nnotice = false\n", basic.videos().display()));
    started();
    strike_until(&session, &basic.machine, F9, "You can stop only what you started");
    until("nothing to be shown", &basic.machine, || session.find("You can stop only what you started").is_none());
    assert!(session.find(NOTICE).is_none() && session.find(SIGN).is_none());
    assert!(basic.run_as(0, &["stop", "--all"]).status.success());
    let reason = assert_complete(&basic.file()).header.unwrap().reason.text;
    assert!(!reason.contains("told"), "{reason}");
    assert_eq!(fs::metadata(basic.file()).map(|about| std::os::unix::fs::MetadataExt::uid(&about)).unwrap(), user());
}
