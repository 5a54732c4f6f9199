//! The kernel's own word for every process that comes, changes its program and goes: its process connector, a netlink socket.
//! Every message is small, and the kernel drops what is not fetched in time: how many is counted.

use std::collections::{HashMap, VecDeque};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::netlink::{CONNECTOR, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recvfrom, send, socket_with, sockopt,
};

/// The group of listeners, and the name, of process events among connectors.
const CN_IDX_PROC: u32 = 1;
const CN_VAL_PROC: u32 = 1;
/// What is said to the kernel so that it begins to tell.
const PROC_CN_MCAST_LISTEN: u32 = 1;
/// A message that ends here and goes to the kernel.
const NLMSG_DONE: u16 = 3;
/// Sizes of a netlink header, and of a connector's header behind it.
const HEADER_BYTES: usize = 16;
const CONNECTOR_BYTES: usize = 20;
/// A message is far smaller.
const MAX_MESSAGE_BYTES: usize = 4 << 10;
/// What the kernel keeps for this socket while nobody reads: tens of thousands of messages.
const KEPT_BYTES: usize = 16 << 20;

/// Something that happened to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessChange {
    /// It was made by another.
    Forked {
        /// The other.
        parent: u32,
        /// It.
        child: u32,
        /// When, in nanoseconds of the kernel's monotonic clock.
        at_ns: u64,
    },
    /// It runs another program from now on.
    Execed {
        /// It.
        process: u32,
        /// When, in nanoseconds of the kernel's monotonic clock.
        at_ns: u64,
    },
    /// Its real user is another from now on.
    BecameUser {
        /// It.
        process: u32,
        /// That user.
        uid: u32,
    },
    /// It ended.
    Ended {
        /// It.
        process: u32,
        /// As wait(2) gives it.
        status: u32,
        /// When, in nanoseconds of the kernel's monotonic clock.
        at_ns: u64,
    },
    /// So many messages came too fast; what they said is not known.
    Lost(u64),
}

/// Listens to the kernel.
#[derive(Debug)]
pub struct Connector {
    socket: OwnedFd,
    /// Of each processor the number that its next message has.
    next: HashMap<u32, u32>,
    buffer: Box<[u8]>,
}

impl Connector {
    /// Begins to listen.
    ///
    /// # Errors
    /// Without `CAP_NET_ADMIN`, in a container with processes of its own, and where the kernel has no process connector.
    pub fn listen() -> rustix::io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(CONNECTOR))?;
        // Without the right to more it is what the system allows.
        if sockopt::set_socket_recv_buffer_size_force(&socket, KEPT_BYTES).is_err() {
            sockopt::set_socket_recv_buffer_size(&socket, KEPT_BYTES)?;
        }
        bind(&socket, &SocketAddrNetlink::new(0, CN_IDX_PROC))?;
        send(&socket, &request(), SendFlags::empty())?;
        Ok(Self { socket, next: HashMap::new(), buffer: vec![0; MAX_MESSAGE_BYTES].into() })
    }

    /// Fetches what is there, until `queue` holds `most`. Whether anything was fetched.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn fetch(&mut self, queue: &mut VecDeque<ProcessChange>, most: usize) -> rustix::io::Result<bool> {
        let before = queue.len();
        while queue.len() < most {
            let (length, sender) = match recvfrom(&self.socket, &mut self.buffer[..], RecvFlags::empty()) {
                Ok((_, length, sender)) => (length, sender),
                Err(Errno::AGAIN) => break,
                Err(Errno::INTR) => continue,
                // How many were dropped shows in the numbers of what comes next.
                Err(Errno::NOBUFS) => {
                    queue.push_back(ProcessChange::Lost(0));
                    continue;
                }
                Err(error) => return Err(error),
            };
            let sender = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
            let message = self.buffer.get(..length).unwrap_or_default();
            if sender.is_some_and(|sender| sender.pid() == 0) {
                understand(message, &mut self.next, queue);
            }
        }
        Ok(queue.len() > before)
    }
}

impl AsFd for Connector {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn request() -> Vec<u8> {
    let length = HEADER_BYTES + CONNECTOR_BYTES + size_of::<u32>();
    let mut message = Vec::with_capacity(length);
    message.extend(u32::try_from(length).unwrap_or_default().to_ne_bytes());
    message.extend(NLMSG_DONE.to_ne_bytes());
    // No flags, number or sender.
    message.extend([0; 10]);
    message.extend(CN_IDX_PROC.to_ne_bytes());
    message.extend(CN_VAL_PROC.to_ne_bytes());
    message.extend([0; 8]);
    message.extend((size_of::<u32>() as u16).to_ne_bytes());
    message.extend([0; 2]);
    message.extend(PROC_CN_MCAST_LISTEN.to_ne_bytes());
    message
}

/// Takes apart one message of the kernel.
fn understand(message: &[u8], next: &mut HashMap<u32, u32>, queue: &mut VecDeque<ProcessChange>) {
    let number = |at: usize| Some(u32::from_ne_bytes(message.get(at..at + 4)?.try_into().ok()?));
    let long = |at: usize| Some(u64::from_ne_bytes(message.get(at..at + 8)?.try_into().ok()?));
    let mut read = || {
        if (number(HEADER_BYTES)?, number(HEADER_BYTES + 4)?) != (CN_IDX_PROC, CN_VAL_PROC) {
            return None;
        }
        let sequence = number(HEADER_BYTES + 8)?;
        let event = HEADER_BYTES + CONNECTOR_BYTES;
        let (what, processor, at_ns) = (number(event)?, number(event + 4)?, long(event + 8)?);
        let field = |index: usize| number(event + 16 + 4 * index);
        let expected = next.insert(processor, sequence.wrapping_add(1)).unwrap_or(sequence);
        let missed = sequence.wrapping_sub(expected);
        // A number that went back is not that of four thousand million lost messages.
        if (1..u32::MAX / 2).contains(&missed) {
            queue.push_back(ProcessChange::Lost(missed.into()));
        }
        match what {
            // Of threads, the processes that they belong to are told.
            0x1 if field(2)? == field(3)? => Some(ProcessChange::Forked { parent: field(1)?, child: field(3)?, at_ns }),
            0x2 => Some(ProcessChange::Execed { process: field(1)?, at_ns }),
            0x4 if field(0)? == field(1)? => Some(ProcessChange::BecameUser { process: field(1)?, uid: field(2)? }),
            0x8000_0000 if field(0)? == field(1)? => {
                Some(ProcessChange::Ended { process: field(1)?, status: field(2)?, at_ns })
            }
            _ => None,
        }
    };
    if let Some(change) = read() {
        queue.push_back(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(processor: u32, sequence: u32, what: u32, fields: &[u32]) -> Vec<u8> {
        let mut message = vec![0; HEADER_BYTES];
        for number in [CN_IDX_PROC, CN_VAL_PROC, sequence, 0, 0, what, processor] {
            message.extend(number.to_ne_bytes());
        }
        message.extend(77_u64.to_ne_bytes());
        fields.iter().for_each(|field| message.extend(field.to_ne_bytes()));
        message
    }

    fn understood(messages: &[Vec<u8>]) -> Vec<ProcessChange> {
        let (mut next, mut queue) = (HashMap::new(), VecDeque::new());
        messages.iter().for_each(|message| understand(message, &mut next, &mut queue));
        queue.into()
    }

    #[test]
    fn processes_are_told_threads_are_not() {
        let told = understood(&[
            message(0, 5, 0x1, &[10, 10, 11, 11]),
            message(0, 6, 0x1, &[10, 10, 12, 10]),
            message(1, 900, 0x2, &[11, 11]),
            message(1, 901, 0x4, &[11, 11, 1_000, 0]),
            message(1, 902, 0x4, &[12, 11, 1_000, 0]),
            message(0, 7, 0x8000_0000, &[12, 10, 0, 17]),
            message(0, 8, 0x8000_0000, &[11, 11, 256, 17]),
        ]);
        let expected = [
            ProcessChange::Forked { parent: 10, child: 11, at_ns: 77 },
            ProcessChange::Execed { process: 11, at_ns: 77 },
            ProcessChange::BecameUser { process: 11, uid: 1_000 },
            ProcessChange::Ended { process: 11, status: 256, at_ns: 77 },
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_the_kernel_dropped_is_counted_for_each_processor() {
        let exec = |processor, sequence| message(processor, sequence, 0x2, &[11, 11]);
        let told = understood(&[exec(0, u32::MAX), exec(1, 7), exec(0, 0), exec(0, 4), exec(1, 8)]);
        let lost: Vec<_> = told.iter().filter(|change| matches!(change, ProcessChange::Lost(_))).collect();
        assert_eq!(lost, [&ProcessChange::Lost(3)]);
    }

    #[test]
    fn no_message_confuses_at_any_length() {
        let whole = message(0, 5, 0x8000_0000, &[11, 11, 256, 17]);
        for length in 0..whole.len() {
            assert!(understood(&[whole.get(..length).unwrap_or_default().to_vec()]).len() <= 1);
        }
    }
}
