//! Policies that administrators write: the document, versioned and strict.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::criteria::Criteria;
use crate::document_error::DocumentError;
use crate::text::{Description, Title};

/// The version of documents that this crate reads and writes.
pub const VERSION: u32 = 1;
/// Rules of one policy.
pub const MAX_RULES: usize = 1_000;
/// Bytes of a document without spaces: it must fit a message to agents together with what is sealed and how users are told.
pub const MAX_DOCUMENT_BYTES: usize = 90 << 10;

/// A rule of any kind of policy.
pub trait AnyRule: Clone + Serialize + DeserializeOwned {
    /// Its name, once in a policy.
    fn name(&self) -> &Title;
    /// For which sessions it holds.
    fn when(&self) -> &Criteria;
    /// What of it the form of the document does not say.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// One rule of a recording policy: what to do with the sessions that meet its criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PolicyRule))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, once in a policy.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub name: Title,
    /// What to do.
    pub action: Action,
    /// Whether the user may start a recording of the own session where this rule makes none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub user_may_start: bool,
    /// With which sessions.
    pub when: Criteria,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl AnyRule for Rule {
    fn name(&self) -> &Title {
        &self.name
    }

    fn when(&self) -> &Criteria {
        &self.when
    }
}

/// A policy of rules that an administrator wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts<R>", bound(deserialize = "R: AnyRule"))]
pub struct Document<R> {
    version: u32,
    name: Title,
    #[serde(default)]
    description: Description,
    rules: Vec<R>,
}

/// A recording policy. The order of its rules means nothing.
pub type Custom = Document<Rule>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts<R> {
    version: u32,
    name: Title,
    #[serde(default)]
    description: Description,
    rules: Vec<R>,
}

/// Rules that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPolicy {
    /// A document of another program.
    #[error("version {0} of policy documents is not known; this program knows version {VERSION}")]
    Version(u32),
    /// Too many rules.
    #[error("a policy has at most {MAX_RULES} rules, and this one has {0}")]
    Rules(usize),
    /// A rule could not be told from another.
    #[error("two rules are named “{0}”; give every rule a name of its own")]
    NameTwice(Title),
    /// A rule says what makes no sense.
    #[error("rule “{0}”: {1}")]
    Rule(Title, String),
}

impl<R: AnyRule> TryFrom<Parts<R>> for Document<R> {
    type Error = InvalidPolicy;

    fn try_from(Parts { version, name, description, rules }: Parts<R>) -> Result<Self, InvalidPolicy> {
        if version != VERSION {
            return Err(InvalidPolicy::Version(version));
        }
        Self::new(name, description, rules)
    }
}

impl<R: AnyRule> Document<R> {
    /// A policy of these rules.
    ///
    /// # Errors
    /// [`InvalidPolicy`]: too many rules, two of one name, or one that makes no sense.
    pub fn new(name: Title, description: Description, rules: Vec<R>) -> Result<Self, InvalidPolicy> {
        if rules.len() > MAX_RULES {
            return Err(InvalidPolicy::Rules(rules.len()));
        }
        let mut names: Vec<&Title> = rules.iter().map(R::name).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(InvalidPolicy::NameTwice(twice[0].clone()));
        }
        for rule in &rules {
            rule.check().map_err(|what| InvalidPolicy::Rule(rule.name().clone(), what))?;
        }
        Ok(Self { version: VERSION, name, description, rules })
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DocumentError`] says which rule and field are wrong.
    pub fn from_json(document: &str) -> Result<Self, DocumentError> {
        let mut reader = serde_json::Deserializer::from_str(document);
        let policy: Self = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| DocumentError::in_policy(document, &error))?;
        reader.end().map_err(|error| DocumentError::whole(error.to_string()))?;
        let bytes = policy.to_json().len();
        if bytes > MAX_DOCUMENT_BYTES {
            return Err(DocumentError::whole(format!(
                "its document has {bytes} bytes without spaces; at most {MAX_DOCUMENT_BYTES} can be handed to machines"
            )));
        }
        Ok(policy)
    }

    /// The document, on one line.
    pub fn to_json(&self) -> String {
        // Lists of texts always are JSON; an empty text is read by nobody, and nothing is recorded by it.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Its name.
    pub fn name(&self) -> &Title {
        &self.name
    }

    /// What it is for.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Its rules, in the order of the document.
    pub fn rules(&self) -> &[R] {
        &self.rules
    }

    /// The same under another name.
    #[must_use]
    pub fn renamed(self, name: Title) -> Self {
        Self { name, ..self }
    }
}

/// How documents look, for the description of the interface.
#[cfg(feature = "schema")]
pub mod schemas {
    use super::Rule;

    /// A recording policy of rules. Their order means nothing.
    #[derive(utoipa::ToSchema)]
    #[expect(dead_code, reason = "only described")]
    pub struct PolicyDocument {
        version: u32,
        name: String,
        #[schema(required = false)]
        description: String,
        rules: Vec<Rule>,
    }

    /// A detection policy of rules. Of those that hold for a session the first, which is the oldest, decides.
    #[derive(utoipa::ToSchema)]
    #[expect(dead_code, reason = "only described")]
    pub struct DetectionPolicyDocument {
        version: u32,
        name: String,
        #[schema(required = false)]
        description: String,
        rules: Vec<crate::detection::DetectionRule>,
    }
}
