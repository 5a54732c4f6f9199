//! The screen of a session of which events only are recorded, for as long as triggers want it.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::cause::Cause;
use crate::supervisor::orders::{Asker, Order, Reply, StartedBy};
use crate::supervisor::running::{Session, State};

/// A recording that could not be given up is tried again after this.
const AGAIN: Duration = Duration::from_secs(60);

impl Session {
    /// An event wants the screen from now on. False: it is recorded already, or about to be.
    pub(super) fn wants_screen(&self) -> bool {
        self.responding.lock().screen_wanted = Some(Instant::now());
        self.state_ref().events_only
    }

    fn screen_wanted(&self) -> Option<Instant> {
        self.responding.lock().screen_wanted
    }
}

/// Has the screen recorded for this reason.
pub(super) async fn add_screen(session: &Session, cause: &Cause) -> Option<anyhow::Error> {
    match session.order(Order::Start { notify: false }, asker(cause)).await {
        Reply::Refused(refusal) => Some(refusal.into()),
        _ => None,
    }
}

fn asker(Cause { policy, rule, trigger, at_us, .. }: &Cause) -> Asker {
    Asker::Trigger { policy: policy.clone(), rule: rule.clone(), trigger: trigger.clone(), at_us: *at_us }
}

/// Gives the screen up again once no event has wanted it for as long as the rule says, for as long as it is polled.
pub(super) async fn keep_time(session: &Session) {
    let mut states = session.states();
    loop {
        if states.wait_for(is_timed).await.is_err() {
            return std::future::pending().await;
        }
        // After a start of the agent nobody knows when that was last.
        let since = Instant::now();
        let mut not_before = since;
        while is_timed(&session.state()) {
            let minutes = after_minutes(&session.state());
            let wanted = session.screen_wanted().map_or(since, |wanted| wanted.max(since));
            let due = minutes.map(|minutes| (wanted + minutes).max(not_before));
            let over = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => {}
                _ = states.changed() => continue,
            }
            if session.screen_wanted().is_some_and(|later| later > wanted) {
                continue;
            }
            let asker = Asker::TimeOver(minutes.unwrap_or_default());
            if let Reply::Refused(refusal) = session.order(Order::Stop, asker).await {
                tracing::warn!(display = session.desktop.server.display, %refusal, "the screen is still recorded");
                not_before = Instant::now() + AGAIN;
            }
        }
    }
}

/// Whether a trigger's recording ends by itself: not once an administrator wants it.
fn is_timed(state: &State) -> bool {
    state.by_trigger && state.started_by == StartedBy::Policy && after_minutes(state).is_some()
}

fn after_minutes(state: &State) -> Option<Duration> {
    let minutes = state.responses.as_ref()?.responses.after_minutes?;
    Some(Duration::from_secs(u64::from(minutes) * 60))
}
