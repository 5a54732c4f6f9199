//! `kinescope-agent run` on real X servers, its own server being away: sessions are found, recorded and ended, whatever
//! dies in between.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use evidence::{Expected, Judge, Judgement, LinkState, Verdict, judge_link};

use crate::painter::Painter;
use crate::playback::Playback;
use crate::recorder_process::{PATIENCE, signal};
use crate::supervised::{Machine, events, groups, header, outline, signal_server, status_line, verify};
use crate::xserver::XServer;

/// Whether the recording ends with what the X server shows.
fn shows(bytes: &[u8], painter: &Painter) -> bool {
    Playback::of(bytes).picture() == Some(painter.servers_picture())
}

fn kill(pid: u32) {
    assert!(Command::new("kill").arg("-9").arg(pid.to_string()).status().unwrap().success());
}

#[test]
fn another_users_session_is_recorded_from_beginning_to_end() {
    let server = XServer::xvfb_of_another_user("320x240x24");
    let mut painter = Painter::new(&server);
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    painter.scribble(20, 80);
    machine.until("the picture", |bytes| shows(bytes, &painter));
    let recorders = agent.recorders();
    assert_eq!(recorders.len(), 1);
    if nix::unistd::geteuid().is_root() {
        assert_eq!(status_line(recorders[0], "Uid"), "61000\t61000\t61000\t61000");
        assert_eq!(status_line(recorders[0], "Gid"), "61000\t61000\t61000\t61000");
        assert_eq!(status_line(recorders[0], "Groups"), "");
    }
    assert_eq!(status_line(recorders[0], "NoNewPrivs"), "1");
    // Asked to end, as at a logout.
    drop(server);
    machine.until("the end", |bytes| outline(bytes).2.is_some());
    let bytes = machine.recording();
    let report = verify(&bytes);
    assert!(report.intact, "{report:?}");
    assert_eq!(outline(&bytes), (1, Vec::new(), Some("logout".to_owned())));
    let said: Vec<_> =
        events(&bytes).into_iter().map(|event| event.kind).filter(|kind| kind.starts_with("session-")).collect();
    assert_eq!(said, ["session-start", "session-end"]);
    assert!(agent.stop().success());
}

#[test]
fn cookies_are_neither_in_arguments_nor_in_the_environment_nor_in_logs() {
    let server = XServer::xvfb_of_another_user("160x120x24");
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    let cookie: String = server.cookie().unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    let recorder = agent.recorders()[0];
    for file in ["cmdline", "environ"] {
        let text = fs::read(format!("/proc/{recorder}/{file}")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&text).contains(&cookie), "{file}");
    }
    assert!(!machine.log().contains(&cookie));
}

#[test]
fn a_killed_x_server_is_no_logout() {
    let mut server = XServer::xvfb("160x120x24");
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    machine.until("a group", |bytes| groups(bytes) > 0);
    server.kill();
    machine.until("the end", |bytes| outline(bytes).2.is_some());
    assert_eq!(outline(&machine.recording()).2.as_deref(), Some("lost"));
    machine.until_logged("the X server crashed: it was killed");
    assert!(agent.stop().success());
}

#[test]
fn sessions_that_end_while_their_recordings_are_being_begun_leave_none_open() {
    let mut servers: Vec<_> = (0..6).map(|_| XServer::xvfb("160x120x24")).collect();
    let displays: Vec<_> = servers.iter().map(XServer::display).collect();
    let machine = Machine::new(&displays);
    let agent = machine.start();
    // A recording's folder is made first: when there is one, the rest of it and of others is not on disk yet.
    let spool = machine.path().join("spool");
    let begun = || fs::read_dir(&spool).into_iter().flatten().flatten().any(|entry| entry.path().is_dir());
    let limit = Instant::now() + PATIENCE;
    while !begun() {
        assert!(Instant::now() < limit, "no recording; the agent's log:\n{}", machine.log());
    }
    signal(&agent.child, "STOP");
    let stopped_us = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap();
    servers.iter_mut().for_each(XServer::kill);
    // Each session is looked after every second: when the agent goes on, that is due at once.
    std::thread::sleep(Duration::from_millis(1_200));
    signal(&agent.child, "CONT");
    // Another test's server may take a display's number, and is recorded from then on.
    let is_over = |(_, bytes): &(String, Vec<u8>)| {
        !bytes.is_empty() && (header(bytes).started.unix_us > stopped_us || outline(bytes).2.as_deref() == Some("lost"))
    };
    while !machine.recordings().iter().all(is_over) {
        assert!(Instant::now() < limit, "a recording does not end; the agent's log:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(agent.stop().success());
    assert!(machine.recordings().iter().all(|(_, bytes)| verify(bytes).intact));
}

#[test]
fn a_recorder_that_dies_is_replaced_and_the_recording_goes_on() {
    let server = XServer::xvfb("320x240x24");
    let mut painter = Painter::new(&server);
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    for round in 1..=3 {
        painter.scribble(10, 80);
        machine.until("the picture", |bytes| groups(bytes) == round && shows(bytes, &painter));
        kill(agent.recorders()[0]);
    }
    painter.scribble(10, 80);
    machine.until("the picture", |bytes| groups(bytes) == 4 && shows(bytes, &painter));
    let bytes = machine.recording();
    assert!(verify(&bytes).intact);
    assert_eq!(outline(&bytes).1, ["recorder-restarted"; 3]);
}

#[test]
fn a_killed_agent_goes_on_where_it_was() {
    let mut server = XServer::xvfb("320x240x24");
    let mut painter = Painter::new(&server);
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    painter.scribble(10, 80);
    machine.until("the picture", |bytes| shows(bytes, &painter));
    agent.kill();
    painter.scribble(10, 80);
    let agent = machine.start();
    machine.until("the picture", |bytes| groups(bytes) == 2 && shows(bytes, &painter));
    assert_eq!(outline(&machine.recording()).1, ["agent-restarted"]);
    // Once more, and this time the session ends meanwhile.
    agent.kill();
    server.kill();
    let agent = machine.start();
    machine.until("the end", |bytes| outline(bytes).2.is_some());
    let bytes = machine.recording();
    assert!(verify(&bytes).intact);
    assert_eq!(outline(&bytes).2.as_deref(), Some("agent-restarted"));
    assert!(agent.stop().success());
}

#[test]
fn a_stopped_agent_leaves_the_recording_open_for_the_next_start() {
    let server = XServer::xvfb("320x240x24");
    let mut painter = Painter::new(&server);
    let machine = Machine::new(&[server.display()]);
    let agent = machine.start();
    painter.scribble(10, 80);
    machine.until("the picture", |bytes| shows(bytes, &painter));
    assert!(agent.stop().success());
    assert_eq!(outline(&machine.recording()).2, None);
    let _agent = machine.start();
    machine.until("a new group", |bytes| groups(bytes) == 2);
}

#[test]
fn a_hung_x_server_holds_nobody_else_up() {
    let hung = XServer::xvfb("160x120x24");
    let server = XServer::xvfb("160x120x24");
    let mut painter = Painter::new(&server);
    signal_server(&hung, "STOP");
    let machine = Machine::new(&[hung.display(), server.display()]);
    let agent = machine.start();
    painter.scribble(10, 80);
    let shown = |(_, bytes): &(String, Vec<u8>)| shows(bytes, &painter);
    let limit = Instant::now() + PATIENCE;
    while !machine.recordings().iter().any(shown) {
        assert!(Instant::now() < limit, "{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let status = agent.stop();
    signal_server(&hung, "CONT");
    assert!(status.success(), "it stops all the same");
}

#[test]
fn a_recorder_that_writes_rubbish_is_ended_and_nothing_of_it_is_kept() {
    let server = XServer::xvfb("160x120x24");
    let programs = tempfile::tempdir().unwrap();
    let program = programs.path().join("recorder");
    fs::write(&program, "#!/bin/sh\necho 'these are no blocks'\nsleep 60\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let machine = Machine::new(&[server.display()]).with(&format!("recorder_program = \"{}\"", program.display()));
    let agent = machine.start();
    machine.until_logged("it wrote what is no block");
    assert!(agent.stop().success());
    let report = verify(&machine.recording());
    assert!(report.intact && report.groups == 0, "{report:?}");
}

#[test]
fn nothing_is_recorded_unless_somebody_says_so() {
    let server = XServer::xvfb("160x120x24");
    let machine = Machine::new(&[server.display()]).deciding("false");
    let agent = machine.start();
    machine.until_logged("record=false");
    assert!(machine.recordings().is_empty());
    assert!(agent.stop().success());
}

#[test]
fn exit_codes_say_what_is_wrong() {
    let empty = tempfile::tempdir().unwrap();
    let run = |state: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
        command.args(["run", "--display", ":65000", "--server", "https://127.0.0.1:1", "--state"]).arg(state);
        command.output().unwrap()
    };
    let output = run(empty.path());
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("kinescope-agent enrol"), "{output:?}");
    let machine = Machine::new(&[":65000"]);
    let _agent = machine.start();
    machine.until_logged("was started");
    let output = run(machine.path());
    assert_eq!(output.status.code(), Some(4), "{output:?}");
}

#[test]
fn a_long_session_goes_on_in_a_recording_that_names_the_one_before() {
    let mut server = XServer::xvfb_of_another_user("160x120x24");
    let machine = Machine::new(&[server.display()]).with("roll_over_hours = 0.001");
    let agent = machine.start();
    machine.until_logged("the session goes on in another recording");
    let second = || machine.recordings().get(1).is_some_and(|(_, bytes)| groups(bytes) > 0);
    let limit = Instant::now() + PATIENCE;
    while !second() {
        assert!(Instant::now() < limit, "no second recording; the agent's log:\n{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    server.kill();
    assert!(agent.stop().success());
    let judged: Vec<_> = machine.recordings().iter().take(2).map(|(_, bytes)| judge(bytes)).collect();
    assert_eq!(judged[0].verdict, Verdict::Holds, "{:?} {:?}", judged[0].faults, judged[0].container.findings);
    let link = judge_link(&judged[0], &judged[1]).expect("they name each other");
    assert_eq!(link.state, LinkState::Holds, "{}", link.what);
}

/// Judges signatures by whatever machine made them.
fn judge(bytes: &[u8]) -> Judgement {
    let mut judge = Judge::new(Expected::default());
    judge.push(bytes).unwrap();
    judge.finish().unwrap()
}
