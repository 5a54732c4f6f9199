//! From a request to its answer.

use std::sync::Arc;

use super::caller::Caller;
use super::message::{Answer, Command, ConfigWish, EventWords, LinkLine, PauseWords, Request, SessionLine, Target};
use crate::basic::Basic;
use crate::sessions::{TerminalLogin, display_number, terminal_logins};
use crate::supervisor::{Asker, Context, CustomEvents, Order, Running, Session, Wish, pause, say};

/// Whose sessions are asked about.
#[derive(Clone)]
pub enum Door {
    /// Those of an agent that has a server.
    Server(Arc<Context>),
    /// Those of one that has none.
    Basic(Arc<Basic>),
}

impl Door {
    fn running(&self) -> &Running {
        match self {
            Self::Server(context) => &context.running,
            Self::Basic(basic) => &basic.running,
        }
    }

    fn custom_events(&self) -> &CustomEvents {
        match self {
            Self::Server(context) => &context.settings.custom_events,
            Self::Basic(basic) => &basic.settings.custom_events,
        }
    }

    /// What is known of a session. Where no policy decides there is nothing to keep from its user.
    fn line(&self, session: &Session, caller: Caller) -> SessionLine {
        SessionLine::of(session, caller.is_root() || matches!(self, Self::Basic(_)))
    }
}

/// Answers one request of this caller.
pub async fn serve(door: &Door, caller: Caller, request: Request) -> Answer {
    let own = caller.is_root() || caller.uid == nix::unistd::geteuid().as_raw();
    let link = match door {
        Door::Server(context) if own && request.command == Command::Status => {
            Some(LinkLine::from(&*context.uplink.link().borrow()))
        }
        Door::Server(_) | Door::Basic(_) => None,
    };
    Answer { link, ..about_sessions(door, caller, request).await }
}

async fn about_sessions(door: &Door, caller: Caller, request: Request) -> Answer {
    let Request { command, of, pause, event, config } = request;
    let terminals = match &of {
        Some(target) if caller.is_root() && command == Command::Status => at_terminals(target).await,
        _ => Vec::new(),
    };
    let sessions = match of {
        Some(_) if !caller.is_root() => {
            return Answer::error("not-allowed", "only root may name sessions; yours is known from who you are");
        }
        Some(target) => named(door, &target),
        None => own(door, caller).await,
    };
    if sessions.is_empty() && terminals.is_empty() {
        let text = "no session of this machine that the agent attends to is meant";
        return Answer::error("no-session", text);
    }
    if matches!(command, Command::Pause | Command::Resume) {
        let words = (command == Command::Pause).then(|| pause.unwrap_or_default());
        return pausing(door, caller, &sessions, words).await;
    }
    if command == Command::Event {
        return saying(door, caller, &sessions, event.unwrap_or_default()).await;
    }
    if command == Command::Config {
        return match door {
            Door::Basic(basic) => basic.config(&sessions, config.unwrap_or(ConfigWish::Get)),
            Door::Server(_) => Answer::error("not-allowed", "this agent has a server, whose policy decides"),
        };
    }
    let order = match command {
        Command::Status | Command::Pause | Command::Resume | Command::Event | Command::Config => None,
        Command::Start => Some(Order::Start { notify: false }),
        Command::Stop => Some(Order::Stop),
    };
    let mut lines = Vec::with_capacity(sessions.len());
    for session in sessions {
        let reply = match order {
            Some(order) => Some(session.order(order, asker(caller)).await),
            None => None,
        };
        let line = door.line(&session, caller);
        lines.push(match &reply {
            Some(reply) => line.after(reply),
            None => line,
        });
    }
    Answer { terminals, ..Answer::about(lines) }
}

async fn at_terminals(target: &Target) -> Vec<TerminalLogin> {
    if matches!(target, Target::Display(_)) {
        return Vec::new();
    }
    let mut logins = tokio::task::spawn_blocking(terminal_logins).await.unwrap_or_default();
    if let Target::User(name) = target {
        logins.retain(|login| login.user == *name);
    }
    logins
}

/// Pauses recordings, or goes on with them.
async fn pausing(door: &Door, caller: Caller, sessions: &[Arc<Session>], words: Option<PauseWords>) -> Answer {
    let done = if words.is_some() { "paused" } else { "resumed" };
    let mut lines = Vec::with_capacity(sessions.len());
    for session in sessions {
        let wish = words.clone().map(|PauseWords { application, reason, seconds }| Wish {
            application,
            reason,
            look_back_seconds: seconds,
        });
        let memory = match door {
            Door::Server(context) => Some(&context.memory),
            Door::Basic(_) => None,
        };
        let refused = pause(door.custom_events(), memory, session, caller.who(), wish).await.err();
        lines.push(door.line(session, caller).after_word(done, refused));
    }
    Answer::about(lines)
}

/// Has something stand in recordings.
async fn saying(door: &Door, caller: Caller, sessions: &[Arc<Session>], words: EventWords) -> Answer {
    let mut lines = Vec::with_capacity(sessions.len());
    for session in sessions {
        let words = (words.kind.as_str(), words.text.as_str());
        let refused = say(door.custom_events(), session, caller.who(), words).await.err();
        lines.push(door.line(session, caller).after_word("said", refused));
    }
    Answer::about(lines)
}

fn asker(caller: Caller) -> Asker {
    if caller.is_root() { Asker::Root } else { Asker::User }
}

async fn own(door: &Door, caller: Caller) -> Vec<Arc<Session>> {
    let sessions = door.running().all();
    // Asks /proc, which may take a while on a busy machine.
    let found = tokio::task::spawn_blocking(move || caller.session(sessions)).await;
    found.ok().flatten().into_iter().collect()
}

fn named(door: &Door, target: &Target) -> Vec<Arc<Session>> {
    let mut sessions = door.running().all();
    match target {
        Target::All => {}
        Target::Display(name) => {
            let number = display_number(name);
            sessions.retain(|session| number.is_some() && display_number(&session.desktop.server.display) == number);
        }
        Target::User(name) => {
            sessions.retain(|session| session.state().facts.is_some_and(|facts| facts.user == *name));
        }
    }
    sessions
}
