//! Which processes belong to programs that are named: by the file that a process runs, by its ancestors, and by what it was
//! seen to descend from before it was left behind by them.

mod local;
mod watch;

pub use local::{LOOK_EVERY, LocalPrograms};
pub use watch::{Names, ProgramWatch, Shown};
