//! `kinescope`: the server and the tools for recordings. Wiring only; every subcommand has a file of its own.

mod bench;
mod catalogue;
mod check;
mod control;
mod data_folder;
mod documents;
mod exit;
mod frame;
mod info;
mod key;
mod key_file;
mod moment;
mod opened;
mod play;
mod recording_file;
mod remote;
mod repair;
mod server;
mod terminal;
mod token;
mod user;
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
    Server(server::Args),
    Check(check::Args),
    User(user::Args),
    Token(token::Args),
    Catalogue(catalogue::Args),
    Control(control::Args),
    Info(info::Args),
    Verify(verify::Args),
    Repair(repair::Args),
    Frame(frame::Args),
    Documents(documents::Args),
    Key(key::Args),
    Play(play::Args),
    Bench(bench::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Server(args) => server::run(args),
        Command::Check(args) => check::run(&args),
        Command::User(args) => user::run(args),
        Command::Token(args) => token::run(args),
        Command::Catalogue(args) => catalogue::run(args),
        Command::Control(args) => control::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Repair(args) => repair::run(&args),
        Command::Frame(args) => frame::run(&args),
        Command::Documents(args) => documents::run(&args),
        Command::Key(args) => key::run(&args),
        Command::Play(args) => play::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    done.unwrap_or_else(|error| exit::report(&error))
}
