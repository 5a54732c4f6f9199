//! `kinescope server`: runs the server until it is told to stop.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use ::server::{Config, Flags, Running, Server};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Run the server: console, interface, and the door for agents, on one port.
///
/// Settings come from the file, then KINESCOPE_* variables, then flags. At first start it makes its certificates and a
/// first login, which it prints once; nothing is recorded and nobody may play until told.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope server --data /var/lib/kinescope
  kinescope server --config /etc/kinescope/server.toml
  kinescope server --demo --data ./var --listen 127.0.0.1:8443
  KINESCOPE_LISTEN=0.0.0.0:443 kinescope server --name recordings.example.org

It stops cleanly on ctrl-C and SIGTERM. KINESCOPE_LOG sets what is logged to standard error (default: info).")]
pub struct Args {
    /// A TOML file with settings; docs/server.md lists them.
    #[arg(long, env = "KINESCOPE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder for keys, catalogue and recordings; default /var/lib/kinescope.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The address and port to listen on; default 0.0.0.0:8443.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// A further name or address by which the server is reached, for the certificate made at first start. May be repeated.
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// At first start, set up a demo: everything is recorded and the first user holds every role.
    #[arg(long)]
    demo: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let filter = EnvFilter::try_from_env("KINESCOPE_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    let Args { config, data, listen, names, demo } = args;
    let environment: HashMap<String, String> = std::env::vars().collect();
    let config = Config::load(config.as_deref(), environment, Flags { data, listen, names, demo })?;
    tokio::runtime::Runtime::new()?.block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<ExitCode> {
    // Asked for before the start, so that a signal during it is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = Server::start(config).await?;
    announce(&running)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        () = running.shutdown() => Ok(ExitCode::SUCCESS),
        _ = terminate.recv() => Ok(ExitCode::FAILURE),
        _ = interrupt.recv() => Ok(ExitCode::FAILURE),
    }
}

fn announce(running: &Running) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let address = running.address();
    let host = if address.ip().is_unspecified() || address.ip().is_loopback() {
        "localhost".to_owned()
    } else {
        SocketAddr::new(address.ip(), 0).to_string().trim_end_matches(":0").to_owned()
    };
    writeln!(out, "Kinescope is at   https://{host}:{}", address.port())?;
    writeln!(out, "Certificate       SHA-256 {}", running.app().server_fingerprint)?;
    if let Some(login) = running.first_login() {
        writeln!(out, "First login       user {}  password {}  (shown only now)", login.user, login.password)?;
        if running.is_demo() {
            writeln!(out, "This is a demo: every session is recorded, and this user may do everything.")?;
        } else {
            writeln!(out, "Nothing is recorded and nobody may play until this user says so.")?;
        }
    }
    out.flush()
}
