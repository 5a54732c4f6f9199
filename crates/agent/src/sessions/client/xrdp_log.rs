//! The name that an RDP client gives itself: only xrdp's log has it.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use crate::bounded::tail;

/// Only so much of a log's end is read.
const TAIL_BYTES: u64 = 1 << 20;
/// A name of RDP has fifteen characters; whatever is longer is none.
const MAX_NAME_CHARS: usize = 64;

const RECEIVED: &str = " connection received from ";
const NAME: &str = "Connected client computer name: ";
const ESTABLISHED: &str = "TLS connection established from ";

/// The name that the client at `peer` gave, whose connection process `pid` serves. `None` if the log does not tell, or does
/// not tell it apart from the name of somebody who connected at the same moment.
pub fn client_name(log: &Path, peer: SocketAddr, pid: u32) -> Option<String> {
    name_in(&tail(log, TAIL_BYTES).ok()?, peer, pid)
}

fn name_in(log: &str, peer: SocketAddr, pid: u32) -> Option<String> {
    let lines: Vec<&str> = log.lines().collect();
    let begins = lines.iter().rposition(|line| peer_after(line, RECEIVED) == Some(peer))?;
    let conversation = &lines[begins..];
    let ends = conversation.iter().position(|line| peer_after(line, ESTABLISHED) == Some(peer));
    let conversation = &conversation[..ends.unwrap_or(conversation.len())];
    // With EnableProcessId in xrdp.ini each line says whose it is.
    let of_process = format!("[pid:{pid} ");
    let with_pids = conversation.iter().any(|line| line.contains("[pid:"));
    let own = conversation.iter().filter(|line| !with_pids || line.contains(&of_process));
    let mut names = own.filter_map(|line| Some(line.split_once(NAME)?.1.trim()));
    let name = names.next()?;
    let told_apart = names.all(|other| other == name);
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME_CHARS && !name.chars().any(char::is_control);
    (told_apart && fits).then(|| name.to_owned())
}

/// The address and port that follow these words.
fn peer_after(line: &str, words: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(words)?;
    let (address, rest) = rest.split_once(" port ")?;
    let port = rest.split(|character: char| !character.is_ascii_digit()).next()?;
    let address: IpAddr = address.parse().ok()?;
    Some(SocketAddr::new(address.to_canonical(), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    const ONE_BY_ONE: &str = "\
[20261121-14:01:34] [INFO ] Socket 11: AF_INET connection received from 127.0.0.1 port 48320
[20261121-14:01:34] [INFO ] Connected client computer name: desk-a
[20261121-14:01:35] [INFO ] TLS connection established from 127.0.0.1 port 48320: TLSv1.3 with cipher X
[20261121-14:01:36] [INFO ] Socket 11: AF_INET6 connection received from ::ffff:127.0.0.1 port 48400
[20261121-14:01:36] [INFO ] Connected client computer name: desk-b
";

    #[test]
    fn each_connection_has_its_name() {
        assert_eq!(name_in(ONE_BY_ONE, peer(48_320), 1).as_deref(), Some("desk-a"));
        assert_eq!(name_in(ONE_BY_ONE, peer(48_400), 1).as_deref(), Some("desk-b"));
        assert_eq!(name_in(ONE_BY_ONE, peer(1), 1), None);
    }

    const AT_ONCE: &str = "\
[d] [pid:5 tid:1] [INFO ] Socket 11: AF_INET connection received from 127.0.0.1 port 1
[d] [pid:5 tid:1] [INFO ] Socket 11: AF_INET connection received from 127.0.0.1 port 2
[d] [pid:7 tid:1] [INFO ] Connected client computer name: two
[d] [pid:6 tid:1] [INFO ] Connected client computer name: one
[d] [pid:6 tid:1] [INFO ] TLS connection established from 127.0.0.1 port 1: TLSv1.3 with cipher X
";

    #[test]
    fn of_two_at_once_none_is_guessed_unless_lines_say_whose_they_are() {
        let silent = AT_ONCE.replace("[pid:", "[");
        assert_eq!(name_in(&silent, peer(1), 6), None);
        assert_eq!(name_in(AT_ONCE, peer(1), 6).as_deref(), Some("one"));
        assert_eq!(name_in(AT_ONCE, peer(2), 7).as_deref(), Some("two"));
    }

    #[test]
    fn what_is_no_name_is_none() {
        for name in ["", "a\u{7}b", &"x".repeat(65)] {
            let log = ONE_BY_ONE.replace("desk-a", name);
            assert_eq!(name_in(&log, peer(48_320), 1), None, "{name:?}");
        }
    }
}
