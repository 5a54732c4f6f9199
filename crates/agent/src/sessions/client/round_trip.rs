//! How long the network takes to a client and back, as the kernel has measured it for the connection (`TCP_INFO` by sock_diag(7)).

use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

const REQUEST_BYTES: u32 = 72;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
/// What is asked for: the connection's `tcp_info`.
const INET_DIAG_INFO: u16 = 2;
/// Behind the message's header stand 72 bytes about the socket, then attributes.
const ATTRIBUTES_AT: usize = 88;
/// Where `tcpi_rtt` stands in `tcp_info`, in microseconds.
const RTT_AT: usize = 68;

/// The smoothed round trip of the TCP connection between these ends. `None` if there is none such here.
pub fn round_trip(local: SocketAddr, remote: SocketAddr) -> Option<Duration> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Netlink, SockType::Datagram, flags, SockProtocol::NetlinkSockDiag).ok()?;
    send(socket.as_raw_fd(), &request(local, remote), MsgFlags::empty()).ok()?;
    let mut answer = [0; 4_096];
    // The kernel answers before `send` returns.
    let length = recv(socket.as_raw_fd(), &mut answer, MsgFlags::empty()).ok()?;
    round_trip_in(answer.get(..length)?)
}

fn request(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let (family, of) = match (local.ip(), remote.ip()) {
        (IpAddr::V4(_), IpAddr::V4(_)) => (AF_INET, padded as fn(IpAddr) -> [u8; 16]),
        _ => (AF_INET6, mapped as fn(IpAddr) -> [u8; 16]),
    };
    let mut request = Vec::new();
    request.extend(REQUEST_BYTES.to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence and port: one question, asked of the kernel.
    request.extend([0; 8]);
    request.extend([family, IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0]);
    // Every state.
    request.extend(u32::MAX.to_ne_bytes());
    request.extend(local.port().to_be_bytes());
    request.extend(remote.port().to_be_bytes());
    request.extend(of(local.ip()));
    request.extend(of(remote.ip()));
    // By whichever interface, and whatever its cookie is.
    request.extend([0; 4]);
    request.extend([0xff; 8]);
    request
}

fn padded(address: IpAddr) -> [u8; 16] {
    let mut bytes = [0; 16];
    if let IpAddr::V4(address) = address {
        bytes[..4].copy_from_slice(&address.octets());
    }
    bytes
}

fn mapped(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

fn round_trip_in(answer: &[u8]) -> Option<Duration> {
    let half = |bytes: &[u8], at: usize| Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    if half(answer, 4)? != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let mut rest = answer.get(ATTRIBUTES_AT..)?;
    loop {
        let length = usize::from(half(rest, 0)?);
        if half(rest, 2)? == INET_DIAG_INFO {
            let info = rest.get(4..length)?;
            let micros = u32::from_ne_bytes(info.get(RTT_AT..RTT_AT + 4)?.try_into().ok()?);
            return (micros > 0).then(|| Duration::from_micros(u64::from(micros)));
        }
        rest = rest.get(length.max(4).next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_kernel_knows_how_long_a_connection_takes() {
        for listening in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(listening) else { continue };
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut server, from) = listener.accept().unwrap();
            client.write_all(b"ping").unwrap();
            server.read_exact(&mut [0; 4]).unwrap();
            server.write_all(b"pong").unwrap();
            client.read_exact(&mut [0; 4]).unwrap();
            let took = round_trip(server.local_addr().unwrap(), from).unwrap();
            assert!(took < Duration::from_secs(1), "{took:?}");
            let nobody = SocketAddr::new(from.ip(), 1);
            assert_eq!(round_trip(server.local_addr().unwrap(), nobody), None);
        }
    }

    #[test]
    fn rubbish_is_no_answer() {
        let mut answer = vec![0; 200];
        answer[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        for length in 0..answer.len() {
            assert_eq!(round_trip_in(&answer[..length]), None);
        }
        answer[88..92].copy_from_slice(&[255, 255, 2, 0]);
        assert_eq!(round_trip_in(&answer), None);
    }
}
