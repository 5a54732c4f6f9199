//! Which keys may be told: those that certainly went into an ordinary field, or into a terminal that shows what is typed.
//!
//! Whoever looks says where keys go, now and again, and gives every key with who received it. A key is kept only if each look from
//! half a second before it to half a second after it found the same ordinary place, at least one of them wholly before it and one wholly
//! after, and if it was received by that place's program alone. It waits in memory until that is known; whatever is in doubt is dropped.

use std::collections::VecDeque;

/// For so long before and after a key every look must have found the same ordinary place.
pub const TYPING_MARGIN_MS: u64 = 500;
/// After a click, or a key that may go elsewhere, for so long nothing is kept of what is typed into fields: programs tell late that another one
/// has the keyboard, browsers above all.
pub const MOVING_MS: u64 = 1_500;
/// A key that no look decides on is dropped after this.
const MAX_WAIT_MS: u64 = 5_000;
/// Keys that wait; of more, all are dropped.
pub const MAX_WAITING_KEYS: usize = 256;
/// Looks that are remembered; of more, all are forgotten, and the keys with them.
const MAX_LOOKS: usize = 256;

/// An ordinary place that keys go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Whom the X server gives keys to there, by its number of the connection.
    pub client: u32,
    /// The process at its other end.
    pub pid: u32,
    /// What of it.
    pub what: Typeable,
}

/// What ordinary text can be typed into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typeable {
    /// A field of a program, by its owner and its path in the accessibility tree.
    Field {
        /// The program's name on the bus.
        owner: String,
        /// The field's path.
        path: String,
        /// It takes more than one line, so that Enter goes nowhere else.
        is_multi_line: bool,
    },
    /// A terminal that shows what is typed, by its number.
    Terminal(u32),
}

/// What a key does, where it is more than a modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedKey {
    /// It types this.
    Text(char),
    /// It is put over the next one (a dead key).
    Mark(char),
    /// It takes the last one back.
    Erase,
    /// It ends a line.
    Enter,
    /// It does something else: what is typed afterwards does not go on where it was.
    Other,
}

/// What became of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It went there.
    Kept {
        /// Where it went.
        place: Place,
        /// What it does.
        key: TypedKey,
        /// When, in milliseconds.
        at_ms: u64,
    },
    /// Nobody may know it, nor others that came before it.
    Dropped {
        /// When it was struck.
        at_ms: u64,
        /// How many they are.
        keys: u64,
    },
}

/// A moment of the display: its time, and its turn among all that was given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    ms: u64,
    turn: u64,
}

struct Look {
    began: Moment,
    ended: Moment,
    found: Option<Place>,
}

struct Waiting {
    at: Moment,
    client: Option<u32>,
    key: TypedKey,
    /// What came before it.
    moved: Moved,
}

/// When something last happened by which the keyboard may go elsewhere.
#[derive(Clone, Copy, Default)]
struct Moved {
    /// A click, or a key that is no text.
    ms: Option<u64>,
    enter_ms: Option<u64>,
}

impl Moved {
    /// Whether that may still go on.
    fn is_recent(self, at_ms: u64, what: &Typeable) -> bool {
        let is_recent = |moved: Option<u64>| moved.is_some_and(|moved| at_ms <= moved + MOVING_MS);
        match what {
            // The line of a terminal is as it is now.
            Typeable::Terminal(_) => false,
            Typeable::Field { is_multi_line, .. } => is_recent(self.ms) || (!is_multi_line && is_recent(self.enter_ms)),
        }
    }
}

/// Decides on keys. All is given in the order in which it happened; a time that goes back counts as the last one.
pub struct TypingGate {
    now: Moment,
    begun: Option<Moment>,
    looks: VecDeque<Look>,
    keys: VecDeque<Waiting>,
    moved: Moved,
    /// What was found before is no longer known: no key is kept until then.
    blind_until_ms: u64,
    dropped: u64,
}

impl Default for TypingGate {
    fn default() -> Self {
        Self {
            now: Moment { ms: 0, turn: 0 },
            begun: None,
            looks: VecDeque::new(),
            keys: VecDeque::new(),
            moved: Moved::default(),
            blind_until_ms: 0,
            dropped: 0,
        }
    }
}

impl TypingGate {
    /// Somebody begins to look where keys go.
    pub fn look_begins(&mut self, at_ms: u64) {
        let now = self.moment(at_ms);
        // One that never ended found nothing.
        if let Some(began) = self.begun.replace(now) {
            self.note(Look { began, ended: now, found: None });
        }
    }

    /// The look has ended, and found this; `None`: no ordinary place.
    pub fn look_ends(&mut self, at_ms: u64, found: Option<Place>) {
        let now = self.moment(at_ms);
        let began = self.begun.take();
        let found = found.filter(|_| began.is_some());
        self.note(Look { began: began.unwrap_or(now), ended: now, found });
    }

    /// Something happened after which nobody knows where keys go.
    pub fn doubt(&mut self, at_ms: u64) {
        let now = self.moment(at_ms);
        self.note(Look { began: now, ended: now, found: None });
    }

    /// A key was struck, and received by this connection; `None`: by nobody, by several, or nobody knows.
    pub fn struck(&mut self, at_ms: u64, client: Option<u32>, key: TypedKey) {
        let at = self.moment(at_ms);
        if self.keys.len() >= MAX_WAITING_KEYS {
            self.drop_all();
        }
        self.keys.push_back(Waiting { at, client, key, moved: self.moved });
        match key {
            TypedKey::Other => self.moved.ms = Some(at.ms),
            TypedKey::Enter => self.moved.enter_ms = Some(at.ms),
            TypedKey::Text(_) | TypedKey::Mark(_) | TypedKey::Erase => {}
        }
    }

    /// Somebody has clicked.
    pub fn clicked(&mut self, at_ms: u64) {
        self.moved.ms = Some(self.moment(at_ms).ms);
    }

    /// The keys that are decided on by now, in their order.
    pub fn verdicts(&mut self) -> Vec<Verdict> {
        let dropped = std::mem::take(&mut self.dropped);
        let dropped = (dropped > 0).then_some(Verdict::Dropped { at_ms: self.now.ms, keys: dropped });
        let mut verdicts = Vec::from_iter(dropped);
        while let Some(first) = self.keys.front() {
            let margin_ms = first.at.ms + TYPING_MARGIN_MS;
            let is_known = self.looks.back().is_some_and(|look| look.ended.ms > margin_ms)
                && self.begun.is_none_or(|began| began.ms > margin_ms);
            let is_late = self.now.ms > first.at.ms + MAX_WAIT_MS;
            if !is_known && !is_late {
                break;
            }
            let Some(Waiting { at, client, key, moved }) = self.keys.pop_front() else { break };
            let place = self.place_of(at, client).filter(|place| is_known && !moved.is_recent(at.ms, &place.what));
            verdicts.push(match place {
                Some(place) => Verdict::Kept { place, key, at_ms: at.ms },
                None => Verdict::Dropped { at_ms: at.ms, keys: 1 },
            });
        }
        self.forget();
        verdicts
    }

    /// How many keys wait.
    pub fn waiting(&self) -> usize {
        self.keys.len()
    }

    /// The one place that all looks around a key found.
    fn place_of(&self, at: Moment, client: Option<u32>) -> Option<Place> {
        let (from_ms, until_ms) = (at.ms.saturating_sub(TYPING_MARGIN_MS), at.ms + TYPING_MARGIN_MS);
        if at.ms < self.blind_until_ms {
            return None;
        }
        let around = || self.looks.iter().filter(|look| look.ended.ms >= from_ms && look.began.ms <= until_ms);
        let place = around().next()?.found.as_ref().filter(|place| Some(place.client) == client)?;
        let same = around().all(|look| look.found.as_ref() == Some(place));
        let before = around().any(|look| look.ended.turn < at.turn && look.began.ms >= from_ms);
        let after = around().any(|look| look.began.turn > at.turn);
        (same && before && after).then(|| place.clone())
    }

    fn note(&mut self, look: Look) {
        self.looks.push_back(look);
        self.forget();
        if self.looks.len() > MAX_LOOKS {
            self.drop_all();
            self.looks.clear();
            self.blind_until_ms = self.now.ms + TYPING_MARGIN_MS + 1;
        }
    }

    /// Looks that no key depends on any more.
    fn forget(&mut self) {
        let oldest_ms = self.keys.front().map_or(self.now.ms, |key| key.at.ms);
        while self.looks.front().is_some_and(|look| look.ended.ms + TYPING_MARGIN_MS < oldest_ms) {
            self.looks.pop_front();
        }
    }

    fn drop_all(&mut self) {
        self.dropped += self.keys.drain(..).count() as u64;
    }

    fn moment(&mut self, at_ms: u64) -> Moment {
        self.now = Moment { ms: self.now.ms.max(at_ms), turn: self.now.turn + 1 };
        self.now
    }
}
