//! Tells the server how the sessions of this machine stand: all of them when the connection stands, then what changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::SessionNow;
use protocol::limits::{MAX_NAME_BYTES, MAX_SESSIONS, MAX_TEXT_BYTES};

use crate::supervisor::{Context, Session, StartedBy};

/// Before what the full queue refused is tried again, and before changes that follow each other are told.
const PAUSE: Duration = Duration::from_millis(50);

/// Tells until the agent ends.
pub async fn report_sessions(context: Arc<Context>) {
    let mut link = context.uplink.link();
    let mut changes = context.running.changes();
    let mut told = BTreeMap::new();
    let mut connection = 0;
    loop {
        let state = link.borrow_and_update().clone();
        changes.mark_unchanged();
        if state.connection != connection {
            told.clear();
            connection = state.connection;
        }
        let whole = !(state.connected && state.takes_sessions) || tell(&context, &mut told);
        let more = async {
            tokio::select! {
                changed = link.changed() => changed,
                changed = changes.changed() => changed,
            }
        };
        if whole && more.await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Tells what has changed since. `false`: not everything could be told.
fn tell(context: &Context, told: &mut BTreeMap<String, SessionNow>) -> bool {
    let now: BTreeMap<String, SessionNow> =
        context.running.all().iter().take(MAX_SESSIONS).map(|session| (session.id.clone(), now(session))).collect();
    let gone: Vec<SessionNow> =
        told.iter().filter(|(id, _)| !now.contains_key(*id)).map(|(_, session)| over(session)).collect();
    for session in gone {
        let id = session.session.clone();
        if !context.uplink.session(session) {
            return false;
        }
        told.remove(&id);
    }
    for (id, session) in now {
        if told.get(&id) == Some(&session) {
            continue;
        }
        if !context.uplink.session(session.clone()) {
            return false;
        }
        told.insert(id, session);
    }
    true
}

fn over(session: &SessionNow) -> SessionNow {
    SessionNow { gone: true, recording: None, ..session.clone() }
}

fn now(session: &Session) -> SessionNow {
    let state = session.state();
    let user = state.facts.map_or_else(|| session.desktop.uid.to_string(), |facts| facts.user);
    let started_by = match state.started_by {
        StartedBy::Policy => "policy",
        StartedBy::Administrator => "administrator",
        StartedBy::User => "user",
    };
    SessionNow {
        session: session.id.clone(),
        gone: false,
        user: cut(&user, MAX_NAME_BYTES),
        display: cut(&session.desktop.server.display, MAX_NAME_BYTES),
        recording: state.recording,
        started_by: started_by.to_owned(),
        user_may_start: state.user_may_start,
        why: cut(&state.why, MAX_TEXT_BYTES),
    }
}

/// At most so many bytes, and whole characters.
fn cut(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}
