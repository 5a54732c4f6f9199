//! What programs of a session say of their windows by the accessibility tree (AT-SPI): the words in a dialog, the page that a browser shows,
//! and whether what has the keyboard is an ordinary field.
//!
//! A program says there what it likes, and answers when it likes: every call has a limit, and so has every walk through a tree, in time, in
//! objects, in depth and in characters. No event is asked for, as every program would then send its own: who wants to know looks.

mod address;
mod bus;
mod fields;
mod object;
mod pages;
mod roles;
mod secrets;
mod tree;
mod words;

pub use fields::{Field, Fields};
pub use pages::{Browser, Page};
pub use tree::{Tree, TreeError};
pub use words::{MAX_WORDS_CHARS, NoWords};
