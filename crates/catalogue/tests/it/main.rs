//! The catalogue through its public doors, on a real file.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod deliveries;
mod events;
mod identities;
mod machines;
mod one_moment;
mod people;
mod policies;
mod records;
mod responses;
mod search;
mod speed;

use catalogue::{Catalogue, Recording, RecordingState};
use recording::RecordingId;

/// An open catalogue in a folder that goes away with it.
struct Fixture {
    catalogue: Catalogue,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(&folder.path().join("catalogue.sqlite")).await.unwrap();
        Self { catalogue, folder }
    }

    /// Closes the file and opens it again, as a restart does.
    async fn reopen(self) -> Self {
        self.catalogue.close().await;
        let catalogue = Catalogue::open(&self.folder.path().join("catalogue.sqlite")).await.unwrap();
        Self { catalogue, ..self }
    }
}

/// A finished recording numbered `n`; it starts `n` seconds after an arbitrary moment.
fn recording(n: u32) -> Recording {
    let mut random = [0; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    let start_us = 1_790_000_000_000_000 + i64::from(n) * 1_000_000;
    Recording {
        id: RecordingId::from_parts(1_790_000_000_000 + u64::from(n), random),
        machine_id: "00000000000000000000000000000001".into(),
        machine: "fin-03".into(),
        user: format!("user{n}"),
        uid: Some(1000 + n),
        display: Some(":10".into()),
        session_kind: "desktop".into(),
        client_name: Some("laptop".into()),
        client_address: Some("10.2.0.7".into()),
        application: Some("SAP".into()),
        groups: vec!["finance".into(), "staff".into()],
        state: RecordingState::Finished,
        start_us,
        end_us: Some(start_us + 500_000),
        duration_us: 500_000,
        size_bytes: u64::from(n) * 10,
        last_data_us: start_us + 500_000,
        policy: "everything".into(),
        rule: Some("finance".into()),
        start_text: "the rule finance says so".into(),
        end_reason: Some("logout".into()),
        end_text: Some("the user logged out".into()),
        width: Some(1920),
        height: Some(1080),
        notices: vec!["two seconds are missing".into()],
        events_only: Some(false),
    }
}
