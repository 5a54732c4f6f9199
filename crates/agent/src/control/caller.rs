//! Who asks: which process, of which user, and to which session it belongs. Told by the kernel; nothing that the caller says
//! counts.

use std::sync::Arc;

use nix::sys::socket::{getsockopt, sockopt};

use crate::sessions::{Process, display_number};
use crate::supervisor::Session;

/// Bytes of a process's environment that are looked at.
const MAX_ENVIRONMENT_BYTES: u64 = 256 << 10;
/// What the kernel gives processes that no login started.
const NO_LOGIN: &str = "4294967295";

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
        let mut own: Vec<_> = sessions.into_iter().filter(|session| session.desktop.uid == self.uid).collect();
        if own.len() < 2 {
            return own.pop();
        }
        let process = self.process?;
        if let Some(login) = login(process.pid) {
            let of_login: Vec<_> =
                own.iter().filter(|session| login_of(session).as_deref() == Some(login.as_str())).collect();
            if let [session] = of_login[..] {
                return Some(Arc::clone(session));
            }
        }
        let display = display(process.pid)?;
        let found = own.into_iter().find(|session| display_number(&session.desktop.server.display) == Some(display));
        // The number may have gone to another process meanwhile.
        found.filter(|_| process.is_alive())
    }
}

fn login_of(session: &Session) -> Option<String> {
    login(session.desktop.server.process.pid)
}

/// The login that a process came from, as the kernel's audit keeps it: it cannot be changed without privileges.
fn login(pid: u32) -> Option<String> {
    let login = std::fs::read_to_string(format!("/proc/{pid}/sessionid")).ok()?;
    Some(login.trim().to_owned()).filter(|login| login != NO_LOGIN && !login.is_empty())
}

/// The display in a process's environment.
fn display(pid: u32) -> Option<u32> {
    use std::io::Read as _;
    let mut environment = Vec::new();
    std::fs::File::open(format!("/proc/{pid}/environ"))
        .ok()?
        .take(MAX_ENVIRONMENT_BYTES)
        .read_to_end(&mut environment)
        .ok()?;
    let display = environment.split(|byte| *byte == 0).find_map(|variable| variable.strip_prefix(b"DISPLAY="))?;
    display_number(std::str::from_utf8(display).ok()?)
}
