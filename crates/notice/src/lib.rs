//! A window in a recorded session that tells its user something and takes an answer.
//!
//! A *notice* is a dialog among the session's other windows: above them, raised when it is covered, gone when it is dismissed.
//! A *question* (consent) lies over the whole screen, takes keyboard and pointer to itself, and counts an answer only while it
//! could be seen and reached: the programs of a session can do with each other's windows what they like, and so what was done
//! to the window is looked at before an answer is believed.
//!
//! A *sign* is one line in a corner of the user's eye that says how things stand, and may listen for hotkeys.
//!
//! Texts are shaped with the machine's fonts: any language, any direction. Fonts that users can install are not used. The
//! window reads no pixel of the session.

mod asking;
mod canvas;
mod content;
mod desktop;
mod dialog;
mod error;
mod fonts;
mod keys;
mod layout;
mod paint;
mod run;
mod seen;
mod showing;
mod sign;
mod text;
mod wholeness;
mod window;

pub use content::{Content, Kind, MAX_BODY_CHARS, MAX_LABEL_CHARS, MAX_TITLE_CHARS};
pub use error::ShowError;
pub use fonts::{Fonts, can_write};
pub use run::{Answer, Display, Progress, show};
pub use sign::{Face, Faces, MAX_FACE_CHARS, MAX_FACES, MAX_HOTKEYS, Mark, Sign, SignOrder, SignSaid, run_sign};
