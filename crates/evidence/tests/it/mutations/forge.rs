//! Changes that take some skill: whoever makes them knows the format and computes checksums and chain anew.

use evidence::{EpochSigner, EvidenceLog, MachineKey, ReceiptKey};
use recording::{
    Assembler, AssemblerState, BlockKind, Checkpoint, End, Fields, Head, RawBlock, checkpoint_of, put_number,
    put_signed,
};
use serde_json::{Value, json};

use super::{Altered, PLACES, Place, content};
use crate::sample::{self, Course, STARTED_US, Stored, anchor, blocks, honest};

/// Whose keys the forger has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forger {
    /// None.
    Unsigned,
    /// His own.
    OtherMachine,
    /// The machine's, but none of the keys that signed before.
    StolenKey,
}

impl Forger {
    fn sign(self, assembler: Assembler, stored: &Stored) -> Assembler {
        let key = match self {
            Forger::Unsigned => return assembler,
            Forger::OtherMachine => MachineKey::from_seed([66; 32]),
            Forger::StolenKey => sample::machine(),
        };
        assembler.signed_by(Box::new(EpochSigner::new(recording_of(stored), key, [77; 32])))
    }
}

fn recording_of(stored: &Stored) -> recording::RecordingId {
    let header: Value = serde_json::from_slice(blocks(&stored.bytes)[0].payload()).unwrap();
    header["recording"].as_str().unwrap().parse().unwrap()
}

fn at(length: usize, n: usize) -> usize {
    length * n / PLACES
}

/// Where the groups start, as places in the list of blocks.
fn groups(content: &[Vec<u8>]) -> Vec<usize> {
    (0..content.len()).filter(|place| content[*place][2] == BlockKind::Group.number()).collect()
}

fn offset(content: &[Vec<u8>], place: usize) -> u64 {
    content[..place].iter().map(Vec::len).sum::<usize>() as u64
}

pub fn drop_group(stored: &Stored, n: usize) -> Altered {
    let (mut content, rest) = content(stored);
    let groups = groups(&content);
    let (from, to) = (*groups.get(n)?, *groups.get(n + 1)?);
    let place = Place::At(offset(&content, from));
    content.drain(from..to);
    Some((Stored { bytes: [content.concat(), rest].concat(), ..stored.clone() }, place))
}

pub fn swap_groups(stored: &Stored, n: usize) -> Altered {
    let (content, rest) = content(stored);
    let groups = groups(&content);
    let (a, b, c) = (*groups.get(n)?, *groups.get(n + 1)?, *groups.get(n + 2)?);
    let place = Place::At(offset(&content, a));
    let order = [&content[..a], &content[b..c], &content[a..b], &content[c..]].concat();
    Some((Stored { bytes: [order.concat(), rest].concat(), ..stored.clone() }, place))
}

pub fn foreign_block(stored: &Stored, n: usize) -> Altered {
    let (mut content, rest) = content(stored);
    let (other, _) = super::content(&honest(Course::Restarted, 99));
    let place = 1 + at(content.len() - 4, n);
    let found = Place::At(offset(&content, place));
    content[place] = other[other.len() / 2 + n].clone();
    Some((Stored { bytes: [content.concat(), rest].concat(), ..stored.clone() }, found))
}

/// The beginning of one recording and the end of another by the same machine.
pub fn splice(stored: &Stored, n: usize) -> Altered {
    let (content, _) = content(stored);
    let other = honest(Course::Finished, 98);
    let (foreign, rest) = super::content(&other);
    let groups = (groups(&content), groups(&foreign));
    let (from, to) = (*groups.0.get(n + 1)?, *groups.1.get(n + 1)?);
    let place = Place::At(offset(&content, from));
    let bytes = [content[..from].concat(), foreign[to..].concat(), rest].concat();
    Some((Stored { bytes, ..stored.clone() }, place))
}

/// Blocks put together anew from a place on, with one payload changed, as far as the forger's keys allow.
fn forged(stored: &Stored, kept: &[RawBlock], rest: &[RawBlock], forger: Forger) -> Vec<u8> {
    let mut state = AssemblerState::new();
    kept.iter().for_each(|block| state.replay(block));
    let mut assembler = forger.sign(Assembler::resume(state), stored);
    let mut out: Vec<u8> = kept.iter().flat_map(|block| block.bytes.clone()).collect();
    let mut changed = false;
    for block in rest {
        let anchor = anchor(block.time_us + 3_000);
        match block.known_kind() {
            Some(BlockKind::Data) if !changed && block.track == 1 => {
                changed = true;
                let payload = vec![0xab; block.payload().len()];
                assembler.accept(&encoded(block, &payload), &anchor, &mut out).unwrap();
            }
            Some(BlockKind::Group | BlockKind::Data) => assembler.accept(&block.bytes, &anchor, &mut out).unwrap(),
            Some(BlockKind::End) => {
                let end: End = serde_json::from_slice(block.payload()).unwrap();
                assembler.end(&end, block.time_us, &anchor, &mut out).unwrap();
            }
            _ => {}
        }
    }
    out
}

/// Cut before a group, and gone on otherwise.
pub fn go_on(stored: &Stored, n: usize, forger: Forger) -> Altered {
    let all = blocks(&stored.bytes);
    let starts: Vec<usize> = (0..all.len()).filter(|at| all[*at].known_kind() == Some(BlockKind::Group)).collect();
    let from = *starts.get(n)?;
    let bytes = forged(stored, &all[..from], &all[from..], forger);
    Some((Stored { bytes, ..stored.clone() }, Place::At(all[from].offset)))
}

/// Everything anew, from the header on.
pub fn anew(stored: &Stored, n: usize, forger: Forger) -> Altered {
    if n > 0 {
        return None;
    }
    let all = blocks(&stored.bytes);
    let bytes = forged(stored, &all[..1], &all[1..], forger);
    Some((Stored { bytes, ..stored.clone() }, Place::At(all[0].end())))
}

/// A payload is changed, and the chain in all later checkpoints, whose signatures stay as they are.
pub fn change_data(stored: &Stored, n: usize) -> Altered {
    let (content, rest) = content(stored);
    let data: Vec<usize> = (0..content.len()).filter(|place| content[*place][2] == BlockKind::Data.number()).collect();
    let chosen = data[at(data.len() - 3, n)];
    let place = Place::At(offset(&content, chosen));
    let (mut bytes, mut head) = (Vec::new(), Head::start());
    for (number, block) in content.iter().enumerate() {
        let raw = RawBlock::parse(0, block).unwrap();
        let written = match raw.known_kind() {
            _ if number == chosen => encoded(&raw, &vec![0xcd; raw.payload().len()]),
            Some(BlockKind::Checkpoint) => {
                let mut checkpoint = checkpoint_of(&raw).unwrap();
                checkpoint.chain = head.chain;
                encoded(&raw, &payload(&checkpoint))
            }
            _ => block.clone(),
        };
        head = head.after(&written);
        bytes.extend_from_slice(&written);
    }
    bytes.extend_from_slice(&rest);
    Some((Stored { bytes, ..stored.clone() }, place))
}

/// One structural block's JSON is changed, with right checksums.
pub fn edit(stored: &Stored, n: usize, kind: BlockKind, change: fn(&mut Value)) -> Altered {
    edit_payload(stored, n, kind, |raw| {
        let mut value: Value = serde_json::from_slice(raw.payload()).unwrap();
        change(&mut value);
        serde_json::to_vec(&value).unwrap()
    })
}

/// The same with a checkpoint.
pub fn edit_checkpoint(stored: &Stored, n: usize, change: fn(&mut Checkpoint)) -> Altered {
    edit_payload(stored, n, BlockKind::Checkpoint, |raw| {
        let mut checkpoint = checkpoint_of(raw).unwrap();
        change(&mut checkpoint);
        payload(&checkpoint)
    })
}

/// What stands in a checkpoint's block.
fn payload(checkpoint: &Checkpoint) -> Vec<u8> {
    let Some(signed) = &checkpoint.signed else { return checkpoint.witnessed(0).payload(None) };
    let signer = Some((signed.epoch, signed.next_key.as_ref()));
    [&checkpoint.witnessed(0).payload(signer)[..], &signed.signature.0].concat()
}

fn edit_payload(stored: &Stored, n: usize, kind: BlockKind, change: impl Fn(&RawBlock) -> Vec<u8>) -> Altered {
    let (mut content, rest) = content(stored);
    let of_kind: Vec<usize> = (0..content.len()).filter(|place| content[*place][2] == kind.number()).collect();
    let step = of_kind.len().div_ceil(PLACES);
    let chosen = *of_kind.get(n * step)?;
    let place = Place::At(offset(&content, chosen));
    let raw = RawBlock::parse(0, &content[chosen]).unwrap();
    content[chosen] = encoded(&raw, &change(&raw));
    Some((Stored { bytes: [content.concat(), rest].concat(), ..stored.clone() }, place))
}

pub fn back_date(checkpoint: &mut Checkpoint) {
    checkpoint.anchor.unix_us -= 3_600_000_000;
}

pub fn unsign(checkpoint: &mut Checkpoint) {
    checkpoint.signed = None;
}

pub fn other_next_key(checkpoint: &mut Checkpoint) {
    checkpoint.signed.as_mut().unwrap().next_key = Some(MachineKey::from_seed([67; 32]).public());
}

/// A receipt is for another place, or another moment. The entry that names the server stays.
pub fn edit_receipt(entry: &mut Vec<u8>, offset: u64, time_us: i64) {
    let raw = RawBlock::parse(0, entry).unwrap();
    let mut fields = Fields::new(raw.payload());
    let mut payload = fields.bytes(17).unwrap().to_vec();
    let Ok(place) = fields.number() else { return };
    if raw.payload().len() < 100 {
        return;
    }
    put_number(place + offset, &mut payload);
    payload.extend_from_slice(fields.bytes(32).unwrap());
    put_signed(fields.signed_number().unwrap() + time_us, &mut payload);
    payload.extend_from_slice(fields.rest());
    *entry = encoded(&raw, &payload);
}

pub fn other_epoch_key(signer: &mut Value) {
    signer["epoch_key"] = json!(MachineKey::from_seed([68; 32]).public());
}

pub fn other_user(header: &mut Value) {
    header["session"]["user"] = json!("mallory");
}

pub fn other_end(end: &mut Value) {
    end["reason"] = json!("stopped");
}

pub fn shorter_gap(gap: &mut Value) {
    gap["to_us"] = gap["from_us"].clone();
}

/// A stretch between two checkpoints is replaced by a gap as repairs write it; the index goes, as it would tell.
pub fn declared_hole(stored: &Stored) -> (Stored, Place) {
    let (mut content, _) = content(stored);
    let groups = groups(&content);
    let (from, to) = (groups[2] + 2, groups[2] + 5);
    let place = Place::At(offset(&content, from));
    let first = RawBlock::parse(0, &content[from]).unwrap();
    let gap = json!({ "from_us": first.time_us, "to_us": first.time_us, "reason": "damaged", "text": "a repair" });
    let gap = block(BlockKind::Gap.number(), 0, first.time_us, gap.to_string().as_bytes());
    content.splice(from..to, [gap]);
    (Stored { bytes: content.concat(), ..stored.clone() }, place)
}

/// Another recording's receipts, which are right in themselves.
pub fn other_receipts(stored: &Stored, n: usize) -> Altered {
    let entries = honest(Course::Finished, 97).entries;
    (n == 0).then(|| (Stored { entries, ..stored.clone() }, Place::Anywhere))
}

/// Receipts for what is there, by a server that nobody trusts.
pub fn other_server(stored: &Stored, n: usize) -> Altered {
    let key = ReceiptKey::from_seed([69; 32]);
    let (mut log, mut head, mut entries) = (EvidenceLog::new(), Head::start(), Vec::new());
    for block in blocks(&stored.bytes) {
        head = head.after(&block.bytes);
        let given = log.receipt(&key, recording_of(stored), head, false, STARTED_US).unwrap();
        entries.extend(crate::sample::blocks(&given.bytes).into_iter().map(|block| block.bytes));
    }
    (n == 0).then(|| (Stored { entries, ..stored.clone() }, Place::Entry(1)))
}

/// The block with another payload.
fn encoded(like: &RawBlock, payload: &[u8]) -> Vec<u8> {
    block(like.kind, like.track, like.time_us, payload)
}

fn block(kind: u8, track: u16, time_us: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x4b, 0xd5, kind, 0];
    for mut number in [u64::from(track), time_us, payload.len() as u64] {
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    }
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}
