//! Where the bytes of payloads go: for studying the codec, not for playing.

use crate::bits::{BitReader, Coder, Reader};

/// What coded bits say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Which areas move.
    Moves,
    /// Which cells are coded afresh.
    Cells,
    /// Which tiles are kept, were seen before, or are photographic.
    Reuse,
    /// Runs of one colour, and of pixels that stay.
    Runs,
    /// Pixels that stay, or have a colour that stood in like surroundings before: text, icons, borders.
    Remembered,
    /// Pixels with the colour of a neighbour.
    Neighbours,
    /// Colours that nothing predicts.
    Colours,
    /// Photographic tiles.
    Photographic,
    /// Kind, level, size and lengths.
    Framing,
}

impl Part {
    /// Every part, in the order of [`Ledger::bytes`].
    pub const ALL: [Part; 9] = [
        Part::Moves,
        Part::Cells,
        Part::Reuse,
        Part::Runs,
        Part::Remembered,
        Part::Neighbours,
        Part::Colours,
        Part::Photographic,
        Part::Framing,
    ];
}

/// Bytes of payloads by what they say, from [`crate::Decoder::decode_metered`].
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    bits: [f64; Part::ALL.len()],
}

impl Ledger {
    /// Bytes spent on `part` so far: fractions of bits by their probability, so that they add up to the payloads' sizes
    /// but for the rounding of each payload's end.
    pub fn bytes(&self, part: Part) -> f64 {
        self.bits[part as usize] / 8.0
    }

    pub(crate) fn add_bytes(&mut self, part: Part, bytes: usize) {
        self.bits[part as usize] += bytes as f64 * 8.0;
    }
}

/// Reads bits and notes what each cost.
#[derive(Debug)]
pub(crate) struct MeteredReader<'a, 'l> {
    inner: BitReader<'a>,
    part: Part,
    ledger: &'l mut Ledger,
}

impl<'a, 'l> MeteredReader<'a, 'l> {
    pub(crate) fn new(bytes: &'a [u8], ledger: &'l mut Ledger) -> MeteredReader<'a, 'l> {
        MeteredReader { inner: BitReader::new(bytes), part: Part::Framing, ledger }
    }
}

impl Coder for MeteredReader<'_, '_> {
    const ENCODES: bool = false;

    fn bit_with(&mut self, probability: u32, bit: bool) -> bool {
        let bit = self.inner.bit_with(probability, bit);
        let likely = f64::from(if bit { probability } else { 65_536 - probability }) / 65_536.0;
        self.ledger.bits[self.part as usize] -= likely.log2();
        bit
    }

    fn part(&mut self, part: Part) {
        self.part = part;
    }
}

impl Reader for MeteredReader<'_, '_> {
    fn ended_well(&self) -> bool {
        self.inner.ended_well()
    }
}
