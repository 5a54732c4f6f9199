//! `kinescope token`: enrolment tokens, for installations without a person at the console.

use std::process::ExitCode;

use crate::data_folder::DataFolder;

/// Longest time for which a token can be valid, hours.
const MOST_HOURS: i64 = 30 * 24;

/// Make enrolment tokens, on the server's data folder; works with the server running or not.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope token create --note 'fin machines' > token
  kinescope-agent enrol --server https://recordings.example.org:8443 --token-file token

A token lets one machine in, once, and names the server's certificate, so that the machine trusts no other server.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a token and print it. It is shown only here.
    Create {
        /// What it is for; shown in the console.
        #[arg(long, default_value = "")]
        note: String,
        /// For how many hours it can be used.
        #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=MOST_HOURS))]
        valid_hours: u32,
        /// Let this known machine in again as itself, by its id or its name; what it was known by before counts no more then.
        #[arg(long, value_name = "MACHINE")]
        machine: Option<String>,
    },
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { command: Command::Create { note, valid_hours, machine }, folder } = args;
    let text = tokio::runtime::Runtime::new()?.block_on(async {
        let deployment = folder.open().await?;
        let text = deployment.create_token(&note, valid_hours * 3600, machine.as_deref()).await?;
        deployment.catalogue().close().await;
        anyhow::Ok(text)
    })?;
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}
