//! From a policy and a session to a decision.

use crate::Policy;

/// What a policy may look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The user's login name.
    pub user: &'a str,
    /// Names of the groups that the user belongs to.
    pub groups: &'a [String],
    /// The machine's host name.
    pub machine: &'a str,
    /// Address of the computer that the user sits at, where it is known.
    pub client_address: Option<&'a str>,
    /// The application or desktop that was opened first.
    pub application: Option<&'a str>,
}

/// Whether a session is recorded, and what made it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether to record.
    pub record: bool,
    /// Name of the policy that decided.
    pub policy: String,
    /// Name of the rule within it. `None` when no rule matched.
    pub rule: Option<String>,
    /// The same in words, for people.
    pub reason: String,
}

/// Decides on one session. A policy without a matching rule does not record.
pub fn evaluate(facts: &Facts<'_>, policy: Policy) -> Decision {
    let (record, rule, because) = match policy {
        Policy::RecordEverything => (true, "every session, without notice", "every session is recorded"),
        Policy::DoNotRecord => (false, "no session", "no session is recorded"),
    };
    Decision {
        record,
        policy: policy.name().to_owned(),
        rule: Some(rule.to_owned()),
        reason: format!("{because}: policy “{}” decided for {} on {}", policy.title(), facts.user, facts.machine),
    }
}

/// The decision where no policy is known: the server could not be asked and never was before.
/// `record` is the machine's own setting for this case; its default is not to record.
pub fn without_policy(record: bool) -> Decision {
    Decision {
        record,
        policy: "no policy known".to_owned(),
        rule: None,
        reason: format!(
            "the server could not be asked and no policy is known yet; this machine is set to {} then",
            if record { "record" } else { "record nothing" }
        ),
    }
}
