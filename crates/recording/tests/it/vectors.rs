//! The kept recordings are read as written down beside them.
//!
//! `KINESCOPE_WRITE_VECTORS=1 cargo test -p recording vectors` writes those that are not there yet; what is there is kept for ever,
//! and what is written differently later gets another name.

use std::path::PathBuf;

use recording::{Assembler, BlockWriter, Decoder, End, EndReason, Entry, IndexBuilder, Repairer, Verifier};
use serde_json::{Value, json};

use crate::sample;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "v1", name].iter().collect()
}

/// Reads a kept recording.
pub fn vector(name: &str) -> Vec<u8> {
    std::fs::read(path(&format!("{name}.kin"))).unwrap()
}

/// Every vector and how it is made.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    let whole = sample::every_kind();
    let growing = sample::growing(2, 5, 900);
    let mut hole = whole.clone();
    let data = sample::blocks(&whole)
        .into_iter()
        .filter(|block| block.kind == 3 && block.track == sample::SCREEN)
        .nth(4)
        .unwrap();
    // From the middle of one block into the next one's header.
    hole[data.offset as usize + 500..data.end() as usize + 6].fill(0xee);
    let mut unreadable = growing.clone();
    unreadable.extend_from_slice(&[0xee; 50]);
    unreadable.extend_from_slice(&growing[data_block(&growing)][..100]);
    let mut later = growing.clone();
    later.extend_from_slice(&sample::raw_block(200, recording::FLAG_SKIPPABLE, b"of a later version"));
    vec![
        ("torn", whole[..whole.len() / 2].to_vec()),
        ("repaired", repaired(&hole)),
        ("every-kind", whole),
        ("torn-behind-damage", unreadable),
        ("growing", growing),
        ("hole", hole),
        ("later-kind", later),
        ("fragments", fragments()),
        ("pictures", sample::pictures()),
    ]
}

/// Where the first block of data stands.
fn data_block(bytes: &[u8]) -> std::ops::Range<usize> {
    let block =
        sample::blocks(bytes).into_iter().find(|block| block.kind == 3 && block.track == sample::SCREEN).unwrap();
    block.offset as usize..block.end() as usize
}

/// A payload of three blocks, with another track's block between them.
pub fn fragments() -> Vec<u8> {
    let (mut assembler, mut out) = Assembler::new(&sample::header()).unwrap();
    let writer = BlockWriter::new();
    let (mut large, mut small, mut recorder) = (Vec::new(), Vec::new(), Vec::new());
    let payload: Vec<u8> = (0..140_000u32).map(|at| (at / 997) as u8).collect();
    writer.data(sample::SCREEN, 1_000, &payload, &mut large).unwrap();
    writer.data(sample::POINTER, 1_500, b"between", &mut small).unwrap();
    writer.group(&sample::group(1), 1_000, &mut recorder).unwrap();
    let first = sample::blocks(&large)[0].bytes.len();
    recorder.extend_from_slice(&large[..first]);
    recorder.extend_from_slice(&small);
    recorder.extend_from_slice(&large[first..]);
    assembler.accept(&recorder, &sample::anchor(1), &mut out).unwrap();
    let end = End { reason: EndReason::Stopped, text: "Stopped.".to_owned(), successor: None };
    assembler.end(&end, 2_000, &sample::anchor(2), &mut out).unwrap();
    out
}

fn repaired(bytes: &[u8]) -> Vec<u8> {
    let (mut repairer, mut copy) = (Repairer::new(), Vec::new());
    repairer.push(bytes, &mut copy).unwrap();
    repairer.finish(&mut copy).unwrap();
    copy
}

/// Everything that a reader says about a recording.
fn described(bytes: &[u8]) -> Value {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut entries = Vec::new();
    while let Some(located) = decoder.next().unwrap() {
        let (kind, content) = entry(&located.entry);
        let (offset, len, time_us) = (located.offset, located.len, located.time_us);
        entries.push(json!({ "offset": offset, "len": len, "time_us": time_us, "kind": kind, "content": content }));
    }
    let tail = decoder.finish().unwrap();
    let mut verifier = Verifier::new();
    verifier.push(bytes).unwrap();
    let mut builder = IndexBuilder::new();
    let mut scanner = recording::BlockScanner::new();
    scanner.push(bytes);
    while let Some(scanned) = scanner.next() {
        if let recording::Scanned::Block(block) = scanned {
            builder.block(&block);
        }
    }
    json!({
        "entries": entries,
        "torn_tail": tail.map(|tail| json!({ "offset": tail.offset, "len": tail.len })),
        "report": verifier.finish().unwrap(),
        "index": builder.index(),
    })
}

fn entry(entry: &Entry) -> (&'static str, Value) {
    match entry {
        Entry::Header(header) => ("header", json!(header)),
        Entry::Group(group) => ("group", json!(group)),
        Entry::Data { track, payload, sealed, .. } => {
            let crc = format!("{:08x}", crc32c::crc32c(payload));
            let mut content = json!({ "track": track, "bytes": payload.len(), "crc32c": crc });
            if *sealed {
                content["sealed"] = Value::Bool(true);
            }
            ("data", content)
        }
        Entry::Copy(copy) => {
            let (bytes, crc) = (copy.payload.len(), format!("{:08x}", crc32c::crc32c(&copy.payload)));
            let mut content = json!({ "group": copy.group, "time_us": copy.time_us, "bytes": bytes, "crc32c": crc });
            if copy.sealed() {
                content["sealed"] = Value::Bool(true);
            }
            ("copy", content)
        }
        Entry::Checkpoint(checkpoint) => ("checkpoint", json!(checkpoint)),
        Entry::Gap(gap) => ("gap", json!(gap)),
        Entry::Incarnation(incarnation) => ("incarnation", json!(incarnation)),
        Entry::End(end) => ("end", json!(end)),
        Entry::Index => ("index", Value::Null),
        Entry::Footer => ("footer", Value::Null),
        Entry::Signer(signer) => ("signer", json!(signer)),
        Entry::Unknown { kind } => ("unknown", json!({ "kind": kind })),
        Entry::Damaged { bytes, why } => ("damaged", json!({ "bytes": bytes, "why": why.to_string() })),
    }
}

#[test]
fn every_kept_recording_reads_as_written_down() {
    if std::env::var_os("KINESCOPE_WRITE_VECTORS").is_some() {
        // The sealed one is made by the crate `sealing`; what stands in it is written down here like the others'.
        for (name, bytes) in made().into_iter().chain([("sealed", vector("sealed"))]) {
            if path(&format!("{name}.expected.json")).exists() {
                continue;
            }
            std::fs::write(path(&format!("{name}.kin")), &bytes).unwrap();
            let expected = serde_json::to_string_pretty(&described(&bytes)).unwrap();
            std::fs::write(path(&format!("{name}.expected.json")), expected + "\n").unwrap();
        }
    }
    let mut seen = 0;
    for file in std::fs::read_dir(path("")).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "kin") {
            let name = file.file_stem().unwrap().to_str().unwrap();
            let expected: Value =
                serde_json::from_slice(&std::fs::read(path(&format!("{name}.expected.json"))).unwrap()).unwrap();
            let found = described(&vector(name));
            for part in ["entries", "torn_tail", "report", "index"] {
                assert_eq!(found[part], expected[part], "{part} of {name}");
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 10);
}

#[test]
fn the_writers_still_write_the_kept_bytes() {
    for (name, bytes) in made() {
        assert!(bytes == vector(name), "{name} is written differently now");
    }
}
