//! The document that servers hand to agents.

use std::str::FromStr;

use sealing::SealPlan;

use crate::document::{DocumentError, Policy};

/// What agents keep and decide by: the active policy, and how what it records is sealed.
///
/// As a document: the policy's name, and on a second line the plan as JSON where recordings are sealed. An agent that
/// does not know sealing finds no policy in such a document and so records nothing by it, which is what is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandedOut {
    /// Which sessions are recorded.
    pub policy: Policy,
    /// What of them is sealed; none leaves everything open.
    pub seal: Option<SealPlan>,
}

impl HandedOut {
    /// The document.
    pub fn document(&self) -> String {
        let plan = self.seal.as_ref().and_then(|plan| serde_json::to_string(plan).ok());
        match (&self.seal, plan) {
            (None, _) => self.policy.name().to_owned(),
            (Some(_), Some(plan)) => format!("{}\n{plan}", self.policy.name()),
            // Lists of words always are JSON; if ever they were not, nothing must be recorded open.
            (Some(_), None) => Policy::DoNotRecord.name().to_owned(),
        }
    }
}

impl FromStr for HandedOut {
    type Err = DocumentError;

    fn from_str(document: &str) -> Result<Self, DocumentError> {
        match document.split_once('\n') {
            None => Ok(Self { policy: document.parse()?, seal: None }),
            Some((name, plan)) => {
                let policy = name.parse()?;
                let seal = serde_json::from_str(plan).map_err(|_| DocumentError::new(plan))?;
                Ok(Self { policy, seal: Some(seal) })
            }
        }
    }
}
