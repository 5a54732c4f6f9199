//! The mutation suite: every way of altering a recording or its evidence file, at many places of recordings that ended
//! in different ways, is found where it was done.

use evidence::{Judgement, Verdict};
use recording::BlockKind;

use crate::sample::{COURSES, Course, Stored, blocks, expected, honest, judge};
use forge::Forger;

mod forge;

/// Where a change must show.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A stretch of the altered recording holds this offset.
    At(u64),
    /// An entry of the evidence file, or the one after it.
    Entry(u64),
    /// Nothing is said of any place but that evidence is missing.
    Anywhere,
}

type Altered = Option<(Stored, Place)>;

/// One way, tried with every `n` that it knows to use.
struct Way {
    name: &'static str,
    alter: fn(&Stored, usize) -> Altered,
}

/// Places in one recording at which each way is tried.
const PLACES: usize = 12;

const WAYS: &[Way] = &[
    Way { name: "flip a bit", alter: |stored, n| with_bytes(stored, |bytes, at| bytes[at] ^= 1 << (n % 8), n) },
    Way { name: "overwrite bytes", alter: |stored, n| with_bytes(stored, |bytes, at| overwrite(bytes, at), n) },
    Way { name: "drop a block", alter: |stored, n| with_blocks(stored, n, |blocks, at| drop(blocks.remove(at))) },
    Way {
        name: "double a block",
        alter: |stored, n| with_blocks(stored, n, |blocks, at| blocks.insert(at, blocks[at].clone())),
    },
    Way { name: "swap two blocks", alter: |stored, n| with_blocks(stored, n, |blocks, at| blocks.swap(at, at + 1)) },
    Way { name: "put in a block of another recording", alter: |stored, n| forge::foreign_block(stored, n) },
    Way { name: "drop a group", alter: forge::drop_group },
    Way { name: "swap two groups", alter: forge::swap_groups },
    Way { name: "go on with another recording", alter: forge::splice },
    Way { name: "cut the end off between blocks", alter: |stored, n| cut(stored, n, 0) },
    Way { name: "cut the end off within a block", alter: |stored, n| cut(stored, n, 9) },
    Way { name: "change data and the chain", alter: |stored, n| forge::change_data(stored, n) },
    Way { name: "cut and go on unsigned", alter: |stored, n| forge::go_on(stored, n, Forger::Unsigned) },
    Way { name: "cut and go on with another key", alter: |stored, n| forge::go_on(stored, n, Forger::OtherMachine) },
    Way {
        name: "cut and go on with the stolen machine key",
        alter: |stored, n| forge::go_on(stored, n, Forger::StolenKey),
    },
    Way { name: "make it anew without signatures", alter: |stored, n| forge::anew(stored, n, Forger::Unsigned) },
    Way { name: "make it anew with another key", alter: |stored, n| forge::anew(stored, n, Forger::OtherMachine) },
    Way {
        name: "make it anew with the stolen machine key",
        alter: |stored, n| forge::anew(stored, n, Forger::StolenKey),
    },
    Way { name: "back-date a checkpoint", alter: |stored, n| forge::edit_checkpoint(stored, n, forge::back_date) },
    Way { name: "take a signature away", alter: |stored, n| forge::edit_checkpoint(stored, n, forge::unsign) },
    Way { name: "name another next key", alter: |stored, n| forge::edit_checkpoint(stored, n, forge::other_next_key) },
    Way {
        name: "name another epoch key",
        alter: |stored, n| forge::edit(stored, n, BlockKind::Signer, forge::other_epoch_key),
    },
    Way { name: "name another user", alter: |stored, n| forge::edit(stored, n, BlockKind::Header, forge::other_user) },
    Way {
        name: "declare another reason for the end",
        alter: |stored, n| forge::edit(stored, n, BlockKind::End, forge::other_end),
    },
    Way {
        name: "declare a shorter gap",
        alter: |stored, n| forge::edit(stored, n, BlockKind::Gap, forge::shorter_gap),
    },
    Way { name: "drop an entry", alter: |stored, n| with_entries(stored, n, |entries, at| drop(entries.remove(at))) },
    Way {
        name: "double an entry",
        alter: |stored, n| with_entries(stored, n, |entries, at| entries.insert(at, entries[at].clone())),
    },
    Way {
        name: "swap two entries",
        alter: |stored, n| with_entries(stored, n, |entries, at| entries.swap(at, at + 1)),
    },
    Way {
        name: "back-date a receipt",
        alter: |stored, n| with_entries(stored, n, |entries, at| forge::edit_receipt(&mut entries[at], 0, -60_000_000)),
    },
    Way {
        name: "move a receipt",
        alter: |stored, n| with_entries(stored, n, |entries, at| forge::edit_receipt(&mut entries[at], 1, 0)),
    },
    Way { name: "spoil an entry", alter: |stored, n| with_entries(stored, n, |entries, at| entries[at].truncate(40)) },
    Way { name: "receipts of another recording", alter: forge::other_receipts },
    Way { name: "receipts of another server", alter: forge::other_server },
    Way {
        name: "no receipts",
        alter: |stored, n| (n == 0).then(|| (Stored { entries: Vec::new(), ..stored.clone() }, Place::Anywhere)),
    },
];

fn with_bytes(stored: &Stored, alter: impl Fn(&mut Vec<u8>, usize), n: usize) -> Altered {
    let mut altered = stored.clone();
    let at = altered.bytes.len() * n / PLACES + 37;
    alter(&mut altered.bytes, at);
    Some((altered, Place::At(at as u64)))
}

fn overwrite(bytes: &mut [u8], at: usize) {
    let end = (at + 40).min(bytes.len());
    bytes[at..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
}

/// The blocks of a recording that a change may concern: index and footer say nothing that they do not, and a torn tail
/// stays.
fn content(stored: &Stored) -> (Vec<Vec<u8>>, Vec<u8>) {
    let all = blocks(&stored.bytes);
    let is_index = |kind| matches!(kind, Some(BlockKind::Index | BlockKind::Footer));
    let end = all.iter().find(|block| is_index(block.known_kind())).map_or(stored.bytes.len() as u64, |b| b.offset);
    let content: Vec<_> = all.into_iter().filter(|block| block.end() <= end).map(|block| block.bytes).collect();
    let len = content.iter().map(Vec::len).sum::<usize>();
    (content, stored.bytes[len..].to_vec())
}

fn with_blocks(stored: &Stored, n: usize, alter: impl Fn(&mut Vec<Vec<u8>>, usize)) -> Altered {
    let (mut content, rest) = content(stored);
    // Not the last two: what follows the last checkpoint is unwitnessed, which is told otherwise.
    let at = 1 + (content.len() - 4) * n / PLACES;
    let place = content[..at].iter().map(Vec::len).sum::<usize>() as u64;
    alter(&mut content, at);
    let bytes = [content.concat(), rest].concat();
    Some((Stored { bytes, ..stored.clone() }, Place::At(place)))
}

fn cut(stored: &Stored, n: usize, more: usize) -> Altered {
    let (content, _) = content(stored);
    let at = 2 + (content.len() - 6) * n / PLACES;
    let mut end = content[..at].iter().map(Vec::len).sum::<usize>();
    let place = end as u64;
    end += more;
    Some((Stored { bytes: stored.bytes[..end].to_vec(), ..stored.clone() }, Place::At(place)))
}

fn with_entries(stored: &Stored, n: usize, alter: impl Fn(&mut Vec<Vec<u8>>, usize)) -> Altered {
    let mut altered = stored.clone();
    let at = (altered.entries.len() - 2) * n / PLACES;
    alter(&mut altered.entries, at);
    Some((altered, Place::Entry(at as u64 + 1)))
}

/// All places that a judgement names, as stretches.
fn stretches(found: &Judgement) -> Vec<(u64, u64)> {
    let container = found.container.findings.iter().map(|finding| (finding.offset, finding.offset + finding.bytes));
    container.chain(found.faults.iter().map(|fault| (fault.offset, fault.offset + fault.bytes))).collect()
}

fn is_found(found: &Judgement, place: Place) -> bool {
    match place {
        Place::At(offset) => stretches(found).iter().any(|(from, to)| *from <= offset && offset <= *to),
        Place::Entry(entry) => {
            found.faults.iter().any(|fault| fault.entry.is_some_and(|at| (entry..=entry + 1).contains(&at)))
        }
        Place::Anywhere => true,
    }
}

#[test]
fn every_change_is_found_where_it_was_made() {
    let mut tried = 0;
    for (course, seed) in COURSES.into_iter().zip(30..) {
        let stored = honest(course, seed);
        for way in WAYS {
            for n in 0..PLACES {
                let Some((altered, place)) = (way.alter)(&stored, n) else { continue };
                if altered.bytes == stored.bytes && altered.entries == stored.entries {
                    continue;
                }
                let found = judge(&altered, expected());
                let told = (&found.faults, &found.container.findings);
                // Where the writer itself declared damage, a change looks like what a repair leaves, and is shown as a hole.
                let as_hole = course == Course::SpoolDamaged && found.verdict == Verdict::HoldsInPart;
                let noticed = found.verdict == Verdict::Broken || as_hole;
                assert!(noticed, "{} ({course:?}, {n}) was not found: {told:?}", way.name);
                let shown = is_found(&found, place);
                assert!(shown, "{} ({course:?}, {n}) was not found at {place:?}: {told:?}", way.name);
                tried += 1;
            }
        }
    }
    assert!(WAYS.len() >= 25 && tried > 1_400, "{} ways, {tried} changes", WAYS.len());
}

#[test]
fn a_hole_that_somebody_declares_like_a_repair_is_shown_as_one() {
    let stored = honest(Course::Finished, 40);
    let (altered, place) = forge::declared_hole(&stored);
    let found = judge(&altered, expected());
    assert_eq!(found.verdict, Verdict::HoldsInPart);
    assert!(is_found(&found, place), "{:?}", found.faults);
}

#[test]
fn what_is_put_behind_the_last_checkpoint_is_shown_as_unwitnessed() {
    let stored = honest(Course::Growing, 41);
    let mut altered = stored.clone();
    let before = judge(&stored, expected());
    let more = blocks(&crate::sample::group(9, 2));
    more.iter().for_each(|block| altered.bytes.extend_from_slice(&block.bytes));
    let found = judge(&altered, expected());
    let grown = (altered.bytes.len() - stored.bytes.len()) as u64;
    assert_eq!(found.unwitnessed_bytes(), before.unwitnessed_bytes() + grown);
    assert_eq!(found.container.unwitnessed_bytes, before.container.unwitnessed_bytes + grown);
}
