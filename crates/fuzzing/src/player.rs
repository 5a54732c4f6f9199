//! What is promised of the playing engine: whatever a recording holds, it settles, and asks for nothing that is not there.

use ::player::{DocumentFinder, Keys, Opening, Player, Progress, Thumbnails};
use recording::{BlockScanner, Index, IndexBuilder, Scanned};

/// Runs in which an engine must settle after a seek: each decodes at least one entry, and an entry takes 15 bytes.
const PATIENCE: usize = 4_096;
/// Larger inputs would only repeat what smaller ones show, slower.
const MAX_INPUT_BYTES: usize = 64 << 10;

/// Plays any bytes as a recording, with the index that a scan of them gives and with the one that they carry.
pub fn player(input: &[u8]) {
    let input = &input[..input.len().min(MAX_INPUT_BYTES)];
    let _ = Thumbnails::from_answer(input, &Keys::default());
    let _ = Opening::from_json(input);
    find_documents(input);
    let (mut scanner, mut builder) = (BlockScanner::new(), IndexBuilder::new());
    scanner.push(input);
    while let Some(scanned) = scanner.next() {
        if let Scanned::Block(block) = scanned {
            builder.block(&block);
        }
    }
    let scanned = builder.index().clone();
    // An index that speaks of another recording: same shape, everything elsewhere.
    let mut lying = scanned.clone();
    for group in &mut lying.groups {
        group.offset = group.offset.wrapping_mul(3) % (input.len() as u64 + 7);
        group.bytes = group.bytes.wrapping_mul(5) % (input.len() as u64 + 7);
    }
    play(input, scanned);
    play(input, lying);
}

/// What is given away is what an event says, whatever else there is.
fn find_documents(input: &[u8]) {
    let mut finder = DocumentFinder::at(0, &Keys::default());
    finder.push(input);
    while let Some(found) = finder.next() {
        let size_bytes = found.kept.size_bytes;
        if let Ok(bytes) = found.into_bytes() {
            assert_eq!(bytes.len() as u64, size_bytes);
        }
    }
}

fn play(input: &[u8], index: Index) {
    let duration_us = index.duration_us;
    let opening = Opening { index, live: false, length: input.len() as u64, rested_us: 0 };
    let Ok(mut player) = Player::new(&opening) else { return };
    for time_us in [0, duration_us / 2, duration_us, u64::MAX, duration_us / 3] {
        player.seek(time_us);
        settle(&mut player, input);
    }
    if let Ok(mut search) = player.find_documents(duration_us / 2, "") {
        while let Some(wanted) = search.wanted() {
            let (from, to) = (wanted.start as usize, (wanted.end as usize).min(input.len()));
            match input.get(from..to) {
                Some(bytes) if !bytes.is_empty() => search.feed(wanted.start, bytes),
                _ => search.cut_short(),
            }
        }
        let _ = search.finish();
    }
    player.step_back();
    settle(&mut player, input);
    player.play();
    player.advance(duration_us / 2 + 1);
    settle(&mut player, input);
}

fn settle(player: &mut Player, input: &[u8]) {
    for _ in 0..PATIENCE {
        match player.run(4) {
            Progress::Settled => return,
            Progress::More => {}
            Progress::Hungry => {
                let wanted = player.wanted().expect("a hungry engine says what it wants");
                let (from, to) = (wanted.start as usize, (wanted.end as usize).min(input.len()));
                if from < to {
                    player.feed(wanted.start, &input[from..to]);
                } else {
                    player.unavailable(wanted);
                }
            }
        }
    }
    panic!("the engine does not settle");
}
