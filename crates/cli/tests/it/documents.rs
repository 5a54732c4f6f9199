//! `documents`: what was printed, out of a recording and into files.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;

use recording::{
    Assembler, BlockWriter, DocumentDigest, DocumentPart, End, EndReason, Event, Group, KeptDocument, SealClass, Track,
    TrackKind, split_blocks,
};
use sealing::{KeyFile, PrivateKey, SealPlan, Sealer, Seed};
use serde_json::Value;

use crate::made::{STARTED_UNIX_US, anchor, header};
use crate::{kinescope, text, vector};

const LETTER: &[u8] = b"%PDF-1.7 Dear Sir or Madam";

fn said(number: u64, name: &str, bytes: &[u8], is_cut: bool) -> Event {
    let mut digest = DocumentDigest::default();
    digest.add(bytes);
    let (size_bytes, sha256) = (digest.size_bytes(), digest.sha256());
    let kept = KeptDocument { number, from_us: 1_000_000, size_bytes, sha256, name: name.to_owned(), is_cut };
    kept.to_event().with("job", 40 + number)
}

/// What a recorder writes: tracks and payloads, in two groups. A letter in parts over both, with a large document between
/// them, and one of which a part is missing.
fn printed() -> [Vec<(u16, Vec<u8>)>; 2] {
    let part = |number, offset, bytes: &[u8]| (5, DocumentPart { number, offset, bytes }.to_payload());
    let event = |event: Event| (3, event.to_payload().unwrap());
    let large = large();
    let mut first = vec![part(1, 0, &LETTER[..10]), part(3, 0, b"half of")];
    first.extend(large.chunks(30_000).zip(0..).map(|(bytes, at)| part(2, at * 30_000, bytes)));
    first.push(event(Event::new("marker")));
    let second = vec![
        part(1, 10, &LETTER[10..]),
        event(said(1, "../../Dear\u{1b}[2J Sir.pdf", LETTER, false)),
        event(said(2, "plan.pdf", &large, true)),
        event(said(3, "half.pdf", b"half of it", false)),
        event(said(4, "nothing.txt", b"", false)),
    ];
    [first, second]
}

fn large() -> Vec<u8> {
    (0..200_000u32).map(|at| (at % 249) as u8).collect()
}

/// A recording with that, these classes of it sealed for somebody.
fn recorded(folder: &Path, classes: &[SealClass]) -> PathBuf {
    let header = header();
    let (mut assembler, mut out) = Assembler::new(&header).unwrap();
    let plan = SealPlan::new(classes.to_vec(), vec![private().public()]);
    let mut sealer = plan.ok().map(|plan| Sealer::new(header.recording, plan));
    let (writer, mut blocks) = (BlockWriter::new(), Vec::new());
    for (number, written) in (1u64..).zip(printed()) {
        let kinds = [TrackKind::Events, TrackKind::Documents];
        let tracks: Vec<_> = kinds.into_iter().map(|kind| Track { id: kind.number(), kind }).collect();
        let seed = Seed::new([number as u8; 32]);
        let keys = sealer.as_mut().map(|sealer| sealer.begin_group(number, &tracks, &seed).unwrap());
        let group = Group { number, tracks, keys: keys.unwrap_or_default(), ..Group::default() };
        writer.group(&group, number * 1_000_000, &mut blocks).unwrap();
        for (track, payload) in written {
            let time_us = number * 1_000_000 + 500_000;
            match sealer.as_mut().and_then(|sealer| sealer.seal(track, time_us, &payload).unwrap()) {
                Some(sealed) => writer.sealed_data(track, time_us, &sealed, &mut blocks).unwrap(),
                None => writer.data(track, time_us, &payload, &mut blocks).unwrap(),
            }
        }
    }
    assembler.accept(&blocks, &anchor(), &mut out).unwrap();
    let end = End { reason: EndReason::Stopped, text: String::new(), successor: None };
    assembler.end(&end, 3_000_000, &anchor(), &mut out).unwrap();
    let path = folder.join("printed.kin");
    std::fs::write(&path, out).unwrap();
    path
}

fn private() -> PrivateKey {
    PrivateKey::generate(&Seed::new([5; 32]))
}

fn documents(file: &Path, more: &[&str]) -> Output {
    kinescope(["documents", file.to_str().unwrap()].iter().chain(more))
}

fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_printed_is_listed_with_what_is_known_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path(), &[]);
    let listed = documents(&file, &["--json"]);
    assert_eq!(listed.status.code(), Some(3), "{}", text(&listed.stderr));
    let rows = lines(&listed);
    let of = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("state"), ["whole", "whole", "damaged", "whole"]);
    assert_eq!(of("size"), [26, 200_000, 10, 0]);
    assert_eq!(of("job"), [41, 42, 43, 44]);
    assert_eq!(of("cut"), [false, true, false, false]);
    assert_eq!((&rows[0]["time_us"], &rows[0]["unix_us"]), (&2_500_000.into(), &(STARTED_UNIX_US + 2_500_000).into()));
    assert_eq!(rows[0]["name"], "../../Dear\u{1b}[2J Sir.pdf");
    assert_eq!(rows[0]["sha256"].as_str().map(str::len), Some(64));
    let shown = documents(&file, &[]);
    let words = text(&shown.stdout);
    assert!(words.contains("0:00:02.500 (2026-11-18 11:06:42 UTC): ../../Dear\u{fffd}[2J Sir.pdf\n"), "{words}");
    assert!(words.contains("200000 bytes, cut: there was more of it, job 42, SHA-256"), "{words}");
    assert_eq!(words.matches("NOT WHOLE").count(), 1, "{words}");
    assert!(text(&shown.stderr).contains("documents that are not whole: 1"), "{}", text(&shown.stderr));
    assert_eq!(names(folder.path()), ["printed.kin"], "nothing is written that nobody asked for");
}

#[test]
fn whole_documents_are_written_under_harmless_names_and_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path(), &[]);
    let out = folder.path().join("a/b");
    let done = documents(&file, &["--out", out.to_str().unwrap()]);
    assert_eq!(done.status.code(), Some(3), "one is not whole: {}", text(&done.stderr));
    assert_eq!(names(&out), ["001 Dear_[2J Sir.pdf", "002 plan.pdf", "004 nothing.txt"]);
    assert_eq!(std::fs::read(out.join("001 Dear_[2J Sir.pdf")).unwrap(), LETTER);
    assert!(std::fs::read(out.join("002 plan.pdf")).unwrap() == large());
    assert!(std::fs::read(out.join("004 nothing.txt")).unwrap().is_empty());
    // What is there is left alone, wherever it leads.
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    let target = folder.path().join("mine");
    symlink(&target, taken.join("002 plan.pdf")).unwrap();
    let refused = documents(&file, &["--out", taken.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("exists already"), "{}", text(&refused.stderr));
    assert!(!target.exists());
    assert_eq!(names(&taken), ["001 Dear_[2J Sir.pdf", "002 plan.pdf"]);
}

#[test]
fn sealed_documents_are_told_and_opened_with_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("some.key");
    std::fs::write(&key, KeyFile::open(&private()).to_text().as_bytes()).unwrap();
    let given = ["--json", "--key", key.to_str().unwrap()];
    let (both, text_alone) = ([SealClass::Text, SealClass::Events], [SealClass::Text]);
    for (classes, known) in [(&both[..], 0), (&text_alone[..], 4)] {
        let file = recorded(folder.path(), classes);
        let without = documents(&file, &["--json"]);
        let states: Vec<_> = lines(&without).iter().map(|row| row["state"].clone()).collect();
        assert_eq!(states.len(), known, "{classes:?}");
        assert!(text(&without.stderr).contains("--key"), "{}", text(&without.stderr));
        assert_eq!(without.status.code(), Some(1), "{states:?}");
        if known > 0 {
            assert_eq!(states[..3], ["sealed"; 3]);
        }
        let with = documents(&file, &given);
        let states: Vec<_> = lines(&with).iter().map(|row| row["state"].clone()).collect();
        assert_eq!(states, ["whole", "whole", "damaged", "whole"]);
        assert_eq!(with.status.code(), Some(3));
    }
}

#[test]
fn a_changed_byte_costs_the_document_that_it_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = recorded(folder.path(), &[]);
    let mut bytes = std::fs::read(&file).unwrap();
    let blocks = split_blocks(0, &bytes).unwrap();
    let plan = blocks.iter().filter(|block| block.track == 5).nth(4).unwrap();
    bytes[plan.offset as usize + 1_000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let out = folder.path().join("out");
    let done = documents(&file, &["--json", "--out", out.to_str().unwrap()]);
    let states: Vec<_> = lines(&done).iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["whole", "damaged", "damaged", "whole"]);
    assert_eq!(names(&out), ["001 Dear_[2J Sir.pdf", "004 nothing.txt"]);
    assert_eq!(done.status.code(), Some(3));
}

#[test]
fn a_recording_without_documents_says_so() {
    let none = documents(&vector("every-kind"), &[]);
    assert_eq!((none.status.code(), text(&none.stdout)), (Some(0), ""));
    assert!(text(&none.stderr).contains("no copies of documents"), "{}", text(&none.stderr));
}
