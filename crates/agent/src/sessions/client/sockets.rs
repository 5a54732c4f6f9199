//! Sockets of processes, as the kernel lists them: who is connected to whom.

use std::path::Path;

pub use detect::sockets::{Tcp, TcpState, sockets_of, still_has, tcp_sockets};

use super::sock_diag::{ask, attribute};

/// A table longer than this is read only so far.
const MAX_TABLE_LINES: usize = 65_536;

/// Inodes of a process's connected ends of a Unix socket whose file has this name.
pub fn connected_at(pid: u32, file_name: &str) -> Vec<u64> {
    let table = std::fs::read_to_string(format!("/proc/{pid}/net/unix")).unwrap_or_default();
    table.lines().skip(1).take(MAX_TABLE_LINES).filter_map(|line| unix_line(line, file_name)).collect()
}

/// Num RefCount Protocol Flags Type St Inode Path; state 03 is connected.
fn unix_line(line: &str, file_name: &str) -> Option<u64> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (state, inode, path) = (fields.get(5)?, fields.get(6)?, fields.get(7)?);
    let named = Path::new(path).file_name().is_some_and(|name| name == file_name);
    (*state == "03" && named).then(|| inode.parse().ok())?
}

const UDIAG_SHOW_PEER: u32 = 4;
const UNIX_DIAG_PEER: u16 = 2;
/// So many bytes of an answer are about the socket.
const ABOUT_BYTES: usize = 16;

/// The inode at the other end of a connected Unix socket. Only the kernel can say: see sock_diag(7).
pub fn unix_peer(inode: u64) -> Option<u64> {
    let wanted = u32::try_from(inode).ok()?;
    peer_in(&ask(&question(wanted))?).map(u64::from)
}

fn question(inode: u32) -> Vec<u8> {
    let mut question = Vec::new();
    // Family AF_UNIX, protocol, padding; every state.
    question.extend([1, 0, 0, 0]);
    question.extend(u32::MAX.to_ne_bytes());
    question.extend(inode.to_ne_bytes());
    question.extend(UDIAG_SHOW_PEER.to_ne_bytes());
    // Whatever its cookie is.
    question.extend([0xff; 8]);
    question
}

fn peer_in(answer: &[u8]) -> Option<u32> {
    let peer = attribute(answer, ABOUT_BYTES, UNIX_DIAG_PEER)?;
    Some(u32::from_ne_bytes(peer.get(..4)?.try_into().ok()?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::os::fd::AsRawFd as _;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn the_kernel_tells_who_is_at_the_other_end_of_a_unix_socket() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("xrdp_display_7")).unwrap();
        let client = UnixStream::connect(folder.path().join("xrdp_display_7")).unwrap();
        let _server = listener.accept().unwrap();
        let pid = std::process::id();
        let connected = connected_at(pid, "xrdp_display_7");
        assert_eq!(connected.len(), 1, "the listening end is none");
        let peer = unix_peer(connected[0]).unwrap();
        assert_eq!(sockets_of(pid)[&peer], u32::try_from(client.as_raw_fd()).unwrap());
        assert_eq!(unix_peer(u64::MAX), None);
    }

    #[test]
    fn answers_of_any_length_are_read_safely() {
        for length in 0..64 {
            assert_eq!(peer_in(&vec![0; length]), None);
        }
    }
}
