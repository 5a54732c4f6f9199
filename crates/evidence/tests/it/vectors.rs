//! The kept recordings with evidence files are judged as written down beside them.
//!
//! `KINESCOPE_WRITE_VECTORS=1 cargo test -p evidence vectors` writes those that are not there yet; what is there is kept for ever,
//! and what is written differently later gets another name.

use std::path::PathBuf;

use recording::{EndReason, Follows};
use serde_json::{Value, json};

use crate::sample::{
    Course, Maker, Stored, blocks, expected, honest, id, judge, machine, server, witnessed_checkpoint,
};

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "vectors", "evidence", name].iter().collect()
}

/// Every vector and how it is made.
fn made() -> Vec<(&'static str, Stored)> {
    let finished = honest(Course::Finished, 0x70);
    let mut cut = finished.clone();
    cut.bytes.truncate(finished.bytes.len() * 2 / 3);
    let mut changed = finished.clone();
    let middle = changed.bytes.len() / 2;
    changed.bytes[middle] ^= 0x10;
    let mut entry_dropped = finished.clone();
    entry_dropped.entries.remove(4);
    let (mut damaged, before, _) = witnessed_checkpoint(0x76);
    damaged.bytes[before.offset as usize + 30] ^= 1;
    let mut earlier = Maker::new(0x71, None);
    earlier.group(0);
    earlier.end(EndReason::RolledOver, Some(id(0x72)));
    let mut later = Maker::new(0x72, Some(Follows { recording: id(0x71), chain: earlier.chain() }));
    later.group(0);
    later.end(EndReason::Logout, None);
    vec![
        ("finished", finished),
        ("restarted", honest(Course::Restarted, 0x73)),
        ("incarnated", honest(Course::Incarnated, 0x74)),
        ("crashed", honest(Course::CrashedAndTorn, 0x75)),
        ("earlier", earlier.stored),
        ("later", later.stored),
        ("cut", cut),
        ("changed", changed),
        ("entry-dropped", entry_dropped),
        ("damaged-before-checkpoint", damaged),
    ]
}

/// The judgement, with the keys that were trusted for it.
fn described(stored: &Stored) -> Value {
    json!({
        "machine_key": machine().public(),
        "server_key": server().public(),
        "judgement": judge(stored, expected()),
    })
}

#[test]
fn every_kept_recording_is_made_and_judged_as_written_down() {
    let write = std::env::var_os("KINESCOPE_WRITE_VECTORS").is_some();
    for (name, stored) in made() {
        let kev = stored.entries.concat();
        if write && !path(&format!("{name}.kin")).exists() {
            let judged = serde_json::to_string_pretty(&described(&stored)).unwrap() + "\n";
            std::fs::create_dir_all(path("")).unwrap();
            std::fs::write(path(&format!("{name}.kin")), &stored.bytes).unwrap();
            std::fs::write(path(&format!("{name}.kev")), &kev).unwrap();
            std::fs::write(path(&format!("{name}.judgement.json")), judged).unwrap();
        }
        let read = |ending: &str| std::fs::read(path(&format!("{name}.{ending}"))).unwrap();
        assert!(read("kin") == stored.bytes && read("kev") == kev, "{name} is written differently now");
        let kept =
            Stored { bytes: read("kin"), entries: blocks(&read("kev")).into_iter().map(|block| block.bytes).collect() };
        let expected: Value = serde_json::from_slice(&read("judgement.json")).unwrap();
        assert_eq!(described(&kept), expected, "{name}");
    }
}
