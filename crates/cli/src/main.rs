//! `kinescope`: the server and the tools for recordings. Wiring only; every subcommand has a file of its own.

mod bench;
mod exit;
mod frame;
mod info;
mod moment;
mod recording_file;
mod repair;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Record desktop sessions and look at them again.
#[derive(Parser)]
#[command(name = "kinescope", version, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Info(info::Args),
    Verify(verify::Args),
    Repair(repair::Args),
    Frame(frame::Args),
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Info(args) => info::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Repair(args) => repair::run(&args),
        Command::Frame(args) => frame::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    done.unwrap_or_else(|error| exit::report(&error))
}
