//! Policies: revisions, the active one, and the administrator log that goes with every change.

use catalogue::{
    AdministratorAction, CatalogueError, LogScope, PolicyChange, PolicyKind, PolicySummary, Setting, StoredPolicy,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use uuid::Uuid;

use crate::Fixture;

fn policy(n: u128, name: &str, revision: u32) -> StoredPolicy {
    let summary = PolicySummary {
        id: Uuid::from_u128(n),
        name: name.to_owned(),
        description: "what for".to_owned(),
        rules: 3,
        revision,
        changed_us: 5,
        changed_by: "ada".to_owned(),
    };
    StoredPolicy { summary, document: format!("{{\"of\":\"{name} {revision}\"}}") }
}

fn action(what: &str) -> AdministratorAction {
    AdministratorAction {
        at_us: 7,
        who: "ada".to_owned(),
        address: "127.0.0.1".to_owned(),
        action: what.to_owned(),
        subject: "Finance".to_owned(),
        detail: String::new(),
        before: Some("before".to_owned()),
        after: Some("after".to_owned()),
    }
}

fn activate<'a>(policy: &'a str, revision: Option<u32>, instead_of: &'a str) -> PolicyChange<'a> {
    PolicyChange::Activate { policy, revision, instead_of, default: "do-not-record", at_once: false }
}

async fn actions(fixture: &Fixture) -> Vec<String> {
    let page = fixture.catalogue.administrator_log(LogScope::Everything, 100, 0).await.unwrap();
    page.items.into_iter().map(|entry| entry.action.action).collect()
}

#[tokio::test]
async fn of_two_who_change_the_same_revision_the_second_is_told() {
    let fixture = Fixture::new().await;
    let catalogue = &fixture.catalogue;
    catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Add(&policy(1, "Finance", 1)), &action("created"))
        .await
        .unwrap();
    let second = policy(1, "Accounts", 2);
    catalogue.change_policies(PolicyKind::Recording, PolicyChange::Replace(&second), &action("changed")).await.unwrap();
    let late = policy(1, "Late", 2);
    let refused = catalogue.change_policies(PolicyKind::Recording, PolicyChange::Replace(&late), &action("late")).await;
    assert!(matches!(refused, Err(CatalogueError::Changed { .. })), "{refused:?}");
    let id = Uuid::from_u128(1);
    let refused = catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Remove { id, revision: 1 }, &action("late"))
        .await;
    assert!(matches!(refused, Err(CatalogueError::Changed { .. })), "{refused:?}");
    let fixture = fixture.reopen().await;
    assert_eq!(fixture.catalogue.policy(PolicyKind::Recording, id).await.unwrap(), Some(second.clone()));
    assert_eq!(fixture.catalogue.policies(PolicyKind::Recording).await.unwrap(), [second.summary]);
    assert_eq!(actions(&fixture).await, ["changed", "created"], "what did not happen is not in the log");
    fixture
        .catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Remove { id, revision: 2 }, &action("removed"))
        .await
        .unwrap();
    assert_eq!(fixture.catalogue.policy(PolicyKind::Recording, id).await.unwrap(), None);
    let gone = fixture
        .catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Remove { id, revision: 2 }, &action("again"))
        .await;
    assert!(matches!(gone, Err(CatalogueError::NotFound { .. })), "{gone:?}");
}

#[tokio::test]
async fn names_are_taken_in_any_case_and_listed_in_order() {
    let fixture = Fixture::new().await;
    for (n, name) in [(1, "beta"), (2, "Ämter"), (3, "Alpha")] {
        fixture
            .catalogue
            .change_policies(PolicyKind::Recording, PolicyChange::Add(&policy(n, name, 1)), &action("created"))
            .await
            .unwrap();
    }
    let names: Vec<String> =
        fixture.catalogue.policies(PolicyKind::Recording).await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["Alpha", "beta", "Ämter"]);
    let taken = fixture
        .catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Add(&policy(4, "äMTER", 1)), &action("no"))
        .await;
    assert!(matches!(taken, Err(CatalogueError::Exists { .. })), "{taken:?}");
    let renamed = policy(1, "ALPHA", 2);
    let taken =
        fixture.catalogue.change_policies(PolicyKind::Recording, PolicyChange::Replace(&renamed), &action("no")).await;
    assert!(matches!(taken, Err(CatalogueError::Exists { .. })), "{taken:?}");
    assert_eq!(actions(&fixture).await, ["created"; 3]);
}

#[tokio::test]
async fn the_active_policy_stays_and_is_chosen_knowingly() {
    let fixture = Fixture::new().await;
    let catalogue = &fixture.catalogue;
    catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Add(&policy(1, "Finance", 1)), &action("created"))
        .await
        .unwrap();
    let (id, name) = (Uuid::from_u128(1), Uuid::from_u128(1).simple().to_string());
    for (change, why) in [
        (activate(&name, Some(2), "do-not-record"), "another revision"),
        (activate(&name, Some(1), "record-everything"), "another one is active"),
        (activate("00000000000000000000000000000009", Some(1), "do-not-record"), "there is none"),
    ] {
        let refused = catalogue.change_policies(PolicyKind::Recording, change, &action("no")).await;
        assert!(
            matches!(refused, Err(CatalogueError::Changed { .. } | CatalogueError::NotFound { .. })),
            "{why}: {refused:?}"
        );
    }
    catalogue
        .change_policies(PolicyKind::Recording, activate(&name, Some(1), "do-not-record"), &action("activated"))
        .await
        .unwrap();
    assert_eq!(catalogue.setting(Setting::ActivePolicy).await.unwrap().as_ref(), Some(&name));
    let refused =
        catalogue.change_policies(PolicyKind::Recording, PolicyChange::Remove { id, revision: 1 }, &action("no")).await;
    assert!(matches!(refused, Err(CatalogueError::InUse { .. })), "{refused:?}");
    catalogue
        .change_policies(PolicyKind::Recording, activate("do-not-record", None, &name), &action("activated"))
        .await
        .unwrap();
    catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Remove { id, revision: 1 }, &action("removed"))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_changed_stands_in_the_entry_and_not_in_the_list() {
    let fixture = Fixture::new().await;
    fixture
        .catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Add(&policy(1, "P", 1)), &action("created"))
        .await
        .unwrap();
    let made = AdministratorAction { before: None, after: None, ..action(catalogue::RECORDING_MADE) };
    fixture.catalogue.log_administrator(&made).await.unwrap();
    let people = fixture.catalogue.administrator_log(LogScope::People, 10, 0).await.unwrap();
    assert_eq!((people.total, people.items[0].action.before.as_deref()), (1, Some("")));
    let recordings = fixture.catalogue.administrator_log(LogScope::Recordings, 10, 0).await.unwrap();
    assert_eq!((recordings.total, &recordings.items[0].action), (1, &made));
    let whole = fixture.catalogue.administrator_log_entry(people.items[0].id).await.unwrap().unwrap();
    assert_eq!(whole.action, action("created"));
    assert_eq!(fixture.catalogue.administrator_log_entry(99).await.unwrap(), None);
}

async fn break_log(fixture: &Fixture) -> SqliteConnection {
    let file = fixture.folder.path().join("catalogue.sqlite");
    let mut other = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::query(
        "CREATE TRIGGER full BEFORE INSERT ON administrator_log BEGIN SELECT RAISE(ABORT, 'the log is full'); END",
    )
    .execute(&mut other)
    .await
    .unwrap();
    other
}

#[tokio::test]
async fn what_cannot_be_logged_does_not_happen() {
    let fixture = Fixture::new().await;
    let kept = policy(1, "Finance", 1);
    fixture
        .catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Add(&kept), &action("created"))
        .await
        .unwrap();
    let mut other = break_log(&fixture).await;
    let (next, new) = (policy(1, "Finance", 2), policy(2, "New", 1));
    for change in [
        PolicyChange::Add(&new),
        PolicyChange::Replace(&next),
        PolicyChange::Remove { id: Uuid::from_u128(1), revision: 1 },
        activate("record-everything", None, "do-not-record"),
    ] {
        let refused = fixture.catalogue.change_policies(PolicyKind::Recording, change, &action("no")).await;
        assert!(matches!(refused, Err(CatalogueError::NotLogged { .. })), "{change:?}: {refused:?}");
    }
    assert_eq!(fixture.catalogue.policies(PolicyKind::Recording).await.unwrap(), [kept.summary]);
    assert_eq!(fixture.catalogue.setting(Setting::ActivePolicy).await.unwrap(), None);
    sqlx::query("DROP TRIGGER full").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    fixture
        .catalogue
        .change_policies(PolicyKind::Recording, PolicyChange::Replace(&next), &action("changed"))
        .await
        .unwrap();
}
