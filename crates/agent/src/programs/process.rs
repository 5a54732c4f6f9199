//! What /proc says of a process, as far as it tells programs apart.

use std::collections::HashMap;
use std::path::Path;

/// Arguments beyond this are not looked at.
const MAX_ARGUMENT_BYTES: usize = 16 << 10;

/// A process's place among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Who started it, or whoever took it over.
    pub parent: u32,
    /// The first process of its group.
    pub group: u32,
    /// The first process of its session.
    pub session: u32,
    /// When it began, in the kernel's ticks since boot.
    pub started: u64,
}

/// Looks at one process; `None` if there is none of this number.
pub fn place(pid: u32) -> Option<Place> {
    parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Every process that can be seen.
pub fn all() -> HashMap<u32, Place> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return HashMap::new() };
    let number = |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    entries.filter_map(number).filter_map(|pid| Some((pid, place(pid)?))).collect()
}

fn parse(stat: &str) -> Option<Place> {
    // The name stands second and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse().ok();
    Some(Place { parent: number(1)?, group: number(2)?, session: number(3)?, started: fields.get(19)?.parse().ok()? })
}

/// The file that a process runs; the error says whether that is secret.
pub fn program(pid: u32) -> std::io::Result<String> {
    let path = std::fs::read_link(format!("/proc/{pid}/exe"))?;
    let path = path.to_string_lossy();
    Ok(path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned())
}

/// What a process calls itself, and what it was started with: both can be changed by it.
pub fn own_words(pid: u32) -> (String, Vec<String>) {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned();
    let mut text = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    text.truncate(MAX_ARGUMENT_BYTES);
    let words = text.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    (name, words.filter(|word| !word.is_empty()).collect())
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processes_name_cannot_confuse() {
        let stat = "7 (a) (b c) S 1 6 5 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 9";
        assert_eq!(parse(stat), Some(Place { parent: 1, group: 6, session: 5, started: 4_711 }));
        assert_eq!(parse("7 (a"), None);
    }
}
