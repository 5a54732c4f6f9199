//! The oracles hold on the kept recordings, on damaged copies of them, and on plain rubbish.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

type Oracle = (&'static str, fn(&[u8]));

const CONTAINER: [Oracle; 7] = [
    ("scanner", fuzzing::scanner),
    ("decoder", fuzzing::decoder),
    ("repair", fuzzing::repair),
    ("index", fuzzing::index),
    ("judge", fuzzing::judge),
    ("sealing", fuzzing::sealing),
    ("player", fuzzing::player),
];

fn vectors() -> Vec<(String, Vec<u8>)> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "v1"].iter().collect();
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let recordings = files.filter(|path| path.extension().is_some_and(|ending| ending == "kin"));
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read(path).unwrap());
    let found: Vec<_> = recordings.map(read).collect();
    assert!(!found.is_empty());
    found
}

/// A fixed sequence that looks like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// What disks, programs and people do to files.
    fn damaged(&mut self, sound: &[u8]) -> Vec<u8> {
        let mut bytes = sound.to_vec();
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                break;
            }
            let (from, len) = (self.below(bytes.len()), self.below(3_000));
            let to = (from + len).min(bytes.len());
            match self.below(6) {
                0 => bytes[from..to].fill(0),
                1 => drop(bytes.drain(from..to)),
                2 => bytes.truncate(from.max(1)),
                3 => {
                    let copied = bytes[from..to].to_vec();
                    let at = self.below(bytes.len());
                    bytes.splice(at..at, copied);
                }
                4 => bytes[from] ^= 1 << self.below(8),
                _ => bytes[from] = self.below(256) as u8,
            }
        }
        bytes
    }
}

#[test]
fn they_hold_on_every_kept_recording() {
    for (name, bytes) in vectors() {
        for (oracle, check) in CONTAINER {
            println!("{oracle} on {name}");
            check(&bytes);
        }
    }
}

/// The committed corpora of the fuzz targets, each input with its own oracle.
#[test]
fn they_hold_on_the_kept_corpora() {
    let targets: [Oracle; 11] = [
        ("player", fuzzing::player),
        ("scanner", fuzzing::scanner),
        ("decoder", fuzzing::decoder),
        ("repair", fuzzing::repair),
        ("index", fuzzing::index),
        ("judge", fuzzing::judge),
        ("sealing", fuzzing::sealing),
        ("screen_decoder", fuzzing::screen_decoder),
        ("screen_exact", fuzzing::screen_exact),
        ("pointer", fuzzing::pointer),
        ("protocol_message", fuzzing::protocol_message),
    ];
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "fuzz", "corpus"].iter().collect();
    for (target, check) in targets {
        let mut inputs = 0;
        for file in std::fs::read_dir(folder.join(target)).unwrap() {
            let path = file.unwrap().path();
            println!("{target} on {}", path.display());
            let bytes = std::fs::read(&path).unwrap();
            check(&bytes);
            if CONTAINER.iter().any(|(name, _)| *name == target) {
                check(&fuzzing::sealed(&bytes));
            }
            inputs += 1;
        }
        assert!(inputs > 0, "no corpus for {target}");
    }
}

#[test]
fn they_hold_on_damaged_copies() {
    let mut chance = Chance(20_261_120);
    for (name, bytes) in vectors() {
        for round in 0..300 {
            let damaged = chance.damaged(&bytes);
            let sealed = fuzzing::sealed(&damaged);
            for (oracle, check) in CONTAINER {
                println!("{oracle} on {name}, round {round}");
                check(&damaged);
                check(&sealed);
            }
        }
    }
}

#[test]
fn sealing_leaves_sound_recordings_alone_and_mends_changed_ones() {
    for (name, bytes) in vectors().into_iter().filter(|(name, _)| name.contains("every-kind")) {
        assert!(fuzzing::sealed(&bytes) == bytes, "{name}");
        let mut changed = bytes.clone();
        changed[30] ^= 1;
        assert!(recording::split_blocks(0, &changed).is_err());
        assert!(recording::split_blocks(0, &fuzzing::sealed(&changed)).is_ok());
    }
}

#[test]
fn they_hold_on_rubbish() {
    let mut chance = Chance(7);
    let mut inputs = vec![Vec::new(), vec![0x4b], vec![0x4b, 0xd5], vec![0xff; 300]];
    for _ in 0..200 {
        let len = chance.below(2_000);
        inputs.push((0..len).map(|_| chance.below(256) as u8).collect());
        inputs.push((0..len).map(|_| [0x4b, 0xd5, 0, 3][chance.below(4)]).collect());
    }
    for input in &inputs {
        for (_, check) in CONTAINER {
            check(input);
        }
    }
}

#[test]
fn the_screen_oracles_hold_on_rubbish() {
    let oracles: [Oracle; 3] =
        [("screen decoder", fuzzing::screen_decoder), ("screen", fuzzing::screen_exact), ("pointer", fuzzing::pointer)];
    let mut chance = Chance(3);
    for round in 0..300 {
        let len = chance.below(600);
        let most = [3, 20, 256][round % 3];
        let input: Vec<u8> = (0..len).map(|_| chance.below(most) as u8).collect();
        for (oracle, check) in oracles {
            println!("{oracle} in round {round}");
            check(&input);
        }
    }
}

#[test]
fn the_protocol_oracle_holds_on_kept_messages_and_damaged_copies() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "protocol"].iter().collect();
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut chance = Chance(11);
    let mut messages = 0;
    for path in files.filter(|path| path.extension().is_some_and(|ending| ending == "cbor")) {
        let bytes = std::fs::read(&path).unwrap();
        fuzzing::protocol_message(&bytes);
        for _ in 0..300 {
            fuzzing::protocol_message(&chance.damaged(&bytes));
        }
        messages += 1;
    }
    assert!(messages >= 15, "only {messages} kept messages");
}
