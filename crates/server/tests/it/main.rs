//! The server as its clients see it: over TLS, through the one port.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bundle;
mod config;
mod connections;
mod data;
mod detection_policies;
mod enrolment;
mod fixture;
mod harness;
mod ingest;
mod live;
mod login;
mod notices;
mod notifications;
mod operating;
mod people;
mod policies;
mod recordings;
mod requests;
mod responses;
mod roles;
mod sealing;
mod sessions;
mod setup;
mod success;
mod templates;
mod thumbnails;
