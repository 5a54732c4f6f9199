//! `kinescope catalogue`: the database of recordings.

use std::process::ExitCode;

use crate::data_folder::DataFolder;

/// Look after the catalogue.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope catalogue rebuild --data /var/lib/kinescope
  kinescope catalogue rebuild --config /etc/kinescope/server.toml")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make the list of recordings anew from the storage folders; the server must not run.
    ///
    /// People, machines, tokens, settings and the administrator log stay as they are. Recordings are only read.
    Rebuild,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { command: Command::Rebuild, folder } = args;
    let config = folder.config()?;
    let rebuilt = tokio::runtime::Runtime::new()?.block_on(::server::offline::rebuild_catalogue(&config))?;
    println!("{} recordings are in the catalogue", rebuilt.recordings);
    for (id, why) in &rebuilt.unreadable {
        println!("left out: {id}: {why}");
    }
    Ok(if rebuilt.unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
