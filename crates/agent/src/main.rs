//! `kinescope-agent`: records sessions on the machine where they run.
//!
//! Each subcommand is a module of its own; this file only says which there are.

mod clock;
mod record;
mod recorder;

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
    /// Record one display to a file, without any server
    Record(record::Arguments),
    /// Record one display for the agent that started this process
    #[command(hide = true)]
    Recorder,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr();
    // No runtime and no thread before this point: a recorder is one thread, and signals are told to it by descriptor.
    match arguments.command {
        Command::Record(arguments) => record::run(&arguments),
        Command::Recorder => recorder::run(),
    }
}

/// Diagnostics go to stderr, as much as `RUST_LOG` asks for (default: warnings and worse).
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}
