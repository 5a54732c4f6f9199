//! Files of /proc, read so far and no further.

use std::fs::File;
use std::io::Read as _;

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
