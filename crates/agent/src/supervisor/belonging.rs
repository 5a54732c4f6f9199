//! To which session a process belongs.

use std::sync::Arc;

use detect::Origin;

use super::running::Session;
use crate::sessions::display_number;

/// A session, and what processes of it have in common with its X server.
#[derive(Debug)]
pub struct Seat {
    /// It.
    pub session: Arc<Session>,
    login: Option<u32>,
}

/// The seats of sessions, as the kernel tells of them now.
pub fn seats(sessions: Vec<Arc<Session>>) -> Vec<Seat> {
    let login = |session: &Session| Origin::of(session.desktop.server.process.pid)?.login;
    sessions.into_iter().map(|session| Seat { login: login(&session), session }).collect()
}

/// Which seat is that of the same login, if there is one such, else that whose display stands in the environment that the process was
/// started with.
pub fn named_by(seats: &[Seat], origin: &Origin) -> Option<usize> {
    let of_login = |seat: &Seat| origin.login.is_some() && seat.login == origin.login;
    if let Some(at) = only(seats, of_login) {
        return Some(at);
    }
    let display = display_number(origin.display.as_deref()?)?;
    seats.iter().position(|seat| {
        let desktop = &seat.session.desktop;
        display_number(&desktop.server.display) == Some(display) && desktop.uid == origin.uid
    })
}

/// Which seat something belongs to that happened: [`named_by`] it, else the only one of its user. Root's programs are the system's
/// unless they say where they belong; and what says that it belongs elsewhere belongs to none.
pub fn of_origin(seats: &[Seat], origin: &Origin) -> Option<usize> {
    named_by(seats, origin).or_else(|| {
        let says = origin.uid == 0 || origin.display.as_deref().and_then(display_number).is_some();
        if says { None } else { only(seats, |seat| seat.session.desktop.uid == origin.uid) }
    })
}

fn only(seats: &[Seat], is_one: impl Fn(&Seat) -> bool) -> Option<usize> {
    let mut found = seats.iter().enumerate().filter(|(_, seat)| is_one(seat));
    found.next().filter(|_| found.next().is_none()).map(|(at, _)| at)
}
