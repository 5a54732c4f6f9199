//! Records what happens in a session without a look at its pixels: begin and end, and what the agent has to say of it.

use std::os::fd::AsFd as _;
use std::time::Duration;

use anyhow::Context as _;
use capture::{CaptureError, ConnectionParams, OpenError, PresenceWatch};
use recording::{Event, Gap, GapReason, Group, event_kinds as kinds};

use super::blocks::EVENTS;
use super::documents::{DOCUMENTS, Document, Documents};
use super::orders::{Order, Orders};
use super::outlet::{Outlet as _, OutletError, PipeOutlet};
use super::run::Finish;
use super::sealed_writer::SealedWriter;
use super::start::{RecordingStart, StartParameters};
use super::stop::StopSignals;

/// A lost connection is made again this many times before the display counts as gone.
const REOPEN_ATTEMPTS: u32 = 5;
const REOPEN_PAUSE: Duration = Duration::from_millis(200);

/// Records until the display is gone, a signal arrives or nobody takes the blocks.
pub fn record(parameters: StartParameters, orders: Orders, stop: &StopSignals) -> anyhow::Result<Finish> {
    let params = ConnectionParams { display: parameters.display.clone(), cookie: parameters.cookie_bytes()? };
    let watch = PresenceWatch::open(&params)?;
    super::check_server(parameters.server_pid, watch.server())?;
    let outlet = PipeOutlet::stdout(stop).context("stdout is not open")?;
    let writer = SealedWriter::new(parameters.seal);
    let mut recorder = EventRecorder {
        params,
        orders,
        stop,
        outlet,
        writer,
        next_group: parameters.start.first_group,
        start: parameters.start,
        last_us: 0,
        end_told: false,
        documents: Documents::default(),
        keeps_documents: parameters.documents,
    };
    match recorder.run(watch) {
        Err(error) => match error.downcast_ref::<OutletError>() {
            Some(OutletError::Stopped) => Ok(Finish::Stopped),
            Some(OutletError::NotRead) => Ok(Finish::NotRead),
            _ => Err(error),
        },
        finish => finish,
    }
}

struct EventRecorder<'a> {
    params: ConnectionParams,
    orders: Orders,
    stop: &'a StopSignals,
    outlet: PipeOutlet<'a>,
    writer: SealedWriter,
    start: RecordingStart,
    next_group: u64,
    last_us: u64,
    /// The agent has told that the session ended.
    end_told: bool,
    documents: Documents,
    /// The group has a track for them.
    keeps_documents: bool,
}

impl EventRecorder<'_> {
    fn run(&mut self, mut watch: PresenceWatch) -> anyhow::Result<Finish> {
        self.begin()?;
        // What came with the start parameters wakes nobody.
        self.follow_orders()?;
        loop {
            let outcome = {
                let mut interrupts = vec![self.stop.as_fd()];
                interrupts.extend(self.outlet.broken());
                interrupts.extend(self.orders.as_fd());
                watch.wait(&interrupts)
            };
            match outcome {
                Ok(()) => {
                    // Whoever ends it may have told something just before.
                    let (is_over, is_told) = (self.stop.take(), self.orders.is_ready());
                    self.follow_orders()?;
                    if is_over {
                        return Ok(Finish::Stopped);
                    }
                    if !is_told {
                        return Ok(Finish::NotRead);
                    }
                }
                Err(error @ CaptureError::ConnectionLost { .. }) => {
                    tracing::warn!("{:#}", anyhow::Error::from(error));
                    let from_us = self.now_us();
                    match self.reopen(&watch)? {
                        Some(again) => {
                            watch = again;
                            self.unseen_since(from_us)?;
                        }
                        None => {
                            self.follow_orders()?;
                            if !self.end_told {
                                self.event(&Event::new(kinds::SESSION_END))?;
                            }
                            return Ok(Finish::DisplayGone);
                        }
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn follow_orders(&mut self) -> anyhow::Result<()> {
        while let Some(order) = self.orders.take() {
            match order {
                Order::Event(event) => {
                    self.end_told |= event.kind == kinds::SESSION_END;
                    self.event(&event)?;
                }
                Order::Document(document) => self.document(document)?,
                // There is no picture to pause or to cover.
                Order::Program(..) | Order::Pause { .. } | Order::Begin { .. } | Order::Resume { .. } => {}
            }
        }
        Ok(())
    }

    /// At once: there is no picture that would wait for it.
    fn document(&mut self, document: Document) -> anyhow::Result<()> {
        if !self.keeps_documents {
            self.keeps_documents = true;
            self.begin()?;
        }
        let told_us = self.now_us();
        self.documents.push(told_us, document);
        let mut out = Vec::new();
        while self.documents.are_waiting() {
            let now_us = self.now_us();
            self.documents.write(&mut self.writer, now_us, &mut out)?;
            self.outlet.write(&out)?;
            out.clear();
        }
        Ok(())
    }

    /// A group of events, and of documents where they are kept.
    fn begin(&mut self) -> anyhow::Result<()> {
        let group = Group {
            number: self.next_group,
            tracks: [EVENTS].into_iter().chain(self.keeps_documents.then_some(DOCUMENTS)).collect(),
            key_frame_interval_us: self.start.key_frame_interval_us,
            ..Group::default()
        };
        self.next_group += 1;
        let mut out = Vec::new();
        let time_us = self.now_us();
        self.writer.group(group, time_us, &mut out)?;
        Ok(self.outlet.write(&out)?)
    }

    fn unseen_since(&mut self, from_us: u64) -> anyhow::Result<()> {
        let text = "the connection to the X server was lost".to_owned();
        let (to_us, reason) = (self.now_us(), GapReason::CaptureLost);
        let gap = Gap { from_us, to_us, reason, text, chain_before: None, chain_after: None };
        let mut out = Vec::new();
        self.writer.gap(&gap, &mut out)?;
        Ok(self.outlet.write(&out)?)
    }

    fn event(&mut self, event: &Event) -> anyhow::Result<()> {
        let (mut out, time_us) = (Vec::new(), self.now_us());
        self.writer.event(EVENTS.id, time_us, event, &mut out)?;
        Ok(self.outlet.write(&out)?)
    }

    fn now_us(&mut self) -> u64 {
        self.last_us = capture::boottime_us().saturating_sub(self.start.origin_boottime_us).max(self.last_us);
        self.last_us
    }

    /// Tells a killed connection from an ended server by opening the display again. `None`: the session is gone.
    fn reopen(&self, lost: &PresenceWatch) -> anyhow::Result<Option<PresenceWatch>> {
        let mut refused = None;
        for _ in 0..REOPEN_ATTEMPTS {
            std::thread::sleep(REOPEN_PAUSE);
            match PresenceWatch::open(&self.params) {
                Ok(again) if again.server() == lost.server() => return Ok(Some(again)),
                Ok(_) => return Ok(None),
                Err(OpenError::Unreachable { .. }) => refused = None,
                Err(error) => refused = Some(error),
            }
        }
        match refused {
            Some(error) => Err(error.into()),
            None => Ok(None),
        }
    }
}
