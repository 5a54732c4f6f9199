//! Checks every field against [`crate::limits`]. Run before sending and after receiving, so that neither side can make
//! the other keep more than it agreed to.

use crate::limits::{
    HEARTBEAT_SECS, MAX_APPEND_BYTES, MAX_CERTIFICATE_BYTES, MAX_GROUPS, MAX_LABELS, MAX_MESSAGE_BYTES, MAX_NAME_BYTES,
    MAX_NOTICES, MAX_POLICY_BYTES, MAX_RECORDINGS, MAX_REQUEST_BYTES, MAX_SEAL_CLASSES, MAX_SEAL_RECIPIENTS,
    MAX_TEXT_BYTES, MAX_TURN_BYTES, MAX_VERSIONS,
};
use crate::{
    AgentMessage, Append, Hello, Limits, MessageError, Notice, Seal, ServerMessage, SessionAccount, SessionFacts,
};

/// A message whose fields have bounds.
pub trait Bounded {
    /// The first field that lies outside its bounds, as an error.
    fn check(&self) -> Result<(), MessageError>;
}

impl Bounded for AgentMessage {
    fn check(&self) -> Result<(), MessageError> {
        match self {
            Self::Hello(hello) => hello.check(),
            Self::Decide(decide) => decide.session.check(),
            Self::Open(open) => open.session.check(),
            Self::Append(append) => append.check(),
            Self::Close(close) => name("Close.reason", &close.reason),
            Self::Heartbeat(heartbeat) => {
                at_most("Heartbeat.live", heartbeat.live.len(), MAX_RECORDINGS)?;
                at_most("Heartbeat.notices", heartbeat.notices.len(), MAX_NOTICES)?;
                turn("Heartbeat.turn", heartbeat.turn.as_deref())?;
                heartbeat.notices.iter().try_for_each(Bounded::check)
            }
            Self::Notice(notice) => notice.check(),
            Self::Session(session) => {
                name("Session.session", &session.session)?;
                name("Session.user", &session.user)?;
                name("Session.display", &session.display)?;
                name("Session.started_by", &session.started_by)?;
                text("Session.why", &session.why)
            }
            Self::Controlled(controlled) => {
                name("Controlled.outcome", &controlled.outcome)?;
                text("Controlled.text", &controlled.text)
            }
            Self::Account(account) => account.check(),
            Self::Renew(renew) => at_most("Renew.request", renew.request.len(), MAX_REQUEST_BYTES),
        }
    }
}

impl Bounded for ServerMessage {
    fn check(&self) -> Result<(), MessageError> {
        match self {
            Self::Welcome(welcome) => {
                welcome.limits.check()?;
                within("Welcome.heartbeat_secs", welcome.heartbeat_secs, HEARTBEAT_SECS)?;
                turn("Welcome.turn", welcome.turn.as_deref())?;
                at_most("Welcome.policy", welcome.policy.len(), MAX_POLICY_BYTES)
            }
            Self::Decision(decision) => {
                name("Decision.policy", &decision.policy)?;
                optional_name("Decision.rule", decision.rule.as_deref())?;
                text("Decision.reason", &decision.reason)?;
                at_most("Decision.action", decision.action.as_ref().map_or(0, String::len), MAX_POLICY_BYTES)?;
                decision.seal.as_ref().map_or(Ok(()), Bounded::check)
            }
            Self::Refused(refused) => text("Refused.text", &refused.text),
            Self::Bye(bye) => text("Bye.text", &bye.text),
            Self::PolicyChanged(changed) => at_most("PolicyChanged.policy", changed.policy.len(), MAX_POLICY_BYTES),
            Self::Control(control) => {
                name("Control.session", &control.session)?;
                name("Control.who", &control.who)
            }
            Self::AccountKept(kept) => {
                name("AccountKept.session", &kept.session)?;
                name("AccountKept.boot_id", &kept.boot_id)
            }
            Self::Renewed(renewed) => at_most("Renewed.certificate", renewed.certificate.len(), MAX_CERTIFICATE_BYTES),
            Self::RenewFirst(first) => text("RenewFirst.text", &first.text),
            Self::Detection(told) => at_most("Detection.policy", told.policy.len(), MAX_POLICY_BYTES),
            Self::Opened(_) | Self::Accepted(_) | Self::Durable(_) => Ok(()),
        }
    }
}

impl Bounded for Hello {
    fn check(&self) -> Result<(), MessageError> {
        if self.versions.is_empty() {
            return out_of_bounds("Hello.versions", 0, "at least 1");
        }
        at_most("Hello.versions", self.versions.len(), MAX_VERSIONS)?;
        name("Hello.machine_id", &self.machine_id)?;
        name("Hello.machine", &self.machine)?;
        name("Hello.software", &self.software)?;
        name("Hello.os", &self.os)?;
        at_most("Hello.live", self.live.len(), MAX_RECORDINGS)?;
        turn("Hello.turn", self.turn.as_deref())?;
        optional_name("Hello.host_id", self.host_id.as_deref())?;
        optional_name("Hello.hardware_id", self.hardware_id.as_deref())?;
        self.limits.check()
    }
}

impl Bounded for Seal {
    fn check(&self) -> Result<(), MessageError> {
        at_most("Seal.classes", self.classes.len(), MAX_SEAL_CLASSES)?;
        at_most("Seal.recipients", self.recipients.len(), MAX_SEAL_RECIPIENTS)?;
        self.classes.iter().try_for_each(|class| name("Seal.classes", class))?;
        self.recipients.iter().try_for_each(|key| name("Seal.recipients", key))
    }
}

impl Bounded for Limits {
    fn check(&self) -> Result<(), MessageError> {
        within("Limits.message_bytes", self.message_bytes, MAX_APPEND_BYTES as u32..=MAX_MESSAGE_BYTES as u32)?;
        within("Limits.append_bytes", self.append_bytes, MAX_APPEND_BYTES as u32..=MAX_APPEND_BYTES as u32)?;
        within("Limits.recordings", self.recordings, 1..=MAX_RECORDINGS as u32)
    }
}

impl Bounded for SessionFacts {
    fn check(&self) -> Result<(), MessageError> {
        name("Session.machine_id", &self.machine_id)?;
        name("Session.machine", &self.machine)?;
        name("Session.session_kind", self.session_kind.as_str())?;
        optional_name("Session.display", self.display.as_deref())?;
        name("Session.user", &self.user)?;
        optional_name("Session.client_name", self.client_name.as_deref())?;
        optional_name("Session.client_address", self.client_address.as_deref())?;
        optional_name("Session.application", self.application.as_deref())?;
        at_most("Session.groups", self.groups.len(), MAX_GROUPS)?;
        self.groups.iter().try_for_each(|group| name("Session.groups", group))?;
        at_most("Session.delivery_groups", self.delivery_groups.len(), MAX_LABELS)?;
        self.delivery_groups.iter().try_for_each(|group| name("Session.delivery_groups", group))?;
        at_most("Session.tags", self.tags.len(), MAX_LABELS)?;
        self.tags.iter().try_for_each(|tag| name("Session.tags", tag))
    }
}

impl Bounded for SessionAccount {
    fn check(&self) -> Result<(), MessageError> {
        name("Account.session", &self.session)?;
        name("Account.boot_id", &self.boot_id)?;
        self.facts.check()?;
        name("Account.policy", &self.policy)?;
        optional_name("Account.rule", self.rule.as_deref())?;
        name("Account.wanted", &self.wanted)?;
        name("Account.outcome", &self.outcome)?;
        text("Account.reason", &self.reason)
    }
}

impl Bounded for Append {
    fn check(&self) -> Result<(), MessageError> {
        if self.bytes.is_empty() {
            return out_of_bounds("Append.bytes", 0, "at least 1");
        }
        at_most("Append.bytes", self.bytes.len(), MAX_APPEND_BYTES)
    }
}

impl Bounded for Notice {
    fn check(&self) -> Result<(), MessageError> {
        text("Notice.text", &self.text)
    }
}

fn name(field: &'static str, value: &str) -> Result<(), MessageError> {
    at_most(field, value.len(), MAX_NAME_BYTES)
}

fn optional_name(field: &'static str, value: Option<&str>) -> Result<(), MessageError> {
    name(field, value.unwrap_or_default())
}

fn turn(field: &'static str, value: Option<&[u8]>) -> Result<(), MessageError> {
    at_most(field, value.map_or(0, <[u8]>::len), MAX_TURN_BYTES)
}

fn text(field: &'static str, value: &str) -> Result<(), MessageError> {
    at_most(field, value.len(), MAX_TEXT_BYTES)
}

fn at_most(field: &'static str, found: usize, limit: usize) -> Result<(), MessageError> {
    if found > limit {
        return out_of_bounds(field, found as u64, &format!("at most {limit}"));
    }
    Ok(())
}

fn within(field: &'static str, found: u32, range: std::ops::RangeInclusive<u32>) -> Result<(), MessageError> {
    if !range.contains(&found) {
        return out_of_bounds(field, found.into(), &format!("{} to {}", range.start(), range.end()));
    }
    Ok(())
}

fn out_of_bounds(field: &'static str, found: u64, allowed: &str) -> Result<(), MessageError> {
    Err(MessageError::OutOfBounds { field, found, allowed: allowed.to_owned() })
}
