//! `kinescope play`: the player for one file, in the browser, without a server.

mod doors;
mod file;
mod page;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use rand::RngExt as _;
use tokio::net::TcpListener;

use self::file::PlayedFile;
use crate::key_file::KeyArgs;

/// Play a recording in the browser.
///
/// Serves the player and this one file to this computer only, at an address that nobody can guess, until Ctrl-C. A file
/// that is still being written is followed live. A sealed recording asks for a key in the browser; with `--key` the page
/// is given it, through the same address.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope play recording.kin
  kinescope play --port 8080 recording.kin
  kinescope play --key alice.key sealed.kin")]
pub struct Args {
    /// The recording.
    file: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    keys: KeyArgs,
}

/// Runs the command until Ctrl-C.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(serve(args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: &Args) -> anyhow::Result<()> {
    let keys = args.keys.private_keys()?;
    let played = PlayedFile::open(&args.file)?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)))
        .await
        .with_context(|| format!("taking port {} on 127.0.0.1", args.port))?;
    let port = listener.local_addr()?.port();
    let secret = secret();
    let mut out = std::io::stdout();
    writeln!(out, "Open this in a browser on this computer (the address is a secret: it is all one needs to watch):")?;
    writeln!(out, "\n    http://127.0.0.1:{port}/{secret}/\n\nCtrl-C stops.")?;
    out.flush()?;
    if !page::is_built() {
        eprintln!("This build of kinescope has no player page in it: `make build` makes one that has.");
    }
    let app = doors::router(played, keys, port, &secret);
    tokio::select! {
        served = axum::serve(listener, app) => served.context("serving the player"),
        // Viewers' connections have nothing to finish: they are simply left.
        stopped = tokio::signal::ctrl_c() => stopped.context("waiting for Ctrl-C"),
    }
}

/// 128 random bits: other users of this computer can reach the port, but not find the recording behind it.
fn secret() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}
