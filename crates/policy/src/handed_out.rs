//! The document that servers hand to agents.

use std::str::FromStr;

use sealing::SealPlan;

use crate::built_in::BuiltIn;
use crate::custom::Custom;
use crate::document_error::DocumentError;
use crate::notices::Notices;
use crate::prepared::Policy;

/// What agents keep and decide by: the active policy, and how what it records is sealed.
///
/// As a document: the name of a built-in policy or another one's JSON on one line, on a second line the plan as JSON
/// where recordings are sealed, and on a third how users are told, where that was changed. An agent that does not know one of them finds no policy in such a document and so records
/// nothing by it, which is what is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandedOut {
    /// Which sessions are recorded.
    pub policy: Policy,
    /// What of them is sealed; none leaves everything open.
    pub seal: Option<SealPlan>,
    /// How users are told that they are recorded.
    pub notices: Notices,
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
    /// How users are told cannot be read.
    #[error("how users are told cannot be read: {0}")]
    Notices(DocumentError),
}

/// Enough of a foreign document to recognise it in a message.
const SHOWN_CHARS: usize = 64;

impl Unreadable {
    pub(crate) fn unknown(document: &str) -> Self {
        Self::Unknown(document.chars().take(SHOWN_CHARS).collect())
    }
}

impl HandedOut {
    /// The document.
    pub fn document(&self) -> String {
        let policy = match &self.policy {
            Policy::BuiltIn(policy) => policy.name().to_owned(),
            Policy::Custom(policy) => policy.to_json(),
        };
        let plan = match &self.seal {
            None => String::new(),
            Some(plan) => match serde_json::to_string(plan) {
                Ok(plan) => plan,
                // Lists of words always are JSON; if ever they were not, nothing must be recorded open.
                Err(_) => return BuiltIn::DoNotRecord.name().to_owned(),
            },
        };
        if self.notices != Notices::default() {
            format!("{policy}\n{plan}\n{}", self.notices.to_json())
        } else if plan.is_empty() {
            policy
        } else {
            format!("{policy}\n{plan}")
        }
    }
}

impl FromStr for Policy {
    type Err = Unreadable;

    fn from_str(document: &str) -> Result<Self, Unreadable> {
        if document.starts_with('{') {
            return Ok(Self::Custom(Custom::from_json(document)?));
        }
        BuiltIn::named(document).map(Self::BuiltIn).ok_or_else(|| Unreadable::unknown(document))
    }
}

impl FromStr for HandedOut {
    type Err = Unreadable;

    fn from_str(document: &str) -> Result<Self, Unreadable> {
        let mut lines = document.splitn(3, '\n');
        let policy = lines.next().unwrap_or_default().parse()?;
        // An empty line stands for no plan where something follows it; alone it is no document of anybody's.
        let (plan, notices) = (lines.next(), lines.next());
        let plan = plan.filter(|plan| notices.is_none() || !plan.is_empty());
        let seal = plan.map(serde_json::from_str).transpose();
        let seal = seal.map_err(|error: serde_json::Error| Unreadable::Seal(error.to_string()))?;
        let notices = notices.map(Notices::from_json).transpose().map_err(Unreadable::Notices)?.unwrap_or_default();
        Ok(Self { policy, seal, notices })
    }
}
