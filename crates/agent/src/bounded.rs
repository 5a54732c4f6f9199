//! Reading files that others write.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::fcntl::OFlag;

/// The end of a text file, no more than so many bytes of it. Never waits, whatever somebody put there.
///
/// # Errors
/// If it cannot be read, or is no regular file, or everybody may write to it: such a file tells nothing.
pub fn tail(file: &Path, bytes: u64) -> std::io::Result<String> {
    let mut file = std::fs::File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(file)?;
    let about = file.metadata()?;
    if !about.is_file() || about.mode() & 0o002 != 0 {
        return Err(std::io::Error::other("not a regular file, or one that everybody may write to"));
    }
    file.seek(SeekFrom::Start(about.len().saturating_sub(bytes)))?;
    let mut text = Vec::new();
    file.take(bytes).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
