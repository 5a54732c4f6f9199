//! Files of /proc, read so far and no further; and texts that are told, which are no longer than this.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// A path is cut here: Linux has none that are longer.
const MAX_PATH_BYTES: usize = 4 << 10;

/// The first bytes of a file; what cannot be read is empty.
pub fn bytes(path: &str, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        let _ = file.take(most).read_to_end(&mut bytes);
    }
    bytes
}

/// The same as text.
pub fn text(path: &str, most: u64) -> String {
    String::from_utf8_lossy(&bytes(path, most)).into_owned()
}

/// At most so many bytes of a text, cut between characters.
pub fn cut(text: &mut String, most: usize) {
    text.truncate(text.floor_char_boundary(most));
}

/// A path, or a name, as it is told: names of files need not be text.
pub fn path_text(path: impl AsRef<Path>) -> String {
    let mut text = path.as_ref().to_string_lossy().into_owned();
    cut(&mut text, MAX_PATH_BYTES);
    text
}
