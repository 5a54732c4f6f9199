//! TCP sockets of processes, as the kernel lists them: who is connected to whom.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// A table longer than this is read only so far.
const MAX_TABLE_LINES: usize = 65_536;
/// Of a table that is read at once.
const TABLE_BYTES: usize = 16 << 10;
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
    /// Its own end.
    pub local: SocketAddr,
    /// The other.
    pub remote: SocketAddr,
    /// Its state.
    pub state: TcpState,
    /// Its number, by which processes hold it.
    pub inode: u64,
}

/// What matters of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpState {
    /// It is connected.
    Established,
    /// The other end has not answered yet.
    Connecting,
    /// It waits for others.
    Listening,
    /// Something else.
    Other,
}

/// The TCP sockets that a process could have: those of its network.
pub fn tcp_sockets(pid: u32) -> Vec<Tcp> {
    // Each read goes through all of the kernel's table, which takes it milliseconds: so there are few.
    let table = |name: &str| {
        let mut table = String::with_capacity(TABLE_BYTES);
        let read = File::open(format!("/proc/{pid}/net/{name}")).and_then(|mut file| file.read_to_string(&mut table));
        read.map_or_else(|_| String::new(), |_| table)
    };
    [table("tcp"), table("tcp6")].iter().flat_map(|table| tcp_table(table)).collect()
}

/// How many connections were begun from this machine's network since it started; `None`: nobody counts.
pub fn begun_connections() -> Option<u64> {
    let counts = std::fs::read_to_string("/proc/self/net/snmp").ok()?;
    let mut lines = counts.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let at = lines.next()?.split(' ').position(|name| name == "ActiveOpens")?;
    lines.next()?.split(' ').nth(at)?.parse().ok()
}

fn tcp_table(table: &str) -> Vec<Tcp> {
    table.lines().skip(1).take(MAX_TABLE_LINES).filter_map(tcp_line).collect()
}

fn tcp_line(line: &str) -> Option<Tcp> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (local, remote) = (endpoint(fields.next()?)?, endpoint(fields.next()?)?);
    let state = match fields.next()? {
        "01" => TcpState::Established,
        "02" => TcpState::Connecting,
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd as _;

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
}
