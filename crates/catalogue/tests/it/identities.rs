//! Certificates that take each other's place, turns, copies, and machines that are let in again.

use catalogue::{CatalogueError, EnrolmentToken, RefusedCopy, Standing};
use uuid::Uuid;

use crate::Fixture;
use crate::machines::{HASH, machine, with_token};

const ID: Uuid = Uuid::from_u128(1);

async fn enrolled() -> Fixture {
    let fixture = with_token(1_000).await;
    fixture.catalogue.enrol(&HASH, &machine(1)).await.unwrap();
    fixture
}

async fn standing(fixture: &Fixture, fingerprint: &str) -> Option<(Standing, i64)> {
    let known = fixture.catalogue.certificate(fingerprint).await.unwrap()?;
    assert_eq!(known.machine.id, ID);
    Some((known.standing, known.not_after_us))
}

#[tokio::test]
async fn a_renewed_certificate_counts_beside_the_old_one_until_it_is_used() {
    let fixture = enrolled().await;
    let (first, second, third) = (machine(1).fingerprint, "b".repeat(64), "c".repeat(64));
    fixture.catalogue.keep_next_certificate(ID, &second, 20_000).await.unwrap();
    // The answer was lost: the machine asks again with its old certificate, and what it never got is forgotten.
    fixture.catalogue.keep_next_certificate(ID, &third, 30_000).await.unwrap();
    assert_eq!(standing(&fixture, &first).await, Some((Standing::Current, 9_000)));
    assert_eq!(standing(&fixture, &second).await, None);
    assert_eq!(standing(&fixture, &third).await, Some((Standing::Next, 30_000)));
    let unused = fixture.catalogue.use_next_certificate(ID, &second, 600).await;
    assert!(matches!(unused, Err(CatalogueError::NotFound { .. })), "{unused:?}");

    fixture.catalogue.use_next_certificate(ID, &third, 600).await.unwrap();
    let fixture = fixture.reopen().await;
    assert_eq!(standing(&fixture, &third).await, Some((Standing::Current, 30_000)));
    assert_eq!(standing(&fixture, &first).await, Some((Standing::Retired, 30_000)));
    let again = fixture.catalogue.use_next_certificate(ID, &third, 700).await;
    assert!(matches!(again, Err(CatalogueError::NotFound { .. })), "{again:?}");
}

#[tokio::test]
async fn a_revoked_machine_gets_no_certificate_and_takes_none_up() {
    let fixture = enrolled().await;
    let next = "b".repeat(64);
    fixture.catalogue.keep_next_certificate(ID, &next, 20_000).await.unwrap();
    fixture.catalogue.revoke_machine(ID, 800).await.unwrap();
    let renewed = fixture.catalogue.keep_next_certificate(ID, &"c".repeat(64), 30_000).await;
    assert!(matches!(renewed, Err(CatalogueError::NotFound { .. })), "{renewed:?}");
    let used = fixture.catalogue.use_next_certificate(ID, &next, 900).await;
    assert!(matches!(used, Err(CatalogueError::NotFound { .. })), "{used:?}");
    assert_eq!(standing(&fixture, &machine(1).fingerprint).await, Some((Standing::Current, 9_000)));
}

#[tokio::test]
async fn turns_only_go_forward_and_what_binds_a_machine_is_kept_once() {
    let fixture = enrolled().await;
    for (noted, known) in [(3, 3), (2, 3), (u64::MAX, i64::MAX.unsigned_abs())] {
        fixture.catalogue.note_turn(ID, noted).await.unwrap();
        assert_eq!(fixture.catalogue.machine(ID).await.unwrap().unwrap().turn, known);
    }
    fixture.catalogue.bind_machine(ID, "another", None).await.unwrap();
    fixture.catalogue.bind_machine(ID, "another", Some("board")).await.unwrap();
    fixture.catalogue.bind_machine(ID, "another", Some("other board")).await.unwrap();
    let bound = fixture.catalogue.machine(ID).await.unwrap().unwrap();
    assert_eq!((bound.host_id.as_str(), bound.hardware_id.as_deref()), ("4d0f", Some("board")));
    let copy = RefusedCopy { at_us: 77, address: "10.0.0.9".into(), text: "other hardware".into() };
    fixture.catalogue.note_copy(ID, &copy).await.unwrap();
    assert_eq!(fixture.catalogue.machine(ID).await.unwrap().unwrap().copy, Some(copy));
}

#[tokio::test]
async fn a_token_for_a_known_machine_lets_that_one_in_again_and_retires_all_before() {
    let fixture = enrolled().await;
    fixture.catalogue.keep_next_certificate(ID, &"b".repeat(64), 20_000).await.unwrap();
    fixture.catalogue.note_turn(ID, 9).await.unwrap();
    let token = EnrolmentToken {
        id: Uuid::from_u128(2),
        for_machine: Some(ID),
        used_us: None,
        machine: None,
        ..fixture.catalogue.tokens().await.unwrap()[0].clone()
    };
    fixture.catalogue.add_token(&token, &[9; 32]).await.unwrap();
    assert_eq!(fixture.catalogue.valid_token(&[9; 32], 500).await.unwrap().unwrap().for_machine, Some(ID));
    let as_another = fixture.catalogue.enrol(&[9; 32], &machine(2)).await;
    assert!(matches!(as_another, Err(CatalogueError::TokenInvalid)), "{as_another:?}");
    let again = catalogue::Machine { fingerprint: "d".repeat(64), not_after_us: 40_000, ..machine(1) };
    fixture.catalogue.enrol(&[9; 32], &again).await.unwrap();
    assert_eq!(fixture.catalogue.machines().await.unwrap(), [again]);
    assert_eq!(standing(&fixture, &machine(1).fingerprint).await, Some((Standing::Retired, 40_000)));
    assert_eq!(standing(&fixture, &"b".repeat(64)).await, None, "what was issued and not used is void");

    let second = EnrolmentToken { id: Uuid::from_u128(3), ..token };
    fixture.catalogue.add_token(&second, &[10; 32]).await.unwrap();
    fixture.catalogue.revoke_machine(ID, 800).await.unwrap();
    let revoked = catalogue::Machine { fingerprint: "e".repeat(64), ..machine(1) };
    let refused = fixture.catalogue.enrol(&[10; 32], &revoked).await;
    assert!(matches!(refused, Err(CatalogueError::TokenInvalid)), "a revoked machine stays out: {refused:?}");
}
