//! Sockets of processes, as the kernel lists them: who is connected to whom.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use super::sock_diag::{ask, attribute};

/// A table longer than this is read only so far.
const MAX_TABLE_LINES: usize = 65_536;
/// Descriptors of one process that are looked at.
const MAX_DESCRIPTORS: usize = 4_096;

/// The sockets that a process has open: descriptors by inode. Empty if we may not see them.
pub fn sockets_of(pid: u32) -> BTreeMap<u64, u32> {
    let Ok(entries) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return BTreeMap::new() };
    let entries = entries.flatten().take(MAX_DESCRIPTORS);
    entries
        .filter_map(|entry| Some((socket_inode(&entry.path())?, entry.file_name().to_str()?.parse().ok()?)))
        .collect()
}

/// Whether a process still has this very socket open under this descriptor.
pub fn still_has(pid: u32, descriptor: u32, inode: u64) -> bool {
    socket_inode(Path::new(&format!("/proc/{pid}/fd/{descriptor}"))) == Some(inode)
}

fn socket_inode(link: &Path) -> Option<u64> {
    std::fs::read_link(link).ok()?.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// One TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tcp {
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub state: TcpState,
    pub inode: u64,
}

/// What matters of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpState {
    Established,
    Listening,
    Other,
}

/// The TCP sockets that a process could have: those of its network.
pub fn tcp_sockets(pid: u32) -> Vec<Tcp> {
    let table = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap_or_default();
    [table("tcp"), table("tcp6")].iter().flat_map(|table| tcp_table(table)).collect()
}

fn tcp_table(table: &str) -> Vec<Tcp> {
    table.lines().skip(1).take(MAX_TABLE_LINES).filter_map(tcp_line).collect()
}

fn tcp_line(line: &str) -> Option<Tcp> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, remote) = (endpoint(fields.next()?)?, endpoint(fields.next()?)?);
    let state = match fields.next()? {
        "01" => TcpState::Established,
        "0A" => TcpState::Listening,
        _ => TcpState::Other,
    };
    let inode = fields.nth(5)?.parse().ok()?;
    Some(Tcp { local, remote, state, inode })
}

/// An address as `/proc/net/tcp` prints it: words of 32 bits in the machine's order, in hexadecimal digits.
fn endpoint(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for (at, four) in bytes.chunks_exact_mut(4).enumerate() {
                four.copy_from_slice(&word(at * 8)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?))
}

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
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn a_connection_is_found_on_both_sides() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, from) = listener.accept().unwrap();
        let pid = std::process::id();
        let own = sockets_of(pid);
        let found =
            tcp_sockets(pid).into_iter().find(|tcp| tcp.remote == from && own.contains_key(&tcp.inode)).unwrap();
        assert_eq!((found.local, found.state), (server.local_addr().unwrap(), TcpState::Established));
        assert_eq!(own[&found.inode], u32::try_from(server.as_raw_fd()).unwrap());
        assert!(still_has(pid, own[&found.inode], found.inode));
        assert!(!still_has(pid, own[&found.inode], found.inode + 1));
        let listening = tcp_sockets(pid).into_iter().find(|tcp| tcp.local == listener.local_addr().unwrap());
        assert_eq!(listening.unwrap().state, TcpState::Listening);
        drop(client);
    }

    #[test]
    fn addresses_of_both_families_are_read() {
        let lines = "header\n 0: 0100007F:8462 0200007F:B80A 01 0:0 0:0 0 0 0 504815 2\n \
            1: 00000000000000000000000001000000:0016 0000000000000000FFFF00000200000A:0400 01 0:0 0:0 0 0 0 7 2\nrubbish";
        let table = tcp_table(lines);
        assert_eq!(table[0].remote, "127.0.0.2:47114".parse().unwrap());
        assert_eq!(table[1].local, "[::1]:22".parse().unwrap());
        assert_eq!(table[1].remote, "10.0.0.2:1024".parse().unwrap());
        assert_eq!(table.len(), 2);
    }

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
