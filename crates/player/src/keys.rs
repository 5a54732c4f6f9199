//! The keys that a viewer has given for a sealed recording.

use recording::RecordingId;
use sealing::{KeyRing, Opener};

/// Keys, and the recording that they are to open: what is sealed is bound to its recording.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// The recording's identity, if it is known.
    pub recording: Option<RecordingId>,
    /// The keys.
    pub ring: KeyRing,
}

impl Keys {
    pub(crate) fn opener(&self) -> Opener {
        Opener::new(self.ring.clone())
    }
}
