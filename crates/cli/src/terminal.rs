//! What is shown on the terminal, and secrets typed there.

use std::io::{self, BufRead, Read};

use anyhow::{Context, bail};
use nix::sys::termios::{self, LocalFlags, SetArg};

/// Most bytes read as a password or passphrase; more than anything accepts.
const MOST_SECRET_BYTES: u64 = 4096;

/// The first line of standard input, without its end.
pub fn read_line() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin().lock().take(MOST_SECRET_BYTES).read_line(&mut line).context("standard input could not be read")?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        bail!("nothing was typed");
    }
    Ok(secret.to_owned())
}

/// Asks on the terminal, without showing what is typed.
pub fn hidden(prompt: &str) -> anyhow::Result<String> {
    eprint!("{prompt}");
    let shown = termios::tcgetattr(io::stdin())?;
    let mut quiet = shown.clone();
    quiet.local_flags.remove(LocalFlags::ECHO);
    termios::tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &quiet)?;
    let line = read_line();
    termios::tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &shown)?;
    eprintln!();
    line
}

/// Texts come from recorded machines: control characters must not reach the terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
