//! The document that servers hand to agents.

use std::str::FromStr;

use sealing::SealPlan;

use crate::built_in::BuiltIn;
use crate::custom::Custom;
use crate::document_error::DocumentError;
use crate::prepared::Policy;

/// What agents keep and decide by: the active policy, and how what it records is sealed.
///
/// As a document: the name of a built-in policy or another one's JSON on one line, and on a second line the plan as JSON
/// where recordings are sealed. An agent that does not know one of them finds no policy in such a document and so records
/// nothing by it, which is what is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandedOut {
    /// Which sessions are recorded.
    pub policy: Policy,
    /// What of them is sealed; none leaves everything open.
    pub seal: Option<SealPlan>,
}

/// A document that is no policy of this version. Whoever cannot read a policy must not record by it.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// Neither a built-in policy's name nor JSON.
    #[error("“{0}” is no policy that this version knows")]
    Unknown(String),
    /// JSON that is no policy of this version.
    #[error("the policy cannot be read: {0}")]
    Policy(#[from] DocumentError),
    /// What is to be sealed cannot be read.
    #[error("how recordings are sealed cannot be read: {0}")]
    Seal(String),
}

/// Enough of a foreign document to recognise it in a message.
const SHOWN_CHARS: usize = 64;

impl HandedOut {
    /// The document.
    pub fn document(&self) -> String {
        let policy = match &self.policy {
            Policy::BuiltIn(policy) => policy.name().to_owned(),
            Policy::Custom(policy) => policy.to_json(),
        };
        let plan = self.seal.as_ref().and_then(|plan| serde_json::to_string(plan).ok());
        match (&self.seal, plan) {
            (None, _) => policy,
            (Some(_), Some(plan)) => format!("{policy}\n{plan}"),
            // Lists of words always are JSON; if ever they were not, nothing must be recorded open.
            (Some(_), None) => BuiltIn::DoNotRecord.name().to_owned(),
        }
    }
}

impl FromStr for Policy {
    type Err = Unreadable;

    fn from_str(document: &str) -> Result<Self, Unreadable> {
        if document.starts_with('{') {
            return Ok(Self::Custom(Custom::from_json(document)?));
        }
        let unknown = || Unreadable::Unknown(document.chars().take(SHOWN_CHARS).collect());
        BuiltIn::named(document).map(Self::BuiltIn).ok_or_else(unknown)
    }
}

impl FromStr for HandedOut {
    type Err = Unreadable;

    fn from_str(document: &str) -> Result<Self, Unreadable> {
        let (policy, plan) = match document.split_once('\n') {
            None => (document, None),
            Some((policy, plan)) => (policy, Some(plan)),
        };
        let seal = plan.map(serde_json::from_str).transpose();
        let seal = seal.map_err(|error: serde_json::Error| Unreadable::Seal(error.to_string()))?;
        Ok(Self { policy: policy.parse()?, seal })
    }
}
