//! Any order of appending, syncing, failing, crashing and restarting: what is stored is what was sent, and what was called
//! durable stays.

use proptest::prelude::*;
use storage::Store;

use crate::faults::{EIO, ENOSPC, Faulty, Operation};
use crate::sample::{self, SENDER, STARTED_US, Source, file, id};

#[derive(Debug, Clone)]
enum Step {
    /// Appends so many blocks.
    Append(u8),
    Sync,
    /// The next operation of this kind fails.
    Fail(Operation, i32),
    Close,
    /// The process ends; everything written is still there.
    Restart,
    /// The power fails: of what was not durable, this share (in 256ths) has reached the disk.
    PowerCut(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let failing = prop_oneof![Just(Operation::Write), Just(Operation::Sync), Just(Operation::SetLen)];
    prop_oneof![
        5 => (1..6_u8).prop_map(Step::Append),
        4 => Just(Step::Sync),
        2 => (failing, prop_oneof![Just(EIO), Just(ENOSPC)]).prop_map(|(what, error)| Step::Fail(what, error)),
        1 => Just(Step::Close),
        1 => Just(Step::Restart),
        2 => any::<u8>().prop_map(Step::PowerCut),
    ]
}

/// The blocks of the source by their places.
struct Blocks(Source, Vec<recording::RawBlock>);

impl Blocks {
    fn at(&mut self, offset: u64) -> recording::RawBlock {
        loop {
            if let Some(block) = self.1.iter().find(|block| block.offset == offset) {
                return block.clone();
            }
            let next = self.0.next();
            self.1.push(next);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn what_is_durable_stays_and_nothing_else_appears(steps in proptest::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let disk = Faulty::default();
        let open = |disk: &Faulty| Store::open_on(sample::options(folder.path()), disk.clone()).unwrap();
        let mut store = open(&disk);
        store.create(id(1), STARTED_US, SENDER).unwrap();
        let mut blocks = Blocks(Source::new(1), Vec::new());
        let mut durable = 0;
        for step in steps {
            match step {
                Step::Append(count) => for _ in 0..count {
                    let Ok(standing) = store.standing(id(1)) else { continue };
                    let _ = store.append(id(1), standing.head, &[blocks.at(standing.head.offset)]);
                },
                Step::Sync => for outcome in store.sync_round() {
                    if let Ok(standing) = outcome.result {
                        prop_assert!(standing.durable.offset >= durable, "durable never goes back");
                        durable = standing.durable.offset;
                    }
                },
                Step::Fail(operation, error) => disk.fail(operation, "i_", error, 1),
                Step::Close => drop(store.close(id(1))),
                Step::Restart => {
                    drop(store);
                    disk.mend();
                    store = open(&disk);
                }
                Step::PowerCut(share) => {
                    drop(store);
                    disk.mend();
                    let path = file(folder.path(), 1, "kin");
                    let written = std::fs::metadata(&path).unwrap().len();
                    prop_assert!(written >= durable);
                    let kept = durable + (written - durable) * u64::from(share) / 256;
                    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(kept).unwrap();
                    store = open(&disk);
                }
            }
        }
        drop(store);
        disk.mend();
        let store = open(&disk);
        let head = store.standing(id(1)).unwrap().head;
        prop_assert!(head.offset >= durable);
        let length = sample::assert_sound(&file(folder.path(), 1, "kin"), 1);
        prop_assert_eq!(length, head.offset);
    }
}
