//! `kinescope-agent`: records sessions on the machine where they run.
//!
//! Each subcommand is a module of its own; this file only says which there are.

mod accessibility_watch;
mod basic;
mod become_user;
mod bounded;
mod bounded_program;
mod browsers;
mod check;
mod clock;
mod confine;
mod control;
mod desktop_watch;
mod drive_watch;
mod enrol;
mod files_watch;
mod first_line;
mod host_watch;
mod hotkeys;
mod identity;
mod identity_keeper;
mod in_session;
mod logind;
mod machine;
mod onlooker;
mod own_logging;
mod programs;
mod record;
mod recorder;
mod roll_over;
mod run;
mod saying;
mod sessions;
mod settings;
mod sign;
mod supervisor;
mod tags;
mod tell;
mod typed_watch;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Records the sessions of this machine.
#[derive(Parser)]
#[command(name = "kinescope-agent", version, about, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find sessions and record those that the server's policy wants recorded
    Run(settings::Arguments),
    /// Give this machine an identity at a server
    Enrol(enrol::Arguments),
    /// Say why nothing is recorded, or that all is well
    Check(check::Flags),
    /// Say whether your session is recorded, and why
    Status(control::Arguments),
    /// Start a recording of your session, where the policy lets you
    Start(control::Arguments),
    /// Stop the recording that you started
    Stop(control::Arguments),
    /// Have nothing of your session recorded for a while, where you may
    Pause(control::PauseArguments),
    /// Go on recording after a pause
    Resume(control::Arguments),
    /// Have something stand in the recording of your session as an event, where you may
    Event(control::EventArguments),
    /// Read and change the settings of basic mode, in which an agent without a server records on request
    Config(basic::Arguments),
    /// Record one display to a file, without any server
    Record(record::Arguments),
    /// Record one display for the agent that started this process
    #[command(hide = true)]
    Recorder(confine::Arguments),
    /// See what is opened first on one display, for the agent that started this process
    #[command(hide = true)]
    Onlooker(confine::Arguments),
    /// Say what happens on one display, for the agent that started this process
    #[command(hide = true)]
    DesktopWatch(confine::Arguments),
    /// Say what windows of one session show, as its user, for the agent that started this process
    #[command(hide = true)]
    AccessibilityWatch(confine::Arguments),
    /// Say what is typed into ordinary fields of one session, as its user, for the agent that started this process
    #[command(hide = true)]
    TypedWatch(confine::Arguments),
    /// Say what happens on this machine outside of its displays, for the agent that started this process
    #[command(hide = true)]
    HostWatch(confine::Arguments),
    /// Say what happens on drives of a client, as their user, for the agent that started this process
    #[command(hide = true)]
    DriveWatch(confine::Arguments),
    /// Say which files SFTP and SCP copy from and to this machine, for the agent that started this process
    #[command(hide = true)]
    SshWatch(confine::Arguments),
    /// Say which files below listed folders are copied to elsewhere, for the agent that started this process
    #[command(hide = true)]
    CopyWatch(confine::Arguments),
    /// Write a recording as its user, for the agent that started this process
    #[command(hide = true)]
    Keeper(basic::keeper::Arguments),
    /// Show a window for the agent that started this process
    #[command(hide = true)]
    Notice(confine::Arguments),
    /// Show a sign in a session, and listen for its hotkeys, for the agent that started this process
    #[command(hide = true)]
    Sign(confine::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    // No runtime and no thread before this point: a recorder is one thread, and signals are told to it by descriptor.
    match arguments.command {
        Command::Record(arguments) => record::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Enrol(arguments) => enrol::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Status(arguments) => control::ask(control::Command::Status, &arguments),
        Command::Start(arguments) => control::ask(control::Command::Start, &arguments),
        Command::Stop(arguments) => control::ask(control::Command::Stop, &arguments),
        Command::Pause(arguments) => control::ask_to_pause(&arguments),
        Command::Resume(arguments) => control::ask(control::Command::Resume, &arguments),
        Command::Event(arguments) => control::ask_to_say(&arguments),
        Command::Config(arguments) => basic::config(&arguments),
        Command::Keeper(arguments) => basic::keeper::run(&arguments),
        Command::Recorder(arguments) => confined(&arguments, recorder::run),
        Command::Onlooker(arguments) => confined(&arguments, || quietly(onlooker::run())),
        Command::DesktopWatch(arguments) => confined(&arguments, || quietly(desktop_watch::run())),
        Command::AccessibilityWatch(arguments) => quietly(accessibility_watch::run(&arguments)),
        Command::TypedWatch(arguments) => quietly(typed_watch::run(&arguments)),
        Command::HostWatch(arguments) => quietly(host_watch::run(&arguments)),
        Command::DriveWatch(arguments) => quietly(drive_watch::run(&arguments)),
        Command::SshWatch(arguments) => quietly(files_watch::run::<detect::SshTransfers>(&arguments)),
        Command::CopyWatch(arguments) => quietly(files_watch::run::<detect::Copies>(&arguments)),
        Command::Notice(arguments) => confined(&arguments, tell::run),
        Command::Sign(arguments) => confined(&arguments, sign::run),
    }
}

/// Runs what looks at displays without what it does not need.
fn confined(arguments: &confine::Arguments, run: impl FnOnce() -> ExitCode) -> ExitCode {
    match confine::give_up_privileges(arguments) {
        Ok(()) => run(),
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A session that ends is no trouble; whoever started this part knows what else is.
fn quietly(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::debug!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Diagnostics go to stderr, as much as `RUST_LOG` asks for (default: warnings and worse).
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}
