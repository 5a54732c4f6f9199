//! Policies between the interface, the catalogue and the agents.

use api::{PolicyItem, TriedSession};
use catalogue::{Catalogue, CatalogueError, PolicySummary, Setting, StoredPolicy};
use policy::{BuiltIn, Capabilities, Custom, DocumentError, Facts, LocalTime, NotYet, Policy, TimeOfDay};
use uuid::Uuid;

/// Why a policy cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The document is none.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It asks for something that recorders cannot do.
    #[error(transparent)]
    NotYet(#[from] NotYet),
    /// It would be taken for another one.
    #[error("“{0}” is the name of a built-in policy")]
    BuiltInName(String),
}

/// The policy of a document, if recorders can follow it.
///
/// # Errors
/// [`PolicyError`], in words that name rule and field.
pub fn checked(document: &serde_json::Value) -> Result<Custom, PolicyError> {
    let policy = Custom::from_json(&document.to_string())?;
    if BuiltIn::claims(policy.name().as_str()) {
        return Err(PolicyError::BuiltInName(policy.name().to_string()));
    }
    Capabilities::RECORDER.check(&policy)?;
    Ok(policy)
}

/// Built-in policies that recorders can follow.
pub fn built_in() -> impl Iterator<Item = BuiltIn> {
    BuiltIn::ALL.iter().copied().filter(|policy| Capabilities::RECORDER.check_action(&policy.action()).is_ok())
}

/// A policy as the catalogue keeps it.
#[must_use]
pub fn stored(id: Uuid, revision: u32, policy: &Custom, changed_us: i64, changed_by: &str) -> StoredPolicy {
    StoredPolicy {
        summary: PolicySummary {
            id,
            name: policy.name().to_string(),
            description: policy.description().to_string(),
            rules: u32::try_from(policy.rules().len()).unwrap_or(u32::MAX),
            revision,
            changed_us,
            changed_by: changed_by.to_owned(),
        },
        document: policy.to_json(),
    }
}

/// The active policy's id.
///
/// # Errors
/// [`CatalogueError::Database`].
pub async fn active_id(catalogue: &Catalogue) -> Result<String, CatalogueError> {
    let active = catalogue.setting(Setting::ActivePolicy).await?;
    Ok(active.unwrap_or_else(|| BuiltIn::default().name().to_owned()))
}

/// How often an administrator has said that a policy holds at once for sessions that run, too.
///
/// # Errors
/// [`CatalogueError::Database`].
pub async fn at_once(catalogue: &Catalogue) -> Result<u64, CatalogueError> {
    let count = catalogue.setting(Setting::PolicyAtOnce).await?;
    Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
}

/// The active policy's document: a built-in policy's name, or JSON. One that is not there any more records nothing.
///
/// # Errors
/// [`CatalogueError::Database`].
pub async fn active_document(catalogue: &Catalogue) -> Result<String, CatalogueError> {
    let id = active_id(catalogue).await?;
    let Some(id) = Uuid::try_parse(&id).ok().filter(|_| BuiltIn::named(&id).is_none()) else { return Ok(id) };
    let stored = catalogue.policy(id).await?;
    Ok(stored.map_or_else(|| BuiltIn::default().name().to_owned(), |stored| stored.document))
}

/// A policy of the catalogue as it is listed.
#[must_use]
pub fn item(summary: PolicySummary, active: &str) -> PolicyItem {
    let id = summary.id.simple().to_string();
    PolicyItem {
        active: id == active,
        id,
        name: summary.name,
        description: summary.description,
        built_in: false,
        rules: summary.rules,
        revision: summary.revision,
        changed_us: Some(summary.changed_us),
        changed_by: Some(summary.changed_by),
    }
}

/// A built-in policy as it is listed.
#[must_use]
pub fn built_in_item(policy: BuiltIn, active: &str) -> PolicyItem {
    PolicyItem {
        id: policy.name().to_owned(),
        name: policy.title().to_owned(),
        description: String::new(),
        built_in: true,
        active: policy.name() == active,
        rules: 0,
        revision: 0,
        changed_us: None,
        changed_by: None,
    }
}

/// What a copy of a built-in policy is: one rule that holds on every machine.
///
/// # Errors
/// The name cannot be one.
pub fn copy_of_built_in(policy: BuiltIn, name: &str) -> Result<Custom, PolicyError> {
    let rule = serde_json::json!({
        "name": "Every session",
        "action": policy.action(),
        "when": { "where": [{ "machine": "*" }] },
    });
    checked(&serde_json::json!({ "version": policy::VERSION, "name": name, "rules": [rule] }))
}

/// A session that somebody typed in, as facts.
///
/// # Errors
/// What of it is no address or no time.
pub fn facts(session: &TriedSession) -> Result<Facts<'_>, String> {
    let client_address = match session.client_address.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Some(text.parse().map_err(|_| format!("“{text}” is no address."))?),
        None => None,
    };
    let started = match (session.day, session.time.as_deref()) {
        (Some(day), Some(time)) => {
            let time: TimeOfDay = time.parse().map_err(|error| format!("time: {error}."))?;
            Some(LocalTime { day, minute: time.minute() })
        }
        (None, None) => None,
        _ => return Err("day and time go together.".to_owned()),
    };
    Ok(Facts {
        user: &session.user,
        groups: &session.groups,
        machine: &session.machine,
        delivery_groups: &session.delivery_groups,
        tags: &session.tags,
        client_address,
        opened: session.opened.as_deref().filter(|name| !name.is_empty()),
        started,
    })
}

/// The session of a recording, as it can be typed in.
#[must_use]
pub fn session_of(header: &recording::Header) -> TriedSession {
    let session = &header.session;
    let began = session.utc_offset_minutes.map(|offset| LocalTime::new(header.started.unix_us, offset));
    TriedSession {
        user: session.user.clone(),
        groups: session.groups.clone(),
        machine: session.machine.clone(),
        delivery_groups: session.delivery_groups.clone(),
        tags: session.tags.clone(),
        client_address: session.client_address.clone(),
        opened: session.application.clone(),
        day: began.map(|began| began.day),
        time: began.map(|began| format!("{:02}:{:02}", began.minute / 60, began.minute % 60)),
    }
}

/// A policy that is kept or built in, to decide by.
///
/// # Errors
/// [`CatalogueError::Database`]; `Ok(None)` if there is none or it cannot be read.
pub async fn find(catalogue: &Catalogue, id: &str) -> Result<Option<Policy>, CatalogueError> {
    if let Some(policy) = built_in().find(|policy| policy.name() == id) {
        return Ok(Some(Policy::BuiltIn(policy)));
    }
    let Ok(id) = Uuid::try_parse(id) else { return Ok(None) };
    let stored = catalogue.policy(id).await?;
    Ok(stored.and_then(|stored| Custom::from_json(&stored.document).ok()).map(Policy::Custom))
}
