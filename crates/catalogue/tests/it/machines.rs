//! Enrolment, machines and diagnostics.

use catalogue::{CatalogueError, Diagnostic, DiagnosticQuery, EnrolmentToken, Machine, MachineReport, Severity};
use uuid::Uuid;

use crate::Fixture;

pub const HASH: [u8; 32] = [7; 32];

pub fn machine(n: u128) -> Machine {
    Machine {
        os: "Debian 12".into(),
        host_id: "4d0f".into(),
        ..Machine::enrolled(Uuid::from_u128(n), format!("fin-{n:02}"), format!("{n:064x}"), 9_000, 500)
    }
}

pub async fn with_token(expires_us: i64) -> Fixture {
    let fixture = Fixture::new().await;
    let token = EnrolmentToken {
        id: Uuid::from_u128(1),
        note: "the finance machines".into(),
        created_us: 100,
        created_by: "admin".into(),
        expires_us,
        used_us: None,
        machine: None,
        for_machine: None,
    };
    fixture.catalogue.add_token(&token, &HASH).await.unwrap();
    fixture
}

#[tokio::test]
async fn a_token_enrols_one_machine_once() {
    let fixture = with_token(1_000).await;
    assert!(fixture.catalogue.valid_token(&HASH, 500).await.unwrap().is_some());
    fixture.catalogue.enrol(&HASH, &machine(1)).await.unwrap();
    assert!(fixture.catalogue.valid_token(&HASH, 500).await.unwrap().is_none());
    let again = fixture.catalogue.enrol(&HASH, &machine(2)).await;
    assert!(matches!(again, Err(CatalogueError::TokenInvalid)), "{again:?}");
    assert_eq!(fixture.catalogue.machines().await.unwrap(), [machine(1)]);
    let tokens = fixture.catalogue.tokens().await.unwrap();
    assert_eq!((tokens[0].used_us, tokens[0].machine), (Some(500), Some(Uuid::from_u128(1))));
}

#[tokio::test]
async fn two_machines_that_come_at_once_with_one_token_make_one() {
    let fixture = with_token(1_000).await;
    let (one, two) = (machine(1), machine(2));
    let (first, second) = tokio::join!(fixture.catalogue.enrol(&HASH, &one), fixture.catalogue.enrol(&HASH, &two));
    assert_ne!(first.is_ok(), second.is_ok());
    assert_eq!(fixture.catalogue.machines().await.unwrap().len(), 1);
}

#[tokio::test]
async fn expired_withdrawn_and_unknown_tokens_are_refused_alike() {
    let fixture = with_token(500).await;
    let expired = fixture.catalogue.enrol(&HASH, &machine(1)).await;
    assert!(matches!(expired, Err(CatalogueError::TokenInvalid)), "{expired:?}");
    let unknown = fixture.catalogue.enrol(&[8; 32], &machine(1)).await;
    assert!(matches!(unknown, Err(CatalogueError::TokenInvalid)), "{unknown:?}");
    let fixture = with_token(1_000).await;
    fixture.catalogue.remove_token(Uuid::from_u128(1)).await.unwrap();
    let withdrawn = fixture.catalogue.enrol(&HASH, &machine(1)).await;
    assert!(matches!(withdrawn, Err(CatalogueError::TokenInvalid)), "{withdrawn:?}");
    let gone = fixture.catalogue.remove_token(Uuid::from_u128(1)).await;
    assert!(matches!(gone, Err(CatalogueError::NotFound { .. })), "{gone:?}");
}

#[tokio::test]
async fn an_enrolment_that_fails_leaves_the_token_usable() {
    let fixture = with_token(1_000).await;
    fixture.catalogue.enrol(&HASH, &machine(1)).await.unwrap();
    let token = EnrolmentToken { id: Uuid::from_u128(2), ..fixture.catalogue.tokens().await.unwrap()[0].clone() };
    fixture.catalogue.add_token(&token, &[9; 32]).await.unwrap();
    let same_certificate = Machine { id: Uuid::from_u128(5), ..machine(1) };
    let failed = fixture.catalogue.enrol(&[9; 32], &same_certificate).await;
    assert!(matches!(failed, Err(CatalogueError::Database { .. })), "{failed:?}");
    fixture.catalogue.enrol(&[9; 32], &machine(2)).await.unwrap();
}

#[tokio::test]
async fn reports_and_revocation_are_kept() {
    let fixture = with_token(1_000).await;
    fixture.catalogue.enrol(&HASH, &machine(1)).await.unwrap();
    let report = MachineReport {
        seen_us: 700,
        software: "agent 0.1.0".into(),
        address: "10.0.0.9:4711".into(),
        spool_bytes: 5,
        spool_quota: u64::MAX,
        lost_bytes: 1,
        live_recordings: 3,
    };
    fixture.catalogue.report_machine(Uuid::from_u128(1), &report).await.unwrap();
    fixture.catalogue.revoke_machine(Uuid::from_u128(1), 800).await.unwrap();
    fixture.catalogue.revoke_machine(Uuid::from_u128(1), 900).await.unwrap();
    let fixture = fixture.reopen().await;
    let found = fixture.catalogue.certificate(&machine(1).fingerprint).await.unwrap().unwrap().machine;
    let expected = Machine {
        revoked_us: Some(800),
        last_seen_us: Some(700),
        software: Some("agent 0.1.0".into()),
        address: Some("10.0.0.9:4711".into()),
        spool_bytes: 5,
        spool_quota: i64::MAX.unsigned_abs(),
        lost_bytes: 1,
        live_recordings: 3,
        ..machine(1)
    };
    assert_eq!(found, expected);
    assert_eq!(fixture.catalogue.machine(Uuid::from_u128(1)).await.unwrap(), Some(expected));
    let unknown = fixture.catalogue.revoke_machine(Uuid::from_u128(9), 1).await;
    assert!(matches!(unknown, Err(CatalogueError::NotFound { .. })), "{unknown:?}");
}

#[tokio::test]
async fn diagnostics_are_listed_newest_first_filtered_and_pruned() {
    let fixture = Fixture::new().await;
    let severities = [Severity::Information, Severity::Warning, Severity::Error];
    for n in 0..9_i64 {
        let diagnostic = Diagnostic {
            at_us: n,
            severity: severities[n as usize % 3],
            number: 100 + n as u32,
            machine: (n < 6).then(|| Uuid::from_u128(1)),
            recording: (n == 8).then(|| crate::recording(1).id),
            text: format!("thing {n}"),
        };
        fixture.catalogue.add_diagnostic(&diagnostic).await.unwrap();
    }
    let list = async |query: DiagnosticQuery| {
        let page = fixture.catalogue.diagnostics(&query).await.unwrap();
        (page.total, page.items.iter().map(|e| e.diagnostic.at_us).collect::<Vec<_>>())
    };
    let all = DiagnosticQuery::default();
    assert_eq!(list(all.clone()).await, (9, vec![8, 7, 6, 5, 4, 3, 2, 1, 0]));
    assert_eq!(list(DiagnosticQuery { limit: 2, offset: 3, ..all.clone() }).await, (9, vec![5, 4]));
    assert_eq!(list(DiagnosticQuery { at_least: Severity::Warning, ..all.clone() }).await, (6, vec![8, 7, 5, 4, 2, 1]));
    assert_eq!(list(DiagnosticQuery { at_least: Severity::Error, ..all.clone() }).await, (3, vec![8, 5, 2]));
    let of_one = DiagnosticQuery { machine: Some(Uuid::from_u128(1)), ..all.clone() };
    assert_eq!(list(of_one).await, (6, vec![5, 4, 3, 2, 1, 0]));
    let newest = &fixture.catalogue.diagnostics(&all).await.unwrap().items[0].diagnostic;
    assert_eq!((newest.recording, newest.machine, newest.number), (Some(crate::recording(1).id), None, 108));
    assert_eq!(fixture.catalogue.prune_diagnostics(7).await.unwrap(), 7);
    assert_eq!(list(all).await, (2, vec![8, 7]));
}
