//! The server: console, REST interface, live playback and the agents' door, on one TLS port.
//!
//! [`Server::start`] opens the data folder (making certificates, catalogue and a first login where they are missing) and
//! serves until [`Running::shutdown`]. Every request passes [`authorise`]; what each needs is declared in
//! [`api::Operation`]. Recordings come in through [`ingest`], are kept by the `storage` crate and described by the
//! `catalogue` crate. `docs/server.md` is the operator's page.

pub mod app;
pub mod authorise;
pub mod authority;
mod bundle;
pub mod clock;
pub mod config;
pub mod enrolment;
pub mod folder;
pub mod identities;
pub mod ingest;
mod notice_setting;
mod notifications;
pub mod offline;
pub mod passwords;
pub mod people;

mod console;
mod descriptors;
mod failure;
mod forecast;
mod housekeeping;
mod listener;
mod live;
pub mod metrics;
mod outgoing;
mod patience;
mod playbacks;
mod policies;
mod router;
mod routes;
mod seal_setting;
mod secret;
mod sessions;
mod setup;
mod start;
mod stopping;
mod throttle;
mod tls;

pub use config::{Config, ConfigError, Flags};
pub use setup::FirstLogin;
pub use start::{Running, Server, StartError};
pub use tls::AGENT_ALPN;
