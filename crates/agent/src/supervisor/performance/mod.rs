//! Tells a session's recording how busy the machine was, second by second, and how long its network takes to the client.

mod host;

use std::sync::Arc;
use std::time::Duration;

pub use host::Host;
use host::Second;
use recording::{Event, RecordingId, event_kinds};

use super::Context;
use super::running::{Session, State};
use crate::sessions::ClientWatch;

/// Seconds that one event tells of: as many as lie between two looks at the network's round trip, and few events, as an index of a
/// recording has room for some thousands.
const SECONDS: usize = 15;

/// Tells a session's recordings for as long as it is polled.
pub(super) async fn tell_performance(context: &Arc<Context>, host: &Host, session: &Session) {
    let mut states = session.states();
    let mut client = ClientWatch::new(&session.desktop, &context.settings.xrdp_log);
    loop {
        let begun = states.wait_for(|state| may_know(state).is_some()).await;
        let Ok(recording) = begun.map(|state| may_know(&state)) else { break };
        let mut seconds = host.seconds();
        let told = async {
            let mut since = Vec::with_capacity(SECONDS);
            while since.len() < SECONDS && seconds.changed().await.is_ok() {
                since.push(*seconds.borrow_and_update());
            }
            since
        };
        let since = tokio::select! {
            since = told => since,
            // What was counted before a pause, or for another recording, belongs nowhere.
            Ok(_) = states.wait_for(|state| may_know(state) != recording) => continue,
            else => break,
        };
        drop(seconds);
        let looked = tokio::task::spawn_blocking(move || {
            let round_trip = client.round_trip();
            (client, round_trip)
        });
        let Ok((again, round_trip)) = looked.await else { break };
        client = again;
        session.detected(event(&since, round_trip));
    }
    std::future::pending::<()>().await;
}

/// The recording that may be told: where it is logged, and not while it is paused.
fn may_know(state: &State) -> Option<RecordingId> {
    state.recording.filter(|_| state.logging.performance && state.paused.is_none())
}

/// Averages, for conditions and for people, and every second by itself.
fn event(since: &[Second], round_trip: Option<Duration>) -> Event {
    let count = u64::try_from(since.len().max(1)).unwrap_or(1);
    let mean = |of: fn(&Second) -> u64| since.iter().map(of).sum::<u64>() / count;
    let each = |of: fn(&Second) -> u64| since.iter().map(of).collect::<Vec<_>>();
    let cpu = |second: &Second| percent(second.cpu_percent);
    let (memory, received, sent) = (mean(|s| s.memory_bytes), mean(|s| s.received_bytes), mean(|s| s.sent_bytes));
    let mut text = format!(
        "processors {} %, memory {} MB, in {} kB/s, out {} kB/s",
        mean(cpu),
        memory / 1_000_000,
        received / 1_000,
        sent / 1_000
    );
    let mut event = Event::new(event_kinds::PERFORMANCE)
        .with("cpu_percent", mean(cpu))
        .with("memory_bytes", memory)
        .with("received_bytes", received)
        .with("sent_bytes", sent)
        .with("cpu_percents", each(cpu))
        .with("memory_megabytes", each(|second| second.memory_bytes / 1_000_000))
        .with("received", each(|second| second.received_bytes))
        .with("sent", each(|second| second.sent_bytes));
    if let Some(round_trip) = round_trip {
        let milliseconds = u64::try_from(round_trip.as_millis()).unwrap_or(u64::MAX);
        event = event.with("round_trip_ms", milliseconds);
        text.push_str(&format!(", round trip {milliseconds} ms"));
    }
    event.with("text", text)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
fn percent(share: f64) -> u64 {
    share.round().clamp(0.0, 100.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_tells_averages_and_every_second() {
        let second =
            |cpu_percent: f64, received_bytes: u64| Second { cpu_percent, received_bytes, ..Second::default() };
        let event =
            event(&[second(10.4, 3_000), second(30.0, 0), second(20.0, 0)], Some(Duration::from_micros(12_900)));
        assert_eq!(event.fields["cpu_percent"], 20);
        assert_eq!(event.fields["cpu_percents"], serde_json::json!([10, 30, 20]));
        assert_eq!(event.fields["received_bytes"], 1_000);
        assert_eq!(event.fields["received"], serde_json::json!([3_000, 0, 0]));
        assert_eq!(event.fields["round_trip_ms"], 12);
        let largest =
            Second { cpu_percent: 100.0, memory_bytes: 1 << 50, received_bytes: 1 << 40, sent_bytes: 1 << 40 };
        let bytes = super::event(&[largest; SECONDS], Some(Duration::MAX)).to_payload().map(|payload| payload.len());
        assert!(bytes.is_ok_and(|bytes| bytes < 1_200));
    }
}
