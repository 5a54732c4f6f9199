//! Opening a recording that is already there: find its head, put away what a crash left behind.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use recording::{BlockScanner, Chain, Head, RawBlock, Scanned};

use crate::error::StorageError;
use crate::grown::{Grown, Loss, Opened, Place, write_manifest};
use crate::manifest::{Line, MAX_MANIFEST_BYTES, Manifest, SegmentEnd, Sender};
use crate::medium::{Medium, StoredFile};
use crate::survey::sender_of;

/// Read at once while scanning.
const CHUNK_BYTES: usize = 1 << 18;

/// Opens a recording. What was wrong with it comes with it; the file is put right and synced before this returns.
pub(crate) fn open(medium: &dyn Medium, place: Place) -> Result<(Grown, Option<Loss>), StorageError> {
    let path = place.recording.clone();
    let failed = |doing, source| StorageError::io(doing, &path, source);
    let file = medium.open(&path).map_err(|source| failed("open", source))?;
    let length = file.len().map_err(|source| failed("look at", source))?;
    let mut manifest = read_manifest(&place)?;
    let vouched = manifest.segments.last().map_or(0, |(head, ..)| head.offset);
    manifest.segments.retain(|(head, ..)| head.offset <= length);
    let last = manifest.segments.last().copied();
    let (from, mut sender) = match last {
        Some((head, sender, _)) => (head, sender.or(manifest.begun_by)),
        None => (Head::start(), manifest.begun_by),
    };
    let closed = last.is_some_and(|(head, _, why)| why == SegmentEnd::Closed && head.offset == length);
    let mut loss =
        Loss { recording: place.id, torn_bytes: 0, missing_bytes: vouched.saturating_sub(length), set_aside: None };
    let mut head = from;
    if !closed {
        let tail = scan_tail(file.as_ref(), &place, from)?;
        head = tail.head;
        sender = tail.sender.or(sender);
        loss.torn_bytes = length.saturating_sub(head.offset);
        if tail.blocks_behind_damage {
            loss.set_aside = Some(set_aside(file.as_ref(), &place, head.offset, length)?);
        }
        if loss.torn_bytes > 0 {
            file.set_len(head.offset).map_err(|source| failed("cut off the torn end of", source))?;
        }
        // After a crash of the program alone the tail is only in memory: from here on it counts as durable.
        file.sync().map_err(|source| failed("sync", source))?;
        for folder in &place.folders {
            medium.sync_folder(folder).map_err(|source| StorageError::io("sync", folder, source))?;
        }
    }
    // Lines that vouch for bytes the disk has lost are cut off with the next line that is written.
    let manifest_bytes = if loss.missing_bytes > 0 { 0 } else { manifest.sound_bytes };
    let opened = Opened { file, head, manifest_bytes, segment_start: from.offset, sender, closed };
    let mut grown = Grown::opened(place, opened);
    if manifest_bytes == 0 {
        grown.begin_manifest(sender.unwrap_or(Sender { incarnation: 0, number: 0 }));
    }
    let harmless = loss.torn_bytes == 0 && loss.missing_bytes == 0;
    Ok((grown, (!harmless).then_some(loss)))
}

fn read_manifest(place: &Place) -> Result<Manifest, StorageError> {
    let failed = |source| StorageError::io("read", &place.manifest, source);
    match fs::metadata(&place.manifest) {
        Ok(metadata) if metadata.len() <= MAX_MANIFEST_BYTES => {}
        Ok(_) => return Ok(Manifest::default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Manifest::default()),
        Err(error) => return Err(failed(error)),
    }
    let bytes = fs::read(&place.manifest).map_err(failed)?;
    Ok(Manifest::parse(place.id, &bytes))
}

/// What stands after the last segment.
struct Tail {
    /// The end of the last block before the first damage.
    head: Head,
    sender: Option<Sender>,
    /// Whole blocks follow the damage: more than a write that was cut off.
    blocks_behind_damage: bool,
}

fn scan_tail(file: &dyn StoredFile, place: &Place, from: Head) -> Result<Tail, StorageError> {
    let mut scanner = BlockScanner::at(from.offset);
    let mut chain = Chain::resume(from.chain);
    let mut tail = Tail { head: from, sender: None, blocks_behind_damage: false };
    let mut damaged = false;
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut offset = from.offset;
    loop {
        let read =
            file.read_at(&mut buffer, offset).map_err(|source| StorageError::io("read", &place.recording, source))?;
        if read == 0 {
            return Ok(tail);
        }
        offset += read as u64;
        scanner.push(&buffer[..read]);
        while let Some(scanned) = scanner.next() {
            match scanned {
                Scanned::Block(block) if !damaged => take(&mut tail, &mut chain, &block),
                Scanned::Block(_) => tail.blocks_behind_damage = true,
                Scanned::Damaged(_) => damaged = true,
            }
        }
    }
}

fn take(tail: &mut Tail, chain: &mut Chain, block: &RawBlock) {
    chain.append(&block.bytes);
    tail.head = Head { offset: block.end(), chain: chain.value() };
    if block.known_kind() == Some(recording::BlockKind::Incarnation) {
        tail.sender = sender_of(block).or(tail.sender);
    }
}

/// Copies what will be cut off beside the recording: a person may still want it.
fn set_aside(file: &dyn StoredFile, place: &Place, from: u64, length: u64) -> Result<PathBuf, StorageError> {
    let path = place.recording.with_extension(format!("set-aside-{from}"));
    let failed = |source| StorageError::io("set aside the damaged end as", &path, source);
    let copy = fs::File::create(&path).map_err(failed)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut offset = from;
    while offset < length {
        let read = file.read_at(&mut buffer, offset).map_err(failed)?;
        if read == 0 {
            break;
        }
        std::os::unix::fs::FileExt::write_all_at(&copy, &buffer[..read], offset - from).map_err(failed)?;
        offset += read as u64;
    }
    copy.sync_all().map_err(failed)?;
    Ok(path)
}

/// Makes the files of a new recording, and the day's folder where it is missing. The manifest is written at once: so a
/// folder without space shows itself here, where another can still be taken.
pub(crate) fn create(medium: &dyn Medium, place: Place, sender: Sender) -> Result<Grown, StorageError> {
    if let Some(day) = place.folders.first() {
        fs::create_dir_all(day).map_err(|source| StorageError::io("make the folder", day, source))?;
    }
    let file: Arc<dyn StoredFile> = medium.create(&place.recording).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => StorageError::Exists(place.id),
        _ => StorageError::io("make", &place.recording, source),
    })?;
    let begin = Line::Begin { recording: place.id, sender };
    match write_manifest(medium, &place.manifest, 0, &[begin]) {
        Ok(manifest_bytes) => Ok(Grown::created(place, file, sender, manifest_bytes)),
        Err(error) => {
            for path in [&place.recording, &place.manifest] {
                // What stays behind is an empty recording: a nuisance, and no loss.
                let _ = fs::remove_file(path);
            }
            Err(error)
        }
    }
}
