//! The playback engine: bytes of a recording in, pictures out.
//!
//! [`Player`] is told what the index says and fed with bytes in pieces of any size; it answers which bytes it wants
//! next, which picture and pointer the present position shows, and which rectangles changed since they were last drawn.
//! It seeks, steps in both directions, plays at ¼ to 32 times the speed and backwards, and follows a recording that is still being made: bytes of its
//! tail take their place behind the stored ones by offset, so nothing is shown twice or left out.
//!
//! Sealed recordings are played with a key (see [`Player::add_key`]); without one there is a picture-less state, and all
//! that needs no key still works.
//!
//! Damaged and missing parts are states, not errors: what can be decoded is played, and [`Player::notice`] says what
//! cannot. The same engine serves the browser (as WebAssembly), exports and thumbnails; it does no I/O and reads no
//! clock, and what it holds is bounded whatever the recording says.

mod bytes;
mod cursor;
mod damage;
mod document_search;
mod documents;
mod keys;
mod opening;
mod performance;
mod player;
mod tape;
mod thumbnails;
mod timeline;

pub use document_search::{Document, DocumentSearch, MAX_SEARCHED_BYTES};
pub use documents::{DocumentError, DocumentFinder, FoundDocument};
pub use keys::Keys;
pub use opening::{MAX_OPENING_BYTES, OpenError, Opening};
pub use performance::Figures;
pub use player::{MAX_SPEED, MIN_SPEED, Notice, PerformanceWanted, Player, Progress};
pub use thumbnails::Thumbnails;
pub use timeline::{Happening, Missing};
