//! What is kept of the screen from before an event is covered, sealed and laid out as what is recorded is, and for as long as the rule
//! says so.

use std::fs;
use std::time::Duration;

use recording::{Monitor, SealClass, event_kinds as kinds};
use sealing::SealPlan;
use serde_json::json;

use crate::covered::{is_private, open_vault, vault};
use crate::kept_before::{
    CUSTOM, PLAIN, recorders, respond, show, standing_by, times_of, until, until_standing_by, with_before,
};
use crate::painter::Painter;
use crate::pausing::machine;
use crate::playback::Playback;
use crate::responses::{happens, has_screen, of_kind, outcome, responses};
use crate::sealed::{key, opened};
use crate::supervised::{Machine, groups, verify};
use crate::xserver::XServer;

const BEFORE: u32 = 0x0040_70a0;

/// The recording that a trigger added, as far as it goes.
fn added(machine: &Machine) -> Vec<u8> {
    machine.recordings().get(1).map(|(_, bytes)| bytes.clone()).unwrap_or_default()
}

#[test]
fn hidden_windows_are_covered_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(folder.path());
    let server = XServer::xvfb("800x600x24");
    let painter = Painter::new(&server);
    let machine = machine(&server, CUSTOM);
    respond(&machine, with_before(json!(10)));
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    assert!(agent.stop().success());
    // The recording of events goes on as it was begun; what the policy hides now is hidden in what is added.
    let rules = json!([{ "name": "all", "action": { "do": "record-screen", "notice": false, "hide": ["vault"] },
        "when": { "where": [{ "machine": "*" }] } }]);
    let policy = json!({ "version": 1, "name": "Hiding", "rules": rules }).to_string();
    fs::write(machine.path().join("policy"), policy).unwrap();
    let agent = machine.start();
    until_standing_by(&machine, &agent);
    let private = open_vault(&server, &vault);
    until("the private window", &machine, || {
        painter.servers_picture().2.into_iter().any(|pixel| is_private(pixel & 0xff_ffff))
    });
    std::thread::sleep(Duration::from_secs(1));
    show(&painter, BEFORE, Duration::from_millis(500));
    drop(private);
    show(&painter, PLAIN, Duration::from_millis(500));
    happens(&machine, "bad");
    until("the response", &machine, || responses(&added(&machine)).len() == 1);
    assert!(agent.stop().success());
    let bytes = added(&machine);
    assert!(verify(&bytes).intact);
    assert!(!times_of(&bytes, BEFORE).is_empty(), "what was shown before is there");
    assert_eq!(Playback::looking_for(&bytes, is_private).found, 0);
    assert_eq!(of_kind(&bytes, kinds::COVERED).len(), 1, "it says what is covered");
}

#[test]
fn it_is_sealed_for_whom_the_policy_says() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let machine = machine(&server, CUSTOM);
    respond(&machine, with_before(json!(10)));
    let plan = SealPlan::new(SealClass::ALL.to_vec(), vec![key().public()]).unwrap();
    let document = format!("events-only\n{}", serde_json::to_string(&plan).unwrap());
    fs::write(machine.path().join("policy"), document).unwrap();
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    until_standing_by(&machine, &agent);
    show(&painter, BEFORE, Duration::from_millis(500));
    show(&painter, PLAIN, Duration::from_millis(500));
    happens(&machine, "bad");
    until("the response", &machine, || {
        let bytes = added(&machine);
        groups(&bytes) > 0 && responses(&opened(&bytes)).len() == 1
    });
    assert!(agent.stop().success());
    let bytes = added(&machine);
    assert!(verify(&bytes).intact);
    // Nothing of it stands open, or it could not be opened like this.
    let opened = opened(&bytes);
    assert!(!times_of(&opened, BEFORE).is_empty(), "what was shown before is there");
    assert_eq!(outcome(&responses(&opened)[0]), ("record-screen", "done"));
    assert_eq!(responses(&bytes), [], "sealed");
}

#[test]
fn monitors_and_sizes_that_change_meanwhile_are_as_they_were() {
    let server = XServer::xvfb("640x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = standing_by(&server, 10);
    painter.set_monitor("left", (0, 0), (320, 240), true);
    painter.set_monitor("right", (320, 0), (320, 240), false);
    painter.fill(320, 0, 320, 240, BEFORE);
    painter.settle();
    std::thread::sleep(Duration::from_millis(500));
    painter.delete_monitor("left");
    painter.delete_monitor("right");
    painter.resize_screen(400, 200);
    painter.fill(0, 0, 400, 200, PLAIN);
    painter.settle();
    std::thread::sleep(Duration::from_millis(500));
    happens(&machine, "bad");
    until("the response", &machine, || responses(&added(&machine)).len() == 1);
    assert!(agent.stop().success());
    let bytes = added(&machine);
    assert!(verify(&bytes).intact);
    let playback = Playback::of(&bytes);
    let monitor = |name: &str, x| Monitor { name: name.to_owned(), x, y: 0, width: 320, height: 240, primary: x == 0 };
    let both = vec![monitor("left", 0), monitor("right", 320)];
    assert!(playback.layouts.contains(&both), "{:?}", playback.layouts);
    assert!(!times_of(&bytes, BEFORE).is_empty());
    let sizes: Vec<_> = of_kind(&bytes, kinds::RESIZE).iter().map(|event| event.fields["width"].clone()).collect();
    assert_eq!(sizes, [json!(640), json!(400)]);
    let (width, height, pixels) = playback.picture().unwrap();
    assert_eq!((width, height), (400, 200));
    assert!(pixels.iter().all(|pixel| *pixel == PLAIN));
}

#[test]
fn nothing_stands_by_where_no_rule_says_so_and_a_second_event_finds_it_recorded() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let machine = machine(&server, CUSTOM);
    let lock = json!({ "before_seconds": 10, "triggers": [crate::responses::on("other", "Others", &["mail"])], "mail_to": ["a@example.org"] });
    for rule in [json!({ "triggers": with_before(json!(10))["triggers"] }), lock] {
        respond(&machine, rule);
        let before = machine.recordings().first().map_or(0, |(_, bytes)| groups(bytes));
        let agent = machine.start();
        machine.until("a group", |bytes| groups(bytes) > before);
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(recorders(&agent).len(), 1);
        assert!(agent.stop().success());
    }
    // Added to the rule it stands by in the session that runs, too, and two events add one recording.
    respond(&machine, with_before(json!(1)));
    let agent = machine.start();
    until_standing_by(&machine, &agent);
    show(&painter, BEFORE, Duration::from_millis(500));
    show(&painter, PLAIN, Duration::from_millis(500));
    happens(&machine, "bad");
    happens(&machine, "bad");
    until("the responses", &machine, || {
        let done = machine.recordings().iter().map(|(_, bytes)| responses(bytes).len()).sum::<usize>();
        done == 2
    });
    until("one recorder", &machine, || recorders(&agent).len() == 1);
    assert!(agent.stop().success());
    assert_eq!(machine.recordings().iter().filter(|(_, bytes)| has_screen(bytes)).count(), 1);
    let bytes = added(&machine);
    assert!(!times_of(&bytes, BEFORE).is_empty());
    assert_eq!(of_kind(&bytes, kinds::CUSTOM).len(), 2, "both events are there");
}
