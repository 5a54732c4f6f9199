//! Whose a window is: connections and their processes as the X server itself knows them (X-Resource 1.2), never as windows'
//! properties say, which any program can write.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::res::{self, ClientIdMask, ClientIdSpec, ConnectionExt as _};

use crate::connection::Link;
use crate::error::ExchangeError;

/// How long a look waits for what is not known of a process yet. Longer, and its windows are covered until it is.
const PATIENCE: Duration = Duration::from_millis(30);

/// A connection to the X server, and the process that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client {
    /// What all its resources' numbers begin with.
    pub base: u32,
    /// The process.
    pub pid: u32,
    /// Counts up when the connection makes a window: what was known may then be of another program that took its place.
    pub serial: u64,
}

/// What is known of a program whose window is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Its windows may be seen.
    Open,
    /// Only its main window may be: the first that a window manager looks after.
    OpenMainWindow,
    /// Its windows must not be seen.
    Covered,
    /// Nothing yet, which covers too.
    Unknown,
}

/// Knows programs. Answers that are not known at once may come later.
pub trait Programs: Send {
    /// What is known of a client's program; asks if nothing is. Does not wait.
    fn class(&mut self, client: Client) -> Class;

    /// Waits for answers that are on their way, no longer than until then.
    fn wait(&mut self, until: Instant) {
        let _ = until;
    }
}

/// What becomes of windows of programs.
#[derive(Clone)]
pub struct CoverOptions {
    /// Whether everything is covered that is no window of a program that may be seen, the desktop itself too.
    pub everything_else: bool,
    /// What covered pixels look like: `0x00RRGGBB`.
    pub colour: u32,
    /// Knows programs.
    pub programs: Arc<Mutex<dyn Programs>>,
}

impl std::fmt::Debug for CoverOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoverOptions").field("everything_else", &self.everything_else).finish_non_exhaustive()
    }
}

/// The connections to a server.
pub(crate) struct Clients {
    programs: Arc<Mutex<dyn Programs>>,
    /// The bits that number a connection's own resources.
    mask: u32,
    known: HashMap<u32, (Client, Class)>,
    serials: HashMap<u32, u64>,
}

impl Clients {
    /// Also makes sure that the server's process numbers mean the same here: in another process namespace they would name
    /// other processes.
    pub(crate) fn new(link: &Link, programs: Arc<Mutex<dyn Programs>>) -> Result<Option<Self>, ExchangeError> {
        let doing = "the processes behind windows";
        if !link.has(res::X11_EXTENSION_NAME)? {
            return Ok(None);
        }
        let cookie = link.conn.res_query_version(1, 2).map_err(|e| ExchangeError::from_connection(doing, e))?;
        let version = link.reply(doing, cookie)?;
        if (version.server_major, version.server_minor) < (1, 2) {
            return Ok(None);
        }
        let mask = link.conn.setup().resource_id_mask;
        let mut clients = Self { programs, mask, known: HashMap::new(), serials: HashMap::new() };
        let own = clients.base(link.conn.setup().resource_id_base);
        let told = clients.list(link)?.get(&own).copied();
        Ok((told == Some(std::process::id())).then_some(clients))
    }

    /// The connection that made a resource; 0 is the server itself.
    pub(crate) fn base(&self, resource: u32) -> u32 {
        resource & !self.mask
    }

    /// A connection made a window.
    pub(crate) fn made_window(&mut self, window: u32) {
        *self.serials.entry(self.base(window)).or_default() += 1;
    }

    /// What is known of the program that made a window. Of one that told no process nothing ever is.
    pub(crate) fn class(&self, window: u32) -> Class {
        self.known.get(&self.base(window)).map_or(Class::Unknown, |(_, class)| *class)
    }

    fn list(&mut self, link: &Link) -> Result<HashMap<u32, u32>, ExchangeError> {
        let doing = "the processes behind windows";
        let all = [ClientIdSpec { client: 0, mask: ClientIdMask::LOCAL_CLIENT_PID }];
        let cookie = link.conn.res_query_client_ids(&all).map_err(|e| ExchangeError::from_connection(doing, e))?;
        let ids = link.reply(doing, cookie)?.ids;
        let local = ids.iter().filter(|id| u32::from(id.spec.mask) & u32::from(ClientIdMask::LOCAL_CLIENT_PID) != 0);
        Ok(local.filter_map(|id| Some((self.base(id.spec.client), *id.value.first()?))).collect())
    }

    /// Asks the server who is connected, and who they are where it is not known.
    pub(crate) fn refresh(&mut self, link: &Link) -> Result<(), ExchangeError> {
        let listed = self.list(link)?;
        self.serials.retain(|base, _| listed.contains_key(base));
        self.known.retain(|base, _| listed.contains_key(base));
        if self.ask(&listed) {
            self.programs.lock().unwrap_or_else(PoisonError::into_inner).wait(Instant::now() + PATIENCE);
            self.ask(&listed);
        }
        Ok(())
    }

    /// Whether something stays unknown.
    fn ask(&mut self, listed: &HashMap<u32, u32>) -> bool {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unknown = false;
        for (&base, &pid) in listed {
            let client = Client { base, pid, serial: self.serials.get(&base).copied().unwrap_or_default() };
            let class = match self.known.get(&base) {
                Some((same, class)) if *same == client && *class != Class::Unknown => *class,
                _ => programs.class(client),
            };
            unknown |= class == Class::Unknown;
            self.known.insert(base, (client, class));
        }
        unknown
    }
}
