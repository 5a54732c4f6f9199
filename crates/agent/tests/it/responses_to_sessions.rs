//! What becomes of the session itself can be responded to: who comes and goes, what is opened first, and that somebody disturbs its recording.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use x11rb::protocol::xproto::ConnectionExt as _;

use crate::decided::tell;
use crate::painter::Painter;
use crate::pausing::machine;
use crate::responses::{Program, Viewer, free_port, of_kind, policy, responses, started, until_responded};
use crate::supervised::groups;
use crate::xserver::XServer;

fn mail_on(event: &str, field: &str, test: &Value) -> Value {
    json!({ "description": event, "event": event, "conditions": [{ "field": field, "test": test }], "actions": ["mail"] })
}

#[test]
fn who_comes_and_goes_and_what_is_opened_are_responded_to_once() {
    let port = free_port();
    let server = XServer::xvnc_for_viewers("320x240", port);
    let triggers = [
        mail_on("client", "change", &json!({ "is": "disconnected" })),
        mail_on("client", "address", &json!({ "includes": "127.0.0.1" })),
        mail_on("client", "address", &json!({ "includes": "10.9.8.7" })),
        mail_on("opened", "application", &json!({ "equals": "desktop" })),
    ];
    let (machine, agent) = started(&server, json!({ "mail_to": ["a@example.org"], "triggers": triggers }), "");
    let viewer = Viewer::at(port);
    let told = until_responded(&machine, 1);
    assert_eq!(told[0].fields["detail"], "127.0.0.1 is connected");
    let _manager = Program(Command::new("openbox").env("DISPLAY", server.display()).spawn().unwrap());
    assert_eq!(until_responded(&machine, 2)[1].fields["detail"], "desktop was opened first");

    // Another run of the agent tells anew who is there, which is no news.
    assert!(agent.stop().success());
    let before = groups(&machine.recording());
    let agent = machine.start();
    machine.until("a new group", |bytes| groups(bytes) > before);
    drop(viewer);
    let told = until_responded(&machine, 3);
    assert_eq!(told[2].fields["detail"], "the client has disconnected");
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(agent.stop().success());
}

#[test]
fn what_a_recording_begins_with_is_responded_to() {
    let server = XServer::xvfb("320x240x24");
    let machine = machine(&server, "");
    // The recording begins with the first program, which stands in its header and not among its events.
    let silent = json!({ "do": "record-screen", "notice": false });
    tell(&machine, &json!([{ "name": "Terminals", "action": silent, "when": { "opened": ["XTerm"] } }]));
    let triggers = [mail_on("opened", "application", &json!({ "equals": "xterm" }))];
    let triggers = json!({ "mail_to": ["a@example.org"], "triggers": triggers });
    fs::write(machine.path().join("detection-policy"), policy(triggers)).unwrap();
    let agent = machine.start();
    machine.until_logged("found a session");
    let _program =
        Program(Command::new("xterm").args(["-display", server.display(), "-e", "sleep", "60"]).spawn().unwrap());
    assert_eq!(until_responded(&machine, 1)[0].fields["detail"], "xterm was opened first");
    assert_eq!(of_kind(&machine.recording(), "opened").len(), 0);
    assert!(agent.stop().success());
}

#[test]
fn whoever_disturbs_the_recording_is_responded_to() {
    let server = XServer::xvfb("160x120x24");
    let triggers = [mail_on("disturbed", "text", &json!({ "includes": "could not see" }))];
    let (machine, agent) = started(&server, json!({ "mail_to": ["a@example.org"], "triggers": triggers }), "");
    let painter = Painter::new(&server);
    // Nobody else sees what it draws.
    painter.conn.grab_server().unwrap();
    painter.fill(0, 0, 160, 120, 0x0012_3456);
    painter.settle();
    machine.until_logged("the recorder could not see the session; it goes on");
    painter.conn.ungrab_server().unwrap();
    painter.settle();
    assert_eq!(until_responded(&machine, 1)[0].fields["of"], "disturbed");
    assert_eq!((of_kind(&machine.recording(), "disturbed").len(), responses(&machine.recording()).len()), (1, 1));
    assert!(agent.stop().success());
}
