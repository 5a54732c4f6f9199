//! Kill -9 at any moment: what was said to be durable is there, equal, in order, once.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use storage::{Store, StoreOptions};

use crate::sample::{SENDER, STARTED_US, Source, assert_sound, file, grow, id};

/// Set in the process that writes until it is killed.
const FOLDER: &str = "KINESCOPE_CRASH_TEST_FOLDER";
const RECORDINGS: u8 = 3;
const KILLS: u32 = 40;

fn options(folder: &std::path::Path) -> StoreOptions {
    // Small segments, so that kills also fall on manifests.
    StoreOptions { segment_bytes: 100_000, segment_age: Duration::from_millis(50), folders: vec![folder.into()] }
}

/// Not a test of its own: the process that is killed. Says on stdout what is durable.
#[test]
fn writer_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = Store::open(options(folder.as_ref())).unwrap();
    let mut sources = Vec::new();
    for n in 0..RECORDINGS {
        if !store.contains(id(n)) {
            store.create(id(n), STARTED_US, SENDER).unwrap();
        }
        let head = store.standing(id(n)).unwrap().head.offset;
        let mut source = Source::new(n);
        let mut place = 0;
        while place < head {
            place = source.next().end();
        }
        sources.push(source);
    }
    loop {
        for n in 0..RECORDINGS {
            let head = store.standing(id(n)).unwrap().head.offset;
            grow(&store, n, &mut sources[usize::from(n)], head + 3_000);
        }
        let mut said = String::new();
        for outcome in store.sync_round() {
            said += &format!("\n{} {}\n", outcome.recording, outcome.result.unwrap().durable.offset);
        }
        let mut out = std::io::stdout();
        out.write_all(said.as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn nothing_durable_is_lost_by_kill_9_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mut durable = [0_u64; RECORDINGS as usize];
    let mut pause = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::writer_that_is_killed", "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        pause = pause.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20 + (pause >> 33) % 120));
            child.kill().unwrap();
            child.wait().unwrap()
        });
        for line in lines.map_while(Result::ok) {
            let said = (0..RECORDINGS).find_map(|n| Some((n, line.strip_prefix(&format!("{} ", id(n)))?)));
            if let Some((n, offset)) = said {
                durable[usize::from(n)] = offset.parse().unwrap();
            }
        }
        assert!(!killer.join().unwrap().success(), "the writer must not end by itself");
    }
    let store = Store::open(options(folder.path())).unwrap();
    for n in 0..RECORDINGS {
        let head = store.standing(id(n)).unwrap().head.offset;
        let length = assert_sound(&file(folder.path(), n, "kin"), n);
        assert_eq!(length, head);
        assert!(
            length >= durable[usize::from(n)],
            "recording {n}: {length} bytes, {} were durable",
            durable[usize::from(n)]
        );
        assert!(durable[usize::from(n)] > 100_000, "the kills came too early to mean anything: {durable:?}");
    }
}
