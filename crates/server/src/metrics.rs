//! The server's figures for operators, in the Prometheus text format. Each server has its own recorder, so that two in
//! one process (as in tests) do not mix.

use metrics::{Counter, Gauge, Histogram, Unit};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// Seconds at which the histogram of sync rounds is cut.
const SYNC_BUCKETS: [f64; 8] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];

/// Figures that the server's parts update. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    /// Recordings that are being received now.
    pub active_recordings: Gauge,
    /// Agents that are connected now.
    pub connected_agents: Gauge,
    /// Bytes of recordings accepted from agents.
    pub received_bytes: Counter,
    /// Messages from agents that were processed; their rate is the processing rate.
    pub processed_messages: Counter,
    /// Bytes that were accepted and are not durable yet: the queue before the disk.
    pub queue_bytes: Gauge,
    /// Messages that were accepted and are not durable yet.
    pub queue_messages: Gauge,
    /// Bytes that connected agents keep in their spools, as last reported.
    pub agent_spool_bytes: Gauge,
    /// How long a round of making recordings durable took, in seconds.
    pub sync_seconds: Histogram,
    /// Browsers that follow a live recording now.
    pub live_viewers: Gauge,
    /// Bytes of recordings sent to browsers.
    pub played_bytes: Counter,
    /// Logins that were refused.
    pub refused_logins: Counter,
    /// Connections that ended before a request: failed handshakes, rubbish, timeouts.
    pub refused_connections: Counter,
    /// Time stamps on receipts.
    pub time_stamps: Counter,
    /// Attempts to get one that failed.
    pub failed_time_stamps: Counter,
    /// Recordings that ended and wait for one.
    pub unstamped_recordings: Gauge,
    /// Mails and webhook calls that were taken.
    pub deliveries: Counter,
    /// Attempts at one that failed.
    pub failed_deliveries: Counter,
    /// Those that found no room in the queue.
    pub left_out_deliveries: Counter,
    /// Those that wait.
    pub waiting_deliveries: Gauge,
    handle: PrometheusHandle,
}

impl Metrics {
    /// All figures at zero.
    ///
    /// # Errors
    /// Never in practice: only an empty list of buckets is refused.
    pub fn new() -> Result<Metrics, BuildError> {
        let recorder = PrometheusBuilder::new().set_buckets(&SYNC_BUCKETS)?.build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            Ok(Metrics {
                active_recordings: gauge("kinescope_active_recordings", Unit::Count, "Recordings being received."),
                connected_agents: gauge("kinescope_connected_agents", Unit::Count, "Agents connected."),
                received_bytes: counter("kinescope_received_bytes_total", Unit::Bytes, "Bytes of recordings accepted."),
                processed_messages: counter(
                    "kinescope_processed_messages_total",
                    Unit::Count,
                    "Messages from agents processed; the rate of it is the processing rate.",
                ),
                queue_bytes: gauge("kinescope_queue_bytes", Unit::Bytes, "Bytes accepted and not durable yet."),
                queue_messages: gauge(
                    "kinescope_queue_messages",
                    Unit::Count,
                    "Messages accepted and not durable yet.",
                ),
                agent_spool_bytes: gauge(
                    "kinescope_agent_spool_bytes",
                    Unit::Bytes,
                    "Bytes waiting in connected agents' spools.",
                ),
                sync_seconds: histogram("kinescope_sync_seconds", Unit::Seconds, "Duration of a round of fsync."),
                live_viewers: gauge("kinescope_live_viewers", Unit::Count, "Browsers following a live recording."),
                played_bytes: counter(
                    "kinescope_played_bytes_total",
                    Unit::Bytes,
                    "Bytes of recordings sent to browsers.",
                ),
                refused_logins: counter("kinescope_refused_logins_total", Unit::Count, "Logins refused."),
                refused_connections: counter(
                    "kinescope_refused_connections_total",
                    Unit::Count,
                    "Connections that ended before a request.",
                ),
                time_stamps: counter("kinescope_time_stamps_total", Unit::Count, "Time stamps on receipts."),
                failed_time_stamps: counter(
                    "kinescope_failed_time_stamps_total",
                    Unit::Count,
                    "Attempts to get a time stamp that failed.",
                ),
                unstamped_recordings: gauge(
                    "kinescope_unstamped_recordings",
                    Unit::Count,
                    "Ended recordings that wait for a time stamp.",
                ),
                deliveries: counter("kinescope_deliveries_total", Unit::Count, "Mails and webhook calls taken."),
                failed_deliveries: counter(
                    "kinescope_failed_deliveries_total",
                    Unit::Count,
                    "Attempts at a mail or webhook call that failed.",
                ),
                left_out_deliveries: counter(
                    "kinescope_left_out_deliveries_total",
                    Unit::Count,
                    "Mails and webhook calls that found no room in the queue.",
                ),
                waiting_deliveries: gauge(
                    "kinescope_waiting_deliveries",
                    Unit::Count,
                    "Mails and webhook calls that wait.",
                ),
                handle,
            })
        })
    }

    /// The figures as text.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds samples of histograms into their buckets. Without it they pile up while nobody asks for the figures.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }
}

fn counter(name: &'static str, unit: Unit, text: &'static str) -> Counter {
    metrics::describe_counter!(name, unit, text);
    metrics::counter!(name)
}

fn gauge(name: &'static str, unit: Unit, text: &'static str) -> Gauge {
    metrics::describe_gauge!(name, unit, text);
    metrics::gauge!(name)
}

fn histogram(name: &'static str, unit: Unit, text: &'static str) -> Histogram {
    metrics::describe_histogram!(name, unit, text);
    metrics::histogram!(name)
}
