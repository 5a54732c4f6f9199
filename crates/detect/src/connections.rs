//! Connections that programs make to the shells and desktops of other machines: SSH, RDP, VNC. The kernel tells nobody of them, so they are
//! looked for: those of clients soon after these start, and those to the usual ports now and then.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::files::Known;
use crate::origin::Origin;
use crate::process::{Stat, all, file_name};
use crate::sockets::{Tcp, TcpState, begun_connections, sockets_of, tcp_sockets};

/// Before a client is looked at that has just started; twice as long each time after it.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// But no longer than this.
const MOST_WAIT: Duration = Duration::from_secs(10);
/// How often the machine's connections to the usual ports are looked at.
const SCAN_EVERY: Duration = Duration::from_secs(5);
/// A client that has made no connection after so many looks, a quarter of an hour, is let be.
const MAX_LOOKS: u32 = 100;
/// Clients that are looked at at a time.
const MAX_CLIENTS: usize = 64;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// A shell.
    Ssh,
    /// A desktop, most often of Windows.
    Rdp,
    /// A desktop.
    Vnc,
}

/// Programs that connect by the files that they run; `None`: they speak several, and the port says which.
const CLIENTS: &[(&str, Option<Protocol>)] = &[
    ("ssh", Some(Protocol::Ssh)),
    ("dbclient", Some(Protocol::Ssh)),
    ("putty", Some(Protocol::Ssh)),
    ("plink", Some(Protocol::Ssh)),
    ("xfreerdp", Some(Protocol::Rdp)),
    ("xfreerdp3", Some(Protocol::Rdp)),
    ("wlfreerdp", Some(Protocol::Rdp)),
    ("wlfreerdp3", Some(Protocol::Rdp)),
    ("sdl-freerdp", Some(Protocol::Rdp)),
    ("sdl-freerdp3", Some(Protocol::Rdp)),
    ("rdesktop", Some(Protocol::Rdp)),
    ("vncviewer", Some(Protocol::Vnc)),
    ("xtigervncviewer", Some(Protocol::Vnc)),
    ("xtightvncviewer", Some(Protocol::Vnc)),
    ("ssvncviewer", Some(Protocol::Vnc)),
    ("gvncviewer", Some(Protocol::Vnc)),
    ("remmina", None),
    ("krdc", None),
    ("vinagre", None),
    ("gnome-connections", None),
];

impl Protocol {
    /// What is spoken at a port, where that is usual.
    fn at(port: u16) -> Option<Self> {
        match port {
            22 => Some(Self::Ssh),
            3_389 => Some(Self::Rdp),
            5_900..=5_999 => Some(Self::Vnc),
            _ => None,
        }
    }

    /// Its name in small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Rdp => "rdp",
            Self::Vnc => "vnc",
        }
    }
}

/// Whether a program, by the path of the file that it runs, is one that is looked at.
pub fn is_client(program: &str) -> bool {
    spoken_by(program).is_some()
}

fn spoken_by(program: &str) -> Option<Option<Protocol>> {
    CLIENTS.iter().find(|(name, _)| *name == file_name(program)).map(|(_, protocol)| *protocol)
}

/// A connection that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// What is spoken: by the program, and where that speaks several, or is not known, by the port.
    pub protocol: Protocol,
    /// Where to.
    pub to: SocketAddr,
    /// The process that made it.
    pub process: u32,
    /// The file that it runs.
    pub program: Option<String>,
    /// Where the process comes from.
    pub origin: Origin,
}

/// A client that is looked at.
#[derive(Debug)]
struct Client {
    started_ticks: u64,
    protocol: Option<Protocol>,
    due: Instant,
    wait: Duration,
    looks: u32,
    /// It ran before anybody looked: what it is connected to then is passed over.
    before: bool,
    /// Its sockets that were told.
    told: BTreeSet<u64>,
}

/// Looks for connections.
#[derive(Debug, Default)]
pub struct Connections {
    clients: HashMap<u32, Client>,
    /// Sockets that were told, or were there before.
    known: HashSet<u64>,
    scanned: Option<Instant>,
    /// How many connections had been begun when they were looked at last.
    begun: Option<u64>,
}

impl Connections {
    /// A client started, or ran already.
    pub fn started(&mut self, process: u32, program: &str, before: bool) {
        let Some((protocol, stat)) = spoken_by(program).zip(Stat::of(process)) else { return };
        if self.clients.len() < MAX_CLIENTS || self.clients.contains_key(&process) {
            let (due, started_ticks) = (Instant::now() + FIRST_WAIT, stat.started_ticks);
            let client =
                Client { started_ticks, protocol, due, wait: FIRST_WAIT, looks: 0, before, told: BTreeSet::new() };
            self.clients.insert(process, client);
        }
    }

    /// When something is to be looked at.
    pub fn due(&self) -> Option<Instant> {
        let scan = self.scanned.map_or_else(Instant::now, |last| last + SCAN_EVERY);
        self.clients.values().map(|client| client.due).chain([scan]).min()
    }

    /// All is due now: nobody looks afterwards.
    pub fn look_now(&mut self) {
        self.scanned = None;
        self.clients.values_mut().for_each(|client| client.due = Instant::now());
    }

    /// Looks at what is due, and tells what is connected. `known` says program and origin of a process.
    pub fn take(&mut self, known: &Known<'_>, tell: &mut dyn FnMut(Connected)) {
        let now = Instant::now();
        let due: Vec<u32> =
            self.clients.iter().filter(|(_, client)| client.due <= now).map(|(process, _)| *process).collect();
        for process in due {
            let Some(client) = self.clients.remove(&process) else { continue };
            if let Some(client) = self.look(process, client, now, known, tell) {
                self.clients.insert(process, client);
            }
        }
        if self.scanned.is_none_or(|last| last + SCAN_EVERY <= now) {
            let begun = begun_connections();
            // Where none was begun, and all that were have come about, there is no new one.
            if begun.is_none() || begun != self.begun {
                let is_settled = self.scan(known, tell);
                self.begun = begun.filter(|_| is_settled);
            }
            self.scanned = Some(now);
        }
    }

    /// Looks at one client, and gives it back where it is to be looked at again.
    fn look(
        &mut self,
        process: u32,
        mut client: Client,
        now: Instant,
        known: &Known<'_>,
        tell: &mut dyn FnMut(Connected),
    ) -> Option<Client> {
        Stat::of(process).filter(|stat| stat.lives && stat.started_ticks == client.started_ticks)?;
        let mut own: BTreeSet<u64> = sockets_of(process).into_keys().collect();
        client.told.retain(|inode| own.contains(inode));
        own.retain(|inode| !client.told.contains(inode) && !self.known.contains(inode));
        if !own.is_empty() {
            let table = tcp_sockets(process);
            for tcp in outgoing(&table).filter(|tcp| own.contains(&tcp.inode)) {
                let Some(protocol) = client.protocol.or_else(|| Protocol::at(tcp.remote.port())) else { continue };
                self.known.insert(tcp.inode);
                client.told.insert(tcp.inode);
                client.looks = 0;
                if let Some((program, origin)) = known(process).filter(|_| !client.before) {
                    tell(Connected { protocol, to: tcp.remote, process, program, origin });
                }
                // It makes one, and what else it connects to is forwarded.
                if protocol == Protocol::Ssh && client.protocol.is_some() {
                    return None;
                }
            }
        }
        client.before = false;
        client.looks += 1;
        client.wait = (client.wait * 2).min(MOST_WAIT);
        client.due = now + client.wait;
        (client.looks < MAX_LOOKS).then_some(client)
    }

    /// Looks at the machine's connections to the usual ports, and says whether none is still being made. Those that are there at first are passed over.
    fn scan(&mut self, known: &Known<'_>, tell: &mut dyn FnMut(Connected)) -> bool {
        let table = tcp_sockets(std::process::id());
        let is_settled = table.iter().all(|tcp| tcp.state != TcpState::Connecting);
        let there: HashSet<u64> = table.iter().map(|tcp| tcp.inode).collect();
        self.known.retain(|inode| there.contains(inode));
        let usual = outgoing(&table).filter(|tcp| Protocol::at(tcp.remote.port()).is_some());
        // Of one that its process has closed nobody knows whose it was.
        let mut fresh: Vec<&Tcp> = usual.filter(|tcp| tcp.inode != 0 && self.known.insert(tcp.inode)).collect();
        if self.scanned.is_none() || fresh.is_empty() {
            return is_settled;
        }
        for process in all() {
            let own = sockets_of(process);
            fresh.retain(|tcp| {
                let protocol = Protocol::at(tcp.remote.port()).filter(|_| own.contains_key(&tcp.inode));
                let Some((protocol, (program, origin))) = protocol.zip(known(process)) else { return true };
                tell(Connected { protocol, to: tcp.remote, process, program, origin });
                false
            });
        }
        is_settled
    }
}

/// Connections that were made from here: not at a port that somebody here listens at.
fn outgoing(table: &[Tcp]) -> impl Iterator<Item = &Tcp> {
    let listening = table.iter().filter(|tcp| tcp.state == TcpState::Listening).map(|tcp| tcp.local.port());
    let listening: HashSet<u16> = listening.collect();
    table.iter().filter(move |tcp| tcp.state == TcpState::Established && !listening.contains(&tcp.local.port()))
}
