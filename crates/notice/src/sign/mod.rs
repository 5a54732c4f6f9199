//! A small sign in a session: one line that says how things stand, above the other windows, never with the keyboard. It can be
//! moved out of the way. It may listen for hotkeys, too. While nothing happens nothing runs: it waits without a timer.

mod hotkeys;
mod pictures;
mod raising;
mod running;
mod window;

use serde::{Deserialize, Serialize};

pub use running::run_sign;

/// Faces of a sign, and languages that it is given.
pub const MAX_FACES: usize = 32;
/// Characters of a face's text.
pub const MAX_FACE_CHARS: usize = 80;
/// Hotkeys that it listens for.
pub const MAX_HOTKEYS: usize = 8;

/// What stands before the text, so that not colour alone tells faces apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// A red disc.
    Disc,
    /// A circle.
    Ring,
    /// Two bars.
    Bars,
    /// A square.
    Square,
    /// A bar above a point, in yellow.
    Warning,
}

/// What a sign can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// What stands before the text.
    pub mark: Mark,
    /// One line.
    pub text: String,
}

/// The faces in one language; every language has the same ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faces {
    /// As a tag, such as `zh-CN`.
    pub language: String,
    /// Named by their number from here on.
    pub faces: Vec<Face>,
}

/// What a sign is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// Its faces: the first language is taken that the machine has fonts for.
    pub faces: Vec<Faces>,
    /// Keysyms that are listened for, each together with control and shift.
    pub hotkeys: Vec<u32>,
}

/// What a sign is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignOrder {
    /// To show this face from now on; none hides the sign.
    Show(Option<usize>),
    /// To show this one for a moment.
    Tell(usize),
}

/// What a sign says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignSaid {
    /// The hotkey with this number was struck.
    Struck(usize),
    /// Another program has it already.
    Taken(usize),
    /// No key of the keyboard has it.
    NoSuchKey(usize),
    /// It cannot be shown; hotkeys go on.
    CannotShow(String),
}
