//! Programs that start, end and fail stand in recordings where the machine's configuration wants it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use recording::{Event, event_kinds as kinds};

use crate::pausing::{ask, machine};
use crate::playback::Playback;
use crate::supervised::{Machine, groups};
use crate::xserver::XServer;

/// A shell under a name that no other test's has.
fn named(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    // By another process: while this one had it open for writing, what it starts meanwhile could keep it so, and it could not be run.
    assert!(Command::new("cp").args(["-L", "/bin/sh"]).arg(&path).status().unwrap().success());
    path
}

/// Runs a script in a session when its standard input is closed.
fn gated(server: &XServer, program: &Path, script: &str) -> Child {
    let script = format!("read gate; {script}");
    let mut command = Command::new(program);
    command.args(["-c", &script, "--password=hunter2"]).env("DISPLAY", server.display()).stdin(Stdio::piped());
    command.spawn().unwrap()
}

fn events(bytes: &[u8], kind: &str) -> Vec<Event> {
    Playback::of(bytes).events.into_iter().filter(|event| event.kind == kind).collect()
}

/// Those of a process.
fn of(bytes: &[u8], kind: &str, process: u32) -> Vec<Event> {
    events(bytes, kind).into_iter().filter(|event| event.fields["process"] == process).collect()
}

fn until(machine: &Machine, kind: &str, process: u32) -> Event {
    machine.until(kind, |bytes| !of(bytes, kind, process).is_empty());
    of(&machine.recording(), kind, process).remove(0)
}

fn open(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn listed_programs_their_ends_and_failures_are_events_with_their_command_lines() {
    let server = XServer::xvfb("320x240x24");
    let folder = tempfile::tempdir().unwrap();
    let [ledger, tool, other] = ["Ledger", "tool", "other"].map(|name| named(folder.path(), name));
    let before = gated(&server, &ledger, "exit 0");
    let machine = machine(
        &server,
        "custom_events = { allowed = true }\n\
         events = { programs = [\"ledger\"], program_ends = true, program_failures = true }",
    );
    let agent = machine.start();
    let started = until(&machine, kinds::PROGRAM_START, before.id());
    assert_eq!(started.fields["before"], true);
    let process = before.id();
    open(before);
    assert_eq!(until(&machine, kinds::PROGRAM_END, process).fields["status"], 0);

    let script = format!("{} -c 'read go; exit 3' < {}", tool.display(), folder.path().join("fifo").display());
    assert!(Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap().success());
    let child = gated(&server, &ledger, &script);
    let process = child.id();
    let started = until(&machine, kinds::PROGRAM_START, process);
    assert_eq!(started.fields["program"], ledger.to_str().unwrap());
    assert_eq!(started.fields["parent"], std::process::id());
    let command = started.fields["command"].as_str().unwrap();
    assert!(command.starts_with(ledger.to_str().unwrap()) && command.ends_with("--password=•••"), "{command}");
    assert!(!started.fields.contains_key("before"));
    let opening = std::thread::spawn(move || open(child));
    let fifo = std::fs::File::options().write(true).open(folder.path().join("fifo")).unwrap();
    let is_tool = |event: &Event| event.fields.get("program").is_some_and(|program| program == tool.to_str().unwrap());
    machine.until("what it starts", |bytes| events(bytes, kinds::PROGRAM_START).iter().any(is_tool));
    drop(fifo);
    opening.join().unwrap();
    assert_eq!(until(&machine, kinds::PROGRAM_END, process).fields["status"], 3);

    // Nothing is told of what is not listed but that it failed.
    let child = gated(&server, &other, "kill -SEGV $$");
    let process = child.id();
    // Of what is gone before it is looked at it is not known whose it was: this one began later, and was looked at.
    let marker = gated(&server, &ledger, "");
    until(&machine, kinds::PROGRAM_START, marker.id());
    open(marker);
    open(child);
    let failed = until(&machine, kinds::PROGRAM_FAILED, process);
    assert_eq!(
        (failed.fields["signal"].as_str(), failed.fields["text"].as_str()),
        (Some("SIGSEGV"), Some("other: ended by SIGSEGV"))
    );
    assert!(of(&machine.recording(), kinds::PROGRAM_START, process).is_empty());
    assert!(of(&machine.recording(), kinds::PROGRAM_END, process).is_empty());

    // What started during a pause is told after it, unless it is gone.
    assert!(ask(&machine, &["pause"]).status.success());
    let (gone, stays) = (gated(&server, &ledger, ""), gated(&server, &ledger, ""));
    let gone_process = gone.id();
    open(gone);
    assert!(ask(&machine, &["resume"]).status.success());
    assert_eq!(until(&machine, kinds::PROGRAM_START, stays.id()).fields["before"], true);
    open(stays);
    assert!(agent.stop().success());
    assert!(of(&machine.recording(), kinds::PROGRAM_START, gone_process).is_empty());
}

#[test]
fn another_sessions_programs_and_those_that_nobody_wants_are_not_told() {
    let server = XServer::xvfb("320x240x24");
    let elsewhere = XServer::xvfb("320x240x24");
    let folder = tempfile::tempdir().unwrap();
    let ledger = named(folder.path(), "ledger-elsewhere");
    let machine =
        machine(&server, "custom_events = { allowed = true }\nevents = { programs = [\"ledger-elsewhere\"] }");
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let other = gated(&elsewhere, &ledger, "");
    let own = gated(&server, &ledger, "");
    until(&machine, kinds::PROGRAM_START, own.id());
    let processes = [own.id(), other.id()];
    open(own);
    open(other);
    let marker = gated(&server, &ledger, "");
    until(&machine, kinds::PROGRAM_START, marker.id());
    open(marker);
    assert!(agent.stop().success());
    let bytes = machine.recording();
    assert!(of(&bytes, kinds::PROGRAM_START, processes[1]).is_empty(), "it belongs to another display");
    assert!(events(&bytes, kinds::PROGRAM_END).is_empty(), "ends are asked for by themselves");
}
