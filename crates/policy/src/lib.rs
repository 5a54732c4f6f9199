//! Decides which sessions are recorded, and says why.
//!
//! A [`Policy`] is evaluated against [`Facts`] about one session and gives a [`Decision`] that names the policy and
//! the rule that made it. Server and agent use the same code: the server decides, and the agent decides by the last
//! policy it was told while the server cannot be asked. [`HandedOut`] is what agents are told: the policy, and what of
//! a session is sealed. No I/O, no clock.

mod decision;
mod document;
mod handed_out;

pub use decision::{Decision, Facts, evaluate, without_policy};
pub use document::{DocumentError, Policy};
pub use handed_out::HandedOut;
