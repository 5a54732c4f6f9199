//! Users, roles, sessions, settings and the administrator log.

use std::collections::BTreeSet;

use catalogue::{AdministratorAction, CatalogueError, LogScope, Role, Setting, User, WebSession};
use uuid::Uuid;

use crate::Fixture;

fn user(n: u128, name: &str, roles: &[Role]) -> User {
    User {
        id: Uuid::from_u128(n),
        name: name.into(),
        password_hash: "$argon2id$…".into(),
        enabled: true,
        created_us: 5,
        roles: roles.iter().copied().collect(),
    }
}

fn session(user: u128) -> WebSession {
    WebSession {
        token_hash: vec![user as u8; 32],
        user: Uuid::from_u128(user),
        created_us: 10,
        last_used_us: 10,
        expires_us: 100,
        address: "127.0.0.1".into(),
    }
}

#[tokio::test]
async fn users_are_found_by_name_in_any_case_and_names_are_unique() {
    let fixture = Fixture::new().await;
    let ana = user(1, "Änä", &[Role::Player, Role::LoggingReader]);
    fixture.catalogue.add_user(&ana).await.unwrap();
    fixture.catalogue.add_user(&user(2, "bob", &[])).await.unwrap();
    let taken = fixture.catalogue.add_user(&user(3, "äNÄ", &Role::ALL)).await;
    assert!(matches!(taken, Err(CatalogueError::Exists { .. })), "{taken:?}");
    let fixture = fixture.reopen().await;
    assert_eq!(fixture.catalogue.user_by_name("ÄNÄ").await.unwrap(), Some(ana.clone()));
    assert_eq!(fixture.catalogue.user(Uuid::from_u128(1)).await.unwrap(), Some(ana.clone()));
    assert_eq!(fixture.catalogue.user_by_name("ana").await.unwrap(), None);
    assert_eq!(fixture.catalogue.users().await.unwrap(), [user(2, "bob", &[]), ana]);
}

#[tokio::test]
async fn roles_and_passwords_change() {
    let fixture = Fixture::new().await;
    fixture.catalogue.add_user(&user(1, "ana", &Role::ALL)).await.unwrap();
    fixture.catalogue.set_roles(Uuid::from_u128(1), &BTreeSet::from([Role::PolicyQuery])).await.unwrap();
    fixture.catalogue.set_password_hash(Uuid::from_u128(1), "another").await.unwrap();
    let expected = User { password_hash: "another".into(), ..user(1, "ana", &[Role::PolicyQuery]) };
    assert_eq!(fixture.catalogue.user(Uuid::from_u128(1)).await.unwrap(), Some(expected));
    let nobody = Uuid::from_u128(9);
    let results = [
        fixture.catalogue.set_roles(nobody, &BTreeSet::new()).await,
        fixture.catalogue.set_password_hash(nobody, "x").await,
        fixture.catalogue.set_user_enabled(nobody, false).await,
    ];
    for result in results {
        assert!(matches!(result, Err(CatalogueError::NotFound { .. })), "{result:?}");
    }
}

#[test]
fn roles_have_the_same_word_in_the_database_and_in_json() {
    for role in Role::ALL {
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
    }
}

#[tokio::test]
async fn sessions_end_by_time_by_logout_and_with_their_user() {
    let fixture = Fixture::new().await;
    for n in 1..=3 {
        fixture.catalogue.add_user(&user(n, &format!("user{n}"), &[])).await.unwrap();
        fixture.catalogue.add_session(&session(n)).await.unwrap();
    }
    let alive = async |n: u128, now: i64| fixture.catalogue.session(&session(n).token_hash, now).await.unwrap();
    assert_eq!(alive(1, 99).await, Some(session(1)));
    assert_eq!(alive(1, 100).await, None, "expired");
    fixture.catalogue.touch_session(&session(1).token_hash, 90, 200).await.unwrap();
    let renewed = WebSession { last_used_us: 90, expires_us: 200, ..session(1) };
    assert_eq!(alive(1, 150).await, Some(renewed));
    fixture.catalogue.end_session(&session(1).token_hash).await.unwrap();
    assert_eq!(alive(1, 50).await, None, "signed out");
    fixture.catalogue.set_user_enabled(Uuid::from_u128(2), false).await.unwrap();
    fixture.catalogue.set_user_enabled(Uuid::from_u128(2), true).await.unwrap();
    assert_eq!(alive(2, 50).await, None, "disabling ended it for good");
    assert_eq!(fixture.catalogue.prune_sessions(100).await.unwrap(), 1);
    assert_eq!(alive(3, 50).await, None, "pruned");
}

#[tokio::test]
async fn settings_keep_their_last_value() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.catalogue.setting(Setting::ActivePolicy).await.unwrap(), None);
    for value in ["record-everything", "do-not-record"] {
        fixture.catalogue.set_setting(Setting::ActivePolicy, value).await.unwrap();
    }
    let fixture = fixture.reopen().await;
    assert_eq!(fixture.catalogue.setting(Setting::ActivePolicy).await.unwrap().as_deref(), Some("do-not-record"));
    assert_eq!(fixture.catalogue.setting(Setting::Demo).await.unwrap(), None);
}

#[tokio::test]
async fn the_administrator_log_is_listed_newest_first() {
    let fixture = Fixture::new().await;
    let action = |n: i64| AdministratorAction {
        at_us: n,
        who: "admin".into(),
        address: "127.0.0.1".into(),
        action: "user-create".into(),
        subject: format!("user{n}"),
        detail: String::new(),
        before: None,
        after: None,
    };
    for n in 0..5 {
        fixture.catalogue.log_administrator(&action(n)).await.unwrap();
    }
    let fixture = fixture.reopen().await;
    let page = fixture.catalogue.administrator_log(LogScope::Everything, 2, 1).await.unwrap();
    assert_eq!(page.total, 5);
    let actions: Vec<_> = page.items.into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, [action(3), action(2)]);
}
