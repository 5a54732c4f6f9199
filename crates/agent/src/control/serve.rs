//! From a request to its answer.

use std::sync::Arc;

use super::caller::Caller;
use super::message::{Answer, Command, LinkLine, PauseWords, Request, SessionLine, Target};
use crate::sessions::{TerminalLogin, display_number, terminal_logins};
use crate::supervisor::{Asker, Context, Order, Session, Wish, pause};

/// Answers one request of this caller.
pub async fn serve(context: &Arc<Context>, caller: Caller, request: Request) -> Answer {
    let own = caller.is_root() || caller.uid == nix::unistd::geteuid().as_raw();
    let link = (own && request.command == Command::Status).then(|| LinkLine::from(&*context.uplink.link().borrow()));
    Answer { link, ..about_sessions(context, caller, request).await }
}

async fn about_sessions(context: &Arc<Context>, caller: Caller, request: Request) -> Answer {
    let Request { command, of, pause } = request;
    let terminals = match &of {
        Some(target) if caller.is_root() && command == Command::Status => at_terminals(target).await,
        _ => Vec::new(),
    };
    let sessions = match of {
        Some(_) if !caller.is_root() => {
            return Answer::error("not-allowed", "only root may name sessions; yours is known from who you are");
        }
        Some(target) => named(context, &target),
        None => own(context, caller).await,
    };
    if sessions.is_empty() && terminals.is_empty() {
        let text = "no session of this machine that the agent attends to is meant";
        return Answer::error("no-session", text);
    }
    if matches!(command, Command::Pause | Command::Resume) {
        let words = (command == Command::Pause).then(|| pause.unwrap_or_default());
        return pausing(context, caller, &sessions, words).await;
    }
    let order = match command {
        Command::Status | Command::Pause | Command::Resume => None,
        Command::Start => Some(Order::Start { notify: false }),
        Command::Stop => Some(Order::Stop),
    };
    let mut lines = Vec::with_capacity(sessions.len());
    for session in sessions {
        let reply = match order {
            Some(order) => Some(session.order(order, asker(caller)).await),
            None => None,
        };
        let line = SessionLine::of(&session, caller.is_root());
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
async fn pausing(
    context: &Arc<Context>,
    caller: Caller,
    sessions: &[Arc<Session>],
    words: Option<PauseWords>,
) -> Answer {
    let done = if words.is_some() { "paused" } else { "resumed" };
    let who = (caller.uid, caller.process.map(|process| process.pid));
    let mut lines = Vec::with_capacity(sessions.len());
    for session in sessions {
        let wish = words.clone().map(|PauseWords { application, reason, seconds }| Wish {
            application,
            reason,
            look_back_seconds: seconds,
        });
        let refused = pause(context, session, who, wish).await.err();
        lines.push(SessionLine::of(session, caller.is_root()).after_pausing(done, refused));
    }
    Answer::about(lines)
}

fn asker(caller: Caller) -> Asker {
    if caller.is_root() { Asker::Root } else { Asker::User }
}

async fn own(context: &Arc<Context>, caller: Caller) -> Vec<Arc<Session>> {
    let sessions = context.running.all();
    // Asks /proc, which may take a while on a busy machine.
    let found = tokio::task::spawn_blocking(move || caller.session(sessions)).await;
    found.ok().flatten().into_iter().collect()
}

fn named(context: &Context, target: &Target) -> Vec<Arc<Session>> {
    let mut sessions = context.running.all();
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
