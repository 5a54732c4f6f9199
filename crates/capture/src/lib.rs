//! Reads what an X server shows: pictures of the root window, the pointer, and changes of size.
//!
//! [`X11Source`] is the one door to pictures ([`wait_for_opened`], [`DesktopWatch`] and [`PresenceWatch`] look at windows alone, or at nothing; [`KeyWatch`] hears keys). It is driven by what the X server announces and never asks without a reason:
//!
//! * DAMAGE says that something was drawn (report level *NonEmpty*: at most one event until the damage is fetched, so
//!   that a program drawing in a storm costs nothing here); only the damaged rectangles are read.
//! * Pixels come through MIT-SHM 1.2 into a sealed memfd whose descriptor is passed to the server. It is read back with
//!   `pread`, never mapped: a mapping would need unsafe code and would change under the reader's eyes. Servers or
//!   transports that refuse the descriptor are read by `GetImage` in bounded strips.
//! * An alarm on the server's own idle time announces input; only then is the pointer's position asked for, at most once
//!   per frame. XFIXES announces new shapes. Both are armed anew only when the news was fetched.
//! * Windows that must not be seen are covered before anybody gets the picture ([`CoverOptions`]).
//! * `ConfigureNotify` of the root window and RandR announce a new size, and monitors that lie otherwise.
//!
//! All waiting happens in one `poll` on the X connection. A server that leaves a request unanswered for longer than
//! [`REPLY_PATIENCE`] is *stalled*: that is told to the caller and, once the server is back, declared as a [`Lapse`].

mod activity;
mod connection;
mod cover;
mod damage;
mod desktop;
mod error;
mod extensions;
mod keys;
mod monitors;
mod opened;
mod outcome;
mod pace;
mod picture;
mod pointer;
mod presence;
mod rects;
mod server;
mod shm;
mod source;
mod stall;
mod visual;
mod watch;
mod wire;

pub use connection::ConnectionParams;
pub use cover::{Class, Client, CoverOptions, Programs};
pub use desktop::{Copied, DesktopWatch, Sighting, Sort, Titled, Wanted};
pub use error::{CaptureError, OpenError};
pub use keys::{Focus, Heard, KeyStream, KeyWatch, Struck};
pub use monitors::Monitor;
pub use opened::{Opened, wait_for_opened};
pub use outcome::{Lapse, Options, Outcome, Transport, Update, Wait};
pub use presence::PresenceWatch;
pub use server::ServerIdentity;
pub use source::{X11Source, boottime_us};
pub use wire::REPLY_PATIENCE;
