//! What the present position shows, and what is known of the whole recording.

use std::ops::Range;

use recording::{Anchor, Monitor, SealedIndex};
use screen::pointer::PointerState;
use screen::{Frame, Rect};
use sealing::PrivateKey;

use super::{Notice, Player};
use crate::cursor::Cursor;
use crate::document_search::DocumentSearch;
use crate::documents::DocumentError;
use crate::keys::Keys;
use crate::tape::Tape;
use crate::timeline::{Happening, Missing};

impl Player {
    /// The picture. Belongs to the position once [`Player::run`] says [`Progress::Settled`]; `None` where nothing can be
    /// shown (nothing decoded yet, or damaged from its first picture on).
    pub fn picture(&self) -> Option<&Frame> {
        if let Some(tape) = self.taped() {
            return Some(tape.frame());
        }
        let cursor = self.cursor.as_ref()?;
        let former = self.former.as_ref().filter(|_| cursor.broken().is_none() && !cursor.locked());
        cursor.frame().or_else(|| former.and_then(Cursor::frame))
    }

    /// Takes a key. True if it is one of those that the recording was sealed for: then what it opens is shown.
    pub fn add_key(&mut self, key: PrivateKey) -> bool {
        let fingerprint = key.public().fingerprint().to_string();
        self.keys.ring.add(key);
        let opens = self.sealed().is_some_and(|sealed| sealed.recipients.contains(&fingerprint));
        if opens {
            self.start_anew();
        }
        opens
    }

    /// Takes the keys that were given to another player of the same recording.
    pub fn adopt_keys(&mut self, other: &Player) {
        self.keys.ring = other.keys.ring.clone();
        self.start_anew();
    }

    /// The keys given so far.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A search for the documents that events of exactly this moment say were kept; with `text` for that one of them which says so, as
    /// [`Player::happenings`] lists it.
    ///
    /// # Errors
    /// [`DocumentError`] if there is nothing to look at, or too much.
    pub fn find_documents(&self, time_us: u64, text: &str) -> Result<DocumentSearch, DocumentError> {
        let keys = Keys { recording: self.timeline.recording(), ring: self.keys.ring.clone() };
        DocumentSearch::new(&self.timeline, keys, time_us, text)
    }

    /// What is sealed and for whom, if anything is.
    pub fn sealed(&self) -> Option<&SealedIndex> {
        self.timeline.sealed()
    }

    /// Whether a key is there that opens what is sealed.
    pub fn has_key(&self) -> bool {
        self.sealed().is_some_and(|sealed| sealed.recipients.iter().any(|name| self.keys.ring.holds(name)))
    }

    /// Whether the picture at the position is sealed and none of the keys opens it.
    pub fn locked(&self) -> bool {
        self.taped().is_none() && self.cursor.as_ref().is_some_and(Cursor::locked)
    }

    /// The tape, if it holds what is shown. At its end that is the decoder's picture, but what else the decoder has read
    /// since (the pointer) need not belong to it.
    fn taped(&self) -> Option<&Tape> {
        self.tape.as_ref().filter(|_| self.settled)
    }

    /// The pointer that belongs to the picture.
    pub fn pointer(&self) -> Option<&PointerState> {
        match self.taped() {
            Some(tape) => Some(&tape.moment().pointer),
            None => self.cursor.as_ref().map(Cursor::pointer),
        }
    }

    /// Where the monitors lie on the picture; empty where it is one monitor's, or nothing is known. All lie on the picture.
    pub fn monitors(&self) -> Vec<Monitor> {
        let Some((width, height)) = self.picture().map(|frame| (frame.width(), frame.height())) else {
            return Vec::new();
        };
        let monitors = match self.taped() {
            Some(tape) => &tape.moment().monitors,
            None => self.cursor.as_ref().map_or(&[][..], Cursor::monitors),
        };
        monitors.iter().filter_map(|monitor| monitor.clipped(width, height)).collect()
    }

    /// The areas of the picture that changed since this was last asked; all of them lie inside it.
    pub fn take_damage(&mut self) -> Vec<Rect> {
        let Some((width, height)) = self.picture().map(|frame| (frame.width(), frame.height())) else {
            return Vec::new();
        };
        let damage = self.damage.take(width, height);
        damage.into_iter().filter_map(|rect| rect.clipped(width, height)).collect()
    }

    /// The whole picture has to be drawn again.
    pub fn redraw(&mut self) {
        self.damage.whole();
    }

    /// What cannot be shown at the position, if anything.
    pub fn notice(&self) -> Option<Notice> {
        if let Some(gap) = self.timeline.missing_at(self.position_us) {
            return Some(Notice::Gap(gap.clone()));
        }
        let broken = self.cursor.as_ref()?.broken()?;
        let here = self.damaged.iter().find(|known| known.from_us == broken.from_us)?;
        (self.settled && broken.from_us <= self.position_us).then(|| Notice::Damaged(here.clone()))
    }

    /// When the picture shown came, in microseconds.
    pub fn picture_us(&self) -> Option<u64> {
        match self.taped() {
            Some(tape) => Some(tape.moment().time_us),
            None => self.cursor.as_ref().and_then(Cursor::picture_us),
        }
    }

    /// The position, in microseconds since the start.
    pub fn position_us(&self) -> u64 {
        self.position_us
    }

    /// The end in microseconds since the start; of a live recording, now.
    pub fn edge_us(&self) -> u64 {
        self.edge_us
    }

    /// The latest time that stored blocks carry, in microseconds since the start.
    pub fn duration_us(&self) -> u64 {
        self.timeline.duration_us()
    }

    /// Stored bytes known so far: where a live tail has to go on.
    pub fn length(&self) -> u64 {
        self.timeline.length()
    }

    /// Bytes held, within a fixed budget: stored ones, and pictures for stepping.
    pub fn held_bytes(&self) -> usize {
        self.bytes.held() + self.tape.as_ref().map_or(0, Tape::held_bytes)
    }

    /// The speed of playing.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether time passes.
    pub fn playing(&self) -> bool {
        self.playing
    }

    /// Whether the picture belongs to the position.
    pub fn settled(&self) -> bool {
        self.settled
    }

    /// Whether more may come.
    pub fn live(&self) -> bool {
        self.timeline.live()
    }

    /// Whether new pictures are shown as they come.
    pub fn following(&self) -> bool {
        self.following
    }

    /// Whether the end of a finished recording is reached.
    pub fn ended(&self) -> bool {
        !self.timeline.live() && !self.playing && self.position_us >= self.edge_us
    }

    /// Declared gaps, then damage met so far.
    pub fn missing(&self) -> impl Iterator<Item = &Missing> {
        self.timeline.missing().iter().chain(&self.damaged)
    }

    /// Events, for the seek bar.
    pub fn happenings(&self) -> &[Happening] {
        self.timeline.happenings()
    }

    /// Periods of at least `least_us` in which nothing changed, as far as the index tells: between two groups.
    pub fn idle(&self, least_us: u64) -> Vec<Range<u64>> {
        let ends = self.timeline.spans().iter().map(|span| span.end_us);
        let starts = self.timeline.spans().iter().skip(1).map(|span| span.start_us);
        let rests = ends.zip(starts.chain([self.edge_us]));
        rests.filter(|(end, start)| start.saturating_sub(*end) >= least_us).map(|(end, start)| end..start).collect()
    }

    /// Changes whenever gaps, damage, events or groups were added.
    pub fn map_version(&self) -> u32 {
        self.timeline.version()
    }

    /// Both clocks at the recording's start, if the index knows them.
    pub fn started(&self) -> Option<&Anchor> {
        self.timeline.started()
    }

    /// The newest pair of clocks that a live tail brought, else that of the start.
    pub fn anchor(&self) -> Option<&Anchor> {
        self.timeline.newest_anchor().or_else(|| self.started())
    }
}
