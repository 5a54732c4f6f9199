//! Stops recordings before their disk is entirely full, so that manifests, and the catalogue where it lies on the same
//! disk, can still be written: a full disk must lock nobody out.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::medium::{Medium, Space};
use crate::sync::lock;

/// How long a look at the free space is good for, unless what was found is used up before.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What is left to others: a sixty-fourth of the disk, within these bounds.
const RESERVE_SHARE: u64 = 64;
const MIN_RESERVE_BYTES: u64 = 1 << 20;
const MAX_RESERVE_BYTES: u64 = 64 << 20;

/// What recordings may still write to one storage folder.
#[derive(Debug, Default)]
pub(crate) struct Room(Mutex<Option<Look>>);

#[derive(Debug, Clone, Copy)]
struct Look {
    at: Instant,
    left: u64,
}

impl Room {
    /// Takes room for so many bytes, if there is any. A folder that does not say how full it is is taken to have room:
    /// writing will show.
    pub(crate) fn take(&self, medium: &dyn Medium, folder: &Path, bytes: u64) -> bool {
        let mut known = lock(&self.0);
        let fresh = known.filter(|look| look.left >= bytes && look.at.elapsed() < LOOK_EVERY);
        let look = match fresh {
            Some(look) => look,
            None => Look { at: Instant::now(), left: medium.space(folder).map_or(u64::MAX, for_recordings) },
        };
        let enough = look.left >= bytes;
        *known = Some(Look { left: look.left.saturating_sub(if enough { bytes } else { 0 }), ..look });
        enough
    }
}

/// What recordings may use of the free space.
fn for_recordings(space: Space) -> u64 {
    space.free.saturating_sub((space.total / RESERVE_SHARE).clamp(MIN_RESERVE_BYTES, MAX_RESERVE_BYTES))
}
