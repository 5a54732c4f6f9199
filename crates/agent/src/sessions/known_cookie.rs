//! What is known of a display's cookie, whatever its user does with the file.

use std::fmt::{Debug, Formatter};
use std::sync::{Arc, Mutex, PoisonError};

/// The first cookie that a display was seen to have.
#[derive(Clone, Default)]
pub(super) struct KnownCookie(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    first: Option<String>,
    took_first: bool,
}

impl KnownCookie {
    /// Which to try, where the file holds this now. The server may have begun anew with another one, and the user may have written
    /// one that lets nobody in: of two they are tried by turns.
    pub(super) fn which(&self, now: Option<String>) -> Option<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(first) = known.first.clone() else {
            known.first.clone_from(&now);
            return now;
        };
        match now.filter(|now| *now != first) {
            None => Some(first),
            Some(now) => {
                known.took_first = !known.took_first;
                Some(if known.took_first { now } else { first })
            }
        }
    }
}

impl Debug for KnownCookie {
    /// Never what they are: who has it owns the display.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownCookie")
    }
}

/// It is no part of what a desktop is.
impl PartialEq for KnownCookie {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KnownCookie {}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(cookie: &str) -> Option<String> {
        Some(cookie.to_owned())
    }

    #[test]
    fn a_file_that_goes_or_lies_keeps_nobody_out() {
        let known = KnownCookie::default();
        assert_eq!(known.which(None), None);
        assert_eq!(known.which(some("a")), some("a"));
        assert_eq!(known.which(some("a")), some("a"));
        assert_eq!(known.which(None), some("a"));
        let both = [known.which(some("b")), known.which(some("b"))];
        assert_eq!(both, [some("b"), some("a")]);
        assert_eq!(known.clone().which(None), some("a"));
        assert_eq!(format!("{known:?}"), "KnownCookie");
    }
}
