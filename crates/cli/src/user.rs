//! `kinescope user`: people who may sign in.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use ::catalogue::Role;
use anyhow::bail;

use crate::data_folder::DataFolder;
use crate::terminal::{hidden, read_line};

/// Manage who may sign in, on the server's data folder; works with the server running or not.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kinescope user list
  kinescope user add ana --role player
  kinescope user roles ana player logging-reader
  pass show kinescope/ana | kinescope user password ana

Passwords are read from the terminal, or from the first line of standard input; never from the command line.
Roles: policy-administrator, policy-query, logging-writer, logging-reader, player, privileged-player.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List users and their roles.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add a user; asks for the password.
    Add {
        /// 1 to 64 letters, digits, `.`, `_`, `-` or `@`.
        name: String,
        /// A role the user shall hold. May be repeated.
        #[arg(long = "role", value_name = "ROLE", value_parser = role)]
        roles: Vec<Role>,
    },
    /// Replace a user's roles; none given means none held.
    Roles {
        /// The user.
        name: String,
        /// All the roles the user shall hold.
        #[arg(value_name = "ROLE", value_parser = role)]
        roles: Vec<Role>,
    },
    /// Give a user a new password and end the user's web sessions.
    Password {
        /// The user.
        name: String,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("no such role; roles are {}", words.join(", "))
    })
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    tokio::runtime::Runtime::new()?.block_on(run_async(args))
}

async fn run_async(Args { command, folder }: Args) -> anyhow::Result<ExitCode> {
    let deployment = folder.open().await?;
    match command {
        Command::List { json } => list(&deployment.catalogue().users().await?, json)?,
        Command::Add { name, roles } => {
            deployment.add_user(name, new_password()?, roles.into_iter().collect::<BTreeSet<_>>()).await?;
        }
        Command::Roles { name, roles } => deployment.set_roles(&name, &roles.into_iter().collect()).await?,
        Command::Password { name } => deployment.set_password(&name, new_password()?).await?,
    }
    deployment.catalogue().close().await;
    Ok(ExitCode::SUCCESS)
}

fn list(users: &[::catalogue::User], json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let rows: Vec<_> = users
            .iter()
            .map(|user| serde_json::json!({ "name": user.name, "enabled": user.enabled, "roles": user.roles }))
            .collect();
        serde_json::to_writer_pretty(&mut out, &rows)?;
        writeln!(out)?;
        return Ok(());
    }
    for user in users {
        let roles: Vec<&str> = user.roles.iter().map(|role| role.as_str()).collect();
        let locked = if user.enabled { "" } else { "  (locked out)" };
        writeln!(out, "{:<24}{}{locked}", user.name, roles.join(", "))?;
    }
    Ok(())
}

/// A new password: typed twice without being shown, or the first line of standard input.
fn new_password() -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        return read_line();
    }
    let first = hidden("New password: ")?;
    if hidden("The same again: ")? != first {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(first)
}
