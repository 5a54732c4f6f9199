//! What the agent decides by the policy that its server told last, its server being away: facts are gathered on the machine,
//! and policy, rule and reason stand in the recording.

use std::fs;
use std::process::Command;

use recording::Header;
use serde_json::json;

use crate::supervised::{Machine, events, groups, header};
use crate::xserver::XServer;

/// What `id` says of the user whose sessions these are.
fn id(option: &str) -> String {
    let said = Command::new("id").arg(option).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

pub fn tell(machine: &Machine, rules: &serde_json::Value) {
    let document = json!({ "version": 1, "name": "Finance", "rules": rules });
    fs::write(machine.path().join("policy"), document.to_string()).unwrap();
}

#[test]
fn groups_of_the_directory_and_labels_of_the_machine_decide_and_stand_in_the_recording() {
    let server = XServer::xvfb("160x120x24");
    let machine = Machine::new(&[server.display()])
        .deciding("false")
        .with("delivery_groups = [\"Desktops\"]")
        .with("tags = [\"external\"]");
    let when = json!({
        "who": [{ "group": id("-gn") }], "where": [{ "delivery_group": "desk*" }], "tags": ["external"],
        "time": [{ "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "00:00", "to": "24:00" }],
    });
    tell(&machine, &json!([{ "name": "Desks", "action": { "do": "record-screen", "notice": false }, "when": when }]));
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let Header { session, reason, .. } = header(&machine.recording());
    assert_eq!((reason.policy.as_str(), reason.rule.as_deref()), ("Finance", Some("Desks")));
    assert!(reason.text.contains("rule “Desks” of policy “Finance”"), "{}", reason.text);
    assert!(reason.text.contains(&format!("{} is in the group {}", id("-un"), id("-gn"))), "{}", reason.text);
    assert!(session.groups.contains(&id("-gn")), "{:?}", session.groups);
    assert_eq!((session.delivery_groups, session.tags), (vec!["Desktops".to_owned()], vec!["external".to_owned()]));
    assert!(session.utc_offset_minutes.is_some());
    assert!(agent.stop().success());
}

#[test]
fn the_first_program_opened_decides_for_the_whole_session() {
    let server = XServer::xvfb("320x240x24");
    let machine = Machine::new(&[server.display()]);
    let silent = json!({ "do": "record-screen", "notice": false });
    tell(&machine, &json!([{ "name": "Terminals", "action": silent, "when": { "opened": ["XTerm"] } }]));
    let agent = machine.start();
    machine.until_logged("found a session");
    assert!(machine.recordings().is_empty(), "nothing is decided before something is opened");
    let mut program = Command::new("xterm").args(["-display", server.display(), "-e", "sleep", "60"]).spawn().unwrap();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let Header { session, reason, .. } = header(&machine.recording());
    assert_eq!((session.application.as_deref(), reason.rule.as_deref()), (Some("xterm"), Some("Terminals")));
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(agent.stop().success());
}

#[test]
fn what_is_opened_after_the_recording_began_is_told_as_an_event() {
    let server = XServer::xvfb("320x240x24");
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    // Whoever manages windows makes it a desktop.
    let mut manager = Command::new("openbox").env("DISPLAY", server.display()).spawn().unwrap();
    machine.until("the event", |bytes| events(bytes).iter().any(|event| event.kind == "opened"));
    let bytes = machine.recording();
    let opened = events(&bytes).into_iter().find(|event| event.kind == "opened").unwrap();
    assert_eq!(opened.fields["application"], "desktop");
    assert_eq!(header(&bytes).session.application, None);
    manager.kill().unwrap();
    manager.wait().unwrap();
    assert!(agent.stop().success());
}

#[test]
fn do_not_record_wins_and_what_cannot_be_read_or_done_records_nothing() {
    let server = XServer::xvfb("160x120x24");
    let user = json!({ "who": [{ "user": id("-un") }] });
    let rule = |name: &str, action| json!({ "name": name, "action": action, "when": user });
    let silent = json!({ "do": "record-screen", "notice": false });
    let heard = json!({ "do": "record-screen", "notice": true, "audio": true });
    for (rules, why) in [
        (json!([rule("yes", silent.clone()), rule("no", json!({ "do": "do-not-record" }))]), "rule “no”"),
        (json!([rule("yes", silent), rule("heard", heard)]), "recording audio is not possible yet"),
        (json!([]), "no rule of policy “Finance” holds"),
        (json!([{ "name": "from the future" }]), "cannot be read"),
    ] {
        let machine = Machine::new(&[server.display()]);
        tell(&machine, &rules);
        let agent = machine.start();
        machine.until_logged(why);
        machine.until_logged("record=false");
        assert!(machine.recordings().is_empty(), "{why}");
        assert!(agent.stop().success());
    }
}
