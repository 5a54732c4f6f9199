//! Doing what a trigger asks for in a session.

use std::sync::Arc;
use std::time::Duration;

use events::Action;
use policy::Coming;
use protocol::Severity;
use spool::notices;

use super::cause::{Cause, Outcome};
use super::screen::add_screen;
use crate::in_session::warn;
use crate::supervisor::Context;
use crate::supervisor::disconnect::Connected;
use crate::supervisor::lock::lock;
use crate::supervisor::log_off::log_off;
use crate::supervisor::running::Session;

/// So long what is told of a session that is ended waits to be taken by its recorder.
const TAKEN_WITHIN: Duration = Duration::from_secs(1);

/// Does it, and says what came of it: in the recording, in the log, and to the operator.
pub(super) async fn carry_out(context: &Arc<Context>, session: &Arc<Session>, action: Action, cause: &Cause) {
    let outcome = match action {
        Action::Lock => lock_session(context, session).await,
        Action::LogOff => {
            warn_user(context, session, Coming::LogOff).await;
            log_user_off(session, cause).await
        }
        Action::Disconnect => disconnect_client(context, session).await.err(),
        Action::RecordScreen => add_screen(session, cause).await,
        // The server does these; whoever asked for them said so.
        Action::Mail | Action::Webhook => return,
    };
    let outcome = outcome.map_or(Outcome::Done, |error| Outcome::Refused(format!("{error:#}")));
    if !(action == Action::LogOff && outcome == Outcome::Done) {
        session.responded(cause, action, &outcome);
    }
    tell_operator(context, session, action, cause, &outcome);
}

/// Tells the session's user what is coming, where the rule says so, until the time for it is over.
async fn warn_user(context: &Arc<Context>, session: &Session, coming: Coming) {
    let rule = session.state().responses;
    let seconds = rule.map_or(0, |rule| rule.responses.notice_seconds);
    if seconds > 0 {
        warn(context, &session.desktop, coming, Duration::from_secs(seconds.into())).await;
    }
}

/// Who sits there when the time is over is disconnected; nobody is told where nobody can be.
async fn disconnect_client(context: &Arc<Context>, session: &Session) -> anyhow::Result<()> {
    let log = &context.settings.xrdp_log;
    Connected::look(&session.desktop, log).await?;
    warn_user(context, session, Coming::Disconnect).await;
    Connected::look(&session.desktop, log).await?.disconnect().await
}

async fn lock_session(context: &Arc<Context>, session: &Session) -> Option<anyhow::Error> {
    if session.state().locked {
        return None;
    }
    warn_user(context, session, Coming::Lock).await;
    let program = context.settings.lock_program.as_deref();
    lock(&session.desktop, program, || session.is_seen()).await.err()
}

/// A recording whose session is over cannot say any more that it was ended: that is told before.
async fn log_user_off(session: &Session, cause: &Cause) -> Option<anyhow::Error> {
    session.responded(cause, Action::LogOff, &Outcome::Done);
    session.all_taken(TAKEN_WITHIN).await;
    log_off(&session.desktop).await.err().map(anyhow::Error::from)
}

fn tell_operator(context: &Context, session: &Session, action: Action, cause: &Cause, outcome: &Outcome) {
    let state = session.state();
    let event = cause.response(action, outcome);
    let what = event.fields.get("text").and_then(|text| text.as_str()).unwrap_or_default();
    let user = state.facts.map_or_else(String::new, |facts| facts.user);
    let Cause { rule, policy, .. } = cause;
    let text = format!("{user} on {}: {what} (rule “{rule}” of policy “{policy}”)", session.desktop.server.display);
    let (severity, number) = match outcome {
        Outcome::Refused(_) => (Severity::Warning, notices::NOT_RESPONDED),
        Outcome::Done | Outcome::Already | Outcome::Asked => (Severity::Information, notices::RESPONDED),
    };
    context.notice(severity, number, state.recording, text);
}
