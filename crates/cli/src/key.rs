//! `kinescope key`: the keys that open sealed recordings.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use sealing::{KeyFile, PrivateKey, Seed};

use crate::key_file;
use crate::terminal::hidden;

/// Make and look at keys that open sealed recordings.
///
/// Recordings are sealed for public keys: on machines by the setting under Policies, in a file with `kinescope-agent
/// record --seal-for`. They open with the private key in a key file, and with nothing else: whoever loses all key files
/// loses the recordings. Keep a copy in a safe place.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope key new -o alice.key
  kinescope key new --passphrase -o alice.key
  kinescope key show alice.key
  kinescope frame --key alice.key recording.kin --at 12.5 -o moment.png

The passphrase is read from the terminal, else from the environment variable KINESCOPE_KEY_PASSPHRASE.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a key: the private key goes into a file for you alone, the public key is printed.
    New {
        /// Where the key file goes; it must not exist yet.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Protect the file with a passphrase, asked for on the terminal.
        #[arg(long)]
        passphrase: bool,
    },
    /// Print the public key of a key file: what recordings are sealed for. Needs no passphrase.
    Show {
        /// The key file.
        file: PathBuf,
        /// Print the fingerprint instead: the key's name in recordings.
        #[arg(long)]
        fingerprint: bool,
    },
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    match &args.command {
        Command::New { output, passphrase } => {
            let key = PrivateKey::generate(&seed()?);
            let passphrase = if *passphrase { Some(new_passphrase()?) } else { None };
            let file = match &passphrase {
                Some(passphrase) => KeyFile::with_passphrase(&key, passphrase, &seed()?)?,
                None => KeyFile::open(&key),
            };
            write_private(output, &file)?;
            writeln!(out, "{}", key.public())?;
            let protected = if passphrase.is_some() { "" } else { "; it has no passphrase" };
            eprintln!("The private key is in {}{protected}. Keep a copy in a safe place.", output.display());
        }
        Command::Show { file, fingerprint } => {
            let public = key_file::read(file)?.public();
            match fingerprint {
                true => writeln!(out, "{}", public.fingerprint())?,
                false => writeln!(out, "{public}")?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn seed() -> anyhow::Result<Seed> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("the system gives no randomness: {error}"))?;
    Ok(Seed::new(random))
}

fn new_passphrase() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        return key_file::passphrase_from_environment()
            .context("there is no terminal to ask for a passphrase, and KINESCOPE_KEY_PASSPHRASE is not set");
    }
    let first = hidden("New passphrase: ")?;
    if hidden("The same again: ")? != first {
        bail!("the two passphrases differ; nothing was written");
    }
    Ok(first)
}

/// For the owner's eyes only, and never over another file: that could be the only key to something.
fn write_private(path: &Path, file: &KeyFile) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut written = options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => anyhow::anyhow!("{} exists and is left alone; name another", path.display()),
        _ => anyhow::Error::from(error).context(format!("{} cannot be written", path.display())),
    })?;
    written.write_all(file.to_text().as_bytes()).and_then(|()| written.sync_all()).context("writing the key file")
}
