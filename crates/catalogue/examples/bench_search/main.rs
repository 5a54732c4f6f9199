//! How fast recordings are found by their events. Makes a catalogue of many recordings and events, the same for the same numbers, puts its
//! index together as a server does, asks it and prints a table; fails if a query that must be fast is not.
//!
//! usage: bench_search [RECORDINGS [EVENTS_OF_EACH [FOLDER [as-written]]]]; the last word leaves the index as it was written

#![allow(clippy::unwrap_used, reason = "a program that measures ends where something goes wrong")]
#![allow(missing_docs, reason = "a program")]

mod queries;
mod texts;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use catalogue::{Catalogue, NewEvents, Recording, RecordingState};
use recording::RecordingId;
use texts::{Dice, made_up};

/// Recordings written at once.
const BATCH: u64 = 1_000;
/// A year and some weeks lie between the first and the last.
const SPAN_US: i64 = 400 * 86_400_000_000;
const FIRST_US: i64 = 1_760_000_000_000_000;
/// Machines; each person has one.
pub const MACHINES: u64 = 1_000;
/// What 95 of 100 searches must stay below.
pub const LIMIT: Duration = Duration::from_millis(100);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| arguments.get(at).map_or(default, |text| text.parse().unwrap());
    let (recordings, each) = (number(0, 1_000_000), number(1, 20));
    let folder = arguments.get(2).map_or_else(std::env::temp_dir, PathBuf::from);
    let file = folder.join(format!("kinescope-bench-{recordings}-{each}.sqlite"));
    let is_new = !file.exists();
    let catalogue = Catalogue::open(&file).await.unwrap();
    if is_new {
        fill(&catalogue, recordings, each).await;
    }
    if arguments.get(3).is_none() {
        put_together(&catalogue).await;
    }
    catalogue.close().await;
    let bytes = file.metadata().unwrap().len();
    println!(
        "{recordings} recordings, {} events, {} MB, {} bytes for each event",
        recordings * each,
        bytes >> 20,
        bytes / (recordings * each)
    );
    let missed = queries::measure(&file, recordings).await;
    if arguments.get(2).is_none() {
        remove(&file);
    }
    std::process::exit(i32::from(missed));
}

async fn fill(catalogue: &Catalogue, recordings: u64, each: u64) {
    let begun = Instant::now();
    let mut dice = Dice(1);
    for first in (0..recordings).step_by(BATCH as usize) {
        let numbers = first..(first + BATCH).min(recordings);
        let rows: Vec<Recording> = numbers.clone().map(|number| recording(number, recordings)).collect();
        catalogue.put_recordings(&rows).await.unwrap();
        let news: Vec<NewEvents> = rows
            .iter()
            .map(|row| NewEvents {
                recording: row.id,
                first: 0,
                events: texts::events(&mut dice, each, row.duration_us),
                responses: Vec::new(),
                left_out: 0,
                whole: !row.state.is_open(),
            })
            .collect();
        catalogue.note_events(&news).await.unwrap();
        if numbers.end % 50_000 == 0 {
            eprintln!("{} recordings after {} s", numbers.end, begun.elapsed().as_secs());
        }
    }
    println!("written in {} s", begun.elapsed().as_secs());
}

async fn put_together(catalogue: &Catalogue) {
    let (begun, mut longest) = (Instant::now(), Duration::ZERO);
    loop {
        let step = Instant::now();
        if !catalogue.merge_events().await.unwrap() {
            break;
        }
        longest = longest.max(step.elapsed());
    }
    println!("put together in {} s, at most {} ms at once", begun.elapsed().as_secs(), longest.as_millis());
}

fn recording(number: u64, of: u64) -> Recording {
    let mut dice = Dice(number.wrapping_mul(7_919));
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    let start_us = FIRST_US + SPAN_US / i64::try_from(of).unwrap() * i64::try_from(number).unwrap();
    let machine = dice.below(MACHINES);
    let duration_us = (60 + dice.below(8 * 3_600)) * 1_000_000;
    let is_open = of - number <= 200;
    let end_us = start_us + i64::try_from(duration_us).unwrap();
    Recording {
        id: RecordingId::from_parts(u64::try_from(start_us).unwrap() / 1_000, random),
        machine_id: format!("{machine:032x}"),
        machine: format!("pc-{machine:04}"),
        user: made_up(machine),
        uid: Some(1_000),
        display: Some(":10".into()),
        session_kind: "desktop".into(),
        client_name: Some(format!("laptop-{:04}", dice.below(5_000))),
        client_address: None,
        application: Some("desktop".into()),
        groups: vec!["staff".into()],
        state: if is_open { RecordingState::Live } else { RecordingState::Finished },
        start_us,
        end_us: (!is_open).then_some(end_us),
        duration_us,
        size_bytes: duration_us / 100,
        last_data_us: end_us,
        policy: "everything".into(),
        rule: None,
        start_text: "every session is recorded".into(),
        end_reason: (!is_open).then(|| "logout".into()),
        end_text: None,
        width: Some(1920),
        height: Some(1080),
        notices: Vec::new(),
        events_only: Some(false),
    }
}

fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        let _ = std::fs::remove_file(name);
    }
}
