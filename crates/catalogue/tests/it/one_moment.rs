//! A page of a list and how long the list is are of one moment, whatever is written meanwhile.

use std::cell::Cell;

use catalogue::{
    AdministratorAction, Catalogue, Diagnostic, DiagnosticQuery, LogScope, Recording, RecordingQuery, RecordingState,
    SessionAccount, Severity, Visibility,
};
use recording::SessionFacts;
use uuid::Uuid;

use crate::{Fixture, recording};

/// How often a list is read while others write. Read at two moments, each list differed from its length in more than ten.
const READS: usize = 200;

fn account(n: usize) -> SessionAccount {
    let machine = Uuid::from_u128(1);
    SessionAccount {
        machine,
        boot_id: "boot".into(),
        session: "10-1-1".into(),
        began_us: 1_000,
        is_over: false,
        facts: SessionFacts::desktop(machine.simple().to_string(), "fin-03", "ana"),
        policy: "everything".into(),
        rule: None,
        wanted: "screen".into(),
        outcome: if n.is_multiple_of(2) { "declined" } else { "failed" }.into(),
        reason: String::new(),
        recording: None,
    }
}

/// Adds to every list, and takes away again from those that can shrink.
async fn write(catalogue: &Catalogue, n: usize) {
    let at_us = i64::try_from(n).unwrap();
    let state = if n.is_multiple_of(2) { RecordingState::Live } else { RecordingState::Finished };
    catalogue.put_recording(&Recording { state, ..recording(1) }).await.unwrap();
    catalogue.keep_account(&account(n), at_us).await.unwrap();
    let action = AdministratorAction {
        at_us,
        who: "admin".into(),
        address: String::new(),
        action: "playback".into(),
        subject: String::new(),
        detail: String::new(),
        before: None,
        after: None,
    };
    catalogue.log_administrator(&action).await.unwrap();
    let severity = Severity::Warning;
    let noticed = Diagnostic { at_us, severity, number: 1, machine: None, recording: None, text: String::new() };
    catalogue.add_diagnostic(&noticed).await.unwrap();
}

#[tokio::test]
async fn a_list_is_as_long_as_it_says_while_others_write() {
    let fixture = Fixture::new().await;
    let catalogue = &fixture.catalogue;
    let done = Cell::new(false);
    let writing = async {
        let mut n = 0;
        while !done.get() {
            write(catalogue, n).await;
            n += 1;
        }
    };
    let reading = async {
        let states = vec![RecordingState::Live];
        let live = RecordingQuery { states, ..RecordingQuery::new(Visibility::Everything) };
        let all = DiagnosticQuery { limit: 1_000_000, ..DiagnosticQuery::default() };
        let mut differ = [("recordings", 0), ("accounts", 0), ("log", 0), ("diagnostics", 0)];
        for _ in 0..READS {
            let recordings = catalogue.search(&live).await.unwrap();
            let accounts = catalogue.accounts((0, i64::MAX), &["declined"], (10, 0), 0).await.unwrap();
            let log = catalogue.administrator_log(LogScope::Everything, u32::MAX, 0).await.unwrap();
            let diagnostics = catalogue.diagnostics(&all).await.unwrap();
            let are_equal = [
                recordings.total == recordings.items.len() as u64,
                accounts.total == accounts.items.len() as u64,
                log.total == log.items.len() as u64,
                diagnostics.total == diagnostics.items.len() as u64,
            ];
            differ.iter_mut().zip(are_equal).for_each(|((_, times), equal)| *times += usize::from(!equal));
        }
        done.set(true);
        assert_eq!(differ, [("recordings", 0), ("accounts", 0), ("log", 0), ("diagnostics", 0)]);
    };
    tokio::join!(writing, reading);
}
