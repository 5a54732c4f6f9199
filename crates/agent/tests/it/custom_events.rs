//! What programs of a session say of it stands in its recording, with who said it; who may not is refused.

use std::path::Path;
use std::process::{Command, Output};

use recording::{Event, event_kinds};
use serde_json::Value;

use crate::pausing::{ask, machine};
use crate::playback::Playback;
use crate::supervised::{Machine, verify};
use crate::xserver::XServer;

#[allow(dead_code, reason = "made to be copied")]
#[path = "../../../../docs/examples/event.rs"]
mod example;

const AGENT: &str = env!("CARGO_BIN_EXE_kinescope-agent");

fn custom(bytes: &[u8]) -> Vec<Event> {
    Playback::of(bytes).events.into_iter().filter(|event| event.kind == event_kinds::CUSTOM).collect()
}

fn until_said(machine: &Machine, count: usize) -> Vec<Event> {
    machine.until("the events", |bytes| custom(bytes).len() >= count);
    custom(&machine.recording())
}

fn text(event: &Event) -> &str {
    event.fields["text"].as_str().unwrap()
}

#[test]
fn programs_say_what_happened_by_command_and_by_socket() {
    let server = XServer::xvfb("160x120x24");
    let machine = machine(&server, "custom_events = { allowed = true }");
    let agent = machine.start();
    machine.until("a group", |bytes| crate::supervised::groups(bytes) > 0);
    let said = ask(&machine, &["event", "--type", "payment-approved", "--text", "Invoice 4711\nby \"Ana\""]);
    assert!(said.status.success() && said.stdout.is_empty() && said.stderr.is_empty(), "{said:?}");

    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    let built = Path::new(AGENT).parent().unwrap();
    let path = format!("{}:{}", built.display(), std::env::var("PATH").unwrap());
    let socket = machine.path().join("socket");
    for name in ["event.py", "event.sh"] {
        let mut example = Command::new(examples.join(name));
        let output = example.args(["example", name]).env("KINESCOPE_AGENT_SOCKET", &socket).env("PATH", &path).output();
        assert!(output.unwrap().status.success(), "{name}");
    }
    assert_eq!(example::say(&socket, "example", "event.rs").unwrap()["ok"], true);
    // What happens while a recording is paused is no picture.
    assert!(ask(&machine, &["pause"]).status.success());
    assert!(ask(&machine, &["event", "--type", "meanwhile"]).status.success());
    assert!(ask(&machine, &["resume"]).status.success());
    assert!(ask(&machine, &["event", "--type", "afterwards"]).status.success());

    let events = until_said(&machine, 6);
    assert!(agent.stop().success());
    assert!(verify(&machine.recording()).intact);
    let texts: Vec<&str> = events.iter().map(text).collect();
    assert_eq!(
        texts,
        [
            "payment-approved: Invoice 4711 by \"Ana\"",
            "example: event.py",
            "example: event.sh",
            "example: event.rs",
            "meanwhile",
            "afterwards"
        ]
    );
    assert_eq!(events[0].fields["type"], "payment-approved");
    assert_eq!(events[0].fields["user"], "root");
    // Of the agent's own command the program counts that started it.
    let own = std::env::current_exe().unwrap();
    assert_eq!(events[0].fields["program"], Value::from(own.to_str().unwrap()));
    assert!(events[1].fields["program"].as_str().unwrap().contains("python"), "{:?}", events[1]);
}

#[test]
fn who_may_not_says_nothing() {
    let refused = |output: &Output, why: &str| {
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(why), "{output:?}");
    };
    let server = XServer::xvfb("160x120x24");
    let off = machine(&server, "");
    let agent = off.start();
    off.until("a group", |bytes| crate::supervised::groups(bytes) > 0);
    refused(&ask(&off, &["event", "--type", "x"]), "not allowed on this machine");
    assert!(agent.stop().success());
    assert_eq!(custom(&off.recording()), []);

    let on = machine(&server, "custom_events = { allowed = true }");
    let agent = on.start();
    on.until("a group", |bytes| crate::supervised::groups(bytes) > 0);
    refused(&ask(&on, &["event", "--type", " \u{7} "]), "needs a type");
    // A flood is refused, and the recording goes on.
    let flood = (0..40).map(|number| ask(&on, &["event", "--type", "flood", "--text", &number.to_string()]));
    let taken = flood.filter(|output| output.status.success()).count();
    assert!((1..40).contains(&taken), "{taken}");
    assert_eq!(until_said(&on, taken).len(), taken);
    assert!(agent.stop().success());
}
