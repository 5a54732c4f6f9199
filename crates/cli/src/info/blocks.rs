//! `kinescope info --blocks`: what a file's bytes are spent on, by kind of block.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use recording::{BlockKind, BlockScanner, RawBlock, Scanned, TrackKind, group_of};
use serde::Serialize;
use serde_json::json;

use crate::recording_file;

/// Blocks of one kind.
#[derive(Default, Serialize)]
struct Share {
    count: u64,
    /// Checksums and all.
    bytes: u64,
}

#[derive(Default)]
struct Census {
    shares: BTreeMap<String, Share>,
    tracks: BTreeMap<u16, TrackKind>,
    unreadable_bytes: u64,
}

/// Counts a recording's blocks, or an evidence file's entries, and prints them, the largest share first.
pub fn print(path: &Path, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let mut file = recording_file::open(path)?;
    let (mut census, mut scanner, mut total) = (Census::default(), BlockScanner::new(), 0u64);
    recording_file::pieces(path, &mut file, |piece| {
        total += piece.len() as u64;
        scanner.push(piece);
        while let Some(found) = scanner.next() {
            match found {
                Scanned::Block(block) => census.count(&block),
                Scanned::Damaged(damaged) => census.unreadable_bytes += damaged.len,
            }
        }
        Ok(())
    })?;
    census.unreadable_bytes += scanner.finish().map_or(0, |tail| tail.len);
    if as_json {
        let Census { shares, unreadable_bytes, .. } = census;
        let object = json!({ "bytes": total, "blocks": shares, "unreadable_bytes": unreadable_bytes });
        serde_json::to_writer_pretty(&mut *out, &object)?;
        return Ok(writeln!(out)?);
    }
    census.table(total, out)
}

impl Census {
    fn count(&mut self, block: &RawBlock) {
        if let Some(group) = group_of(block) {
            self.tracks = group.tracks.iter().map(|track| (track.id, track.kind)).collect();
        }
        let share = self.shares.entry(self.name(block)).or_default();
        share.count += 1;
        share.bytes += block.bytes.len() as u64;
    }

    fn name(&self, block: &RawBlock) -> String {
        let track = || match self.tracks.get(&block.track) {
            Some(TrackKind::Screen) => "data of screen".to_owned(),
            Some(TrackKind::Pointer) => "data of pointer".to_owned(),
            Some(TrackKind::Events) => "data of events".to_owned(),
            Some(TrackKind::Thumbnails) => "data of thumbnails".to_owned(),
            Some(TrackKind::Documents) => "data of documents".to_owned(),
            Some(TrackKind::Other(_)) | None => "other data".to_owned(),
        };
        match block.known_kind() {
            Some(BlockKind::Data) => track(),
            Some(kind) => kind.name().to_owned(),
            None => evidence::entry_name(block.kind).map_or_else(|| format!("kind {}", block.kind), str::to_owned),
        }
    }

    fn table(&self, total: u64, out: &mut impl Write) -> anyhow::Result<()> {
        let mut rows: Vec<_> =
            self.shares.iter().map(|(name, share)| (name.as_str(), share.count, share.bytes)).collect();
        rows.push(("unreadable", u64::from(self.unreadable_bytes > 0), self.unreadable_bytes));
        rows.retain(|(_, count, _)| *count > 0);
        rows.sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
        writeln!(out, "{:<20}{:>9}{:>14}{:>11}{:>8}", "kind", "blocks", "bytes", "each", "share")?;
        for (name, count, bytes) in rows {
            let (each, share) = (bytes as f64 / count as f64, 100.0 * bytes as f64 / total.max(1) as f64);
            writeln!(out, "{name:<20}{count:>9}{bytes:>14}{each:>11.1}{share:>7.1}%")?;
        }
        Ok(writeln!(out, "{:<20}{:>9}{total:>14}", "all", self.shares.values().map(|share| share.count).sum::<u64>())?)
    }
}
