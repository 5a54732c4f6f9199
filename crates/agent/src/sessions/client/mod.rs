//! Who sits at a session: name and address of the computer from which the user came. Told by the kernel's own lists of
//! sockets, not by what users can write; only the name of an RDP client is what that client says of itself.

mod round_trip;
mod sock_diag;
mod sockets;
mod xrdp_log;

use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Desktop, Process};
use sockets::{Tcp, TcpState};

/// Processes of this machine that are looked at when xrdp's are searched.
const MAX_PROCESSES: usize = 100_000;

/// The computer that a user sits at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Client {
    /// What it calls itself.
    pub name: Option<String>,
    /// Where it is.
    pub address: Option<IpAddr>,
}

/// How users come to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Sitting at the machine, or not at all (a virtual screen).
    Here,
    /// By RDP, through xrdp and its module in Xorg.
    Xrdp,
    /// By VNC, to the X server itself.
    Vnc,
}

/// Watches who sits at one session.
#[derive(Debug, Clone)]
pub struct ClientWatch {
    way: Way,
    display: String,
    /// The X server.
    process: Process,
    uid: u32,
    xrdp_log: PathBuf,
    seen: Option<Seen>,
}

/// A connection to the X server that is there as long as the X server has this descriptor open.
#[derive(Debug, Clone)]
struct Seen {
    descriptor: u32,
    inode: u64,
    client: Client,
    /// The connection over the network, where it is known.
    tcp: Option<Tcp>,
    /// The process of xrdp that serves it, if one does.
    xrdp: Option<u32>,
}

/// How whoever sits at a session is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Through this process of xrdp, which serves nobody else.
    Xrdp(Process),
    /// Through a process that serves others, too.
    Shared,
    /// To the X server itself.
    Vnc,
}

impl ClientWatch {
    /// For a session, as it is run.
    pub fn new(desktop: &Desktop, xrdp_log: &Path) -> Self {
        let process = desktop.server.process;
        let arguments = process.arguments();
        let program = arguments.first().and_then(|path| Path::new(path).file_name()?.to_str()).unwrap_or_default();
        let way = match program {
            "Xvnc" | "Xtigervnc" => Way::Vnc,
            "Xorg" | "X" if arguments.iter().any(|argument| argument.contains("xrdp")) => Way::Xrdp,
            _ => Way::Here,
        };
        let display = desktop.server.display.trim_start_matches(':').to_owned();
        Self { way, display, process, uid: desktop.uid, xrdp_log: xrdp_log.to_owned(), seen: None }
    }

    /// Whether somebody may come from elsewhere.
    pub fn is_remote(&self) -> bool {
        self.way != Way::Here
    }

    /// Whether xrdp's session manager started the X server.
    pub fn is_under_xrdp(&self) -> bool {
        self.way == Way::Xrdp
    }

    /// Who sits there now; `None` if nobody does, or it cannot be told. Cheap as long as nobody comes or goes.
    pub fn look(&mut self) -> Option<Client> {
        let pid = self.process.pid;
        if let Some(seen) = self.seen.take_if(|seen| !sockets::still_has(pid, seen.descriptor, seen.inode)) {
            tracing::debug!(display = self.display, client = ?seen.client, "a client has gone");
        }
        if self.seen.is_none() {
            self.seen = match self.way {
                Way::Here => None,
                Way::Xrdp => self.at_xorg(),
                Way::Vnc => self.at_xvnc(),
            };
        }
        self.seen.as_ref().map(|seen| seen.client.clone())
    }

    /// How long the network takes to whoever sits there, and back.
    pub fn round_trip(&mut self) -> Option<Duration> {
        self.look()?;
        let tcp = self.seen.as_ref()?.tcp?;
        round_trip::round_trip(tcp.local, tcp.remote)
    }

    /// How whoever sits there is connected.
    pub fn connection(&mut self) -> Option<Connection> {
        self.look()?;
        let seen = self.seen.as_ref()?;
        let Some(pid) = seen.xrdp else { return Some(Connection::Vnc) };
        // Where xrdp does not fork for each connection, the one that listens serves all.
        let forked = seen.tcp.is_some() && detect::process::Stat::of(pid).is_some_and(|stat| is_xrdp(stat.parent));
        let own = if forked { Process::find(pid) } else { None };
        Some(own.map_or(Connection::Shared, Connection::Xrdp))
    }

    /// Whether the connection that was seen last is still there.
    pub fn still_seen(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| sockets::still_has(self.process.pid, seen.descriptor, seen.inode))
    }

    /// xrdp's process for the connection holds the other end of the X server's socket, and the connection itself.
    fn at_xorg(&self) -> Option<Seen> {
        let own = sockets::sockets_of(self.process.pid);
        let connected = sockets::connected_at(self.process.pid, &format!("xrdp_display_{}", self.display));
        connected.into_iter().find_map(|inode| {
            let descriptor = *own.get(&inode)?;
            let peer = sockets::unix_peer(inode)?;
            let (pid, (client, tcp)) = self.xrdp_client(|sockets| sockets.contains(&peer))?;
            Some(Seen { descriptor, inode, client, tcp, xrdp: Some(pid) })
        })
    }

    /// Viewers of Xvnc are connected to a port that it listens at. Of several, the one that came first.
    fn at_xvnc(&self) -> Option<Seen> {
        let own = sockets::sockets_of(self.process.pid);
        let all = sockets::tcp_sockets(self.process.pid);
        let of_server: Vec<&Tcp> = all.iter().filter(|tcp| own.contains_key(&tcp.inode)).collect();
        let viewer = of_server
            .iter()
            .filter(|tcp| tcp.state == TcpState::Established && is_accepted(tcp, &of_server))
            .min_by_key(|tcp| own.get(&tcp.inode))?;
        let through_xrdp = || {
            let theirs = all.iter().find(|tcp| tcp.local == viewer.remote && tcp.remote == viewer.local)?;
            self.xrdp_client(|sockets| sockets.contains(&theirs.inode))
        };
        // sesman starts Xvnc for xrdp, too.
        let relayed = viewer.remote.ip().is_loopback().then(through_xrdp).flatten();
        let direct = || (Client { name: None, address: Some(viewer.remote.ip()) }, Some(**viewer));
        let xrdp = relayed.as_ref().map(|(pid, _)| *pid);
        let (client, tcp) = relayed.map_or_else(direct, |(_, client)| client);
        Some(Seen { descriptor: *own.get(&viewer.inode)?, inode: viewer.inode, client, tcp, xrdp })
    }

    /// The xrdp process whose sockets are the wanted ones, its client, and its connection.
    fn xrdp_client(&self, wanted: impl Fn(&[u64]) -> bool) -> Option<(u32, (Client, Option<Tcp>))> {
        processes_of_xrdp(self.uid).find_map(|pid| {
            let own: Vec<u64> = sockets::sockets_of(pid).into_keys().collect();
            wanted(&own).then(|| (pid, self.client_of_xrdp(pid, &own)))
        })
    }

    fn client_of_xrdp(&self, pid: u32, own: &[u64]) -> (Client, Option<Tcp>) {
        // Where xrdp does not fork for each connection they cannot be told apart.
        let Some(tcp) = only_connection(pid, own) else { return Default::default() };
        let name = xrdp_log::client_name(&self.xrdp_log, tcp.remote, pid);
        (Client { name, address: Some(tcp.remote.ip()) }, Some(tcp))
    }
}

/// The one connection that a process was given by a listening socket. `None` if it has none, or several.
fn only_connection(pid: u32, own: &[u64]) -> Option<Tcp> {
    let all = sockets::tcp_sockets(pid);
    let every: Vec<&Tcp> = all.iter().collect();
    let mut accepted = all
        .iter()
        .filter(|tcp| tcp.state == TcpState::Established && own.contains(&tcp.inode) && is_accepted(tcp, &every));
    let only = *accepted.next()?;
    accepted.next().is_none().then_some(only)
}

/// The address at the far end of the one connection that a process serves.
pub fn far_end(pid: u32) -> Option<IpAddr> {
    let own: Vec<u64> = sockets::sockets_of(pid).into_keys().collect();
    only_connection(pid, &own).map(|tcp| tcp.remote.ip())
}

/// Whether a connection came in at a port where somebody of these listens.
fn is_accepted(tcp: &Tcp, among: &[&Tcp]) -> bool {
    among.iter().any(|other| other.state == TcpState::Listening && other.local.port() == tcp.local.port())
}

fn is_xrdp(pid: u32) -> bool {
    detect::process::own_name(pid) == "xrdp"
}

/// Processes that run xrdp and that the session's user could not have started in its place.
fn processes_of_xrdp(session_uid: u32) -> impl Iterator<Item = u32> {
    detect::process::all().take(MAX_PROCESSES).filter(move |pid| {
        let named = || is_xrdp(*pid);
        let about = |path: String| std::fs::metadata(path);
        let of_system = || {
            let owner = about(format!("/proc/{pid}")).ok()?.uid();
            let program = about(format!("/proc/{pid}/exe")).ok()?.uid();
            Some(program == 0 && (owner != session_uid || owner == 0))
        };
        named() && of_system() == Some(true)
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::sessions::DisplayServer;

    #[test]
    fn nobody_comes_to_a_session_that_is_here() {
        let process = Process::find(std::process::id()).unwrap();
        let server = DisplayServer { display: ":7".to_owned(), process };
        let desktop = Desktop::new(server, 0, None);
        let mut watch = ClientWatch::new(&desktop, Path::new("/nowhere"));
        assert!(!watch.is_remote());
        assert_eq!(watch.look(), None);
    }
}
