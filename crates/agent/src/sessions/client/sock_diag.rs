//! Questions to the kernel about one socket: sock_diag(7).

use std::os::fd::AsRawFd as _;

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

pub(super) const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
/// A message's header: its length, what it is, flags, and who asks.
const HEADER_BYTES: usize = 16;
/// An answer about one socket is shorter.
const MAX_ANSWER_BYTES: usize = 4_096;

/// The kernel's answer to one question.
pub(super) fn ask(question: &[u8]) -> Option<Vec<u8>> {
    let mut request = Vec::with_capacity(HEADER_BYTES + question.len());
    request.extend(u32::try_from(HEADER_BYTES + question.len()).ok()?.to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence and port: one question, asked of the kernel.
    request.extend([0; 8]);
    request.extend(question);
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Netlink, SockType::Datagram, flags, SockProtocol::NetlinkSockDiag).ok()?;
    send(socket.as_raw_fd(), &request, MsgFlags::empty()).ok()?;
    let mut answer = vec![0; MAX_ANSWER_BYTES];
    // The kernel answers before `send` returns.
    let length = recv(socket.as_raw_fd(), &mut answer, MsgFlags::empty()).ok()?;
    answer.truncate(length);
    Some(answer)
}

/// What an answer's attribute of this kind holds. Behind the header stand `about_bytes` about the socket, then
/// the attributes.
pub(super) fn attribute(answer: &[u8], about_bytes: usize, kind: u16) -> Option<&[u8]> {
    let half = |bytes: &[u8], at: usize| Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    if half(answer, 4)? != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let mut rest = answer.get(HEADER_BYTES + about_bytes..)?;
    loop {
        let length = usize::from(half(rest, 0)?);
        if half(rest, 2)? == kind {
            return rest.get(4..length);
        }
        rest = rest.get(length.max(4).next_multiple_of(4)..)?;
    }
}
