//! What administrators at the server want done with sessions of this machine.

use std::sync::Arc;

use policy::Action;
use protocol::{Control, Controlled};
use recording::RecordingId;
use tokio::sync::{Semaphore, mpsc};

use crate::supervisor::{Asker, Context, Order, Reply};

/// Orders that are carried out at a time.
const MAX_AT_ONCE: usize = 32;

/// Carries out what comes, and answers it, until nothing can come any more.
pub async fn obey_server(context: Arc<Context>, mut controls: mpsc::Receiver<Control>) {
    let free = Arc::new(Semaphore::new(MAX_AT_ONCE));
    while let Some(control) = controls.recv().await {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
        let context = Arc::clone(&context);
        tokio::spawn(async move {
            let controlled = obey(&context, control).await;
            context.uplink.controlled(controlled);
            drop(permit);
        });
    }
}

async fn obey(context: &Context, control: Control) -> Controlled {
    let Control { request, session, record, who, notify } = control;
    let answer = |outcome: &str, recording: Option<RecordingId>, text: String| {
        let text = text.chars().take(protocol::limits::MAX_TEXT_BYTES / 4).collect();
        Controlled { request, outcome: outcome.to_owned(), recording, text }
    };
    // The uplink takes none where the settings do not let it; said here, too, as it matters.
    if !context.settings.dynamic_control {
        let text = "this machine's settings do not let recordings be started and stopped from the server";
        return answer("refused", None, text.to_owned());
    }
    let Some(session) = context.running.named(&session) else {
        return answer("refused", None, "the session has ended".to_owned());
    };
    let order = if record { Order::Start { notify } } else { Order::Stop };
    match session.order(order, Asker::Administrator(who)).await {
        Reply::Started(recording) => answer("started", Some(recording), String::new()),
        Reply::AlreadyRecorded(recording) => answer("already-recorded", Some(recording), String::new()),
        Reply::Stopped(recording) => answer("stopped", Some(recording), String::new()),
        Reply::GivesWay { ended, action, why } => {
            let what = if matches!(action, Action::RecordEvents { .. }) { "as events only" } else { "with its screen" };
            answer("stopped", Some(ended), format!("it goes on {what}: {why}"))
        }
        Reply::NotRecorded => answer("not-recorded", None, String::new()),
        Reply::Refused(refusal) => answer("refused", None, refusal.to_string()),
    }
}
