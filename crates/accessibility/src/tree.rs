//! The tree of a session: found by its bus, and the programs in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use zbus::Connection;
use zbus::zvariant::{OwnedValue, Value};

use crate::bus::{ask, connect};
use crate::object::{Budget, Object};

/// Programs of a session that are looked at.
const MAX_PROGRAMS: usize = 128;
/// How long finding them may take.
const FIND: Duration = Duration::from_secs(1);
/// What switches accessibility on, on the session's own bus.
const STATUS: (&str, &str) = ("org.a11y.Bus", "/org/a11y/bus");
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const BUS: (&str, &str) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");

/// Why something is not known.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There is no bus to ask on.
    #[error("the session's accessibility bus cannot be reached: {0}")]
    NoBus(String),
    /// No answer in time.
    #[error("no answer in time")]
    Late,
    /// The bus or a program refuses, or says what is none.
    #[error("{0}")]
    Refused(#[from] zbus::Error),
    /// An answer of another kind than was asked for.
    #[error("an answer that makes no sense")]
    Nonsense,
    /// There is more of it than is looked at.
    #[error("more than is looked at")]
    TooMuch,
}

impl From<zbus::zvariant::Error> for TreeError {
    fn from(_: zbus::zvariant::Error) -> Self {
        Self::Nonsense
    }
}

impl TreeError {
    /// The connection is of no use any more.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::NoBus(_) | Self::Refused(zbus::Error::InputOutput(_)))
    }
}

/// A connection to the accessibility bus of a session.
#[derive(Debug)]
pub struct Tree {
    bus: Connection,
    /// Processes by their names on the bus, which no other ever gets.
    known: Mutex<BTreeMap<String, u32>>,
}

/// A program on the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub root: Object,
    pub pid: u32,
}

impl Tree {
    /// Finds the tree by the address of the session's own bus, and asks programs that wait for it to say what they show. It is not taken
    /// back later: nobody can know who else relies on it by then.
    ///
    /// # Errors
    /// If there is none, or nobody answers in time.
    pub async fn open(session_bus: &str) -> Result<Self, TreeError> {
        let session = connect(session_bus).await?;
        // Its service may have to be started first.
        let until = Instant::now() + 2 * crate::bus::ANSWER;
        let mut address = address(&session, until).await;
        while matches!(address, Err(TreeError::Late)) && Instant::now() < until {
            address = self::address(&session, until).await;
        }
        let bus = connect(&address?).await?;
        // One that cannot be switched has a tree all the same: that of the programs which never wait.
        let _ = switch_on(&session).await;
        Ok(Self { bus, known: Mutex::default() })
    }

    pub(crate) fn budget(&self, until: Instant, objects: usize) -> Budget<'_> {
        Budget { bus: &self.bus, until, objects }
    }

    /// The programs that say what they show.
    pub(crate) async fn programs(&self, until: Instant) -> Result<Vec<Program>, TreeError> {
        let until = until.min(Instant::now() + FIND);
        let root =
            Object { name: "org.a11y.atspi.Registry".to_owned(), path: "/org/a11y/atspi/accessible/root".to_owned() };
        let before = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut known, mut programs) = (BTreeMap::new(), Vec::new());
        for root in self.budget(until, 0).children(&root, MAX_PROGRAMS).await? {
            if known.contains_key(&root.name) {
                continue;
            }
            let pid = match before.get(&root.name) {
                Some(pid) => *pid,
                None => match self.pid_of(&root.name, until).await? {
                    Some(pid) => pid,
                    None => continue,
                },
            };
            known.insert(root.name.clone(), pid);
            programs.push(Program { root, pid });
        }
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(programs)
    }

    /// By the bus's word, not the program's. One that has just ended has none.
    async fn pid_of(&self, name: &str, until: Instant) -> Result<Option<u32>, TreeError> {
        match ask(&self.bus, BUS, (BUS.0, "GetConnectionUnixProcessID"), &name, until).await {
            Ok(pid) => Ok(Some(pid)),
            Err(TreeError::Refused(zbus::Error::MethodError(..))) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

async fn address(session: &Connection, until: Instant) -> Result<String, TreeError> {
    ask(session, STATUS, ("org.a11y.Bus", "GetAddress"), &(), until).await
}

/// Never that a screen reader runs: desktops would start one.
async fn switch_on(session: &Connection) -> Result<(), TreeError> {
    let until = Instant::now() + crate::bus::ANSWER;
    let (interface, name) = ("org.a11y.Status", "IsEnabled");
    let enabled: OwnedValue = ask(session, STATUS, (PROPERTIES, "Get"), &(interface, name), until).await?;
    if bool::try_from(enabled).unwrap_or_default() {
        return Ok(());
    }
    ask(session, STATUS, (PROPERTIES, "Set"), &(interface, name, Value::from(true)), until).await
}
