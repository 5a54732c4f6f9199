//! Lists of files, as they are copied: `text/uri-list` (RFC 2483), and that of file managers, whose first line says what for.

/// Bytes of paths that are told.
const MAX_PATHS_BYTES: usize = 4_000;

/// The paths of local files that are listed, as far as they are told, and how many are listed.
pub(super) fn listed(text: &[u8]) -> (Vec<String>, u64) {
    let (mut paths, mut files, mut bytes) = (Vec::new(), 0, 0);
    for line in text.split(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        let Some(rest) = line.strip_prefix(b"file:") else { continue };
        // file:///path, file://host/path, file:/path.
        let path = match rest.strip_prefix(b"//") {
            Some(named) => named.iter().position(|byte| *byte == b'/').map(|at| &named[at..]),
            None => Some(rest),
        };
        let Some(path) = path.filter(|path| path.starts_with(b"/")) else { continue };
        files += 1;
        let path = decoded(path);
        bytes += path.len();
        if bytes <= MAX_PATHS_BYTES {
            paths.push(path);
        }
    }
    (paths, files)
}

/// Without `%20` and the like, and without control characters.
fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let number = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(number.unwrap_or(*byte));
        rest = if number.is_some() { &after[2..] } else { after };
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_paths() {
        let list =
            b"# a comment\r\nfile:///home/ana/a%20b.txt\r\nfile://host/srv/%C3%9C\r\nhttp://e.org/x\r\nfile:/z%\r\n";
        let paths = vec!["/home/ana/a b.txt".to_owned(), "/srv/\u{dc}".to_owned(), "/z%".to_owned()];
        assert_eq!(listed(list), (paths, 3));
        assert_eq!(listed(b"copy\nfile:///a%0Ab"), (vec!["/a\u{fffd}b".to_owned()], 1));
        assert_eq!(listed(b"file:\nfile://\nfile:x\nfile://x\n%"), (Vec::new(), 0));
    }

    #[test]
    fn of_many_files_some_are_named_and_all_counted() {
        let list = "file:///a/rather/long/name/of/a/file\n".repeat(10_000);
        let (paths, files) = listed(list.as_bytes());
        assert_eq!(files, 10_000);
        assert!(paths.iter().map(String::len).sum::<usize>() <= MAX_PATHS_BYTES && paths.len() > 100);
    }
}
