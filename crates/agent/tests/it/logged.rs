//! What is logged of a session is what the last detection policy says that was told, and only where there is none what the machine's
//! configuration says.

use std::fs;

use recording::event_kinds;

use crate::pausing::machine;
use crate::playback::Playback;
use crate::supervised::{Machine, groups};
use crate::topmost::Programs;
use crate::xserver::XServer;

const OWN: &str = "events = { topmost_window = true }";

fn titles(machine: &Machine) -> usize {
    let events = Playback::of(&machine.recording()).events;
    events.into_iter().filter(|event| event.kind == event_kinds::TOPMOST_WINDOW).count()
}

fn policy(log: &str, user: &str) -> String {
    format!(r#"{{"version":1,"name":"P","rules":[{{"name":"r","log":{log},"when":{{"who":[{{"user":"{user}"}}]}}}}]}}"#)
}

/// The topmost window of a session without any is told as soon as somebody looks: one event says that it is logged.
fn until_logged(machine: &Machine) {
    machine.until("a title", |bytes| {
        Playback::of(bytes).events.iter().any(|event| event.kind == event_kinds::TOPMOST_WINDOW)
    });
}

#[test]
fn the_last_policy_told_decides_and_without_one_the_machine() {
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap().name;
    for (kept, own, logged) in [
        (None, OWN, true),
        (Some("machine-settings".to_owned()), OWN, true),
        (Some("log-nothing".to_owned()), OWN, false),
        (Some(policy(r#"{"topmost_window":true}"#, &user)), "", true),
        (Some(policy(r#"{"topmost_window":true}"#, "nobody-else")), OWN, false),
        (Some(policy(r#"{"smell":true}"#, &user)), OWN, false),
        (Some("\u{0}".to_owned()), OWN, false),
    ] {
        let server = XServer::xvfb("160x120x24");
        let machine = machine(&server, own);
        if let Some(kept) = &kept {
            fs::write(machine.path().join("detection-policy"), kept).unwrap();
        }
        let mut programs = Programs::managed(&server);
        programs.open(&server, "Accounts", "read _");
        let agent = machine.start();
        machine.until("a group", |bytes| groups(bytes) > 0);
        if logged {
            until_logged(&machine);
        } else {
            // Where it is logged it is told within a fraction of this.
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        assert!(agent.stop().success());
        assert_eq!(titles(&machine) > 0, logged, "{kept:?}");
    }
}
