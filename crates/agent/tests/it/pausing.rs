//! Pausing: what is shown then, and as far back as was asked, is nowhere; who may not pause is refused.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use recording::{GapReason, event_kinds};

use crate::painter::Painter;
use crate::playback::Playback;
use crate::recorder_process::PATIENCE;
use crate::supervised::{Agent, Machine, verify};
use crate::xserver::XServer;

/// What nobody may see.
const SECRET: u32 = 0x00fe_0199;

fn is_secret(pixel: u32) -> bool {
    pixel == SECRET
}

/// Runs the agent's own command.
pub fn ask(machine: &Machine, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinescope-agent"));
    command.args(arguments).arg("--socket").arg(machine.path().join("socket")).output().unwrap()
}

/// One whose agent listens in its folder, with further configuration.
pub fn machine(server: &XServer, events: &str) -> Machine {
    let machine = Machine::new(&[server.display()]);
    let socket = machine.path().join("socket");
    machine.with(&format!("socket = \"{}\"", socket.display())).with(events)
}

/// Shows a colour all over the screen.
fn show(painter: &Painter, colour: u32) {
    painter.fill(0, 0, 320, 240, colour);
    painter.settle();
}

fn until_recorded(machine: &Machine, painter: &Painter) {
    let shown = painter.servers_picture();
    machine.until("the picture", |bytes| Playback::of(bytes).picture().as_ref() == Some(&shown));
}

/// A machine with such a socket, and its agent, which has recorded a first picture.
fn recorded(server: &XServer, painter: &Painter, socket: &str) -> (Machine, Agent) {
    let machine = machine(server, &format!("custom_events = {{ {socket} }}"));
    let agent = machine.start();
    show(painter, 0x10_2030);
    until_recorded(&machine, painter);
    (machine, agent)
}

/// The agent's recorders; it has other children, too.
fn recorders(agent: &Agent) -> Vec<u32> {
    let is_recorder = |pid: &u32| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|word| word == b"recorder")
    };
    agent.recorders().into_iter().filter(is_recorder).collect()
}

/// Waits for a recorder that is not this one, and for an agent that answers.
fn until_another_records(machine: &Machine, agent: &Agent, former: u32) {
    let limit = Instant::now() + PATIENCE;
    let other = || recorders(agent).iter().any(|pid| *pid != former);
    while !(ask(machine, &["status"]).status.success() && other()) {
        assert!(Instant::now() < limit, "{}", machine.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Every file below a folder.
fn files(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { std::fs::read(&path).into_iter().collect() })
        .collect()
}

#[test]
fn what_is_shown_while_paused_and_shortly_before_is_nowhere() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = recorded(&server, &painter, "allowed = true, look_back_seconds = 3");
    show(&painter, SECRET);
    std::thread::sleep(Duration::from_millis(500));
    let asked = Instant::now();
    let output = ask(&machine, &["pause", "--application", "Payroll", "--reason", "salaries", "--seconds", "2"]);
    assert!(output.status.success(), "{output:?}");
    assert!(asked.elapsed() < Duration::from_millis(1_400), "the test's machine is too slow for its two seconds");
    assert!(String::from_utf8_lossy(&ask(&machine, &["status"]).stdout).contains("paused"));
    // A recorder that dies is followed by one that is paused, and so is an agent.
    show(&painter, SECRET + 1);
    show(&painter, SECRET);
    let [recorder] = recorders(&agent)[..] else { panic!("no recorder") };
    signal("-9", recorder);
    until_another_records(&machine, &agent, recorder);
    show(&painter, SECRET + 1);
    show(&painter, SECRET);
    agent.kill();
    let agent = machine.start();
    until_another_records(&machine, &agent, recorder);
    show(&painter, SECRET + 1);
    show(&painter, SECRET);
    show(&painter, 0x30_6090);
    assert!(ask(&machine, &["resume"]).status.success());
    until_recorded(&machine, &painter);
    assert!(agent.stop().success());
    let bytes = machine.recording();
    assert!(verify(&bytes).intact);
    let played = Playback::looking_for(&bytes, is_secret);
    assert_eq!(played.found, 0, "in {} pictures", played.pictures);
    assert!(Playback::looking_for(&bytes, |pixel| pixel == 0x30_6090).found > 0);
    for (_, thumbnail) in &played.thumbnails {
        let rgb = jpeg_decoder::Decoder::new(&thumbnail[..]).decode().unwrap();
        assert!(!rgb.as_chunks::<3>().0.iter().any(|[r, g, b]| *r > 220 && *g < 40 && (120..190).contains(b)));
    }
    let pause = played.gaps.iter().find(|gap| gap.reason == GapReason::Paused).expect("a pause is declared");
    // The last recorder may be told to go on in the moment that it begins.
    assert!(pause.to_us >= pause.from_us);
    // Nothing of what was dropped waits on the disk in any form: the colour as bytes, in either order.
    for file in files(machine.path()) {
        assert!(
            !file
                .windows(12)
                .any(|bytes| bytes == [0x99, 0x01, 0xfe, 0].repeat(3) || bytes == [0xfe, 0x01, 0x99].repeat(4))
        );
    }
}

#[test]
fn a_pause_says_why_and_what_came_before_it_is_kept() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = recorded(&server, &painter, "allowed = true, look_back_seconds = 2");
    show(&painter, 0x20_4060);
    std::thread::sleep(Duration::from_millis(500));
    let pause = ["pause", "--application", "Payroll", "--reason", "salaries", "--seconds", "0"];
    assert!(ask(&machine, &pause).status.success());
    show(&painter, SECRET);
    std::thread::sleep(Duration::from_millis(300));
    show(&painter, 0x30_6090);
    assert!(ask(&machine, &["resume"]).status.success());
    until_recorded(&machine, &painter);
    assert!(agent.stop().success());
    let bytes = machine.recording();
    let played = Playback::looking_for(&bytes, is_secret);
    assert_eq!(played.found, 0);
    assert!(
        Playback::looking_for(&bytes, |pixel| pixel == 0x20_4060).found > 0,
        "nothing is dropped where nothing is to be"
    );
    let [gap] = &played.gaps[..] else { panic!("{:?}", played.gaps) };
    assert_eq!((&gap.reason, gap.text.as_str()), (&GapReason::Paused, "Payroll: salaries"));
    let kinds: Vec<&str> = played.events.iter().map(|event| event.kind.as_str()).collect();
    let at = kinds.iter().position(|kind| *kind == event_kinds::PAUSED).expect("the pause is an event");
    assert!(kinds[at..].contains(&event_kinds::RESUMED), "{kinds:?}");
}

/// Has a process rest, or go on.
fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

#[test]
fn a_pause_that_is_over_when_the_recorder_hears_of_it_leaves_nothing_old_on_the_screen() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, agent) = recorded(&server, &painter, "allowed = true, look_back_seconds = 5");
    // Read by the recorder, which holds it back; nobody tells when it has been read.
    painter.fill(40, 40, 100, 80, 0x30_6090);
    painter.settle();
    std::thread::sleep(Duration::from_millis(700));
    let [recorder] = recorders(&agent)[..] else { panic!("no recorder") };
    signal("-STOP", recorder);
    let output = ask(&machine, &["pause", "--seconds", "5"]);
    let resumed = ask(&machine, &["resume"]);
    signal("-CONT", recorder);
    assert!(output.status.success() && resumed.status.success(), "{output:?} {resumed:?}");
    machine.until("the pause", |bytes| Playback::of(bytes).gaps.iter().any(|gap| gap.reason == GapReason::Paused));
    // What was dropped with the pause is what the screen still shows, and nothing is drawn any more.
    until_recorded(&machine, &painter);
    assert_eq!(recorders(&agent), [recorder], "no other recorder has read the screen anew");
    assert!(agent.stop().success());
    assert!(verify(&machine.recording()).intact);
}

#[test]
fn nobody_pauses_where_it_is_not_allowed() {
    let server = XServer::xvfb("160x120x24");
    let machine = machine(&server, "");
    let _agent = machine.start();
    machine.until("a group", |bytes| crate::supervised::groups(bytes) > 0);
    let output = ask(&machine, &["pause"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("not allowed on this machine"), "{output:?}");
}

#[test]
fn a_recording_that_ends_paused_ends_with_the_pause() {
    let mut server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let (machine, _agent) = recorded(&server, &painter, "allowed = true");
    assert!(ask(&machine, &["pause"]).status.success());
    show(&painter, SECRET);
    std::thread::sleep(Duration::from_millis(200));
    server.kill();
    machine.until("the end", |bytes| Playback::of(bytes).end.is_some());
    let bytes = machine.recording();
    assert!(verify(&bytes).intact);
    let played = Playback::looking_for(&bytes, is_secret);
    assert_eq!(played.found, 0);
    let gap = played.gaps.iter().find(|gap| gap.reason == GapReason::Paused).expect("the pause is declared");
    assert_eq!(gap.text, "The recording was paused for privacy.");
}
