//! What a recorder is told on stdin: its start parameters, later orders; one line of JSON each.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use recording::Event;
use serde::{Deserialize, Serialize};

use super::asked::{Known, Questions, Whose};
use super::documents::{Content, Document};
use super::inlet::Inlet;
use super::start::{SealStart, StartError, StartParameters};
use crate::basic::ScreenChoice;

/// A line longer than this ends the listening.
const MAX_ORDER_BYTES: usize = 64 << 10;

/// What the agent wants of a recorder that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// This is to stand in the recording, at the moment when the order arrives.
    Event(Event),
    /// A copy of this is.
    Document(Document),
    /// What is known of the program behind a window: an answer to a question.
    Program(Whose, Known),
    /// Record nothing from now on, and drop some of what came before.
    Pause {
        /// When it was asked for, in microseconds of `CLOCK_BOOTTIME`.
        at_us: u64,
        /// How much of what came before is dropped.
        look_back_us: u64,
        /// Why, in words.
        text: String,
    },
    /// Encode and write from now on, having stood by.
    Begin {
        /// The recording's time zero, in microseconds of `CLOCK_BOOTTIME`: what was shown since then belongs to it.
        from_us: u64,
        /// Only these screens are recorded.
        screen: ScreenChoice,
        /// What is to be sealed, where the recording was not known before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seal: Option<SealStart>,
    },
    /// Go on.
    Resume {
        /// When it was asked for, in microseconds of `CLOCK_BOOTTIME`.
        at_us: u64,
    },
}

impl Order {
    /// The line that says it.
    ///
    /// # Errors
    /// If it is too long for one.
    pub fn line(&self) -> std::io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        if line.len() > MAX_ORDER_BYTES {
            return Err(std::io::Error::other("an order is too long"));
        }
        Ok(line)
    }

    /// What is handed over beside the line.
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::Document(document) => document.content.file(),
            _ => None,
        }
    }
}

/// The agent's end of what a recorder hears.
#[derive(Debug, Default)]
pub struct Orders {
    /// `None` once nobody can say anything any more.
    input: Option<BufReader<Inlet>>,
    /// The beginning of a line that has not come whole.
    line: Vec<u8>,
    arrived: VecDeque<Order>,
    pub(super) questions: Questions,
}

impl Orders {
    /// Reads the start parameters from stdin, then listens on it.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn stdin() -> Result<(StartParameters, Self), StartError> {
        let file = std::io::stdin().as_fd().try_clone_to_owned().map_err(StartError::Unreadable)?;
        Self::listening_to(file.into())
    }

    fn listening_to(file: File) -> Result<(StartParameters, Self), StartError> {
        let mut input = BufReader::new(Inlet::new(file));
        let parameters = StartParameters::read(&mut input)?;
        let mut orders = Self { input: Some(input), ..Self::default() };
        // What came together with the first line would not wake anybody.
        orders.hear();
        Ok((parameters, orders))
    }

    /// Becomes readable when something was said.
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.input().map(File::as_fd)
    }

    /// Where questions go, too.
    pub(super) fn input(&self) -> Option<&File> {
        self.input.as_ref().map(|input| input.get_ref().file())
    }

    /// Waits for something to be said, and hears it. False: nothing was until then.
    pub(super) fn hear_until(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let said =
            self.as_fd().is_some_and(|fd| matches!(poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], timeout), Ok(1..)));
        if said {
            self.hear();
        }
        said
    }

    /// Whether stdin has something to say, or was closed. Whoever is woken calls [`Orders::take`] then.
    pub fn is_ready(&self) -> bool {
        self.as_fd().is_some_and(is_ready)
    }

    /// The next order that has arrived. Never waits.
    pub fn take(&mut self) -> Option<Order> {
        self.hear();
        self.arrived.pop_front()
    }

    fn hear(&mut self) {
        while let Some(input) = &mut self.input {
            if input.buffer().is_empty() && !is_ready(input.get_ref().file().as_fd()) {
                return;
            }
            let (count, whole) = match input.fill_buf() {
                Ok(bytes) => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let count = end.map_or(bytes.len(), |end| end + 1);
                    self.line.extend_from_slice(&bytes[..count]);
                    (count, end.is_some())
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => (0, false),
            };
            input.consume(count);
            if count == 0 || self.line.len() > MAX_ORDER_BYTES {
                self.input = None;
            } else if whole {
                match serde_json::from_slice(&self.line) {
                    Ok(Order::Program(whose, known)) => self.questions.answer(whose, known),
                    Ok(Order::Document(mut document)) => {
                        document.content = input.get_mut().handed().map(Content::of).unwrap_or_default();
                        self.arrived.push_back(Order::Document(document));
                    }
                    Ok(order) => self.arrived.push_back(order),
                    // The agent may be newer than its recorder for a moment.
                    Err(error) => tracing::warn!(%error, "an order is not known here"),
                }
                self.line.clear();
            }
        }
    }
}

/// Orders that capture listens to as well, while it waits for an answer.
#[derive(Debug, Clone, Default)]
pub struct SharedOrders {
    orders: Arc<Mutex<Orders>>,
    /// The same as that of the orders, to be waited for without them.
    descriptor: Option<Arc<OwnedFd>>,
}

impl SharedOrders {
    /// Shares orders.
    ///
    /// # Errors
    /// If there is no descriptor to spare.
    pub fn new(orders: Orders) -> std::io::Result<Self> {
        let descriptor = orders.as_fd().map(|fd| fd.try_clone_to_owned()).transpose()?.map(Arc::new);
        Ok(Self { orders: Arc::new(Mutex::new(orders)), descriptor })
    }

    /// The orders.
    pub fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Becomes readable when something was said.
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.descriptor.as_ref().map(|descriptor| descriptor.as_fd())
    }

    /// The next order that has arrived. Never waits. Once nobody is left to say anything, nobody is waited for.
    pub fn take(&mut self) -> Option<Order> {
        let order = self.lock().take();
        if order.is_none() && self.lock().as_fd().is_none() {
            self.descriptor = None;
        }
        order
    }
}

fn is_ready(fd: BorrowedFd<'_>) -> bool {
    matches!(poll(&mut [PollFd::new(fd, PollFlags::POLLIN)], PollTimeout::ZERO), Ok(1..))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::io::Write as _;

    use super::*;

    const START: &[u8] = b"{\"display\":\":10\",\"origin_boottime_us\":5}\n";

    fn pipe() -> (Orders, File) {
        let (reading, writing) = nix::unistd::pipe().unwrap();
        let mut writing = File::from(writing);
        let order = Order::Event(Event::new("first")).line().unwrap();
        writing.write_all(&[START, &order].concat()).unwrap();
        (Orders::listening_to(reading.into()).unwrap().1, writing)
    }

    #[test]
    fn orders_arrive_in_pieces_and_what_is_unknown_is_passed_over() {
        let (mut orders, mut writing) = pipe();
        assert_eq!(orders.take(), Some(Order::Event(Event::new("first"))));
        assert_eq!(orders.take(), None);
        writing.write_all(b"{\"of-a-later-version\":1}\n{\"event\":{\"kind\":").unwrap();
        assert_eq!(orders.take(), None);
        writing.write_all(b"\"second\"}}\n").unwrap();
        assert!(orders.is_ready());
        assert_eq!(orders.take(), Some(Order::Event(Event::new("second"))));
        drop(writing);
        assert_eq!(orders.take(), None);
        assert!(orders.as_fd().is_none(), "nobody is left to listen to");
    }

    #[test]
    fn an_endless_line_is_not_kept() {
        let (mut orders, mut writing) = pipe();
        let writing = std::thread::spawn(move || writing.write_all(&vec![b'x'; 4 * MAX_ORDER_BYTES]));
        while orders.as_fd().is_some() {
            orders.take();
        }
        assert!(orders.line.len() <= MAX_ORDER_BYTES + (8 << 10));
        drop(orders);
        let _ = writing.join();
    }
}
