//! What this machine calls itself.

use recording::ChainValue;
use sha2::{Digest as _, Sha256};

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

/// What tells this machine's hardware from other hardware: a hash of the identifier that its firmware or hypervisor gives it.
/// `None` where there is none, or only root may read it.
pub fn hardware_id() -> Option<String> {
    let sources = ["/sys/class/dmi/id/product_uuid", "/proc/device-tree/serial-number"];
    let identifier = sources.iter().find_map(|path| first_line(path))?;
    let hash = Sha256::new().chain_update("kinescope hardware 1\0").chain_update(identifier.to_lowercase()).finalize();
    Some(ChainValue(hash.into()).to_string())
}

/// The agent's name and version.
pub const SOFTWARE: &str = concat!("kinescope-agent ", env!("CARGO_PKG_VERSION"));

fn first_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}
