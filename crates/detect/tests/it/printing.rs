//! Printing with a CUPS of the test's own.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use detect::{Job, JobState, PrintEvent, PrintWatch};
use proptest::prelude::*;

use crate::cups::Cups;
use crate::watching::PATIENCE;

/// Takes until this became of a job.
fn until(watch: &mut PrintWatch, state: JobState) -> Job {
    let (mut told, limit) = (Vec::new(), Instant::now() + PATIENCE);
    loop {
        assert!(Instant::now() < limit, "nothing was {state:?}, but {told:?}");
        watch.take(&mut |event| told.push(event)).unwrap();
        let found = told.iter().find_map(|event| match event {
            PrintEvent::Job(job) if job.state == state => Some((**job).clone()),
            _ => None,
        });
        if let Some(job) = found {
            return job;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_is_printed_is_told_with_who_and_how_much() {
    let Some(cups) = Cups::start() else { return };
    let letter = cups.path("letter.txt");
    fs::write(&letter, "Dear Sir or Madam,\n".repeat(100)).unwrap();
    let letter = letter.to_str().unwrap();
    cups.run("lp", &["-d", "later", "-t", "Before", letter]);
    let mut watch = {
        let limit = Instant::now() + PATIENCE;
        while !cups.path("spool/c00001").exists() {
            assert!(Instant::now() < limit, "CUPS does not note it");
            std::thread::sleep(Duration::from_millis(20));
        }
        PrintWatch::watch(&cups.path("spool")).unwrap()
    };

    cups.run("lp", &["-d", "office", "-U", "ana", "-n", "2", "-t", "Löhne 2026", letter]);
    let expected = Job {
        number: 2,
        state: JobState::Printed,
        title: Some("Löhne 2026".to_owned()),
        document: Some("letter.txt".to_owned()),
        printer: Some("office".to_owned()),
        user: Some("ana".to_owned()),
        local: true,
        copies: Some(2),
        pages: Some(6),
        documents: 1,
        bytes: Some(1_900),
    };
    assert_eq!(until(&mut watch, JobState::Printed), expected);

    cups.run("lp", &["-d", "later", "-t", "Not now", letter]);
    assert_eq!(until(&mut watch, JobState::Queued).title.as_deref(), Some("Not now"));
    cups.run("cancel", &["later-3"]);
    assert_eq!(until(&mut watch, JobState::Cancelled).number, 3);

    cups.run("lp", &["-d", "broken", letter]);
    let failed = until(&mut watch, JobState::Failed);
    assert_eq!((failed.number, failed.printer.as_deref()), (4, Some("broken")));
}

#[test]
fn without_a_spool_there_is_nothing_to_watch() {
    assert!(PrintWatch::watch(Path::new("/var/spool/no-such-thing")).is_err());
}

proptest! {
    #[test]
    fn a_control_file_of_any_bytes_is_read(control in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Job::read(1, &control);
    }

    #[test]
    fn a_control_file_may_end_anywhere(length in 0_usize..200) {
        let mut control = vec![2, 0, 0, 5, 0, 0, 0, 1, 2];
        for (tag, name, value) in [
            (0x42, "job-name", &b"Letter"[..]),
            (0x36, "job-originating-user-name", b"\x00\x02en\x00\x03ana"),
            (0x23, "job-state", &[0, 0, 0, 9]),
        ] {
            control.push(tag);
            for word in [name.as_bytes(), value] {
                control.extend((word.len() as u16).to_be_bytes());
                control.extend(word);
            }
        }
        let whole = Job::read(1, &control).unwrap();
        prop_assert_eq!((whole.title.as_deref(), whole.user.as_deref()), (Some("Letter"), Some("ana")));
        let cut = Job::read(1, control.get(..length).unwrap_or(&control));
        prop_assert_eq!(cut.is_some(), length >= control.len());
    }
}
