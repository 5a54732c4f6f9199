//! What this machine calls itself.

/// The host name.
pub fn name() -> String {
    first_line("/proc/sys/kernel/hostname").unwrap_or_else(|| "localhost".to_owned())
}

/// The operating system's name and version, for people.
pub fn os() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pretty = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    pretty.map_or_else(|| "Linux".to_owned(), |name| name.trim_matches('"').to_owned())
}

/// The identity that the operating system gives the machine; empty where it gives none. Clones of a machine may share it.
pub fn os_machine_id() -> String {
    first_line("/etc/machine-id").unwrap_or_default()
}

/// The agent's name and version.
pub const SOFTWARE: &str = concat!("kinescope-agent ", env!("CARGO_PKG_VERSION"));

fn first_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}
