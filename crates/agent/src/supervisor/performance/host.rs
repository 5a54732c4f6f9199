//! How busy the machine is, once a second for all sessions that want to know, and not at all where none does.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);
/// A table of the kernel's that is longer than this is read only so far.
const MAX_LINES: usize = 1_024;

/// One second of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Second {
    /// Of all processors together, 0 to 100.
    pub cpu_percent: f64,
    /// Memory in use that could not be given to programs without taking it from others.
    pub memory_bytes: u64,
    /// What came in by the network, other than from the machine itself.
    pub received_bytes: u64,
    /// What went out.
    pub sent_bytes: u64,
}

/// Looks at the machine for as long as this lives.
#[derive(Debug)]
pub struct Host {
    seconds: Arc<watch::Sender<Second>>,
    wanted: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Host {
    /// Looks as soon as somebody wants to know.
    pub fn start() -> Self {
        let (seconds, wanted) = (Arc::new(watch::Sender::default()), Arc::new(Notify::new()));
        let task = tokio::spawn(look(Arc::clone(&seconds), Arc::clone(&wanted)));
        Self { seconds, wanted, task }
    }

    /// Every second from now on.
    pub fn seconds(&self) -> watch::Receiver<Second> {
        let seconds = self.seconds.subscribe();
        self.wanted.notify_one();
        seconds
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn look(seconds: Arc<watch::Sender<Second>>, wanted: Arc<Notify>) {
    loop {
        wanted.notified().await;
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = None;
        while seconds.receiver_count() > 0 {
            ticks.tick().await;
            // The kernel's own tables: no disk is waited for.
            let now = Counters::now();
            if let Some(before) = before.replace(now) {
                seconds.send_replace(now.since(&before));
            }
        }
    }
}

/// What the kernel counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counters {
    busy_ticks: u64,
    all_ticks: u64,
    memory_bytes: u64,
    received_bytes: u64,
    sent_bytes: u64,
}

impl Counters {
    fn now() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let (busy_ticks, all_ticks) = processors(&read("/proc/stat"));
        let (received_bytes, sent_bytes) = network(&read("/proc/net/dev"));
        Self { busy_ticks, all_ticks, memory_bytes: memory(&read("/proc/meminfo")), received_bytes, sent_bytes }
    }

    #[expect(clippy::cast_precision_loss, reason = "ticks of a second are few")]
    fn since(&self, before: &Self) -> Second {
        let all = self.all_ticks.saturating_sub(before.all_ticks).max(1) as f64;
        let busy = self.busy_ticks.saturating_sub(before.busy_ticks) as f64;
        Second {
            cpu_percent: (100.0 * busy / all).min(100.0),
            memory_bytes: self.memory_bytes,
            received_bytes: self.received_bytes.saturating_sub(before.received_bytes),
            sent_bytes: self.sent_bytes.saturating_sub(before.sent_bytes),
        }
    }
}

/// Busy ticks and all of them: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already.
fn processors(stat: &str) -> (u64, u64) {
    let first = stat.lines().next().and_then(|line| line.strip_prefix("cpu ")).unwrap_or_default();
    let ticks: Vec<u64> = first.split_ascii_whitespace().take(8).map(|ticks| ticks.parse().unwrap_or(0)).collect();
    let (all, idle): (u64, u64) = (ticks.iter().sum(), ticks.iter().skip(3).take(2).sum());
    (all - idle, all)
}

fn memory(table: &str) -> u64 {
    let kib = |name: &str| -> Option<u64> {
        let line = table.lines().take(MAX_LINES).find_map(|line| line.strip_prefix(name))?;
        line.split_ascii_whitespace().next()?.parse().ok()
    };
    let used = kib("MemTotal:").zip(kib("MemAvailable:")).map(|(all, free)| all.saturating_sub(free));
    used.unwrap_or(0).saturating_mul(1_024)
}

/// Bytes in and out of all interfaces but the machine's own.
fn network(table: &str) -> (u64, u64) {
    let lines = table.lines().skip(2).take(MAX_LINES).filter_map(|line| line.split_once(':'));
    let others = lines.filter(|(name, _)| name.trim() != "lo");
    others.fold((0, 0), |(received, sent), (_, counts)| {
        let count = |at: usize| counts.split_ascii_whitespace().nth(at).and_then(|count| count.parse().ok());
        (received + count(0).unwrap_or(0), sent + count(8).unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_tables_are_read() {
        assert_eq!(processors("cpu  10 1 5 100 20 1 1 2 7 0\ncpu0 1 1 1 1"), (20, 140));
        assert_eq!(memory("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n"), 600 * 1_024);
        let dev = "Inter-|\n face |\n    lo: 5 1 0 0 0 0 0 0 5 1\n  eth0:700 3 0 0 0 0 0 0 90 2 0 0 0 0 0 0\n  wg0: 1 0 0 0 0 0 0 0 2";
        assert_eq!(network(dev), (701, 92));
        for rubbish in ["", "cpu", "cpu  x y", "MemTotal:", "\n\n eth0:", "\n\neth0: a b"] {
            assert_eq!((processors(rubbish), memory(rubbish), network(rubbish)), ((0, 0), 0, (0, 0)));
        }
    }

    #[test]
    fn a_second_is_what_was_counted_in_it() {
        let before = Counters { busy_ticks: 10, all_ticks: 100, memory_bytes: 1, received_bytes: 50, sent_bytes: 9 };
        let now = Counters { busy_ticks: 60, all_ticks: 300, memory_bytes: 7, received_bytes: 80, sent_bytes: 0 };
        let second = Second { cpu_percent: 25.0, memory_bytes: 7, received_bytes: 30, sent_bytes: 0 };
        assert_eq!(now.since(&before), second);
        assert_eq!(Counters::default().since(&Counters::default()).cpu_percent, 0.0);
    }
}
