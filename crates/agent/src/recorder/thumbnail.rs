//! Thumbnails: the picture made small, now and then, so that a whole recording can be looked over at a glance.
//!
//! They come from the same frame that is encoded, so what is hidden there is hidden here. They are an aid: a picture
//! of which none can be made is recorded all the same.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use screen::Frame;

/// The largest a thumbnail gets, in pixels.
const SIZE: (u32, u32) = (192, 108);

/// Good enough to know a window again; about 2 KB a desktop.
const QUALITY: u8 = 40;

/// Tried where a picture is so full of detail that the first comes out larger than [`ENOUGH_BYTES`].
const POOR_QUALITY: u8 = 15;

/// Larger thumbnails are made poorer: all of a recording's together have to be one small read.
const ENOUGH_BYTES: usize = 6_000;

/// The time between two thumbnails, in microseconds.
const INTERVAL_US: u64 = 20_000_000;

/// In a recorder's first minute there are more, so that a short recording has some at all.
const FIRST_INTERVAL_US: u64 = 5_000_000;

/// How long that is.
const FIRST_US: u64 = 60_000_000;

/// A pixel of a thumbnail that differs by more than this, in red, green or blue, is another one.
const PIXEL_DIFFERS: u8 = 24;

/// With no more other pixels than this, two thumbnails look the same: a clock that ticks, a cursor that blinks. Without this
/// a desktop at rest with a clock on it would cost more in thumbnails than in pictures.
const SAME_PIXELS: usize = 48;

/// Makes thumbnails of one display. Times are those of the recording, in microseconds.
#[derive(Debug, Default)]
pub struct ThumbnailMaker {
    began_us: Option<u64>,
    made_us: Option<u64>,
    /// When the picture last changed, if nobody has looked since whether that needs a thumbnail.
    changed_us: Option<u64>,
    /// The newest thumbnail's pixels, three bytes each, and its size.
    newest: (Vec<u8>, (u32, u32)),
}

impl ThumbnailMaker {
    /// The picture has changed.
    pub fn changed(&mut self, time_us: u64) {
        self.began_us.get_or_insert(time_us);
        self.changed_us = Some(time_us);
    }

    /// From when on a thumbnail of the picture should be made; `None` if there is one already.
    pub fn due_us(&self) -> Option<u64> {
        let changed_us = self.changed_us?;
        let (Some(began_us), Some(made_us)) = (self.began_us, self.made_us) else { return Some(changed_us) };
        let interval_us = if made_us < began_us + FIRST_US { FIRST_INTERVAL_US } else { INTERVAL_US };
        Some(made_us + interval_us)
    }

    /// A thumbnail of the picture, as of its last change; `None` if there is one that looks the same, or none can be made.
    /// Either way the next one is due only after the next change.
    pub fn make(&mut self, frame: Option<&Frame>) -> Option<(u64, Vec<u8>)> {
        let time_us = self.changed_us.take()?;
        self.made_us = Some(time_us);
        let frame = frame?;
        let size = fitted(frame.width(), frame.height());
        let rgb = smaller(frame, size);
        if size == self.newest.1 && look_the_same(&rgb, &self.newest.0) {
            return None;
        }
        self.newest = (rgb, size);
        match jpeg(&self.newest.0, size) {
            Ok(jpeg) => Some((time_us, jpeg)),
            Err(error) => {
                tracing::warn!(%error, "no thumbnail could be made");
                None
            }
        }
    }
}

fn look_the_same(one: &[u8], other: &[u8]) -> bool {
    let pairs = one.as_chunks::<3>().0.iter().zip(other.as_chunks::<3>().0);
    let differ = |(a, b): &(&[u8; 3], &[u8; 3])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > PIXEL_DIFFERS);
    pairs.filter(differ).count() <= SAME_PIXELS
}

fn jpeg(rgb: &[u8], size: (u32, u32)) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    let encoded = encoded(rgb, size, QUALITY)?;
    if encoded.len() <= ENOUGH_BYTES { Ok(encoded) } else { self::encoded(rgb, size, POOR_QUALITY) }
}

fn encoded(rgb: &[u8], (width, height): (u32, u32), quality: u8) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_optimized_huffman_tables(true);
    // Both are at most as large as `SIZE`.
    encoder.encode(rgb, width as u16, height as u16, ColorType::Rgb)?;
    Ok(jpeg)
}

/// The largest size of the same shape that is not larger than [`SIZE`] or the picture itself; at least one pixel.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let (wide, high) = (u64::from(width), u64::from(height));
    let (most_wide, most_high) = (u64::from(SIZE.0), u64::from(SIZE.1));
    if width <= SIZE.0 && height <= SIZE.1 {
        (width, height)
    } else if wide * most_high >= high * most_wide {
        (SIZE.0, u32::try_from(high * most_wide / wide).unwrap_or(1).max(1))
    } else {
        (u32::try_from(wide * most_high / high).unwrap_or(1).max(1), SIZE.1)
    }
}

/// Every pixel is the mean of those that it stands for: text becomes grey, not a pattern of what happened to be hit.
fn smaller(frame: &Frame, (width, height): (u32, u32)) -> Vec<u8> {
    let edge = |at: u32, of: u32, from: u32| (u64::from(at) * u64::from(from) / u64::from(of)) as usize;
    let columns: Vec<usize> = (0..=width).map(|x| edge(x, width, frame.width())).collect();
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        let rows = edge(y, height, frame.height())..edge(y + 1, height, frame.height());
        let mut sums = vec![[0_u32; 3]; width as usize];
        for row in rows.clone() {
            let pixels = frame.row(row as u32);
            for (sum, column) in sums.iter_mut().zip(columns.windows(2)) {
                for pixel in &pixels[column[0]..column[1]] {
                    let [blue, green, red, _] = pixel.to_le_bytes();
                    *sum = [sum[0] + u32::from(red), sum[1] + u32::from(green), sum[2] + u32::from(blue)];
                }
            }
        }
        for (sum, column) in sums.iter().zip(columns.windows(2)) {
            let count = ((column[1] - column[0]) * rows.len()).max(1) as u32;
            rgb.extend(sum.iter().map(|sum| (sum / count) as u8));
        }
    }
    rgb
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_kept_and_nothing_is_made_larger() {
        for (given, expected) in [
            ((1920, 1080), (192, 108)),
            ((3840, 1080), (192, 54)),
            ((1080, 1920), (60, 108)),
            ((100, 50), (100, 50)),
            ((16_384, 1), (192, 1)),
            ((1, 16_384), (1, 108)),
        ] {
            assert_eq!(fitted(given.0, given.1), expected, "{given:?}");
        }
    }

    #[test]
    fn a_pixel_is_the_mean_of_what_it_stands_for() {
        let pixels = (0..384 * 216).map(|at| if (at % 384) % 2 == 0 { 0x00ff_0000 } else { 0x0000_00ff }).collect();
        let frame = Frame::from_pixels(384, 216, pixels).unwrap();
        assert!(smaller(&frame, (192, 108)).chunks(3).all(|pixel| pixel == [127, 0, 127]));
    }

    #[test]
    fn noise_of_any_shape_stays_small() {
        let mut state = 1_u32;
        for (width, height) in [(1920, 1080), (1, 1), (16_384, 3), (7, 5_000)] {
            let pixels = (0..width * height)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    state >> 8
                })
                .collect();
            let mut maker = ThumbnailMaker::default();
            maker.changed(0);
            let (_, jpeg) = maker.make(Some(&Frame::from_pixels(width, height, pixels).unwrap())).unwrap();
            assert!(jpeg.len() < 10_000, "{} bytes for {width}×{height}", jpeg.len());
            assert_eq!(jpeg[..2], [0xff, 0xd8]);
        }
    }

    #[test]
    fn thumbnails_keep_their_distance_and_the_last_change_gets_one() {
        let grey = |level: u32| Frame::from_pixels(64, 64, vec![level * 0x01_0101; 64 * 64]).unwrap();
        let mut maker = ThumbnailMaker::default();
        assert_eq!((maker.due_us(), maker.make(Some(&grey(0)))), (None, None));
        let mut made = Vec::new();
        // Something changes every second for three minutes.
        for second in 0..180_u64 {
            let now_us = second * 1_000_000;
            maker.changed(now_us);
            if maker.due_us().is_some_and(|due| due <= now_us) {
                // Each looks different from the one before.
                let level = if made.len() % 2 == 0 { 50 } else { 200 };
                made.push(maker.make(Some(&grey(level))).unwrap().0 / 1_000_000);
            }
        }
        assert_eq!(made, [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 80, 100, 120, 140, 160]);
        // Then it rests: what it shows gets a thumbnail that says since when.
        assert_eq!(maker.due_us(), Some(180_000_000));
        assert_eq!(maker.make(Some(&grey(120))).unwrap().0, 179_000_000);
        assert_eq!(maker.due_us(), None);
    }

    #[test]
    fn what_looks_the_same_gets_no_thumbnail() {
        let mut maker = ThumbnailMaker::default();
        let mut frame = Frame::new(1920, 1080).unwrap();
        let mut made = Vec::new();
        // A clock in a corner ticks; after an hour a window opens.
        for second in 0..3_630_u64 {
            let digits = (second as u32).wrapping_mul(2_654_435_761);
            for y in 10..40 {
                frame.row_mut(y)[1800..1900]
                    .iter_mut()
                    .zip(0..)
                    .for_each(|(pixel, x)| *pixel = 0x00ff_ffff * (digits >> (x / 10) & 1));
            }
            if second == 3_600 {
                (200..700).for_each(|y| frame.row_mut(y)[300..1000].fill(0x00ff_ffff));
            }
            maker.changed(second * 1_000_000);
            if maker.due_us().is_some_and(|due| due <= second * 1_000_000) && maker.make(Some(&frame)).is_some() {
                made.push(second);
            }
        }
        assert_eq!(made, [0, 3_600]);
    }
}
