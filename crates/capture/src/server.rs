//! Who is at the other end of an X connection: to tell a server that was replaced from one that only dropped us.

use std::os::fd::AsFd;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

/// The process that serves a display. Equal values mean the same server process; a display number alone does not, since
/// numbers are given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerIdentity {
    /// The process's number.
    pub pid: i32,
    /// The user that runs the server.
    pub uid: u32,
    /// When the process started, in clock ticks since boot; `None` if /proc does not show it.
    pub started_ticks: Option<u64>,
}

impl ServerIdentity {
    /// Asks the kernel who listens on the other end of a Unix socket.
    pub(crate) fn of_peer(socket: &impl AsFd) -> Option<Self> {
        let peer = getsockopt(socket, PeerCredentials).ok()?;
        // A server in another process namespace has no number here.
        (peer.pid() > 0).then(|| Self { pid: peer.pid(), uid: peer.uid(), started_ticks: start_of(peer.pid()) })
    }
}

/// Field 22 of /proc/PID/stat, counted behind the program's name, which may hold blanks and brackets.
fn start_of(pid: i32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind_name) = stat.rsplit_once(')')?;
    behind_name.split_ascii_whitespace().nth(19)?.parse().ok()
}
