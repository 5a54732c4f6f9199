//! Telling a machine from copies of its state: a clone, a restored snapshot, files that were copied.

use std::net::SocketAddr;

use catalogue::{AdministratorAction, Machine, RefusedCopy};
use protocol::{Bye, ByeCode, Hello};

use super::desk::Desk;
use super::diagnosis::Finding;
use crate::clock;
use crate::identities::Identities;

/// A copy that keeps trying is not let in by trying more often.
const RETRY_SECS: u32 = 60;

/// How something was known to be a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Copied {
    /// In words that go on "this state of the machine …".
    how: &'static str,
}

impl Copied {
    /// By a certificate that another took the place of.
    pub(super) const RETIRED: Copied = Copied { how: "has a certificate that was renewed since then" };
    /// By being there twice.
    pub(super) const TWICE: Copied = Copied { how: "came while the machine's agent was connected" };
    const OTHER_SYSTEM: Copied = Copied { how: "is on another installation of the operating system" };
    const OTHER_HARDWARE: Copied = Copied { how: "is on other hardware" };
    const EARLIER: Copied = Copied { how: "is older than the one that connected last" };
    const NO_TURN: Copied = Copied { how: "has lost its turn, which says that it is the latest" };
    const FOREIGN_TURN: Copied = Copied { how: "has a turn that this server never gave it" };
}

/// What speaks for a copy, if anything does. `machine` is what is known now.
///
/// What the machine does not say of its system and hardware does not speak against it: the turn does, even where a copy says
/// everything right.
pub(super) fn find(machine: &Machine, hello: &Hello, identities: Option<&Identities>) -> Option<Copied> {
    let differs = |known: &str, said: Option<&str>| {
        !known.is_empty() && said.is_some_and(|said| !said.is_empty() && said != known)
    };
    if differs(&machine.host_id, hello.host_id.as_deref()) {
        return Some(Copied::OTHER_SYSTEM);
    }
    if differs(machine.hardware_id.as_deref().unwrap_or_default(), hello.hardware_id.as_deref()) {
        return Some(Copied::OTHER_HARDWARE);
    }
    let identities = identities?;
    match &hello.turn {
        None if machine.turn == 0 => None,
        None => Some(Copied::NO_TURN),
        Some(turn) => match identities.turn_number(machine.id, turn) {
            None => Some(Copied::FOREIGN_TURN),
            Some(number) if number < machine.turn => Some(Copied::EARLIER),
            // A later one than is known: it was given and what is known was lost, or comes from a backup.
            Some(_) => None,
        },
    }
}

/// Tells the operator of a copy, and gives what its agent is told.
pub(super) async fn refuse(desk: &Desk, machine: &Machine, peer: SocketAddr, copied: &Copied) -> Bye {
    let Copied { how } = copied;
    let address = peer.ip().to_string();
    let copy = RefusedCopy { at_us: clock::now_us(), address: address.clone(), text: format!("It {how}.") };
    if let Err(error) = desk.catalogue.note_copy(machine.id, &copy).await {
        tracing::error!(machine = %machine.name, %error, "a refused copy could not be noted");
    }
    desk.metrics.refused_connections.increment(1);
    let text = format!(
        "a copy of {}'s identity was refused, from {address}: it {how}. The machine that uses the identity goes on. If this is \
         a clone, enrol it anew there; if it is the machine itself, restored from a snapshot or moved, make a token for \
         it (Machines, Enrol again) and enrol it with that; if nobody made a copy, revoke the machine",
        machine.name
    );
    if desk.diagnosis.report(Finding::CopyRefused, Some(machine.id), None, text).await {
        let entry = AdministratorAction {
            at_us: copy.at_us,
            who: String::new(),
            address,
            action: "machine-copy-refused".to_owned(),
            subject: machine.id.simple().to_string(),
            detail: format!("{}: it {how}", machine.name),
            before: None,
            after: None,
        };
        if let Err(error) = desk.catalogue.log_administrator(&entry).await {
            tracing::error!(machine = %machine.name, %error, "a refused copy could not be logged");
        }
    }
    let text = format!(
        "this is a copy of {}'s state: it {how}. The machine that uses the identity goes on undisturbed. Enrol this one \
         anew with a token from the server: kinescope-agent enrol --again --server https://… --token-file FILE; then start the agent again",
        machine.name
    );
    Bye { code: ByeCode::IdentityCopied, retry_after_secs: RETRY_SECS, text }
}
