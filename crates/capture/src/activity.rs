//! Whether somebody moves the pointer or types: from the server's own IDLETIME counter (SYNC extension).
//!
//! An alarm tells when the counter falls, so nothing is asked while nothing happens. XInput2's raw motion would tell of
//! devices only; IDLETIME also falls when a program moves the pointer (XWarpPointer), which raw events do not show, and one
//! event a frame comes however fast a mouse reports.

use x11rb::connection::Connection as _;
use x11rb::protocol::sync::{
    self, Alarm, ChangeAlarmAux, ConnectionExt as _, Counter, CreateAlarmAux, Int64, TESTTYPE, VALUETYPE,
};

use crate::connection::Link;
use crate::error::ExchangeError;

/// Input younger than this keeps the watch awake; the alarm is set when it is older. Longer than a frame, so that
/// input between a look and the setting of the alarm is never missed.
const RECENT_MS: u32 = 250;
const DOING: &str = "the server's idle time";

/// Watches for input of any kind.
pub(crate) struct ActivityWatch {
    counter: Counter,
    alarm: Alarm,
    /// There was input that was not looked at yet.
    pub(crate) pending: bool,
}

impl ActivityWatch {
    /// `None`: this server does not count idle time.
    pub(crate) fn new(link: &Link) -> Result<Option<Self>, ExchangeError> {
        if !link.has(sync::X11_EXTENSION_NAME)? {
            return Ok(None);
        }
        let doing = DOING;
        let lost = |e| ExchangeError::from_connection(doing, e);
        link.reply(doing, link.conn.sync_initialize(3, 1).map_err(lost)?)?;
        let counters = link.reply(doing, link.conn.sync_list_system_counters().map_err(lost)?)?.counters;
        let Some(idle) = counters.iter().find(|counter| counter.name == b"IDLETIME") else { return Ok(None) };
        let alarm = link.conn.generate_id().map_err(|e| ExchangeError::from_id(doing, e))?;
        let aux = CreateAlarmAux::new()
            .counter(idle.counter)
            .value_type(VALUETYPE::ABSOLUTE)
            .value(RECENT)
            .test_type(TESTTYPE::NEGATIVE_COMPARISON)
            // With a step of nothing an alarm goes off once, until it is set again.
            .delta(Int64 { hi: 0, lo: 0 })
            .events(1);
        link.check(doing, link.conn.sync_create_alarm(alarm, &aux).map_err(lost)?)?;
        Ok(Some(Self { counter: idle.counter, alarm, pending: true }))
    }

    /// To be called with each look: stays awake after recent input, else sets the alarm and rests.
    pub(crate) fn look(&mut self, link: &Link) -> Result<(), ExchangeError> {
        // Asking also makes the server refresh the value that it compares when the alarm is set: with an old, low one the
        // alarm would go off at once, and again at every look.
        self.pending = self.idle_ms(link)? <= u64::from(RECENT_MS);
        if !self.pending {
            let lost = |e| ExchangeError::from_connection(DOING, e);
            link.conn.sync_change_alarm(self.alarm, &ChangeAlarmAux::new().value(RECENT)).map_err(lost)?.ignore_error();
        }
        Ok(())
    }

    /// For how long there has been no input.
    pub(crate) fn idle_ms(&self, link: &Link) -> Result<u64, ExchangeError> {
        let asked = link.conn.sync_query_counter(self.counter).map_err(|e| ExchangeError::from_connection(DOING, e))?;
        let idle = link.reply(DOING, asked)?.counter_value;
        Ok(u64::try_from(idle.hi).map_or(0, |hi| hi << 32 | u64::from(idle.lo)))
    }
}

const RECENT: Int64 = Int64 { hi: 0, lo: RECENT_MS };
