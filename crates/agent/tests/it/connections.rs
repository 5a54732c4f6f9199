//! Connections to other machines' shells and desktops stand in the recording of the session whose program made them.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use recording::{Event, event_kinds as kinds};

use crate::pausing::machine;
use crate::playback::Playback;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

/// Runs a program in a session.
fn run(display: &str, program: &str, arguments: &[String]) -> Child {
    let mut command = Command::new(program);
    command.args(arguments).env("DISPLAY", display).env_remove("SSH_AUTH_SOCK");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn told(machine: &Machine) -> Vec<Event> {
    Playback::of(&machine.recording()).events.into_iter().filter(|event| event.kind == kinds::CONNECTION).collect()
}

fn said(event: &Event) -> (&str, &str, u64) {
    let field = |name: &str| event.fields[name].as_str().unwrap();
    (field("protocol"), field("address"), event.fields["port"].as_u64().unwrap())
}

/// Somebody who lets in and says nothing.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn connections_are_events_of_the_session_whose_clients_made_them() {
    let (server, elsewhere) = (XServer::xvfb("320x240x24"), XServer::xvfb("320x240x24"));
    let machine = machine(&server, "custom_events = { allowed = true }\nevents = { connections = true }");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let ssh = |port: u16, address: &str| {
        let words = ["-F", "none", "-o", "BatchMode=yes", "-p", &port.to_string(), address].map(str::to_owned);
        words.to_vec()
    };
    // Until somebody looks: what is connected before is passed over.
    let (_probed, probe) = silent();
    let limit = std::time::Instant::now() + crate::recorder_process::PATIENCE;
    while told(&machine).is_empty() {
        assert!(std::time::Instant::now() < limit, "nothing is told: {}", machine.log());
        let child = run(server.display(), "ssh", &ssh(probe, "127.0.0.1"));
        std::thread::sleep(std::time::Duration::from_secs(1));
        end(child);
    }
    let probes = told(&machine).len();

    let (_theirs, theirs) = silent();
    let other = run(elsewhere.display(), "ssh", &ssh(theirs, "127.0.0.1"));
    let mut expected = Vec::new();
    let mut children = Vec::new();
    let mut listeners = Vec::new();
    for (protocol, program, at) in [("ssh", "ssh", "-p"), ("rdp", "xfreerdp", "/v:"), ("vnc", "vncviewer", "::")] {
        if !is_there(program) {
            eprintln!("{program} is not installed: not tried");
            continue;
        }
        let (listener, port) = silent();
        let arguments = match at {
            "-p" => ssh(port, "127.0.0.1"),
            "::" => vec![format!("127.0.0.1::{port}")],
            at => vec![format!("{at}127.0.0.1:{port}"), "/cert:ignore".to_owned()],
        };
        let child = run(server.display(), program, &arguments);
        machine
            .until(program, |_| told(&machine).iter().any(|event| said(event) == (protocol, "127.0.0.1", port.into())));
        expected.push((protocol, "127.0.0.1", u64::from(port), child.id()));
        children.push(child);
        listeners.push(listener);
    }
    assert!(agent.stop().success());
    children.into_iter().chain([other]).for_each(end);
    let all = told(&machine);
    let of_clients: Vec<_> = all.iter().skip(probes).filter(|event| said(event).2 != u64::from(probe)).collect();
    let said: Vec<_> = of_clients
        .iter()
        .map(|event| {
            let (protocol, address, port) = said(event);
            (protocol, address, port, u32::try_from(event.fields["process"].as_u64().unwrap()).unwrap())
        })
        .collect();
    assert_eq!(said, expected, "each once, and those of another session not");
    assert!(of_clients[0].fields["program"].as_str().unwrap().ends_with("/ssh"));
}

fn is_there(program: &str) -> bool {
    let search = Command::new("sh").args(["-c", "command -v \"$1\"", "sh", program]).stdout(Stdio::null()).status();
    search.unwrap().success()
}
