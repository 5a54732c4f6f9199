//! The format of dconf's files (GVDB): a table of keys, each a piece of a path behind its parent's, with a value that says what it is.

use std::collections::BTreeMap;

use crate::bounded;

/// What such a file begins with, as little-endian machines write it.
const SIGNATURE: &[u8] = b"GVariant";
/// Where it says where its table is.
const ROOT_AT: usize = 16;
/// Bytes of an item of the table.
const ITEM_BYTES: usize = 24;
/// The parent of an item that has none.
const NO_PARENT: u32 = u32::MAX;
/// An item that has a value.
const VALUE: u8 = b'v';
/// Pieces of a path: none is deeper.
const MAX_DEPTH: usize = 32;
/// Settings of one file.
const MAX_SETTINGS: usize = 32 << 10;
/// Bytes of all paths and values together. More are not kept: pieces can be named as often as somebody likes.
const MAX_KEPT_BYTES: usize = 8 << 20;
/// Bytes of one value that are kept. Of longer ones it is known that they change where they do so before that.
const MAX_VALUE_BYTES: usize = 4 << 10;
/// Bytes of a path: longer ones are passed over.
const MAX_PATH_BYTES: usize = 1 << 10;
/// Bytes of a value that are told.
const MAX_TEXT_BYTES: usize = 256;

/// The settings in a file, by path, each as the file has it. `None`: it is no such file.
pub fn settings(file: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    if !file.starts_with(SIGNATURE) {
        return None;
    }
    let table = range(file, file, ROOT_AT)?;
    // The upper bits of the first number say something else.
    let bloom_words = usize::try_from(number(table, 0)? & 0x07ff_ffff).ok()?;
    let buckets = usize::try_from(number(table, 4)?).ok()?;
    let skipped = bloom_words.checked_add(buckets)?.checked_mul(4)?.checked_add(8)?;
    let items: Vec<&[u8]> = table.get(skipped..)?.chunks_exact(ITEM_BYTES).take(MAX_SETTINGS).collect();
    let (mut settings, mut kept) = (BTreeMap::new(), 0);
    for (at, item) in items.iter().enumerate() {
        if item.get(14) != Some(&VALUE) {
            continue;
        }
        let (Some(path), Some(value)) = (path(file, &items, at), range(file, item, 16)) else { continue };
        kept += path.len() + value.len().min(MAX_VALUE_BYTES);
        if kept > MAX_KEPT_BYTES {
            return None;
        }
        settings.insert(path, value.get(..MAX_VALUE_BYTES).unwrap_or(value).to_vec());
    }
    Some(settings)
}

/// The path of an item: its own piece behind those of its parents.
fn path(file: &[u8], items: &[&[u8]], at: usize) -> Option<String> {
    let (mut pieces, mut next, mut bytes) = (Vec::new(), Some(at), 0);
    while let Some(item) = next {
        if pieces.len() == MAX_DEPTH || bytes > MAX_PATH_BYTES {
            return None;
        }
        let item = items.get(item)?;
        let start = usize::try_from(number(item, 8)?).ok()?;
        let length = usize::from(u16::from_le_bytes([*item.get(12)?, *item.get(13)?]));
        bytes += length;
        pieces.push(String::from_utf8_lossy(file.get(start..start.checked_add(length)?)?));
        let parent = number(item, 4)?;
        next = if parent == NO_PARENT { None } else { Some(usize::try_from(parent).ok()?) };
    }
    pieces.reverse();
    Some(pieces.concat()).filter(|path| path.len() <= MAX_PATH_BYTES)
}

/// What a value says, where it can be said in a word.
pub fn text(value: &[u8]) -> Option<String> {
    // Its type stands behind it.
    let end = value.iter().rposition(|byte| *byte == 0)?;
    let (value, kind) = (value.get(..end)?, value.get(end + 1..)?);
    let mut text = match kind {
        b"b" => (value.first()? != &0).to_string(),
        b"y" => value.first()?.to_string(),
        b"n" => i16::from_le_bytes(value.try_into().ok()?).to_string(),
        b"q" => u16::from_le_bytes(value.try_into().ok()?).to_string(),
        b"i" => i32::from_le_bytes(value.try_into().ok()?).to_string(),
        b"u" => u32::from_le_bytes(value.try_into().ok()?).to_string(),
        b"x" => i64::from_le_bytes(value.try_into().ok()?).to_string(),
        b"t" => u64::from_le_bytes(value.try_into().ok()?).to_string(),
        b"d" => f64::from_le_bytes(value.try_into().ok()?).to_string(),
        b"s" => word(value)?,
        b"as" => words(value)?.join(", "),
        _ => return None,
    };
    bounded::cut(&mut text, MAX_TEXT_BYTES);
    Some(text)
}

fn word(value: &[u8]) -> Option<String> {
    Some(String::from_utf8_lossy(value.strip_suffix(b"\0")?).into_owned())
}

/// Those of a list: behind them stands where each ends, the last of these where they begin. How long such a number is, the whole says.
fn words(value: &[u8]) -> Option<Vec<String>> {
    if value.is_empty() {
        return Some(Vec::new());
    }
    let width = if value.len() <= usize::from(u8::MAX) { 1 } else { 2 };
    let end = |at: usize| {
        let bytes = value.get(at..at + width)?;
        Some(bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let ends_at = end(value.len().checked_sub(width)?)?;
    let (mut words, mut start) = (Vec::new(), 0);
    for at in (ends_at..value.len()).step_by(width) {
        let end = end(at)?;
        words.push(word(value.get(start..end)?)?);
        start = end;
    }
    Some(words)
}

/// What two numbers in some bytes say where begins and ends.
fn range<'a>(file: &'a [u8], bytes: &[u8], at: usize) -> Option<&'a [u8]> {
    let (start, end) = (number(bytes, at)?, number(bytes, at + 4)?);
    file.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
