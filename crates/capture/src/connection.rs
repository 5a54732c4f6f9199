//! Opening a display, with the cookie that was given or the one in the XAUTHORITY file.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use x11rb::connection::{Connection as _, RequestConnection};
use x11rb::cookie::{Cookie, VoidCookie};
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::res::{self, ConnectionExt as _};
use x11rb::protocol::xproto::Window;
use x11rb::reexports::x11rb_protocol::parse_display::{ConnectAddress, parse_display};
use x11rb::reexports::x11rb_protocol::xauth::get_auth;
use x11rb::rust_connection::{DefaultStream, RustConnection};
use x11rb::x11_utils::TryParse;

use crate::error::{CaptureError, ExchangeError, OpenError, connect_error};
use crate::server::ServerIdentity;
use crate::wire::{REPLY_PATIENCE, Wire};

/// Display numbers are also TCP ports counted from 6000.
const HIGHEST_DISPLAY: u16 = u16::MAX - 6000;

const COOKIE_PROTOCOL: &[u8] = b"MIT-MAGIC-COOKIE-1";

/// Which display to open, and what opens it.
#[derive(Clone, Default)]
pub struct ConnectionParams {
    /// The display's name, such as `:0` or `:10.0`.
    pub display: String,
    /// The `MIT-MAGIC-COOKIE-1`; `None` looks it up in the file that `XAUTHORITY` names, or `~/.Xauthority`.
    pub cookie: Option<Vec<u8>>,
}

impl std::fmt::Debug for ConnectionParams {
    /// Says whether there is a cookie and never what it is: who has it owns the display.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionParams")
            .field("display", &self.display)
            .field("cookie", &self.cookie.as_ref().map(|_| "…"))
            .finish()
    }
}

/// A connection to an X server, with replies that are waited for no longer than [`REPLY_PATIENCE`].
pub(crate) struct Link {
    pub(crate) conn: RustConnection<Wire>,
    pub(crate) screen: usize,
    /// Descriptors can be passed: the connection is a Unix socket.
    pub(crate) local: bool,
    /// Who is at the other end, if the kernel knows.
    pub(crate) server: Option<ServerIdentity>,
}

impl Link {
    /// Connects and passes the server's door.
    pub(crate) fn open(params: &ConnectionParams) -> Result<Self, OpenError> {
        let display = params.display.as_str();
        let bad_name = || OpenError::BadName { display: display.to_owned() };
        let parsed = parse_display(Some(display)).map_err(|_| bad_name())?;
        if parsed.display > HIGHEST_DISPLAY {
            return Err(bad_name());
        }
        let mut first_error = None;
        for address in parsed.connect_instruction() {
            let local = matches!(address, ConnectAddress::Socket(_));
            let (stream, (family, peer)) = match DefaultStream::connect(&address) {
                Ok(connected) => connected,
                Err(error) => {
                    // The Unix socket comes first, and its error says more than that of the TCP port tried after it.
                    first_error.get_or_insert(error);
                    continue;
                }
            };
            let (protocol, cookie) = match &params.cookie {
                Some(cookie) => (COOKIE_PROTOCOL.to_vec(), cookie.clone()),
                // A server may need no cookie at all: an XAUTHORITY that cannot be read is not an error yet.
                None => get_auth(family, &peer, parsed.display).ok().flatten().unwrap_or_default(),
            };
            let server = if local { ServerIdentity::of_peer(&stream.as_fd()) } else { None };
            let wire = Wire::new(stream);
            // Accepting a client takes a busy server longer than answering one.
            wire.set_read_deadline(Some(Instant::now() + REPLY_PATIENCE * 10));
            let screen = usize::from(parsed.screen);
            let conn = RustConnection::connect_to_stream_with_auth_info(wire, screen, protocol, cookie)
                .map_err(|error| connect_error(display, error))?;
            conn.stream().set_read_deadline(None);
            return Ok(Self { conn, screen, local, server });
        }
        Err(match first_error {
            Some(source) => OpenError::Unreachable { display: display.to_owned(), source },
            None => bad_name(),
        })
    }

    /// Waits for a reply, no longer than the patience.
    pub(crate) fn reply<R: TryParse>(
        &self,
        doing: &'static str,
        cookie: Cookie<'_, RustConnection<Wire>, R>,
    ) -> Result<R, ExchangeError> {
        use x11rb::connection::{DiscardMode, RequestKind};
        let sequence = cookie.sequence_number();
        self.patiently(|| cookie.reply()).map_err(|error| {
            let error = ExchangeError::from_reply(doing, error);
            if matches!(error, ExchangeError::Late(_)) {
                // Nobody asks for it any more: it must not be kept when it comes at last.
                self.conn.discard_reply(sequence, RequestKind::HasResponse, DiscardMode::DiscardReplyAndError);
            }
            error
        })
    }

    /// Waits until the server has carried out a request that has no reply.
    pub(crate) fn check(
        &self,
        doing: &'static str,
        cookie: VoidCookie<'_, RustConnection<Wire>>,
    ) -> Result<(), ExchangeError> {
        self.patiently(|| cookie.check()).map_err(|error| ExchangeError::from_reply(doing, error))
    }

    fn patiently<T>(&self, exchange: impl FnOnce() -> Result<T, ReplyError>) -> Result<T, ReplyError> {
        self.conn.stream().set_read_deadline(Some(Instant::now() + REPLY_PATIENCE));
        let result = exchange();
        self.conn.stream().set_read_deadline(None);
        result
    }

    /// The process behind a window, by the X server's word (X-Resource 1.2); none over TCP.
    pub(crate) fn pid_of(&self, window: Window) -> Result<Option<u32>, ExchangeError> {
        let doing = "a window's process";
        let spec = res::ClientIdSpec { client: window, mask: res::ClientIdMask::LOCAL_CLIENT_PID };
        let asked = self.conn.res_query_client_ids(&[spec]).map_err(|e| ExchangeError::from_connection(doing, e))?;
        let answer = self.reply(doing, asked)?;
        Ok(answer.ids.iter().find_map(|id| id.value.first().copied()).filter(|pid| *pid > 0))
    }

    /// Asks for X-Resource, by which [`Link::pid_of`] knows.
    pub(crate) fn begin_resources(&self) -> Result<(), ExchangeError> {
        let doing = "X-Resource";
        let version = self.conn.res_query_version(1, 2).map_err(|e| ExchangeError::from_connection(doing, e))?;
        self.reply(doing, version).map(drop)
    }

    /// Sends what is buffered.
    pub(crate) fn flush(&self) -> Result<(), ExchangeError> {
        self.conn.flush().map_err(|error| ExchangeError::from_connection("sending requests", error))
    }

    /// What the server has announced and was not heard yet. Never waits.
    pub(crate) fn announced(&self) -> Result<Option<Event>, CaptureError> {
        let event = self.conn.poll_for_event();
        event.map_err(|error| ExchangeError::from_connection("reading events", error).into_final())
    }

    /// Sleeps until the server says something, something interrupts (true), or this moment.
    pub(crate) fn wait(&self, interrupts: &[BorrowedFd<'_>], until: Option<Instant>) -> bool {
        let timeout = until.map_or(PollTimeout::NONE, |until| {
            PollTimeout::try_from(until.saturating_duration_since(Instant::now())).unwrap_or(PollTimeout::MAX)
        });
        let mut fds: Vec<PollFd<'_>> = interrupts.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
        fds.push(PollFd::new(self.conn.stream().as_fd(), PollFlags::POLLIN));
        let woken = poll(&mut fds, timeout);
        matches!(woken, Ok(1..)) && fds[..interrupts.len()].iter().any(|fd| fd.any().unwrap_or(true))
    }

    /// Whether the server has the extension.
    pub(crate) fn has(&self, extension: &'static str) -> Result<bool, ExchangeError> {
        Ok(self.opcode(extension)?.is_some())
    }

    /// By which number requests of an extension are known, where the server has it.
    pub(crate) fn opcode(&self, extension: &'static str) -> Result<Option<u8>, ExchangeError> {
        self.patiently(|| Ok(self.conn.extension_information(extension)?.map(|found| found.major_opcode)))
            .map_err(|error| ExchangeError::from_reply("the list of extensions", error))
    }
}
