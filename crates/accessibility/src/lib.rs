//! What programs of a session say of their windows by the accessibility tree (AT-SPI): the words in a dialog, the page that a browser shows.
//!
//! A program says there what it likes, and answers when it likes: every call has a limit, and so has every walk through a tree, in time, in
//! objects, in depth and in characters. No event is asked for, as every program would then send its own: who wants to know looks.

mod address;
mod bus;
mod object;
mod pages;
mod roles;
mod tree;
mod words;

pub use pages::{Browser, Page};
pub use tree::{Tree, TreeError};
pub use words::{MAX_WORDS_CHARS, NoWords};
