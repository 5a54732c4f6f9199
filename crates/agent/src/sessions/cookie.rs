//! The cookie that lets a recorder in: read from an Xauthority file, which belongs to a user and is not trusted.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::fcntl::OFlag;

/// A file longer than this is read only so far.
const MAX_FILE_BYTES: u64 = 256 << 10;
/// The one method that recorders use.
const METHOD: &[u8] = b"MIT-MAGIC-COOKIE-1";

/// The cookie for a display, in hexadecimal digits.
///
/// # Errors
/// If the file cannot be read or is no regular file. `None`: it holds no cookie for the display.
pub fn read_cookie(file: &Path, display: u32) -> std::io::Result<Option<String>> {
    // Not blocking: a user may have put a pipe there.
    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(file)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(find(&bytes, display).map(|cookie| cookie.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Finds the first cookie for a display. Host names are not compared: the X server that wrote the file runs here.
fn find(mut bytes: &[u8], display: u32) -> Option<&[u8]> {
    let wanted = display.to_string();
    loop {
        let (_family, rest) = bytes.split_first_chunk::<2>()?;
        let (_address, rest) = counted(rest)?;
        let (number, rest) = counted(rest)?;
        let (method, rest) = counted(rest)?;
        let (cookie, rest) = counted(rest)?;
        if method == METHOD && (number.is_empty() || number == wanted.as_bytes()) {
            return Some(cookie);
        }
        bytes = rest;
    }
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn entry(number: &str, method: &[u8], cookie: &[u8]) -> Vec<u8> {
        let mut bytes = vec![1, 0];
        for field in [&b"desk-7"[..], number.as_bytes(), method, cookie] {
            bytes.extend_from_slice(&u16::try_from(field.len()).expect("short").to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes
    }

    #[test]
    fn the_displays_own_cookie_is_found() {
        let mut file = entry("9", METHOD, b"nine");
        file.extend(entry("10", b"XDM-AUTHORIZATION-1", b"xdm"));
        file.extend(entry("10", METHOD, b"ten"));
        file.extend(entry("", METHOD, b"any"));
        assert_eq!(find(&file, 10), Some(&b"ten"[..]));
        assert_eq!(find(&file, 9), Some(&b"nine"[..]));
        assert_eq!(find(&file, 11), Some(&b"any"[..]));
    }

    #[test]
    fn a_file_cut_off_anywhere_is_only_searched_so_far() {
        let file = entry("10", METHOD, b"ten");
        for length in 0..file.len() {
            assert_eq!(find(&file[..length], 10), None, "{length} bytes");
        }
    }

    #[test]
    fn a_pipe_is_refused_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
        assert!(read_cookie(&pipe, 1).is_err());
    }
}
