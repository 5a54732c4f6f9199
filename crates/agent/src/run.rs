//! `kinescope-agent run`: everything put together.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use protocol::Severity;
use recording::{End, EndReason};
use spool::{Spool, SpoolError, Uplink, UplinkSettings, notices};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::identity_keeper::Keeper;
use crate::settings::{Arguments, Settings};
use crate::supervisor::{Accounts, Context, Decider, Detections, Memory, RecorderUids, Running, Supervisor};
use crate::{basic, clock, control, identity, logind, machine};

/// Exit code when the machine is not enrolled.
const NOT_ENROLLED: u8 = 3;
/// Exit code when another agent uses the spool.
const SPOOL_IN_USE: u8 = 4;
/// How often the spool is brought to disk and looked through for what has waited too long.
const MAINTENANCE: Duration = Duration::from_secs(5);
/// Waits before connecting again.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));
/// How long what is left may take to be sent when the agent stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    match Settings::read(arguments).and_then(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kinescope-agent: {error:#}");
            let in_use = matches!(error.downcast_ref::<SpoolError>(), Some(SpoolError::InUse { .. }));
            if error.is::<NotEnrolled>() {
                ExitCode::from(NOT_ENROLLED)
            } else if in_use {
                ExitCode::from(SPOOL_IN_USE)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// The machine has no identity yet.
#[derive(Debug, thiserror::Error)]
#[error("this machine is not enrolled; get a token from the server and run: kinescope-agent enrol --server https://…")]
struct NotEnrolled;

fn start(settings: Settings) -> anyhow::Result<()> {
    let folder = settings.identity_folder();
    if !identity::exists(&folder) {
        if settings.server.is_some() {
            return Err(NotEnrolled.into());
        }
        // No server is named: recordings stay here, until there is one.
        if basic::run(settings.clone())? == basic::Ended::Stopped {
            return Ok(());
        }
    }
    let (description, identity) = identity::load(&folder)?;
    let server = match &settings.server {
        Some(server) => server.clone(),
        None => description.server.parse()?,
    };
    let boot_id = clock::boot_id().context("the boot id cannot be read from /proc")?;
    let machine_key = identity::signing_key_or_new(&folder)?;
    let signing_key = machine_key.public();
    let spool = Spool::open(settings.spool(machine_key))?;
    let uplink = UplinkSettings {
        server,
        identity,
        machine: machine::name(),
        software: machine::SOFTWARE.to_owned(),
        os: machine::os(),
        signing_key: Some(signing_key),
        takes_control: settings.dynamic_control,
        recording_off: !settings.recording,
        host_id: Some(machine::os_machine_id()).filter(|id| !id.is_empty()),
        hardware_id: machine::hardware_id(),
        keeper: Some(Arc::new(Keeper::new(folder))),
        retry: RETRY,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(work(settings, description.machine_id, boot_id, spool, uplink))
}

async fn work(
    settings: Settings,
    machine_id: String,
    boot_id: String,
    spool: Spool,
    uplink: UplinkSettings,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (uplink, handle, controls) = Uplink::new(uplink, spool.clone());
    let policy_file = settings.state_folder.join("policy");
    let decider = Arc::new(Decider::new(handle.clone(), policy_file, settings.record_without_policy));
    let detections = Detections::open(settings.state_folder.join("detection-policy"), settings.events.clone());
    let uids = nix::unistd::geteuid().is_root().then(|| RecorderUids::new(settings.recorder_uids.clone()));
    let link = handle.link();
    let memory = Arc::new(Memory::open(settings.state_folder.join("sessions.json"), &boot_id));
    let accounts = Arc::new(Accounts::open(settings.state_folder.join("accounts"), &boot_id));
    let context = Arc::new(Context {
        settings,
        spool: spool.clone(),
        uplink: handle,
        decider: Arc::clone(&decider),
        detections,
        uids,
        machine_id,
        boot_id,
        memory,
        accounts,
        running: Running::default(),
    });
    context.notice(Severity::Information, notices::AGENT_STARTED, None, format!("{} was started", machine::SOFTWARE));
    let (stop_recording, recording_stopped) = watch::channel(false);
    let (stop_sending, sending_stopped) = watch::channel(false);
    let policies = tokio::spawn(async move { decider.remember_policies(link).await });
    let remembering = Arc::clone(&context);
    let detection = tokio::spawn(async move { remembering.remember_detections().await });
    let sending = tokio::spawn(uplink.run(sending_stopped));
    let maintenance = tokio::spawn(maintain(spool.clone()));
    // Without the socket everything else still works.
    let asked = match control::Socket::open(&context.settings.socket) {
        Ok(socket) => tokio::spawn(socket.serve(control::Door::Server(Arc::clone(&context)))),
        Err(error) => {
            tracing::error!("programs on this machine cannot ask the agent: {error:#}");
            tokio::spawn(async {})
        }
    };
    let controlled = tokio::spawn(control::obey_server(Arc::clone(&context), controls));
    let reporting = tokio::spawn(control::report_sessions(Arc::clone(&context)));
    let accounting = tokio::spawn(control::report_accounts(Arc::clone(&context)));
    let recording = tokio::spawn(Supervisor::new(context, recording_stopped).run());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    // Recorders first, so that their last pictures are in the spool when the rest is sent.
    stop_recording.send_replace(true);
    recording.await.context("the supervisor failed")?;
    for task in [asked, controlled, reporting, accounting] {
        task.abort();
    }
    maintenance.abort();
    end_with_machine(&spool).await;
    tokio::task::spawn_blocking(move || spool.maintain(SystemTime::now())).await?;
    stop_sending.send_replace(true);
    if timeout(DRAIN_TIMEOUT, sending).await.is_err() {
        tracing::info!("not everything was sent; the rest waits in the spool");
    }
    policies.abort();
    detection.abort();
    Ok(())
}

async fn maintain(spool: Spool) {
    let mut ticks = interval(MAINTENANCE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let spool = spool.clone();
        let maintained = tokio::task::spawn_blocking(move || spool.maintain(SystemTime::now())).await;
        if let Err(error) = maintained {
            tracing::error!(%error, "looking after the spool failed");
        }
    }
}

/// What is still open ends with the machine, if that is why the agent is stopped. Otherwise the next start goes on with it.
async fn end_with_machine(spool: &Spool) {
    let spool = spool.clone();
    let ended = tokio::task::spawn_blocking(move || {
        let open: Vec<_> = spool.journals().into_iter().filter(|journal| !journal.has_ended()).collect();
        if open.is_empty() || !logind::is_machine_ending() {
            return;
        }
        for journal in open {
            let anchor = clock::anchor(&journal.header().started.boot_id);
            let time_us = anchor.boottime_us.saturating_sub(journal.header().started.boottime_us);
            let end = End { reason: EndReason::Logout, text: "the machine was shut down".to_owned(), successor: None };
            if let Err(error) = journal.end(&end, time_us, &anchor) {
                tracing::warn!(recording = %journal.recording(), %error, "a recording cannot be ended with the machine");
            }
        }
    });
    if ended.await.is_err() {
        tracing::error!("recordings could not be ended with the machine");
    }
}
