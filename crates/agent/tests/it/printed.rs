//! Copies of what is printed: in recordings that keep them, as CUPS was handed it, and no more than that.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::{Duration, Instant};

use recording::{KeptDocument, event_kinds as kinds};

use crate::cups::Cups;
use crate::painter::Painter;
use crate::pausing::machine;
use crate::playback::Playback;
use crate::recorder_process::{PATIENCE, RecorderProcess, signal};
use crate::sealed::{marked, opened, seal_everything};
use crate::supervised::{Machine, groups, verify};
use crate::xserver::XServer;

const LETTER: &str = "Dear Sir or Madam, the salary is 4711";

fn documents(machine: &Machine) -> Vec<(KeptDocument, Vec<u8>)> {
    Playback::of(&machine.recording()).documents
}

#[test]
fn copies_of_what_is_printed_stand_in_recordings_that_keep_them() {
    let Some(cups) = Cups::start() else { return };
    let servers = [(); 3].map(|()| XServer::xvfb("160x120x24"));
    let settings =
        ["printing = true, printing_copies = true", "printing = true, printing_copies = true", "printing = true"];
    let machines: Vec<Machine> = servers
        .iter()
        .zip(settings)
        .map(|(server, events)| machine(server, &format!("events = {{ {events} }}")))
        .collect();
    // The second has no picture.
    fs::write(machines[1].path().join("policy"), "events-only").unwrap();
    let agents: Vec<_> =
        machines.iter().map(|machine| machine.start_over(&[(&cups.path("spool"), "/var/spool/cups")])).collect();
    machines.iter().for_each(|machine| machine.until("a group", |bytes| groups(bytes) > 0));

    let letter: String = (0..20_000).map(|line| format!("line {line}\n")).collect();
    let file = cups.path("letter.txt");
    fs::write(&file, &letter).unwrap();
    let (mut last, limit) = (0, Instant::now() + PATIENCE);
    // Until all of them look.
    while machines.iter().any(|machine| jobs(machine).is_empty()) {
        assert!(Instant::now() < limit, "nothing is told: {}", machines[0].log());
        cups.run("lp", &["-d", "office", "-U", "root", "-t", "Letter", file.to_str().unwrap()]);
        last += 1;
        std::thread::sleep(Duration::from_secs(1));
    }
    // Of what nobody here has printed there is no copy: it would stand in everybody's recordings.
    cups.run("lp", &["-d", "office", "-U", "no-such-user", "-t", "A claim", file.to_str().unwrap()]);
    machines.iter().for_each(|machine| {
        machine.until("the claim", |bytes| {
            Playback::of(bytes)
                .events
                .iter()
                .any(|event| event.fields.get("title").is_some_and(|title| title == "A claim"))
        });
    });
    for machine in &machines[..2] {
        machine.until("the last copy", |bytes| Playback::of(bytes).documents.len() + 1 == told(bytes).len());
    }
    assert!(agents.into_iter().all(|agent| agent.stop().success()));
    for machine in &machines[..2] {
        let bytes = machine.recording();
        assert!(verify(&bytes).intact);
        let kept = documents(machine);
        assert!(!kept.is_empty() && kept.len() <= last);
        for (said, document) in kept {
            assert_eq!((said.name.as_str(), said.is_cut), ("letter.txt", false));
            assert!(document == letter.as_bytes(), "{said:?}");
        }
    }
    let mut jobs_told = jobs(&machines[0]);
    jobs_told.pop();
    assert_eq!(numbers(&machines[0].recording(), kinds::DOCUMENT_KEPT, "job"), jobs_told, "of each job one copy");
    assert!(documents(&machines[2]).is_empty());
}

#[test]
fn copies_are_sealed_where_text_is() {
    let Some(cups) = Cups::start() else { return };
    let server = XServer::xvfb("160x120x24");
    let machine = machine(&server, "events = { printing = true, printing_copies = true }").deciding("false");
    seal_everything(&machine);
    let agent = machine.start_over(&[(&cups.path("spool"), "/var/spool/cups")]);
    machine.until("a group", |bytes| groups(bytes) > 0);
    let file = cups.path("letter.txt");
    fs::write(&file, LETTER).unwrap();
    let limit = Instant::now() + PATIENCE;
    while Playback::of(&opened(&machine.recording())).documents.is_empty() {
        assert!(Instant::now() < limit, "no copy is kept: {}", machine.log());
        cups.run("lp", &["-d", "office", "-U", "root", file.to_str().unwrap()]);
        std::thread::sleep(Duration::from_secs(1));
    }
    assert!(agent.stop().success());
    let bytes = machine.recording();
    assert!(verify(&bytes).intact, "integrity needs no key");
    assert_eq!(Playback::of(&opened(&bytes)).documents[0].1, LETTER.as_bytes());
    assert_eq!(marked(machine.path(), LETTER), "", "files of the agent that hold what was printed");
}

fn numbers(bytes: &[u8], kind: &str, number: &str) -> Vec<u64> {
    let told = Playback::of(bytes).events.into_iter().filter(|event| event.kind == kind);
    let mut numbers: Vec<u64> = told.map(|event| event.fields[number].as_u64().unwrap()).collect();
    // A job that waited for a moment is told twice.
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn told(bytes: &[u8]) -> Vec<u64> {
    numbers(bytes, kinds::PRINT_JOB, "job")
}

fn jobs(machine: &Machine) -> Vec<u64> {
    told(&machine.recording())
}

fn order(name: &str) -> String {
    format!("{{\"document\":{{\"name\":\"{name}\",\"job\":7}}}}\n")
}

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

fn names(playback: &Playback) -> Vec<&str> {
    playback.documents.iter().map(|(kept, _)| kept.name.as_str()).collect()
}

#[test]
fn of_a_large_document_the_first_part_is_kept_and_pictures_go_on_meanwhile() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, ",\"documents\":true");
    recorder.until("a picture", |playback| playback.pictures > 0);
    let large = file(b"begins so");
    large.set_len(40 << 20).unwrap();
    recorder.hand_over(&order("large"), &large);
    recorder.hand_over(&order("small"), &file(b"ends so"));
    // Whoever hands it over need not keep it.
    drop(large);
    painter.fill(0, 0, 100, 100, 0x33_6699);
    recorder.catch_up(&painter);
    assert!(recorder.playback.documents.is_empty(), "a picture waited for a document");
    signal(&recorder.child, "TERM");
    assert!(recorder.read_to_end().success());
    let [(large, content), (small, rest)] = &recorder.playback.documents[..] else { panic!("both are kept") };
    assert_eq!((large.name.as_str(), large.size_bytes, large.is_cut), ("large", 16 << 20, true));
    assert!(content.starts_with(b"begins so\0"));
    assert_eq!((small.name.as_str(), &rest[..], small.is_cut), ("small", &b"ends so"[..], false));
}

#[test]
fn a_recorder_that_was_not_told_of_copies_keeps_them_from_its_next_group_on() {
    let server = XServer::xvfb("320x240x24");
    let painter = Painter::new(&server);
    let mut recorder = RecorderProcess::start(&server, ",\"key_frame_interval_us\":300000");
    recorder.until("a picture", |playback| playback.pictures > 0);
    recorder.hand_over(&order("late"), &file(b"comes late"));
    // A line without its file is told, too.
    recorder.tell(&order("nothing"));
    let (mut colour, limit) = (0, Instant::now() + PATIENCE);
    while recorder.playback.documents.len() < 2 {
        assert!(Instant::now() < limit, "no group has them");
        colour += 0x0a_0a0a;
        painter.fill(0, 0, 320, 240, colour);
        recorder.catch_up(&painter);
    }
    let [(late, content), (nothing, empty)] = &recorder.playback.documents[..] else { panic!("two are told") };
    assert_eq!((late.name.as_str(), &content[..]), ("late", &b"comes late"[..]));
    assert_eq!((nothing.name.as_str(), empty.len(), nothing.is_cut), ("nothing", 0, true));
}

#[test]
fn what_is_printed_in_the_last_seconds_that_a_pause_drops_is_dropped() {
    let server = XServer::xvfb("320x240x24");
    let mut recorder = RecorderProcess::start(&server, ",\"documents\":true,\"hold_us\":3000000");
    recorder.hand_over(&order("before"), &file(b"may be seen"));
    recorder.until("what came before", |playback| names(playback) == ["before"]);
    recorder.hand_over(&order("dropped"), &file(b"may not be seen"));
    let now_us = capture::boottime_us();
    recorder.tell(&format!("{{\"pause\":{{\"at_us\":{now_us},\"look_back_us\":2000000,\"text\":\"private\"}}}}\n"));
    recorder.tell(&format!("{{\"resume\":{{\"at_us\":{now_us}}}}}\n"));
    recorder.hand_over(&order("after"), &file(b"may be seen again"));
    recorder.until("what came after", |playback| names(playback).contains(&"after"));
    signal(&recorder.child, "TERM");
    assert!(recorder.read_to_end().success());
    assert_eq!(names(&recorder.playback), ["before", "after"]);
    assert!(recorder.playback.events.iter().any(|event| event.kind == kinds::PAUSED));
}
