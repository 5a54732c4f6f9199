//! Quota, message life and a full disk: something has to go, and is never gone in silence.

use std::process::Command;
use std::time::{Duration, SystemTime};

use recording::{GapReason, Head};
use spool::{Spool, SpoolSettings};

use crate::fixture::{PAYLOAD_BYTES, anchor, create, gap_reasons, payload_numbers, read_from, settings, verify};

#[test]
fn the_oldest_undelivered_data_of_any_recording_goes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let quota_bytes = 256 << 10;
    let spool = Spool::open(SpoolSettings { quota_bytes, ..settings(folder.path()) }).expect("a new spool");
    let (old, mut old_source) = create(&spool, 1);
    old_source.fill(&old, 150);
    let (new, mut new_source) = create(&spool, 2);
    new_source.fill(&new, 150);
    assert!(spool.used_bytes() <= quota_bytes);
    assert!(old.position().base.offset > 0, "the older recording gave way");
    assert_eq!(new.position().base.offset, 0, "the newer did not");
    let losses = spool.take_losses();
    assert!(losses.iter().all(|loss| loss.recording == old.recording() && loss.reason == GapReason::SpoolFull));
    assert_eq!(losses.iter().map(|loss| loss.bytes).sum::<u64>(), spool.lost_bytes());
    assert_eq!(old.position().base.offset, spool.lost_bytes());
    drop((old, new, spool));
    let spool = Spool::open(settings(folder.path())).expect("it is recovered");
    assert!(spool.lost_bytes() > 0, "the tally survives a restart");
}

#[test]
fn what_waited_too_long_goes_and_is_declared_to_the_server_that_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 100);
    let lost_until = journal.position().head.offset;
    spool.maintain(SystemTime::now() + Duration::from_secs(3_601));
    assert_eq!(spool.used_bytes(), 0, "everything had waited too long");
    assert_eq!(spool.lost_bytes(), lost_until);
    // The recorder goes on in its group, whose start is gone: a new one is asked for.
    source.continue_at(journal.next_group());
    source.fill(&journal, 10);
    source.end(&journal);
    journal.adopt(Head::start(), 1).expect("it can be put together anew");
    let bytes = read_from(&journal, Head::start());
    let report = verify(&bytes);
    assert!(report.intact, "{report:?}");
    assert_eq!(report.incarnations, 1);
    assert_eq!(gap_reasons(&bytes), ["message-life-expired"]);
    assert_eq!(payload_numbers(1, &bytes), (100..110).collect::<Vec<_>>());
    assert_eq!(report.recording, Some(journal.recording()), "the header was kept");
}

#[test]
fn groups_that_build_on_what_the_server_lost_go_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 10);
    let served = journal.position().head;
    source.base = Some(0);
    source.fill(&journal, 10);
    source.fill(&journal, 10);
    source.base = None;
    source.fill(&journal, 10);
    source.base = Some(3);
    source.fill(&journal, 10);
    source.end(&journal);
    journal.adopt(served, 1).expect("it can be put together anew");
    let bytes = read_from(&journal, served);
    let numbers = payload_numbers(1, &bytes);
    assert_eq!(numbers, (30..50).collect::<Vec<_>>(), "the next key frame is group 3's");
    assert_eq!(gap_reasons(&bytes), ["spool-behind"]);
}

#[test]
fn what_the_server_has_is_never_called_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(settings(folder.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 5);
    // A session at rest: everything is durable, and stays in the file that grows.
    journal.durable(journal.position().head).expect("nothing can be removed yet");
    spool.maintain(SystemTime::now() + Duration::from_secs(3_601));
    assert_eq!((spool.used_bytes(), spool.lost_bytes()), (0, 0));
    assert!(spool.take_losses().is_empty());
    // The next pictures are not durable when their time is over.
    let durable = journal.position().head.offset;
    source.data();
    let data = source.data();
    journal.accept(&data, &anchor(source.time_us)).expect("there is room");
    spool.maintain(SystemTime::now() + Duration::from_secs(3_601));
    assert_eq!(spool.lost_bytes(), journal.position().head.offset - durable);
}

/// A file system of a fixed size. `None` where tests do not run as root.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(kib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let size = format!("size={kib}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_drops_pictures_declares_them_and_recording_goes_on() {
    let Some(disk) = SmallDisk::mount(4_096) else {
        eprintln!("skipped: mounting a small disk needs root");
        return;
    };
    let spool = Spool::open(settings(disk.0.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    source.fill(&journal, 10);
    let ballast = disk.0.path().join("ballast");
    let mut bytes = vec![0; 4 << 20];
    while std::fs::write(&ballast, &bytes).is_err() {
        // As much as fits, to the last page.
        bytes.truncate(bytes.len() - 4_096);
    }
    let mut dropped = 0;
    for _ in 0..40 {
        let data = source.data();
        if let Err(error) = journal.accept(&data, &anchor(source.time_us)) {
            assert!(error.is_full(), "{error}");
            dropped += 1;
        }
    }
    assert!(dropped > 0 && journal.is_dropping());
    assert!(!journal.wants_group(), "there is no room yet");
    let told: Vec<_> = spool.take_losses().into_iter().map(|loss| loss.reason).collect();
    assert_eq!(told, [GapReason::SpoolFull], "the operator is told once, and at once");
    std::fs::remove_file(&ballast).expect("room is made");
    assert!(journal.wants_group(), "there is room: the supervisor starts a fresh recorder");
    journal.recorder_ended(GapReason::RecorderRestarted);
    source.continue_at(journal.next_group());
    let resumed_at = source.next;
    source.fill(&journal, 10);
    source.end(&journal);
    assert_eq!(spool.take_losses().len(), 1, "and once more, with all that was dropped");
    assert!(spool.lost_bytes() >= dropped * PAYLOAD_BYTES as u64, "{} lost", spool.lost_bytes());
    let bytes = read_from(&journal, Head::start());
    let report = verify(&bytes);
    assert!(report.intact, "{report:?}");
    assert_eq!(gap_reasons(&bytes), ["spool-full"]);
    let numbers = payload_numbers(1, &bytes);
    assert_eq!(numbers[numbers.len() - 10..], (resumed_at..resumed_at + 10).collect::<Vec<_>>());
    assert!(numbers.is_sorted() && numbers.len() < usize::try_from(source.next).expect("few"));
}

#[test]
fn adopting_works_on_a_disk_that_has_no_room_for_two_copies() {
    let Some(disk) = SmallDisk::mount(1_024) else {
        eprintln!("skipped: mounting a small disk needs root");
        return;
    };
    let spool = Spool::open(settings(disk.0.path())).expect("a new spool");
    let (journal, mut source) = create(&spool, 1);
    for _ in 0..14 {
        source.fill(&journal, 50);
    }
    source.end(&journal);
    journal.adopt(Head::start(), 1).expect("the older part gives way");
    let bytes = read_from(&journal, Head::start());
    assert!(verify(&bytes).intact);
    assert_eq!(gap_reasons(&bytes), ["spool-full"]);
    let numbers = payload_numbers(1, &bytes);
    assert_eq!(numbers.last(), Some(&(source.next - 1)), "the newest data is kept");
    assert!(numbers.is_sorted() && numbers.len() > 100, "{} payloads left", numbers.len());
}
