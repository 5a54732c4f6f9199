//! Who asks: which process, of which user, and to which session it belongs. Told by the kernel; nothing that the caller says
//! counts.

use std::sync::Arc;

use detect::Origin;
use nix::sys::socket::{getsockopt, sockopt};

use crate::sessions::Process;
use crate::supervisor::{Session, named_by, seats};

/// The process at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Its user.
    pub uid: u32,
    /// The very process; `None` if it is gone already.
    pub process: Option<Process>,
}

impl Caller {
    /// Who connected.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn of(connection: &tokio::net::UnixStream) -> std::io::Result<Self> {
        let peer = getsockopt(connection, sockopt::PeerCredentials)?;
        let process = u32::try_from(peer.pid()).ok().and_then(Process::find);
        Ok(Self { uid: peer.uid(), process })
    }

    /// Its user and the number of its process.
    pub fn who(&self) -> (u32, Option<u32>) {
        (self.uid, self.process.map(|process| process.pid))
    }

    /// Whether it may act on any session.
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// The session that it belongs to: one of its own user's. Of several it is the one of the same login, else the one whose
    /// display stands in the environment that the process was started with. Root's own sessions are found alike.
    pub fn session(&self, sessions: Vec<Arc<Session>>) -> Option<Arc<Session>> {
        let mut seats = seats(sessions);
        seats.retain(|seat| seat.session.desktop.uid == self.uid);
        if seats.len() < 2 {
            return seats.pop().map(|seat| seat.session);
        }
        let process = self.process?;
        let at = named_by(&seats, &Origin::of(process.pid)?)?;
        let found = seats.get(at).map(|seat| Arc::clone(&seat.session));
        // The number may have gone to another process meanwhile.
        found.filter(|_| process.is_alive())
    }
}
