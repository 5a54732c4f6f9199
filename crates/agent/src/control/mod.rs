//! The agent's own door on the machine: a local socket through which programs ask about sessions and have them recorded or not.
//!
//! Whoever connects is told by the kernel, and the session in question is the one that the caller's process belongs to. Only
//! root may name another. One message is one line of JSON ([`Request`], answered by [`Answer`]); `docs/agent.md` describes
//! them. What is not allowed in `orders` is refused. What administrators at the server want comes over the agent's own
//! connection and takes the same way (`server`); `report` tells the server how sessions stand,
//! `accounting` what became of them.

mod accounting;
mod caller;
mod client;
mod message;
mod pace;
mod report;
mod serve;
mod server;
mod socket;

pub use accounting::report_accounts;
pub use client::{Arguments, EventArguments, PauseArguments, ask, ask_config, ask_to_pause, ask_to_say, status};
pub use message::{Answer, Command, ConfigWish, LinkLine, SettingLine};
pub use report::report_sessions;
pub use serve::Door;
pub use server::obey_server;
pub use socket::Socket;
