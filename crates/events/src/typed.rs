//! Keys that may be told, as runs of text.

use crate::typing::{Place, TypedKey, Verdict};

/// Characters of one run.
pub const MAX_TYPED_CHARS: usize = 500;
/// A run ends when nothing was typed for so long.
const PAUSE_MS: u64 = 3_000;
/// So long it is waited for a run that tells how many keys were not kept before it.
const COUNT_AFTER_MS: u64 = 60_000;
/// Keys that are not kept are counted in steps: their very number would be the length of a password.
pub const NOT_KEPT_STEP: u64 = 10;

/// What was typed in one place, without a long pause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Where; `None`: nothing is told but that keys were not kept.
    pub place: Option<Place>,
    /// What, at most [`MAX_TYPED_CHARS`] characters.
    pub text: String,
    /// Keys that were not kept since the last run, at most so many more than there were as a [step](NOT_KEPT_STEP) has.
    pub not_kept: u64,
}

/// Puts keys together.
#[derive(Debug, Default)]
pub struct TypedRuns {
    run: Option<Run>,
    not_kept: u64,
    not_kept_since_ms: u64,
}

#[derive(Debug)]
struct Run {
    place: Place,
    text: String,
    mark: Option<char>,
    last_ms: u64,
}

impl TypedRuns {
    /// The next key, in their order. What has ended by it comes back: nothing, one run, or two.
    pub fn take(&mut self, verdict: Verdict) -> Vec<Typed> {
        let mut ended = Vec::new();
        match verdict {
            Verdict::Dropped { at_ms, keys } => {
                ended.extend(self.end());
                if self.not_kept == 0 {
                    self.not_kept_since_ms = at_ms;
                }
                self.not_kept += keys;
            }
            Verdict::Kept { place, key, at_ms } => {
                let goes_on = |run: &Run| run.place == place && at_ms < run.last_ms + PAUSE_MS;
                if !self.run.as_ref().is_some_and(goes_on) {
                    ended.extend(self.end());
                }
                let run = self.run.get_or_insert(Run { place, text: String::new(), mark: None, last_ms: at_ms });
                run.last_ms = at_ms;
                let is_whole = run.strike(key);
                if is_whole {
                    ended.extend(self.end());
                }
            }
        }
        ended
    }

    /// So late it is: what has ended by now.
    pub fn pass(&mut self, now_ms: u64) -> Option<Typed> {
        if self.run.as_ref().is_some_and(|run| now_ms >= run.last_ms + PAUSE_MS) {
            return self.end();
        }
        let is_due = self.not_kept > 0 && now_ms >= self.not_kept_since_ms + COUNT_AFTER_MS;
        (is_due && self.run.is_none()).then(|| Typed { not_kept: self.count(), ..Typed::default() })
    }

    fn end(&mut self) -> Option<Typed> {
        let run = self.run.take().filter(|run| !run.text.is_empty())?;
        Some(Typed { place: Some(run.place), text: run.text, not_kept: self.count() })
    }

    fn count(&mut self) -> u64 {
        std::mem::take(&mut self.not_kept).div_ceil(NOT_KEPT_STEP) * NOT_KEPT_STEP
    }
}

impl Run {
    /// Whether it ends by that.
    fn strike(&mut self, key: TypedKey) -> bool {
        let mark = self.mark.take();
        match key {
            TypedKey::Text(text) => {
                self.text.push(text);
                self.text.extend(mark);
            }
            TypedKey::Mark(mark) => self.mark = Some(mark),
            // With all that was put over it.
            TypedKey::Erase => while self.text.pop().is_some_and(is_mark) {},
            TypedKey::Enter | TypedKey::Other => return true,
        }
        // A mark comes with what is under it.
        self.text.chars().count() + 2 > MAX_TYPED_CHARS
    }
}

/// The marks that dead keys put over letters.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}
