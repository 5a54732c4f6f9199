//! What a crash leaves behind, made by hand, and what becomes of it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use storage::{Store, StoreOptions};

use crate::sample::{self, SENDER, STARTED_US, Source, assert_sound, file, grow, id, sync};

/// A recording of about `length` bytes in several small segments. Returns where its blocks end.
fn stored(folder: &std::path::Path, length: u64) -> Vec<u64> {
    let options = StoreOptions { segment_bytes: 64 << 10, ..sample::options(folder) };
    let store = Store::open(options).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    let mut ends = vec![0];
    while *ends.last().unwrap() < length {
        ends.push(grow(&store, 1, &mut source, ends.last().unwrap() + 1));
        if ends.len().is_multiple_of(5) {
            sync(&store);
        }
    }
    sync(&store);
    ends
}

#[test]
fn cut_anywhere_every_whole_block_before_the_cut_stays_and_the_recording_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let ends = stored(folder.path(), 300_000);
    let whole = fs::read(file(folder.path(), 1, "kin")).unwrap();
    let manifest = fs::read(file(folder.path(), 1, "manifest")).unwrap();
    assert!(manifest.iter().filter(|byte| **byte == b'\n').count() >= 4, "several segments");
    for step in 0..100 {
        let cut = (whole.len() as u64 * step / 100) as usize;
        fs::write(file(folder.path(), 1, "kin"), &whole[..cut]).unwrap();
        fs::write(file(folder.path(), 1, "manifest"), &manifest).unwrap();
        let expected = *ends.iter().rev().find(|end| **end <= cut as u64).unwrap();
        let store = Store::open(sample::options(folder.path())).unwrap();
        let standing = store.standing(id(1)).unwrap();
        assert_eq!(standing.head.offset, expected, "cut at {cut}");
        assert_eq!(standing.durable, standing.head);
        let mut source = Source::new(1);
        let mut place = 0;
        while place < expected {
            place = source.next().end();
        }
        grow(&store, 1, &mut source, expected + 1);
        sync(&store);
        drop(store);
        assert_sound(&file(folder.path(), 1, "kin"), 1);
        let store = Store::open(sample::options(folder.path())).unwrap();
        assert!(store.standing(id(1)).unwrap().head.offset > expected, "cut at {cut}");
        assert!(store.take_losses().is_empty(), "put right once and for all");
    }
}

#[test]
fn bytes_that_the_disk_lost_below_the_manifest_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path(), 300_000);
    let path = file(folder.path(), 1, "kin");
    OpenOptions::new().write(true).open(&path).unwrap().set_len(100_000).unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.standing(id(1)).unwrap();
    let losses = store.take_losses();
    assert_eq!(losses.len(), 1);
    assert!(losses[0].missing_bytes > 100_000, "{losses:?}");
}

#[test]
fn without_a_manifest_or_with_a_broken_one_the_same_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let ends = stored(folder.path(), 300_000);
    let path = file(folder.path(), 1, "manifest");
    let manifest = fs::read(&path).unwrap();
    let half = &manifest[..manifest.len() / 2];
    let foreign = String::from_utf8(manifest.clone()).unwrap().replace(&id(1).to_string(), &id(2).to_string());
    let cases: [(&str, Option<&[u8]>); 6] = [
        ("missing", None),
        ("empty", Some(b"")),
        ("cut off", Some(half)),
        ("zeros", Some(&[0; 4096])),
        ("not text", Some(&[0xff, b'\n', b'{', b'\n'])),
        ("of another recording", Some(foreign.as_bytes())),
    ];
    for (name, content) in cases {
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let store = Store::open(sample::options(folder.path())).unwrap();
        let standing = store.standing(id(1)).unwrap();
        assert_eq!(standing.head.offset, *ends.last().unwrap(), "{name}");
        assert!(store.take_losses().is_empty(), "{name}");
        store.close(id(1)).unwrap();
        sync(&store);
        drop(store);
        let store = Store::open(sample::options(folder.path())).unwrap();
        let again = store.standing(id(1)).unwrap();
        assert!(again.closed, "{name}: the manifest works again");
        assert_eq!(again.head, standing.head, "{name}");
    }
}

#[test]
fn whole_blocks_behind_a_damaged_stretch_are_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let options = StoreOptions { segment_age: Duration::from_secs(3_600), ..sample::options(folder.path()) };
    let store = Store::open(options).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    let good = grow(&store, 1, &mut source, 50_000);
    grow(&store, 1, &mut source, 150_000);
    sync(&store);
    drop(store);
    let path = file(folder.path(), 1, "kin");
    let whole = fs::read(&path).unwrap();
    OpenOptions::new().write(true).open(&path).unwrap().write_all_at(&[0; 10], good + 3).unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    assert_eq!(store.standing(id(1)).unwrap().head.offset, good);
    let losses = store.take_losses();
    let aside = fs::read(losses[0].set_aside.as_ref().unwrap()).unwrap();
    assert_eq!(aside.len() as u64, whole.len() as u64 - good);
    assert_eq!(aside[20_000..], whole[good as usize + 20_000..]);
    assert_eq!(store.list(), [id(1)], "what was set aside is no recording");
}

#[test]
fn rubbish_behind_the_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let ends = stored(folder.path(), 100_000);
    let mut appended = OpenOptions::new().append(true).open(file(folder.path(), 1, "kin")).unwrap();
    appended.write_all(&[0; 70_000]).unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    assert_eq!(store.standing(id(1)).unwrap().head.offset, *ends.last().unwrap());
    assert_eq!(store.take_losses()[0].torn_bytes, 70_000);
    drop(store);
    assert_sound(&file(folder.path(), 1, "kin"), 1);
}

#[test]
fn files_of_others_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    stored(folder.path(), 10_000);
    let day = folder.path().join("2026/11/20");
    for name in ["i_xyz.kin", "notes.txt", "i_.kin", "i_0190.kin", "i_00000000000000000000000000000000.kin"] {
        fs::write(day.join(name), "x").unwrap();
    }
    fs::create_dir_all(folder.path().join("2026/11/2x")).unwrap();
    fs::create_dir_all(folder.path().join("lost+found")).unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    assert_eq!(store.list(), [id(1)]);
}
