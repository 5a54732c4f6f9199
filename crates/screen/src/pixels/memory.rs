//! Which colours stood in given surroundings before.

/// What is remembered of one kind of surroundings: two colours and how sure the first is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recall {
    place: usize,
    check: u8,
    /// The likeliest colour, or [`NO_COLOUR`].
    pub(super) first: u32,
    /// The next, or [`NO_COLOUR`].
    pub(super) second: u32,
    /// How often the first was right lately, 0 to 15.
    pub(super) trust: usize,
}

impl Recall {
    /// Whether these surroundings were met before.
    pub(super) fn known(&self) -> bool {
        self.first != NO_COLOUR
    }
}

/// No pixel is like this: colours have 24 bits.
pub(super) const NO_COLOUR: u32 = u32::MAX;

/// Two colours with 8 bits each above them: the trust (plus one; zero for an empty place) above the first, a check of
/// the hash above the second.
type Place = [u32; 2];

/// A table of surroundings, addressed by hash. Others with the same hash and check are taken for the same.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    places: Vec<Place>,
    shift: u32,
}

const COLOUR: u32 = 0x00FF_FFFF;
/// Marks the second colour as unknown while the first is known: equal to it.
const MAX_TRUST: u32 = 15;

impl Memory {
    /// An empty table of 2^`bits` places.
    pub(super) fn new(bits: u32) -> Memory {
        Memory { places: vec![[0; 2]; 1 << bits], shift: 32 - bits }
    }

    /// What stood in the surroundings with this hash.
    #[inline]
    pub(super) fn recall(&self, hash: u32) -> Recall {
        let place = (hash >> self.shift) as usize;
        let check = (hash >> 7) as u8;
        let [first, second] = self.places[place];
        if first >> 24 == 0 || (second >> 24) as u8 != check {
            return Recall { place, check, first: NO_COLOUR, second: NO_COLOUR, trust: 0 };
        }
        let (a, b) = (first & COLOUR, second & COLOUR);
        Recall { place, check, first: a, second: if a == b { NO_COLOUR } else { b }, trust: (first >> 24) as usize - 1 }
    }

    /// Notes that the first colour stood there again: the same as [`Memory::learn`], for less.
    #[inline]
    pub(super) fn confirm(&mut self, recall: Recall) {
        if recall.trust < MAX_TRUST as usize {
            self.places[recall.place][0] += 1 << 24;
        }
    }

    /// Notes the colour that stood there this time.
    #[inline]
    pub(super) fn learn(&mut self, recall: Recall, colour: u32) {
        let trust = recall.trust as u32;
        let (first, second, trust) = match recall.first {
            NO_COLOUR => (colour, colour, 0),
            first if first == colour => {
                (first, if recall.second == NO_COLOUR { first } else { recall.second }, (trust + 1).min(MAX_TRUST))
            }
            first if trust < 2 => (colour, first, 0),
            first => (first, colour, trust / 2),
        };
        self.places[recall.place] = [first | (trust + 1) << 24, second | u32::from(recall.check) << 24];
    }
}
