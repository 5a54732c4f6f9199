//! The sign in a session that says that it is recorded, and the hotkeys by which its user starts and stops that.

use std::cell::Cell;
use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, ModMask};
use x11rb::protocol::xtest::ConnectionExt as _;

use crate::asked;
use crate::shown::{PATIENCE, User};
use crate::supervised::{Machine, groups, header, outline};
use crate::xserver::XServer;

pub const F8: u32 = 0xffc5;
pub const F9: u32 = 0xffc6;
const SHIFT: u32 = 0xffe1;
const CONTROL: u32 = 0xffe3;
const NOT_YOURS: &str = "You can stop only what you started";
pub const SIGN: &str = "Session recorded";

pub fn until(what: &str, machine: &Machine, condition: impl Fn() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < limit, "waited in vain for {what}; the agent's log:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn with_policy(machine: Machine, policy: &str) -> Machine {
    fs::write(machine.path().join("policy"), policy).unwrap();
    machine
}

fn strike(user: &User, keysym: u32) {
    let keys = [(CONTROL, 2), (SHIFT, 2), (keysym, 2), (keysym, 3), (SHIFT, 3), (CONTROL, 3)];
    for (keysym, kind) in keys {
        user.conn.xtest_fake_input(kind, user.code(keysym), 0, user.root, 0, 0, 0).unwrap();
    }
    user.conn.flush().unwrap();
}

/// Strikes a hotkey until this is said.
pub fn strike_until(user: &User, machine: &Machine, keysym: u32, text: &str) {
    let struck = Cell::new(Instant::now() - Duration::from_secs(2));
    until(text, machine, || {
        // The session's process may not listen yet.
        if struck.get().elapsed() > Duration::from_secs(1) {
            strike(user, keysym);
            struck.set(Instant::now());
        }
        user.find(text).is_some()
    });
}

/// Processes of an agent that show a sign.
pub fn signs(agent: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{agent}/task")).unwrap().flatten();
    let children = tasks.map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default());
    let is_sign = |pid: &str| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|words| words.split(|byte| *byte == 0).nth(1) == Some(b"sign"))
    };
    let pids = |list: String| -> Vec<u32> {
        list.split_whitespace().filter(|pid| is_sign(pid)).map(|pid| pid.parse().unwrap()).collect()
    };
    children.flat_map(pids).collect()
}

#[test]
fn who_is_told_has_a_sign_and_who_is_recorded_silently_has_none() {
    let (told, silent) = (XServer::xvfb("800x600x24"), XServer::xvfb("800x600x24"));
    let machine = with_policy(Machine::new(&[told.display()]), "record-with-notice");
    let other = with_policy(Machine::new(&[silent.display()]), "record-everything");
    let (agent, other_agent) = (machine.start(), other.start());
    let user = User::at(&told);
    until("the sign", &machine, || user.find(SIGN).is_some());
    other.until("a group", |bytes| groups(bytes) > 0);
    assert_eq!(signs(other_agent.child.id()).len(), 0);
    assert!(User::at(&silent).find(SIGN).is_none());
    // A program takes it away: it comes again.
    let sign = user.find(SIGN).unwrap();
    user.conn.kill_client(sign).unwrap();
    user.conn.flush().unwrap();
    until("the sign to go", &machine, || user.find(SIGN) != Some(sign));
    until("the sign", &machine, || user.find(SIGN).is_some());
    assert_eq!(signs(agent.child.id()).len(), 1);
    assert!(agent.stop().success());
    assert!(user.find(SIGN).is_none(), "it ends with the agent");
}

/// A policy that does this with every session.
fn policy(action: &Value, user_may_start: bool) -> String {
    let when = json!({ "where": [{ "machine": "*" }] });
    let rule = json!({ "name": "all", "action": action, "user_may_start": user_may_start, "when": when });
    json!({ "version": 1, "name": "Signs", "rules": [rule] }).to_string()
}

#[test]
fn a_rule_hides_the_sign_from_who_is_told_and_shows_it_to_who_is_not() {
    let policy = |notice: bool, indicator: &str| {
        policy(&json!({ "do": "record-screen", "notice": notice, "indicator": indicator }), false)
    };
    let (told, silent) = (XServer::xvfb("800x600x24"), XServer::xvfb("800x600x24"));
    let hidden =
        with_policy(Machine::new(&[told.display()]), &policy(true, "hidden")).with("[hotkeys]\nenabled = true");
    let shown = with_policy(Machine::new(&[silent.display()]), &policy(false, "shown"));
    let (hidden_agent, shown_agent) = (hidden.start(), shown.start());
    let user = User::at(&silent);
    until("the sign", &shown, || user.find(SIGN).is_some());
    assert_eq!(signs(shown_agent.child.id()).len(), 1);
    let reason = header(&shown.recording()).reason.text;
    assert!(reason.contains("record without notice, with a sign in the session"), "{reason}");
    hidden.until("a group", |bytes| groups(bytes) > 0);
    let reason = header(&hidden.recording()).reason.text;
    assert!(reason.contains("record with notice, without a sign in the session"), "{reason}");
    assert!(reason.contains("its user was told"), "{reason}");
    // Its process runs for the hotkeys, and has been heard of, so that a sign would be there.
    let user = User::at(&told);
    strike_until(&user, &hidden, F9, NOT_YOURS);
    until("nothing to be shown", &hidden, || user.find(NOT_YOURS).is_none());
    assert!(user.find(SIGN).is_none());
    assert_eq!(signs(hidden_agent.child.id()).len(), 1);
}

#[test]
fn a_rule_hides_the_sign_also_from_who_starts_a_recording() {
    let server = XServer::xvfb("800x600x24");
    let policy = policy(&json!({ "do": "record-events", "notice": false, "indicator": "hidden" }), true);
    let machine = with_policy(Machine::new(&[server.display()]), &policy).with("[hotkeys]\nenabled = true");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let user = User::at(&server);
    strike_until(&user, &machine, F8, "Recording started");
    until("nothing to be shown", &machine, || user.find("Recording started").is_none());
    assert!(user.find(SIGN).is_none());
    assert_eq!(signs(agent.child.id()).len(), 1, "it still listens");
}

#[test]
fn a_machine_may_have_no_signs() {
    let server = XServer::xvfb("800x600x24");
    let machine = with_policy(Machine::new(&[server.display()]), "events-with-notice").with("sign = false");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    assert_eq!(signs(agent.child.id()).len(), 0);
}

#[test]
fn hotkeys_start_and_stop_what_the_policy_lets_the_user_and_say_what_came_of_it() {
    let server = XServer::xvfb("800x600x24");
    let machine = asked::machine(&server, true).with("[hotkeys]\nenabled = true");
    let agent = machine.start();
    machine.until_logged("decision");
    let user = User::at(&server);
    let strike_until = |keysym, text: &str| strike_until(&user, &machine, keysym, text);
    strike_until(F9, "This session is not recorded");
    strike_until(F8, "Recording started");
    machine.until("a group", |bytes| groups(bytes) > 0);
    assert_eq!(header(&machine.recording()).reason.policy, "user");
    until("the sign", &machine, || user.find(SIGN).is_some());
    strike_until(F9, "Recording stopped");
    assert_eq!(outline(&machine.recording()).2.as_deref(), Some("stopped"));
    until("nothing to be shown", &machine, || user.find("Recording stopped").is_none() && user.find(SIGN).is_none());
    assert_eq!(signs(agent.child.id()).len(), 1, "it still listens");
    assert!(agent.stop().success());
}

#[test]
fn hotkeys_do_no_more_than_their_user_may() {
    let server = XServer::xvfb("800x600x24");
    let user = User::at(&server);
    let (both, mode) = (ModMask::CONTROL | ModMask::SHIFT, GrabMode::ASYNC);
    user.conn.grab_key(false, user.root, both, user.code(F9), mode, mode).unwrap().check().unwrap();
    let rules = json!([{ "name": "all", "action": { "do": "record-screen", "notice": false }, "when": { "where": [{ "machine": "*" }] } }]);
    let policy = json!({ "version": 1, "name": "Silent", "rules": rules }).to_string();
    let keys = "[hotkeys]\nenabled = true\nstart = \"f1\"\nstop = \"K\"";
    let machine = with_policy(Machine::new(&[server.display()]), &policy).with(keys);
    let _agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    strike_until(&user, &machine, u32::from(b'k'), NOT_YOURS);
    assert_eq!(outline(&machine.recording()).2, None, "the recording goes on");
    assert!(user.find(SIGN).is_none(), "it is recorded silently");

    // The keys of another machine, one of which a program of this session holds.
    let second = asked::machine(&server, false).with("[hotkeys]\nenabled = true");
    let _second = second.start();
    second.until_logged("the hotkey ctrl-shift-F9 on");
    second.until_logged("another program of the session holds it");
}
