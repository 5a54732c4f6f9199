//! How long the network takes to a client and back, as the kernel has measured it for the connection (`TCP_INFO` by sock_diag(7)).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::sock_diag::{ask, attribute};

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
/// What is asked for: the connection's `tcp_info`.
const INET_DIAG_INFO: u16 = 2;
/// So many bytes of an answer are about the socket.
const ABOUT_BYTES: usize = 72;
/// Where `tcpi_rtt` stands in `tcp_info`, in microseconds.
const RTT_AT: usize = 68;

/// The smoothed round trip of the TCP connection between these ends. `None` if there is none such here.
pub fn round_trip(local: SocketAddr, remote: SocketAddr) -> Option<Duration> {
    round_trip_in(&ask(&question(local, remote))?)
}

fn question(local: SocketAddr, remote: SocketAddr) -> Vec<u8> {
    let (family, of) = match (local.ip(), remote.ip()) {
        (IpAddr::V4(_), IpAddr::V4(_)) => (AF_INET, padded as fn(IpAddr) -> [u8; 16]),
        _ => (AF_INET6, mapped as fn(IpAddr) -> [u8; 16]),
    };
    let mut question = Vec::new();
    question.extend([family, IPPROTO_TCP, 1 << (INET_DIAG_INFO - 1), 0]);
    // Every state.
    question.extend(u32::MAX.to_ne_bytes());
    question.extend(local.port().to_be_bytes());
    question.extend(remote.port().to_be_bytes());
    question.extend(of(local.ip()));
    question.extend(of(remote.ip()));
    // By whichever interface, and whatever its cookie is.
    question.extend([0; 4]);
    question.extend([0xff; 8]);
    question
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
    let info = attribute(answer, ABOUT_BYTES, INET_DIAG_INFO)?;
    let micros = u32::from_ne_bytes(info.get(RTT_AT..RTT_AT + 4)?.try_into().ok()?);
    (micros > 0).then(|| Duration::from_micros(u64::from(micros)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::super::sock_diag::SOCK_DIAG_BY_FAMILY;
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
