//! Appending, reading, closing, places.

use recording::Head;
use storage::{Sender, StorageError, Store, StoreOptions};

use crate::sample::{self, SENDER, STARTED_US, Source, assert_sound, file, grow, id, sync};

#[test]
fn a_recording_lies_under_the_day_it_began() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    grow(&store, 1, &mut Source::new(1), 100_000);
    sync(&store);
    assert_sound(&file(folder.path(), 1, "kin"), 1);
    assert_eq!(store.path(id(1)), Some(file(folder.path(), 1, "kin")));
    assert!(file(folder.path(), 1, "manifest").exists());
}

#[test]
fn a_folder_is_used_by_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    let second = Store::open(sample::options(folder.path()));
    assert!(matches!(&second, Err(StorageError::InUse(path)) if path == folder.path()), "{second:?}");
    drop(store);
    Store::open(sample::options(folder.path())).unwrap();
}

#[test]
fn starts_that_no_path_can_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    for start in [i64::MIN, -1_000_000, i64::MAX, 253_402_300_800_000_000] {
        let result = store.create(id(1), start, SENDER);
        assert!(matches!(result, Err(StorageError::StartOutOfRange(s)) if s == start), "{result:?}");
    }
    assert!(!store.contains(id(1)));
    store.create(id(1), 0, SENDER).unwrap();
    assert!(folder.path().join("1970/01/01").is_dir());
}

#[test]
fn bytes_are_durable_only_after_a_round() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    let first = grow(&store, 1, &mut source, 1_000);
    assert_eq!(store.standing(id(1)).unwrap().durable, Head::start());
    let outcomes = store.sync_round();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].result.as_ref().unwrap().durable.offset, first);
    assert!(store.sync_round().is_empty(), "nothing is synced twice");
    let second = grow(&store, 1, &mut source, first + 1);
    let standing = store.standing(id(1)).unwrap();
    assert_eq!((standing.durable.offset, standing.head.offset), (first, second));
}

#[test]
fn only_the_head_is_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    let first = source.next();
    let second = source.next();
    let start = Head::start();
    let head = store.append(id(1), start, std::slice::from_ref(&first)).unwrap().head;
    let wrong_chain = Head { chain: start.chain, ..head };
    let beyond = Head { offset: head.offset + 1, ..head };
    for at in [start, wrong_chain, beyond] {
        let result = store.append(id(1), at, std::slice::from_ref(&second));
        assert!(matches!(result, Err(StorageError::NotAtHead { head: h, .. }) if h == head), "{result:?}");
    }
    let result = store.append(id(1), head, std::slice::from_ref(&first));
    assert!(matches!(result, Err(StorageError::NotAtHead { .. })), "a block of another place: {result:?}");
    assert_eq!(store.standing(id(1)).unwrap().head, head);
    store.append(id(1), head, &[second]).unwrap();
    let unknown = store.append(id(2), head, &[]);
    assert!(matches!(unknown, Err(StorageError::Unknown(_))), "{unknown:?}");
}

#[test]
fn a_recording_is_made_once_also_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let again = store.create(id(1), STARTED_US, SENDER);
    assert!(matches!(again, Err(StorageError::Exists(_))), "{again:?}");
    drop(store);
    let store = Store::open(sample::options(folder.path())).unwrap();
    let again = store.create(id(1), 0, SENDER);
    assert!(matches!(again, Err(StorageError::Exists(_))), "{again:?}");
    assert_eq!(store.list(), [id(1)]);
}

#[test]
fn folders_are_used_in_turn_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let folders: Vec<_> = (0..3).map(|n| folder.path().join(n.to_string())).collect();
    let store = Store::open(StoreOptions::new(folders.clone())).unwrap();
    for n in 0..6 {
        store.create(id(n), STARTED_US, SENDER).unwrap();
        grow(&store, n, &mut Source::new(n), 5_000);
    }
    sync(&store);
    for (n, root) in (0..6).zip(folders.iter().cycle()) {
        assert_sound(&file(root, n, "kin"), n);
    }
    drop(store);
    let store = Store::open(StoreOptions::new(folders)).unwrap();
    assert_eq!(store.list().len(), 6);
    assert!(store.standing(id(4)).unwrap().head.offset >= 5_000);
}

#[test]
fn a_folder_that_takes_nothing_is_passed_over_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let folders: Vec<_> = (0..2).map(|n| folder.path().join(n.to_string())).collect();
    let store = Store::open(StoreOptions::new(folders.clone())).unwrap();
    // A file where the year's folder must be makes the folder useless, for root too.
    std::fs::write(folders[1].join("2026"), "").unwrap();
    for n in 0..4 {
        store.create(id(n), STARTED_US, SENDER).unwrap();
        assert!(file(&folders[0], n, "kin").exists());
    }
    std::fs::remove_file(folders[1].join("2026")).unwrap();
    for n in 4..6 {
        store.create(id(n), STARTED_US, SENDER).unwrap();
    }
    let returned = (4..6).filter(|n| file(&folders[1], *n, "kin").exists()).count();
    assert_eq!(returned, 1);
}

#[test]
fn a_reader_sees_the_recording_grow_and_never_more_than_its_head() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let reader = store.reader(id(1)).unwrap();
    let mut source = Source::new(1);
    let mut seen = Vec::new();
    for target in [1, 50_000, 400_000] {
        grow(&store, 1, &mut source, target);
        while let Some(more) = Some(reader.read_up_to(seen.len() as u64, 30_000).unwrap()).filter(|m| !m.is_empty()) {
            seen.extend(more);
        }
        assert_eq!(seen.len() as u64, reader.length());
    }
    assert!(seen == Source::bytes(1, seen.len() as u64));
    let mut buffer = [0; 16];
    assert_eq!(reader.read(reader.length(), &mut buffer).unwrap(), 0);
    assert_eq!(reader.read(u64::MAX, &mut buffer).unwrap(), 0);
    assert_eq!(reader.read(reader.length() - 5, &mut buffer).unwrap(), 5);
}

#[test]
fn closing_is_kept_across_restarts_and_late_data_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    grow(&store, 1, &mut source, 10_000);
    store.close(id(1)).unwrap();
    assert!(!store.standing(id(1)).unwrap().closed, "not before it is durable");
    sync(&store);
    assert!(store.standing(id(1)).unwrap().closed);
    drop(store);
    let store = Store::open(sample::options(folder.path())).unwrap();
    assert!(store.standing(id(1)).unwrap().closed);
    let grown = grow(&store, 1, &mut source, 20_000);
    assert!(!store.standing(id(1)).unwrap().closed);
    sync(&store);
    drop(store);
    let store = Store::open(sample::options(folder.path())).unwrap();
    let standing = store.standing(id(1)).unwrap();
    assert_eq!((standing.closed, standing.head.offset), (false, grown));
}

#[test]
fn many_recordings_stay_usable_though_few_are_kept_open() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    let ids: Vec<_> = (0..600_u32)
        .map(|n| {
            let mut random = [0; 10];
            random[..4].copy_from_slice(&n.to_be_bytes());
            recording::RecordingId::from_parts(1, random)
        })
        .collect();
    for id in &ids {
        store.create(*id, STARTED_US, SENDER).unwrap();
    }
    sync(&store);
    let open_files = std::fs::read_dir("/proc/self/fd").unwrap().count();
    assert!(open_files < 450, "{open_files} files are open");
    for id in &ids {
        assert_eq!(store.standing(*id).unwrap().head, Head::start());
    }
}

#[test]
fn the_last_sender_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    let head = store.append(id(1), Head::start(), &[source.next()]).unwrap().head;
    let mut assembler = recording::Assembler::resume(recording::AssemblerState::at(head));
    let incarnation = recording::Incarnation { incarnation: 7, number: 3, follows: Some(head) };
    let mut bytes = Vec::new();
    assembler.incarnation(&incarnation, 0, &mut bytes).unwrap();
    let blocks = recording::split_blocks(head.offset, &bytes).unwrap();
    let standing = store.append(id(1), head, &blocks).unwrap();
    let expected = Some(Sender { incarnation: 7, number: 3 });
    assert_eq!(standing.sender, expected);
    sync(&store);
    drop(store);
    let store = Store::open(sample::options(folder.path())).unwrap();
    assert_eq!(store.standing(id(1)).unwrap().sender, expected, "found by scanning");
    store.close(id(1)).unwrap();
    sync(&store);
    drop(store);
    let store = Store::open(sample::options(folder.path())).unwrap();
    assert_eq!(store.standing(id(1)).unwrap().sender, expected, "found in the manifest");
}

#[test]
fn a_survey_is_the_same_kept_up_to_date_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(sample::options(folder.path())).unwrap();
    store.create(id(1), STARTED_US, SENDER).unwrap();
    let mut source = Source::new(1);
    grow(&store, 1, &mut source, 600_000);
    let head = store.standing(id(1)).unwrap().head;
    store.append(id(1), head, &source.end()).unwrap();
    let kept = store.survey(id(1)).unwrap();
    sync(&store);
    drop(store);
    let store = Store::open(sample::options(folder.path())).unwrap();
    let made = store.survey(id(1)).unwrap();
    assert_eq!(made.index(), kept.index());
    assert_eq!(made.header(), kept.header());
    assert_eq!(made.header().unwrap().session.user, "ana");
    assert_eq!(made.index().end.as_ref().unwrap().text, "bye");
    assert_eq!(made.index().groups.len(), 1);
    assert_eq!(made.damaged_bytes(), 0);
}
