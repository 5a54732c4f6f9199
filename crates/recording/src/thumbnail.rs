//! Thumbnails: small pictures of the screen by which people find a place, a list of them that any recording can afford,
//! and the answer of the `thumbnails` door.

use serde::{Deserialize, Serialize};

use crate::block::{BlockKind, FLAG_CONTINUES, FLAG_MORE, RawBlock};
use crate::limits::{MAX_INDEX_THUMBNAILS, MAX_THUMBNAIL_BYTES, MAX_THUMBNAILS_BYTES};

/// Where a thumbnail stands. Its block and its group's block are all that is needed to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// When the screen looked so, microseconds.
    pub time_us: u64,
    /// Where its data block starts.
    pub offset: u64,
    /// Bytes of that block.
    pub bytes: u64,
    /// Where its group's block starts.
    pub group_offset: u64,
    /// Bytes of that block.
    pub group_bytes: u64,
}

/// Whether a block, known to be of a thumbnails track, can be a thumbnail: whole and not too large.
pub(crate) fn is_listed(block: &RawBlock) -> bool {
    block.known_kind() == Some(BlockKind::Data)
        && block.flags & (FLAG_MORE | FLAG_CONTINUES) == 0
        && block.payload().len() <= MAX_THUMBNAIL_BYTES
}

/// Of `seen` thumbnails in an index every how many-th is kept: the least power of two that leaves no more than
/// [`MAX_INDEX_THUMBNAILS`].
fn stride(seen: u64) -> u64 {
    seen.div_ceil(MAX_INDEX_THUMBNAILS as u64).max(1).next_power_of_two()
}

/// Adds the `seen`-th thumbnail (counted from 0) to a list that holds those before it, and thins the list.
pub(crate) fn list(thumbnails: &mut Vec<Thumbnail>, seen: u64, thumbnail: Thumbnail) {
    let (before, now) = (stride(seen), stride(seen + 1));
    if now > before {
        let mut number = 0;
        thumbnails.retain(|_| {
            number += before;
            (number - before).is_multiple_of(now)
        });
    }
    if seen.is_multiple_of(now) {
        thumbnails.push(thumbnail);
    }
}

/// The stretches of a recording that the `thumbnails` door answers one after the other, as offset and length: group
/// blocks, each before its thumbnails. At most [`MAX_THUMBNAILS_BYTES`] in all, by leaving out every other thumbnail as
/// often as needed; an index may come from anybody.
pub fn thumbnail_stretches(thumbnails: &[Thumbnail]) -> Vec<(u64, usize)> {
    let mut stride = 1;
    loop {
        if let Some(stretches) = stretches(thumbnails.iter().step_by(stride)) {
            return stretches;
        }
        stride *= 2;
    }
}

/// `None` if they are too many bytes; one block of each kind is never too much.
fn stretches<'a>(thumbnails: impl Iterator<Item = &'a Thumbnail>) -> Option<Vec<(u64, usize)>> {
    let (mut stretches, mut group, mut bytes) = (Vec::new(), None, 0);
    for thumbnail in thumbnails {
        let sizes = (usize::try_from(thumbnail.group_bytes), usize::try_from(thumbnail.bytes));
        let (Ok(of_group), Ok(of_thumbnail)) = sizes else { continue };
        if of_group > crate::MAX_BLOCK_BYTES || of_thumbnail > crate::MAX_BLOCK_BYTES {
            continue;
        }
        if group != Some(thumbnail.group_offset) {
            group = Some(thumbnail.group_offset);
            stretches.push((thumbnail.group_offset, of_group));
            bytes += of_group;
        }
        stretches.push((thumbnail.offset, of_thumbnail));
        bytes += of_thumbnail;
        if bytes > MAX_THUMBNAILS_BYTES {
            return None;
        }
    }
    Some(stretches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thumbnail(number: u64, bytes: u64) -> Thumbnail {
        let group = number / 3;
        Thumbnail {
            time_us: number,
            offset: number * 5_000 + 400,
            bytes,
            group_offset: group * 15_000,
            group_bytes: 300,
        }
    }

    #[test]
    fn a_list_keeps_every_nth_of_all_and_never_more_than_its_bound() {
        let mut kept = Vec::new();
        for seen in 0..5_000 {
            list(&mut kept, seen, thumbnail(seen, 2_000));
            assert!(kept.len() <= MAX_INDEX_THUMBNAILS);
            assert!(kept.len() > MAX_INDEX_THUMBNAILS / 2 || seen < 128 || kept.len() as u64 == seen + 1, "{seen}");
            let stride = kept.get(1).map_or(1, |second| second.time_us);
            assert!(kept.iter().enumerate().all(|(at, kept)| kept.time_us == at as u64 * stride), "{seen}");
            assert!(seen - kept.last().map_or(0, |last| last.time_us) < stride, "the newest is not far behind");
        }
    }

    #[test]
    fn the_answer_names_each_group_once_and_keeps_its_bound() {
        let few: Vec<_> = (0..7).map(|number| thumbnail(number, 2_000)).collect();
        let stretches = thumbnail_stretches(&few);
        let groups: Vec<u64> = stretches.iter().filter(|(_, len)| *len == 300).map(|(offset, _)| *offset).collect();
        assert_eq!((stretches.len(), groups), (10, vec![0, 15_000, 30_000]));
        for bytes in [0, 2_000, 20_000, 65_536, 65_537, u64::MAX] {
            let many: Vec<_> = (0..256).map(|number| thumbnail(number, bytes)).collect();
            let stretches = thumbnail_stretches(&many);
            assert!(stretches.iter().map(|(_, len)| len).sum::<usize>() <= MAX_THUMBNAILS_BYTES, "{bytes}");
            assert_eq!(stretches.is_empty(), bytes > 65_536);
        }
    }
}
