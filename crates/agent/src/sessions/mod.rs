//! Finds the sessions of this machine: X displays, with the process that serves them and who owns it.

mod client;
mod cookie;
mod finder;
mod inside;
mod known_cookie;
mod process;
mod terminals;

use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, getsockopt, socket, sockopt};
use serde::{Deserialize, Serialize};

pub use client::{Client, ClientWatch, Connection};
pub use cookie::read_cookie;
pub use finder::Finder;
pub use inside::{Inside, buses, locale, processes, processes_of, servers_locale};
pub use process::Process;
pub use terminals::{TerminalLogin, terminal_logins};

use known_cookie::KnownCookie;

/// Where X servers put their sockets.
const SOCKETS: &str = "/tmp/.X11-unix";

/// X servers whose root window is what the user sees. Others (Xwayland) must be named in the configuration.
const KNOWN_SERVERS: &[&str] = &["Xorg", "Xvfb", "Xvnc", "Xtigervnc", "Xephyr", "Xnest", "X"];

/// A display and the very process that serves it. When that process is gone, so is the session.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DisplayServer {
    /// Such as `:10`.
    pub display: String,
    /// The X server's process.
    pub process: Process,
}

/// What is known of a display besides who serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desktop {
    /// The display and its server.
    pub server: DisplayServer,
    /// The user whose desktop it is.
    pub uid: u32,
    /// The file with its cookie, where there is one.
    pub xauthority: Option<PathBuf>,
    cookies: KnownCookie,
}

impl Desktop {
    /// A desktop, with what its cookie is now: its user may take the file away.
    pub fn new(server: DisplayServer, uid: u32, xauthority: Option<PathBuf>) -> Self {
        let desktop = Self { server, uid, xauthority, cookies: KnownCookie::default() };
        desktop.cookie();
        desktop
    }

    /// The cookie that lets a program of the agent's in, where one was ever read: what its file says, or said first. For the program's
    /// standard input alone: arguments and environment can be read by others.
    pub fn cookie(&self) -> Option<String> {
        let number = display_number(&self.server.display).unwrap_or_default();
        let file = self.xauthority.as_deref()?;
        let now = read_cookie(file, number).unwrap_or_else(|error| {
            tracing::warn!(file = %file.display(), %error, "the display's cookie cannot be read; trying what it was");
            None
        });
        self.cookies.which(now)
    }
}

/// The number in a display's name: `:10` and `:10.0` are 10.
pub fn display_number(display: &str) -> Option<u32> {
    let number = display.strip_prefix(':')?;
    number.split_once('.').map_or(number, |(number, _)| number).parse().ok()
}

/// The numbers of all displays that have a socket.
pub fn display_numbers() -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir(SOCKETS) else { return Vec::new() };
    let name = |entry: std::fs::DirEntry| entry.file_name().to_str()?.strip_prefix('X')?.parse().ok();
    let mut numbers: Vec<u32> = entries.filter_map(|entry| name(entry.ok()?)).collect();
    numbers.sort_unstable();
    numbers
}

/// What was found at a display's socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Nothing listens, or nothing yet.
    Nobody,
    /// A process listens, but it is none of the X servers that show a whole desktop.
    NoDesktop(Process),
    /// A desktop.
    Desktop(Desktop),
}

/// Looks at one display; `named` ones count as desktops whatever serves them.
///
/// Who serves it is told by the kernel, not by files that users can write: the socket's other end says which process
/// listens. Never waits for the X server.
pub fn look_at(number: u32, named: bool, xauthority: Option<&Path>) -> Look {
    let found = listener(&Path::new(SOCKETS).join(format!("X{number}")))
        .and_then(|(pid, uid)| Process::find(pid).map(|process| (process, uid)));
    let Some((process, server_uid)) = found else { return Look::Nobody };
    let arguments = process.arguments();
    let program = arguments.first().and_then(|path| Path::new(path).file_name()?.to_str());
    if !named && !program.is_some_and(|program| KNOWN_SERVERS.contains(&program)) {
        return Look::NoDesktop(process);
    }
    let xauthority = xauthority.map(Path::to_owned).or_else(|| process.file_argument("-auth"));
    let uid = match (server_uid, &xauthority) {
        // A display manager's X server runs as root; the cookie is its user's.
        (0, Some(file)) => std::fs::metadata(file).map_or(0, |metadata| metadata.uid()),
        (uid, _) => uid,
    };
    let server = DisplayServer { display: format!(":{number}"), process };
    Look::Desktop(Desktop::new(server, uid, xauthority))
}

/// Whether a display has a socket at which nobody listens any more.
pub fn is_abandoned(number: u32) -> bool {
    let socket = Path::new(SOCKETS).join(format!("X{number}"));
    socket.exists() && listener(&socket).is_none()
}

/// Process and user at the listening end of a socket.
fn listener(path: &Path) -> Option<(u32, u32)> {
    // Not blocking: a stopped X server with a full queue must not stop the agent.
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None).ok()?;
    connect(socket.as_raw_fd(), &UnixAddr::new(path).ok()?).ok()?;
    let peer = getsockopt(&socket, sockopt::PeerCredentials).ok()?;
    Some((u32::try_from(peer.pid()).ok()?, peer.uid()))
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn displays_have_numbers() {
        for (name, number) in
            [(":0", Some(0)), (":10.0", Some(10)), ("10", None), ("host:1", None), (":", None), (":x", None)]
        {
            assert_eq!(display_number(name), number, "{name}");
        }
    }

    #[test]
    fn a_socket_tells_who_listens() {
        let folder = tempfile::tempdir().expect("a folder for the socket");
        let path = folder.path().join("X1");
        let _listening = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
        assert_eq!(listener(&path), Some((std::process::id(), nix::unistd::geteuid().as_raw())));
        assert_eq!(listener(&folder.path().join("X2")), None);
    }
}
