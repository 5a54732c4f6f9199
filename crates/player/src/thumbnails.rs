//! Thumbnails: what the `thumbnails` door answered, by time.

use recording::{BlockKind, BlockScanner, FLAG_SEALED, Group, Scanned, TrackKind};

use crate::keys::Keys;

/// Small pictures of a recording, for showing beside the seek bar.
#[derive(Debug, Default)]
pub struct Thumbnails {
    /// JPEGs with their times in microseconds, in order.
    kept: Vec<(u64, Vec<u8>)>,
}

impl Thumbnails {
    /// Reads the door's answer: group blocks, each before thumbnails that stand under it. What is no thumbnail, is too
    /// large, or would be a large picture is passed over: nothing rests on thumbnails.
    /// Sealed ones are opened with `keys`; without one they are passed over as well.
    pub fn from_answer(answer: &[u8], keys: &Keys) -> Self {
        let mut opener = keys.opener();
        let mut thumbnails = Self::default();
        let mut scanner = BlockScanner::new();
        scanner.push(&answer[..answer.len().min(recording::MAX_THUMBNAILS_BYTES)]);
        let mut tracks: Vec<u16> = Vec::new();
        while let Some(found) = scanner.next() {
            let Scanned::Block(block) = found else { continue };
            match block.known_kind() {
                Some(BlockKind::Group) => {
                    let group = serde_json::from_slice::<Group>(block.payload());
                    let group = group.unwrap_or_default();
                    opener.begin_group(keys.recording, &group);
                    let declared = group.tracks;
                    let ours = declared.iter().filter(|track| track.kind == TrackKind::Thumbnails);
                    tracks = ours.map(|track| track.id).collect();
                }
                Some(BlockKind::Data) if tracks.contains(&block.track) => {
                    let sealed = block.flags & FLAG_SEALED != 0;
                    let opened = opener.open(block.track, block.time_us, sealed, block.payload().to_vec());
                    if let Ok(jpeg) = opened {
                        thumbnails.take(block.time_us, jpeg);
                    }
                }
                _ => {}
            }
        }
        thumbnails
    }

    fn take(&mut self, time_us: u64, jpeg: Vec<u8>) {
        let in_order = self.kept.last().is_none_or(|(before_us, _)| *before_us < time_us);
        if in_order && is_small_jpeg(&jpeg) {
            self.kept.push((time_us, jpeg));
        }
    }

    /// The thumbnail to show for a moment, with its time: the newest that is not later, or the first.
    pub fn at(&self, time_us: u64) -> Option<(u64, &[u8])> {
        let after = self.kept.partition_point(|(kept_us, _)| *kept_us <= time_us);
        self.kept.get(after.saturating_sub(1)).map(|(kept_us, jpeg)| (*kept_us, &jpeg[..]))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

/// Whether this begins like a JPEG whose size, as it states it, is a thumbnail's. A few bytes may state a picture that
/// takes gigabytes to decode.
fn is_small_jpeg(jpeg: &[u8]) -> bool {
    let Some(mut rest) = jpeg.strip_prefix(&[0xff, 0xd8]) else { return false };
    if jpeg.len() > recording::MAX_THUMBNAIL_BYTES {
        return false;
    }
    while let [0xff, marker, high, low, segment @ ..] = rest {
        // Every frame header (ITU-T T.81, table B.1) states the size in the same place.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let [_, y1, y0, x1, x0, ..] = segment else { return false };
            let within = |high: u8, low: u8| {
                (1..=recording::MAX_THUMBNAIL_SIDE).contains(&u32::from_be_bytes([0, 0, high, low]))
            };
            return within(*y1, *y0) && within(*x1, *x0);
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(next) = length.checked_sub(2).and_then(|length| segment.get(length..)) else { return false };
        rest = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_small_jpeg;

    /// The beginning of a JPEG: a comment, then a frame header with a size.
    fn jpeg(marker: u8, width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xfe, 0, 4, b'h', b'i', 0xff, marker, 0, 17, 8];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend([3; 12]);
        bytes
    }

    #[test]
    fn only_small_pictures_are_handed_to_a_decoder() {
        for (bytes, expected) in [
            (jpeg(0xc0, 192, 108), true),
            (jpeg(0xc2, 256, 256), true),
            (jpeg(0xc0, 257, 10), false),
            (jpeg(0xc0, 10, 0), false),
            (jpeg(0xc1, 65_535, 65_535), false),
            (jpeg(0xc4, 192, 108), false),
            (b"\x89PNG\r\n".to_vec(), false),
            (vec![0xff, 0xd8], false),
            (vec![0xff, 0xd8, 0xff, 0xe0, 0, 0], false),
            (Vec::new(), false),
        ] {
            assert_eq!(is_small_jpeg(&bytes), expected, "{bytes:02x?}");
        }
        assert!(!is_small_jpeg(&jpeg(0xc0, 192, 108)[..15]));
    }
}
