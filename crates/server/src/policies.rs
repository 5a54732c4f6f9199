//! Policies between the interface, the catalogue and the agents.

use api::{PolicyItem, TriedSession};
use catalogue::{Catalogue, CatalogueError, PolicyKind, PolicySummary, Setting, StoredPolicy};
use policy::{
    AnyRule, BuiltIn, BuiltInDetection, Capabilities, Custom, CustomDetection, DetectionPolicy, Document,
    DocumentError, Facts, LocalTime, NotYet, Policy, TimeOfDay,
};
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
    /// A built-in policy that leaves everything to the machines.
    #[error("what each machine's own settings say cannot be copied: it is another on every machine")]
    NothingToCopy,
}

/// A policy that was checked, as the catalogue keeps it.
#[derive(Debug)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// How many rules it has.
    pub rules: u32,
    /// The document, on one line.
    pub document: String,
}

impl<R: AnyRule> From<&Document<R>> for Checked {
    fn from(policy: &Document<R>) -> Self {
        Self {
            name: policy.name().to_string(),
            description: policy.description().to_string(),
            rules: u32::try_from(policy.rules().len()).unwrap_or(u32::MAX),
            document: policy.to_json(),
        }
    }
}

/// A policy that is built in, as it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltInItem {
    /// Its name in documents and settings.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
}

/// A kind of policy. All kinds are kept, listed, changed and activated alike.
pub trait Kind: 'static {
    /// Where the catalogue keeps it.
    const KIND: PolicyKind;
    /// What entries of the administrator log about it begin with.
    const LOGGED: &'static str;
    /// What is active where nobody chose anything.
    const DEFAULT: &'static str;
    /// What holds where the active one cannot be found.
    const FALLBACK: &'static str;

    /// Every built-in policy.
    fn built_in() -> impl Iterator<Item = BuiltInItem>;

    /// Whether recorders can follow a built-in policy.
    fn is_possible(_id: &str) -> bool {
        true
    }

    /// The policy of a document, if recorders can follow it.
    ///
    /// # Errors
    /// [`PolicyError`], in words that name rule and field.
    fn checked(document: &serde_json::Value) -> Result<Checked, PolicyError>;

    /// What a copy of a built-in policy is: one rule that holds on every machine.
    ///
    /// # Errors
    /// The name cannot be one, or the policy says nothing that rules can say.
    fn copy_of_built_in(id: &str, name: &str) -> Result<Checked, PolicyError>;

    /// The built-in policy of this id that is offered.
    fn offered(id: &str) -> Option<BuiltInItem> {
        Self::built_in().find(|item| item.id == id && Self::is_possible(item.id))
    }
}

/// Which sessions are recorded, and how.
#[derive(Debug)]
pub struct Recording;

/// Which events of a session are logged.
#[derive(Debug)]
pub struct Detecting;

impl Kind for Recording {
    const KIND: PolicyKind = PolicyKind::Recording;
    const LOGGED: &'static str = "policy";
    const DEFAULT: &'static str = BuiltIn::DoNotRecord.name();
    const FALLBACK: &'static str = BuiltIn::DoNotRecord.name();

    fn built_in() -> impl Iterator<Item = BuiltInItem> {
        BuiltIn::ALL.iter().map(|policy| BuiltInItem { id: policy.name(), title: policy.title() })
    }

    fn is_possible(id: &str) -> bool {
        BuiltIn::named(id).is_some_and(|policy| Capabilities::RECORDER.check_action(&policy.action()).is_ok())
    }

    fn checked(document: &serde_json::Value) -> Result<Checked, PolicyError> {
        checked(document).map(|policy| Checked::from(&policy))
    }

    fn copy_of_built_in(id: &str, name: &str) -> Result<Checked, PolicyError> {
        let action = BuiltIn::named(id).unwrap_or_default().action();
        Self::checked(&one_rule(name, "action", &serde_json::json!(action)))
    }
}

impl Kind for Detecting {
    const KIND: PolicyKind = PolicyKind::Detection;
    const LOGGED: &'static str = "detection-policy";
    const DEFAULT: &'static str = BuiltInDetection::MachineSettings.name();
    const FALLBACK: &'static str = BuiltInDetection::LogNothing.name();

    fn built_in() -> impl Iterator<Item = BuiltInItem> {
        BuiltInDetection::ALL.iter().map(|policy| BuiltInItem { id: policy.name(), title: policy.title() })
    }

    fn checked(document: &serde_json::Value) -> Result<Checked, PolicyError> {
        checked_detection(document).map(|policy| Checked::from(&policy))
    }

    fn copy_of_built_in(id: &str, name: &str) -> Result<Checked, PolicyError> {
        if id == BuiltInDetection::MachineSettings.name() {
            return Err(PolicyError::NothingToCopy);
        }
        Self::checked(&one_rule(name, "log", &serde_json::json!({})))
    }
}

fn one_rule(name: &str, does: &str, what: &serde_json::Value) -> serde_json::Value {
    let rule = serde_json::json!({ "name": "Every session", does: what, "when": { "where": [{ "machine": "*" }] } });
    serde_json::json!({ "version": policy::VERSION, "name": name, "rules": [rule] })
}

/// The recording policy of a document, if recorders can follow it.
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

/// The detection policy of a document.
///
/// # Errors
/// [`PolicyError`], in words that name rule and field.
pub fn checked_detection(document: &serde_json::Value) -> Result<CustomDetection, PolicyError> {
    let policy = CustomDetection::from_json(&document.to_string())?;
    if BuiltInDetection::claims(policy.name().as_str()) {
        return Err(PolicyError::BuiltInName(policy.name().to_string()));
    }
    Ok(policy)
}

/// A policy as the catalogue keeps it.
#[must_use]
pub fn stored(id: Uuid, revision: u32, policy: Checked, changed_us: i64, changed_by: &str) -> StoredPolicy {
    let Checked { name, description, rules, document } = policy;
    let changed_by = changed_by.to_owned();
    StoredPolicy { summary: PolicySummary { id, name, description, rules, revision, changed_us, changed_by }, document }
}

/// The active policy's id.
///
/// # Errors
/// [`CatalogueError::Database`].
pub async fn active_id<K: Kind>(catalogue: &Catalogue) -> Result<String, CatalogueError> {
    let active = catalogue.setting(K::KIND.setting()).await?;
    Ok(active.unwrap_or_else(|| K::DEFAULT.to_owned()))
}

/// How often an administrator has said that a policy holds at once for sessions that run, too.
///
/// # Errors
/// [`CatalogueError::Database`].
pub async fn at_once(catalogue: &Catalogue) -> Result<u64, CatalogueError> {
    let count = catalogue.setting(Setting::PolicyAtOnce).await?;
    Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
}

/// The active policy's document: a built-in policy's name, or JSON. In place of one that is not there any more nothing is recorded, or
/// logged.
///
/// # Errors
/// [`CatalogueError::Database`].
pub async fn active_document<K: Kind>(catalogue: &Catalogue) -> Result<String, CatalogueError> {
    let id = active_id::<K>(catalogue).await?;
    if K::built_in().any(|policy| policy.id == id) {
        return Ok(id);
    }
    let stored = match Uuid::try_parse(&id) {
        Ok(id) => catalogue.policy(K::KIND, id).await?,
        Err(_) => None,
    };
    Ok(stored.map_or_else(|| K::FALLBACK.to_owned(), |stored| stored.document))
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
pub fn built_in_item(policy: BuiltInItem, active: &str) -> PolicyItem {
    PolicyItem {
        id: policy.id.to_owned(),
        name: policy.title.to_owned(),
        description: String::new(),
        built_in: true,
        active: policy.id == active,
        rules: 0,
        revision: 0,
        changed_us: None,
        changed_by: None,
    }
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

/// A recording policy that is kept or built in, to decide by.
///
/// # Errors
/// [`CatalogueError::Database`]; `Ok(None)` if there is none or it cannot be read.
pub async fn find(catalogue: &Catalogue, id: &str) -> Result<Option<Policy>, CatalogueError> {
    if let Some(policy) = Recording::offered(id) {
        return Ok(BuiltIn::named(policy.id).map(Policy::BuiltIn));
    }
    let stored = find_stored::<Recording>(catalogue, id).await?;
    Ok(stored.and_then(|stored| Custom::from_json(&stored.document).ok()).map(Policy::Custom))
}

/// The same for a detection policy.
///
/// # Errors
/// [`CatalogueError::Database`]; `Ok(None)` if there is none or it cannot be read.
pub async fn find_detection(catalogue: &Catalogue, id: &str) -> Result<Option<DetectionPolicy>, CatalogueError> {
    if let Some(policy) = BuiltInDetection::named(id) {
        return Ok(Some(DetectionPolicy::BuiltIn(policy)));
    }
    let stored = find_stored::<Detecting>(catalogue, id).await?;
    Ok(stored.and_then(|stored| CustomDetection::from_json(&stored.document).ok()).map(DetectionPolicy::Custom))
}

async fn find_stored<K: Kind>(catalogue: &Catalogue, id: &str) -> Result<Option<StoredPolicy>, CatalogueError> {
    match Uuid::try_parse(id) {
        Ok(id) => catalogue.policy(K::KIND, id).await,
        Err(_) => Ok(None),
    }
}
