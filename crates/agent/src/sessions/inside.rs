//! The processes of a session: those of its user that were started for its display. Environments are what they were when a
//! program began, and users can change them: good enough to learn a language from, and to end what is left of a session.

use std::os::unix::fs::MetadataExt as _;

use detect::process::{Stat, all};
use policy::Locale;

use super::{Desktop, Process, display_number};

/// An environment longer than this is only searched so far.
const MAX_ENVIRONMENT_BYTES: u64 = 256 << 10;
/// Buses of one session: each program may have been started with its own.
const MAX_BUSES: usize = 4;

/// A process of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// The process.
    pub process: Process,
    /// Number of its parent.
    pub parent: u32,
}

/// The processes of a session but for its X server and this very one, oldest first.
pub fn processes(desktop: &Desktop) -> Vec<Inside> {
    let Some(number) = display_number(&desktop.server.display) else { return Vec::new() };
    processes_of(desktop.uid, number)
        .into_iter()
        .filter(|inside| inside.process.pid != desktop.server.process.pid)
        .collect()
}

/// The processes of a user that were started for a display, but for this very one, oldest first.
pub fn processes_of(uid: u32, display: u32) -> Vec<Inside> {
    let mut found: Vec<Inside> = all()
        .filter(|pid| *pid != std::process::id() && owner(*pid) == Some(uid) && is_for(*pid, display))
        .filter_map(|pid| Some((pid, Stat::of(pid)?)))
        .map(|(pid, stat)| Inside { process: Process { pid, started_ticks: stat.started_ticks }, parent: stat.parent })
        .collect();
    found.sort_by_key(|inside| (inside.process.started_ticks, inside.process.pid));
    found
}

/// What the session's programs were told about languages: by the oldest that was told anything.
pub fn locale(desktop: &Desktop) -> Option<Locale> {
    let pids = processes(desktop).into_iter().map(|inside| inside.process.pid);
    pids.map(locale_of).find(|locale| !locale.is_silent())
}

/// The addresses at which programs of a user were told to find the bus of their session, by the oldest first.
pub fn buses(uid: u32, display: u32) -> Vec<String> {
    let mut buses = Vec::new();
    for inside in processes_of(uid, display) {
        let environment = environment(inside.process.pid);
        let bus =
            variable(&environment, "DBUS_SESSION_BUS_ADDRESS").and_then(|bus| String::from_utf8(bus.to_vec()).ok());
        buses.extend(bus.filter(|bus| !buses.contains(bus)));
        if buses.len() == MAX_BUSES {
            break;
        }
    }
    buses
}

/// What the X server itself was told: it is often started as the session's programs are.
pub fn servers_locale(desktop: &Desktop) -> Locale {
    locale_of(desktop.server.process.pid)
}

fn locale_of(pid: u32) -> Locale {
    let environment = environment(pid);
    let value = |name| variable(&environment, name).map(|value| String::from_utf8_lossy(value).into_owned());
    Locale {
        language: value("LANGUAGE"),
        lc_all: value("LC_ALL"),
        lc_messages: value("LC_MESSAGES"),
        lang: value("LANG"),
    }
}

fn is_for(pid: u32, number: u32) -> bool {
    let environment = environment(pid);
    let display = variable(&environment, "DISPLAY").and_then(|value| std::str::from_utf8(value).ok());
    display.and_then(display_number) == Some(number)
}

fn owner(pid: u32) -> Option<u32> {
    std::fs::metadata(format!("/proc/{pid}")).ok().map(|metadata| metadata.uid())
}

fn environment(pid: u32) -> Vec<u8> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    if let Ok(file) = std::fs::File::open(format!("/proc/{pid}/environ")) {
        let _ = file.take(MAX_ENVIRONMENT_BYTES).read_to_end(&mut bytes);
    }
    bytes
}

fn variable<'a>(environment: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut entries = environment.split(|byte| *byte == 0);
    entries.find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_by_their_whole_name() {
        let environment = b"LANGUAGE=fr:de\0LANG=de_AT.UTF-8\0EMPTY=\0";
        assert_eq!(variable(environment, "LANG"), Some(&b"de_AT.UTF-8"[..]));
        assert_eq!(variable(environment, "EMPTY"), Some(&b""[..]));
        assert_eq!(variable(environment, "ANG"), None);
    }
}
