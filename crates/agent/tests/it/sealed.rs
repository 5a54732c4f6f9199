//! Sealed recordings: on disk there is only ciphertext, and the key shows what was on the screen.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use recording::{BlockWriter, Decoder, Entry, Group};
use sealing::{KeyRing, Opener, PrivateKey, SealPlan, Seed};

use crate::painter::Painter;
use crate::playback::Playback;
use crate::recorder_process::{PATIENCE, signal};
use crate::supervised::{Machine, verify};
use crate::xserver::XServer;

/// The event of every recording; as JSON it stands in what is not sealed.
const MARKER: &str = "\"kind\":\"resize\"";

pub fn key() -> PrivateKey {
    PrivateKey::generate(&Seed::new([1; 32]))
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The same recording without seals, as far as it opens.
pub fn opened(bytes: &[u8]) -> Vec<u8> {
    let (mut decoder, writer, mut out) = (Decoder::new(), BlockWriter::new(), Vec::new());
    let (mut opener, mut recording) = (Opener::new(KeyRing::new(vec![key()])), None);
    decoder.push(bytes);
    while let Some(located) = decoder.next().unwrap() {
        match located.entry {
            Entry::Header(header) => recording = Some(header.recording),
            Entry::Group(group) => {
                opener.begin_group(recording, &group);
                writer.group(&Group { keys: Vec::new(), ..group }, located.time_us, &mut out).unwrap();
            }
            Entry::Data { track, time_us, sealed, payload } => {
                assert!(sealed, "track {track} stands open");
                let payload = opener.open(track, time_us, sealed, payload).unwrap();
                writer.data(track, time_us, &payload, &mut out).unwrap();
            }
            _ => {}
        }
    }
    out
}

fn shows(bytes: &[u8], painter: &Painter) -> bool {
    Playback::of(&opened(bytes)).picture() == Some(painter.servers_picture())
}

#[test]
fn a_file_is_sealed_for_a_public_key() {
    let server = XServer::xvfb("320x240x24");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sealed.kin");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
    command.args(["record", "--display", server.display(), "--seal-for", &key().public().to_string(), "-o"]).arg(&file);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut painter = Painter::new(&server);
    painter.scribble(20, 80);
    painter.settle();
    let limit = Instant::now() + PATIENCE;
    while !shows(&fs::read(&file).unwrap_or_default(), &painter) {
        assert!(Instant::now() < limit, "the picture was never recorded");
        std::thread::sleep(Duration::from_millis(50));
    }
    signal(&child, "INT");
    let said = child.wait_with_output().unwrap();
    assert!(said.status.success());
    assert!(String::from_utf8_lossy(&said.stderr).contains("cannot be opened without"));
    let bytes = fs::read(&file).unwrap();
    assert!(verify(&bytes).intact, "integrity needs no key");
    assert!(contains(&opened(&bytes), MARKER) && !contains(&bytes, MARKER));
}

#[test]
fn a_private_key_given_by_mistake_is_refused() {
    let private = key().to_text();
    let arguments = ["record", "--display", ":1", "-o", "/nonexistent/x.kin", "--seal-for", private.as_str()];
    let refused = Command::new(env!("CARGO_BIN_EXE_kinescope-agent")).args(arguments).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("private key"));
}

/// The active policy as the server handed it out last.
pub fn seal_everything(machine: &Machine) {
    let plan = SealPlan::new(recording::SealClass::ALL.to_vec(), vec![key().public()]).unwrap();
    let document = format!("record-everything\n{}", serde_json::to_string(&plan).unwrap());
    fs::write(machine.path().join("policy"), document).unwrap();
}

/// Files below a folder that hold a marker.
pub fn marked(folder: &Path, marker: &str) -> String {
    let found = Command::new("grep").args(["-rlF", marker]).arg(folder).output().unwrap();
    String::from_utf8_lossy(&found.stdout).into_owned()
}

#[test]
fn nothing_plain_is_in_the_spool() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let mut painter = Painter::new(&server);
    painter.scribble(20, 80);
    painter.settle();
    let machine = Machine::new(&[server.display()]).deciding("false");
    seal_everything(&machine);
    let agent = machine.start();
    machine.until("the picture", |bytes| shows(bytes, &painter));
    // Another recorder, and then another agent, seal as the first one did.
    let recorder = agent.recorders()[0];
    assert!(Command::new("kill").args(["-9", &recorder.to_string()]).status().unwrap().success());
    painter.scribble(20, 80);
    painter.settle();
    machine.until("the picture of the next recorder", |bytes| shows(bytes, &painter));
    fs::write(machine.path().join("policy"), "record-everything").unwrap();
    assert!(agent.stop().success());
    let agent = machine.start();
    // What it paints may look like what stands in the recording already.
    machine.until("the next agent to start", |_| machine.log().matches("was started").count() == 2);
    painter.scribble(20, 80);
    painter.settle();
    machine.until("the picture of the next agent", |bytes| shows(bytes, &painter));
    assert!(agent.stop().success());
    assert_eq!(marked(machine.path(), MARKER), "", "files that hold the marker");
    assert!(contains(&opened(&machine.recording()), MARKER), "it is there for who has the key");
}

#[test]
fn a_recorder_that_does_not_seal_is_not_believed() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("old-recorder");
    let program = env!("CARGO_BIN_EXE_kinescope-agent");
    let script =
        format!("#!/bin/sh\nread -r line\nprintf '%s\\n' \"$line\" | sed 's/,\"seal\":.*/}}/' | {program} \"$@\"\n");
    fs::write(&old, script).unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let setting = format!("recorder_program = \"{}\"", old.display());
    let machine = Machine::new(&[server.display()]).deciding("false").with(&setting);
    seal_everything(&machine);
    let agent = machine.start();
    machine.until_logged("does not seal");
    assert!(agent.stop().success());
    let mut decoder = Decoder::new();
    decoder.push(&machine.recording());
    while let Some(located) = decoder.next().unwrap() {
        assert!(!matches!(located.entry, Entry::Data { .. }), "{:?}", located.entry);
    }
    assert_eq!(marked(machine.path(), MARKER), "");
}
